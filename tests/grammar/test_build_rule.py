"""Logic, subjects and references, and what marks mixed `and` and `or`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.rule import AudienceRef, Condition, Group, Not, Sample, StageEntered, Subject, SubjectKind, Test
from muster.compiler.values import Duration, Number, Text
from muster.grammar.text import parse

ONE = Number(Decimal(1))
STAGE = Subject(kind="profile", path=("lifecycle_stage",))


def a(name: str) -> Test:
    return Test(subject=Subject(kind="trait", path=(name,)), op="eq", value=ONE)


def group(text: str) -> Group:
    condition = parse(text).condition
    assert isinstance(condition, Group)
    return condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("a = 1 and b = 1 and c = 1", Group(op="all", members=(a("a"), a("b"), a("c")))),
        ("a = 1 or b = 1 and c = 1", Group(op="any", members=(a("a"), Group(op="all", members=(a("b"), a("c")))))),
        ("(a = 1 and b = 1) and c = 1", Group(op="all", members=(Group(op="all", members=(a("a"), a("b"))), a("c")))),
        ("((a = 1))", a("a")),
        ("not not a = 1", Not(member=Not(member=a("a")))),
        ("not a = 1 and b = 1", Group(op="all", members=(Not(member=a("a")), a("b")))),
        ("all of (a = 1)", Group(op="all", members=(a("a"),))),
        ("none of (a = 1, b = 1,)", Group(op="none", members=(a("a"), a("b")))),
        ("all of ()", Group(op="all", members=())),
        ("any of ()", Group(op="any", members=())),
        ("none of ()", Group(op="none", members=())),
        ("everyone", Group(op="all", members=())),
        ("nobody", Group(op="any", members=())),
        ("not in audience b", Not(member=AudienceRef(name="b"))),
        ("sample 12.5% of 'salt'", Sample(salt="salt", percent=Decimal("12.5"))),
        ("entered lifecycle at_risk in the last 7 days", StageEntered(stage="at_risk", within=Duration(7, "d"))),
        ("lifecycle is new", Test(subject=STAGE, op="eq", value=Text("new"))),
        ("lifecycle is not new", Test(subject=STAGE, op="neq", value=Text("new"))),
        ("lifecycle in (new, `at_risk`)", Test(subject=STAGE, op="in", value=(Text("new"), Text("at_risk")))),
        ("lifecycle not in (new)", Test(subject=STAGE, op="not_in", value=(Text("new"),))),
        ("lifecycle is set", Test(subject=STAGE, op="exists")),
        ("lifecycle is not set", Test(subject=STAGE, op="not_exists")),
    ],
)
def test_conditions(text: str, condition: Condition):
    assert parse(text).condition == condition


@pytest.mark.parametrize(
    ("text", "kind", "path", "size"),
    [
        ("plan", "trait", ("plan",), False),
        ("last_seen", "profile", ("last_seen",), False),
        ("external_id", "profile", ("external_id",), False),
        ("trait last_seen", "trait", ("last_seen",), False),
        ("`last_seen`", "trait", ("last_seen",), False),
        ("last_seen.x", "trait", ("last_seen", "x"), False),
        ("lifecycle_stage", "trait", ("lifecycle_stage",), False),
        ("profile lifecycle_stage", "profile", ("lifecycle_stage",), False),
        ("computed spent", "computed", ("spent",), False),
        ("lifecycle p_return", "lifecycle", ("p_return",), False),
        ("size(tags)", "trait", ("tags",), True),
        ("size(computed spent)", "computed", ("spent",), True),
        ("size(trait last_seen)", "trait", ("last_seen",), True),
    ],
)
def test_subjects(text: str, kind: SubjectKind, path: tuple[str, ...], size: bool):  # noqa: FBT001 (a parameter of the table)
    test = parse(f"{text} = 1").condition
    assert isinstance(test, Test)

    assert test.subject == Subject(kind=kind, path=path, size=size)


def test_inside_where_a_profile_field_is_a_property():
    test = parse("any items where (last_seen = 1)").condition
    assert isinstance(test, Test)
    assert isinstance(test.where, Test)

    assert test.subject.kind == "trait"
    assert test.where.subject == Subject(kind="property", path=("last_seen",))


def test_and_without_parentheses_in_or_is_marked_as_mixed():
    outer = group("a = 1 and b = 1 or c = 1 or d = 1 and e = 1")

    assert [isinstance(member, Group) and member.mixed for member in outer.members] == [True, False, True]
    assert not outer.mixed


@pytest.mark.parametrize(
    "text",
    [
        "(a = 1 and b = 1) or c = 1",
        "(a = 1 or b = 1) and c = 1",
        "any of (a = 1 and b = 1, c = 1)",
        "all of (a = 1 or b = 1, c = 1)",
        "not (a = 1 and b = 1) or c = 1",
    ],
)
def test_groups_in_parentheses_are_not_mixed(text: str):
    outer = group(text)
    inner = outer.members[0].member if isinstance(outer.members[0], Not) else outer.members[0]
    assert isinstance(inner, Group)

    assert not inner.mixed
