"""What reaches the shapes of rules: bounded, exact, storable data, or a refusal with the place."""

from __future__ import annotations

import time
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from muster.compiler.diagnostics import Collector, RuleError, Span
from muster.grammar import json_text
from muster.grammar.json_text import MAX_BRACKETS, decode, nfc, parse, plain
from muster.grammar.limits import MAX_TEXT


def copied(raw: Any) -> tuple[Any, list[tuple[str, str]]]:
    found = Collector()
    tree = plain(raw, found, MAX_TEXT)
    return tree, [(p.code, getattr(p.origin, "path", "")) for p in found.diagnostics]


def parsed(text: str) -> Any:
    found = Collector(text)
    tree = parse(text, found, MAX_TEXT)
    found.raise_errors()
    return tree


def refusal(text: str) -> Any:
    with pytest.raises(RuleError) as caught:
        parsed(text)
    return caught.value.diagnostics[0]


def test_numbers_of_a_text_are_exact() -> None:
    assert parsed("[0.1, 12345678901234567890.000000001, 1e3, -0]") == [
        Decimal("0.1"),
        Decimal("12345678901234567890.000000001"),
        Decimal(1000),
        Decimal(0),
    ]


def test_a_float_stands_for_its_shortest_text() -> None:
    assert copied([0.1, 1e22, 2.50])[0] == [Decimal("0.1"), Decimal("1E+22"), Decimal("2.5")]


def test_a_boolean_is_no_number() -> None:
    tree, _ = copied({"a": True, "b": 1})

    assert tree["a"] is True
    assert tree["b"] == Decimal(1)
    assert isinstance(tree["b"], Decimal)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999999999999999999999"])
def test_numbers_that_no_decimal_holds_are_refused(text: str) -> None:
    diagnostic = refusal(f'{{"value": {text}}}')

    assert (diagnostic.code, diagnostic.origin.path) == ("E21", "/value")
    assert text in diagnostic.message


def test_not_a_number_in_a_mapping_is_refused() -> None:
    assert copied({"value": float("nan"), "b": Decimal("inf")})[1] == [("E21", "/b"), ("E21", "/value")]


def test_an_exponent_is_never_expanded() -> None:
    started = time.process_time()

    assert parsed("1e999999999") == Decimal("1e999999999")
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize("opening", ["[", '{"all":[', '{"not":'])
def test_brackets_by_the_hundred_thousand_are_refused_at_once(opening: str) -> None:
    text = opening * 100_000
    started = time.process_time()
    with pytest.raises(RuleError) as caught:
        decode(text, MAX_TEXT)

    assert caught.value.diagnostics[0].code == "E17"
    assert time.process_time() - started < 0.1


def test_brackets_within_the_length_are_counted_before_anything_recurses() -> None:
    started = time.process_time()
    diagnostic = refusal("[" * 60_000)

    assert diagnostic.code == "E17"
    assert diagnostic.origin == Span(MAX_BRACKETS, MAX_BRACKETS + 1)
    assert time.process_time() - started < 0.1


def test_brackets_inside_texts_do_not_count() -> None:
    text = "[" * 1000 + '\\"' + "{" * 1000

    assert parsed(f'["{text}"]') == [text.replace('\\"', '"')]


def test_a_mapping_that_holds_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["not"] = loop
    with pytest.raises(RuleError) as caught:
        plain(loop, Collector(), MAX_TEXT)

    assert caught.value.diagnostics[0].code == "E17"


@pytest.mark.parametrize(
    "raw", [["x"] * 70_000, {"value": "x" * 70_000}, [[] for _ in range(40_000)], {str(n): 1 for n in range(20_000)}]
)
def test_a_mapping_larger_than_its_text_might_be_is_refused(raw: Any) -> None:
    with pytest.raises(RuleError) as caught:
        plain(raw, Collector(), MAX_TEXT)

    assert caught.value.diagnostics[0].code == "E17"


def test_a_mapping_that_shares_its_parts_a_million_times_is_refused() -> None:
    shared: Any = ["x"]
    for _ in range(30):
        shared = [shared, shared]
    started = time.process_time()
    with pytest.raises(RuleError) as caught:
        plain(shared, Collector(), MAX_TEXT)

    assert caught.value.diagnostics[0].code == "E17"
    assert time.process_time() - started < 1


def test_length_is_counted_in_bytes() -> None:
    with pytest.raises(RuleError):
        decode('"' + "é" * (MAX_TEXT // 2) + '"', MAX_TEXT)

    assert decode('"' + "e" * (MAX_TEXT // 2) + '"', MAX_TEXT)


def test_a_key_said_twice_is_refused_at_its_place() -> None:
    assert refusal('{"all": [{"trait": "a", "trait": "b"}]}').origin.path == "/all/0/trait"


def test_keys_that_differ_only_in_composition_are_one_key() -> None:
    assert copied({"caf\u00e9": 1, "cafe\u0301": 2})[1] == [("E20", "/cafe\u0301")]


@pytest.mark.parametrize(
    ("text", "place"), [('["a\\u0000b"]', "/0"), ('{"a": "\\ud800"}', "/a"), ('{"\\udfff": 1}', "/\udfff")]
)
def test_text_that_no_engine_stores_is_refused(text: str, place: str) -> None:
    diagnostic = refusal(text)

    assert (diagnostic.code, diagnostic.origin.path) == ("E23", place)


def test_a_surrogate_pair_is_one_character() -> None:
    assert parsed('"\\ud83d\\ude00"') == "\U0001f600"


def test_broken_json_is_told_with_line_and_column() -> None:
    diagnostic = refusal('{"all": [\n  {"trait" 1}]}')

    assert diagnostic.code == "E18"
    assert "line 2, column 12" in diagnostic.message
    assert diagnostic.origin == Span(21, 22)
    assert diagnostic.source == '{"all": [\n  {"trait" 1}]}'


def test_a_byte_order_mark_is_no_part_of_a_document() -> None:
    assert parsed('\ufeff{"a": 1}') == {"a": Decimal(1)}
    assert refusal("\ufeff{").origin == Span(2, 2)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(RuleError) as caught:
        decode(b'{"a": "\xff"}', MAX_TEXT)

    assert caught.value.diagnostics[0].code == "E18"
    assert "byte 7" in caught.value.diagnostics[0].message


def test_null_is_told_apart_as_a_value_and_as_anything_else() -> None:
    assert copied({"value": None, "note": None, "all": [{"value": ["a", None]}]})[1] == [
        ("E07", "/all/0/value/1"),
        ("E19", "/note"),
        ("E07", "/value"),
    ]


def test_python_values_that_json_lacks_are_refused() -> None:
    assert copied({"a": {1, 2}, "b": b"x", 3: "c"})[1] == [("E19", ""), ("E19", "/a"), ("E19", "/b")]


def test_any_mapping_and_any_tuple_will_do() -> None:
    class Plan(StrEnum):
        PRO = "pro"

    tree, found = copied(MappingProxyType({"value": (Plan.PRO,)}))

    assert (tree, found) == ({"value": ["pro"]}, [])
    assert type(tree["value"][0]) is str


def test_text_is_composed() -> None:
    assert nfc("cafe\u0301") == "caf\u00e9"
    assert json_text.unstorable("caf\u00e9") is None
