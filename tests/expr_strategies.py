"""Random expressions over a vocabulary so small that everything meets.

Apart from the generators of rules (`scenario`) because laws about `Expr` need shapes that no rule lowers to: empty
groups, constants inside, bounds the wrong way round. Members of groups are drawn from a few atoms, so that they
repeat, contradict and absorb each other. It could go wrong where most expressions are settled at once, everyone or
nobody; a test counts them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from hypothesis import strategies as st

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
    Ordering,
    Periods,
    Pick,
    Present,
    Range,
    Reduce,
    Reducer,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
    TextTest,
    TimeWindow,
    ValueTest,
)
from muster.compiler.moments import FromAsOf, Instant, Moment
from muster.compiler.values import KINDS, Kind, Path
from tests.cases import HOUR, NOW
from tests.dice import Dice, DrawnDice, between, chance, pick, weighted

Scope: TypeAlias = Literal["trait", "property", "element"]
Scalar: TypeAlias = str | Decimal | bool

TEXTS = ("a", "b", "a", "1", "1", "")
NUMBERS = tuple(map(Decimal, ("1", "2", "0", "1", "2", "-1", "1.5", "1.0")))
KEYS: tuple[Path, ...] = (("x",), ("y",))
NAMES = (("buy",), ("see",), ("buy", "see"), ("see", "buy"), ())
BUILT_IN: tuple[tuple[Path, Kind], ...] = ((("p_return",), "num"), (("external_id",), "str"), (("last_seen",), "time"))
STAGES = ("active", "churned")
ORDERINGS: tuple[Ordering, ...] = ("eq", "lt", "lte", "gt", "gte")
INSTANTS = tuple(NOW - hours * HOUR + off for hours in range(1, 4) for off in (0, -1, 1))
MOMENTS: tuple[Moment, ...] = (
    *(FromAsOf(micros=-hours * HOUR) for hours in (1, 2, 3, 0)),
    *map(Instant, INSTANTS),
)
PERCENTS = tuple(map(Decimal, ("50", "0", "100", "99.995")))


# --- whole expressions ----------------------------------------------------------------------------------------
def expr(dice: Dice, *, with_broken: bool = True) -> Expr:
    """Make an expression that no pass has seen."""
    atoms: list[Expr] = []
    for _ in range(between(dice, 1, 9)):
        alike = _alike(dice, atoms[-1]) if atoms and chance(dice, 50) else None
        atoms.append(alike or atom(dice, with_broken=with_broken))
    if chance(dice, 10):
        return pick(dice, atoms)
    kind = And if chance(dice, 50) else Or
    if chance(dice, 40):
        return kind(_neighbours(dice, atoms, between(dice, 2, 4)))
    depth = between(dice, 0, 3)
    return kind(tuple(_tree(dice, atoms, depth) for _ in range(between(dice, 2, 4))))


def atom(dice: Dice, *, with_broken: bool = True) -> Expr:
    """Make an atom; tests of fields come up most."""
    makers: list[tuple[int, Callable[[], Expr]]] = [
        (9, lambda: field_test(dice, "trait")),
        (2, lambda: built_in_test(dice)),
        (3, lambda: element_test(dice, "trait")),
        (9, lambda: event_metric(dice)),
        (2, lambda: sequence(dice)),
        (1, lambda: Sample(pick(dice, TEXTS), pick(dice, PERCENTS), _origin(dice))),
        (1, lambda: StageEntered(pick(dice, STAGES), _window(dice), _origin(dice))),
        (1 if with_broken else 0, lambda: Broken(pick(dice, ("Gone", "Lost")), _origin(dice))),
    ]
    return weighted(dice, makers)()


def _alike(dice: Dice, other: Expr) -> Expr | None:
    """Ask the same thing for other values, one by one, as a list or a range; None if it is not asked for values."""
    match other:
        case FieldTest(test=Compare("eq", Constant(kind, str() | Decimal() as value))) if chance(dice, 40):
            return replace(other, test=_in_another_view(dice, kind, value), origin=_origin(dice))
        case EventMetric() if chance(dice, 60):
            return _twin(dice, other)
        case FieldTest(test=Compare("eq", Constant(kind=("str" | "num") as kind)) | OneOf(kind=kind)):
            test = _range(dice, kind) if kind != "bool" and chance(dice, 30) else _listing(dice, kind)
            return replace(other, test=test, origin=_origin(dice))
        case FieldTest(test=Compare(operand=Constant(kind=kind)) | Range(kind=kind)) if kind != "bool":
            return replace(other, test=_ordering(dice, kind), origin=_origin(dice))
        case EventMetric(test=Compare() | OneOf()):
            # Now and then of another window or more events: what looks alike and is not must stay apart.
            window = _window(dice) if chance(dice, 30) and not isinstance(other.reducer, Periods) else other.window
            events = _events(dice) if chance(dice, 20) else other.events
            test = number_test(dice) if chance(dice, 50) else _listing(dice, "num")
            return replace(other, window=window, events=events, test=test, origin=_origin(dice))
        case SequenceMatch(steps=(*_, step), window=window):
            least = Compare("gte", Constant("num", pick(dice, NUMBERS)))
            return EventMetric(step.events, pick(dice, (TRUE, step.where)), window, Count(), least, _origin(dice))
        case _:
            return None


def _in_another_view(dice: Dice, kind: Kind, value: str | Decimal) -> ValueTest:
    """Ask for a number as the text that reads as it, or the other way round: "1" is both."""
    if kind == "num":
        return Compare("eq", Constant("str", format(value, "f")))
    number = Constant("num", Decimal(1 if value == "1" else pick(dice, (0, 2))))
    return Compare(pick(dice, ("eq", "gte", "lte")), number)


def _twin(dice: Dice, other: EventMetric) -> EventMetric:
    """Ask the opposite of the same events, or the same of more or fewer of them."""
    match other.test:
        case Compare(("lt" | "lte" | "gt" | "gte") as op, operand) if chance(dice, 40):
            opposite: dict[Ordering, Ordering] = {"lt": "gte", "lte": "gt", "gt": "lte", "gte": "lt"}
            return replace(other, test=Compare(opposite[op], operand), origin=_origin(dice))
        case _:
            where = TRUE if chance(dice, 50) else other.where
            window = other.window
            if chance(dice, 60) and not isinstance(other.reducer, Periods):
                window = _window(dice) if window == EVER else EVER
            events = Events(()) if chance(dice, 30) else other.events
            return replace(other, events=events, where=where, window=window, origin=_origin(dice))


def _ordering(dice: Dice, kind: Kind) -> ValueTest:
    return _range(dice, kind) if chance(dice, 50) else Compare(pick(dice, ORDERINGS), _constant(dice, kind))


def _tree(dice: Dice, atoms: list[Expr], depth: int) -> Expr:
    shape = weighted(dice, ((40, "atom"), (20, "and"), (20, "or"), (15, "not"), (1, "constant"))) if depth else "atom"
    match shape:
        case "and" | "or":
            # Mostly groups of several, now and then of one or none.
            count = between(dice, 0, 1) if chance(dice, 4) else between(dice, 2, 4)
            args = _neighbours(dice, atoms, count) if chance(dice, 35) else ()
            args = args or tuple(_tree(dice, atoms, depth - 1) for _ in range(count))
            return And(args) if shape == "and" else Or(args)
        case "not":
            return Not(_tree(dice, atoms, depth - 1))
        case "constant":
            return pick(dice, (TRUE, FALSE))
        case _:
            return pick(dice, atoms)


def _neighbours(dice: Dice, atoms: list[Expr], count: int) -> tuple[Expr, ...]:
    """Take atoms that were made one after the other, and so often ask the same thing for other values."""
    start = dice.below(len(atoms))
    return tuple(Not(each) if chance(dice, 20) else each for each in atoms[start : start + count])


def _origin(dice: Dice) -> Span:
    start = dice.below(1_000)
    return Span(start, start + 1)


# --- fields and elements --------------------------------------------------------------------------------------
def field_test(dice: Dice, scope: Scope) -> FieldTest:
    """Make a test of one field."""
    return FieldTest(_field(dice, scope), value_test(dice, scope), _origin(dice))


def built_in_test(dice: Dice) -> FieldTest:
    """Make a test of a field that holds one value by nature."""
    path, kind = pick(dice, BUILT_IN)
    test = _listing(dice, kind) if kind != "time" and chance(dice, 50) else _ordering(dice, kind)
    return FieldTest(Field("profile", path), test, _origin(dice))


def element_test(dice: Dice, scope: Scope) -> ElementTest:
    """Make a test of the elements of a list."""
    target = Field(scope, pick(dice, (("items",), ("x",))))
    return ElementTest(target, condition(dice, "element"), chance(dice, 40), _origin(dice))


def condition(dice: Dice, scope: Scope) -> Expr:
    """Make a condition on the fields of an event or an element."""
    if chance(dice, 40):
        return TRUE
    atoms: list[Expr] = [field_test(dice, scope) for _ in range(between(dice, 1, 3))]
    if chance(dice, 10):
        atoms.append(ElementTest(Field(scope, ("x",)), TRUE, chance(dice, 50), _origin(dice)))
    return _tree(dice, atoms, depth=2)


def _field(dice: Dice, scope: Scope) -> Field:
    path = ("items", "x") if chance(dice, 10) else pick(dice, KEYS)
    return Field(scope, path, chance(dice, 15))


# --- tests of a value -----------------------------------------------------------------------------------------
def value_test(dice: Dice, scope: Scope) -> ValueTest:
    """Make a test of a field's value; those that passes look into come up most."""
    kind = pick(dice, KINDS)
    match dice.below(10):
        case 0 | 1 | 2 | 3:
            return _listing(dice, pick(dice, ("str", "num", "str", "bool")))
        case 4:
            return Compare("eq" if kind == "bool" else pick(dice, ORDERINGS), _constant(dice, kind))
        case 5 | 6:
            return _range(dice, pick(dice, ("num", "str", "time")))
        case 7:
            how = pick(dice, ("equals", "contains", "starts_with", "ends_with"))
            return TextTest(how, pick(dice, ("a", "A", "1")), chance(dice, 50))  # type: ignore[arg-type] # one of its words
        case 8:
            bare: tuple[ValueTest, ...] = (HasKind(kind), Present(), IsList(), IsBlank())
            return pick(dice, bare)
        case _:
            return ComparePair(pick(dice, ORDERINGS), _field(dice, scope))


