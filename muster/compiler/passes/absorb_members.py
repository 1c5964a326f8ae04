"""Drop members of a group that follow from another member.

    plan = "pro" and (plan = "pro" or did login)
    plan = "pro"

Law: a and (a or b) = a, a or (a and b) = a. More widely, in an `and` a nested `or` is dropped if one of its
alternatives is a member of the `and` (or an `and` of such members), or if another nested `or` has only alternatives
that it has too; and dually. All by structure: that x > 5 follows from x > 9 is not known here.
Before it: drop_duplicates, or of two equal members only the first would be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from muster.compiler.expr import And, Expr, Or
from muster.compiler.rewriting import GroupKind, Numbers, join, rewrite_groups


def absorb_members(expr: Expr) -> Expr:
    """Drop from every group the nested groups that follow from its other members."""
    numbers = Numbers()

    def absorbed(group: And | Or) -> Expr:
        return _without_followers(group, Or if isinstance(group, And) else And, numbers)

    return rewrite_groups(expr, absorbed)


def _without_followers(group: And | Or, nested: GroupKind, numbers: Numbers) -> Expr:
    inner = [arg for arg in group.args if isinstance(arg, nested)]
    if not inner:
        return group
    dropped = {*_held(group, inner, numbers), *_wider(inner, numbers)}
    if not dropped:
        return group
    return join(type(group), (arg for arg in group.args if id(arg) not in dropped))


def _held(group: And | Or, inner: list[And | Or], numbers: Numbers) -> Iterator[int]:
    """Name nested groups with a member that the group itself holds, alone or as a group of its own kind."""
    members = {numbers.of(arg) for arg in group.args}
    for candidate in inner:
        for member in candidate.args:
            alone = numbers.of(member) in members
            if alone or (
                isinstance(member, type(group)) and members.issuperset(numbers.of(arg) for arg in member.args)
            ):
                yield id(candidate)
                break


def _wider(inner: list[And | Or], numbers: Numbers) -> Iterator[int]:
    """Name nested groups whose members include all those of another, smaller one."""
    sets = [(frozenset(numbers.of(arg) for arg in group.args), group) for group in inner]
    by_least: dict[int, list[frozenset[int]]] = {}
    for members, _ in sets:
        if members:
            by_least.setdefault(min(members), []).append(members)
    for members, group in sets:
        # A smaller set has its least member in common with this one, so few sets need to be compared.
        if any(other < members for number in members for other in by_least.get(number, ())):
            yield id(group)
