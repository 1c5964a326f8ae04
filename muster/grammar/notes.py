"""Comments that fill a line, and the conditions they belong to.

Apart from the grammar, which ignores comments wherever they stand. A note belongs to the operand that starts next:
the smallest condition at that place, where a condition in parentheses starts at its parenthesis. What could go wrong:
a `#` inside quotes taken for a comment, a note that moves when the rule is written again. Comments beside a line are no
notes; `lift` makes them such for who writes the rule again and would lose them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from muster.compiler.diagnostics import Span
from muster.compiler.rule import (
    Condition,
    EventTest,
    Group,
    Library,
    Metric,
    MetricTest,
    Not,
    Rule,
    Test,
    walk,
)
from muster.compiler.rule import Sequence as EventSequence

_LITERAL_OR_COMMENT = re.compile(
    r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.|``)*`)|\#([^\n]*)""", re.VERBOSE
)

Notes = Mapping[int, str]
R = TypeVar("R", Rule, Library)


def lift(source: str) -> str:
    """Give every comment that stands beside a line a line of its own above it, so that it is a note."""
    lines: list[str] = []
    for line, comment in _split(source):
        indent = line[: len(line) - len(line.lstrip())]
        beside = comment is not None and line.strip() != ""
        lines += [f"{indent}{comment}", line.rstrip()] if beside else [line + (comment or "")]
    return "\n".join(lines)


def lost(source: str, formatted: str) -> list[tuple[int, str]]:
    """List the comments of a text that are not in what became of it, each with the number of its line."""
    kept = Counter(comment.strip("# \t\r") for _, comment in _split(formatted) if comment is not None)
    found = []
    for number, (_, comment) in enumerate(_split(source), 1):
        if comment is not None:
            text = comment.strip("# \t\r")
            kept[text] -= 1
            if kept[text] < 0:
                found.append((number, comment.strip()))
    return found


def _split(source: str) -> Iterator[tuple[str, str | None]]:
    """Split a text into lines, and each of these into what comes before its comment and the comment."""
    for line in source.split("\n"):
        start = next(
            (found.start() for found in _LITERAL_OR_COMMENT.finditer(line) if found.group(2) is not None), None
        )
        yield (line, None) if start is None else (line[:start], line[start:])


def attach(rule: R, parentheses: Sequence[tuple[Span, Span]]) -> R:
    """Give every whole-line comment of a rule's text to the condition that follows it.

    `parentheses`: where conditions stood without and with their parentheses, the inner ones first.
    """
    comments = _comments(rule.source or "")
    if not comments:
        return rule
    notes = _owners(comments, _starts(rule, parentheses))
    computed = tuple((name, _noted_metric(metric, notes)) for name, metric in rule.computed)
    if isinstance(rule, Library):
        audiences = tuple((name, _noted(condition, notes)) for name, condition in rule.audiences)
        return replace(rule, audiences=audiences, computed=computed)
    return replace(rule, condition=_noted(rule.condition, notes), computed=computed)


def _comments(source: str) -> list[tuple[int, str]]:
    """Find the comments that fill a line: where each ends, and its text."""
    found = []
    for match in _LITERAL_OR_COMMENT.finditer(source):
        if match.group(2) is None:
            continue
        before = source[source.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not before.strip(" \t\r"):
            text = match.group(2).removesuffix("\r") if source.startswith("\n", match.end()) else match.group(2)
            found.append((match.end(), text.removeprefix(" ")))
    return found


def _starts(rule: Rule | Library, parentheses: Sequence[tuple[Span, Span]]) -> list[tuple[int, int, Condition]]:
    """List where conditions start, those in parentheses once more inside them; of two alike the smaller is last."""
    inside: dict[Span, list[int]] = {}
    for without, place in parentheses:
        inside[place] = [*inside.pop(without, []), without.start]
    found = []
    for order, node in enumerate(_nodes(rule)):
        assert isinstance(node.origin, Span)
        found += [(start, order, node) for start in [node.origin.start, *inside.get(node.origin, [])]]
    return sorted(found, key=lambda entry: entry[:2])


def _nodes(rule: Rule | Library) -> Iterable[Condition]:
    roots = [metric.where for _, metric in rule.computed if metric.where is not None]
    if isinstance(rule, Library):
        roots += [condition for _, condition in rule.audiences]
    else:
        roots.append(rule.condition)
    return (node for root in roots for node in walk(root))


def _owners(comments: list[tuple[int, str]], starts: list[tuple[int, int, Condition]]) -> dict[int, str]:
    """Pair comments with the smallest condition that starts next, by identity."""
    places = [start for start, _, _ in starts]
    lines: dict[int, list[str]] = {}
    for end, text in comments:
        following = bisect_left(places, end)
        if following < len(places):
            smallest = starts[bisect_right(places, places[following]) - 1][2]
            lines.setdefault(id(smallest), []).append(text)
    return {owner: "\n".join(texts) for owner, texts in lines.items()}


def _noted(condition: Condition, notes: Notes) -> Condition:
    note = notes.get(id(condition))
    match condition:
        case Group():
            return replace(condition, note=note, members=tuple(_noted(member, notes) for member in condition.members))
        case Not():
            return replace(condition, note=note, member=_noted(condition.member, notes))
        case Test() | EventTest():
            return replace(condition, note=note, where=_noted_where(condition.where, notes))
        case MetricTest():
            return replace(condition, note=note, metric=_noted_metric(condition.metric, notes))
        case EventSequence():
            steps = tuple(replace(step, where=_noted_where(step.where, notes)) for step in condition.steps)
            return replace(condition, note=note, steps=steps)
        case _:
            return replace(condition, note=note)


def _noted_where(where: Condition | None, notes: Notes) -> Condition | None:
    return None if where is None else _noted(where, notes)


def _noted_metric(metric: Metric, notes: Notes) -> Metric:
    return replace(metric, where=_noted_where(metric.where, notes))
