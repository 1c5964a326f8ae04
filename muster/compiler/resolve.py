"""Rule -> CheckedRule: names, operators and values checked, `$names` replaced; all problems told together.

Meaning is decided here and in the registry; what follows cannot fail. What could go wrong: a parameter that expands
to a list in a place that takes one value, an audience that refers to itself through others, a literal that the
operator does not take but JSON lets through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from muster.compiler.check_events import check_event_test, check_metric, check_sequence, check_window
from muster.compiler.check_test import check_computed_test, check_pick_or_number, check_test
from muster.compiler.checked import CheckedRule
from muster.compiler.diagnostics import MAX_DIAGNOSTICS, Collector, Diagnostic, Origin, RuleError
from muster.compiler.knowledge import known_in_metric, known_names
from muster.compiler.messages import meaning
from muster.compiler.parameters import Parameters
from muster.compiler.rule import (
    LIFECYCLE_STAGES,
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    Rule,
    Sample,
    Sequence,
    StageEntered,
    Test,
    walk,
)
from muster.compiler.schema import Schema
from muster.compiler.spelling import closest
from muster.compiler.substitute import substitute, substitute_metric

MAX_REFERENCE_DEPTH = 8
# References are copied into the rule that names them, so a few small rules can write out to a very large one.
MAX_WRITTEN_OUT = 5_000


class Deleted:
    """Stands for an audience that existed and was deleted."""

    def __repr__(self) -> str:
        return "DELETED"


DELETED = Deleted()
Audiences = Mapping[str, Rule | Deleted]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule may refer to, and how strict to be about names that the schema does not know."""

    schema: Schema | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    audiences: Audiences = field(default_factory=dict)
    computed: Mapping[str, Metric] = field(default_factory=dict)
    strict: bool = False


def resolve(rule: Rule, around: Surroundings | None = None, *, name: str | None = None) -> CheckedRule:
    """Check a rule against its surroundings; raises RuleError with every problem found.

    `name` is the rule's own name where it is one of the audiences, so that a circle through it is seen.
    """
    return _Resolver(around or Surroundings(), () if name is None else (name,)).whole(rule)


@dataclass(frozen=True, slots=True)
class _Reached:
    """What became of a rule: its levels of references, itself included, and its leaves with all of them written out.

    One that is not `sound` has been reported, so a reference to it has nothing to add.
    """

    checked: CheckedRule | None
    height: int = 1
    leaves: int = 1
    sound: bool = True


_UNSOUND = _Reached(None, sound=False)


class _Resolver:
    """Resolves one rule and, once each, the audiences it refers to."""

    def __init__(self, around: Surroundings, own: tuple[str, ...]) -> None:
        self._around = around
        self._own = own
        self._done: dict[str, _Reached] = {}
        self._mentioned: set[str] = set()
        self._problems: list[Diagnostic] = []

    def whole(self, rule: Rule) -> CheckedRule:
        """Resolve the rule itself; raises RuleError with its problems, then those of what it refers to."""
        checked = self._rule(rule, self._own).checked
        if checked is None:
            # Audiences of one file share its text: a problem of its head would be told once an audience.
            told = dict.fromkeys((found, found.source) for found in self._problems)
            raise RuleError([found for found, _ in told][:MAX_DIAGNOSTICS])
        return checked

    def _rule(self, rule: Rule, path: tuple[str, ...]) -> _Reached:
        collector = Collector(rule.source)
        before = len(self._problems)
        scope = _Scope(self, rule, path, collector)
        condition = scope.condition(rule.condition)
        self._mentioned |= scope.params.used | {decl.name for decl in rule.params}
        if path == self._own:
            self._check_given(collector)
        leaves = scope.leaves(condition)
        if leaves > MAX_WRITTEN_OUT:
            collector.add(meaning.audience_leaves(leaves, MAX_WRITTEN_OUT, scope.largest(condition)))
        if not collector.errors:
            self._look_up(condition, scope, collector)
        self._problems[before:before] = collector.errors
        reached = scope.reached
        if collector.errors or not all(found.sound for found in reached.values()):
            return _UNSOUND
        audiences = {name: found.checked for name, found in reached.items()}
        checked = CheckedRule(condition, audiences, scope.computed, collector.diagnostics)
        return _Reached(checked, 1 + max((found.height for found in reached.values()), default=0), leaves)

    def audience(self, reference: AudienceRef, path: tuple[str, ...], collector: Collector) -> _Reached:
        """Resolve a referenced audience once; problems inside it are reported with its own text."""
        name = reference.name
        place = reference.name_origin or reference.origin
        if name in path:
            circle = (*path[path.index(name) :], name)
            collector.add(meaning.audience_cycle(circle, place))
            return _UNSOUND
        above = len(path) - len(self._own)
        if name not in self._done and above < MAX_REFERENCE_DEPTH:
            found = self._around.audiences.get(name)
            if found is None:
                # Names are many and looking for near ones is slow: only for problems that will be told.
                near = () if collector.is_full else closest(name, self._around.audiences)
                collector.add(meaning.unknown_audience(name, near, place))
                return _UNSOUND
            self._done[name] = _Reached(None) if isinstance(found, Deleted) else self._rule(found, (*path, name))
        reached = self._done.get(name, _Reached(None))
        if above + reached.height > MAX_REFERENCE_DEPTH:
            collector.add(meaning.audience_depth(MAX_REFERENCE_DEPTH, place))
            return _UNSOUND
        return reached

    def computed(self, name: str) -> Metric | None:
        return self._around.computed.get(name)

    def computed_names(self) -> tuple[str, ...]:
        return tuple(self._around.computed)

    def params(self) -> Mapping[str, object]:
        return self._around.params

    def _check_given(self, collector: Collector) -> None:
        for name in self._around.params:
            if name not in self._mentioned:
                near = () if collector.is_full else closest(name, self._mentioned)
                collector.add(meaning.unused_param(name, near))

    def _look_up(self, condition: Condition, scope: _Scope, collector: Collector) -> None:
        schema = self._around.schema
        if schema is None or schema.assumed:
            return
        for found in known_names(condition, schema, strict=self._around.strict):
            collector.add(found)
        for name, metric in scope.computed.items():
            for found in known_in_metric(metric, schema, strict=self._around.strict):
                # A metric from the surroundings has places in a text of its own, so it is told where it is named.
                elsewhere = name in scope.borrowed
                collector.add(replace(found, origin=scope.borrowed[name], fix=None) if elsewhere else found)


