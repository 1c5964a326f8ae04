"""JSON text, or a mapping that stands for it, as plain containers that are safe to walk: bounded, exact, no surprises.

Kept apart from the shapes of rules so that nothing recursive ever sees an unchecked document. What could go wrong, each
with a test: brackets nested deeper than Python recurses, a mapping that holds itself, keys said twice (lost in silence
by `json`), numbers that a binary float would change, exponents beyond counting, NaN, NUL, half of a surrogate pair.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import is_normalized, normalize

from muster.compiler.diagnostics import Collector, Diagnostic, Pointer, RuleError, Span
from muster.compiler.messages import document as say
from muster.compiler.messages import foreign_json
from muster.grammar import json_slips
from muster.grammar.limits import MAX_DEPTH

# A condition takes at most two brackets a level (`{"all": [`); around and inside the deepest stand a few more.
MAX_BRACKETS = 2 * MAX_DEPTH + 8
# Of a document that is wrong all over, enough is told to be going on with.
MAX_PROBLEMS = 100

Tree = dict[str, Any] | list[Any] | str | Decimal | bool

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# A null here stands where a value is compared.
_VALUE_PLACE = re.compile(r"/value(/\d+)?$")


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a JSON object in the order written, repeated keys included."""

    pairs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class NotFinite:
    """`NaN`, `Infinity` or a number whose exponent no decimal can hold, as written."""

    text: str


def decode(data: str | bytes, limit: int) -> str:
    """Give the text of a document, refusing what is too long or not UTF-8."""
    if len(data) > limit:
        raise RuleError([say.too_long(limit)])
    if isinstance(data, str):
        if len(data.encode("utf-8", "surrogatepass")) > limit:
            raise RuleError([say.too_long(limit)])
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RuleError([foreign_json.not_utf8(error.start)]) from error


def parse(text: str, found: Collector, limit: int) -> Tree:
    """Parse JSON text that `decode` let through, as `plain` does the rest."""
    _check_brackets(text)
    body = text.removeprefix("\ufeff")
    try:
        raw = json.loads(
            body,
            object_pairs_hook=lambda pairs: Members(tuple(pairs)),
            parse_float=_number,
            parse_int=_number,
            parse_constant=NotFinite,
        )
    except json.JSONDecodeError as error:
        start = error.pos + len(text) - len(body)
        span = Span(start, min(start + 1, len(text)))
        hint = json_slips.hint(body, error.pos)
        raise RuleError([foreign_json.not_json(error.msg, (error.lineno, error.colno), span, text, hint)]) from error
    return plain(raw, found, limit)


def plain(raw: object, found: Collector, limit: int) -> Tree:
    """Copy a document into dicts, lists, strings, booleans and exact decimals.

    What cannot be copied is reported and an empty text put in its place, so that the rest can be judged as well; a
    document beyond the limits is refused at once.
    """
    return _Copier(found, limit).copy(raw)


