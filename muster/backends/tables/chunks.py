"""Rows in batches: what is read, observed and loaded at a time, so that memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH_ROWS = 1 << 12  # larger batches leave the cache of a processor, and are slower
_Row = TypeVar("_Row")


def chunks(rows: Iterable[_Row], size: int = BATCH_ROWS) -> Iterator[list[_Row]]:
    """Cut rows into lists of `size`, the last one shorter."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk
