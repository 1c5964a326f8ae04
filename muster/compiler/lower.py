"""CheckedRule -> Expr: every operator by its registry entry, audiences and computed traits put in place.

Cannot fail: `resolve` has refused what does not lower. A negative operator is the complement of its positive one.
"""

from __future__ import annotations

from typing import assert_never

from muster.compiler.checked import CheckedRule
from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    And,
    Broken,
    Expr,
    Field,
    Not,
    Or,
    SequenceMatch,
    SequenceStep,
    TimeWindow,
    told_by,
)
from muster.compiler.expr import Sample as SampleAtom
from muster.compiler.expr import StageEntered as StageAtom
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.operators.events import events_of
from muster.compiler.operators.metrics import FieldTarget, MetricTarget
from muster.compiler.operators.spec import Operands, Target
from muster.compiler.operators.times import before_as_of, window_of
from muster.compiler.rule import (
    AudienceRef,
    Condition,
    EventTest,
    Group,
    MetricTest,
    Sample,
    Sequence,
    StageEntered,
    Step,
    Subject,
    Test,
)
from muster.compiler.rule import Not as NotCondition
from muster.compiler.values import Duration, Param, Value

Leaf = Test | EventTest | MetricTest | Sequence | Sample | StageEntered


def lower(checked: CheckedRule) -> Expr:
    """Turn a checked rule into the core, audiences inlined; a deleted one becomes Broken."""
    return _Lowering(checked, {}).whole()


class _Lowering:
    def __init__(self, checked: CheckedRule, done: dict[int, Expr]) -> None:
        self._checked = checked
        # By identity, since a rule has no hash: an audience named many times is one CheckedRule, and so one Expr.
        self._done = done

    def whole(self) -> Expr:
        if id(self._checked) not in self._done:
            self._done[id(self._checked)] = self.condition(self._checked.condition, "trait")
        return self._done[id(self._checked)]

    def condition(self, condition: Condition, scope: str) -> Expr:
        match condition:
            case Group():
                return _group(condition, tuple(self.condition(member, scope) for member in condition.members))
            case NotCondition():
                return Not(self.condition(condition.member, scope))
            case AudienceRef():
                return self._audience(condition)
            case _:
                found = self._leaf(condition, scope)
                return told_by(found, condition) if scope == "trait" else found

    def _leaf(self, condition: Leaf, scope: str) -> Expr:
        match condition:
            case Test():
                return self._test(condition, scope)
            case EventTest():
                return self._events(condition)
            case MetricTest():
                target = MetricTarget(condition.metric, self._where(condition.metric.where), condition.origin)
                return _apply(condition.op, target, _operands(condition.value, ignore_case=condition.ignore_case))
            case Sequence():
                return self._sequence(condition)
            case Sample():
                return SampleAtom(condition.salt, condition.percent, condition.origin)
            case StageEntered():
                assert isinstance(condition.within, Duration)
                return StageAtom(condition.stage, TimeWindow(before_as_of(condition.within)), condition.origin)
            case _:
                assert_never(condition)

    def _audience(self, reference: AudienceRef) -> Expr:
        found = self._checked.audiences[reference.name]
        if found is None:
            return Broken(reference.name, reference.origin, (reference,))
        return _Lowering(found, self._done).whole()

    def _test(self, test: Test, scope: str) -> Expr:
        where = None if test.where is None else self.condition(test.where, "element")
        operands = _operands(test.value, ignore_case=test.ignore_case, where=where)
        return _apply(test.op, self._target(test, scope), operands)

    def _target(self, test: Test, scope: str) -> Target:
        subject = test.subject
        if subject.kind == "computed":
            metric = self._checked.computed[".".join(subject.path)]
            return MetricTarget(metric, self._where(metric.where), test.origin)
        return FieldTarget(_field(subject, scope), test.origin)

    def _events(self, test: EventTest) -> Expr:
        operator = EVENT_OPERATORS[test.op]
        where = self._where(test.where)
        if operator.complement_of is not None:
            return Not(_lower_events(operator.complement_of, test, where))
        return _lower_events(test.op, test, where)

    def _sequence(self, sequence: Sequence) -> Expr:
        steps = tuple(self._step(step) for step in sequence.steps)
        absent = steps[-1] if sequence.steps[-1].negate else None
        positive = steps if absent is None else steps[:-1]
        window = EVER if sequence.window is None else window_of(sequence.window)
        return SequenceMatch(positive, window, absent, sequence.origin)

    def _step(self, step: Step) -> SequenceStep:
        assert not isinstance(step.within, Param)
        within = None if step.within is None else step.within.micros
        return SequenceStep(events_of(step.events), self._where(step.where), within, step.same)

    def _where(self, where: Condition | None) -> Expr:
        return TRUE if where is None else self.condition(where, "property")


def _group(group: Group, members: tuple[Expr, ...]) -> Expr:
    match group.op:
        case "all":
            return And(members) if members else TRUE
        case "any":
            return Or(members) if members else FALSE
        case "none":
            return Not(Or(members)) if members else TRUE
        case _:
            assert_never(group.op)


def _field(subject: Subject, scope: str) -> Field:
    match subject.kind:
        case "trait":
            return Field("trait", subject.path, subject.size)
        case "property":
            return Field("element" if scope == "element" else "property", subject.path, subject.size)
        case _:
            return Field("profile", subject.path, subject.size)


def _operands(value: object, *, ignore_case: bool, where: Expr | None = None) -> Operands:
    values: tuple[Value | Duration, ...]
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    return Operands(values, ignore_case, where)


def _apply(op: str, target: Target, operands: Operands) -> Expr:
    operator = FIELD_OPERATORS[op]
    if operator.complement_of is not None:
        return Not(_apply(operator.complement_of, target, operands))
    assert operator.lower is not None, op
    return operator.lower(target, operands)


def _lower_events(op: str, test: EventTest, where: Expr) -> Expr:
    operator = EVENT_OPERATORS[op]
    assert operator.lower is not None, op
    return operator.lower(test, where)
