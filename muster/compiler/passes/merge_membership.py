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

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import cast

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
    ValueTest,
)
from muster.compiler.rewriting import join, rewrite
from muster.compiler.values import Kind

Scalar = str | Decimal | bool


def merge_membership(expr: Expr) -> Expr:
    """Join positive lists in an `or` and negative ones in an `and`, where the first of them stands."""
    return rewrite(expr, _merged)


def _merged(expr: Expr) -> Expr:
    match expr:
        case Or(args):
            alike = _alike(args)
        case And(args):
            alike = _alike([arg.arg if isinstance(arg, Not) else None for arg in args])
        case _:
            return expr
    if not alike:
        return expr
    merged: list[Expr | None] = list(args)
    for places in alike:
        first = args[places[0]]
        atoms = [arg.arg if isinstance(arg, Not) else arg for arg in (args[place] for place in places)]
        joined = _joined(atoms)
        for place in places:
            merged[place] = None
        merged[places[0]] = Not(joined) if isinstance(first, Not) else joined
    return join(type(expr), (arg for arg in merged if arg is not None))


def _alike(atoms: Iterable[Expr | None]) -> list[list[int]]:
    """Give the places of atoms that list values of one kind for one thing, where there are several."""
    places: dict[object, list[int]] = {}
    for place, atom in enumerate(atoms):
        match atom:
            case FieldTest(target=target, test=test):
                thing: object = target
            case EventMetric(events=events, where=where, window=window, reducer=reducer, test=test):
                thing = (events, where, window, reducer)
            case _:
                continue
        listed = _listed(test)
        if listed is not None:
            places.setdefault((thing, listed[0]), []).append(place)
    return [several for several in places.values() if len(several) > 1]


def _listed(test: ValueTest) -> tuple[Kind, tuple[Scalar, ...]] | None:
    match test:
        case OneOf(kind, values):
            return kind, values
        case Compare("eq", Constant(kind, (str() | Decimal() | bool()) as value)):
            return kind, (value,)
        case _:
            return None


def _joined(atoms: list[Expr]) -> Expr:
    first = atoms[0]
    assert isinstance(first, FieldTest | EventMetric)
    kind: Kind = "str"
    union: dict[Scalar, None] = {}
    for atom in atoms:
        assert isinstance(atom, FieldTest | EventMetric)
        listed = _listed(atom.test)
        assert listed is not None
        kind, values = listed
        union.update(dict.fromkeys(values))
    # Values of one kind have an order.
    values = tuple(sorted(cast("dict[str, None]", union)))
    return replace(first, test=OneOf(kind, values))
