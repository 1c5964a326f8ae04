"""Scans of a plan as SQL: which of the two kinds it is."""

from __future__ import annotations

from typing import assert_never

from muster.backends.sql.metrics import Builder, event_scan
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations
from muster.backends.sql.sequences import sequence_scan
from muster.compiler.plan import EventScan, Scan, SequenceScan


def scan_builder(scan: Scan, scope: Scope, relations: Relations) -> Builder | None:
    """Give what makes the SELECT of the people in a scan; None where nobody can be."""
    match scan:
        case EventScan():
            return event_scan(scan, scope)
        case SequenceScan():
            return sequence_scan(scan, scope, relations.add_step)
        case _:
            assert_never(scan)


__all__ = ["Builder", "scan_builder"]
