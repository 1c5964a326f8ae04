from __future__ import annotations

from muster.compiler.own_tables import COLUMN_HOWS, KIND_OF_COLUMN, KINDS_OF_MEMBER, MEMBER_HOWS, Column, Member, Source


def test_everything_that_a_column_or_member_can_hold_has_kinds() -> None:
    assert set(KIND_OF_COLUMN) == set(COLUMN_HOWS)
    assert set(KINDS_OF_MEMBER) == set(MEMBER_HOWS)


def test_a_member_of_several_things_has_the_kinds_of_all_once() -> None:
    assert Member("held", ("a",), ("num", "str")).kinds == ("num", "str", "bool", "time")
    assert Column("total", "decimal").kinds == ("num",)


def test_a_source_names_the_columns_that_are_read_and_not_shown() -> None:
    source = Source(("t",), {}, only={"team": 1}, unique="mid", latest="version")

    assert source.others == ("team", "mid", "version")
