"""CSV comes back as it was, and on request holds nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.api.csv_text import csv_text

TEXTS = st.text(st.sampled_from("a=+-@\t\r\n\"', ＝"), max_size=5)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3)))
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    assert read(csv_text(rows)) == rows


@pytest.mark.parametrize("cell", ["=1+1", "+47 1", "-5", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"])
def test_a_formula_is_marked_on_request_only(cell: str) -> None:
    assert read(csv_text([[cell]])) == [[cell]]
    assert read(csv_text([[cell, "a"]], spreadsheet_safe=True)) == [[f"'{cell}", "a"]]


def test_what_is_no_formula_is_left_alone() -> None:
    assert csv_text([["a=1", "", "1-1", "'=1"]], spreadsheet_safe=True) == "a=1,,1-1,'=1\n"
