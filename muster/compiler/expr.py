"""`Expr`: the core that everything in the surface language lowers to.

Every atom is total: true or false for every person, whatever the data. What a negative operator means is
`Not` of the positive atom, so an audience and its negation partition everyone. Back-ends implement these atoms
and nothing else; the meaning of each is in its docstring and, executably, in `backends/memory`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, Literal, assert_never

from muster.compiler.diagnostics import Origin
from muster.compiler.moments import AS_OF, Moment
from muster.compiler.regex import Regex
from muster.compiler.rule import Condition
from muster.compiler.values import Kind, Path, Unit

Ordering = Literal["eq", "lt", "lte", "gt", "gte"]
Conditions = tuple[Condition, ...]  # those of a rule that an atom came from, for people; never part of its meaning


# --- what is looked at ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Field:
    """A place in a person's trait document, a built-in profile field, or an event's property.

    scope "trait": path into the traits; "profile": a built-in field, one segment (see rule.PROFILE_FIELDS and
    rule.LIFECYCLE_MEASURES); "property": path into the properties of the event under test; "element": path into
    the list element under test (innermost ElementTest). A path through a list takes every element. With `size`
    the value is the number of non-null elements when the place holds a list, else missing.
    """

    scope: Literal["trait", "profile", "property", "element"]
    path: Path
    size: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal of one kind; a time is a Moment, bound with the clock."""

    kind: Kind
    value: str | Decimal | bool | Moment


# --- tests of a value: true if some element (a scalar is its only element) has a view that passes ---------------
@dataclass(frozen=True, slots=True)
class Compare:
    """The view of the operand's kind stands in `op` to the operand. bool has eq only; str orders by code point."""

    op: Ordering
    operand: Constant


@dataclass(frozen=True, slots=True)
class Range:
    """low <= view < high, or <= high when `closed`; None leaves a side open. One element must satisfy both."""

    kind: Kind
    low: Constant | None
    high: Constant | None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """The view of `kind` (str, num or bool) equals one of the values (at least one)."""

    kind: Kind
    values: tuple[str | Decimal | bool, ...]


