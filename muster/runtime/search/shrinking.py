"""Making a person who was found small: nothing of them can be left out.

Greedy and bounded: the first smaller person that is still as wanted is taken, until none is, or the tries or the time
are spent. The judge is the caller's, so whoever comes out is as good as who went in.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import islice
from typing import TypeVar

from muster.backends.base import Json, ProfileRow
from muster.runtime.search.person import NAME, Person

_TRIES = 1_000
_T = TypeVar("_T")


def shrunk(person: Person, is_wanted: Callable[[Person], bool], until: float = math.inf) -> Person:
    """Give a person as wanted as this one, with as little as there can be; `until`: a time of time.monotonic()."""
    tries, smaller = _TRIES, True
    while smaller:
        smaller, at = False, 0
        # After a cut the same place of the list holds the next one.
        while (candidate := next(islice(_less(person), at, None), None)) is not None:
            if tries == 0 or time.monotonic() > until:
                return person
            tries -= 1
            if is_wanted(candidate):
                person, smaller = candidate, True
            else:
                at += 1
    return person


def _less(person: Person) -> Iterator[Person]:
    for events in _fewer(person.events):
        yield person.with_events(events)
    for profile in _plainer(person.profile):
        yield replace(person, profile=profile)
    for at, event in enumerate(person.events):
        for properties in _thinner(event.properties):
            changed = replace(event, properties=properties)
            yield replace(person, events=(*person.events[:at], changed, *person.events[at + 1 :]))


def _fewer(rows: tuple[_T, ...]) -> Iterator[tuple[_T, ...]]:
    size = len(rows)
    while size > 0:
        for start in range(0, len(rows), size):
            yield rows[:start] + rows[start + size :]
        size //= 2


def _plainer(profile: ProfileRow) -> Iterator[ProfileRow]:
    for plainer in (
        replace(profile, first_seen=None),
        replace(profile, last_seen=None),
        replace(profile, created_at=None),
        replace(profile, is_anonymous=False),
        replace(profile, external_id=NAME),
        *(replace(profile, stages=stages) for stages in _fewer(profile.stages)),
        *(replace(profile, fields=_without(profile.fields, name)) for name in profile.fields),
        *(replace(profile, traits=traits) for traits in _thinner(profile.traits)),
    ):
        if plainer != profile:
            yield plainer


def _thinner(document: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield documents with a name left out, or with less or something plainer under it."""
    for key, value in document.items():
        yield _without(document, key)
        for less in _less_of(value):
            yield {**document, key: less}


def _less_of(value: Json) -> Iterator[Json]:
    match value:
        case list():
            for fewer in _fewer(tuple(value)):
                yield list(fewer)
            if len(value) == 1:
                yield value[0]
            for at, item in enumerate(value):
                for less in _less_of(item):
                    yield [*value[:at], less, *value[at + 1 :]]
        case Mapping():
            yield from _thinner(value)
        case Decimal():
            yield from (int(value.to_integral_value(rounding)) for rounding in (ROUND_CEILING, ROUND_FLOOR))
        case _:
            return


def _without(document: Mapping[str, _T], key: str) -> dict[str, _T]:
    return {name: held for name, held in document.items() if name != key}
