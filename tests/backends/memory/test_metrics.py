import pytest

from muster.backends.memory.evaluate import Scene, holds
from muster.backends.memory.metrics import draw, in_window, stored_values
from muster.compiler.expr import TRUE, Compare, Count, EventMetric, Events, TimeWindow
from muster.compiler.moments import Instant
from tests.cases import CLOCK, NOW, Case, event, num
from tests.metric_cases import CASES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_metric(case: Case) -> None:
    assert holds(case.expr, Scene(case.profile, case.events, case.clock)) is case.expected


def test_cases_have_names_of_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_draw_keeps_the_events_that_count() -> None:
    metric = EventMetric(Events(("buy",)), TRUE, TimeWindow(Instant(NOW - 5)), Count(), Compare("gte", num(1)))
    events = [
        event(NOW - 6),
        event(NOW - 5),
        event(NOW - 1),
        event(NOW),
        event(NOW - 2, {"p": 1}),
        event(NOW - 3, name="x"),
    ]

    drawn = draw(metric, events, lambda seen: not seen.properties, CLOCK)

    assert drawn.events == (event(NOW - 5), event(NOW - 1))
    assert drawn.value.elements[0].views == {"num": 2}


def test_a_window_never_reaches_as_of_even_if_its_end_does() -> None:
    window = TimeWindow(Instant(0), Instant(NOW + 10))

    assert [in_window(instant, window, CLOCK) for instant in (-1, 0, NOW - 1, NOW, NOW + 5)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_stored_values_tell_kinds_apart_and_leave_out_what_has_none() -> None:
    seen = event(0, {"p": [1, "1", True, {"a": 1}, [1], None]})

    assert stored_values(seen, ("p",)) == {("num", 1), ("str", "1"), ("bool", True)}
