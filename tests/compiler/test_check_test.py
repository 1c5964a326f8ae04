"""Operators and what they are given; each row is a rule that parses and the codes that stop it."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.resolve import resolve
from muster.grammar import json_rule
from muster.grammar.text import parse


def codes(source: str) -> list[str]:
    """Give the codes of everything that stops a rule."""
    rule = json_rule.load(source) if source.startswith("{") else parse(source)
    try:
        resolve(rule)
    except RuleError as error:
        return [diagnostic.code for diagnostic in error.diagnostics]
    return []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('plan = "pro"', []),
        ("vip > true", ["E28"]),
        ("seats > 3 ignoring case", ["E28"]),
        ('plan = "pro" ignoring case', []),
        ('seats between 3 and "x"', ["E28"]),
        ("seats between 3 and trait max", []),
        ("name contains 3", ["E28"]),
        ('name contains ""', ["E25"]),
        ('name does not end with ""', ["E25"]),
        ('name matches "a(b"', ["E24"]),
        ('name does not match "(?i)x"', ["E24"]),
        ("age is a duration", ["E28"]),
        ("size(tags) >= 3", []),
        ('size(tags) = "3"', ["E28"]),
        ("born on 2024-01-01", []),
        ("born on 2024-01-01T10:00:00", ["E28"]),
        ("born before now", []),
        ('profile last_seen = "x"', ["E28"]),
        ("last_seen > 3", ["E28"]),
        ("trait last_seen > 3", []),
        ("profile is_anonymous = false", []),
        ("profile lst_seen is set", ["E31"]),
        ("lifecycle is lost", ["E31"]),
        ("lifecycle in (new, activ)", ["E31"]),
        ("lifecycle p_return < 0.3", []),
        ("entered lifecycle at_risk in last 7 days", []),
        ("entered lifecycle gone in last 7 days", ["E31"]),
        ("any items where (qty > true)", ["E28"]),
        ('{"trait":"x","op":"between","value":[1]}', ["E28"]),
        ('{"profile":"last_seen","op":"any_where","where":{"property":"x","op":"exists"}}', ["E28"]),
    ],
)
def test_operators_are_checked_against_what_they_are_given(source: str, expected: list[str]) -> None:
    try:
        found = codes(source)
    except RuleError as error:  # some shapes are refused by the JSON front end already
        found = [diagnostic.code for diagnostic in error.diagnostics]
        assert all(code in ("E19", "E28", "E29") for code in found)
        assert expected
        return

    assert found == expected


def test_the_nearest_stage_is_suggested() -> None:
    with pytest.raises(RuleError) as caught:
        resolve(parse("lifecycle is at_rsk"))

    assert caught.value.diagnostics[0].fix == "at_risk"
    assert caught.value.diagnostics[0].suggestions == ("lifecycle is at_risk",)


def test_a_misfit_is_said_at_the_value() -> None:
    source = "plan is set and seats > true"

    with pytest.raises(RuleError) as caught:
        resolve(parse(source))

    origin = caught.value.diagnostics[0].origin
    assert origin is not None
    assert source[origin.start : origin.end] == "true"  # type: ignore[union-attr]  # a rule in text has spans
