"""How large a rule may be, checked without recursion before anything recursive runs.

Both front ends use `check_size`; the text scan is separate because it must hold before a parser sees the text. What
could go wrong: brackets or `not`s by the hundred thousand (one linear look refuses them), parentheses inside quotes
or comments that would be counted, a limit that a rule written by the formatter would trip over. A list or path that
is far too long is refused by the same look, because the parser alone would take seconds over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from operator import le
from typing import Literal

from muster.compiler.diagnostics import Collector, Diagnostic, Origin, Span
from muster.compiler.messages import syntax
from muster.compiler.rule import (
    Condition,
    EventTest,
    Group,
    Library,
    MetricTest,
    Not,
    Regularity,
    Rule,
    Sequence,
    Test,
    children,
    walk,
)
from muster.compiler.values import Path, TraitRef

Definition = Literal["let", "params", "computed"]

# What a rule may define, as its limits are told.
DEFINITIONS: Mapping[Definition, str] = {
    "let": "number of `let` constants",
    "params": "number of parameters",
    "computed": "number of computed traits",
}
MAX_TEXT = 64 * 1024
MAX_LIBRARY_TEXT = 1024 * 1024
MAX_DEPTH = 32
MAX_LEAVES = 500
MAX_LIST = 10_000
MAX_STEPS = 6
MAX_PERIODS = 1_000
MAX_PATH = 32
MAX_DEFINITIONS = 50
# Each kind of clause stands once on an event, so only a text full of mistakes has as many.
MAX_CLAUSES = 32
# A condition takes at most one bracket a level, `where` and a list of values one each inside the deepest.
MAX_BRACKETS = MAX_DEPTH + 2

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_MARK = re.compile(
    r"""(?P<skip>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.|``)*`|\#[^\n]*)
    |(?P<open>\()|(?P<close>\))|(?P<comma>,)|(?P<dot>\.)|(?P<not>not(?![\w$\u0300-\u036f]))
    |(?P<word>[\w$\u0300-\u036f]+)|(?P<space>[ \t\r\n]+)
    |(?P<escape>\\.)""",  # as one: a quote that never closes is not looked for again from each escaped quote in it
    re.IGNORECASE | re.VERBOSE,
)


def check_text(source: str, limit: int = MAX_TEXT) -> tuple[Diagnostic, ...]:
    """Find what makes a text too large to parse: length, characters no engine stores, brackets, rows of `not`."""
    size = len(source) if source.isascii() else len(source.encode("utf-8", "surrogatepass"))
    if size > limit:
        return (syntax.text_too_long(size, limit, Span(0, min(1, len(source)))),)
    bad = _UNSTORABLE.search(source)
    if bad is not None:
        return (syntax.unstorable_text(Span(*bad.span()), nul=bad.group() == "\0"),)
    counts = (source.count("("), source.lower().count("not"), source.count(","), source.count(".") + 1)
    if all(map(le, counts, (MAX_BRACKETS, MAX_DEPTH, MAX_LIST, MAX_PATH))):
        return ()  # nearly every rule: no need to look where they stand
    return _check_marks(source)


def check_rule(rule: Rule | Library, found: Collector) -> None:
    """Report every limit that a rule or library goes beyond."""
    for kind, what in DEFINITIONS.items():
        number = len(getattr(rule, kind))
        if number > MAX_DEFINITIONS:
            found.add(syntax.beyond_limit(what, str(number), MAX_DEFINITIONS, None))
    for _, metric in rule.computed:
        if metric.property is not None:
            _check_path(metric.property, metric.origin, found)
        if metric.where is not None:
            check_size(metric.where, found)
    if isinstance(rule, Library):
        for _, condition in rule.audiences:
            check_size(condition, found)
    else:
        check_size(rule.condition, found)


def check_size(condition: Condition, found: Collector) -> None:
    """Report every limit of depth, leaves, list items and steps that a condition goes beyond."""
    deepest = _too_deep(condition)
    if deepest is not None:
        found.add(syntax.beyond_limit("depth of the rule", f"more than {MAX_DEPTH}", MAX_DEPTH, deepest.origin))
        return
    leaves = 0
    for node in walk(condition):
        if not (isinstance(node, (Group, Not)) and children(node)):
            leaves += 1
            if leaves == MAX_LEAVES + 1:
                found.add(
                    syntax.beyond_limit("number of conditions", f"more than {MAX_LEAVES}", MAX_LEAVES, node.origin)
                )
        _check_node(node, found)


def _check_node(node: Condition, found: Collector) -> None:
    if isinstance(node, (Test, EventTest, MetricTest)):
        items = len(node.value) if isinstance(node.value, tuple) else 0
        if isinstance(node, EventTest):
            items = max(items, len(node.events))
        if items > MAX_LIST:
            found.add(syntax.beyond_limit("number of values in a list", str(items), MAX_LIST, node.origin))
    if isinstance(node, EventTest) and isinstance(node.value, Regularity) and node.value.of > MAX_PERIODS:
        found.add(syntax.beyond_limit("number of periods", f"{node.value.of:,}", MAX_PERIODS, node.origin))
    for path in _paths(node):
        _check_path(path, node.origin, found)
    if isinstance(node, Sequence) and len(node.steps) > MAX_STEPS:
        found.add(syntax.beyond_limit("number of steps", str(len(node.steps)), MAX_STEPS, node.origin))


def _paths(node: Condition) -> Iterator[Path]:
    """Yield every path that a condition names itself: subject, property, `with same`, the traits compared with."""
    match node:
        case Test(subject=subject):
            yield subject.path
        case MetricTest(metric=metric) if metric.property is not None:
            yield metric.property
        case Sequence(steps=steps):
            yield from (step.same for step in steps if step.same is not None)
        case _:
            pass
    if isinstance(node, (Test, EventTest, MetricTest)):
        values = node.value if isinstance(node.value, tuple) else (node.value,)
        yield from (value.path for value in values if isinstance(value, TraitRef))


def _check_path(path: Path, origin: Origin | None, found: Collector) -> None:
    if len(path) > MAX_PATH:
        found.add(syntax.beyond_limit("number of names in a path", str(len(path)), MAX_PATH, origin))


def _too_deep(condition: Condition) -> Condition | None:
    pending = [(condition, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            return node
        pending.extend((child, depth + 1) for child in children(node))
    return None


def _check_marks(source: str) -> tuple[Diagnostic, ...]:
    brackets = nots = dots = 0
    commas = [0]  # in each of the open brackets, the outermost first
    last = ""
    for match in _MARK.finditer(source):
        kind = match.lastgroup or ""
        if kind == "space" or (kind == "skip" and match.group().startswith("#")):
            continue
        nots = nots + 1 if kind == "not" else 0
        if kind == "open":
            brackets += 1
            commas.append(0)
        elif kind == "close":
            brackets -= 1
            commas[-2:] = commas[-2:-1] or [0]
        elif kind == "comma":
            commas[-1] += 1
        elif kind == "dot":
            dots += 1
        elif last != "dot":
            dots = 0
        last = kind
        beyond = _first_beyond(brackets, nots, commas[-1], dots + 1)
        if beyond is not None:
            what, limit = beyond
            return (syntax.beyond_limit(what, f"more than {limit:,}", limit, Span(match.start(), match.end())),)
    return ()


def _first_beyond(brackets: int, nots: int, commas: int, segments: int) -> tuple[str, int] | None:
    if brackets > MAX_BRACKETS:
        return "nesting of parentheses", MAX_BRACKETS
    if nots > MAX_DEPTH:
        return "row of `not`", MAX_DEPTH
    if commas > MAX_LIST:  # the last value may have a comma too
        return "number of values in a list", MAX_LIST
    return ("number of names in a path", MAX_PATH) if segments > MAX_PATH else None