class _Scope:
    """One rule's own constants, parameters and computed traits."""

    def __init__(self, resolver: _Resolver, rule: Rule, path: tuple[str, ...], collector: Collector) -> None:
        self._resolver = resolver
        self._path = path
        self._collector = collector
        self._own_computed = dict(rule.computed)
        self.params = Parameters(rule, resolver.params(), collector)
        self.reached: dict[str, _Reached] = {}
        self.computed: dict[str, Metric] = {}
        self.borrowed: dict[str, Origin | None] = {}

    def leaves(self, condition: Condition) -> int:
        """Count the leaves of a checked condition with every audience and computed trait written out."""
        return sum(self._weight(inner) for inner in walk(condition))

    def largest(self, condition: Condition) -> Origin | None:
        """Give the place of what writes out to the most leaves."""
        heaviest = max(walk(condition), key=self._weight)
        return heaviest.name_origin or heaviest.origin if isinstance(heaviest, AudienceRef) else heaviest.origin

    def _weight(self, condition: Condition) -> int:
        match condition:
            case Group() | Not():
                return 0
            case AudienceRef():
                return self.reached[condition.name].leaves
            case Test() if condition.subject.kind == "computed":
                metric = self.computed.get(".".join(condition.subject.path))
                return 1 if metric is None or metric.where is None else 1 + self.leaves(metric.where)
            case _:
                return 1

    def condition(self, condition: Condition) -> Condition:
        """Check one condition and everything inside it."""
        placed = substitute(condition, self.params)
        match placed:
            case Group():
                return replace(placed, members=tuple(self.condition(member) for member in placed.members))
            case Not():
                return replace(placed, member=self.condition(placed.member))
            case Test():
                return self._test(placed)
            case EventTest():
                check_event_test(placed, self._collector)
                return replace(placed, where=self._where(placed.where))
            case MetricTest():
                check_pick_or_number(placed, self._collector)
                return replace(placed, metric=self._metric(placed.metric))
            case Sequence():
                return self._sequence(placed)
            case AudienceRef():
                self.reached[placed.name] = self._resolver.audience(placed, self._path, self._collector)
                return placed
            case Sample():
                return placed
            case StageEntered():
                return self._stage(placed)
            case _:
                assert_never(placed)

    def _where(self, where: Condition | None) -> Condition | None:
        return None if where is None else self.condition(where)

    def _test(self, test: Test) -> Test:
        if test.subject.kind == "computed":
            self._computed_test(test)
            return test
        check_test(test, self._collector)
        return replace(test, where=self._where(test.where))

    def _computed_test(self, test: Test) -> None:
        name = ".".join(test.subject.path)
        metric = self._own_computed.get(name) or self._resolver.computed(name)
        if metric is None:
            known = (*self._own_computed, *self._resolver.computed_names())
            self._collector.add(
                meaning.unknown_name("computed trait", name, known, closest(name, known), test.subject.origin)
            )
            return
        if name not in self.computed:
            self.computed[name] = self._metric(substitute_metric(metric, self.params))
            if name not in self._own_computed:
                self.borrowed[name] = test.subject.origin
        check_computed_test(test, self.computed[name], self._collector)

    def _metric(self, metric: Metric) -> Metric:
        check_metric(metric, self._collector)
        return replace(metric, where=self._where(metric.where))

    def _sequence(self, sequence: Sequence) -> Sequence:
        check_window(sequence.window, self._collector)
        check_sequence(sequence, self._collector)
        steps = tuple(replace(step, where=self._where(step.where)) for step in sequence.steps)
        return replace(sequence, steps=steps)

    def _stage(self, entered: StageEntered) -> StageEntered:
        if entered.stage not in LIFECYCLE_STAGES:
            near = closest(entered.stage, LIFECYCLE_STAGES)
            self._collector.add(
                meaning.unknown_name("lifecycle stage", entered.stage, LIFECYCLE_STAGES, near, entered.origin)
            )
        return entered
