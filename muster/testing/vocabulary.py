"""The names, kinds and values that people and rules are made of, so that rules made here meet people made here.

From a Schema, as `muster.compile(rule).schema` gives, or a shop's without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.tables import Catalogue
from muster.compiler.schema import Name, Record, Schema
from muster.compiler.values import KINDS, Kind, Path

TEXTS = ("pro", "free", "a", "Pro", "", "42")
NUMBERS: tuple[int | Decimal, ...] = (1, 0, 3, 10, -1, Decimal("2.5"), 100)
DAYS = (1, 7, 30, 90)  # ago, and lengths of windows
AS_OF = "2024-06-15T12:00:00+00:00"  # tests should not depend on the day they run


@dataclass(frozen=True, slots=True)
class Place:
    """A path, the kinds of its values, and whether it may hold a list or, with `fields`, objects."""

    path: Path
    kinds: tuple[Kind, ...]
    has_lists: bool = False
    fields: tuple[Place, ...] = ()
    texts: tuple[str, ...] = TEXTS


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The places of traits, and those of the properties of each event."""

    traits: tuple[Place, ...]
    events: Mapping[str, tuple[Place, ...]]


def vocabulary_of(schema: Schema | None) -> Vocabulary:
    """Read what a schema names; a shop's without one."""
    used = _shop() if schema is None else schema
    texts = {path: (*stats.texts, *TEXTS) for path, stats in used.stats.traits.items()}
    return Vocabulary(
        _places(used.profiles.traits, texts),
        {event: _places(record, {}) for event, record in used.events.events.items()},
    )


def _places(record: Record, texts: Mapping[Path, tuple[str, ...]]) -> tuple[Place, ...]:
    return tuple(_place(path, name, texts.get(path, TEXTS)) for path, name in record.items())


def _place(path: Path, name: Name, texts: tuple[str, ...]) -> Place:
    shape = name.shape
    scalars = () if shape is None else tuple(shape.scalars)
    kinds = tuple(kind for kind in KINDS if kind in name.columns or kind in scalars)
    fields = () if shape is None else _places(shape.element, {})
    return Place(path, kinds, shape is not None and not name.single, fields, texts)


@cache
def _shop() -> Schema:
    catalogue = Catalogue()
    traits: dict[str, Json] = {
        "plan": "pro",
        "country": "US",
        "seats": 3,
        "newsletter": True,
        "trial_ends": "2024-06-01",
        "tags": ["beta"],
        "items": [{"sku": "a", "price": 3}],
    }
    catalogue.observe_profiles([ProfileRow(1, "shop", traits=traits)])
    sold: dict[str, Json] = {"amount": 3, "currency": "EUR", "refunded": False}
    for event, properties in {"signup": {}, "login": {"method": "sso"}, "purchase": sold}.items():
        catalogue.observe_events([EventRow(1, event, 0, event, properties)])
    return catalogue.schema()
