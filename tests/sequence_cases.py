"""Cases of sequences, worked out by hand: order, deadlines, shared values and a final `not`.

Separate from the test that puts them to the reference, so that any engine can be asked the same.
"""

from __future__ import annotations

from typing import Any

from muster.backends.base import EventRow, PlainText
from muster.compiler.expr import EVER, TRUE, Count, Events, Expr, Not, SequenceMatch, SequenceStep, TimeWindow
from muster.compiler.moments import FromAsOf
from tests.cases import DAY, HOUR, MINUTE, NOW, US, Case, compare, event, last, metric, num, prop, within


def _step(name: str, within_: int | None = None, same: str | None = None, where: Expr = TRUE) -> SequenceStep:
    return SequenceStep(Events((name,) if name else ()), where, within_, None if same is None else (same,))


def _seq(*steps: SequenceStep, absent: SequenceStep | None = None, window: TimeWindow = EVER) -> SequenceMatch:
    return SequenceMatch(steps, window, absent)


def _events(*marks: Any) -> tuple[EventRow, ...]:
    """Make events from "A60" (A, an hour ago) or ("A60", value at p)."""
    made = []
    for index, mark in enumerate(marks):
        label, value = mark if isinstance(mark, tuple) else (mark, ...)
        properties = {} if value is ... else {"p": value}
        made.append(event(NOW - int(label[1:]) * MINUTE, properties, name=label[0], mid=f"m{index}"))
    return tuple(made)


_A, _B = _step("A"), _step("B")
_AB = _seq(_A, _B)
_AB5 = _seq(_A, _step("B", 5 * MINUTE))
_ABC = _seq(_A, _step("B", 5 * MINUTE), _step("C", 5 * MINUTE))
_SAME = _seq(_A, _step("B", same="p"))
_NO_B = _seq(_A, absent=_B)
_NO_B_DAY = _seq(_A, absent=_step("B", 24 * HOUR))
_NO_SAME = _seq(_A, absent=_step("B", same="p"))
_BIG = compare(prop("p"), "gt", num(5))
_AB5_BIG = _seq(_step("A", where=_BIG), _step("B", 5 * MINUTE, where=_BIG))
_AB5_BEFORE = _seq(_A, _step("B", 5 * MINUTE), window=TimeWindow(None, FromAsOf(micros=-HOUR)))
_HALF_DAY = 720
_DAY = 1440

