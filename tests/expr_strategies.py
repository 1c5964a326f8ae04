"""Random expressions, and random people to try them on, over a vocabulary so small that everything meets.

Apart from the generators of rules (`scenario`) because laws about `Expr` need shapes that no rule lowers to: empty
groups, constants inside, bounds the wrong way round. Members of groups are drawn from a few atoms, so that they
repeat, contradict and absorb each other. It could go wrong where people are too alike for a wrong pass to be seen;
tests plant such passes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Strategy

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.memory.evaluate import Scene
from muster.compiler.diagnostics import Span
from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    And,
    Broken,
    Compare,
    ComparePair,
    Constant,
    Count,
    Distinct,
    EdgeTime,
    ElementTest,
    EventMetric,
    Events,
    Expr,
    Field,
    FieldTest,
    HasKind,
    IsBlank,
    IsList,
    Not,
    OneOf,
    Or,
    Periods,
    Pick,
    Present,
    Range,
    Reduce,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
    TextTest,
    TimeWindow,
    ValueTest,
)
from muster.compiler.moments import FromAsOf, Instant
from muster.compiler.values import KINDS, Kind
from tests.cases import CLOCK, HOUR, NOW

_Listed = TypeVar("_Listed", str, Decimal, bool)
Scope: TypeAlias = Literal["trait", "property", "element"]

TEXTS = ("a", "b", "1", "")
NUMBERS = tuple(map(Decimal, ("0", "1", "2", "-1", "1.5", "1.0")))
EVENTS = ("buy", "see")
KEYS = ("x", "y")
STAGES = ("active", "churned")
INSTANTS = tuple(NOW - hours * HOUR + off for hours in range(4) for off in (0, -1, 1))

origins = st.integers(0, 9_999).map(lambda start: Span(start, start + 1))
orderings = st.sampled_from(("eq", "lt", "lte", "gt", "gte"))


# --- tests of a value -----------------------------------------------------------------------------------------
texts = st.sampled_from(TEXTS)
numbers = st.sampled_from(NUMBERS)
moments = st.sampled_from(
    (FromAsOf(), *(FromAsOf(micros=-hours * HOUR) for hours in (1, 2, 3)), *map(Instant, INSTANTS))
)
_text_constants = st.builds(Constant, st.just("str"), texts)
_number_constants = st.builds(Constant, st.just("num"), numbers)
_flag_constants = st.builds(Constant, st.just("bool"), st.booleans())
_time_constants = st.builds(Constant, st.just("time"), moments)


def _ranges(constants: Strategy[Constant]) -> Strategy[ValueTest]:
    kinds = constants.flatmap(
        lambda low: st.builds(Range, st.just(low.kind), st.just(low), st.none() | constants, st.booleans())
    )
    return kinds | constants.flatmap(lambda high: st.builds(Range, st.just(high.kind), st.none(), st.just(high)))


def _lists(kind: Kind, values: Strategy[_Listed]) -> Strategy[ValueTest]:
    def one_of(listed: list[_Listed]) -> ValueTest:
        return OneOf(kind, tuple(listed))

    return st.lists(values, min_size=1, max_size=3).map(one_of)


number_tests: Strategy[ValueTest] = (
    st.builds(Compare, orderings, _number_constants) | _ranges(_number_constants) | _lists("num", numbers)
)
_listings: Strategy[ValueTest] = (
    st.builds(Compare, st.just("eq"), _text_constants | _number_constants | _flag_constants)
    | _lists("str", texts)
    | _lists("num", numbers)
    | _lists("bool", st.booleans())
)


_bare_tests: Strategy[ValueTest] = st.sampled_from((Present(), IsList(), IsBlank()))


def value_tests(scope: Scope) -> Strategy[ValueTest]:
    """Draw a test of a field; those that passes look into come up most."""
    return (
        _listings
        | st.builds(Compare, orderings, _text_constants | _number_constants | _time_constants)
        | _ranges(_text_constants)
        | _ranges(_number_constants)
        | _ranges(_time_constants)
        | st.builds(
            TextTest,
            st.sampled_from(("equals", "contains", "starts_with", "ends_with")),
            st.sampled_from(("a", "A", "1")),
            st.booleans(),
        )
        | st.builds(HasKind, st.sampled_from(KINDS))
        | _bare_tests
        | st.builds(ComparePair, orderings, fields(scope))
    )


def fields(scope: Scope) -> Strategy[Field]:
    """Draw a field, now and then one through a list or its size."""
    paths = st.sampled_from([(key,) for key in KEYS] * 4 + [("items", "x")])
    sizes = st.sampled_from((False, False, False, True))
    return st.builds(Field, st.just(scope), paths, sizes)


def field_tests(scope: Scope) -> Strategy[Expr]:
    """Draw a test of one field."""
    return st.builds(FieldTest, fields(scope), value_tests(scope), origins)


# --- conditions inside atoms ----------------------------------------------------------------------------------
def _groups(inner: Strategy[Expr]) -> Strategy[Expr]:
    # Mostly groups of several, now and then of one or none.
    several = st.lists(inner, min_size=2, max_size=4)
    members = st.integers(0, 9).flatmap(lambda n: st.lists(inner, max_size=1) if n == 9 else several).map(tuple)
    return st.builds(And, members) | st.builds(Or, members) | st.builds(Not, inner)


def _trees(atoms: Strategy[Expr], *, distinct: int, leaves: int) -> Strategy[Expr]:
    # A few atoms, used again and again: groups must hold what repeats and contradicts.
    few = st.lists(atoms, min_size=1, max_size=distinct)
    return few.flatmap(lambda held: st.recursive(st.sampled_from((*held * 4, TRUE, FALSE)), _groups, max_leaves=leaves))


def conditions(scope: Scope) -> Strategy[Expr]:
    """Draw a condition on the fields of an event or an element."""
    return st.just(TRUE) | _trees(field_tests(scope), distinct=3, leaves=5)


def element_tests(scope: Scope) -> Strategy[Expr]:
    """Draw a test of the elements of a list."""
    targets = st.builds(Field, st.just(scope), st.sampled_from((("items",), ("x",))))
    return st.builds(ElementTest, targets, conditions("element"), st.booleans(), origins)


# --- events ---------------------------------------------------------------------------------------------------
events = st.sampled_from((("buy",), ("see",), ("buy", "see"), ("see", "buy"), ())).map(Events)
windows = st.just(EVER) | st.builds(TimeWindow, st.none() | moments, moments)
_properties = st.sampled_from([(key,) for key in KEYS])
_event_conditions = conditions("property") | st.builds(ElementTest, st.just(Field("property", ("x",))), st.just(TRUE))
_number_reducers = (
    st.just(Count())
    | st.builds(Distinct, _properties)
    | st.builds(Reduce, st.sampled_from(("sum", "avg", "min", "max")), _properties)
)
_periods = st.builds(Periods, st.integers(1, 3), st.just("h"), st.just(value=False), st.integers(1, 2))
_pair_with_trait = st.builds(ComparePair, orderings, fields("trait"))


def event_metrics() -> Strategy[Expr]:
    """Draw a metric over events with a test that suits it."""
    numeric = number_tests | _pair_with_trait
    picks = st.builds(Pick, st.sampled_from(("first", "last")), _properties)
    edges = st.builds(EdgeTime, st.sampled_from(("first", "last")))
    return (
        st.builds(EventMetric, events, _event_conditions, windows, _number_reducers, numeric, origins)
        | st.builds(EventMetric, events, _event_conditions, st.just(EVER), _periods, numeric, origins)
        | st.builds(EventMetric, events, _event_conditions, windows, picks, value_tests("trait"), origins)
        | st.builds(EventMetric, events, _event_conditions, windows, edges, _ranges(_time_constants), origins)
    )


def sequences() -> Strategy[Expr]:
    """Draw a sequence of up to three steps, or of one and a final `not`."""
    lengths = st.none() | st.sampled_from((HOUR, 2 * HOUR))
    steps = st.builds(SequenceStep, events, conditions("property"), lengths, st.none() | _properties)
    firsts = st.builds(SequenceStep, events, conditions("property"))
    several = st.builds(lambda first, later: (first, *later), firsts, st.lists(steps, min_size=1, max_size=2))
    one = firsts.map(lambda first: (first,))
    return st.builds(SequenceMatch, several, windows, st.none() | steps, origins) | st.builds(
        SequenceMatch, one, windows, steps, origins
    )


# --- whole expressions ----------------------------------------------------------------------------------------
samples = st.builds(Sample, texts, st.sampled_from(tuple(map(Decimal, ("0", "50", "100", "99.995")))), origins)
stages = st.builds(StageEntered, st.sampled_from(STAGES), windows, origins)
broken = st.builds(Broken, st.sampled_from(("Gone", "Lost")), origins)


def atoms(*, with_broken: bool = True) -> Strategy[Expr]:
    """Draw an atom; tests of fields come up most."""
    several = field_tests("trait") | element_tests("trait") | event_metrics() | sequences() | samples | stages
    return field_tests("trait") | (several | broken if with_broken else several)


def exprs(*, with_broken: bool = True, leaves: int = 16) -> Strategy[Expr]:
    """Draw an expression that no pass has seen."""
    return _trees(atoms(with_broken=with_broken), distinct=6, leaves=leaves)


# --- people ---------------------------------------------------------------------------------------------------
_scalars: Strategy[Json] = st.sampled_from(("a", "b", "1", "", 1, 2, -1, Decimal("1.5"), True, False, "A"))
_times: Strategy[Json] = st.sampled_from(("2024-07-01T09:00:00Z", "2024-07-01T11:00:00.000001Z"))


def _documents(*, depth: int = 0) -> Strategy[Json]:
    lists = st.lists(_scalars | st.sampled_from((None, ["a"])), max_size=3)
    values: Strategy[Json] = _scalars | st.none() | lists | _times
    if depth > 0:
        return st.dictionaries(st.sampled_from(KEYS), values, max_size=2)
    inner = _documents(depth=1)
    objects = st.lists(inner | _scalars, max_size=3) | inner
    return st.fixed_dictionaries({}, optional={"x": values | objects, "y": values, "items": objects})


def _event_rows() -> Strategy[EventRow]:
    return st.builds(
        EventRow,
        st.just(1),
        st.sampled_from(EVENTS),
        st.sampled_from((*INSTANTS, NOW + HOUR)),
        st.integers(0, 99).map("m{:02}".format),
        _documents(depth=1),
    )


scenes = st.builds(
    Scene,
    st.builds(
        ProfileRow,
        st.just(1),
        st.sampled_from(("u1", "u2", "u3")),
        traits=_documents(),
        stages=st.lists(st.tuples(st.sampled_from(STAGES), st.sampled_from(INSTANTS)), max_size=2).map(tuple),
    ),
    st.lists(_event_rows(), max_size=6).map(tuple),
    st.just(CLOCK),
)
