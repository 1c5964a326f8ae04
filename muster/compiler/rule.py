"""`Rule`: what an author wrote, from text or JSON, as one tree of the JSON form's shape.

The tree keeps the surface: negative operators, sugar, notes and places. Nothing here decides meaning;
`resolve` checks it and `lower` turns it into the core of `expr.py`. Shapes are those of the JSON form
(docs/language.md), so text and JSON cannot drift: `parse(format(r)) == r == load(dump(r))`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from muster.compiler.diagnostics import Origin
from muster.compiler.values import (
    CalendarUnit,
    Duration,
    DurationValue,
    Literal_,
    Param,
    Path,
    Time,
    Unit,
    Value,
)

SubjectKind = Literal["trait", "computed", "profile", "lifecycle", "property"]
Aggregate = Literal["count", "sum", "avg", "min", "max", "distinct", "first", "last"]
PROFILE_FIELDS = (
    "external_id",
    "is_anonymous",
    "first_seen",
    "last_seen",
    "created_at",
    "lifecycle_stage",
)
LIFECYCLE_STAGES = ("new", "active", "at_risk", "dormant", "churned")
LIFECYCLE_MEASURES = ("p_return", "p_alive", "usual_gap_days", "overdue_ratio")

# `"*"` in JSON, `anything` in text: every track, $page and $screen. No name stands for it, since an event may have any.
ANYTHING: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`all` (and), `any` (or) or `none` (nor) of its members; empty `all` is everyone, empty `any` nobody.

    `mixed` marks an `or` or `and` that the author nested in its opposite without parentheses (lint L101).
    """

    op: Literal["all", "any", "none"]
    members: tuple[Condition, ...]
    note: str | None = None
    mixed: bool = field(default=False, compare=False, repr=False)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The complement of its member."""

    member: Condition
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a test looks at: a trait or property path, a computed trait, a built-in field, a lifecycle measure.

    `size` asks for the number of elements instead of the value. `property` occurs inside `where` only.
    """

    kind: SubjectKind
    path: Path
    size: bool = False
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A subject tested by an operator: `plan = "pro"`, `tags has any of (…)`, `any items where (…)`.

    `value`: None, one value, a tuple of values (`in`, `not_in`, `between`, `has_any` …), a Duration
    (`in_last`, `not_in_last`, `in_next`, `older_than`) or, for `is_type`/`is_not_type`, Text with the type's name.
    `where` is the element condition of `any_where`, `all_where`, `none_where`.
    """

    __test__ = False  # not a pytest class

    subject: Subject
    op: str
    value: Value | Duration | tuple[Value, ...] | None = None
    ignore_case: bool = False
    where: Condition | None = None
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)
    op_origin: Origin | None = field(default=None, compare=False, repr=False)


WindowKind = Literal["last", "older_than", "last_calendar", "this", "previous", "between", "before", "after", "on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When events count.

    `value` by kind: last, older_than: duration; last_calendar: Duration with unit d, w, mo, q or y; this,
    previous: calendar unit; between: two times; before, after, on: one time.
    """

    kind: WindowKind
    value: DurationValue | CalendarUnit | tuple[Time | Param, Time | Param] | Time | Param
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularity:
    """At least `minimum` of the last `of` periods of one `unit`, each with at least `count` events."""

    minimum: int
    of: int
    unit: Unit
    calendar: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTest:
    """How often, or when, events happened.

    `op` and `value`: occurred, not_occurred: None; occurred_in_last, not_occurred_in_last: duration;
    count_gte … count_neq: one number (or param or trait); count_between: two; first_occurred,
    last_occurred: None, with a window; occurred_regularly: Regularity; stopped: duration with optional
    `lookback`; resumed: duration with `gap`.
    """

    events: tuple[str, ...]
    op: str
    value: Value | DurationValue | tuple[Value, ...] | Regularity | None = None
    where: Condition | None = None
    window: Window | None = None
    lookback: DurationValue | None = None
    gap: DurationValue | None = None
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)
    events_origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number or value drawn from a person's events: `sum(amount) of purchase in last 90 days`."""

    events: tuple[str, ...]
    agg: Aggregate
    property: Path | None = None
    where: Condition | None = None
    window: Window | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)
    events_origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTest:
    """A metric tested by an operator. `metric.agg` is never "count": those are EventTests by count."""

    metric: Metric
    op: str
    value: Value | tuple[Value, ...] | None = None
    ignore_case: bool = False
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a sequence; `within` and `same` relate it to the step before, `negate` may stand on the last."""

    events: tuple[str, ...]
    where: Condition | None = None
    within: DurationValue | None = None
    same: Path | None = None
    negate: bool = False
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Two to six steps at strictly increasing instants; `window` limits the first."""

    steps: tuple[Step, ...]
    window: Window | None = None
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceRef:
    """Membership of another audience, by name (or id, once saved)."""

    name: str
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)
    name_origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A fixed share of people, 0 to 100 percent, chosen by hash of salt and id."""

    salt: str
    percent: Decimal
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntered:
    """`entered lifecycle at_risk in last 7 days`."""

    stage: str
    within: DurationValue
    note: str | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


Condition = Group | Not | Test | EventTest | MetricTest | Sequence | AudienceRef | Sample | StageEntered

ParamType = Literal["number", "string", "boolean", "datetime", "duration", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamDecl:
    """A parameter with its type and default, as in `param days: duration = 30 days;`."""

    name: str
    type: ParamType
    default: Literal_ | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One audience rule with its constants, parameters and computed traits.

    `source` is the text or JSON as it was sent, byte for byte; it does not take part in equality.
    """

    condition: Condition
    let: tuple[tuple[str, Literal_], ...] = ()
    params: tuple[ParamDecl, ...] = ()
    computed: tuple[tuple[str, Metric], ...] = ()
    source: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A file of named audiences that may refer to each other, in the order written."""

    audiences: tuple[tuple[str, Condition], ...]
    let: tuple[tuple[str, Literal_], ...] = ()
    params: tuple[ParamDecl, ...] = ()
    computed: tuple[tuple[str, Metric], ...] = ()
    source: str | None = field(default=None, compare=False, repr=False)

    def rules(self) -> dict[str, Rule]:
        """Give each audience as a Rule of its own, with the file's constants."""
        return {
            name: Rule(
                condition=condition,
                let=self.let,
                params=self.params,
                computed=self.computed,
                source=self.source,
            )
            for name, condition in self.audiences
        }


def children(condition: Condition) -> tuple[Condition, ...]:
    """Give the conditions directly inside one, `where` conditions included."""
    match condition:
        case Group():
            return condition.members
        case Not():
            return (condition.member,)
        case Test() | EventTest():
            return () if condition.where is None else (condition.where,)
        case MetricTest():
            return () if condition.metric.where is None else (condition.metric.where,)
        case Sequence():
            return tuple(step.where for step in condition.steps if step.where is not None)
        case AudienceRef() | Sample() | StageEntered():
            return ()


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and everything inside it, outermost first, without recursion."""
    pending = [condition]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))
