"""How many people a condition on people themselves finds, roughly, from what the catalogue counted.

Kept apart from planning because a wrong guess costs time and never changes an answer. What is not known says nothing:
an engine's own estimate was no better (ClickHouse estimates keys only, which traits are not) and takes a query.
Conditions are taken for independent, as in Selinger et al., "Access Path Selection", 1979.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from muster.compiler.expr import Compare, Constant, Field, FieldTest, OneOf, Sample
from muster.compiler.plan import PlanAnd, PlanCondition, PlanNot, PlanOr
from muster.compiler.schema import Schema

_HUNDRED_PERCENT = 100


def share_of(condition: PlanCondition, schema: Schema) -> float | None:
    """Give the share of people, 0 to 1, whom a condition finds; None where nothing tells."""
    if not schema.stats.profiles:
        return None
    match condition:
        case PlanAnd(args):
            known = [share for arg in args if (share := share_of(arg, schema)) is not None]
            return prod(known) if known else None
        case PlanOr(args):
            return _sum(share_of(arg, schema) for arg in args)
        case PlanNot(arg):
            share = share_of(arg, schema)
            return None if share is None else 1 - share
        case FieldTest(target, Compare("eq", Constant("str", str() as text))):
            return _equal(target, [text], schema)
        case FieldTest(target, OneOf("str", values)):
            return _equal(target, [text for text in values if isinstance(text, str)], schema)
        case Sample(percent=percent):
            return min(max(float(percent) / _HUNDRED_PERCENT, 0), 1)
        case _:
            return None


def _sum(shares: Iterable[float | None]) -> float | None:
    total = 0.0
    for share in shares:
        if share is None:
            return None
        total += share
    return min(total, 1)


def _equal(target: Field, texts: list[str], schema: Schema) -> float | None:
    """Give the share of people whose field is one of some texts."""
    people = schema.stats.profiles
    if target.scope == "profile":
        return min(len(texts) / people, 1) if target.path == ("external_id",) else None
    stats = schema.stats.traits.get(target.path)
    if stats is None or target.size or stats.lists:
        return None
    others = max(stats.kinds.get("str", 0) - sum(stats.texts.values()), 0)
    each = others / max(stats.distinct_texts - len(stats.texts), 1)  # of a text that is not among the frequent ones
    return min(sum(stats.texts.get(text, each) for text in texts) / people, 1)
