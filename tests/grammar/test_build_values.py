"""Names and literals: escapes, normal form, numbers and dates at the edge of what a rule can hold."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.rule import Test
from muster.compiler.values import (
    Ago,
    Boolean,
    Duration,
    FromNow,
    Now,
    Number,
    Param,
    Text,
    TimeLiteral,
    Today,
    TraitRef,
)
from muster.grammar.text import parse


def value(text: str) -> object:
    test = parse(f"x = {text}").condition
    assert isinstance(test, Test)
    return test.value


def path(text: str) -> tuple[str, ...]:
    test = parse(f"{text} = 1").condition
    assert isinstance(test, Test)
    return test.subject.path


def codes(text: str) -> list[str]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return [diagnostic.code for diagnostic in refused.value.diagnostics]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"pro"', "pro"),
        ("'pro'", "pro"),
        (r'"a\"b\\c\/d\n\t\r\b\f"', 'a"b\\c/d\n\t\r\b\f'),
        (r"'it\'s'", "it's"),
        (r"'say \"hi\"'", 'say "hi"'),
        (r'"caf\u00e9"', "caf\u00e9"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        ('"``"', "``"),
        ('"# no comment"', "# no comment"),
        ('"e\u0301"', "\u00e9"),
        (r'"e\u0301"', "\u00e9"),
        ('""', ""),
    ],
)
def test_text_is_unescaped_and_composed(written: str, meant: str):
    assert value(written) == Text(meant)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plan", ("plan",)),
        ("a.b.c", ("a", "b", "c")),
        ("a . b", ("a", "b")),
        ("`Plan Type`", ("Plan Type",)),
        ("`a.b`", ("a.b",)),
        ("`a``b`", ("a`b",)),
        (r"`a\\``b\`c`", ("a\\`b`c",)),
        (r"`a\nb`", ("a\nb",)),
        ("``", ("",)),
        ("cafe\u0301", ("caf\u00e9",)),
        ("\u6771\u4eac", ("\u6771\u4eac",)),
        ("a$b_1", ("a$b_1",)),
    ],
)
def test_names_are_words_or_anything_in_backticks(written: str, meant: tuple[str, ...]):
    assert path(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1_234.50", "1234.5"),
        ("-5", "-5"),
        ("-0.5", "-0.5"),
        ("0030", "30"),
        ("999999999999999999.999999999", "999999999999999999.999999999"),
        ("0.1000000000000", "0.1"),
    ],
)
def test_numbers_are_exact(written: str, meant: str):
    assert value(written) == Number(Decimal(meant))


def test_other_literals():
    assert value("TRUE") == Boolean(True)
    assert value("false") == Boolean(False)
    assert value("2024-02-29") == TimeLiteral("2024-02-29")
    assert value("2024-02-29T10:00:00.123456+02:00") == TimeLiteral("2024-02-29T10:00:00.123456+02:00")
    assert value("today") == Today()
    assert value("now") == Now()
    assert value("7 days ago") == Ago(Duration(7, "d"))
    assert value("1Min AGO") == Ago(Duration(1, "min"))
    assert value("2 Quarters from now") == FromNow(Duration(2, "q"))
    assert value("$n ago") == Ago(Param("n"))
    assert value("$n") == Param("n")
    assert value("$`odd name`") == Param("odd name")
    assert value("trait a.b") == TraitRef(("a", "b"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1000000000000000000", "E21"),
        ("x = -1000000000000000000.0", "E21"),
        ("x = 0.0000000001", "E21"),
        ("did a at least 99999999999999999999 times", "E21"),
        ("sample 100.5% of 's'", "E21"),
        ("x = 2023-02-29", "E22"),
        ("x = 2024-01-01T24:00", "E22"),
        ("x = 2024-01-01T10:00:00.1234567", "E22"),
        ("x = 0000-01-01", "E22"),
        ("x in last 100000 days", "E17"),
        ("x in last 99999999999999999999999999999d", "E17"),
        ("did a in at least 1 of the last 100000 days", "E17"),
        (r'x = "\q"', "E14"),
        (r'x = "\u12"', "E14"),
        (r'x = "\u0000"', "E23"),
        (r'x = "\ud800"', "E23"),
        (r'x = "\ude00\ud83d"', "E23"),
        (r"`\u0000` = 1", "E23"),
        ("x = 'a\0b'", "E23"),
        ("x = 'a\ud800b'", "E23"),
        ("did ``", "E13"),
        ('in audience ""', "E13"),
    ],
)
def test_what_no_engine_could_hold_is_refused(text: str, code: str):
    assert codes(text) == [code]


def test_every_bad_literal_is_told():
    assert codes(r'a = "\q" and b = 2024-02-30 and c = 0.00000000001') == ["E14", "E22", "E21"]
