"""The nearest known name to an unknown one, for did-you-mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
