"""Scans as bits: each has a place of its own, and a person without a row has none of them."""

from __future__ import annotations

from muster.backends.sql.bits import bits_of
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations
from muster.compiler.expr import EVER, FALSE, TRUE, Compare, Count, Events, Pick, Reduce
from muster.compiler.plan import EventScan, Having
from tests.cases import num
from tests.sql_text import DIALECT, SCHEMA

BUY = Events(("buy",))
SEE = Events(("see",))
ABOVE = Compare("gt", num(3))


def scope() -> Scope:
    return Scope(SCHEMA, DIALECT, Parameters(DIALECT.parameter))


def test_every_scan_has_a_bit_but_one_that_nobody_is_in() -> None:
    scans = [EventScan(BUY, TRUE, EVER), EventScan(BUY, FALSE, EVER), EventScan(Events(("see",)), TRUE, EVER)]
    bits = bits_of(scans, scope(), Relations(SCHEMA, DIALECT))

    assert bits.positions == {0: 0, 2: 1}


def test_only_what_is_asked_for_is_read() -> None:
    scans = [EventScan(BUY, TRUE, EVER), EventScan(Events(("see",)), TRUE, EVER)]
    bits = bits_of(scans, scope(), Relations(SCHEMA, DIALECT))
    sql = DIALECT.write(bits.relation([1]))

    assert sql.count("FROM events") == 1
    assert "UNION" not in sql


def test_a_scan_that_is_left_alone_gives_each_person_one_row() -> None:
    scans = [EventScan(BUY, TRUE, EVER), EventScan(BUY, TRUE, EVER, Having(Count(), ABOVE)), EventScan(SEE, TRUE, EVER)]
    bits = bits_of(scans, scope(), Relations(SCHEMA, DIALECT))

    assert DIALECT.write(bits.relation([2])).endswith("AS w GROUP BY w.pid")  # one row an event inside
    assert DIALECT.write(bits.relation([0, 1])).endswith("GROUP BY e.pid")


def test_what_takes_lists_apart_or_picks_an_event_is_read_by_itself() -> None:
    scans = [
        EventScan(BUY, TRUE, EVER, Having(Count(), ABOVE)),
        EventScan(BUY, TRUE, EVER, Having(Reduce("sum", ("amount",)), ABOVE)),
        EventScan(BUY, TRUE, EVER, Having(Reduce("sum", ("tags",)), ABOVE)),
        EventScan(BUY, TRUE, EVER, Having(Pick("first", ("amount",)), ABOVE)),
    ]
    bits = bits_of(scans, scope(), Relations(SCHEMA, DIALECT))

    assert [len(arm.flags) for arm in bits.arms] == [2, 1]  # nobody's tags are numbers
