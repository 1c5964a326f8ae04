"""A pattern in Postgres's syntax matches exactly what the dialect's own matcher matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import assume, example, given

from muster.backends.memory.regex_match import matches
from muster.backends.postgres.dialect import SPELLING
from muster.backends.postgres.places import Place
from muster.backends.sql.patterns import pattern_text
from muster.compiler.code_points import LAST_CODE_POINT
from muster.compiler.regex import Chars, RegexError, fold_case, parse_pattern
from tests.patterns import PATTERNS, TEXTS

Find = Callable[[str, str], bool]


@pytest.fixture(scope="module")
def found() -> Iterator[Find]:
    place = Place("")
    with place.connection() as connection:

        def find(pattern: str, subject: str) -> bool:
            row = connection.execute("SELECT %s ~ %s", (subject, pattern)).fetchone()
            assert row is not None
            return bool(row[0])

        yield find
    place.close()


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        ("abc", "abc"),
        ("a.c", r"a[\U00000001-\U0010FFFF]c"),
        ("^a$", r"\Aa\Z"),
        ("[a-c5]", "[5a-c]"),
        ("[^a]", "[^a]"),
        (r"\d+", "(?:[0-9])+"),
        ("a|b", "(?:a|b)"),
        ("a?b*c{2,}d{3}", "(?:a)?(?:b)*(?:c){2,}(?:d){3,3}"),
        (r"\.\]", r"\U0000002E\U0000005D"),
        ("(a|)b", "(?:a|(?:))b"),
    ],
)
def test_every_character_is_spelled_out(pattern: str, spelled: str) -> None:
    assert pattern_text(parse_pattern(pattern).root, SPELLING) == spelled


def test_classes_of_nothing_and_of_anything(found: Find) -> None:
    nothing, anything = (pattern_text(Chars((), negated=each), SPELLING) for each in (False, True))

    assert not found(nothing, "a")
    assert found(rf"\A{anything}\Z", "\n")
    assert found(rf"\A{pattern_text(Chars(((0, LAST_CODE_POINT),)), SPELLING)}\Z", "🙂")
    assert not found(pattern_text(Chars(((0, 0),)), SPELLING), "a")


@given(PATTERNS, TEXTS)
@example("(a{0,255}){3}", "a")
@example(r"\W{20}", "é" * 20)
@example("(a+)+$", "a" * 26 + "b")
@example("^(|a)+$", "aaa")
def test_postgres_agrees_with_the_reference(found: Find, pattern: str, subject: str) -> None:
    assume("\0" not in subject)
    try:
        regex = parse_pattern(pattern)
    except RegexError:
        assume(False)

    assert found(pattern_text(regex.root, SPELLING), subject) == matches(regex, subject)
    assert found(pattern_text(fold_case(regex).root, SPELLING), subject) == matches(regex, subject, ignore_case=True)
