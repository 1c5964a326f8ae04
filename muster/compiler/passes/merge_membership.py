"""Join tests of one value against single values or lists of them into one list.

    country = "US" or plan = "pro" or country in ("CA", "MX")
    country in ("CA", "MX", "US") or plan = "pro"

    country != "US" and country not in ("CA", "MX")
    country not in ("CA", "MX", "US")

Law: some element is in S or some element is in T = some element is in their union, and the complement of that.
There is no such law for `and`: a list ["a", "b"] holds both x = "a" and x = "b", but nothing is in their
intersection. Text never joins numbers: the literal says which view of the value is meant. The joined list is in
order, so that it does not hang on the order of what it was made of.
Before it: drop_duplicates and absorb_members, which can no longer see `country = "US"` inside a list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias, cast

from muster.compiler.expr import (
    And,
    Compare,
    Constant,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    conditions_of,
)
from muster.compiler.rewriting import join, rewrite_groups
from muster.compiler.values import Kind

Scalar: TypeAlias = str | Decimal | bool


def merge_membership(expr: Expr) -> Expr:
    """Join positive lists in an `or` and negative ones in an `and`, where the first of them stands."""
    return rewrite_groups(expr, _merged)


@dataclass(frozen=True, slots=True)
class _Listing:
    """A member of a group, at a place, that asks for one of some values of one kind."""

    place: int
    atom: FieldTest | EventMetric
    kind: Kind
    values: tuple[Scalar, ...]

    @property
    def subject(self) -> object:
        """What is asked for its value: two listings join if they have it in common."""
        match self.atom:
            case FieldTest(target=target):
                return self.kind, target
            case EventMetric(events=events, where=where, window=window, reducer=reducer):
                return self.kind, events, where, window, reducer


def _merged(group: And | Or) -> Expr:
    listings = [listing for place, arg in enumerate(group.args) if (listing := _listing(group, place, arg))]
    if len(listings) < 2:  # noqa: PLR2004 (two make a pair)
        return group
    alike: dict[object, list[_Listing]] = {}
    for listing in listings:
        alike.setdefault(listing.subject, []).append(listing)
    members: dict[int, Expr] = dict(enumerate(group.args))
    for first, *others in alike.values():
        if others:
            joined = _joined(first, others)
            members[first.place] = Not(joined) if isinstance(group, And) else joined
        for other in others:
            del members[other.place]
    return group if len(members) == len(group.args) else join(type(group), members.values())


def _listing(group: And | Or, place: int, arg: Expr) -> _Listing | None:
    """See a member as a listing: a plain atom in an `or`, a denied one in an `and`."""
    if isinstance(group, And):
        if not isinstance(arg, Not):
            return None
        arg = arg.arg
    if not isinstance(arg, FieldTest | EventMetric):
        return None
    match arg.test:
        case OneOf(kind, values):
            return _Listing(place, arg, kind, values)
        case Compare("eq", Constant(kind, (str() | Decimal() | bool()) as value)):
            return _Listing(place, arg, kind, (value,))
        case _:
            return None


def _joined(first: _Listing, others: list[_Listing]) -> Expr:
    union = {value: None for listing in (first, *others) for value in listing.values}
    atom = replace(first.atom, conditions=conditions_of(listing.atom for listing in (first, *others)))
    if len(union) == 1:
        return replace(atom, test=Compare("eq", Constant(first.kind, first.values[0])))
    values = sorted(cast("dict[str, None]", union))  # values of one kind have an order
    return replace(atom, test=OneOf(first.kind, tuple(values)))
