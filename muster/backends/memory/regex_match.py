"""Whether a text has a match of a pattern: a state machine made from the tree, all its states followed at once.

Kept apart from the tests of values, and made without Python's `re`, so that the reference knows nothing but the
tree that every engine is given, and takes time linear in the text. It can go wrong in loops whose body
matches nothing (a state is entered once per position) and at the ends of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from muster.compiler.regex import Chars, Concat, Either, End, Node, Regex, Repeat, Start, fold_case

_ACCEPT = 0


@dataclass(frozen=True, slots=True)
class _State:
    """What must hold to go on from here (None: nothing) and where to."""

    on: Chars | Start | End | None
    out: tuple[int, ...]


def matches(regex: Regex, text: str, *, ignore_case: bool = False) -> bool:
    """Tell whether a pattern matches somewhere in a text; `ignore_case` folds ASCII letters only."""
    states, start = _machine(regex, ignore_case)
    active: set[int] = set()
    for position in range(len(text) + 1):
        active = _settle(states, active | {start}, at_start=position == 0, at_end=position == len(text))
        if _ACCEPT in active:
            return True
        if position < len(text):
            active = {states[state].out[0] for state in active if _takes(states[state].on, text[position])}
    return False


@lru_cache(maxsize=128)
def _machine(regex: Regex, ignore_case: bool) -> tuple[tuple[_State, ...], int]:  # noqa: FBT001 (lru_cache keys)
    states = [_State(None, ())]
    start = _build(states, (fold_case(regex) if ignore_case else regex).root, _ACCEPT)
    return tuple(states), start


def _build(states: list[_State], node: Node, out: int) -> int:
    """Add the states of a node that goes on to `out`; give the one it starts from."""
    match node:
        case Chars() | Start() | End():
            return _add(states, _State(node, (out,)))
        case Concat(parts):
            for part in reversed(parts):
                out = _build(states, part, out)
            return out
        case Either(branches):
            return _add(states, _State(None, tuple(_build(states, branch, out) for branch in branches)))
        case Repeat():
            return _build_repeat(states, node, out)
        case _:
            assert_never(node)


def _build_repeat(states: list[_State], node: Repeat, out: int) -> int:
    after = out
    if node.maximum is None:
        out = _add(states, _State(None, ()))
        states[out] = _State(None, (_build(states, node.part, out), after))
    else:
        for _ in range(node.maximum - node.minimum):
            out = _add(states, _State(None, (_build(states, node.part, out), after)))
    for _ in range(node.minimum):
        out = _build(states, node.part, out)
    return out


def _add(states: list[_State], state: _State) -> int:
    states.append(state)
    return len(states) - 1


def _settle(states: tuple[_State, ...], entered: set[int], *, at_start: bool, at_end: bool) -> set[int]:
    """Follow everything that takes no character."""
    seen, pending = set(entered), list(entered)
    while pending:
        state = states[pending.pop()]
        free = state.on is None or (isinstance(state.on, Start) and at_start) or (isinstance(state.on, End) and at_end)
        for following in state.out if free else ():
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return seen


def _takes(on: Chars | Start | End | None, char: str) -> bool:
    return isinstance(on, Chars) and on.negated != any(low <= ord(char) <= high for low, high in on.ranges)
