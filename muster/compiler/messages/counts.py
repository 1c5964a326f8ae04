"""How many there are of something, as a sentence says it."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """Give a number with its noun: 1 row, 2 rows, 1 person, 2,000 people.

    >>> counted(1, "person", "people"), counted(2000, "row")
    ('1 person', '2,000 rows')
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
