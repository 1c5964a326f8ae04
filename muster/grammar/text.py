"""Rules and libraries from text: loads the grammar, parses, and tells every problem with its place.

The only file that holds the parser. What could go wrong: a parser built from user text (it never is), a parser built
again for every rule (it is kept for the process; its rules hold no state, so threads may share it), recursion over
text (sizes and nesting are checked before, and trees are built bottom up by the parser itself).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from inspect import isfunction
from types import ModuleType, SimpleNamespace
from typing import Any, Literal, TypeVar

from lark import Lark, UnexpectedInput

from muster.compiler.diagnostics import Collector, Diagnostic, Span
from muster.compiler.rule import Group, Library, Metric, ParamDecl, Rule
from muster.grammar import (
    build_clauses,
    build_events,
    build_files,
    build_rule,
    build_tests,
    build_values,
    limits,
    notes,
)
from muster.grammar.pieces import AudiencePiece, ComputedPiece, LetPiece, collecting

R = TypeVar("R", Rule, Library)
Start = Literal["rule", "library", "metric"]

_WORD = re.compile(r'"([a-z]+)"')
_LETTER = re.compile(r"\\.|[a-z]")


def parse(source: str) -> Rule:
    """Parse one rule; raises RuleError with every problem found."""
    parts, found = _parse(source, "rule")
    rule = Rule(
        condition=parts[-1],
        let=tuple((part.name, part.value) for part in parts if isinstance(part, LetPiece)),
        params=tuple(part for part in parts if isinstance(part, ParamDecl)),
        computed=tuple((part.name, part.metric) for part in parts if isinstance(part, ComputedPiece)),
        source=source,
    )
    return _checked(rule, found)


def parse_library(source: str) -> Library:
    """Parse a file of named audiences; raises RuleError with every problem found."""
    parts, found = _parse(source, "library", limits.MAX_LIBRARY_TEXT)
    library = Library(
        audiences=tuple((part.name, part.condition) for part in parts if isinstance(part, AudiencePiece)),
        let=tuple((part.name, part.value) for part in parts if isinstance(part, LetPiece)),
        params=tuple(part for part in parts if isinstance(part, ParamDecl)),
        computed=tuple((part.name, part.metric) for part in parts if isinstance(part, ComputedPiece)),
        source=source,
    )
    return _checked(library, found)


def parse_metric(source: str) -> Metric:
    """Parse `sum(amount) of purchase in last 90 days`; raises RuleError with every problem found."""
    metric, found = _parse(source, "metric")
    assert isinstance(metric, Metric)
    whole = Rule(
        condition=Group(op="all", members=(), origin=Span(0, 0)), computed=(("metric", metric),), source=source
    )
    return _checked(whole, found).computed[0][1]


def _checked(rule: R, found: Collector) -> R:
    limits.check_rule(rule, found)
    found.raise_errors()
    return notes.attach(rule)


def _parse(source: str, start: Start, limit: int = limits.MAX_TEXT) -> tuple[Any, Collector]:
    found = Collector(source)
    for diagnostic in limits.check_text(source, limit):
        found.add(diagnostic)
    found.raise_errors()
    with collecting(found):
        try:
            result = parser().parse(source, start=start)
        except UnexpectedInput as error:
            at = min(error.pos_in_stream, len(source))
            found.add(Diagnostic("E13", "This was not expected here.", origin=Span(at, min(at + 1, len(source)))))
            found.raise_errors()
            raise
    return getattr(result, "children", result), found


@lru_cache(maxsize=1)
def parser() -> Lark:
    """Build the parser, once a process."""
    return Lark(
        load_grammar(),
        parser="lalr",
        lexer="contextual",
        start=["rule", "library", "metric"],
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=SimpleNamespace(**builders()),
    )


def builders() -> dict[str, Callable[[list[Any]], Any]]:
    """Give the function for each rule of the grammar that needs one, by the rule's name."""
    modules: tuple[ModuleType, ...] = (build_values, build_rule, build_tests, build_events, build_clauses, build_files)
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


def load_grammar() -> str:
    """Read rule.lark and make every word a guarded terminal in any ASCII case."""
    words: set[str] = set()
    lines = [_load_line(line, words) for line in files("muster.grammar").joinpath("rule.lark").read_text().splitlines()]
    lines += [rf"K_{word.upper()}.3: /{_any_case(word)}(?![\w$])/" for word in sorted(words)]
    return "\n".join(lines)


def _load_line(line: str, words: set[str]) -> str:
    if line.startswith(("//", "%")):
        return line
    if line[:1].isupper():
        # Python's /i also folds letters beyond ASCII (long s, Kelvin sign), which no keyword may contain.
        name, colon, pattern = line.partition(": ")
        return f"{name}{colon}{_any_case(pattern[:-1])}" if pattern.endswith("/i") else line
    words.update(_WORD.findall(line))
    return _WORD.sub(lambda match: f"K_{match[1].upper()}", line)


def _any_case(pattern: str) -> str:
    return _LETTER.sub(lambda match: match[0] if match[0][0] == "\\" else f"[{match[0]}{match[0].upper()}]", pattern)
