"""The Schema of a rule compiled without data: the managed layout, with every kind that a literal could meet.

Each name in the rule gets a column of every kind; it gets the columns of a list only where the rule treats it as one
(`has`, `size(…)`, `any … where`). So `plan = "pro"` compiles to one plain comparison, and a trait that holds lists
nevertheless needs the real schema. Made by showing the catalogue a few values, so that columns are named as they
are in a managed store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from muster.backends.base import Json
from muster.backends.tables.catalogue import LIFECYCLE_FIELDS, Catalogue
from muster.backends.tables.values import normalise
from muster.compiler.checked import CheckedRule
from muster.compiler.operators import FIELD_OPERATORS
from muster.compiler.rule import (
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
    catalogue = Catalogue()
    catalogue.observe_fields(LIFECYCLE_FIELDS)
    for condition in _conditions(checked):
        match condition:
            case Test() if condition.subject.kind == "trait":
                _observe_traits(catalogue, condition)
            case EventTest():
                _observe_events(catalogue, condition.events, condition.where)
                _observe_trait_values(catalogue, condition.value)
            case MetricTest():
                _observe_metric(catalogue, condition.metric)
                _observe_trait_values(catalogue, condition.value)
            case Sequence():
                for step in condition.steps:
                    _observe_events(catalogue, step.events, step.where, step.same)
            case _:
                continue
    for metric in _metrics(checked):
        _observe_metric(catalogue, metric)
    return replace(catalogue.schema(), stats=Stats(), assumed=True)


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


def _observe_traits(catalogue: Catalogue, test: Test) -> None:
    for value in _values(test):
        catalogue.observe_traits(normalise(_at(test.subject.path, value)))
    _observe_trait_values(catalogue, test.value)
    if test.where is not None:
        _observe_trait_values_within(catalogue, test.where)


def _observe_metric(catalogue: Catalogue, metric: Metric) -> None:
    _observe_events(catalogue, metric.events, metric.where, metric.property)


def _observe_events(
    catalogue: Catalogue, events: tuple[str, ...], where: Condition | None, *paths: Path | None
) -> None:
    documents = [{}, *(_at(path, value) for path in paths if path is not None for value in _ONE_OF_EACH)]
    if where is not None:
        documents += _documents(where)
        _observe_trait_values_within(catalogue, where)
    for event in events:
        for document in documents:
            catalogue.observe_event(event, normalise(document))


def _observe_trait_values(catalogue: Catalogue, value: object) -> None:
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, TraitRef):
            for each in _ONE_OF_EACH:
                catalogue.observe_traits(normalise(_at(item.path, each)))


def _observe_trait_values_within(catalogue: Catalogue, where: Condition) -> None:
    for inner in _tests(where):
        _observe_trait_values(catalogue, inner.value)
        if inner.where is not None:
            _observe_trait_values_within(catalogue, inner.where)


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