_ROWS: list[tuple[str, Expr, tuple[EventRow, ...], bool]] = [
    # --- order
    ("A then B", _AB, _events("A60", "B59"), True),
    ("B then A is not", _AB, _events("B60", "A59"), False),
    ("equal instants never order", _AB, _events("A60", "B60"), False),
    ("nor does one event follow itself", _seq(_A, _A), _events("A60"), False),
    ("nor two at one instant", _seq(_A, _A), _events("A60", "A60"), False),
    ("two of a kind", _seq(_A, _A), _events("A60", "A59"), True),
    ("one microsecond is enough", _AB, (event(NOW - 2, name="A"), event(NOW - 1, name="B")), True),
    ("rows may come in any order", _AB, _events("B59", "A60"), True),
    ("others in between do not matter", _AB, _events("A60", "X59", "A58", "B57"), True),
    ("one step missing", _seq(_A, _B, _step("C")), _events("A60", "B59"), False),
    ("six steps", _seq(_A, _B, _A, _B, _A, _B), _events("A60", "B50", "A40", "B30", "A20", "B10"), True),
    ("six steps, five events", _seq(_A, _B, _A, _B, _A, _B), _events("A60", "B50", "A40", "B30", "A20"), False),
    ("any event as a step", _seq(_A, _step("")), _events("A60", "Z59"), True),
    # --- within, inclusive, from the step before
    ("within 5: exactly 5", _AB5, _events("A60", "B55"), True),
    ("within 5: a minute more", _AB5, _events("A60", "B54"), False),
    (
        "within 5: a microsecond more",
        _AB5,
        (event(NOW - HOUR, name="A"), event(NOW - 55 * MINUTE + US, name="B")),
        False,
    ),
    ("within 0: nothing follows", _seq(_A, _step("B", 0)), (event(NOW - 2, name="A"), event(NOW - 1, name="B")), False),
    ("within 0: not even at once", _seq(_A, _step("B", 0)), _events("A60", "B60"), False),
    ("within 5: equal instants", _AB5, _events("A60", "B60"), False),
    ("within 5: an A of B's instant hides no earlier one", _AB5, _events("A60", "A56", "B56"), True),
    ("within 5: nor does it stand in for one too early", _AB5, _events("A62", "A56", "B56"), False),
    ("within 5: in any order of rows", _AB5, _events("B56", "A56", "A60"), True),
    ("within 5: each step has its own where", _AB5_BIG, _events(("A60", 6), ("B55", 6)), True),
    ("within 5: the first's is not met", _AB5_BIG, _events(("A60", 5), ("B55", 6)), False),
    ("within 5: the second's is not met", _AB5_BIG, _events(("A60", 6), ("B55", 5)), False),
    ("within 5: after the window", _AB5_BEFORE, _events("A61", "B56"), True),
    ("within 5: an A after the window is none", _AB5_BEFORE, _events("A59", "B56"), False),
    ("within 5: long ago", _AB5, (event(-HOUR, name="A"), event(-HOUR + US, name="B")), True),
    ("a later A may be the right one", _AB5, _events("A66", "A61", "A60", "B56"), True),
    ("A66 A65 B60: the earliest A is too early, the next is not", _AB5, _events("A66", "A65", "B60"), True),
    ("an earlier B may be the right one", _ABC, _events("A60", "B59", "B56", "C54"), True),
    ("but not if C is too late for every B", _ABC, _events("A60", "B59", "B56", "C50"), False),
    ("a B out of reach of A does not lead on", _ABC, _events("A60", "B54", "C50"), False),
    ("each deadline runs from the step before", _ABC, _events("A60", "B55", "C50"), True),
    # --- the window limits the first step only
    ("first step in the window", _seq(_A, _B, window=last(HOUR)), _events("A60", "B1"), True),
    ("first step before the window", _seq(_A, _B, window=last(HOUR)), _events("A61", "B1"), False),
    (
        "later steps may lie after the window",
        _seq(_A, _B, window=TimeWindow(None, FromAsOf(micros=-HOUR))),
        _events("A61", "B1"),
        True,
    ),
    ("no step lies at or after as_of", _AB, _events("A60", "B0"), False),
    ("nor does the first", _AB, _events("A-2", "B-1"), False),
    # --- where
    ("each step has its own where", _seq(_A, _step("B", where=_BIG)), _events("A60", ("B59", 5), ("B58", 6)), True),
    (
        "the where of one step is not that of another",
        _seq(_step("A", where=_BIG), _B),
        _events(("A60", 5), ("B58", 6)),
        False,
    ),
    # --- same
    ("same: one value", _SAME, _events(("A60", "x"), ("B59", "x")), True),
    ("same: two values", _SAME, _events(("A60", "x"), ("B59", "y")), False),
    ("same: missing is never equal to missing", _SAME, _events("A60", "B59"), False),
    ("same: null is missing", _SAME, _events(("A60", None), ("B59", None)), False),
    ("same: the stored kind counts", _SAME, _events(("A60", "1"), ("B59", 1)), False),
    ("same: 1 and 1.0 are one", _SAME, _events(("A60", 1), ("B59", 1.0)), True),
    ("same: text and text of a typed column are one", _SAME, _events(("A60", "1"), ("B59", PlainText("1"))), True),
    ("same: lists share an element", _SAME, _events(("A60", [1, 2]), ("B59", [2, 3])), True),
    ("same: a list and a value", _SAME, _events(("A60", [1, 2]), ("B59", 2)), True),
    ("same: lists that share nothing", _SAME, _events(("A60", [1]), ("B59", [2])), False),
    ("same: empty lists share nothing", _SAME, _events(("A60", []), ("B59", [])), False),
    ("same: objects have no value", _SAME, _events(("A60", {"a": 1}), ("B59", {"a": 1})), False),
    ("same picks the right A", _SAME, _events(("A60", "x"), ("A59", "y"), ("B58", "x")), True),
    (
        "same compares with the step before, not the first",
        _seq(_A, _step("B", same="p"), _step("C", same="p")),
        _events(("A60", "x"), ("B59", ["x", "y"]), ("C58", "y")),
        True,
    ),
    (
        "same on the last step only",
        _seq(_A, _B, _step("C", same="p")),
        _events("A60", ("B59", "x"), ("B58", "y"), ("C57", "x")),
        True,
    ),
    # --- then not
    ("then not: none after", _NO_B, _events("B61", "A60"), True),
    ("then not: one after", _NO_B, _events("A60", "B1"), False),
    ("then not: one at the same instant is not after", _NO_B, _events("A60", "B60"), True),
    ("then not: one at as_of is not seen", _NO_B, _events("A60", "B0"), True),
    ("then not needs the steps before", _NO_B, (), False),
    ("then not: a later A is free of B", _NO_B, _events("A60", "B50", "A40"), True),
    ("not within 24 hours: passed, none", _NO_B_DAY, _events("A1441"), True),
    ("the deadline at as_of is still running", _NO_B_DAY, _events(f"A{_DAY}"), False),
    ("the deadline a microsecond before as_of has passed", _NO_B_DAY, (event(NOW - DAY - US, name="A"),), True),
    ("the deadline is still running", _NO_B_DAY, _events(f"A{_HALF_DAY}"), False),
    ("and what is running is not yet a failure", Not(_NO_B_DAY), _events(f"A{_HALF_DAY}"), True),
    ("one exactly at the deadline counts", _NO_B_DAY, _events("A1500", "B60"), False),
    (
        "one a microsecond after it does not",
        _NO_B_DAY,
        (event(NOW - 25 * HOUR, name="A"), event(NOW - HOUR + US, name="B")),
        True,
    ),
    ("an older A may have passed while another runs", _NO_B_DAY, _events("A3000", "A60"), True),
    ("then not the same: another value does not count", _NO_SAME, _events(("A60", "x"), ("B59", "y")), True),
    ("then not the same: the value does", _NO_SAME, _events(("A60", "x"), ("B59", "x")), False),
    ("then not the same: nothing can follow what lacks it", _NO_SAME, _events("A60", ("B59", "x")), True),
    (
        "then not where: others do not count",
        _seq(_A, absent=_step("B", where=_BIG)),
        _events("A60", ("B59", 5)),
        True,
    ),
    ("a sequence, then not", _seq(_A, _B, absent=_step("C", 5 * MINUTE)), _events("A60", "B50", "C44"), True),
    (
        "counts see the same events",
        metric(Count(), within(num(2), num(2), closed=True), names=("A",)),
        _events("A60", "A60"),
        True,
    ),
]

CASES = [Case(name, expr, expected, events=events) for name, expr, events, expected in _ROWS]
