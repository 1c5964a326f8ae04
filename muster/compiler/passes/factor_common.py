"""Take out what the nested groups of a group have in common, where that makes the expression smaller.

    (plan = "pro" and did login) or (plan = "pro" and did purchase)
    plan = "pro" and (did login or did purchase)

Law: (a and b) or (a and c) = a and (b or c), and its dual; `and` and `or` alone, so it holds whatever a, b and c are.
Of several things to take out the one that most groups have comes first. A new group costs a node, so what is saved is
counted before: (a and b and c) or (a and d and e) stays.
Before it: absorb_members, or a group that is nothing but the common part would leave an empty rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from muster.compiler.expr import And, Expr, Not, Or, canonical_key
from muster.compiler.rewriting import GroupKind, Numbers, join, parts_of, rewrite_groups


def factor_common(expr: Expr) -> Expr:
    """Take common members out of nested groups as long as that saves nodes."""
    numbers = _Ranked()
    return rewrite_groups(expr, lambda group: _factored(group, numbers))


class _Ranked(Numbers):
    """Numbers, and keys to tell which of two members comes first, each made once."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[int, str] = {}

    def key(self, expr: Expr) -> str:
        """Give a key that does not hang on the order of members."""
        number = self.of(expr)
        if number not in self._keys:
            self._keys[number] = self._made(expr)
        return self._keys[number]

    def _made(self, expr: Expr) -> str:
        if isinstance(expr, (And, Or)):
            return f"{type(expr).__name__}({' '.join(sorted(map(self.key, expr.args)))})"
        return f"Not({self.key(expr.arg)})" if isinstance(expr, Not) else canonical_key(expr)


def _factored(group: And | Or, numbers: _Ranked) -> Expr:
    nested = Or if type(group) is And else And
    current: Expr = group
    while type(current) is type(group) and isinstance(current, (And, Or)):
        groups = [arg for arg in current.args if type(arg) is nested]
        smaller = _taken_out(current, groups, numbers) if len(groups) > 1 else None
        if smaller is None:
            break
        current = smaller
    return current


def _taken_out(group: And | Or, groups: list[And | Or], numbers: _Ranked) -> Expr | None:
    """Take out the member that most nested groups share, with all else that these share; None if nothing is saved."""
    owners = Counter(number for nested in groups for number in {numbers.of(arg) for arg in nested.args})
    for number in _by_rank(owners, groups, numbers):
        sharing = [nested for nested in groups if number in {numbers.of(arg) for arg in nested.args}]
        common = set.intersection(*({numbers.of(arg) for arg in nested.args} for nested in sharing))
        rests = [tuple(arg for arg in nested.args if numbers.of(arg) not in common) for nested in sharing]
        if all(rests) and _saved(group, sharing, rests) > 0:
            return _rebuilt(group, sharing, rests, numbers)
    return None


def _by_rank(owners: Counter[int], groups: list[And | Or], numbers: _Ranked) -> list[int]:
    """List what several groups share, most shared first; of equals, by key, so that no order of members counts."""
    shared = {number for number, count in owners.items() if count > 1}
    if len(shared) <= 1:
        return list(shared)
    keys = {numbers.of(arg): numbers.key(arg) for nested in groups for arg in nested.args if numbers.of(arg) in shared}
    return sorted(shared, key=lambda number: (-owners[number], keys[number]))


def _saved(group: And | Or, sharing: list[And | Or], rests: list[tuple[Expr, ...]]) -> int:
    """Count the nodes that taking out saves: copies and groups that go, without the groups that are new."""
    copies = sum(_weight(nested.args) for nested in sharing) - sum(map(_weight, rests))
    kept = copies // len(sharing)
    new_groups = 2 - (len(sharing) == len(group.args)) + sum(len(rest) > 1 for rest in rests)
    return copies - kept + len(sharing) - new_groups


def _weight(args: Iterable[Expr]) -> int:
    return sum(type(part) is not Not for arg in args for part in parts_of(arg))


def _rebuilt(group: And | Or, sharing: list[And | Or], rests: list[tuple[Expr, ...]], numbers: _Ranked) -> Expr:
    kind: GroupKind = type(group)
    nested: GroupKind = type(sharing[0])
    left = {numbers.of(arg) for arg in rests[0]}
    common = [arg for arg in sharing[0].args if numbers.of(arg) not in left]
    inner = _within(kind, (_within(nested, rest, numbers) for rest in rests), numbers)
    taken = _within(nested, (*common, inner), numbers)
    first, *others = [place for place, arg in enumerate(group.args) if any(arg is each for each in sharing)]
    members = (taken if place == first else arg for place, arg in enumerate(group.args) if place not in others)
    return _joined(kind, members)


def _within(kind: GroupKind, args: Iterable[Expr], numbers: _Ranked) -> Expr:
    """Join members, and take out what is common to groups among them."""
    group = _joined(kind, args)
    return _factored(group, numbers) if isinstance(group, (And, Or)) else group


def _opened(kind: GroupKind, expr: Expr) -> tuple[Expr, ...]:
    return expr.args if isinstance(expr, kind) else (expr,)


def _joined(kind: GroupKind, args: Iterable[Expr]) -> Expr:
    """Join members, those of a member of the same kind one by one."""
    return join(kind, (inner for arg in args for inner in _opened(kind, arg)))
