"""Each slip is known by its code, shown at its place, and mended by its fix."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import Diagnostic, RuleError, Span
from muster.grammar.text import parse, parse_library


def problems(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return refused.value.diagnostics


def only(text: str) -> Diagnostic:
    (diagnostic,) = problems(text)
    return diagnostic


def shown(text: str, diagnostic: Diagnostic) -> str:
    assert isinstance(diagnostic.origin, Span)
    return text[diagnostic.origin.start : diagnostic.origin.end]


# A text, its code, what the carets stand under, and the text with the fix in place (None: no fix is certain).
SLIPS: list[tuple[str, str, str, str | None]] = [
    ('plan == "pro"', "E01", "=", 'plan = "pro"'),
    ('plan === "pro"', "E01", "==", 'plan = "pro"'),
    ("plan = pro", "E02", "pro", 'plan = "pro"'),
    ("plan = all", "E02", "all", 'plan = "all"'),
    ("plan is Pro and a = 1", "E02", "Pro", 'plan is "Pro" and a = 1'),
    ("plan = Pro Plus or a = 1", "E02", "Pro Plus", 'plan = "Pro Plus" or a = 1'),
    ("plan contains pro ignoring case", "E02", "pro", 'plan contains "pro" ignoring case'),
    ("plan in ('a', b)", "E02", "b", "plan in ('a', \"b\")"),
    ("did a where (x = y)", "E02", "y", 'did a where (x = "y")'),
    ("seats = 3x", "E02", "3x", 'seats = "3x"'),
    ("plan between a1 and 'c'", "E02", "a1", "plan between \"a1\" and 'c'"),
    ("did a 3 times", "E03", "3 times", "did a at least 3 times"),
    ("did a 3", "E03", "3", "did a at least 3 times"),
    ("did a 3x today", "E03", "3x", "did a at least 3 times today"),
    ("did a three times", "E03", "three times", "did a at least 3 times"),
    ("did a twice today", "E03", "twice", "did a at least 2 times today"),
    ("did a where x > 1 today", "E04", "x > 1", "did a where (x > 1) today"),
    ("did a where x in last 3 days", "E04", "x in last 3 days", "did a where (x in last 3 days)"),
    (
        "did a where not x = 1 and y = 2 then b",
        "E04",
        "not x = 1 and y = 2",
        "did a where (not x = 1 and y = 2) then b",
    ),
    ("did a where x > 1 and y = 2", "E04", "x > 1", None),
    ("did a where in", "E04", "in", None),
    ("did a in last 5m", "E05", "5m", None),
    ("did a in last 5 M", "E05", "5 M", None),
    ("x > 5m", "E05", "5m", None),
    ("", "E06", "", None),
    ("# only a note", "E06", "", None),
    ("plan =", "E06", "", None),
    ("did", "E06", "", None),
    ("(a = 1", "E06", "", "(a = 1)"),
    ("all of (a = 1, (b = 2", "E06", "", "all of (a = 1, (b = 2))"),
    ("(a =", "E06", "", None),
    ("let a = 1; everyone or", "E06", "", None),
    ("plan = null", "E07", "null", None),
    ("a.b != NONE", "E07", "NONE", None),
    ("plan is not undefined", "E07", "undefined", None),
    ("size(tags) = null", "E07", "null", None),
    ("x in ~", "E13", "~", None),
    ("a = 1 or or b = 2", "E13", "or", None),
    ("plan <> 1", "E13", "<>", "plan != 1"),
    ("plan => 1", "E13", "=>", "plan >= 1"),
    ("plan !== 1", "E13", "!==", "plan != 1"),
    ("a = 1&&b = 2", "E13", "&&", "a = 1 and b = 2"),
    ("a = 1 | b = 2", "E13", "|", "a = 1 or b = 2"),
    ("!a = 1", "E13", "!", "not a = 1"),
    ("a = 1 and !(b = 1)", "E13", "!", "a = 1 and not (b = 1)"),
    ("did a in last 30 dyas", "E13", "dyas", "did a in last 30 days"),
    ("did a in last 30 mins", "E13", "mins", "did a in last 30 minutes"),
    ("did a inlast 30 days", "E13", "inlast", "did a in last 30 days"),
    ("plan contians 'x'", "E13", "contians", "plan contains 'x'"),
    ("country in 'US', 'CA'", "E13", "'US', 'CA'", "country in ('US', 'CA')"),
    ("country not in US", "E13", "US", 'country not in ("US")'),
    ("tags has any of 3", "E13", "3", "tags has any of (3)"),
    ("lifecycle = 'new'", "E13", "= 'new'", "lifecycle is new"),
    ("did a at least three times", "E13", "three", "did a at least 3 times"),
    ("3 < seats", "E13", "3 < seats", "seats > 3"),
    ('"pro" = a.b and c = 1', "E13", '"pro" = a.b', 'a.b = "pro" and c = 1'),
    ("a = 1)", "E13", ")", "a = 1"),
    ("any of (a = 1 b = 2)", "E13", "", "any of (a = 1, b = 2)"),
    ("a in (1 2)", "E13", "", "a in (1, 2)"),
    ("a = 1 b = 2", "E13", "b", None),
    ("did a then b with sum(x)", "E13", "sum", None),
    ("or = 1", "E16", "or", "`or` = 1"),
    ("a = 1 and Where = 2", "E16", "Where", "a = 1 and `Where` = 2"),
    ("did then", "E16", "then", "did `then`"),
    ("not = 1", "E16", "not", "`not` = 1"),
    ("everyone = 1", "E16", "everyone", "`everyone` = 1"),
    ("size is 'L'", "E16", "size", "`size` is 'L'"),
    ("a.and = 1", "E16", "and", "a.`and` = 1"),
]


@pytest.mark.parametrize(("text", "code", "place", "mended"), SLIPS, ids=[slip[0] or "nothing" for slip in SLIPS])
def test_slip(text: str, code: str, place: str, mended: str | None):
    diagnostic = only(text)
    assert isinstance(diagnostic.origin, Span)

    assert (diagnostic.code, shown(text, diagnostic)) == (code, place)
    if mended is None:
        assert diagnostic.fix is None
    else:
        assert diagnostic.fix is not None
        fixed = text[: diagnostic.origin.start] + diagnostic.fix + text[diagnostic.origin.end :]
        assert fixed == mended
        assert parse(fixed)


def test_null_suggests_the_test_that_was_meant():
    assert only("a.b != null").suggestions == ("a.b is set",)
    assert only("x = 1 and y is null").suggestions == ("x = 1 and y is not set",)
    assert only("size(tags) = null").suggestions == ()


def test_an_unclear_filter_shows_its_readings():
    assert only("did a where x > 1 and y = 2").suggestions == (
        "did a where (x > 1) and y = 2",
        "did a where (x > 1 and y = 2)",
    )


def test_what_could_stand_there_is_said_in_phrases():
    assert only("a = 1 or").expected == ("another condition",)
    assert only("~").expected == ("a condition",)
    assert only("a ~").expected == ("a test",)
    assert only("did a in last").expected == ("a duration",)


def test_nothing_at_all_is_told_by_what_was_expected():
    assert only("").hint is not None
    with pytest.raises(RuleError) as refused:
        parse_library("# later\n")
    (diagnostic,) = refused.value.diagnostics

    assert (diagnostic.code, diagnostic.expected) == ("E06", ("`audience`", "`computed`", "`let`", "`param`"))


def test_words_of_the_parser_are_never_shown():
    for text, *_ in SLIPS:
        for diagnostic in problems(text):
            words = " ".join((diagnostic.message, diagnostic.hint or "", *diagnostic.expected, *diagnostic.suggestions))

            assert not any(name in words for name in ("K_", "NUMERAL", "STRING", "QNAME", "RPAR", "$END"))


@pytest.mark.parametrize("word", ["isnt", "arent", "wasnt"])
def test_a_negative_is_never_mended_into_its_opposite(word: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(f'plan {word} "x"')

    (found,) = caught.value.diagnostics
    assert "Did you mean `is not`?" in found.message
