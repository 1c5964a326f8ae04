"""Text becomes the rule that it says: conformance, places, files, and the same answer from every thread."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from muster.compiler.diagnostics import RuleError, Span
from muster.compiler.rule import (
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    ParamDecl,
    Regularity,
    Sequence,
    Step,
    Subject,
    Test,
    Window,
)
from muster.compiler.values import Boolean, Duration, Number, Text, path_text
from muster.grammar.format import format_condition
from muster.grammar.text import parse, parse_library, parse_metric
from tests.rule_strategies import conditions

HERE = Path(__file__).parent
ACCEPTED = (HERE / "sentences_accepted.txt").read_text(encoding="utf-8").splitlines()
REJECTED = (HERE / "sentences_rejected.txt").read_text(encoding="utf-8").splitlines()
# What the files of tests/diagnostics show in full; E13 only where no narrower code fits.
REFUSED_AS = {
    'plan == "pro"': {"E01"},
    "plan = pro": {"E02"},
    'plan = "pro" and': {"E06"},
    "did purchase 3 times": {"E03"},
    "did purchase once in last 30 days": {"E03"},
    "did purchase inlast 30 days": {"E13"},
    'plan = "a"and seats = 3x': {"E02"},
    "did purchase where amount > 100 in last 30 days": {"E04"},
    "did purchase in last 5m": {"E05"},
    "did purchase in last 30": {"E06"},
    'plan = "pro" or or country = "US"': {"E13"},
    'country in "US"': {"E13"},
    'plan = "pro': {"E14"},
    '(plan = "pro" and did login': {"E06"},
    "did a then b with sum(amount) > 3": {"E13"},
    "sum(amount) of purchase in last 90 days": {"E06"},
    "did purchase at least three times": {"E13"},
    "plan = null": {"E07"},
    "did not purchase then refund within 3 days": {"E15"},
    'any of (plan = "pro" country = "US")': {"E13"},
    'lifecycle = "churned"': {"E13"},
    "1 = plan": {"E13"},
    "first(amount) of purchase between 10 and 20": {"E15"},
    "did signup then purchase within 7 days in last 90 days": {"E10"},
}


def trait(*path: str) -> Subject:
    return Subject(kind="trait", path=path)


def prop(*path: str) -> Subject:
    return Subject(kind="property", path=path)


def equals(subject: Subject, text: str) -> Test:
    return Test(subject=subject, op="eq", value=Text(text))


# The ten audiences of the language's definition, as the trees that it gives for them.
TEN: dict[str, Condition] = {
    'plan = "pro" and did feature_used in last 30 days and (country = "US" or country = "CA")': Group(
        op="all",
        members=(
            equals(trait("plan"), "pro"),
            EventTest(events=("feature_used",), op="occurred_in_last", value=Duration(30, "d")),
            Group(op="any", members=(equals(trait("country"), "US"), equals(trait("country"), "CA"))),
        ),
    ),
    'plan != "free"': Test(subject=trait("plan"), op="neq", value=Text("free")),
    'did purchase where (amount > 50 and currency = "EUR") at least 3 times in last 90 days': EventTest(
        events=("purchase",),
        op="count_gte",
        value=Number(Decimal(3)),
        where=Group(
            op="all",
            members=(
                Test(subject=prop("amount"), op="gt", value=Number(Decimal(50))),
                equals(prop("currency"), "EUR"),
            ),
        ),
        window=Window(kind="last", value=Duration(90, "d")),
    ),
    "sum(amount) of purchase in last 90 days >= 500": MetricTest(
        metric=Metric(
            events=("purchase",),
            agg="sum",
            property=("amount",),
            window=Window(kind="last", value=Duration(90, "d")),
        ),
        op="gte",
        value=Number(Decimal(500)),
    ),
    "did signup for the first time in last 7 days and did not invite_sent": Group(
        op="all",
        members=(
            EventTest(events=("signup",), op="first_occurred", window=Window(kind="last", value=Duration(7, "d"))),
            EventTest(events=("invite_sent",), op="not_occurred"),
        ),
    ),
    "did checkout_started in last 7 days then not purchase within 24 hours": Sequence(
        steps=(
            Step(events=("checkout_started",)),
            Step(events=("purchase",), within=Duration(24, "h"), negate=True),
        ),
        window=Window(kind="last", value=Duration(7, "d")),
    ),
    "did login in at least 3 of the last 4 weeks": EventTest(
        events=("login",), op="occurred_regularly", value=Regularity(minimum=3, of=4, unit="w")
    ),
    "stopped login for 30 days looking back 90 days": EventTest(
        events=("login",), op="stopped", value=Duration(30, "d"), lookback=Duration(90, "d")
    ),
    'tags has "beta" and email does not end with "@acme.com" and trial_ends in next 3 days': Group(
        op="all",
        members=(
            Test(subject=trait("tags"), op="has", value=Text("beta")),
            Test(subject=trait("email"), op="not_ends_with", value=Text("@acme.com")),
            Test(subject=trait("trial_ends"), op="in_next", value=Duration(3, "d")),
        ),
    ),
    'lifecycle is at_risk and last_seen more than 14 days ago and not in audience "Internal staff"': Group(
        op="all",
        members=(
            equals(Subject(kind="profile", path=("lifecycle_stage",)), "at_risk"),
            Test(subject=Subject(kind="profile", path=("last_seen",)), op="older_than", value=Duration(14, "d")),
            Not(member=AudienceRef(name="Internal staff")),
        ),
    ),
}


@pytest.mark.parametrize("sentence", ACCEPTED)
def test_accepted_sentence_parses(sentence: str):
    assert parse(sentence).source == sentence


@pytest.mark.parametrize("sentence", REJECTED)
def test_rejected_sentence_is_refused_with_the_code_that_fits_it(sentence: str):
    with pytest.raises(RuleError) as refused:
        parse(sentence)

    assert {diagnostic.code for diagnostic in refused.value.diagnostics} == REFUSED_AS[sentence]


@pytest.mark.parametrize("text", TEN)
def test_the_ten_audiences_become_the_trees_of_the_definition(text: str):
    assert parse(text).condition == TEN[text]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(conditions())
def test_every_condition_knows_its_place_in_the_text(condition: Condition):
    lines = format_condition(condition).split("\n")
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))  # notes stand outside places
    for node in _outside_filters(parse(text).condition):
        assert parse(_slice(text, node.origin)).condition == node


def test_parts_of_a_condition_know_their_places():
    text = "tags does not contain  'x' and did any of (a, b) where (n in (1, 22)) between 2 and 3 times"
    first, second = _members(text)
    assert isinstance(first, Test)
    assert isinstance(second, EventTest)
    assert isinstance(second.where, Test)
    assert isinstance(second.where.value, tuple)
    assert isinstance(second.value, tuple)

    assert _slice(text, first.subject.origin) == "tags"
    assert _slice(text, first.op_origin) == "does not contain"
    assert isinstance(first.value, Text)
    assert _slice(text, first.value.origin) == "'x'"
    assert _slice(text, second.events_origin) == "any of (a, b)"
    assert [_slice(text, value.origin) for value in second.where.value] == ["1", "22"]
    assert isinstance(second.value[1], Number)
    assert _slice(text, second.value[1].origin) == "3"


def test_the_place_of_a_condition_in_parentheses_holds_the_parentheses():
    text = "a = 1 and ( b = 2 or c = 3 )"

    assert _slice(text, _members(text)[1].origin) == "( b = 2 or c = 3 )"


def test_a_file_defines_constants_parameters_and_computed_traits():
    rule = parse(
        "let vip = 1000; param days: duration = 30 days; param on: boolean;"
        "computed spent = sum(amount) of purchase in last 90 days; computed spent > $vip"
    )

    assert rule.let == (("vip", Number(Decimal(1000))),)
    assert rule.params == (
        ParamDecl(name="days", type="duration", default=Duration(30, "d")),
        ParamDecl(name="on", type="boolean"),
    )
    assert [(name, path_text(metric.property or ())) for name, metric in rule.computed] == [("spent", "amount")]


def test_a_library_holds_audiences_in_the_order_written():
    library = parse_library('let vip = true; audience "VIP": vip = $vip; audience b: in audience VIP;')

    assert [name for name, _ in library.audiences] == ["VIP", "b"]
    assert library.rules()["b"].condition == AudienceRef(name="VIP")
    assert library.let == (("vip", Boolean(True)),)


def test_a_metric_stands_alone():
    assert parse_metric("count of purchase where (amount > 5)").agg == "count"
    with pytest.raises(RuleError):
        parse_metric("sum(amount) of purchase >= 3")


@pytest.mark.parametrize(
    "text",
    [
        "let a = 1; let a = 2; everyone",
        "let a = 1; param a: number; everyone",
        "computed a = count of b; computed a = count of c; everyone",
    ],
)
def test_a_name_stands_for_one_thing(text: str):
    with pytest.raises(RuleError) as refused:
        parse(text)

    assert [diagnostic.code for diagnostic in refused.value.diagnostics] == ["E20"]


def test_threads_do_not_see_each_others_problems():
    texts = ['plan = "pro"', "a == 1", 'x = "\\q" and y = 0.12345678901', "did a in last 5m"] * 20

    def codes(text: str) -> list[str]:
        try:
            parse(text)
        except RuleError as error:
            return [diagnostic.code for diagnostic in error.diagnostics]
        return []

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(codes, texts))

    assert found == [[], ["E01"], ["E14", "E21"], ["E05"]] * 20


def _members(text: str) -> tuple[Condition, ...]:
    group = parse(text).condition
    assert isinstance(group, Group)
    return group.members


def _slice(text: str, origin: object) -> str:
    assert isinstance(origin, Span)
    return text[origin.start : origin.end]


def _outside_filters(condition: Condition) -> Iterator[Condition]:
    pending = [condition]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Group):
            pending.extend(node.members)
        elif isinstance(node, Not):
            pending.append(node.member)
