"""Rules, libraries and metrics from text; every problem is told with its place.

Apart from the parser because it decides the order of checks. What could go wrong: recursion over a user's text (size
and nesting are checked before, trees are built bottom up), a limit that is found only after a long parse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from lark import UnexpectedInput

from muster.compiler.diagnostics import MAX_DIAGNOSTICS, Collector, Diagnostic, RuleError, Span
from muster.compiler.messages import syntax
from muster.compiler.rule import Group, Library, Metric, ParamDecl, Rule
from muster.grammar import limits, notes
from muster.grammar.lark_parser import Start, parser
from muster.grammar.pieces import AudiencePiece, ComputedPiece, LetPiece, Reading, reading
from muster.grammar.suggestions import place_of, with_suggestions
from muster.grammar.syntax_errors import find_all

R = TypeVar("R", Rule, Library)


def parse(source: str) -> Rule:
    """Parse one rule; raises RuleError with every problem found."""
    parts, told = _parse(source, "rule")
    rule = Rule(
        condition=parts[-1],
        let=tuple((part.name, part.value) for part in parts if isinstance(part, LetPiece)),
        params=tuple(part for part in parts if isinstance(part, ParamDecl)),
        computed=tuple((part.name, part.metric) for part in parts if isinstance(part, ComputedPiece)),
        source=source,
    )
    return _checked(rule, told, "rule")


def parse_library(source: str) -> Library:
    """Parse a file of named audiences; raises RuleError with every problem found."""
    parts, told = _parse(source, "library", limits.MAX_LIBRARY_TEXT)
    library = Library(
        audiences=tuple((part.name, part.condition) for part in parts if isinstance(part, AudiencePiece)),
        let=tuple((part.name, part.value) for part in parts if isinstance(part, LetPiece)),
        params=tuple(part for part in parts if isinstance(part, ParamDecl)),
        computed=tuple((part.name, part.metric) for part in parts if isinstance(part, ComputedPiece)),
        source=source,
    )
    return _checked(library, told, "library")


def parse_metric(source: str) -> Metric:
    """Parse `sum(amount) of purchase in last 90 days`; raises RuleError with every problem found."""
    (metric,), told = _parse(source, "metric")
    everyone = Group(op="all", members=(), origin=Span(0, 0))
    rule = Rule(condition=everyone, computed=(("metric", metric),), source=source)
    return _checked(rule, told, "metric").computed[0][1]


def _parse(source: str, start: Start, limit: int = limits.MAX_TEXT) -> tuple[list[Any], Reading]:
    too_large = limits.check_text(source, limit)
    if too_large:
        raise _error(too_large, source, start)
    with reading() as told:
        result = _tree(source, start)
    if result is None:
        raise _error(find_all(source, lambda text: parser().parse(text, start=start)), source, start)
    parts = [result] if isinstance(result, Metric) else result.children
    told.problems += _defined_twice(parts)
    return parts, told


def _tree(source: str, start: Start) -> Any:
    """Parse a text, or give None where it is no sentence of the language."""
    try:
        return parser().parse(source, start=start)
    except UnexpectedInput:
        return None
    except RuleError as error:
        raise _error(error.diagnostics, source, start) from error


def _defined_twice(parts: Iterable[Any]) -> list[Diagnostic]:
    """Find names that are defined twice; constants and parameters share `$`."""
    kinds: dict[type, str] = {
        LetPiece: "a constant or parameter",
        ParamDecl: "a constant or parameter",
        ComputedPiece: "a computed trait",
        AudiencePiece: "an audience",
    }
    named = [(kinds[type(part)], part) for part in parts if type(part) in kinds]
    seen: set[tuple[str, str]] = set()
    found: list[Diagnostic] = []
    for what, part in named:
        if (what, part.name) in seen:
            found.append(syntax.defined_twice(what, part.name, part.origin))
        seen.add((what, part.name))
    return found


def _checked(rule: R, told: Reading, start: Start) -> R:
    problems = (*told.problems, *_beyond_limits(rule))
    if problems:
        raise _error(problems, rule.source or "", start)
    return notes.attach(rule, told.parentheses)


def _beyond_limits(rule: Rule | Library) -> tuple[Diagnostic, ...]:
    found = Collector()
    limits.check_rule(rule, found)
    return found.diagnostics


def _error(problems: Sequence[Diagnostic], source: str, start: Start) -> RuleError:
    """Order what was found by place, each once, with the text and what would run."""

    def parses(text: str) -> bool:
        with reading() as told:
            return _tree(text, start) is not None and not told.problems

    ordered = sorted(dict.fromkeys(problems), key=place_of)[:MAX_DIAGNOSTICS]
    found = [replace(problem, source=source) for problem in ordered]
    return RuleError(with_suggestions(found, source, parses, is_library=start == "library"))
