"""Local times of a rule that its time zone does not have, since clocks are put forward past them.

Kept apart from the lints, which know no zone. Such a time is read with the offset before the change, so it is told as
the later time that it becomes. It could go wrong by overlooking a place where a time may stand: every field of every
atom is looked through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.expr import And, Expr, Not, Or, walk
from muster.compiler.messages import knowledge
from muster.compiler.moments import MAX_MICROS, MIN_MICROS, Clock, LocalTime, from_micros, local_to_micros, zone


def skipped_times(expr: Expr, clock: Clock) -> tuple[Diagnostic, ...]:
    """Tell of each local time of an expression that the clock's zone skips (L211); each once."""
    found: dict[str, Diagnostic] = {}
    if clock.timezone == "UTC":
        return ()
    for node in walk(expr):
        for text in () if isinstance(node, (And, Or, Not)) else _local_times(node):
            read_as = _read_as(text, clock.timezone)
            if read_as != datetime.fromisoformat(text):
                shown = read_as.isoformat(timespec="minutes")
                told = knowledge.skipped_time(text, clock.timezone, shown, getattr(node, "origin", None))
                found.setdefault(text, told)
    return tuple(found.values())


def _read_as(text: str, timezone: str) -> datetime:
    """Give what the clocks of a zone show at the instant that a local time is read as."""
    local = datetime.fromisoformat(text)
    micros = local_to_micros(local, timezone)
    if micros in (MIN_MICROS, MAX_MICROS):  # clamped at an end of the calendar, where no clock is changed
        return local
    return from_micros(micros).astimezone(zone(timezone)).replace(tzinfo=None)


def _local_times(value: object) -> Iterator[str]:
    if isinstance(value, LocalTime):
        yield value.text
    elif isinstance(value, tuple):
        for item in value:
            yield from _local_times(item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _local_times(getattr(value, each.name))
