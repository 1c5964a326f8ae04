from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from muster.compiler.code_points import (
    DIGITS,
    LAST_CODE_POINT,
    SPACES,
    WORDS,
    Ranges,
    complement,
    join_ranges,
    other_case,
)

RANGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair))))


def members(ranges: Ranges, end: int = 20) -> set[int]:
    return {point for point in range(end) if any(low <= point <= high for low, high in ranges)}


@given(RANGES)
def test_joining_keeps_the_set_and_leaves_gaps_between(ranges: list[tuple[int, int]]) -> None:
    joined = join_ranges(ranges)

    assert members(joined) == members(tuple(ranges))
    assert all(before[1] + 1 < after[0] for before, after in pairwise(joined))


@given(RANGES)
def test_a_complement_is_everything_else(ranges: list[tuple[int, int]]) -> None:
    joined = join_ranges(ranges)

    assert members(complement(joined)) == set(range(20)) - members(joined)
    assert complement(complement(joined)) == joined


def test_complements_reach_both_ends() -> None:
    assert complement(()) == ((0, LAST_CODE_POINT),)
    assert complement(((0, LAST_CODE_POINT),)) == ()
    assert complement(((0, 5), (LAST_CODE_POINT, LAST_CODE_POINT))) == ((6, LAST_CODE_POINT - 1),)


def test_the_other_case_of_every_ascii_character() -> None:
    for point in range(256):
        char = chr(point)
        other = {ord(char.swapcase())} if char.isascii() and char.isalpha() else set()

        assert members(other_case(((point, point),)), 256) == other


def test_the_other_case_of_a_range_is_cut_at_the_alphabet() -> None:
    assert other_case(((ord("Y"), ord("b")),)) == ((ord("y"), ord("z")), (ord("A"), ord("B")))


def test_named_classes_are_those_of_ascii() -> None:
    ascii_text = [chr(point) for point in range(128)]

    assert members(DIGITS, 300) == {ord(char) for char in ascii_text if char.isdigit()}
    assert members(WORDS, 300) == {ord(char) for char in ascii_text if char.isalnum() or char == "_"}
    assert members(SPACES, 300) == {ord(char) for char in " \t\n\r\f\v"}
