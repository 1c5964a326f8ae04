"""Comments say what the rule says, change nothing that runs, and nothing in a rule can end one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any
from unicodedata import normalize

import duckdb
import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import tokenize

from muster.backends.clickhouse.places import open_place
from muster.backends.discover import all_backends
from muster.backends.postgres.throwaway import throwaway
from muster.compiler.resolve import Surroundings, resolve
from muster.compiler.rule import EventTest, Group, Not, Rule, Subject, Test, walk
from muster.compiler.values import Text
from muster.grammar.format import format_bare
from muster.grammar.text import parse
from muster.runtime.compilation import CompiledQuery, compile_query
from muster.runtime.placeholders import spelled
from muster.testing.strategies import rules
from tests.sql_text import SCHEMA

DIALECTS = [each.dialect for each in all_backends() if each.dialect is not None]
COMMENT = re.compile(r"[ ]*/\*(?s:.*?)\*/\n?")
AS_OF = "2024-06-15"
PARTS = [
    "*",
    "/",
    "*/",
    "/*",
    "--",
    "\n",
    "'",
    '"',
    "`",
    "\\",
    ";",
    "$p0",
    "{p0: String}",
    "%(p0)s",
    ":p0",
    "?",
    "{{",
    "%",
]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # which no rule can hold
HOSTILE = st.lists(st.sampled_from(PARTS) | CHARACTERS, max_size=8).map(lambda parts: normalize("NFC", "".join(parts)))
NAMES = HOSTILE.filter(bool)
WORST = "*/ OR 1=1; DROP TABLE profiles; /* -- \n ' \" \\*/ $p0 {p0: String} %(p0)s"


def comments(text: str) -> list[str]:
    return [found.strip()[2:-2].strip() for found in COMMENT.findall(text)]


def compiled(rule: Rule | str, dialect: str = "duckdb") -> CompiledQuery:
    return compile_query(rule, dialect, as_of=AS_OF)


def of_value_and_event(value: str, event: str) -> Rule:
    plan = Test(subject=Subject(kind="trait", path=("plan",)), op="eq", value=Text(value))
    return Rule(condition=Group(op="all", members=(plan, EventTest(events=(event,), op="occurred"))))


# --- what they say ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_condition_stands_before_its_test(dialect: str) -> None:
    rule = 'plan != "free" and not did buy in last 7 days and (age > 3 or did buy then not sell within 1 day)'
    lines = [line.strip() for line in compiled(rule, dialect).pretty.split("\n")]
    before = {line: lines[number + 1] for number, line in enumerate(lines) if line.startswith("/*")}

    assert before['/* plan != "free" */'].startswith("p.plan__str ")
    assert before["/* did buy in last 7 days */"].startswith("AND p.pid NOT IN")
    assert before["/* age > 3 */"].startswith("p.age__num > ")
    assert before["/* did buy then not sell within 1 day */"].startswith("OR p.pid IN")
    assert len(before) == 4


def test_tests_of_one_scan_have_one_each() -> None:
    text = compiled("did buy at least 3 times in last 9 days and not avg(amount) of buy in last 9 days > 5").pretty
    having = text[text.index("HAVING") :]

    assert comments(having) == ["did buy at least 3 times in last 9 days", "avg(amount) of buy in last 9 days > 5"]


def test_a_condition_that_became_several_tests_is_said_once() -> None:
    assert comments(compiled("stopped buy for 30 days looking back 90 days").pretty) == [
        "stopped buy for 30 days looking back 90 days"
    ]


def test_conditions_that_became_one_test_stand_together() -> None:
    text = compiled('plan = "a" or age > 3 or plan = "b"').pretty

    assert comments(text) == ['plan = "a"', 'plan = "b"', "age > 3"]
    assert text.index('"b"') < text.index("IN (")


def test_a_condition_that_is_no_test_is_named_at_the_end() -> None:
    text = compiled("did buy in last 7 days and did buy in last 30 days").pretty

    assert text.endswith("\n/* no test, as nobody's answer depends on it: did buy in last 30 days */")
    assert comments(text)[0] == "did buy in last 7 days"


def test_a_count_of_one_scan_says_what_it_counts() -> None:
    schema = compile_query("did buy").schema
    query = compile_query("did buy", schema=schema, output="count")

    assert comments(query.pretty) == ["did buy"]


def test_a_condition_of_another_audience_is_said_as_it_is_there() -> None:
    query = compile_query('in audience "vip" and age > 3', audiences={"vip": 'plan = "pro"'})

    assert comments(query.pretty) == ['plan = "pro"', "age > 3"]


def test_a_note_is_no_part_of_a_comment() -> None:
    assert comments(compiled("# why */\nage > 3").pretty) == ["age > 3"]


@settings(max_examples=150)
@given(rules(SCHEMA))
def test_every_leaf_of_a_rule_is_said(rule: Rule) -> None:
    condition = resolve(rule, Surroundings()).condition
    leaves = {format_bare(each) for each in _leaves(condition)}
    said = {re.sub(r"\n   ", "\n", each) for each in comments(compiled(rule).pretty)}

    assert {each.removeprefix("no test, as nobody's answer depends on it: ") for each in said} == leaves


def _leaves(condition: Any) -> Iterator[Any]:
    match condition:
        case Group(members=members):
            for each in members:
                yield from _leaves(each)
        case Not(member=member):
            yield from _leaves(member)
        case _:
            yield condition


# --- what they cannot do ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dialect", DIALECTS)
@given(value=HOSTILE, event=NAMES)
@example(value=WORST, event=WORST)
def test_nothing_ends_a_comment(dialect: str, value: str, event: str) -> None:
    rule = of_value_and_event(value, event)
    text = compiled(rule, dialect).pretty

    assert [parse(each).condition for each in comments(text)] == list(walk(rule.condition))[1:]
    assert text.count("/*") == text.count("*/") == 2


@pytest.mark.parametrize("dialect", DIALECTS)
@given(value=HOSTILE, event=NAMES)
@example(value=WORST, event=WORST)
def test_without_its_comments_it_is_what_runs(dialect: str, value: str, event: str) -> None:
    query = compiled(of_value_and_event(value, event), dialect)

    assert _words(COMMENT.sub("", query.pretty), dialect) == _words(query.sql, dialect)
    assert "/*" not in query.sql


@settings(max_examples=100)
@given(rules(SCHEMA))
def test_any_rule_without_its_comments_is_what_runs(rule: Rule) -> None:
    query = compiled(rule)

    assert _words(COMMENT.sub("", query.pretty), "duckdb") == _words(query.sql, "duckdb")


def _words(sql: str, dialect: str) -> list[str]:
    return [token.text for token in tokenize(sql, read=dialect)]


@pytest.mark.parametrize("style", ["named", "pyformat", "qmark"])
@given(value=HOSTILE, event=NAMES)
@example(value=WORST, event=WORST)
def test_no_driver_finds_a_placeholder_in_a_comment(style: Any, value: str, event: str) -> None:
    text, _ = spelled(compiled(of_value_and_event(value, event), "postgres"), style)
    read = [each.replace("%%", "%") if style == "pyformat" else each for each in comments(text)]
    marks = {"named": r"(?<![:\w\\]):\w", "pyformat": r"(?<!%)(?:%%)*%(?!%)", "qmark": r"\?"}

    assert not any(re.search(marks[style], each) for each in comments(text))
    assert [parse(each).condition for each in read] == list(walk(of_value_and_event(value, event).condition))[1:]


# --- on engines ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module", params=DIALECTS)
def engine(request: pytest.FixtureRequest) -> Iterator[tuple[str, Callable[[str], list[Any]]]]:
    match request.param:
        case "duckdb":
            with duckdb.connect() as connection:
                yield "duckdb", lambda text: connection.sql(text).fetchall()
        case "postgres":
            url = throwaway().set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(url, autocommit=True) as served:
                yield "postgres", lambda text: served.execute(text.encode()).fetchall()
        case _:
            place = open_place("")
            with closing(place), closing(place.open_client(())) as client:
                yield "clickhouse", lambda text: list(client.query(text).result_rows)


@settings(max_examples=40)
@given(value=HOSTILE, event=NAMES)
@example(value=WORST, event=WORST)
def test_engines_read_past_them(engine: tuple[str, Callable[[str], list[Any]]], value: str, event: str) -> None:
    dialect, ask = engine
    made = compiled(of_value_and_event(value, event), dialect)
    spell = made.query.spell
    data = (
        f"WITH profiles AS (SELECT 'u1' AS external_id, 1 AS pid, {spell(value)} AS plan__str), "
        f"events AS (SELECT 1 AS pid, {spell(event)} AS event, {spell(datetime(2024, 1, 1))} AS ts)\n"  # noqa: DTZ001 (UTC)
    )

    assert [tuple(row) for row in ask(data + made.inline())] == [("u1",)]
