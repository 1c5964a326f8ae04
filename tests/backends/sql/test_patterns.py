"""A pattern in RE2's syntax matches exactly what the dialect's own matcher matches."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import assume, given

from muster.backends.memory.regex_match import matches
from muster.backends.sql.patterns import RE2, literal_pattern, pattern_text
from muster.compiler.code_points import LAST_CODE_POINT
from muster.compiler.expr import TextTest
from muster.compiler.regex import Chars, RegexError, fold_case, parse_pattern
from tests.patterns import PATTERNS, TEXTS

CONNECTION = duckdb.connect()


def found(pattern: str, subject: str) -> bool:
    row = CONNECTION.execute("SELECT regexp_matches($subject, $pattern)", {"subject": subject, "pattern": pattern})
    value = row.fetchone()
    assert value is not None
    return bool(value[0])


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        ("abc", "abc"),
        ("a.c", r"a[\x{0}-\x{10ffff}]c"),
        ("^a$", r"\Aa\z"),
        ("[a-c5]", "[5a-c]"),
        ("[^a]", "[^a]"),
        (r"\d+", "(?:[0-9])+"),
        ("a|b", "(?:a|b)"),
        ("a?b*c{2,}d{3}e{4,5}", "(?:a)?(?:b)*(?:c){2,}(?:d){3,3}(?:e){4,5}"),
        (r"\.\-@", r"\x{2e}\x{2d}\x{40}"),
        ("(a|)b", "(?:a|(?:))b"),
        ("é", r"\x{e9}"),
    ],
)
def test_every_character_is_spelled_out(pattern: str, spelled: str) -> None:
    assert pattern_text(parse_pattern(pattern).root, RE2) == spelled


def test_classes_of_nothing_and_of_anything() -> None:
    nothing, anything = (pattern_text(Chars((), negated=each), RE2) for each in (False, True))

    assert not found(nothing, "a")
    assert found(rf"\A{anything}\z", "\n")
    assert found(rf"\A{pattern_text(Chars(((0, LAST_CODE_POINT),)), RE2)}\z", "🙂")


@given(PATTERNS, TEXTS)
def test_re2_agrees_with_the_reference(pattern: str, subject: str) -> None:
    try:
        regex = parse_pattern(pattern)
    except RegexError:
        assume(False)

    assert found(pattern_text(regex.root, RE2), subject) == matches(regex, subject)
    assert found(pattern_text(fold_case(regex).root, RE2), subject) == matches(regex, subject, ignore_case=True)


@pytest.mark.parametrize(
    ("test", "text", "passes"),
    [
        (TextTest("equals", "Pro", ignore_case=True), "pRO", True),
        (TextTest("equals", "pro", ignore_case=True), "pro ", False),
        (TextTest("starts_with", "PR", ignore_case=True), "pro", True),
        (TextTest("starts_with", "ro", ignore_case=True), "pro", False),
        (TextTest("ends_with", "RO", ignore_case=True), "pro", True),
        (TextTest("contains", "A.B", ignore_case=True), "xa.by", True),
        (TextTest("contains", "a.b", ignore_case=True), "axb", False),
        (TextTest("equals", "s", ignore_case=True), "\u017f", False),  # a long s is no s in another case
        (TextTest("equals", "k", ignore_case=True), "\u212a", False),  # nor the Kelvin sign a k
        (TextTest("equals", "É", ignore_case=True), "é", False),
        (TextTest("equals", "", ignore_case=True), "", True),
    ],
)
def test_a_literal_test_folds_ascii_letters_only(test: TextTest, text: str, *, passes: bool) -> None:
    assert found(pattern_text(literal_pattern(test).root, RE2), text) is passes
