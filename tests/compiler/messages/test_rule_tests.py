"""What is said about files of rule tests names the place and what would work."""

from __future__ import annotations

import pytest

from muster.compiler.messages import rule_tests as say

MANY = [f"person {number}" for number in range(20)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (say.at("f", 3, "x"), ("f:3: x",)),
        (say.at("f", None, "x"), ("f: x",)),
        (say.not_read("Permission denied"), ("cannot be read: Permission denied",)),
        (say.not_utf8(5), ("byte at 5", "save the file as UTF-8")),
        (say.too_deep(), ("too deeply",)),
        (say.other_number(1, 2_000), ("expected 1 member, found 2,000",)),
        (say.no_time("soon"), ('"soon"', "2024-06-15T12:00Z", '"now"', '"3 days ago"')),
        (say.rule_or_audience(), ('"rule"', '"audience"')),
        (say.nothing_expected(), ('"members"', '"count"')),
        (say.nobody("an", ["ann"]), ('"an"', 'Did you mean "ann"?')),
        (say.nobody("zzz", MANY), ("Known: person 0, person 1", " …")),
        (say.no_audience("vip", []), ('"vip"', '"audiences"')),
        (say.no_audience("vip", ["vips"]), ('Did you mean "vips"?',)),
        (say.no_audience_file("a"), ('"a"', "beside this file")),
        (say.wrong_audience_file("a", "No."), ('"a" is wrong: No.', "muster check -f")),
        (say.one_rule("a"), ('"a"', "audience NAME")),
        (say.no_test_files("d", ".x"), ('"d"', "*.x")),
        (say.unknown_key("tset", ["test"]), ('"tset"', 'Did you mean "test"?')),
        (say.missing_key("now"), ('"now"',)),
        (say.other_kind("string_type", 5), ("A text is expected; the number 5 was found.",)),
        (say.other_kind("int_type", "x" * 100), ("A whole number is expected", "…")),
        (say.other_kind("new_type", None), ("Something else is expected; null was found.",)),
    ],
)
def test_the_place_and_what_works_are_named(text: str, parts: tuple[str, ...]) -> None:
    assert all(part in text for part in parts)
    assert "\n" not in text
