from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import EventRow
from muster.backends.memory.evaluate import Scene, holds
from muster.backends.memory.sequences import ends_of_sequence
from muster.compiler.expr import EVER, TRUE, Events, SequenceMatch, SequenceStep
from tests.cases import CLOCK, NOW, Case, event, person
from tests.sequence_cases import CASES

_STEPS = st.builds(
    SequenceStep,
    st.sampled_from([Events(("A",)), Events(("B",)), Events(())]),
    st.just(TRUE),
    st.none() | st.integers(1, 4),
    st.none() | st.just(("p",)),
)
_EVENTS = st.lists(
    st.builds(
        lambda name, before, value: EventRow(1, name, NOW - before, "", {} if value is None else {"p": value}),
        st.sampled_from("AB"),
        st.integers(-1, 8),
        st.none() | st.integers(1, 2),
    ),
    max_size=7,
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sequence(case: Case) -> None:
    assert holds(case.expr, Scene(case.profile, case.events, case.clock)) is case.expected


def test_cases_have_names_of_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_end_of_a_sequence_is_found() -> None:
    sequence = SequenceMatch((SequenceStep(Events(("A",)), TRUE), SequenceStep(Events(("B",)), TRUE)), EVER)
    events = [event(NOW - at, name=name) for name, at in (("B", 5), ("A", 4), ("B", 3), ("A", 2), ("B", 1))]

    ends = ends_of_sequence(sequence, events, lambda *_: True, CLOCK)

    assert [NOW - end.ts for end in ends] == [3, 1]


@given(st.lists(_STEPS, min_size=2, max_size=3), _EVENTS)
def test_following_links_agrees_with_trying_every_tuple_of_events(
    steps: list[SequenceStep], events: list[EventRow]
) -> None:
    def is_chain(chain: tuple[EventRow, ...]) -> bool:
        return all(
            before.ts < after.ts
            and (step.within is None or after.ts - before.ts <= step.within)
            and (step.same is None or (before.properties.get("p", 0) == after.properties.get("p", -1)))
            for (before, after), step in zip(pairwise(chain), steps[1:], strict=True)
        ) and all(
            one.ts < NOW and one.event in (step.events.names or "AB") for one, step in zip(chain, steps, strict=True)
        )

    ordered = sorted(events, key=lambda one: one.ts)
    expected = any(is_chain(chain) for chain in combinations(ordered, len(steps)))

    assert holds(SequenceMatch(tuple(steps), EVER), Scene(person(), tuple(events), CLOCK)) is expected
