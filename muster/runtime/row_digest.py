"""A digest of many rows that does not depend on their order, to tell whether two places hold the same ones.

Rows are hashed one by one and the hashes are added up, so that a row that is missing, doubled or changed in anything
shows, also where one database gives its rows in another order than the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

_BYTES = 16


@dataclass(slots=True)
class RowDigest:
    """What was seen so far: how many rows, and the sum of their hashes."""

    rows: int = 0
    total: int = 0

    def over(self, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Take rows of numbers, texts, bytes, booleans and NULLs into account, and give them on."""
        given = [tuple(row) for row in rows]
        for row in given:
            hashed = hashlib.blake2b(msgspec.msgpack.encode(row), digest_size=_BYTES).digest()
            self.total = (self.total + int.from_bytes(hashed, "big")) % (1 << (8 * _BYTES))
        self.rows += len(given)
        return given
