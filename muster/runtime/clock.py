"""Reading an `as_of` from people: an aware datetime, ISO text or a date; by default the next whole second."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from muster.compiler.diagnostics import RuleError
from muster.compiler.messages import meaning
from muster.compiler.messages.document import found
from muster.compiler.moments import Clock, local_to_micros, to_micros, zone

AsOf = datetime | date | str | None
# Far enough from the ends of what a datetime holds for any zone's offset.
_FIRST_YEAR, _LAST_YEAR = 2, 9998


def to_clock(as_of: AsOf = None, timezone: str = "UTC") -> Clock:
    """Make a Clock; an explicit `as_of` is exact, a date or a datetime text without offset is local to `timezone`.

    Raises RuleError (E36) for an unknown zone, for a naive datetime, which might be local to the machine or UTC, and
    for what is no time.
    """
    try:
        zone(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise RuleError([meaning.time_zone(str(timezone))]) from None
    if as_of is None:
        # The next whole second, so that an event written just now counts.
        return Clock(to_micros((datetime.now(UTC) + timedelta(seconds=1)).replace(microsecond=0)), timezone)
    return Clock(_micros(as_of, timezone), timezone)


def _micros(as_of: datetime | date | str, timezone: str) -> int:
    if isinstance(as_of, datetime) and as_of.tzinfo is None:
        raise RuleError([meaning.naive_as_of(as_of.isoformat())])
    if not isinstance(as_of, (date, str)):  # a datetime is a date; what Python lets through is not checked before
        raise RuleError([meaning.as_of(found(as_of))])
    instant = _read(as_of) if isinstance(as_of, str) else as_of
    if not isinstance(instant, datetime):
        instant = datetime(instant.year, instant.month, instant.day)  # noqa: DTZ001 (local midnight, placed below)
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise RuleError([meaning.as_of_range(instant.isoformat(), _FIRST_YEAR, _LAST_YEAR)])
    return local_to_micros(instant, timezone) if instant.tzinfo is None else to_micros(instant)


def _read(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RuleError([meaning.as_of(found(text))]) from None