@dataclass(frozen=True, slots=True)
class TextTest:
    """The str view equals, contains, starts or ends with a non-empty needle; `ignore_case` folds ASCII only."""

    how: Literal["equals", "contains", "starts_with", "ends_with"]
    needle: str
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """The str view has a match of the pattern somewhere."""

    pattern: Regex
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class HasKind:
    """Some element has a view of this kind."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Present:
    """The place holds something that is not null: a scalar, a list (an empty one too) or an object."""


@dataclass(frozen=True, slots=True)
class IsList:
    """The place holds a list."""


@dataclass(frozen=True, slots=True)
class IsBlank:
    """The place holds the text "" itself or a list without non-null elements; false for a missing value."""


@dataclass(frozen=True, slots=True)
class ComparePair:
    """Some element of this value and some of the other field's stand in `op`.

    They are compared in the first kind, in the order num, time, bool, str, that both have. Ordering two bools is
    false.
    """

    op: Ordering
    other: Field


ValueTest = Compare | Range | OneOf | TextTest | Matches | HasKind | Present | IsList | IsBlank | ComparePair


# --- event metrics ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Events:
    """Which events: any of some names, or every event when `names` is empty."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """start <= ts < end, and always ts < as_of; `start` None reaches back for ever."""

    start: Moment | None = None
    end: Moment = AS_OF


EVER = TimeWindow()


@dataclass(frozen=True, slots=True)
class Count:
    """Number of events; 0 over none."""


@dataclass(frozen=True, slots=True)
class Reduce:
    """sum, avg, min or max of the num views of a property over all events and elements.

    sum of nothing is 0; avg, min and max of nothing are missing and every test of them false.
    avg is compared without division: avg op v is sum op v * count.
    """

    agg: Literal["sum", "avg", "min", "max"]
    property: Path


@dataclass(frozen=True, slots=True)
class Distinct:
    """Number of distinct scalar (stored kind, value) among a property's elements; 0 over none.

    Stored kind is the JSON kind: "1.50" and 1.5 are two, 1 and 1.0 are one.
    """

    property: Path


@dataclass(frozen=True, slots=True)
class Pick:
    """The property's value on the first or last event (ties: least or greatest message id, by bytes).

    The event is picked from all history before as_of; if it lies outside the window the value is missing.
    """

    which: Literal["first", "last"]
    property: Path


@dataclass(frozen=True, slots=True)
class EdgeTime:
    """The instant of the first or last event before as_of; missing over none."""

    which: Literal["first", "last"]


@dataclass(frozen=True, slots=True)
class Periods:
    """Number of periods holding at least `minimum` events, among `of` consecutive ones.

    Rolling: period k is [as_of - k units, as_of - (k-1) units). Calendar: the whole local periods before the
    current one. The metric's window is EVER; the periods limit the events.
    """

    of: int
    unit: Unit
    calendar: bool
    minimum: int


Reducer = Count | Reduce | Distinct | Pick | EdgeTime | Periods


# --- expressions ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Const:
    """Everyone (true) or nobody (false)."""

    value: bool


@dataclass(frozen=True, slots=True)
class And:
    """All of the arguments; of none: true."""

    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some argument; of none: false."""

    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The complement."""

    arg: Expr


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A field's value passes a test."""

    target: Field
    test: ValueTest
    origin: Origin | None = field(default=None, compare=False, repr=False)
    conditions: Conditions = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ElementTest:
    """Some element (with `every`: each element) of the target satisfies `where`, its fields of scope "element".

    A bare object is a list of one; a missing value or a bare scalar has no elements (some: false, every: true).
    A scalar element has no fields, so `where` sees every field missing; a nested list never satisfies `where`,
    whatever it says. Null elements do not exist.
    """

    target: Field
    where: Expr
    every: bool = False
    origin: Origin | None = field(default=None, compare=False, repr=False)
    conditions: Conditions = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EventMetric:
    """A person's events of some names that satisfy `where` in a window, reduced to one value, pass a test.

    `test` is Compare, Range, OneOf or ComparePair on a num for Count, Reduce, Distinct and Periods; a Range on
    time for EdgeTime; any ValueTest for Pick. `where` has fields of scope "property" and, in ComparePair,
    of scope "trait".
    """

    events: Events
    where: Expr
    window: TimeWindow
    reducer: Reducer
    test: ValueTest
    origin: Origin | None = field(default=None, compare=False, repr=False)
    conditions: Conditions = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SequenceStep:
    """Events of a step. `within`: microseconds after the step before, inclusive; None: any time later.

    `same`: a property whose elements must share a (stored kind, value) with the step before's.
    """

    events: Events
    where: Expr
    within: int | None = None
    same: Path | None = None


@dataclass(frozen=True, slots=True)
class SequenceMatch:
    """Instants t1 < t2 < … strictly increasing exist, t1 in `window`, all before as_of.

    With `absent`: and after the last step's instant t no such event lies in (t, t + within], where
    t + within < as_of must hold; without `within`, none after t before as_of.
    """

    steps: tuple[SequenceStep, ...]
    window: TimeWindow
    absent: SequenceStep | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)
    conditions: Conditions = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """A reference to a deleted audience: false, and also false under Not (fails closed in both polarities)."""

    name: str
    origin: Origin | None = field(default=None, compare=False, repr=False)
    conditions: Conditions = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """int(first 8 hex digits of md5(salt + ":" + id)) mod 10,000 < percent * 100, id as `members` yields it."""

    salt: str
    percent: Decimal
    origin: Origin | None = field(default=None, compare=False, repr=False)
    conditions: Conditions = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class StageEntered:
    """The log of lifecycle stages has an entry into `stage` in the window."""

    stage: str
    window: TimeWindow
    origin: Origin | None = field(default=None, compare=False, repr=False)
    conditions: Conditions = field(default=(), compare=False, repr=False)


