"""Taking messages in: each is accepted, known already, or rejected with a reason; what is accepted is on disk.

Kept apart from what messages do to people, which the projector decides later and in order. One bad message never
keeps others out. What is rejected can be looked at and sent again (`dead_letters`); only of people who were erased
nothing is kept, not even that.

Ways to go wrong, each with a test: an answer before the commit, a bad message that takes its batch along, an id that
counts as seen though its message was rejected, a message of somebody erased that is kept as rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from muster.backends.base import Json
from muster.compiler.messages import ingest as say
from muster.runtime.exact_json import decode, encode
from muster.runtime.identity import Owner
from muster.runtime.ledger import dead_letters, inbox
from muster.runtime.ledger.database import Connection, Ledger, lock_project
from muster.runtime.ledger.dead_letters import DeadLetter
from muster.runtime.ledger.projects import ProjectRecord
from muster.runtime.ledger.tombstones import buried, has_buried
from muster.runtime.message import Message, RejectCode, Rejection, read_message
from muster.runtime.store.limits import LimitCode, TooLargeError, check_message, check_size
from muster.runtime.store.recent import Recent

Code = RejectCode | LimitCode | Literal["not_json", "gone"]
Status = Literal["accepted", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message. `message_id` is the one it was given where it had none; of a rejected one, its own."""

    status: Status
    message_id: str | None = None
    code: Code | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A message that can be accepted: what it says, its id, and its JSON text."""

    message: Message
    message_id: str
    text: str

    def owners(self) -> list[Owner]:
        """Give everybody whom it names."""
        return owners_of(self.message)


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that cannot, and what there is of it."""

    answer: Answer
    user: str | None
    anonymous: str | None
    text: str

    def owners(self) -> list[Owner]:
        """Give whom it names, as far as that is known."""
        ids = ((False, self.user), (True, self.anonymous))
        return [Owner(is_anonymous, found) for is_anonymous, found in ids if found is not None]


def ingest(
    ledger: Ledger, project: ProjectRecord, messages: Iterable[Json], received: int, recent: Recent
) -> list[Answer]:
    """Take messages in that came at `received`, in their order; raises LedgerError, and then none is taken in."""
    read = read_all(messages, received)
    if not read:
        return []
    with ledger.write() as connection:
        lock_project(connection, project.id)
        judged = judge(connection, project, read, received)
        accepted = [each for each in judged if isinstance(each, Read)]
        is_new = inbox.put(connection, project.id, [(each.message_id, each.text) for each in accepted], received)
    for each, new in zip(accepted, is_new, strict=True):
        if new:
            recent.put(each.message_id, each.message)
    return answers_of(judged, is_new)


def read_all(messages: Iterable[Json], received: int) -> list[Read | Refused]:
    """Read messages that came at an instant, each by itself."""
    return [_read(each, received) for each in messages]


def judge(
    connection: Connection, project: ProjectRecord, read: Sequence[Read | Refused], received: int
) -> list[Read | Refused]:
    """Refuse what is of people who were erased, and keep what is rejected to be looked at."""
    judged = list(read)
    if has_buried(connection, project):
        dead = buried(connection, project, {owner for each in read for owner in each.owners()})
        judged = [_without_the_dead(each, dead) for each in read]
    _keep(connection, project, judged, received)
    return judged


def answers_of(judged: Sequence[Read | Refused], is_new: Sequence[bool]) -> list[Answer]:
    """Give each message its answer; `is_new` tells of those that could be accepted whether they came before."""
    news = iter(is_new)
    return [
        Answer("accepted" if next(news) else "duplicate", each.message_id) if isinstance(each, Read) else each.answer
        for each in judged
    ]


def owners_of(message: Message) -> list[Owner]:
    """Give everybody whom a message names."""
    anonymous = (message.anonymous, message.previous)
    owners = [Owner(is_anonymous=True, id=each) for each in anonymous if each is not None]
    return owners if message.user is None else [Owner(is_anonymous=False, id=message.user), *owners]


def is_dead(message: Message, dead: dict[Owner, int | None]) -> bool:
    """Tell whether somebody whom a message names was erased, and it is not of after they agreed anew."""
    return any(
        owner in dead and ((cutoff := dead[owner]) is None or message.ts <= cutoff) for owner in owners_of(message)
    )


def _read(raw: Json, received: int) -> Read | Refused:
    try:
        text = encode(raw)
        check_size(text)
        parsed = decode(text)  # what is judged is what is kept
    except TooLargeError as error:
        return _refused(raw, error.code, error.reason, "")
    except ValueError as error:
        return _refused(raw, "not_json", say.no_json(str(error)), "")
    try:
        message = read_message(parsed, received)
        check_message(message, text)
    except (Rejection, TooLargeError) as error:
        return _refused(parsed, error.code, error.reason, text)
    return Read(message, message.message_id or str(uuid4()), text)


def _refused(raw: Json, code: Code, reason: str, text: str) -> Refused:
    answer = Answer("rejected", _text_of(raw, "messageId"), code, reason)
    return Refused(answer, _text_of(raw, "userId"), _text_of(raw, "anonymousId"), text)


def _text_of(raw: Json, field: str) -> str | None:
    """Give an id as far as there is one that a database can hold."""
    found = raw.get(field) if isinstance(raw, dict) else None
    if not isinstance(found, (str, int)) or isinstance(found, bool):
        return None
    text = str(found)[:512].encode(errors="replace").decode()
    return text.replace("\0", "\ufffd") or None


def _without_the_dead(read: Read | Refused, dead: dict[Owner, int | None]) -> Read | Refused:
    if isinstance(read, Refused):
        is_theirs = any(owner in dead for owner in read.owners())
        return Refused(replace(read.answer, code="gone", reason=say.gone()), None, None, "") if is_theirs else read
    if not is_dead(read.message, dead):
        return read
    return Refused(Answer("rejected", read.message_id, "gone", say.gone()), None, None, "")


def _keep(connection: Connection, project: ProjectRecord, read: Sequence[Read | Refused], received: int) -> None:
    letters = [
        DeadLetter(
            id=0,
            received=received,
            message_id=each.answer.message_id,
            user_id=each.user,
            anonymous_id=each.anonymous,
            code=each.answer.code or "",
            reason=each.answer.reason or "",
            message=each.text,
        )
        for each in read
        if isinstance(each, Refused) and each.answer.code != "gone"
    ]
    dead_letters.keep(connection, project.id, letters)
