"""What the catalogue says about a checked rule: names that never occurred, kinds that a name seldom holds.

Warnings by default, since events may arrive later; errors when the caller is strict. Meaning never changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from muster.compiler.check_test import accepted_as
from muster.compiler.diagnostics import Diagnostic, Severity
from muster.compiler.messages import knowledge
from muster.compiler.rule import (
    Condition,
    EventTest,
    Metric,
    MetricTest,
    Sequence,
    Test,
    children,
    walk,
)
from muster.compiler.schema import Name, NameStats, Record, Schema, merge_names
from muster.compiler.spelling import closest
from muster.compiler.values import KINDS, Boolean, Kind, Number, Path, Text, TraitRef, path_text

_WORDS: dict[Kind, str] = {"str": "text", "num": "number", "bool": "boolean", "time": "time"}
_OF_NUMBERS = frozenset({"sum", "avg", "min", "max"})
# Below this share of a name's values a literal's kind is worth a word.
_RARE_PERCENT = 5


def known_names(condition: Condition, schema: Schema, *, strict: bool = False) -> Iterator[Diagnostic]:
    """Yield E08 for names that never occurred and E09 for literals of a kind that seldom occurs."""
    severity: Severity = "error" if strict else "warning"
    yield from _references(condition, schema, severity)
    for inner in _outside_where(condition):
        match inner:
            case Test() if inner.subject.kind == "trait":
                yield from _trait(inner, schema, severity)
            case EventTest():
                yield from _events(inner.events, inner.where, schema, severity, inner)
            case MetricTest():
                yield from _metric(inner.metric, schema, severity)
            case Sequence():
                for step in inner.steps:
                    yield from _events(step.events, step.where, schema, severity, step)
                    if step.same is not None:
                        yield from _property(step.same, step.events, schema, severity, step)
            case _:
                continue


def known_in_metric(metric: Metric, schema: Schema, *, strict: bool = False) -> Iterator[Diagnostic]:
    """Yield the same for the metric of a computed trait."""
    severity: Severity = "error" if strict else "warning"
    yield from _metric(metric, schema, severity)
    if metric.where is not None:
        yield from _references(metric.where, schema, severity)


def _references(condition: Condition, schema: Schema, severity: Severity) -> Iterator[Diagnostic]:
    """Look at every `trait …` that something is compared with, inside `where` too."""
    record = schema.profiles.traits
    for inner in walk(condition):
        if isinstance(inner, (Test, EventTest, MetricTest)):
            for value in inner.value if isinstance(inner.value, tuple) else (inner.value,):
                if isinstance(value, TraitRef) and value.path not in record:
                    yield _unknown("trait", value.path, record, severity, value)


def _outside_where(condition: Condition) -> Iterator[Condition]:
    pending = [condition]
    while pending:
        current = pending.pop()
        yield current
        if not isinstance(current, (Test, EventTest, MetricTest, Sequence)):
            pending.extend(reversed(children(current)))


def _trait(test: Test, schema: Schema, severity: Severity) -> Iterator[Diagnostic]:
    record = schema.profiles.traits
    path = test.subject.path
    if path not in record:
        yield _unknown("trait", path, record, severity, test)
        return
    yield from _kinds(test, schema.stats.traits.get(path))
    yield from _elements(test, record[path], severity)


def _elements(test: Test, held: Name, severity: Severity) -> Iterator[Diagnostic]:
    """Look at the fields that a test asks of the elements of a list."""
    record: Record = {} if held.shape is None else held.shape.element
    for inner in () if test.where is None else _outside_where(test.where):
        if isinstance(inner, Test) and inner.subject.kind == "property":
            path = inner.subject.path
            if path in record:
                yield from _elements(inner, record[path], severity)
            else:
                yield _unknown("element field", path, record, severity, inner)


def _metric(metric: Metric, schema: Schema, severity: Severity) -> Iterator[Diagnostic]:
    yield from _events(metric.events, metric.where, schema, severity, metric)
    if metric.property is not None:
        yield from _property(metric.property, metric.events, schema, severity, metric)
        if metric.agg in _OF_NUMBERS:
            yield from _numbers(metric, metric.property, schema, severity)


def _numbers(metric: Metric, path: Path, schema: Schema, severity: Severity) -> Iterator[Diagnostic]:
    """Look whether there is a number to add up, be it in a list."""
    held = [record[path] for record in schema.records(metric.events) if path in record]
    kinds = {kind for name in held for kind in (*name.columns, *(() if name.shape is None else name.shape.scalars))}
    if held and "num" not in kinds:
        words = [_WORDS[kind] for kind in KINDS if kind in kinds]
        yield knowledge.no_number(metric.agg, path_text(path), words, severity, metric.origin)


def _events(
    names: tuple[str, ...], where: Condition | None, schema: Schema, severity: Severity, place: object
) -> Iterator[Diagnostic]:
    known = schema.events.events
    for name in names:
        if name not in known and schema.events.others is None:
            near = closest(name, known, weights=schema.stats.events)
            origin = getattr(place, "events_origin", None) or getattr(place, "origin", None)
            counted = [(other, schema.stats.events.get(other, 0)) for other in near]
            yield knowledge.unknown_event(name, counted, severity, origin)
    # A where inside a where is about an element; only the outer one names properties of the event.
    for inner in () if where is None else _outside_where(where):
        if isinstance(inner, Test) and inner.subject.kind == "property":
            yield from _property(inner.subject.path, names, schema, severity, inner)


def _property(
    path: Path, names: tuple[str, ...], schema: Schema, severity: Severity, place: object
) -> Iterator[Diagnostic]:
    known = schema.records(names)
    merged: Record = {seen: held for record in known for seen, held in record.items()}
    if known and path not in merged:
        yield _unknown("property", path, merged, severity, place)
    elif isinstance(place, Test) and len(names) == 1:
        yield from _kinds(place, schema.stats.properties.get((names[0], path)))
    if isinstance(place, Test) and path in merged:
        yield from _elements(place, merge_names(record[path] for record in known if path in record), severity)


def _unknown(what: str, path: Path, record: Record, severity: Severity, place: object) -> Diagnostic:
    name = path_text(path)
    near = closest(name, [path_text(known) for known in record])
    origin = getattr(getattr(place, "subject", None), "origin", None) or getattr(place, "origin", None)
    return knowledge.unknown_field(what, name, near, severity, origin)


def _kinds(test: Test, stats: NameStats | None) -> Iterator[Diagnostic]:
    if stats is None or not stats.rows:
        return
    if test.subject.size:
        if not stats.lists:
            yield knowledge.no_list(path_text(test.subject.path), test.subject.origin or test.origin)
        return
    most = max(KINDS, key=lambda kind: stats.kinds.get(kind, 0))
    for value in test.value if isinstance(test.value, tuple) else (test.value,):
        if not isinstance(value, (Text, Number, Boolean)):
            continue
        kind = accepted_as(value)
        assert kind != "trait"
        share = 100 * stats.kinds.get(kind, 0) // stats.rows
        if kind != most and share < _RARE_PERCENT and stats.kinds.get(most, 0) and test.op not in _TYPE_TESTS:
            literal = f'"{value.value}"' if isinstance(value, Text) else _plain(value)
            holds = (_WORDS[most], 100 * stats.kinds[most] // stats.rows)
            yield knowledge.rare_kind(
                path_text(test.subject.path), holds, literal, (_WORDS[kind], share), value.origin or test.origin
            )


# The value of these is the name of a type or a pattern, not a value to compare with.
_TYPE_TESTS = frozenset({"is_type", "is_not_type"})


def _plain(value: Number | Boolean) -> str:
    return f"{value.value:f}" if isinstance(value, Number) else str(value.value).lower()
