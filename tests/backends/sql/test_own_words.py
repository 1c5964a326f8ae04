"""Which texts read as numbers and times in SQL, against the reader that every value goes through."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.sql.own_words import NUMBER_TEXT, TIME_TEXT, long_number_text
from muster.backends.tables.scalars import time_text_micros, views_of
from tests.people import NEARLY_TIMES

_PARTS = st.sampled_from(["0", "1", "-", ".", "9" * 18, "2024", "02", "29", "30", "31", "T", ":", "Z", "+", "00", "23"])
DATES = st.dates().map(str) | st.builds(
    "{:04}-{:02}-{:02}".format, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32)
)
TEXTS = st.lists(_PARTS, max_size=8).map("".join) | DATES | st.datetimes().map(lambda each: each.isoformat())


@given(TEXTS)
def test_texts_read_as_numbers_exactly_where_the_normaliser_reads_them(text: str) -> None:
    views = views_of(text)

    assert (re.search(NUMBER_TEXT, text) is not None) == (views is not None and views.number is not None)


@given(TEXTS)
def test_what_the_normaliser_reads_as_a_time_has_the_form_of_one(text: str) -> None:
    # The form holds no offset that leaves the years 1 to 9999; that is looked at where the instant is made.
    if time_text_micros(text) is not None:
        assert re.search(TIME_TEXT, text)
    elif re.search(TIME_TEXT, text):
        assert text.startswith(("0001-01-01", "9999-12-31"))


@pytest.mark.parametrize("text", [each for each in NEARLY_TIMES if not each.startswith(("0001", "9999"))])
def test_near_misses_are_no_times(text: str) -> None:
    assert re.search(TIME_TEXT, text) is None


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ('{"a": 0.12345678901234567}', "0.12345678901234567"),
        ('{"b": {"a" :-1.2345678901234567}}', "-1.2345678901234567"),
        ('{"a": "0.12345678901234567"}', None),
        ('{"b": 123456789012345678, "a": 1.5}', None),
        ('{"a": 0.12345678901234}', None),
    ],
)
def test_a_number_that_a_double_may_not_keep_is_found_at_its_key(document: str, written: str | None) -> None:
    found = re.search(long_number_text("a"), document)

    assert (None if found is None else found[1]) == written


@pytest.mark.parametrize("key", ['it\'s "a"', "é", "a.b", "$x["])
def test_a_key_is_found_however_json_spells_it(key: str) -> None:
    for is_plain in (True, False):
        document = json.dumps({key: 0}, ensure_ascii=is_plain).replace(" 0", " 0.12345678901234567")

        assert re.search(long_number_text(key), document)
