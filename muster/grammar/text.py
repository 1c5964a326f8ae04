"""Rules, libraries and metrics from text; every problem is told with its place.

Apart from the parser because it decides the order of checks. What could go wrong: recursion over a user's text (size
and nesting are checked before, trees are built bottom up), a limit that is found only after a long parse.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from lark import UnexpectedInput

from muster.compiler.diagnostics import Collector, RuleError, Span
from muster.compiler.messages import syntax
from muster.compiler.rule import Group, Library, Metric, ParamDecl, Rule
from muster.grammar import limits, notes
from muster.grammar.lark_parser import Start, parser
from muster.grammar.pieces import AudiencePiece, ComputedPiece, LetPiece, Reading, collecting
from muster.grammar.suggestions import with_suggestions
from muster.grammar.syntax_errors import find_all

R = TypeVar("R", Rule, Library)


def parse(source: str) -> Rule:
    """Parse one rule; raises RuleError with every problem found."""
    parts, reading = _parse(source, "rule")
    rule = Rule(
        condition=parts[-1],
        let=tuple((part.name, part.value) for part in parts if isinstance(part, LetPiece)),
        params=tuple(part for part in parts if isinstance(part, ParamDecl)),
        computed=tuple((part.name, part.metric) for part in parts if isinstance(part, ComputedPiece)),
        source=source,
    )
    return _checked(rule, reading, "rule")


def parse_library(source: str) -> Library:
    """Parse a file of named audiences; raises RuleError with every problem found."""
    parts, reading = _parse(source, "library", limits.MAX_LIBRARY_TEXT)
    library = Library(
        audiences=tuple((part.name, part.condition) for part in parts if isinstance(part, AudiencePiece)),
        let=tuple((part.name, part.value) for part in parts if isinstance(part, LetPiece)),
        params=tuple(part for part in parts if isinstance(part, ParamDecl)),
        computed=tuple((part.name, part.metric) for part in parts if isinstance(part, ComputedPiece)),
        source=source,
    )
    return _checked(library, reading, "library")


def parse_metric(source: str) -> Metric:
    """Parse `sum(amount) of purchase in last 90 days`; raises RuleError with every problem found."""
    (metric,), reading = _parse(source, "metric")
    everyone = Group(op="all", members=(), origin=Span(0, 0))
    rule = Rule(condition=everyone, computed=(("metric", metric),), source=source)
    return _checked(rule, reading, "metric").computed[0][1]


def _parse(source: str, start: Start, limit: int = limits.MAX_TEXT) -> tuple[list[Any], Reading]:
    found = Collector(source)
    for diagnostic in limits.check_text(source, limit):
        found.add(diagnostic)
    found.raise_errors()
    with collecting(found) as reading:
        try:
            result = parser().parse(source, start=start)
        except UnexpectedInput:
            result = None
    if result is None:
        found = Collector(source)
        for diagnostic in find_all(source, lambda text: parser().parse(text, start=start)):
            found.add(diagnostic)
        raise _error(found, source, start)
    parts = [result] if isinstance(result, Metric) else result.children
    _report_twice(parts, found)
    return parts, reading


def _report_twice(parts: Iterable[Any], found: Collector) -> None:
    """Report names that are defined twice; constants and parameters share `$`."""
    kinds: dict[type, str] = {
        LetPiece: "a constant or parameter",
        ParamDecl: "a constant or parameter",
        ComputedPiece: "a computed trait",
        AudiencePiece: "an audience",
    }
    seen = set()
    for part in parts:
        what = kinds.get(type(part))
        if what is None:
            continue
        if (what, part.name) in seen:
            found.add(syntax.defined_twice(what, part.name, part.origin))
        seen.add((what, part.name))


def _checked(rule: R, reading: Reading, start: Start) -> R:
    found = reading.problems
    limits.check_rule(rule, found)
    if found.errors:
        raise _error(found, rule.source or "", start)
    return notes.attach(rule, reading.parentheses)


def _error(found: Collector, source: str, start: Start) -> RuleError:
    def parses(text: str) -> bool:
        trial = Collector(text)
        with collecting(trial):
            try:
                parser().parse(text, start=start)
            except UnexpectedInput:
                return False
        return not trial.errors

    return RuleError(with_suggestions(found.errors, source, parses))
