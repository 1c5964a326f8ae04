"""Rules in their other forms, given in any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from muster.compiler.diagnostics import RuleError
from muster.grammar.json_rule import load_library
from muster.grammar.text import parse, parse_library
from muster.runtime.forms import to_english, to_json, to_text

TEXT = 'plan = "pro"'
DATA: dict[str, object] = {"trait": "plan", "op": "eq", "value": "pro"}
SOURCES = (TEXT, DATA, '{"trait": "plan", "op": "eq", "value": "pro"}', parse(TEXT))


@pytest.mark.parametrize("source", SOURCES, ids=["text", "data", "JSON", "rule"])
def test_a_rule_is_taken_in_any_form(source: Any) -> None:
    assert (to_json(source), to_text(source), to_english(source)) == (DATA, TEXT, 'plan is "pro"')


def test_a_library_has_its_forms_too() -> None:
    library = parse_library(f'audience "VIP": {TEXT};')

    assert load_library(to_json(library)) == library
    assert parse_library(to_text(library)) == library


@pytest.mark.parametrize("form", [to_json, to_text, to_english])
@pytest.mark.parametrize(("source", "code"), [(5, "E19"), (None, "E19"), ("plan == 1", "E01"), ("plan = ", "E06")])
def test_what_is_no_rule_is_told_as_parse_tells_it(form: Callable[[Any], object], source: object, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        form(source)

    assert caught.value.diagnostics[0].code == code
