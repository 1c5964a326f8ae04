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
from muster.grammar.build_values import number, v_text
from muster.grammar.pieces import (
    Items,
    Members,
    Name,
    Operation,
    PathPiece,
    Words,
    end_of,
    report,
    span,
    start_of,
    token_span,
)

Parts = list[Any]

# Profile fields that need no `profile` in front; backticks or `trait` reach a trait of the same name.
BARE_FIELDS = ("external_id", "is_anonymous", "first_seen", "last_seen", "created_at")
_COMPARISONS = {"=": "eq", "!=": "neq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_TEXT_OPS = {"contains": "contains", "starts with": "starts_with", "ends with": "ends_with", "matches": "matches"}
_TEXT_VERBS = {
    "contain": "not_contains",
    "start with": "not_starts_with",
    "end with": "not_ends_with",
    "match": "not_matches",
}
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
    return replace(inside, origin=span(parts))


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
    return Group(op=op, members=parts[-1].conditions, origin=span(parts))


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
    return Subject(kind="profile", path=(parts[1].text,), origin=span(parts))


def measure(parts: Parts) -> Subject:
    """Build `lifecycle p_return`."""
    return Subject(kind="lifecycle", path=(parts[1].text,), origin=span(parts))


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
    return _words(parts)


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


def _stage_name(name: Name) -> Text:
    return Text(name.text, name.origin)


def _stage_names(parts: Parts) -> tuple[Text, ...]:
    return tuple([_stage_name(part) for part in parts if type(part) is Name])


def in_audience(parts: Parts) -> AudienceRef:
    """Build `in audience "VIP"`."""
    name: Name = parts[2]
    if not name.text:
        report(syntax.empty_name("audience", name.origin))
    return AudienceRef(name=name.text, origin=span(parts))


def sample(parts: Parts) -> Sample:
    """Build `sample 10% of "holdout"`."""
    percent = number(parts[1])
    if not 0 <= percent <= 100:  # noqa: PLR2004 (percent)
        report(syntax.percent_out_of_range(str(parts[1]), token_span(parts[1])))
    return Sample(salt=v_text(parts[4:]).value, percent=percent, origin=span(parts))


# ---- tests ----


def t_compare(parts: Parts) -> Operation:
    """Build `= "pro"`."""
    return _operation(_COMPARISONS[parts[0]], parts, 1)


def t_is(parts: Parts) -> Operation:
    """Build `is "pro"`."""
    return _operation("eq", parts, 1)


def t_is_not(parts: Parts) -> Operation:
    """Build `is not "pro"`."""
    return _operation("neq", parts, 2)


def t_set(parts: Parts) -> Operation:
    """Build `is set`."""
    return _without_value("exists", parts)


def t_not_set(parts: Parts) -> Operation:
    """Build `is not set`."""
    return _without_value("not_exists", parts)


def t_empty(parts: Parts) -> Operation:
    """Build `is empty`."""
    return _without_value("empty", parts)


def t_not_empty(parts: Parts) -> Operation:
    """Build `is not empty`."""
    return _without_value("not_empty", parts)


def t_type(parts: Parts) -> Operation:
    """Build `is a number`."""
    return _type_test("is_type", parts)


def t_not_type(parts: Parts) -> Operation:
    """Build `is not a number`."""
    return _type_test("is_not_type", parts)


def t_in(parts: Parts) -> Operation:
    """Build `in ("US", "CA")`."""
    return _operation("in", parts, 1)


def t_not_in(parts: Parts) -> Operation:
    """Build `not in ("US", "CA")`."""
    return _operation("not_in", parts, 2)


def t_text(parts: Parts) -> Operation:
    """Build `starts with "a"`."""
    return _operation(_TEXT_OPS[parts[0].text], parts, 1)


def t_not_text(parts: Parts) -> Operation:
    """Build `does not start with "a"`."""
    return _operation(_TEXT_VERBS[parts[2].text], parts, 3)


def t_has(parts: Parts) -> Operation:
    """Build `has "beta"`."""
    return _operation("has", parts, 1)


def t_has_of(parts: Parts) -> Operation:
    """Build `has any of ("beta", "alpha")`."""
    return _operation(f"has_{parts[1].lower()}", parts, 3)


def t_between(parts: Parts) -> Operation:
    """Build `between 10 and 50`."""
    return Operation("between", (parts[1], parts[3]), len(parts) == 5, token_span(parts[0]), span(parts))  # noqa: PLR2004


def t_in_last(parts: Parts) -> Operation:
    """Build `in last 14 days`."""
    return _ending_in_value("in_last", parts)


def t_not_in_last(parts: Parts) -> Operation:
    """Build `not in last 14 days`."""
    return _ending_in_value("not_in_last", parts)


def t_in_next(parts: Parts) -> Operation:
    """Build `in next 3 days`."""
    return _ending_in_value("in_next", parts)


def t_before(parts: Parts) -> Operation:
    """Build `before 2024-01-01`."""
    return _operation("before", parts, 1)


def t_after(parts: Parts) -> Operation:
    """Build `after 2024-01-01`."""
    return _operation("after", parts, 1)


def t_on(parts: Parts) -> Operation:
    """Build `on 2024-02-29`."""
    return _operation("on", parts, 1)


def t_older(parts: Parts) -> Operation:
    """Build `more than 1 year ago`."""
    return Operation("older_than", parts[2], False, span(parts[:2]), span(parts))


def t_newer(parts: Parts) -> Operation:
    """Build `less than 2 years ago`: the same as `in last 2 years`."""
    return Operation("in_last", parts[2], False, span(parts[:2]), span(parts))


def text_op(parts: Parts) -> Words:
    """Read `starts with` and its like."""
    return _words(parts)


def text_verb(parts: Parts) -> Words:
    """Read `start with` and its like."""
    return _words(parts)


def _words(parts: Parts) -> Words:
    return Words(" ".join([token.lower() for token in parts]), span(parts))


def _operation(op: str, parts: Parts, at: int) -> Operation:
    value = parts[at]
    place = Span(start_of(parts[0]), end_of(parts[at - 1]))
    return Operation(op, value.values if type(value) is Items else value, len(parts) > at + 1, place, span(parts))


def _without_value(op: str, parts: Parts) -> Operation:
    place = span(parts)
    return Operation(op, None, False, place, place)


def _type_test(op: str, parts: Parts) -> Operation:
    words: Words = parts[-1]
    return Operation(op, Text(words.text, words.origin), False, span(parts[:-1]), span(parts))


def _ending_in_value(op: str, parts: Parts) -> Operation:
    return Operation(op, parts[-1], False, span(parts[:-1]), span(parts))
