"""What a file is by the bytes it begins with, where its name says that it holds lines of text.

Kept apart from reading, which would find a NUL or no column at all in such a file, and say nothing that helps.

Ways to go wrong, each with a test: UTF-16 without a mark, UTF-32 taken for UTF-16, text that begins with the letters
of a mark.
"""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import file_forms as say

GZIP = b"\x1f\x8b"
LOOKED_AT = 8
_MARKS: tuple[tuple[bytes, Diagnostic], ...] = (
    (b"\xff\xfe\0\0", say.other_encoding("utf-32")),
    (b"\0\0\xfe\xff", say.other_encoding("utf-32")),
    (b"\xff\xfe", say.other_encoding("utf-16")),
    (b"\xfe\xff", say.other_encoding("utf-16")),
    (GZIP, say.packed("gzip twice", "gunzip -c FILE > NEW_FILE.gz")),
    (b"\x28\xb5\x2f\xfd", say.packed("zstd", "zstd -d FILE -o NEW_FILE")),
    (b"\xfd7zXZ\0", say.packed("xz", "xz -dc FILE > NEW_FILE")),
    (b"BZh91AY", say.packed("bzip2", "bzip2 -dc FILE > NEW_FILE")),
    (b"PK\3\4", say.archive()),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", say.workbook()),
    (b"PAR1\x15", say.parquet()),
)


def not_lines(start: bytes) -> Diagnostic | None:
    """Say what begins with these bytes, if it is no UTF-8 text; `start` is what gzip unpacked."""
    for mark, said in _MARKS:
        if start.startswith(mark):
            return said
    if start[1:4:2] == b"\0\0" and b"\0" not in start[0:4:2]:
        return say.other_encoding("utf-16le")
    if start[0:4:2] == b"\0\0" and b"\0" not in start[1:4:2]:
        return say.other_encoding("utf-16be")
    return None


__all__ = ["GZIP", "LOOKED_AT", "not_lines"]