class _Copier:
    """Copies without recursion, and gives up where a document is larger or deeper than any rule may be."""

    def __init__(self, found: Collector, limit: int) -> None:
        self.found = found
        self._limit = limit
        self._size = 0
        self._problems = 0
        self._pending: list[tuple[object, Any, Pointer, int]] = []

    def copy(self, raw: object) -> Tree:
        root: Tree = self._start(raw, Pointer(""), 0)
        while self._pending:
            source, target, pointer, depth = self._pending.pop()
            if depth > MAX_BRACKETS:
                raise RuleError([say.too_nested(MAX_BRACKETS, pointer)])
            if isinstance(target, dict):
                self._fill_object(_pairs(source), target, pointer, depth)
            else:
                self._fill_list(_items(source), target, pointer, depth)
        return root

    def _fill_object(self, pairs: Iterable[tuple[object, object]], target: Any, at: Pointer, depth: int) -> None:
        for key, value in pairs:
            if not isinstance(key, str):
                self._report(say.key_not_text(key, at))
                continue
            name = nfc(self._text(key, at.child(key)))
            if name in target:
                self._report(say.key_twice(key, at.child(key)))
                continue
            self._grow(1)
            target[name] = self._start(value, at.child(name), depth)

    def _fill_list(self, items: Iterable[object], target: list[Any], at: Pointer, depth: int) -> None:
        for index, value in enumerate(items):
            self._grow(1)
            target.append(self._start(value, at.child(index), depth))

    def _start(self, value: object, at: Pointer, depth: int) -> Any:
        """Copy a scalar at once; of a container make an empty copy and leave the filling for later."""
        match value:
            case str():
                return self._text(value, at)
            case bool():
                self._grow(4)
                return value
            case int() | float() | Decimal() | NotFinite():
                return self._number(value, at)
            case Members() | Mapping():
                return self._later(value, {}, at, depth)
            case list() | tuple():
                return self._later(value, [], at, depth)
            case None:
                self._report(say.null(at, is_value=_VALUE_PLACE.search(at.path) is not None))
            case _:
                self._report(say.not_json_value(value, at))
        return ""

    def _later(self, source: object, target: Any, at: Pointer, depth: int) -> Any:
        self._grow(2)
        self._pending.append((source, target, at, depth + 1))
        return target

    def _text(self, value: str, at: Pointer) -> str:
        self._grow(len(value) + 2)
        problem = unstorable(value)
        if problem is not None:
            self._report(say.unstorable_text(problem, at))
        return str.__str__(value)  # without what a subclass adds

    def _report(self, problem: Diagnostic) -> None:
        self._problems += 1
        if self._problems <= MAX_PROBLEMS:
            self.found.add(problem)

    def _grow(self, characters: int) -> None:
        """Count what has been copied, so that a mapping is bounded as its text would be."""
        self._size += characters
        if self._size > self._limit:
            raise RuleError([say.too_long(self._limit)])

    def _number(self, value: float | Decimal | NotFinite, at: Pointer) -> Decimal:
        number = _exact(value)
        if isinstance(number, NotFinite) or not number.is_finite():
            self._report(say.not_finite(number.text if isinstance(number, NotFinite) else str(number), at))
            return Decimal(0)
        self._grow(len(number.as_tuple().digits))
        return number


def unstorable(text: str) -> str | None:
    """Name the first character that no engine stores alike: NUL or half of a surrogate pair."""
    match = _UNSTORABLE.search(text)
    if match is None:
        return None
    code = ord(match.group())
    return "NUL (U+0000)" if code == 0 else f"half of a surrogate pair (U+{code:04X})"


def nfc(text: str) -> str:
    """Compose a text: the same letters must be the same value however they were typed."""
    return text if is_normalized("NFC", text) else normalize("NFC", text)


def _check_brackets(text: str) -> None:
    depth = 0
    for match in _TOKEN.finditer(text):
        found = match.group()
        if found in "[{":
            depth += 1
            if depth > MAX_BRACKETS:
                span = Span(match.start(), match.end())
                raise RuleError([_with_source(say.too_nested(MAX_BRACKETS, span), text)])
        elif found in "]}":
            depth -= 1


def _with_source(diagnostic: Diagnostic, text: str) -> Diagnostic:
    found = Collector(text)
    found.add(diagnostic)
    return found.diagnostics[0]


def _exact(value: int | float | Decimal | NotFinite) -> Decimal | NotFinite:  # noqa: PYI041 (the two differ here)
    if isinstance(value, float):
        # A float stands for its shortest text; the base class prints it, because subclasses decorate theirs.
        return _number(float.__repr__(value))
    return Decimal(value) if isinstance(value, int) else value


def _number(lexeme: str) -> Decimal | NotFinite:
    try:
        return Decimal(lexeme)
    except InvalidOperation:
        return NotFinite(lexeme)


def _pairs(source: object) -> Iterator[tuple[object, object]]:
    if isinstance(source, Members):
        return iter(source.pairs)
    assert isinstance(source, Mapping), source
    return iter(source.items())


def _items(source: object) -> Iterator[object]:
    assert isinstance(source, (list, tuple)), source
    return iter(source)
