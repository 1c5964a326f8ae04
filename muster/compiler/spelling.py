"""The nearest known name to an unknown one, for did-you-mean, and how it is written in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from muster.compiler.diagnostics import Origin, Pointer

_MAX_DISTANCE = 2
_MAX_LENGTH = 64


def closest(
    name: str, known: Iterable[str], *, weights: Mapping[str, int] | None = None, most: int = 3
) -> tuple[str, ...]:
    """Give up to `most` known names within two edits (swaps count once), or alike but for case and separators.

    Nearest first; among equals the heavier one (more events, more profiles), then alphabetically.

    >>> closest("purchse", ["purchase", "purchase_failed", "login"])
    ('purchase',)
    >>> closest("FeatureUsed", ["feature_used"])
    ('feature_used',)
    """
    weigh = weights or {}
    plain = _plain(name)
    found: list[tuple[int, int, str]] = []
    for candidate in known:
        if candidate == name:
            continue
        distance = 0 if plain and _plain(candidate) == plain else _distance(name, candidate)
        # Two edits of a two-letter name reach everything.
        if distance <= min(_MAX_DISTANCE, max(len(name), len(candidate)) // 2):
            found.append((distance, -weigh.get(candidate, 0), candidate))
    return tuple(candidate for _, _, candidate in sorted(found)[:most])


_BARE = re.compile(r"[^\W\d][\w$]*")


def spelled(name: str, place: Origin | None, *, is_path: bool = False, quoted: bool = False) -> str | None:
    """Write a name as it would stand in a rule, where that is certain: in JSON as it is, in text quoted if needed.

    >>> spelled("purchase", None), spelled("Order Completed", None), spelled("a b.c", None, is_path=True)
    ('purchase', '"Order Completed"', None)
    """
    if isinstance(place, Pointer):
        return name
    segments = name.split(".") if is_path else [name]
    if not quoted and all(_BARE.fullmatch(segment) for segment in segments):
        return name
    return None if is_path else json.dumps(name, ensure_ascii=False)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _distance(left: str, right: str) -> int:
    """Count edits, a swap of neighbours as one (optimal string alignment), giving up past the limit."""
    if abs(len(left) - len(right)) > _MAX_DISTANCE or max(len(left), len(right)) > _MAX_LENGTH:
        return _MAX_DISTANCE + 1
    before: list[int] = []
    current = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, current = before, current, [i] + [0] * len(right)
        for j, b in enumerate(right, 1):
            current[j] = min(before[j] + 1, current[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                current[j] = min(current[j], older[j - 2] + 1)
        if min(current) > _MAX_DISTANCE:
            return _MAX_DISTANCE + 1
    return current[-1]
