"""Windows that no event lies in: told, unless they touch the data by a microsecond."""

from __future__ import annotations

import pytest

from muster.compiler.moments import MAX_MICROS, Clock
from muster.compiler.outside import Times, outside
from muster.compiler.pipeline import compile_rule
from muster.grammar.text import parse

DAY = 86_400_000_000
DATA = (100 * DAY, 110 * DAY)


def told(source: str, as_of: int, times: Times | None = DATA) -> list[str]:
    found = outside(compile_rule(parse(source)).lowered, times, Clock(as_of))
    assert {(each.code, each.severity) for each in found} <= {("L209", "info")}
    return [each.message.partition(": ")[0] for each in found]


@pytest.mark.parametrize(
    ("source", "as_of", "count"),
    [
        ("did a in last 3 days", 110 * DAY, 0),
        ("did a in last 3 days", 113 * DAY, 0),  # its first instant is that of the last event
        ("did a in last 3 days", 113 * DAY + 1, 1),
        ("did a", 100 * DAY, 1),  # the first event is not before as_of
        ("did a", 100 * DAY + 1, 0),
        ("did not a in last 3 days or sum(x) of a in last 3 days > 1", 200 * DAY, 1),  # one window
        ("did a in last 3 days and did b in last 4 days", 200 * DAY, 2),
        ("did a in last 3 days then b within 1 days", 200 * DAY, 1),
        ("did a between 1970-05-01 and 1970-04-01", 200 * DAY, 0),  # L208 tells
        ("plan = 1 and first_seen in last 3 days", 200 * DAY, 0),
    ],
)
def test_a_window_is_told_if_no_event_could_lie_in_it(source: str, as_of: int, count: int) -> None:
    assert len(told(source, as_of)) == count


def test_nothing_is_told_where_there_are_no_events() -> None:
    assert told("did a in last 3 days", 200 * DAY, None) == []


def test_the_window_and_the_data_are_said_and_what_would_work() -> None:
    (found,) = outside(compile_rule(parse("did a in last 3 days")).lowered, DATA, Clock(200 * DAY))

    assert found.message == (
        "No event lies in this window, from 1970-07-17 00:00 to 1970-07-20 00:00:"
        " the events of the data are from 1970-04-11 00:00 to 1970-04-21 00:00 (UTC)."
    )
    assert found.hint == "To look back from the end of the data, ask as of 1970-04-22."


def test_before_the_data_there_is_no_other_time_to_offer() -> None:
    (before,) = outside(compile_rule(parse("did a")).lowered, DATA, Clock(50 * DAY))
    (ends,) = outside(compile_rule(parse("did a on 1970-01-02")).lowered, (MAX_MICROS, MAX_MICROS), Clock(MAX_MICROS))

    assert before.message.startswith("No event lies in this window, before 1970-02-20 00:00: ")
    assert (before.hint, ends.hint) == (None, None)
    assert "all from 9999-12-31 23:59 (UTC)" in ends.message