def number_test(dice: Dice) -> ValueTest:
    """Make a test of a number drawn from events, now and then against a trait."""
    match dice.below(8):
        case 0:
            return ComparePair(pick(dice, ORDERINGS), _field(dice, "trait"))
        case 1 | 2:
            return _listing(dice, "num")
        case 3 | 4:
            return _range(dice, "num")
        case _:
            return Compare(pick(dice, ORDERINGS), _constant(dice, "num"))


def _listing(dice: Dice, kind: Kind) -> ValueTest:
    if chance(dice, 50):
        return Compare("eq", _constant(dice, kind))
    return OneOf(kind, tuple(_scalar(dice, kind) for _ in range(between(dice, 1, 3))))


def _range(dice: Dice, kind: Kind) -> Range:
    # Mostly open to one side: two random bounds are the wrong way round every other time.
    low = None if chance(dice, 35) else _constant(dice, kind)
    high = None if low is not None and chance(dice, 60) else _constant(dice, kind)
    return Range(kind, low, high, chance(dice, 50))


def _constant(dice: Dice, kind: Kind) -> Constant:
    return Constant(kind, pick(dice, MOMENTS) if kind == "time" else _scalar(dice, kind))


def _scalar(dice: Dice, kind: Kind) -> Scalar:
    match kind:
        case "str":
            return pick(dice, TEXTS)
        case "num":
            return pick(dice, NUMBERS)
        case _:
            return chance(dice, 50)


