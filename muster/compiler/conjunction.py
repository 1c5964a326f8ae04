"""What several tests of one value come to, where there is at most one value to test.

Apart from the passes that ask it, because counts are single by nature and fields only where that is known; what is
then done is the same. An `or` is seen as the complement of an `and` of complements. A result is taken only if it has
fewer members, so nothing grows and nothing turns back and forth. It could go wrong where a value may be missing: then
`not x > 5` is not `x <= 5`, which only a number that everybody has allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from muster.compiler.expr import FALSE, TRUE, And, EventMetric, Expr, FieldTest, Not, Or, ValueTest, conditions_of
from muster.compiler.rewriting import join
from muster.compiler.value_sets import (
    Interval,
    Listed,
    Scalar,
    ValueSet,
    apart,
    complement,
    counts_of,
    holds_value,
    is_empty,
    meet,
    spelled,
    values_of,
    within,
)
from muster.compiler.values import Kind

Asking: TypeAlias = FieldTest | EventMetric


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested. `total`: everybody has a number; `whole`: it is a whole number from 0 up."""

    what: Hashable
    total: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A member at a place that asks for values of a subject, or with `denied` for no such value."""

    place: int
    member: Expr
    atom: Asking
    values: ValueSet
    denied: bool


def merge_conjunction(
    group: And | Or, rough: Callable[[Expr], Hashable], exact: Callable[[Asking], Subject | None]
) -> Expr:
    """Merge the members that ask for one value, or settle the whole group.

    `rough` tells cheaply what an atom may have in common with others, None for nothing; `exact` what it asks.
    """
    alike: dict[Hashable, list[int]] = {}
    for place, arg in enumerate(group.args):
        key = rough(arg.arg if type(arg) is Not else arg)
        if key is not None:
            alike.setdefault(key, []).append(place)
    members: dict[int, Expr] = dict(enumerate(group.args))
    for places in alike.values():
        if len(places) > 1:
            for subject, asked in _by_subject(group, places, exact).items():
                merged = _merged(group, subject, asked)
                if merged is None:
                    return FALSE if isinstance(group, And) else TRUE
                if len(merged) < len(asked):
                    for each in asked:
                        del members[each.place]
                    members.update(merged)
    if len(members) == len(group.args):
        return group
    return join(type(group), (members[place] for place in sorted(members)))


def _by_subject(
    group: And | Or, places: list[int], exact: Callable[[Asking], Subject | None]
) -> dict[Subject, list[_Asked]]:
    by_subject: dict[Subject, list[_Asked]] = {}
    for place in places:
        member = group.args[place]
        atom = member.arg if isinstance(member, Not) else member
        if not isinstance(atom, (FieldTest, EventMetric)):
            continue
        subject = exact(atom)
        values = None if subject is None else counts_of(atom.test) if subject.whole else values_of(atom.test)
        if subject is not None and values is not None:
            denied = isinstance(member, Not) is isinstance(group, And)
            by_subject.setdefault(subject, []).append(_Asked(place, member, atom, values, denied))
    return by_subject


def _merged(group: And | Or, subject: Subject, asked: list[_Asked]) -> dict[int, Expr] | None:
    """Give members instead of some others, at their places; None if nobody can be in all of them."""
    claims, denials = _sorted_out(subject, asked)
    common: dict[Kind, ValueSet] = {}
    for claim in claims:
        known = common.get(claim.values.kind)
        met = claim.values if known is None else meet(known, claim.values)
        if met is None:
            return {each.place: each.member for each in asked}  # bound late: which is tighter is not known
        common[claim.values.kind] = met
    kept: dict[int, Expr] = {}
    for denial in denials:
        values = common.get(denial.values.kind)
        if values is not None and within(values, denial.values):
            return None
        if isinstance(values, Listed):
            left = (value for value in values.values if not holds_value(denial.values, value))
            common[values.kind] = Listed(values.kind, frozenset(left))
        elif values is None or not apart(values, denial.values):
            kept[denial.place] = denial.member
    # Only now: what is denied of a list may leave texts that no number is written as.
    if _is_impossible(common):
        return None
    for kind, values in common.items():
        kept.update(_written(group, subject, values, [claim for claim in claims if claim.values.kind == kind]))
    return kept


def _sorted_out(subject: Subject, asked: list[_Asked]) -> tuple[list[_Asked], list[_Asked]]:
    """Part what is claimed from what is denied, which is a claim too for a number that everybody has."""
    claims: list[_Asked] = []
    denials: list[_Asked] = []
    for each in asked:
        turned = complement(each.values, whole=subject.whole) if each.denied and subject.total else None
        if turned is not None:
            claims.append(replace(each, values=turned))
        else:
            (denials if each.denied else claims).append(each)
    return claims, denials


def _is_impossible(common: dict[Kind, ValueSet]) -> bool:
    """Tell whether no single value can be in all of some sets, one of each kind."""
    if any(map(is_empty, common.values())):
        return True
    texts = common.get("str")
    if not isinstance(texts, Listed):
        return False
    return not any(
        all(_may_read(value, kind, values) for kind, values in common.items() if kind != "str")
        for value in texts.values
    )


def _may_read(value: Scalar, kind: Kind, values: ValueSet) -> bool:
    """Tell whether a text may have a view of another kind that is in a set; some texts that could have none."""
    assert isinstance(value, str)
    match kind:
        case "num":
            return _NUMBER.fullmatch(value) is not None and holds_value(values, Decimal(value))
        case "bool":
            return value.lower() in {"true", "false"} and holds_value(values, value.lower() == "true")
        case _:
            return _DATE.match(value) is not None


_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(group: And | Or, subject: Subject, values: ValueSet, claims: list[_Asked]) -> dict[int, Expr]:
    """Write a set as members at the places of claims; a claim that says just that stays as it is."""
    for claim in claims:
        if claim.values == values:
            return {claim.place: claim.member}
    turned = complement(values, whole=subject.whole) if subject.total and isinstance(group, Or) else None
    said = values if turned is None else turned
    if subject.whole and isinstance(said, Interval) and said.low == 0:
        said = replace(said, low=None)  # no count is less
    return _placed(claims, spelled(said), denied=isinstance(group, Or) and turned is None)


def _placed(claims: list[_Asked], tests: tuple[ValueTest, ...], *, denied: bool) -> dict[int, Expr]:
    placed: dict[int, Expr] = {}
    conditions = conditions_of(claim.atom for claim in claims)
    for claim, test in zip(claims, tests, strict=False):
        atom = replace(claim.atom, test=test, conditions=conditions)
        placed[claim.place] = Not(atom) if denied else atom
    return placed
