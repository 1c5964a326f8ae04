"""The parser of the text language, built from rule.lark and the builders once a process.

Apart from what uses it because it is all that knows Lark's ways of being built. What could go wrong: a parser built
from a user's text (it never is), a rule of the grammar without a builder (its tree would reach the outside; a test
compares the two), state in a builder (there is none, so that threads may share the parser).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from inspect import isfunction
from types import ModuleType, SimpleNamespace
from typing import Any, Literal

from lark import Lark

from muster.grammar import build_clauses, build_events, build_files, build_rule, build_tests, build_values
from muster.grammar.pieces import count_leaf

Start = Literal["rule", "library", "metric"]
Builder = Callable[[list[Any]], Any]

STARTS: tuple[Start, ...] = ("rule", "library", "metric")
# Rules that make a condition without conditions beside it; each counts against the limit while parsing.
_LEAVES = frozenset(
    {
        *("test", "computed_eq", "elements", "entered", "in_audience", "sample", "everyone", "nobody"),
        *("stage_is", "stage_is_not", "stage_set", "stage_not_set", "stage_in", "stage_not_in"),
        *("did", "did_not", "did_nothing", "never_did", "stopped", "resumed", "metric_test", "count_test"),
    }
)
# Accents typed as characters of their own, as some keyboards and file systems do; names are composed when read.
_ACCENTS = r"\u0300-\u036f"
_WORD = re.compile(r'"([a-z]+)"')
_LETTER = re.compile(r"\\.|[a-z]")


@lru_cache(maxsize=1)
def parser() -> Lark:
    """Build the parser, once a process."""
    return Lark(
        load_grammar(),
        parser="lalr",
        lexer="contextual",
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=SimpleNamespace(**builders()),
    )


def builders() -> dict[str, Builder]:
    """Give the function for each rule of the grammar that needs one, by the rule's name."""
    modules: tuple[ModuleType, ...] = (build_values, build_rule, build_tests, build_events, build_clauses, build_files)
    return {
        name: _counted(function) if name in _LEAVES else function
        for module in modules
        for name, function in vars(module).items()
        if isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


def _counted(build: Builder) -> Builder:
    def build_and_count(parts: list[Any]) -> Any:
        condition = build(parts)
        count_leaf(condition.origin)
        return condition

    return build_and_count


def load_grammar() -> str:
    """Read rule.lark and make every word a guarded terminal in any ASCII case."""
    words: set[str] = set()
    text = files("muster.grammar").joinpath("rule.lark").read_text("utf-8")
    lines = [_load_line(line, words) for line in text.splitlines()]
    lines += [rf"K_{word.upper()}.3: /{_any_case(word)}(?![\w$])/" for word in sorted(words)]
    return "\n".join(lines).replace(r"\w$]", rf"\w${_ACCENTS}]")


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
