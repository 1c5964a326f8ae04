"""What may not enter: values that no engine can hold exactly, found before they are accepted.

Kept apart from the normaliser, which never refuses anything: here is what the edges (messages, files) ask first,
so that the normaliser and the reference evaluator see only documents on which they cannot differ.

Ways to go wrong, each with a test: a document so deep that looking at it overflows the stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from muster.backends.base import Json
from muster.backends.tables.scalars import has_surrogate, views_of
from muster.backends.tables.values import MAX_DEPTH
from muster.compiler.values import NUMBER_LIMIT

FlawKind = Literal["nul", "surrogate", "deep", "number"]


@dataclass(frozen=True, slots=True)
class Flaw:
    """A value that cannot be held, and where: all kinds but "number" keep the whole document out.

    "nul": text with the character NUL; "surrogate": text with half of a UTF-16 pair; "deep": more than MAX_DEPTH
    objects and lists; "number": 10^18 or beyond, NaN or infinity, which makes the value null.
    """

    kind: FlawKind
    path: tuple[str, ...]


def find_flaws(document: Mapping[str, Json]) -> tuple[Flaw, ...]:
    """List what keeps a document, or values of it, out; on everything else `normalise` is exact."""
    if all(map(_is_plain_text, document)) and all(map(_is_plain, document.values())):
        return ()  # as nearly all are, found out in a fifth of the time
    return tuple(_flaws(document))


def _is_plain(value: Json) -> bool:
    """Tell of most values at once that nothing is wrong with them."""
    kind = type(value)
    if kind is str:
        return _is_plain_text(value)
    if kind is int or kind is Decimal:
        return bool(-NUMBER_LIMIT < value < NUMBER_LIMIT) if kind is int or value.is_finite() else False
    return value is None or kind is bool


def _is_plain_text(text: str) -> bool:
    return text.isascii() and "\0" not in text


def text_flaw(text: str) -> FlawKind | None:
    """Say what keeps a text out."""
    if "\0" in text:
        return "nul"
    return "surrogate" if has_surrogate(text) else None


def _flaws(document: Mapping[str, Json]) -> Iterator[Flaw]:
    # Without recursion: the document may be far too deep.
    pending: list[tuple[Json, tuple[str, ...], int]] = [(document, (), 0)]
    while pending:
        value, path, depth = pending.pop()
        if not isinstance(value, (dict, list)):
            kind = _scalar_flaw(value)
            if kind is not None:
                yield Flaw(kind, path)
        elif depth > MAX_DEPTH:
            yield Flaw("deep", path)
        elif isinstance(value, list):
            pending.extend((item, path, depth + 1) for item in value)
        else:
            for key, member in value.items():
                kind = text_flaw(key)
                if kind is not None:
                    yield Flaw(kind, path)
                pending.append((member, (*path, key), depth + 1))


def _scalar_flaw(value: Json) -> FlawKind | None:
    if isinstance(value, str):
        return text_flaw(value)
    return "number" if value is not None and views_of(value) is None else None
