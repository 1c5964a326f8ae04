"""The table of words: complete for the registry, every word reserved, and open to another language."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

import pytest

from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import LIFECYCLE_MEASURES, PROFILE_FIELDS, Aggregate, ParamType, WindowKind
from muster.compiler.values import CALENDAR_UNITS, UNITS
from muster.grammar import english_words
from muster.grammar.english import english
from muster.grammar.english_words import ENGLISH, Phrases
from muster.grammar.text import parse


def test_everything_that_can_be_said_has_a_phrase() -> None:
    assert set(ENGLISH.operators) == set(FIELD_OPERATORS)
    assert set(ENGLISH.event_operators) == set(EVENT_OPERATORS)
    assert set(ENGLISH.aggregates) == set(get_args(Aggregate))
    assert set(ENGLISH.types) == set(get_args(ParamType))
    assert set(ENGLISH.units) == set(UNITS)
    assert set(ENGLISH.profile_fields) == set(PROFILE_FIELDS)
    assert set(ENGLISH.measures) == set(LIFECYCLE_MEASURES)
    assert set(ENGLISH.windows) | {kind for kind, _ in ENGLISH.periods} == set(get_args(WindowKind))
    assert {unit for _, unit in ENGLISH.periods} == set(CALENDAR_UNITS)


def test_no_two_operators_share_a_phrase() -> None:
    assert len(set(ENGLISH.operators.values())) == len(ENGLISH.operators)
    assert len(set(ENGLISH.event_operators.values())) == len(ENGLISH.event_operators)


@pytest.mark.parametrize("word", ["is", "not", "times", "weeks", "nothing", "everyone", "including", "calendar"])
def test_words_of_the_language_are_reserved(word: str) -> None:
    assert word in ENGLISH.reserved


def test_places_are_no_words() -> None:
    assert "event" not in ENGLISH.reserved
    assert "minimum" not in ENGLISH.reserved


def test_another_language_replaces_all_words() -> None:
    german = replace(
        ENGLISH,
        operators={**ENGLISH.operators, "neq": "ist nicht {value}"},
        missing=" (auch {owners} ohne {subject})",
        owners={"person": "Personen", "event": "Ereignisse", "element": "Elemente"},
    )

    assert english(parse('plan != "free"'), phrases=german) == 'plan ist nicht "free" (auch Personen ohne plan)'
    assert {"ist", "nicht", "auch", "ohne", "personen"} <= german.reserved
    assert english(parse("ist = 1"), phrases=german) == "`ist` is 1"


def test_a_phrase_that_is_neither_text_nor_table_is_refused() -> None:
    with pytest.raises(TypeError):
        replace(ENGLISH, never=5)  # type: ignore[arg-type]  # a word of the table, or wrong on purpose


def test_every_phrase_is_used() -> None:
    folder = Path(english_words.__file__).parent
    source = "".join(module.read_text(encoding="utf-8") for module in folder.glob("english*.py"))
    unused = [each.name for each in fields(Phrases) if not re.search(rf"[.\"]{each.name}\b", source)]

    assert unused == []
