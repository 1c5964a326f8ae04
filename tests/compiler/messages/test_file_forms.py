"""The words about files of another form: what it is, and a command or a step that makes it readable."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import file_forms as say


@pytest.mark.parametrize(
    ("found", "parts"),
    [
        (say.other_encoding("utf-16le"), ("UTF-16LE text", "iconv -f utf-16le -t utf-8")),
        (say.packed("xz", "xz -dc FILE > NEW_FILE"), ("packed by xz", "xz -dc FILE")),
        (say.archive(), ("ZIP archive", ".xlsx", "save the sheet as CSV")),
        (say.workbook(), (".xls", "Save the sheet as CSV")),
        (say.parquet(), ("Parquet", "FILE.parquet")),
    ],
)
def test_what_it_is_and_what_would_work(found: Diagnostic, parts: tuple[str, ...]) -> None:
    told = f"{found.message} {found.hint}"

    assert found.code in ("D03", "D12")
    assert all(part in told for part in parts)
