"""Loading much at once: messages go to the projector by themselves, past the inbox, and files become messages first.

Kept apart from ingest, which answers each message when it is on disk. A load is one caller's: each batch is taken in,
decided and noted as done in one transaction, so a load that was broken off goes on where it was; and as every message
has an id of its own that is the same each time, beginning again from the start changes nothing either.

Ways to go wrong, each with a test: a row that counts twice because it had no id, a file that was changed between two
halves, a bad message that ends the load.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.tables.chunks import chunks
from muster.compiler.moments import from_micros
from muster.runtime.files import Source
from muster.runtime.ledger import jobs
from muster.runtime.ledger.database import Connection, Ledger
from muster.runtime.ledger.projects import ProjectRecord, now
from muster.runtime.store.ingest import Answer
from muster.runtime.store.projector import Projector

Progress = Callable[[str, int], None]
_BATCH = 4096
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: messages accepted, known already and rejected, with the first rejects and their places.

    `skipped`: messages that an earlier, broken off load of the same had done.
    """

    accepted: int
    duplicates: int
    rejected: int
    skipped: int
    rejects: tuple[tuple[int, Answer], ...]


def load(
    ledger: Ledger,
    project: ProjectRecord,
    projector: Projector,
    messages: Iterable[Json],
    *,
    name: str = "",
    progress: Progress | None = None,
) -> Loaded:
    """Load messages in their order; those of a load of that name that were done before are passed over."""
    key = hashlib.sha256(name.encode()).hexdigest()[:32] if name else ""
    with ledger.read() as connection:
        done = jobs.progress_of(connection, project.id, "load", key) if key else 0
    at, accepted, duplicates = 0, 0, 0
    rejects: list[tuple[int, Answer]] = []
    rejected = 0
    for batch in chunks(messages, _BATCH):
        at += len(batch)
        if at <= done:
            continue
        answers = projector.load(batch, now(), _noted(project, key, at))
        accepted += sum(answer.status == "accepted" for answer in answers)
        duplicates += sum(answer.status == "duplicate" for answer in answers)
        for offset, answer in enumerate(answers, start=at - len(batch)):
            if answer.status == "rejected":
                rejected += 1
                rejects += [(offset, answer)] if len(rejects) < _LISTED else []
        if progress is not None:
            progress(name or "messages", at)
    return Loaded(accepted, duplicates, rejected, min(done, at), tuple(rejects))


def _noted(project: ProjectRecord, key: str, at: int) -> Callable[[Connection], None]:
    def note(connection: Connection) -> None:
        if key:
            jobs.note_progress(connection, project.id, "load", key, at)

    return note


def messages_of(source: Source, name: str) -> Iterator[dict[str, Json]]:
    """Give what files hold as messages: people identify, events are tracked; `name` makes their ids their own."""
    ids = (f"{hashlib.sha256(name.encode()).hexdigest()[:16]}-{number}" for number in count())
    owners: dict[int, dict[str, str]] = {}
    for row in source.profiles:
        owners[row.pid] = {"anonymousId" if row.is_anonymous else "userId": row.external_id}
        yield from _identifies(row, owners[row.pid], ids)
    for event in source.events:
        yield _track(event, owners[event.pid], ids)


def _identifies(row: ProfileRow, who: dict[str, str], ids: Iterator[str]) -> Iterator[dict[str, Json]]:
    seen = [each for each in (row.first_seen, row.last_seen) if each is not None]
    times: list[int | None] = [*dict.fromkeys(seen)] or [None]
    for micros in times:
        message: dict[str, Json] = {"type": "identify", **who, "messageId": next(ids)}
        if micros is None:
            # A person of whom no time is known: traits are as of the epoch, so that whatever is said later counts.
            message |= {"timestamp": from_micros(0).isoformat(), "context": {"active": False}}
        else:
            message["timestamp"] = from_micros(micros).isoformat()
        if micros == times[-1]:
            message["traits"] = dict(row.traits)
        yield message


def _track(event: EventRow, who: dict[str, str], ids: Iterator[str]) -> dict[str, Json]:
    return {
        "type": "track",
        **who,
        "messageId": next(ids) if not event.mid else event.mid,
        "event": event.event,
        "timestamp": from_micros(event.ts).isoformat(),
        "properties": dict(event.properties),
    }
