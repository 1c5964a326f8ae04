"""Cases of the tests of a value: views, missing values, lists, paths and pairs, each worked out by hand.

Separate from the test that puts them to the reference, so that any engine can be asked the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from muster.backends.base import PlainText
from muster.compiler.expr import (
    ComparePair,
    Expr,
    FieldTest,
    HasKind,
    IsBlank,
    IsList,
    Matches,
    Not,
    OneOf,
    Or,
    Present,
    TextTest,
    ValueTest,
)
from muster.compiler.regex import parse_pattern
from tests.cases import Case, at, compare, flag, num, person, text, trait, within

BIG = 10**18 - 1


def _eq(operand: Any, path: str = "x") -> Expr:
    return compare(trait(path), "eq", operand)


def _x(test: ValueTest, path: str = "x") -> Expr:
    return FieldTest(trait(path), test)


def _pair(op: Any) -> Expr:
    return _x(ComparePair(op, trait("y")))


def _like(pattern: str, *, ignore_case: bool = False) -> Expr:
    return _x(Matches(parse_pattern(pattern), ignore_case))


_GT1, _LTE1 = compare(trait("x"), "gt", num(1)), compare(trait("x"), "lte", num(1))
_SAME_DAY = within(at("2024-03-01T00:00:00+00:00"), at("2024-03-02T00:00:00+00:00"))

_ROWS: list[tuple[str, Expr, dict[str, Any], bool]] = [
    # --- missing and null
    ("eq on a missing trait is false", _eq(text("pro")), {}, False),
    ("not eq on a missing trait is true", Not(_eq(text("pro"))), {}, True),
    ("not eq on null is true", Not(_eq(text("pro"))), {"x": None}, True),
    ("not gt is no lte: missing passes the first", Not(_GT1), {}, True),
    ("not gt is no lte: missing fails the second", _LTE1, {}, False),
    ("not gt on text that is no number is true", Not(_GT1), {"x": "many"}, True),
    ("lte on text that is no number is false", _LTE1, {"x": "many"}, False),
    ("null is not present", _x(Present()), {"x": None}, False),
    ("an empty text is present", _x(Present()), {"x": ""}, True),
    ("an empty list is present", _x(Present()), {"x": []}, True),
    ("an empty object is present", _x(Present()), {"x": {}}, True),
    ("a list of nulls is present", _x(Present()), {"x": [None]}, True),
    ("a number out of range is missing", _x(Present()), {"x": 10**18}, False),
    ("NaN is missing", _x(Present()), {"x": Decimal("NaN")}, False),
    ("infinity is missing", _x(Present()), {"x": float("-inf")}, False),
    ("blank: empty text", _x(IsBlank()), {"x": ""}, True),
    ("blank: empty list", _x(IsBlank()), {"x": []}, True),
    ("blank: list of nulls", _x(IsBlank()), {"x": [None, None]}, True),
    ("blank: a space is something", _x(IsBlank()), {"x": " "}, False),
    ("blank: a missing value is not blank by itself", _x(IsBlank()), {}, False),
    ("blank: an empty object is something", _x(IsBlank()), {"x": {}}, False),
    ("blank: a list of empty text is something", _x(IsBlank()), {"x": [""]}, False),
    ("blank: zero is something", _x(IsBlank()), {"x": 0}, False),
    ("is empty includes missing", Or((Not(_x(Present())), _x(IsBlank()))), {}, True),
    # --- views: numbers
    ("1 is 1.0", _eq(num("1")), {"x": Decimal("1.0")}, True),
    ("a float is its shortest text", _eq(num("0.1")), {"x": 0.1}, True),
    ("1e2 is 100", _eq(num(100)), {"x": Decimal("1E+2")}, True),
    ("text that reads as a number has a num view", _eq(num(42)), {"x": "42"}, True),
    ("and keeps its str view", _eq(text("42")), {"x": "42"}, True),
    ("a number has no str view", _eq(text("42")), {"x": 42}, False),
    ("leading zeros survive as text", _eq(text("02134")), {"x": "02134"}, True),
    ("and never meet the number as text", _eq(text("02134")), {"x": 2134}, False),
    ("but read as a number", _eq(num(2134)), {"x": "02134"}, True),
    ("a plus sign is no number", _x(HasKind("num")), {"x": "+1"}, False),
    ("an exponent is no number", _x(HasKind("num")), {"x": "1e3"}, False),
    ("a bare point is no number", _x(HasKind("num")), {"x": "1."}, False),
    ("a space around is no number", _x(HasKind("num")), {"x": " 1"}, False),
    ("a line end is no number", _x(HasKind("num")), {"x": "1\n"}, False),
    ("digits of another script are no number", _x(HasKind("num")), {"x": "٣"}, False),
    ("19 digits are no number", _x(HasKind("num")), {"x": "1" * 19}, False),
    ("10 decimals are no number", _x(HasKind("num")), {"x": "0.1234567890"}, False),
    ("numbers are cut toward zero", _eq(num("0.123456789")), {"x": Decimal("0.1234567899")}, True),
    ("also below zero", _eq(num("-0.123456789")), {"x": Decimal("-0.1234567899")}, True),
    ("minus zero is zero", _eq(num(0)), {"x": Decimal("-0.0000000001")}, True),
    ("2^53+1 is not 2^53", _eq(num(2**53)), {"x": 2**53 + 1}, False),
    ("the largest number counts", compare(trait("x"), "gte", num(BIG)), {"x": Decimal(f"{BIG}.9999999999")}, True),
    ("true is not 1", _eq(num(1)), {"x": True}, False),
    ("1 is not true", _eq(flag(1)), {"x": 1}, False),
    ("PlainText that reads as a number has no num view", _eq(num(42)), {"x": PlainText("42")}, False),
    ("PlainText has its str view", _eq(text("42")), {"x": PlainText("42")}, True),
    # --- views: booleans, text, times
    ("text true in any case is true", _eq(flag(1)), {"x": "TRUE"}, True),
    ("yes is no boolean", _x(HasKind("bool")), {"x": "yes"}, False),
    ("false is not missing", _eq(flag(0)), {"x": False}, True),
    ("text is compared in NFC", _eq(text("é")), {"x": "e\u0301"}, True),
    ("keys are compared in NFC", _eq(num(1), "é"), {"e\u0301": 1}, True),
    ("of two keys of one form the later wins", _eq(num(2), "é"), {"é": 1, "e\u0301": 2}, True),
    ("even if it is null", _x(Present(), "é"), {"é": 1, "e\u0301": None}, False),
    ("text is not trimmed", _eq(text("pro")), {"x": "pro "}, False),
    ("text is case-sensitive", _eq(text("pro")), {"x": "Pro"}, False),
    ("text orders by code point: B < a", compare(trait("x"), "lt", text("a")), {"x": "B"}, True),
    ("astral text orders above the rest", compare(trait("x"), "gt", text("\uffff")), {"x": "😀"}, True),
    ("a prefix is less", compare(trait("x"), "lt", text("ab")), {"x": "a"}, True),
    ("a date is its midnight in UTC", _eq(at("2024-03-01T00:00:00+00:00")), {"x": "2024-03-01"}, True),
    ("no offset is UTC", _eq(at("2024-03-01T10:00:00+00:00")), {"x": "2024-03-01T10:00"}, True),
    ("an offset counts", _eq(at("2024-03-01T08:00:00+00:00")), {"x": "2024-03-01T10:00+02:00"}, True),
    (
        "a datetime of a typed file is a time",
        _eq(at("2024-03-01T00:00:00+00:00")),
        {"x": datetime(2024, 3, 1, tzinfo=UTC)},
        True,
    ),
    ("and has no str view", _x(HasKind("str")), {"x": datetime(2024, 3, 1, tzinfo=UTC)}, False),
    ("a date that does not exist is text", _x(HasKind("time")), {"x": "2024-02-30"}, False),
    ("a number is no time", _x(HasKind("time")), {"x": 1_700_000_000}, False),
    ("PlainText is no time", _x(HasKind("time")), {"x": PlainText("2024-03-01")}, False),
    # --- ranges are half-open unless closed, and one element must satisfy both sides
    ("the low end is in", _x(_SAME_DAY), {"x": "2024-03-01"}, True),
    ("the high end is out", _x(_SAME_DAY), {"x": "2024-03-02"}, False),
    ("one microsecond before it is in", _x(_SAME_DAY), {"x": "2024-03-01T23:59:59.999999"}, True),
    ("closed: the high end is in", _x(within(num(1), num(2), closed=True)), {"x": 2}, True),
    ("closed: above is out", _x(within(num(1), num(2), closed=True)), {"x": Decimal("2.000000001")}, False),
    ("an open low side", _x(within(None, num(2))), {"x": -5}, True),
    ("an open high side", _x(within(num(2), None)), {"x": 2}, True),
    ("between 0 and 1 is not met by -1 and 2", _x(within(num(0), num(1), closed=True)), {"x": [-1, 2]}, False),
    ("though >= 0 is", compare(trait("x"), "gte", num(0)), {"x": [-1, 2]}, True),
    ("and <= 1 is", compare(trait("x"), "lte", num(1)), {"x": [-1, 2]}, True),
    ("reversed bounds match nobody", _x(within(num(2), num(1), closed=True)), {"x": 2}, False),
    ("a range on numbers sees no text", _x(within(num(1), None)), {"x": "b"}, False),
    ("a range on text", _x(within(text("b"), text("c"))), {"x": "bz"}, True),
    # --- sets
    ("one of: numbers by value", _x(OneOf("num", (Decimal("1.50"), Decimal(7)))), {"x": "1.5"}, True),
    ("one of: text by text", _x(OneOf("str", ("1.50",))), {"x": "1.5"}, False),
    ("one of: booleans", _x(OneOf("bool", (True,))), {"x": "True"}, True),
    ("one of: 1 is no boolean", _x(OneOf("bool", (True,))), {"x": 1}, False),
    ("not in on missing is true", Not(_x(OneOf("str", ("a",)))), {}, True),
    # --- text tests
    ("contains is literal", _x(TextTest("contains", "a%b")), {"x": "xa%by"}, True),
    ("a percent sign is no wildcard", _x(TextTest("contains", "a%b")), {"x": "a--b"}, False),
    ("starts with", _x(TextTest("starts_with", "ab")), {"x": "abc"}, True),
    ("starts with is not contains", _x(TextTest("starts_with", "bc")), {"x": "abc"}, False),
    ("ends with", _x(TextTest("ends_with", "bc")), {"x": "abc"}, True),
    ("does not end with includes missing", Not(_x(TextTest("ends_with", "@acme.com"))), {}, True),
    ("contains never looks into numbers", _x(TextTest("contains", "4")), {"x": 42}, False),
    ("ignoring case folds ASCII", _x(TextTest("equals", "PRO", ignore_case=True)), {"x": "pRo"}, True),
    ("and nothing else", _x(TextTest("equals", "É", ignore_case=True)), {"x": "é"}, False),
    (
        "the Kelvin sign becomes K by NFC, then folds",
        _x(TextTest("equals", "k", ignore_case=True)),
        {"x": "\u212a"},
        True,
    ),
    ("long s is no s", _x(TextTest("equals", "s", ignore_case=True)), {"x": "ſ"}, False),
    ("on a list: any element", _x(TextTest("contains", "b")), {"x": ["a", "abc"]}, True),
    # --- regex
    ("matches searches anywhere", _like("b+"), {"x": "abbc"}, True),
    ("anchored at both ends", _like("^b+$"), {"x": "abbc"}, False),
    ("the end is only the very end", _like("c$"), {"x": "abc\n"}, False),
    ("a dot takes a line end", _like("^a.c$"), {"x": "a\nc"}, True),
    ("a dot takes one astral character", _like("^.$"), {"x": "😀"}, True),
    ("\\w is ASCII", _like(r"^\w$"), {"x": "é"}, False),
    ("\\d is ASCII", _like(r"\d"), {"x": "٣"}, False),
    ("ignoring case in a pattern", _like("^[a-c]+$", ignore_case=True), {"x": "aBC"}, True),
    ("ignoring case inside a negated class", _like("^[^a]$", ignore_case=True), {"x": "A"}, False),
    ("a pattern sees no number", _like("4"), {"x": 4}, False),
    # --- lists: any element, the complement for negatives
    ("some element is equal", _eq(text("b")), {"x": ["a", "b"]}, True),
    ("not equal means no element is", Not(_eq(text("b"))), {"x": ["a", "b"]}, False),
    ("not equal on an empty list", Not(_eq(text("b"))), {"x": []}, True),
    ("views of elements", _eq(num(2)), {"x": ["1", "2"]}, True),
    ("lists inside lists never match", _eq(num(1)), {"x": [[1], 2]}, False),
    ("nor have a kind", _x(HasKind("num")), {"x": [[1]]}, False),
    ("an object has no scalar view", _x(HasKind("str")), {"x": {"a": "b"}}, False),
    ("is a list", _x(IsList()), {"x": []}, True),
    ("a scalar is no list", _x(IsList()), {"x": "a"}, False),
    ("an object is no list", _x(IsList()), {"x": {"a": 1}}, False),
    ("some kind among mixed elements", _x(HasKind("bool")), {"x": [1, "a", True]}, True),
    # --- size
    ("size counts elements without nulls", compare(trait("x", size=True), "eq", num(2)), {"x": [1, None, 2]}, True),
    ("nested lists and objects count in size", compare(trait("x", size=True), "eq", num(3)), {"x": [[], {}, 1]}, True),
    ("numbers out of range do not", compare(trait("x", size=True), "eq", num(1)), {"x": [10**18, 1]}, True),
    ("size of an empty list is 0", compare(trait("x", size=True), "eq", num(0)), {"x": []}, True),
    ("size of a scalar is missing", FieldTest(trait("x", size=True), Present()), {"x": "abc"}, False),
    ("size of an object is missing", FieldTest(trait("x", size=True), Present()), {"x": {"a": 1}}, False),
    ("size of nothing is missing", FieldTest(trait("x", size=True), Present()), {}, False),
    # --- paths
    ("a path enters objects", _eq(text("Oslo"), "a.city"), {"a": {"city": "Oslo"}}, True),
    ("a path ends at a scalar", _x(Present(), "a.city"), {"a": "Oslo"}, False),
    ("a key with a dot is another key", _x(Present(), "a.city"), {"a.city": "Oslo"}, False),
    ("a path through a list takes every element", _eq(num(2), "a.p"), {"a": [{"p": 1}, {"p": 2}]}, True),
    ("and holds a list", _x(IsList(), "a.p"), {"a": [{"p": 1}]}, True),
    ("which one element may not split", _x(within(num(0), num(1)), "a.p"), {"a": [{"p": -1}, {"p": 2}]}, False),
    ("it skips scalars and nested lists", _x(Present(), "a.p"), {"a": [1, [{"p": 1}]]}, False),
    ("it finds nothing in an empty list", _x(Present(), "a.p"), {"a": []}, False),
    ("nor where every member is null", _x(Present(), "a.p"), {"a": [{"p": None}, {}]}, False),
    ("lists at its end are flattened", _eq(text("b"), "a.t"), {"a": [{"t": ["a"]}, {"t": ["b"]}]}, True),
    ("flattened once", _eq(text("b"), "a.t"), {"a": [{"t": [["b"]]}]}, False),
    ("empty lists at its end make an empty list", _x(IsBlank(), "a.t"), {"a": [{"t": []}]}, True),
    (
        "size of a path through a list",
        compare(trait("a.t", size=True), "eq", num(3)),
        {"a": [{"t": [1, 2]}, {"t": 3}, {"t": None}]},
        True,
    ),
    ("a path through two lists", _eq(num(5), "a.b.c"), {"a": [{"b": [{"c": 4}, {"c": 5}]}]}, True),
    # --- pairs
    ("num before str: 42 is the text 42.0", _pair("eq"), {"x": 42, "y": "42.0"}, True),
    ("two numeric texts meet as numbers", _pair("eq"), {"x": "1.50", "y": "1.5"}, True),
    ("PlainText meets text as text", _pair("eq"), {"x": PlainText("1.50"), "y": "1.5"}, False),
    ("times meet as times", _pair("lt"), {"x": "2024-01-01T23:00-05:00", "y": "2024-01-02T05:00Z"}, True),
    ("text that reads true meets true", _pair("eq"), {"x": "True", "y": True}, True),
    ("booleans have no order", _pair("gte"), {"x": True, "y": True}, False),
    ("text meets text", _pair("lt"), {"x": "apple", "y": "pear"}, True),
    ("no common view", _pair("eq"), {"x": 1, "y": True}, False),
    ("some pair of two lists", _pair("eq"), {"x": [1, 2], "y": [2, 3]}, True),
    ("missing is not equal to missing", _pair("eq"), {}, False),
    ("the complement holds for missing", Not(_pair("eq")), {}, True),
]

CASES = [Case(name, expr, expected, person(traits)) for name, expr, traits, expected in _ROWS]
