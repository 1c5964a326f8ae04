"""Long lists by pages: members of an audience, people, rejected messages, each with a cursor for what follows.

Kept apart from what is listed. A cursor says where the last page ended and, for members, at which instant the list is
of, so that all pages are of one answer. It is opaque, and a broken one is refused. It could go wrong by naming a person
in what ends up in logs; a cursor of people holds a number, one of members the last id, as the list itself does.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from muster.compiler.diagnostics import MusterError
from muster.compiler.messages import keeping as say
from muster.runtime.exact_json import decode, encode


class CursorError(MusterError, ValueError):
    """A cursor is none that was given."""


@dataclass(frozen=True, slots=True)
class MembersPage:
    """Some members by external id, of how many, as of an instant; `cursor` gives the next ones, None after the last."""

    ids: tuple[str, ...]
    total: int
    as_of: datetime
    cursor: str | None


def to_cursor(*parts: str | int) -> str:
    """Make a cursor."""
    return base64.urlsafe_b64encode(encode(list(parts)).encode()).decode().rstrip("=")


def from_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Read a cursor of parts of some types; raises CursorError."""
    try:
        parts = decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise CursorError(say.no_cursor()) from None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise CursorError(say.no_cursor())
    return parts


def page_of(found: pa.ChunkedArray, after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Give the ids after one, sorted as they are, and the last of them if more follow."""
    ids = _Ids(found)
    start = 0 if after is None else bisect_right(ids, after)
    page: list[str] = found.slice(start, limit).to_pylist()
    return page, page[-1] if page and start + len(page) < len(found) else None


class _Ids:
    """Sorted ids that are read one by one; comparing texts is by code point, as they are sorted."""

    def __init__(self, found: pa.ChunkedArray) -> None:
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, at: int) -> str:
        text: str = self._found[at].as_py()
        return text
