"""The Schema of a rule compiled without data: the managed layout, with every kind that a literal could meet.

Each name in the rule gets a column of every kind; it gets the columns of a list only where the rule treats it as one
(`has`, `size(…)`, `any … where`). So `plan = "pro"` compiles to one plain comparison, and a trait that holds lists
nevertheless needs the real schema. Made by showing the catalogue a few values, so that columns are named as they
are in a managed store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.tables import ANY_NUMBER, Catalogue
from muster.compiler.checked import CheckedRule
from muster.compiler.operators import FIELD_OPERATORS
from muster.compiler.rule import (
    LIFECYCLE_MEASURES,
    LIFECYCLE_STAGES,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    Sequence,
    Test,
    children,
)
from muster.compiler.schema import Schema, Stats
from muster.compiler.values import Path, TraitRef

# One value of each kind; the date is a text that also reads as a time.
_ONE_OF_EACH: tuple[Json, ...] = ("text", 1, True, "2024-01-01")


def assume_schema(checked: CheckedRule) -> Schema:
    """Make the Schema that a rule and the audiences it refers to need."""
    shown = _Shown()
    for condition in _conditions(checked):
        match condition:
            case Test() if condition.subject.kind == "trait":
                shown.trait_test(condition)
            case EventTest():
                shown.events(condition.events, condition.where)
                shown.trait_values(condition.value)
            case MetricTest():
                shown.metric(condition.metric)
                shown.trait_values(condition.value)
            case Sequence():
                for step in condition.steps:
                    shown.events(step.events, step.where, step.same)
            case Test():
                shown.trait_values(condition.value)
            case _:
                continue
    for metric in _metrics(checked):
        shown.metric(metric)
    return replace(
        shown.catalogue().schema(trait_room=ANY_NUMBER, property_room=ANY_NUMBER), stats=Stats(), assumed=True
    )


def _conditions(checked: CheckedRule) -> Iterator[Condition]:
    pending = [checked.condition]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, (Group, Not)):
            pending.extend(children(current))
    for audience in checked.audiences.values():
        if audience is not None:
            yield from _conditions(audience)


def _metrics(checked: CheckedRule) -> Iterator[Metric]:
    yield from checked.computed.values()
    for audience in checked.audiences.values():
        if audience is not None:
            yield from _metrics(audience)


class _Shown:
    """The documents that the catalogue is shown: between them they hold every place the rule looks at."""

    def __init__(self) -> None:
        self._traits: list[dict[str, Json]] = []
        self._events: list[tuple[str, dict[str, Json]]] = []

    def catalogue(self) -> Catalogue:
        """Give a catalogue that has seen them all."""
        catalogue = Catalogue()
        lifecycle = dict.fromkeys(LIFECYCLE_MEASURES, Decimal(0))
        catalogue.observe_profiles(
            [
                ProfileRow(0, "", fields={"lifecycle_stage": LIFECYCLE_STAGES[0], **lifecycle}),
                *(ProfileRow(0, "", traits=document) for document in self._traits),
            ]
        )
        catalogue.observe_events(EventRow(0, name, 0, "", document) for name, document in self._events)
        return catalogue

    def trait_test(self, test: Test) -> None:
        """Show what a test of a trait looks at."""
        self._traits += [_at(test.subject.path, value) for value in _values(test)]
        self.trait_values(test.value)
        if test.where is not None:
            self._trait_values_within(test.where)

    def metric(self, metric: Metric) -> None:
        """Show what a metric looks at."""
        self.events(metric.events, metric.where, metric.property)

    def events(self, names: tuple[str, ...], where: Condition | None, *paths: Path | None) -> None:
        """Show events with the properties that a condition and paths name."""
        documents = [{}, *(_at(path, value) for path in paths if path is not None for value in _ONE_OF_EACH)]
        if where is not None:
            documents += _documents(where)
            self._trait_values_within(where)
        shown = names or ("",)  # a condition on every event needs one that has what it looks at, whatever its name
        self._events += [(name, document) for name in shown for document in documents]

    def trait_values(self, value: object) -> None:
        """Show the traits that values refer to."""
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, TraitRef):
                self._traits += [_at(item.path, each) for each in _ONE_OF_EACH]

    def _trait_values_within(self, where: Condition) -> None:
        for inner in _tests(where):
            self.trait_values(inner.value)
            if inner.where is not None:
                self._trait_values_within(inner.where)


def _documents(where: Condition) -> list[dict[str, Json]]:
    """Give documents that between them hold every place a `where` looks at."""
    return [_at(test.subject.path, value) for test in _tests(where) for value in _values(test)]


def _values(test: Test) -> tuple[Json, ...]:
    if test.where is not None:
        return (_documents(test.where),)
    if test.subject.size or test.op.startswith("has") or _asks_for_list(test):
        return (*_ONE_OF_EACH, list(_ONE_OF_EACH))
    return _ONE_OF_EACH


def _asks_for_list(test: Test) -> bool:
    value = getattr(test.value, "value", None)
    return FIELD_OPERATORS[test.op].argument == "type" and value == "list"


def _tests(where: Condition) -> Iterator[Test]:
    """Yield the tests of one level: those inside an element condition are about the element."""
    pending = [where]
    while pending:
        current = pending.pop()
        if isinstance(current, Test):
            yield current
        else:
            pending.extend(children(current))


def _at(path: Path, value: Json) -> dict[str, Json]:
    for segment in reversed(path):
        value = {segment: value}
    document: dict[str, Json] = value
    return document
