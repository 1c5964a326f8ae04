"""Windows of time that no event of the data lies in: an answer of nobody, or of everyone, that is about the clock.

Kept apart from the lints, which know no clock. It could go wrong by telling of a window that merely touches the data,
or of one that is empty by itself, which is told elsewhere (L208).
"""

from __future__ import annotations

from collections.abc import Iterator

from muster.compiler.diagnostics import Diagnostic, Origin
from muster.compiler.expr import EventMetric, Expr, SequenceMatch, TimeWindow, walk
from muster.compiler.messages import knowledge
from muster.compiler.moments import MAX_MICROS, MIN_MICROS, Clock, bind_moment, from_micros
from muster.compiler.values import UNIT_MICROS

_LAST_DAY = MAX_MICROS - UNIT_MICROS["d"]

Times = tuple[int, int]  # the first and the last event of the data, in UTC microseconds


def outside(expr: Expr, times: Times | None, clock: Clock) -> tuple[Diagnostic, ...]:
    """Tell of each window of an expression that lies wholly before or after all events (L209); each once."""
    if times is None:
        return ()
    first, last = times
    found: dict[Times, Diagnostic] = {}
    for window, origin in _windows(expr):
        start = MIN_MICROS if window.start is None else bind_moment(window.start, clock)
        end = min(bind_moment(window.end, clock), clock.as_of)
        if start < end and (end <= first or start > last):
            found.setdefault((start, end), _told(window, (start, end), times, origin))
    return tuple(found.values())


def _told(window: TimeWindow, bound: Times, times: Times, origin: Origin | None) -> Diagnostic:
    start, end = map(_spelled, bound)
    first, last = map(_spelled, times)
    is_after = bound[0] > times[1] and times[1] < _LAST_DAY
    recent = from_micros(times[1] + UNIT_MICROS["d"]).date().isoformat() if is_after else None
    return knowledge.window_outside((None if window.start is None else start, end), (first, last), recent, origin)


def _spelled(micros: int) -> str:
    return from_micros(micros).isoformat(" ", "minutes").removesuffix("+00:00")


def _windows(expr: Expr) -> Iterator[tuple[TimeWindow, Origin | None]]:
    for node in walk(expr):
        if isinstance(node, (EventMetric, SequenceMatch)):
            yield node.window, node.origin
