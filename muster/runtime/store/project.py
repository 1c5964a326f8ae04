"""A project of a store: what comes in, who is there, who is in an audience, and why.

The door to everything that a store does for one project; each thing is done in a module of its own. What is read is
up to date with what was acknowledged before, unless an age is given that it may have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from muster.backends.base import EventRow, Json, Limits, ProfileRow
from muster.backends.tables.scalars import nfc
from muster.compiler.diagnostics import MusterError
from muster.compiler.messages import ingest as told
from muster.compiler.messages import keeping as say
from muster.compiler.moments import from_micros, to_micros
from muster.runtime.clock import AsOf, to_clock
from muster.runtime.compilation import RuleSource, to_rule
from muster.runtime.evaluation import Evaluation, evaluate
from muster.runtime.exact_json import decode
from muster.runtime.ledger import dead_letters
from muster.runtime.ledger.database import Ledger
from muster.runtime.ledger.dead_letters import DeadLetter
from muster.runtime.ledger.notices import Notice
from muster.runtime.ledger.projects import ProjectRecord, now
from muster.runtime.store.audiences import Audiences, meaning_today
from muster.runtime.store.ingest import Answer, ingest
from muster.runtime.store.loading import Loaded, Progress, load
from muster.runtime.store.membership import Compiler, Membership, PersonExplanation, explain, memberships
from muster.runtime.store.pages import MembersPage, from_cursor, page_of, to_cursor
from muster.runtime.store.profiles import Profile, ProfilePage, find_page, find_person, profile_of
from muster.runtime.store.projector import Projector, with_properties


@dataclass(frozen=True, slots=True)
class Difference:
    """What an edit of a rule does: how many were and will be members, who joins and who leaves, with examples."""

    before: int
    after: int
    joins: int
    leaves: int
    joining: tuple[str, ...]
    leaving: tuple[str, ...]


class NobodyError(MusterError, LookupError):
    """Nobody has that id."""


class Project:
    """One project of an open store. Threads may share it."""

    def __init__(self, ledger: Ledger, record: ProjectRecord, projector: Projector, woken: Callable[[], None]) -> None:
        self._ledger = ledger
        self._projector = projector
        self._woken = woken
        self._audiences = Audiences(ledger, record, lambda: projector.engine.schema)
        self._compiler = Compiler()
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

    def load(self, messages: Iterable[Json], *, name: str = "", progress: Progress | None = None) -> Loaded:
        """Take in many messages, faster than `ingest` does: it is on disk when this returns, a batch at a time before.

        `name` is what a load is known by: one of that name that was broken off goes on where it was. `progress` hears
        it, and how many messages are done.
        """
        return load(self._ledger, self.record, self._projector, messages, name=name, progress=progress)

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
    @property
    def audiences(self) -> Audiences:
        """The audiences that are kept: create, get, list, update, delete; rules refer to one by `in audience "VIP"`."""
        return self._audiences

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
        library = self._audiences.library()
        return evaluate(
            meaning_today(to_rule(rule), library),
            self._projector.engine,
            as_of=as_of,
            timezone=timezone or self.record.timezone,
            params=params,
            audiences=library.rules,
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

    def members_page(
        self,
        rule: RuleSource,
        *,
        limit: int = 1000,
        cursor: str | None = None,
        timezone: str | None = None,
        params: Mapping[str, object] | None = None,
    ) -> MembersPage:
        """Give some members, and the cursor for the next ones; all pages are as of the instant of the first."""
        as_of, after = (None, None) if cursor is None else from_cursor(cursor, int, str)
        instant = None if as_of is None else from_micros(as_of)
        evaluation = self.evaluate(rule, as_of=instant, timezone=timezone, params=params)
        found = evaluation.members()
        ids, last = page_of(found, after, limit)
        at = evaluation.clock.as_of
        return MembersPage(tuple(ids), len(found), from_micros(at), None if last is None else to_cursor(at, last))

    def preview(self, rule: RuleSource, *, size: int = 10, as_of: AsOf = None) -> tuple[PersonExplanation, ...]:
        """Explain some members: spread over all of them, the same ones each time."""
        evaluation = self.evaluate(rule, as_of=as_of)
        found = evaluation.members()
        picked = (
            [found[at * len(found) // size].as_py() for at in range(size)] if len(found) > size else found.to_pylist()
        )
        return tuple(self._explained(evaluation, each) for each in dict.fromkeys(picked))

    def diff(self, old: RuleSource, new: RuleSource, *, examples: int = 10, as_of: AsOf = None) -> Difference:
        """Tell who would join and who would leave if one rule took the place of the other."""
        before, after = (self.evaluate(rule, as_of=as_of) for rule in (old, new))
        if as_of is None:
            after = replace(after, clock=before.clock)
        was, will_be = (set(each.members().to_pylist()) for each in (before, after))
        joins, leaves = sorted(will_be - was), sorted(was - will_be)
        return Difference(
            len(was), len(will_be), len(joins), len(leaves), tuple(joins[:examples]), tuple(leaves[:examples])
        )

    # --- people -------------------------------------------------------------------------------------------------
    def profile(self, external_id: str, *, max_age: float | None = None) -> Profile | None:
        """Tell what is known of who has an id: a user, an anonymous person, or the user whom that id became."""
        self.sync(max_age)
        with self._ledger.read() as connection:
            known = find_person(connection, self.record, nfc(external_id))
            return None if known is None else profile_of(connection, self.record, known)

    def profiles(self, *, limit: int = 50, cursor: str | None = None, containing: str | None = None) -> ProfilePage:
        """List people by when they first came, or those with a text in their id or in a trait; with a cursor."""
        self.sync()
        (after,) = (0,) if cursor is None else from_cursor(cursor, int)
        with self._ledger.read() as connection:
            found, last = find_page(connection, self.record, after=after, limit=limit, containing=containing)
            shown = tuple(profile_of(connection, self.record, known) for known in found)
        return ProfilePage(shown, None if last is None else to_cursor(last))

    def memberships(self, external_id: str, *, as_of: AsOf = None) -> tuple[Membership, ...]:
        """Tell of each audience that is kept whether a person is in it; raises NobodyError."""
        rows = self.rows_of(external_id)
        library, schema = self._audiences.library(), self._projector.engine.schema
        meanings = self._compiler.compile_all(library.rules, schema)
        clock = to_clock(as_of, self.record.timezone)
        return memberships(self._audiences.list(), meanings, rows, clock, schema)

    def explain(
        self,
        rule: RuleSource,
        external_id: str,
        *,
        as_of: AsOf = None,
        timezone: str | None = None,
        params: Mapping[str, object] | None = None,
    ) -> PersonExplanation:
        """Tell why a person is in an audience or not, and until when; raises NobodyError."""
        return self._explained(self.evaluate(rule, as_of=as_of, timezone=timezone, params=params), external_id)

    def _explained(self, evaluation: Evaluation, external_id: str) -> PersonExplanation:
        rows = self.rows_of(external_id)
        return explain(evaluation.compiled, rows, evaluation.clock, evaluation.engine.schema)

    def rows_of(self, external_id: str, *, max_age: float | None = None) -> tuple[ProfileRow, tuple[EventRow, ...]]:
        """Give a person and their events as the reference evaluator takes them; raises NobodyError."""
        self.sync(max_age)
        with self._ledger.read() as connection:
            known = find_person(connection, self.record, nfc(external_id))
        if known is None:
            raise NobodyError(say.nobody(external_id))
        events = self._projector.engine.events_of([known.pid])
        return known.row(), tuple(map(with_properties, events))

    def declare(self, trait: str, *, single: bool) -> None:
        """Declare that a trait holds one value, so that a list in it is a mismatch; or take that back."""
        self._projector.declare(tuple(nfc(trait).split(".")), single=single)

    # --- what was rejected --------------------------------------------------------------------------------------
    def rejects(self, *, after: int = 0, limit: int = 100) -> list[DeadLetter]:
        """List messages that were rejected, the oldest first, those after an id."""
        with self._ledger.read() as connection:
            return dead_letters.find_letters(connection, self.record.id, after, limit)

    def replay(self, letters: Iterable[DeadLetter]) -> list[Answer]:
        """Send rejected messages again, as they were; those that are accepted or duplicates are rejects no more."""
        sent = list(letters)
        answers = self.ingest([decode(letter.message) if letter.message else None for letter in sent])
        done = [letter.id for letter, answer in zip(sent, answers, strict=True) if answer.status != "rejected"]
        again = [letter.id for letter, answer in zip(sent, answers, strict=True) if answer.status == "rejected"]
        with self._ledger.write() as connection:
            dead_letters.remove_letters(connection, self.record.id, [*done, *again])
        return answers

    def __repr__(self) -> str:
        """Name it."""
        return f"<Project {self.record.org}/{self.record.name}>"
