"""Drop members of a group that say no more than another member, and settle members that clash.

    did login in last 7 days and did login in last 30 days and seats > 5 and seats > 2
    did login in last 7 days and seats > 5

    did login in last 30 days or (did login in last 7 days and plan = "pro")
    did login in last 30 days

Law: if b follows from a, then a and b = a, a or b = b, a and not b = nobody, not a or b = everyone. What follows from
what is asked of the oracle (`implication`), which may not know; after PAIRS pairs of atoms it no longer does.
A nested group follows member by member: in an `and`, (a or b) gives (c or d) if a gives one of c and d and so does b.
Of two members that follow from each other the one with the lesser key stays, whatever their order.
Before it: merge_membership, or hundreds of values of one field would be compared with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    ElementTest,
    EventMetric,
    Expr,
    Field,
    FieldTest,
    Not,
    Or,
    Sample,
    SequenceMatch,
    StageEntered,
    canonical_key,
)
from muster.compiler.implication import Oracle
from muster.compiler.rewriting import join, rewrite_groups

Key: TypeAlias = Field | str | tuple[str, str]
_ANY = ("any", "")  # the key of a metric over every event, which has to do with every event


def absorb_implied(expr: Expr) -> Expr:
    """Drop from every group what follows from its other members, or settle it as a whole."""
    oracle = Oracle()
    return rewrite_groups(expr, lambda group: _absorbed(group, oracle))


@dataclass(frozen=True, slots=True)
class _Member:
    """A member at a place. `parts`: itself, or the members of a nested group; `keys`: what each part is about.

    A part that is about nothing is no atom, and nothing is known of it.
    """

    place: int
    parts: tuple[Expr, ...]
    keys: list[tuple[Key, ...]]


def _absorbed(group: And | Or, oracle: Oracle) -> Expr:
    members, by_key = _indexed(group)
    if len(by_key) == sum(len(keys) for member in members for keys in member.keys) and _ANY not in by_key:
        return group
    dropped: set[int] = set()
    for narrow in members:
        if oracle.is_spent:
            break
        for place in _candidates(narrow, by_key):
            wide = members[place]
            # What is dropped justifies no other drop, so that no circle is dropped as a whole.
            if wide is narrow or place in dropped or narrow.place in dropped:
                continue
            if narrow.place < place and _clash(group, narrow, wide, oracle):
                return FALSE if isinstance(group, And) else TRUE
            if _absorbs(group, narrow, wide, oracle) and not (
                _absorbs(group, wide, narrow, oracle) and _rank(wide) < _rank(narrow)
            ):
                dropped.add(place)
    if not dropped:
        return group
    return join(type(group), (arg for place, arg in enumerate(group.args) if place not in dropped))


def _absorbs(group: And | Or, narrow: _Member, wide: _Member, oracle: Oracle) -> bool:
    """Tell whether every part of one member is matched in another, which then goes."""
    implies = oracle.implies if isinstance(group, And) else oracle.follows_from
    for mine in narrow.parts:
        for theirs in wide.parts:
            if implies(mine, theirs):
                break
        else:
            return False
    return True


def _clash(group: And | Or, one: _Member, other: _Member, oracle: Oracle) -> bool:
    """Tell whether two plain members settle the group: nobody is in both, or everybody in one of them."""
    if len(one.parts) > 1 or len(other.parts) > 1:
        return False
    (first,), (second,) = one.parts, other.parts
    return oracle.exclude(first, second) if isinstance(group, And) else oracle.cover(first, second)


def _rank(member: _Member) -> tuple[int, list[str]]:
    return len(member.parts), sorted(map(canonical_key, member.parts))


# --- what members are about: only those that have it in common are compared -------------------------------------
def _indexed(group: And | Or) -> tuple[list[_Member], dict[Key, list[int]]]:
    """See every member as parts, and list the places of members by what their parts are about."""
    nested = Or if type(group) is And else And
    by_key: dict[Key, list[int]] = {}
    members = []
    for place, arg in enumerate(group.args):
        parts = arg.args if type(arg) is nested else (arg,)
        of_parts = []
        for part in parts:
            atom = part.arg if type(part) is Not else part
            # Spelled out for the commonest atoms: this looks at every atom of every rule.
            if type(atom) is FieldTest:
                keys: tuple[Key, ...] = (atom.target,)
            elif type(atom) is EventMetric:
                keys = atom.events.names or (_ANY,)
            else:
                keys = _keys(atom)
            of_parts.append(keys)
            for key in keys:
                by_key.setdefault(key, []).append(place)
        members.append(_Member(place, parts, of_parts))
    return members, by_key


def _keys(atom: Expr) -> tuple[Key, ...]:
    match atom:
        case ElementTest(target=target):
            return (target,)
        case SequenceMatch(steps=steps):
            return tuple(dict.fromkeys(key for step in steps for key in step.events.names or (_ANY,)))
        case StageEntered(stage=stage):
            return (("stage", stage),)
        case Sample(salt=salt):
            return (("sample", salt),)
        case _:
            return ()


def _candidates(narrow: _Member, by_key: dict[Key, list[int]]) -> list[int]:
    """Give the places of members that may follow from one: they match its part that fewest have in common."""
    nearest: set[int] | None = None
    any_event = by_key.get(_ANY, [])
    for keys in narrow.keys:
        near: set[int] = set()
        for key in keys:
            near.update(by_key[key])
            if key == _ANY:
                near.update(place for other, places in by_key.items() if isinstance(other, str) for place in places)
            elif type(key) is str:
                near.update(any_event)
        if len(near) <= 1:
            return []
        if nearest is None or len(near) < len(nearest):
            nearest = near
    return sorted(nearest or ())
