"""A scan of events is one SELECT; a sequence names its steps as well."""

from __future__ import annotations

from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations
from muster.backends.sql.scans import scan_builder
from muster.compiler.expr import EVER, FALSE, TRUE, Events, SequenceStep
from muster.compiler.plan import EventScan, SequenceScan
from tests.sql_text import DIALECT, SCHEMA

BUY, SEE = Events(("buy",)), Events(("see",))


def scope() -> Scope:
    return Scope(SCHEMA, DIALECT, Parameters(DIALECT.parameter))


def test_each_kind_of_scan_gives_people() -> None:
    relations = Relations(SCHEMA, DIALECT)
    plain = scan_builder(EventScan(BUY, TRUE, EVER), scope(), relations)
    steps = (SequenceStep(BUY, TRUE), SequenceStep(SEE, TRUE))
    sequence = scan_builder(SequenceScan(steps, EVER, None), scope(), relations)

    assert plain is not None
    assert sequence is not None
    assert DIALECT.write(plain()) == "SELECT e.pid FROM events AS e WHERE e.event = $p0 AND e.ts < $p1"
    assert "JOIN step_1" in DIALECT.write(sequence())


def test_a_scan_of_what_cannot_be_has_nobody() -> None:
    assert scan_builder(EventScan(BUY, FALSE, EVER), scope(), Relations(SCHEMA, DIALECT)) is None