# --- events ---------------------------------------------------------------------------------------------------
def event_metric(dice: Dice) -> EventMetric:
    """Make a metric over events with a test that suits it."""
    reducer = _reducer(dice)
    match reducer:
        case Pick():
            test = value_test(dice, "trait")
        case EdgeTime():
            test = _range(dice, "time")
        case Reduce() if chance(dice, 50):
            test = Compare(pick(dice, ORDERINGS[1:]), _constant(dice, "num"))
        case _:
            test = number_test(dice)
    window = EVER if isinstance(reducer, Periods) else _window(dice)
    return EventMetric(_events(dice), condition(dice, "property"), window, reducer, test, _origin(dice))


def _reducer(dice: Dice) -> Reducer:
    key = pick(dice, KEYS)
    match dice.below(9):
        case 0 | 1 | 2:
            return Count()
        case 3 | 4:
            return Reduce(pick(dice, ("sum", "avg", "min", "max")), key)
        case 5:
            return Distinct(key)
        case 6:
            return Pick("first" if chance(dice, 50) else "last", key)
        case 7:
            return EdgeTime("first" if chance(dice, 50) else "last")
        case _:
            return Periods(between(dice, 1, 3), "h", calendar=False, minimum=between(dice, 1, 2))


def sequence(dice: Dice) -> SequenceMatch:
    """Make a sequence of up to three steps, or of one and a final `not`."""
    first = SequenceStep(_events(dice), condition(dice, "property"))
    later = tuple(_step(dice) for _ in range(between(dice, 0, 2)))
    absent = _step(dice) if not later or chance(dice, 40) else None
    return SequenceMatch((first, *later), _window(dice), absent, _origin(dice))


def _step(dice: Dice) -> SequenceStep:
    within = pick(dice, (None, HOUR, 2 * HOUR))
    return SequenceStep(_events(dice), condition(dice, "property"), within, pick(dice, (None, *KEYS)))


def _events(dice: Dice) -> Events:
    return Events(pick(dice, NAMES))


def _window(dice: Dice) -> TimeWindow:
    if chance(dice, 50):
        return EVER
    return TimeWindow(None if chance(dice, 30) else pick(dice, MOMENTS), pick(dice, MOMENTS))


# --- for Hypothesis -------------------------------------------------------------------------------------------
@st.composite
def exprs(draw: Callable[[st.SearchStrategy[Any]], Any], *, with_broken: bool = True) -> Expr:
    """Draw an expression that no pass has seen."""
    return expr(DrawnDice(draw), with_broken=with_broken)
