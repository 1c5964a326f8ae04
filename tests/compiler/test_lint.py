from __future__ import annotations

from dataclasses import replace

import pytest

from muster.backends.base import EventRow, ProfileRow
from muster.backends.tables import Catalogue
from muster.compiler.pipeline import check_rule
from muster.compiler.resolve import Surroundings
from muster.compiler.schema import Schema
from muster.grammar.json_rule import load
from muster.grammar.text import parse


@pytest.fixture(scope="module")
def schema() -> Schema:
    catalogue = Catalogue()
    catalogue.observe_profiles(
        [
            ProfileRow(1, "u1", traits={"plan": "Pro", "tags": ["a"], "seats": 3}),
            ProfileRow(2, "u2", traits={"seats": 4}),
        ]
    )
    catalogue.observe_events([EventRow(1, "purchase", 0, "m", {"amount": 1}), EventRow(1, "login", 0, "n")])
    catalogue.declare(("seats",), single=True)
    found = catalogue.schema()
    return replace(found, stats=replace(found.stats, events={"purchase": 1_000_000, "login": 3}))


def lints(source: str, schema: Schema | None) -> list[str]:
    return [found.code for found in check_rule(parse(source), Surroundings(schema))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('plan = "Pro" or seats > 3 and tags is set', ["L101"]),
        ('plan = "Pro" or (seats > 3 and tags is set)', []),
        ('plan != "Pro"', ["L201"]),
        ('not plan = "Pro"', ["L201"]),
        ("not plan is set", []),
        ("not tags is empty", []),
        ("tags is not empty", []),
        ('not plan != "Pro"', ["L201"]),
        ("plan is not set", []),
        ("did login at most 2 times", ["L202"]),
        ("did login exactly 0 times", ["L202"]),
        ("did login exactly 1 times", []),
        ("did login between 0 and 1 times", ["L202"]),
        ("did login between 0.5 and 1 times", ["L210"]),
        ("count of login >= 2.5", ["L210"]),
        ("count of login >= 2.0", []),
        ("count of login = 2.5", ["L210", "L204"]),
        ("did not login in last 3 days", ["L203"]),
        ("did login at least 0 times", ["L204"]),
        ('plan = "Pro" and plan != "Pro"', ["L204", "L201"]),
        ("everyone", []),
        ('plan = "pro"', ["L205"]),
        ('plan = "pro" ignoring case', []),
        ("did purchase", ["L206"]),
        ("did anything", ["L206"]),
        ("did purchase in last 3 days", []),
        ("sum(amount) of purchase > 3", ["L206"]),
        ("did purchase then login within 3 days", ["L206"]),
        ("did login then purchase within 3 days then purchase", ["L206"]),
        ("did login then login", []),
        ("did purchase in last 9 days then login within 3 days", []),
        ('tags = "a"', ["L207"]),
        ('tags has "a"', []),
        ("seats between 5 and 3", ["L208", "L204"]),
        ("born between 2024-05-01 and 2024-01-01", ["E08", "L208"]),
        ("born between 2024-01-01 and 2024-05-01", ["E08"]),
        ("born between 2024-05-01T10:00:00Z and 2024-05-01T09:00:00Z", ["E08", "L208", "L204"]),
        ("born between 2024-05-01T10:00:00Z and 2024-05-01T09:00:00-08:00", ["E08"]),
        ("did login between 2024-05-01 and 2024-01-01", ["L208"]),
        ("did login between 2024-05-01 and 2024-05-01", []),
        ("sum(x) of login between 2024-05-01 and 2024-01-01 > 1", ["E08", "L208"]),
        ("seats > 50 and seats < 10", ["E12"]),
        ("seats >= 10 and seats <= 10", []),
        ("seats > 10 and seats = 10", ["E12"]),
        ("tags > 50 and tags < 10", []),
    ],
)
def test_lints(source: str, expected: list[str], schema: Schema) -> None:
    assert lints(source, schema) == expected


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"all": []}, "everyone, whatever the data: `all` has no conditions"),
        ({"none": []}, "everyone, whatever the data: `none` has no conditions"),
        ({"any": []}, "nobody, whatever the data: `any` has no conditions"),
        ({"all": [{"all": []}, {"none": []}]}, "everyone, whatever the data"),
    ],
)
def test_a_group_without_conditions_is_told(document: dict[str, object], said: str) -> None:
    (found,) = check_rule(load(document), Surroundings())

    assert (found.code, found.severity) == ("L204", "warning")
    assert said in found.message


@pytest.mark.parametrize("source", ["everyone", "nobody"])
def test_everyone_and_nobody_in_words_are_meant(source: str) -> None:
    assert lints(source, None) == []


def test_lints_need_no_schema() -> None:
    assert lints('plan != "free" and did not login', None) == ["L201", "L203"]


def test_a_value_that_everybody_has_is_no_surprise(schema: Schema) -> None:
    assert lints("seats != 3", schema) == []


def test_a_negative_test_says_how_many_lack_the_value(schema: Schema) -> None:
    (found,) = check_rule(parse('plan != "Pro"'), Surroundings(schema))

    assert found.message == "This also matches 1 profile with no `plan`."