Atom = FieldTest | ElementTest | EventMetric | SequenceMatch | Broken | Sample | StageEntered
Expr = Const | And | Or | Not | Atom

TRUE = Const(value=True)
FALSE = Const(value=False)


def map_children(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Rebuild And, Or and Not with changed arguments; atoms and constants are returned as they are."""
    match expr:
        case And(args):
            return And(tuple(change(arg) for arg in args))
        case Or(args):
            return Or(tuple(change(arg) for arg in args))
        case Not(arg):
            return Not(change(arg))
        case _:
            return expr


def told_by(expr: Expr, condition: Condition) -> Expr:
    """Note on every atom that it came from a condition of a rule."""
    match expr:
        case Const():
            return expr
        case And() | Or() | Not():
            return map_children(expr, lambda arg: told_by(arg, condition))
        case _:
            return replace(expr, conditions=(condition,))


def conditions_of(atoms: Iterable[Atom]) -> Conditions:
    """Give every condition that some atoms came from, each once."""
    return tuple({id(condition): condition for atom in atoms for condition in atom.conditions}.values())


def args_of(expr: Expr) -> tuple[Expr, ...]:
    """Give the direct arguments of And, Or and Not; an atom has none."""
    match expr:
        case And(args) | Or(args):
            return args
        case Not(arg):
            return (arg,)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield an expression and everything inside it (not inside `where`), outermost first."""
    pending = [expr]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(args_of(current)))


def size(expr: Expr) -> int:
    """Count the nodes, `where` conditions included."""
    return sum(1 + sum(size(inner) for inner in inner_conditions(node)) for node in walk(expr))


def inner_conditions(expr: Expr) -> tuple[Expr, ...]:
    """Give the `where` conditions of an atom."""
    match expr:
        case ElementTest(where=where) | EventMetric(where=where):
            return (where,)
        case SequenceMatch(steps=steps, absent=absent):
            return tuple(step.where for step in (*steps, *(() if absent is None else (absent,))))
        case Const() | And() | Or() | Not() | FieldTest() | Broken() | Sample() | StageEntered():
            return ()
        case _:
            assert_never(expr)


def canonical(value: object) -> object:
    """Give any IR value as JSON-able data that is equal exactly when the values are equal."""
    if isinstance(value, Decimal):
        # Adding 0 makes one of 0 and -0, which are equal.
        return {"num": format((value + 0).normalize(), "f")}
    if isinstance(value, tuple):
        return [canonical(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        data: dict[str, object] = {"": type(value).__name__}
        for name in _compared(type(value)):
            data[name] = canonical(getattr(value, name))
        return data
    return value


@cache
def _compared(kind: type[Any]) -> tuple[str, ...]:
    """Name the fields that take part in equality."""
    return tuple(part.name for part in fields(kind) if part.compare)


def canonical_key(value: object) -> str:
    """Hash the canonical form: equal values share a key, on every machine and version of Python."""
    text = json.dumps(canonical(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


__all__ = [
    "AS_OF",
    "EVER",
    "FALSE",
    "TRUE",
    "And",
    "Atom",
    "Broken",
    "Compare",
    "ComparePair",
    "Conditions",
    "Const",
    "Constant",
    "Count",
    "Distinct",
    "EdgeTime",
    "ElementTest",
    "EventMetric",
    "Events",
    "Expr",
    "Field",
    "FieldTest",
    "HasKind",
    "IsBlank",
    "IsList",
    "Matches",
    "Not",
    "OneOf",
    "Or",
    "Ordering",
    "Periods",
    "Pick",
    "Present",
    "Range",
    "Reduce",
    "Reducer",
    "Sample",
    "SequenceMatch",
    "SequenceStep",
    "StageEntered",
    "TextTest",
    "TimeWindow",
    "ValueTest",
    "args_of",
    "canonical",
    "canonical_key",
    "conditions_of",
    "inner_conditions",
    "map_children",
    "size",
    "told_by",
    "walk",
]
