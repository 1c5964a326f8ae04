"""Changing parts of a rule wherever they stand: the metamorphic relations that rename, inline or shift need it.

Apart from the relations so that each says only what it changes. Generic over the frozen dataclasses that a rule is
made of; it could go wrong by skipping a place, which the test of renaming would show as a changed audience.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from muster.compiler.rule import Rule
from muster.compiler.values import Param

_T = TypeVar("_T")


def rewritten(part: _T, change: Callable[[Any], Any]) -> _T:
    """Apply a change to everything inside a value, innermost first, then to the value itself."""
    value: Any = part
    if isinstance(value, tuple):
        value = tuple(rewritten(item, change) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        value = replace(
            value,
            **{place.name: rewritten(getattr(value, place.name), change) for place in fields(value) if place.init},
        )
    changed: _T = change(value)
    return changed


def parts_of(part: object) -> list[object]:
    """List a value and everything inside it."""
    found: list[object] = []

    def note(inner: Any) -> Any:
        found.append(inner)
        return inner

    rewritten(part, note)
    return found


def literals_of(rule: Rule) -> dict[str, Any]:
    """Give what each constant and parameter of a rule stands for."""
    return dict(rule.let) | {decl.name: decl.default for decl in rule.params}


def inlined(rule: Rule) -> Rule:
    """Put literals in the place of every constant and parameter."""
    held = literals_of(rule)
    placed = rewritten(rule, lambda part: held[part.name] if isinstance(part, Param) else part)
    return replace(placed, let=(), params=())
