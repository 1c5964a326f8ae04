"""Safe column names: a path becomes a slug of `[a-z0-9_]`, unique in its table, and a slug plus a kind a column.

Kept apart because it is a wall: what people call their traits never becomes an identifier. A slug only resembles
it, so that generated SQL reads well.

Ways to go wrong, each with a test: names that differ only in case or accents, names without a single Latin letter,
names that look like another name's column (`ltv__num`) or a map's, identifiers longer than the 63 bytes of Postgres.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from muster.compiler.values import Kind, Path

MAX_SLUG = 40
_UNSAFE = re.compile(r"[^a-z0-9]+")

# Fields of a list element that are not a path of it; a path's field always has "__" inside.
NESTED_FIELD = "nested"


def slug_of(path: Path) -> str:
    """Spell a path in at most MAX_SLUG of a-z, 0-9 and single underscores."""
    latin = unicodedata.normalize("NFKD", "_".join(path)).encode("ascii", "ignore").decode().lower()
    return _UNSAFE.sub("_", latin).strip("_")[:MAX_SLUG].rstrip("_") or "x"


class Slugs:
    """The slugs given in one table or one kind of list element; none is given twice."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def assign(self, path: Path) -> str:
        """Give a path a slug of its own: the plain one, or with the least free number from 2 on."""
        plain = slug_of(path)
        slug = plain
        number = 1
        while slug in self._taken:
            number += 1
            ending = f"_{number}"
            slug = plain[: MAX_SLUG - len(ending)].rstrip("_") + ending
        self._taken.add(slug)
        return slug


def scalar_column(slug: str, kind: Kind) -> str:
    """Name the column of one kind of a name."""
    return f"{slug}__{kind}"


def map_column(kind: Kind) -> str:
    """Name the map of a kind; a slug never holds two underscores side by side, so no name's column is called so."""
    return f"rest__map__{kind}"


def shape_columns(slug: str) -> tuple[str, str, str]:
    """Name the columns of a name that held lists or objects: stored kind, size, items."""
    return f"{slug}__stored", f"{slug}__size", f"{slug}__items"
