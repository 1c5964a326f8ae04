"""What canonical text promises: it reads back as the same rule, says everything one way, and breaks long lines."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings

from muster.compiler.rule import Group, Library, Metric, Rule
from muster.grammar.format import WIDTH, format_condition, format_library, format_metric, format_rule
from muster.grammar.text import parse, parse_library, parse_metric
from tests.rule_strategies import libraries, metrics, rules

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@given(rules())
def test_text_reads_back_as_the_rule_it_was_made_of(rule: Rule):
    text = format_rule(rule)

    assert parse(text) == rule
    assert format_rule(parse(text)) == text


@SLOW
@given(libraries())
def test_library_text_reads_back_as_the_library_it_was_made_of(library: Library):
    text = format_library(library)

    assert parse_library(text) == library
    assert format_library(parse_library(text)) == text


@SLOW
@given(metrics())
def test_metric_text_reads_back_as_the_metric_it_was_made_of(metric: Metric):
    assert parse_metric(format_metric(metric)) == metric


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("NOT plan IS 'pro' AND  DID Login IN THE LAST 5D", 'not plan = "pro" and did Login in last 5 days'),
        ("a = 1 and b = 2 or c = 3", "(a = 1 and b = 2) or c = 3"),
        ("((a = 1) or (b = 2)) and c = 3", "(a = 1 or b = 2) and c = 3"),
        ("not (not a = 1)", "not not a = 1"),
        ("all of (a = 1, b = 2)", "a = 1 and b = 2"),
        ("any of (a = 1, all of (b = 2, c = 3))", "a = 1 or (b = 2 and c = 3)"),
        ("(a = 1 and b = 2) and c = 3", "all of (a = 1, b = 2) and c = 3"),
        ("all of (a = 1)", "all of (a = 1)"),
        ("none of (a = 1, b = 2 or c = 3)", "none of (a = 1, (b = 2 or c = 3))"),
        ("everyone or nobody", "all of () or any of ()"),
        ("did a in last 3 days where (x = 1) at least 2 times", "did a where (x = 1) at least 2 times in last 3 days"),
        ("count of a >= 3", "did a at least 3 times"),
        ("count of a > 2.5", "count of a > 2.5"),
        ("did a in last 1 months", "did a in last 1 month"),
        ("x = 1_000.50", "x = 1000.5"),
        ("trait plan = 1 and trait last_seen = 1", "plan = 1 and trait last_seen = 1"),
        ("profile lifecycle_stage = 'new'", "lifecycle is new"),
        ("profile lifecycle_stage in ()", "profile lifecycle_stage in ()"),
        ("did \"a\" and did 'b c' and did `not`", 'did a and did "b c" and did "not"'),
        ("`plan` = 1 and `in` = 2 and `days` = 3", "plan = 1 and `in` = 2 and days = 3"),
        (r"x = 'say \"hi\"' and y = '\ud83d\ude00\u202e'", r'x = "say \"hi\"" and y = "😀\u202e"'),
    ],
)
def test_everything_is_said_one_way(written: str, canonical: str):
    assert format_rule(parse(written)) == canonical


@pytest.mark.parametrize(
    "canonical",
    [
        "did a between 2 and $n times in last 7 days",
        "count of a != 2",
        "count of a where (x = 1) in last 7 days >= trait b",
        "did a for the first time in last 7 days",
        "did nothing today",
        "did not a yesterday",
        "did anything in this month",
        "did a in at least 3 of the last 4 weeks",
        "did a at least 2 times in at least 1 of the last 1 calendar month",
        "stopped a for 30 days",
        "stopped a where (x = 1) for 30 days looking back 90 days",
        "resumed a in last 7 days after gap of 30 days",
        "did a then b then not c within 3 days with same x.y",
        "did a more than 3 months ago",
        "did a in last 2 calendar quarters",
        "did a between 2024-01-01 and now",
        "entered lifecycle at_risk in last 7 days",
        'sample 12.5% of "salt"',
        "lifecycle not in (new, `odd one`)",
        "lifecycle is not set",
        'profile lifecycle_stage = "new" ignoring case',
        "profile lifecycle_stage > 3",
        "lifecycle p_return between 0.1 and 0.3",
        "any items where (no parts where (x = 1) and size(y) = 2)",
        "x is not a number and y in () and z between 1 and 2",
        "tags has none of (true, today, 3 days ago)",
        "x not in last 3 days and y in next $n and z more than 2 years ago",
        'last(x) of a in last 7 days in ("b")',
    ],
)
def test_canonical_text_stays_as_it_is(canonical: str):
    assert format_rule(parse(canonical)) == canonical


def test_a_rule_that_fits_stands_on_one_line():
    inside = 'a = "' + "x" * (WIDTH - len('a = "" and b = 1')) + '" and b = 1'

    assert len(inside) == WIDTH
    assert format_rule(parse(inside)) == inside
    assert format_rule(parse("c" + inside)) == "c" + inside.replace(" and ", "\nand ")


def test_long_rules_have_one_conjunct_a_line():
    rule = parse(
        'plan = "professional" and did feature_used in last 30 days and (country = "United States" or'
        ' country = "Canada" or country = "Mexico" or country = "Brazil" and city = "Rio")'
        " and not (seats > 100 and seats < 200)"
    )

    assert format_rule(rule) == dedent(
        """\
        plan = "professional"
        and did feature_used in last 30 days
        and (
          country = "United States"
          or country = "Canada"
          or country = "Mexico"
          or (country = "Brazil" and city = "Rio")
        )
        and not (seats > 100 and seats < 200)"""
    )


def test_long_leaves_break_at_steps_and_filters():
    rule = parse(
        'did view_product where (category = "shoes") in last 30 days then purchase where (amount > 50) within 7 days'
        ' with same product_id then not refund where (reason = "does not fit" or reason = "does not please" or reason'
        ' = "is broken") within 30 days'
    )

    assert format_rule(rule) == dedent(
        """\
        did view_product where (category = "shoes") in last 30 days
          then purchase where (amount > 50) within 7 days with same product_id
          then not refund where (
            reason = "does not fit" or reason = "does not please" or reason = "is broken"
          ) within 30 days"""
    )


def test_notes_stand_above_what_they_are_about():
    text = dedent(
        """\
        # who pays
        plan = "pro"
        # and comes back
        and (
          # often
          did login at least 3 times in last 30 days
          or not
          # ever
          did logout where (
            # by hand
            manual = true
          )
        )"""
    )

    assert format_rule(parse(text)) == text


def test_a_note_on_a_whole_group_needs_its_parentheses():
    group = parse("a = 1 and b = 2").condition
    assert isinstance(group, Group)
    noted = Group(op=group.op, members=group.members, note="both")

    assert format_condition(noted) == "# both\n(a = 1 and b = 2)"


def test_a_file_lists_its_definitions_first():
    text = dedent(
        """\
        let vip = 1000;
        param days: duration = 30 days;
        param on: boolean;
        computed spent = sum(amount) of purchase in last 90 days;
        computed spent > $vip and did login in last $days"""
    )

    assert format_rule(parse(text)) == text


def test_a_library_gives_each_audience_a_paragraph():
    text = dedent(
        """\
        let vip = 1000;

        audience "VIP": ltv > $vip;

        audience "Good ones":
          in audience "VIP"
          and did purchase where (amount > 100 and currency = "EUR") at least 3 times in last 30 days
          and country = "France";"""
    )

    assert format_library(parse_library(text)) == text
