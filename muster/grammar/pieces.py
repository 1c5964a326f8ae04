"""The small parts that the text grammar's rules hand to each other, with their places, and how problems are told.

Separate because literals, tests and events all build on them. What could go wrong: what is known of the parse under
way is a context variable, so that one cached parser serves several threads; code that builds outside `reading` has
nowhere to report to and fails at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn
from unicodedata import normalize

from lark import Token

from muster.compiler.diagnostics import Diagnostic, RuleError, Span
from muster.compiler.messages import syntax
from muster.compiler.rule import Metric, Regularity, Step, Window
from muster.compiler.values import Duration, Literal_, Path, Value
from muster.grammar.limits import DEFINITIONS, MAX_CLAUSES, MAX_DEFINITIONS, MAX_LEAVES, MAX_STEPS, Definition


@dataclass(slots=True)
class Reading:
    """What is known of the text that is being parsed, beside its tree."""

    problems: list[Diagnostic] = field(default_factory=list)
    leaves: int = 0
    later_steps: int = 0
    clauses: int = 0
    definitions: Counter[Definition] = field(default_factory=Counter)
    # The places of conditions in parentheses: without them, and with them.
    parentheses: list[tuple[Span, Span]] = field(default_factory=list)


_READING: ContextVar[Reading] = ContextVar("muster_text_reading")


class PathPiece(NamedTuple):
    """A dotted path; `bare` if it is one word without backticks."""

    path: Path
    origin: Span
    bare: bool


class Events(NamedTuple):
    """The events that a test is about."""

    names: tuple[str, ...]
    origin: Span


class Operation(NamedTuple):
    """What is asked of a subject: operator, value and where the operator's words stand."""

    op: str
    value: Value | Duration | tuple[Value, ...] | None
    ignore_case: bool
    op_origin: Span
    origin: Span


class Items(NamedTuple):
    """Values in parentheses."""

    values: tuple[Value, ...]
    origin: Span


class Members(NamedTuple):
    """Conditions in parentheses."""

    conditions: tuple[Any, ...]
    origin: Span


class Words(NamedTuple):
    """Keywords as one lower-case phrase, such as `starts with`."""

    text: str
    origin: Span


class Count(NamedTuple):
    """How many times: `at least 3 times`; only such a count can also be asked of each of several periods."""

    op: str
    value: Value | tuple[Value, ...]
    at_least: bool = False


class Clause(NamedTuple):
    """One clause of an event test; `kind` names it, `value` is what it says."""

    kind: str
    value: Any
    origin: Span


class Then(NamedTuple):
    """A later step of a sequence, from its `then`."""

    step: Step
    origin: Span


class LetPiece(NamedTuple):
    """The statement `let vip = 1000;`."""

    name: str
    value: Literal_
    origin: Span


class ComputedPiece(NamedTuple):
    """The statement `computed spent = sum(amount) of purchase;`."""

    name: str
    metric: Metric
    origin: Span


class AudiencePiece(NamedTuple):
    """The definition `audience "VIP": …;`."""

    name: str
    condition: Any
    origin: Span


ClauseValue = Window | Regularity | Count | Path | None


@contextmanager
def reading() -> Iterator[Reading]:
    """Gather what the grammar's rules tell while a text is parsed."""
    current = Reading()
    reset = _READING.set(current)
    try:
        yield current
    finally:
        _READING.reset(reset)


def report(diagnostic: Diagnostic) -> None:
    """Tell a problem of the text that is being parsed; parsing goes on."""
    _READING.get().problems.append(diagnostic)


def count_leaf(place: Span) -> None:
    """Count a condition of the rule that is being parsed; one too many ends the parse at once."""
    current = _READING.get()
    current.leaves += 1
    current.later_steps = current.clauses = 0
    if current.leaves > MAX_LEAVES:
        _refuse("number of conditions", MAX_LEAVES, place)


def count_step(place: Span) -> None:
    """Count a later step of the sequence that is being parsed; one too many ends the parse at once."""
    current = _READING.get()
    current.later_steps += 1
    current.clauses = 0
    if current.later_steps >= MAX_STEPS:
        _refuse("number of steps", MAX_STEPS, place)


def count_clause(place: Span) -> None:
    """Count a clause of the event that is being parsed; one too many ends the parse at once."""
    current = _READING.get()
    current.clauses += 1
    if current.clauses > MAX_CLAUSES:
        _refuse("number of clauses", MAX_CLAUSES, place)


def count_definition(what: Definition, place: Span) -> None:
    """Count a statement before the rule that is being parsed; one too many ends the parse at once."""
    current = _READING.get()
    current.clauses = 0
    current.definitions[what] += 1
    if current.definitions[what] > MAX_DEFINITIONS:
        _refuse(DEFINITIONS[what], MAX_DEFINITIONS, place)


def _refuse(what: str, limit: int, place: Span) -> NoReturn:
    report(syntax.beyond_limit(what, f"more than {limit}", limit, place))
    raise RuleError(_READING.get().problems)


def note_parentheses(inside: Span, place: Span) -> None:
    """Keep where a condition stood without its parentheses."""
    _READING.get().parentheses.append((inside, place))


def next_rule() -> None:
    """Count from nought: the next condition belongs to another audience."""
    _READING.get().leaves = 0


def nfc(text: str) -> str:
    """Give text in Unicode NFC, the form of every name, key and value."""
    return text if text.isascii() else normalize("NFC", text)


def start_of(item: Any) -> int:
    """Give the offset at which a token or piece starts."""
    start: int | None = item.start_pos if type(item) is Token else item.origin.start
    return start or 0


def end_of(item: Any) -> int:
    """Give the offset just after a token or piece."""
    end: int | None = item.end_pos if type(item) is Token else item.origin.end
    return end or 0


def span(items: Sequence[Any]) -> Span:
    """Give the range from the first to the last of some tokens and pieces."""
    return Span(start_of(items[0]), end_of(items[-1]))


def token_span(token: Token) -> Span:
    """Give the range of a token."""
    return Span(token.start_pos or 0, token.end_pos or 0)
