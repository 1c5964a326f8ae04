"""Hypothesis strategies for people, their events, and rules.

People are as data is: mostly of the kinds that a schema knows, sometimes with nothing, null, a text for a number, or a
value of another kind. Their clock is AS_OF, which the laws go by too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Unpack

from hypothesis import strategies as st

from muster.backends.base import EventRow, Json, ProfileRow
from muster.compiler.facts import facts_of
from muster.compiler.moments import Clock, clamp
from muster.compiler.rule import Rule
from muster.compiler.schema import Schema
from muster.compiler.values import UNIT_MICROS, Kind
from muster.runtime.clock import AsOf, to_clock
from muster.runtime.comparison import Around, Side, clock_of, compile_sides, surroundings_of
from muster.runtime.compilation import RuleSource, to_rule
from muster.runtime.search.aims import aims_of
from muster.runtime.search.changes import Changes
from muster.runtime.search.crowd import somebody
from muster.runtime.search.near import written
from muster.runtime.search.person import NAME, Person
from muster.testing.rule_strategies import rules_of
from muster.testing.vocabulary import AS_OF, DAYS, NUMBERS, Place, vocabulary_of

_ANY_EVENT = "something"  # where a schema knows none
_MOST_EVENTS = 8
_MOST_ELEMENTS = 3
_OTHERS: tuple[Json, ...] = (None, "", [], "something else", 7, True)
_Draw = Callable[[st.SearchStrategy[Any]], Any]


def people(schema: Schema | None = None, *, as_of: AsOf = AS_OF) -> st.SearchStrategy[Person]:
    """Draw a person with events; of a shop's traits and events without a schema."""
    return _people(schema, to_clock(as_of))


def events(schema: Schema | None = None, *, as_of: AsOf = AS_OF) -> st.SearchStrategy[EventRow]:
    """Draw an event that a schema knows, at, around or between the bounds of usual windows."""
    return _events(vocabulary_of(schema).events, to_clock(as_of))


def rules(schema: Schema | None = None) -> st.SearchStrategy[Rule]:
    """Draw a rule about what a schema knows: values, events, counts, sums, sequences; and, or, not."""
    return rules_of(vocabulary_of(schema))


@st.composite
def people_near(draw: _Draw, *rules: RuleSource, **around: Unpack[Around]) -> Person:
    """Draw a person at the edges of rules: values and numbers just in and out, events around every window.

    Keywords are those of `muster.subset`; raises RuleError.
    """
    within = surroundings_of(around)
    sides = [Side(to_rule(rule), within.audiences) for rule in rules]
    exprs = [compile_sides((side, side), within)[0].lowered for side in sides]
    clock = clock_of({"as_of": AS_OF, **around})
    changes = Changes(aims_of(exprs, clock), draw(st.randoms(use_true_random=False)))
    return somebody(exprs, changes, facts_of(around.get("schema")).single)


@st.composite
def _people(draw: _Draw, schema: Schema | None, clock: Clock) -> Person:
    known = vocabulary_of(schema)
    seen = st.none() | _instants(clock)
    profile = ProfileRow(
        pid=1,
        external_id=NAME,
        is_anonymous=draw(st.booleans()),
        first_seen=draw(seen),
        last_seen=draw(seen),
        created_at=draw(seen),
        traits=draw(_document(known.traits, clock)),
    )
    happened = draw(st.lists(_events(known.events, clock), max_size=_MOST_EVENTS))
    return Person(profile).with_events(tuple(happened))


def _events(known: Mapping[str, tuple[Place, ...]], clock: Clock) -> st.SearchStrategy[EventRow]:
    def of(name: str) -> st.SearchStrategy[EventRow]:
        return st.builds(
            lambda at, properties: EventRow(1, name, at, "", properties),
            _instants(clock),
            _document(known.get(name, ()), clock),
        )

    return st.sampled_from(sorted(known) or [_ANY_EVENT]).flatmap(of)


def _instants(clock: Clock) -> st.SearchStrategy[int]:
    day = UNIT_MICROS["d"]
    bounds = st.sampled_from([clock.as_of, *(clock.as_of - days * day for days in DAYS)])
    return st.one_of(
        st.builds(lambda at, step: clamp(at + step), bounds, st.integers(-1, 1)),
        st.integers(clamp(clock.as_of - 2 * max(DAYS) * day), clamp(clock.as_of + day)),
    )


def _document(places: tuple[Place, ...], clock: Clock) -> st.SearchStrategy[dict[str, Json]]:
    """Draw an object over the places that stand at its top; those inside others are made with them."""
    return st.fixed_dictionaries(
        {}, optional={place.path[0]: _value(place, clock) for place in places if len(place.path) == 1}
    )


def _value(place: Place, clock: Clock) -> st.SearchStrategy[Json]:
    scalars = [_scalar(kind, place.texts, clock) for kind in place.kinds]
    kinds = list(scalars)
    if place.fields:
        inner = _document(place.fields, clock)
        kinds += [inner, st.lists(inner, max_size=_MOST_ELEMENTS)]
    if place.has_lists and scalars:
        kinds.append(st.lists(st.one_of(scalars), max_size=_MOST_ELEMENTS))
    others = st.sampled_from(_OTHERS)
    # Three times in four a value that is expected.
    return st.integers(0, 3).flatmap(lambda turn: st.one_of(kinds) if turn < 3 and kinds else others)  # noqa: PLR2004


def _scalar(kind: Kind, texts: tuple[str, ...], clock: Clock) -> st.SearchStrategy[Json]:
    match kind:
        case "str":
            return st.sampled_from(texts)
        case "num":
            numbers = st.sampled_from(NUMBERS) | st.integers(-100, 1_000)
            return numbers | numbers.map(lambda number: format(Decimal(number), "f"))  # as one SDK in ten sends it
        case "bool":
            return st.booleans() | st.sampled_from(("true", "false"))
        case "time":
            return _instants(clock).map(written)
