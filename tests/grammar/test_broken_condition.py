"""The part around a mistake that a plain condition can stand for."""

from __future__ import annotations

import pytest

from muster.grammar.broken_condition import STAND_IN, broken_condition
from muster.grammar.situation import Situation, situation


def stopped_at(text: str, mark: str, reads: str) -> Situation:
    """Give a situation at a mark, for a parser that reads a text to its end if the stand-in is where `reads` has it."""

    def reach(tried: str) -> int:
        return len(tried) + 1 if " ".join(tried.split()) == reads else 0

    return situation(text, text.index(mark), frozenset(), reach)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("a + b", STAND_IN),
        ("a + b and c", f"{STAND_IN} and c"),
        ("c or a + b", f"c or {STAND_IN}"),
        ("c and (a + b) or d", f"c and ({STAND_IN}) or d"),
        ("c and f(a + b) or d", f"c and {STAND_IN} or d"),
        ("x between 1 and + b and c", f"{STAND_IN} and c"),
        ("x between + and b and c", f"{STAND_IN} and c"),
        ("any of (c, a + b, d)", f"any of (c, {STAND_IN}, d)"),
        ("let x = 1; a + b; c", f"let x = 1; {STAND_IN}; c"),
        ("audience c: a + b;", f"audience c: {STAND_IN};"),
        ("f(a) + g(b) and c", f"{STAND_IN} and c"),
    ],
)
def test_the_smallest_part_that_reads_well_is_found(text: str, reads: str) -> None:
    here = stopped_at(text, "+", reads)
    found = broken_condition(here)

    assert found is not None
    span, by = found
    assert " ".join(here.replaced(span, by).split()) == reads
    assert len(by) >= span.end - span.start


def test_nothing_is_found_where_nothing_reads_well() -> None:
    assert broken_condition(stopped_at("a + b and c", "+", "another text")) is None
