"""What the text grammar's rules for logic, subjects and tests become: the conditions of a `Rule`.

Apart from the grammar so that spellings and meanings are each read at one place; apart from events to keep both
short. Each function bears the name of a grammar rule and takes its parts, tokens included. What could go wrong:
`and` inside `or` must be marked where no parentheses stood, and nowhere else; a condition in parentheses starts at
its parenthesis, which is what decides where a note belongs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from lark import Token

from muster.compiler.diagnostics import Span
from muster.compiler.messages import syntax
from muster.compiler.rule import AudienceRef, Condition, Group, Not, Sample, Subject, SubjectKind, Test
from muster.compiler.values import Text
from muster.grammar.build_tests import phrase, t_compare
from muster.grammar.build_values import filled_name, name_of, number, v_text
from muster.grammar.pieces import (
    Members,
    PathPiece,
    Words,
    count_leaf,
    note_parentheses,
    report,
    span,
    token_span,
)

Parts = list[Any]

# Profile fields that need no `profile` in front; backticks or `trait` reach a trait of the same name.
BARE_FIELDS = ("external_id", "is_anonymous", "first_seen", "last_seen", "created_at")
_ALL_PERCENT = 100
_QUANTIFIERS = {"any": "any_where", "all": "all_where", "no": "none_where"}


# ---- logic ----


def or_list(parts: Parts) -> Group:
    """Build `a or b`."""
    return Group(op="any", members=tuple(parts[::2]), origin=span(parts))


def and_list(parts: Parts) -> Group:
    """Build `a and b`."""
    return Group(op="all", members=tuple(parts[::2]), origin=span(parts))


def mixed(parts: Parts) -> Group:
    """Mark an `and` that stands in an `or` without parentheses."""
    group: Group = parts[0]
    return replace(group, mixed=True)


def negate(parts: Parts) -> Not:
    """Build `not a`."""
    return Not(member=parts[1], origin=span(parts))


def paren(parts: Parts) -> Condition:
    """Build `(a)`: the condition inside, with the parentheses counted to its place."""
    inside: Condition = parts[1]
    place = span(parts)
    assert isinstance(inside.origin, Span)
    note_parentheses(inside.origin, place)
    return replace(inside, origin=place)


def all_of(parts: Parts) -> Group:
    """Build `all of (a, b)`."""
    return _group("all", parts)


def any_of(parts: Parts) -> Group:
    """Build `any of (a, b)`."""
    return _group("any", parts)


def none_of(parts: Parts) -> Group:
    """Build `none of (a, b)`."""
    return _group("none", parts)


def everyone(parts: Parts) -> Group:
    """Build `everyone`."""
    return Group(op="all", members=(), origin=token_span(parts[0]))


def nobody(parts: Parts) -> Group:
    """Build `nobody`."""
    return Group(op="any", members=(), origin=token_span(parts[0]))


def members(parts: Parts) -> Members:
    """Gather the conditions of `(a, b)`."""
    return Members(tuple([part for part in parts if type(part) is not Token]), span(parts))


def _group(op: Literal["all", "any", "none"], parts: Parts) -> Group:
    group = Group(op=op, members=parts[-1].conditions, origin=span(parts))
    if not group.members:
        count_leaf(span(parts))
    return group


# ---- subjects ----


def trait(parts: Parts) -> Subject:
    """Build the subject `plan`, or a profile field where the bare word names one."""
    piece: PathPiece = parts[0]
    kind: SubjectKind = "profile" if piece.bare and piece.path[0] in BARE_FIELDS else "trait"
    return Subject(kind=kind, path=piece.path, origin=piece.origin)


def user_trait(parts: Parts) -> Subject:
    """Build `trait last_seen`."""
    return Subject(kind="trait", path=parts[1].path, origin=span(parts))


def computed(parts: Parts) -> Subject:
    """Build `computed orders_90d`."""
    return Subject(kind="computed", path=parts[1].path, origin=span(parts))


def profile(parts: Parts) -> Subject:
    """Build `profile last_seen`."""
    return Subject(kind="profile", path=(name_of(parts[1]),), origin=span(parts))


def measure(parts: Parts) -> Subject:
    """Build `lifecycle p_return`."""
    return Subject(kind="lifecycle", path=(name_of(parts[1]),), origin=span(parts))


def prop(parts: Parts) -> Subject:
    """Build the property `amount` of a filter."""
    return Subject(kind="property", path=parts[0].path, origin=parts[0].origin)


def size(parts: Parts) -> Subject:
    """Build `size(tags)`."""
    subject: Subject = parts[2]
    return replace(subject, size=True, origin=span(parts))


# ---- conditions ----


def test(parts: Parts) -> Test:
    """Build a test of a subject."""
    subject, operation = parts
    return Test(
        subject=subject,
        op=operation.op,
        value=operation.value,
        ignore_case=operation.ignore_case,
        origin=Span(subject.origin.start, operation.origin.end),
        op_origin=operation.op_origin,
    )


def computed_eq(parts: Parts) -> Test:
    """Build `computed orders_90d = 3`."""
    return test([computed(parts[:2]), t_compare(parts[2:])])


def elements(parts: Parts) -> Test:
    """Build `any items where (…)`."""
    words, subject, where_token, _, condition, _ = parts
    return Test(
        subject=subject,
        op=_QUANTIFIERS[words.text],
        where=condition,
        origin=span(parts),
        op_origin=Span(words.origin.start, where_token.end_pos),
    )


def quantifier(parts: Parts) -> Words:
    """Read `any`, `all` or `no`."""
    return phrase(parts)


def stage_is(parts: Parts) -> Test:
    """Build `lifecycle is at_risk`."""
    return _stage(parts, "eq", _stage_name(parts[2]), parts[1:2])


def stage_is_not(parts: Parts) -> Test:
    """Build `lifecycle is not churned`."""
    return _stage(parts, "neq", _stage_name(parts[3]), parts[1:3])


def stage_set(parts: Parts) -> Test:
    """Build `lifecycle is set`."""
    return _stage(parts, "exists", None, parts[1:])


def stage_not_set(parts: Parts) -> Test:
    """Build `lifecycle is not set`."""
    return _stage(parts, "not_exists", None, parts[1:])


def stage_in(parts: Parts) -> Test:
    """Build `lifecycle in (new, active)`."""
    return _stage(parts, "in", _stage_names(parts), parts[1:2])


def stage_not_in(parts: Parts) -> Test:
    """Build `lifecycle not in (new, active)`."""
    return _stage(parts, "not_in", _stage_names(parts), parts[1:3])


def _stage(parts: Parts, op: str, value: Text | tuple[Text, ...] | None, op_tokens: Parts) -> Test:
    subject = Subject(kind="profile", path=("lifecycle_stage",), origin=token_span(parts[0]))
    return Test(subject=subject, op=op, value=value, origin=span(parts), op_origin=span(op_tokens))


def _stage_name(token: Token) -> Text:
    return Text(name_of(token), token_span(token))


def _stage_names(parts: Parts) -> tuple[Text, ...]:
    return tuple([_stage_name(part) for part in parts if part.type == "NAME"])


def in_audience(parts: Parts) -> AudienceRef:
    """Build `in audience "VIP"`."""
    name = filled_name(parts[2], "an audience")
    return AudienceRef(name=name, origin=span(parts), name_origin=token_span(parts[2]))


def sample(parts: Parts) -> Sample:
    """Build `sample 10% of "holdout"`."""
    percent = number(parts[1])
    if not 0 <= percent <= _ALL_PERCENT:
        report(syntax.percent_out_of_range(str(parts[1]), token_span(parts[1])))
    return Sample(salt=v_text(parts[4:]).value, percent=percent, origin=span(parts))
