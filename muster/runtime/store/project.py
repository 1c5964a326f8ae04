"""A project of a store: what comes in, who is there, who is in an audience, and why.

The door to everything that a store does for one project; each thing is done in a module of its own. What is read is
up to date with what was acknowledged before, unless an age is given that it may have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from muster.backends.base import EventRow, Json, Limits, ProfileRow
from muster.backends.tables.scalars import nfc
from muster.compiler.diagnostics import MusterError
from muster.compiler.messages import ingest as told
from muster.compiler.messages import keeping as say
from muster.compiler.moments import to_micros
from muster.runtime.clock import AsOf
from muster.runtime.compilation import RuleSource
from muster.runtime.evaluation import Evaluation, evaluate
from muster.runtime.ledger import people
from muster.runtime.ledger.database import Ledger
from muster.runtime.ledger.notices import Notice
from muster.runtime.ledger.people import Known
from muster.runtime.ledger.projects import ProjectRecord, now
from muster.runtime.store.ingest import Answer, ingest
from muster.runtime.store.profiles import Profile, find_person, profile_of
from muster.runtime.store.projector import Projector, with_properties


class NobodyError(MusterError, LookupError):
    """Nobody has that id."""


class Project:
    """One project of an open store. Threads may share it."""

    def __init__(self, ledger: Ledger, record: ProjectRecord, projector: Projector, woken: Callable[[], None]) -> None:
        self._ledger = ledger
        self._projector = projector
        self._woken = woken
        self.record = record

    # --- what comes in ------------------------------------------------------------------------------------------
    def ingest(self, messages: Iterable[Json], *, received: datetime | None = None) -> list[Answer]:
        """Take in Segment-shaped messages; what is accepted is on disk when this returns.

        One answer a message, in order. A message that comes again, by its `messageId`, is a duplicate and changes
        nothing. `received` is when they came, by default now. Raises LedgerError, and then none was taken in.
        """
        if isinstance(messages, (str, bytes, Mapping)):
            raise TypeError(told.not_messages(type(messages).__name__))
        came = now() if received is None else to_micros(received)
        try:
            answers = ingest(self._ledger, self.record, messages, came, self._projector.recent)
        finally:
            self._projector.wake()  # after a failure too: who knows what was committed
        self._woken()
        return answers

    def register_device(self, external_id: str, token: str, platform: str | None = None) -> Answer:
        """Note a push token of a user: it is theirs from now on, whoever had it."""
        device = {"token": token} if platform is None else {"token": token, "type": platform}
        message = {"type": "identify", "userId": external_id, "context": {"device": device, "active": False}}
        (answer,) = self.ingest([message])
        return answer

    def on_takeover(self, listener: Callable[[Notice], None]) -> None:
        """Have a function told when an anonymous id becomes a user's, at least once for each.

        `notice.detail` has `anonymousId`, `userId` and `profileId`.
        """

        def hear(notice: Notice) -> None:
            if notice.kind == "profile.takeover":
                listener(notice)

        self._projector.listen(hear)

    def sync(self, max_age: float | None = None) -> None:
        """Bring people and tables up to date, unless they were at most `max_age` seconds ago."""
        if max_age is None or time.monotonic() - self._projector.synced > max_age:
            self._projector.sync()

    # --- audiences ----------------------------------------------------------------------------------------------
    def evaluate(
        self,
        rule: RuleSource,
        *,
        as_of: AsOf = None,
        timezone: str | None = None,
        params: Mapping[str, object] | None = None,
        strict: bool = False,
        limits: Limits | None = None,
        max_age: float | None = None,
    ) -> Evaluation:
        """Compile a rule against what the project holds, ready to count or list; raises RuleError."""
        self.sync(max_age)
        return evaluate(
            rule,
            self._projector.engine,
            as_of=as_of,
            timezone=timezone or self.record.timezone,
            params=params,
            strict=strict,
            limits=limits,
        )

    def count(
        self,
        rule: RuleSource,
        *,
        as_of: AsOf = None,
        timezone: str | None = None,
        params: Mapping[str, object] | None = None,
        max_age: float | None = None,
    ) -> int:
        """Count who is in an audience; `max_age` is how many seconds old the answer may be."""
        return self.evaluate(rule, as_of=as_of, timezone=timezone, params=params, max_age=max_age).count()

    def members(
        self,
        rule: RuleSource,
        *,
        as_of: AsOf = None,
        timezone: str | None = None,
        params: Mapping[str, object] | None = None,
        max_age: float | None = None,
    ) -> Iterator[str]:
        """Give the external ids of who is in an audience, each profile once, sorted by code point."""
        found = self.evaluate(rule, as_of=as_of, timezone=timezone, params=params, max_age=max_age).members()
        return (identity.as_py() for chunk in found.chunks for identity in chunk)

    # --- people -------------------------------------------------------------------------------------------------
    def profile(self, external_id: str, *, max_age: float | None = None) -> Profile | None:
        """Tell what is known of who has an id: a user, an anonymous person, or the user whom that id became."""
        self.sync(max_age)
        with self._ledger.read() as connection:
            known = find_person(connection, self.record, nfc(external_id))
            return None if known is None else profile_of(connection, self.record, known)

    def rows_of(self, external_id: str, *, max_age: float | None = None) -> tuple[ProfileRow, tuple[EventRow, ...]]:
        """Give a person and their events as the reference evaluator takes them; raises NobodyError."""
        known = self._known(external_id, max_age)
        events = self._projector.engine.events_of([known.pid])
        return known.row(), tuple(map(with_properties, events))

    def _known(self, external_id: str, max_age: float | None) -> Known:
        self.sync(max_age)
        with self._ledger.read() as connection:
            known = find_person(connection, self.record, nfc(external_id))
        if known is None:
            raise NobodyError(say.nobody(external_id))
        return known

    def __repr__(self) -> str:
        """Name it."""
        return f"<Project {self.record.org}/{self.record.name}>"


__all__ = ["NobodyError", "Project", "people"]
