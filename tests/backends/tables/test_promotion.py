"""Names get columns by use, then by fill, the same ones whatever order they came in."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.tables.promotion import ANY_NUMBER, PROPERTIES, TRAITS, Fill, Room, promoted
from muster.compiler.values import KINDS

FILL: Fill = {(("a",), "str"): 5, (("b",), "str"): 9, (("b",), "num"): 2, (("c", "d"), "bool"): 5, (("e",), "time"): 1}
SLOTS = st.tuples(st.tuples(st.sampled_from("abcdef")), st.sampled_from(KINDS))


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (Room(0), []),
        (Room(1), [(("b",), "str")]),
        (Room(2), [(("b",), "str"), (("a",), "str")]),
        (Room(2, frozenset({("e",)})), [(("e",), "time"), (("b",), "str")]),
        (Room(2, frozenset({("b",), ("e",), ("unknown",)})), [(("b",), "str"), (("b",), "num")]),
        (Room(9), list(FILL)),
        (ANY_NUMBER, list(FILL)),
    ],
)
def test_used_names_come_first_and_then_the_most_filled(room: Room, expected: list[object]) -> None:
    assert promoted(FILL, room) == frozenset(expected)


@given(st.dictionaries(SLOTS, st.integers(1, 3)), st.integers(0, 8), st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_order(fill: Fill, columns: int, random: Random) -> None:
    entries = list(fill.items())
    random.shuffle(entries)
    room = Room(columns, frozenset({("a",)}))

    chosen = promoted(fill, room)

    assert chosen == promoted(dict(entries), room)
    assert len(chosen) == min(columns, len(fill))
    left = fill.keys() - chosen
    assert not any((("a",) in {path for path, _ in left}) and path != ("a",) for path, _ in chosen)
    used = [slot for slot in fill if slot[0] == ("a",)]
    rest = [fill[slot] for slot in chosen if slot not in used]
    assert all(fill[slot] <= min(rest, default=99) for slot in left if slot not in used)


def test_what_is_taken_leaves_less_room() -> None:
    used = frozenset({("a",)})

    assert [Room(3, used).without(taken) for taken in (0, 2, 5)] == [Room(3, used), Room(1, used), Room(0, used)]
    assert ANY_NUMBER.without(5) is ANY_NUMBER


def test_a_table_of_events_has_less_room_than_one_of_people() -> None:
    assert (TRAITS.columns, PROPERTIES.columns) == (200, 64)
