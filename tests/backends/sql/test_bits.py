"""Scans as bits: each has a place of its own, and a person without a row has none of them."""

from __future__ import annotations

from muster.backends.sql.bits import WORD_BITS, bits_of
from muster.backends.sql.logic import render
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations
from muster.compiler.expr import EVER, FALSE, TRUE, Compare, Count, Events, Pick, Reduce
from muster.compiler.plan import EventScan, Having
from tests.cases import num
from tests.sql_text import DIALECT, SCHEMA

BUY = Events(("buy",))
ABOVE = Compare("gt", num(3))


def scope() -> Scope:
    return Scope(SCHEMA, DIALECT, Parameters(DIALECT.parameter))


def test_every_scan_has_a_bit_but_one_that_nobody_is_in() -> None:
    scans = [EventScan(BUY, TRUE, EVER), EventScan(BUY, FALSE, EVER), EventScan(Events(("see",)), TRUE, EVER)]
    bits = bits_of(scans, scope(), Relations(SCHEMA))

    assert bits.positions == {0: 0, 2: 1}
    assert bits.test(1) is False
    assert DIALECT.write(render(bits.test(2))) == "(l.bits_0 & 2) <> 0"


def test_the_bit_after_the_last_of_a_word_is_the_first_of_the_next() -> None:
    scans = [EventScan(Events((f"e{number}",)), TRUE, EVER) for number in range(WORD_BITS + 1)]
    bits = bits_of(scans, scope(), Relations(SCHEMA))

    assert DIALECT.write(render(bits.test(WORD_BITS - 1))) == f"(l.bits_0 & {1 << (WORD_BITS - 1)}) <> 0"
    assert DIALECT.write(render(bits.test(WORD_BITS))) == "(l.bits_1 & 1) <> 0"


def test_only_what_is_asked_for_is_read() -> None:
    scans = [EventScan(BUY, TRUE, EVER), EventScan(Events(("see",)), TRUE, EVER)]
    bits = bits_of(scans, scope(), Relations(SCHEMA))
    sql = DIALECT.write(bits.relation([1]))

    assert sql.count("FROM events") == 1
    assert "UNION" not in sql


def test_what_takes_lists_apart_or_picks_an_event_is_read_by_itself() -> None:
    scans = [
        EventScan(BUY, TRUE, EVER, Having(Count(), ABOVE)),
        EventScan(BUY, TRUE, EVER, Having(Reduce("sum", ("amount",)), ABOVE)),
        EventScan(BUY, TRUE, EVER, Having(Reduce("sum", ("tags",)), ABOVE)),
        EventScan(BUY, TRUE, EVER, Having(Pick("first", ("amount",)), ABOVE)),
    ]
    bits = bits_of(scans, scope(), Relations(SCHEMA))

    assert [len(arm.flags) for arm in bits.arms] == [2, 1]  # nobody's tags are numbers
