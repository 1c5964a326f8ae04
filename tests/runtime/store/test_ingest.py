"""Taking messages in: accepted, duplicate or rejected, each by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from muster.runtime.ledger import inbox
from muster.runtime.ledger.database import LedgerError
from muster.runtime.store.limits import MAX_KEY, MAX_MESSAGE_BYTES, MAX_TEXT
from muster.runtime.store.project import Project
from muster.runtime.store.store import open_store

TRACK: dict[str, Any] = {"type": "track", "event": "buy", "userId": "u1"}


def test_each_message_has_an_answer_and_a_bad_one_keeps_no_other_out(project: Project) -> None:
    answers = project.ingest(
        [
            {**TRACK, "messageId": "m1"},
            {"type": "trak"},
            {**TRACK, "messageId": "m1", "event": "other"},
            "text",
            {**TRACK, "messageId": 5},
        ]
    )

    assert [(each.status, each.code) for each in answers] == [
        ("accepted", None),
        ("rejected", "unknown_type"),
        ("duplicate", None),
        ("rejected", "not_an_object"),
        ("accepted", None),
    ]
    assert [each.message_id for each in answers] == ["m1", None, "m1", None, "5"]
    assert project.count("did buy") == 1
    assert project.count("did other") == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({**TRACK, "properties": {"x": object()}}, "not_json"),
        ({**TRACK, "properties": {"x": "\ud800"}}, "not_json"),
        ({**TRACK, "properties": {"x": "a\0b"}}, "unstorable"),
        ({**TRACK, "properties": {"x": "y" * (MAX_TEXT + 1)}}, "text_too_long"),
        ({**TRACK, "properties": {"x": "y" * MAX_MESSAGE_BYTES}}, "message_too_large"),
        ({**TRACK, "properties": {"k" * (MAX_KEY + 1): 1}}, "key_too_long"),
        ({**TRACK, "properties": {"deep": {"k" * (MAX_KEY + 1): 1}}}, "key_too_long"),
        ({**TRACK, "properties": {f"k{number}": 1 for number in range(501)}}, "too_many_keys"),
        ({**TRACK, "event": "e" * 256}, "name_too_long"),
        ({**TRACK, "userId": "u" * 513}, "id_too_long"),
        ({**TRACK, "messageId": "u" * 513}, "id_too_long"),
        ({**TRACK, "context": {"device": {"token": "t" * 4097}}}, "id_too_long"),
        ({**TRACK, "userId": None}, "missing_identity"),
        ({**TRACK, "event": ""}, "missing_event"),
        ({**TRACK, "timestamp": "yesterday"}, "wrong_field"),
        ({**TRACK, "properties": []}, "wrong_field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_in_has_a_code_and_is_kept_to_be_looked_at(
    project: Project, message: dict[str, Any], code: str
) -> None:
    (answer,) = project.ingest([message])

    assert (answer.status, answer.code) == ("rejected", code)
    assert answer.reason
    (letter,) = project.rejects()
    assert letter.code == code
    assert project.count("everyone") == 0


def test_limits_are_reached_and_not_passed(project: Project) -> None:
    longest = {"x": "y" * MAX_TEXT, "k" * MAX_KEY: 1, **{f"k{number}": 1 for number in range(490)}}
    answers = project.ingest([{**TRACK, "userId": "u" * 512, "event": "e" * 255, "properties": longest}])

    assert [each.status for each in answers] == ["accepted"]


def test_a_message_whose_reject_is_mended_is_sent_again(project: Project) -> None:
    project.ingest([{"type": "track", "userId": "u1", "messageId": "m1"}])
    (letter,) = project.rejects()
    mended = letter._replace(message='{"type":"track","userId":"u1","event":"buy","messageId":"m1"}')

    assert [each.status for each in project.replay([mended])] == ["accepted"]
    assert project.rejects() == []
    assert project.count("did buy") == 1


def test_a_reject_that_is_sent_again_as_it_was_is_a_reject_again(project: Project) -> None:
    project.ingest([{"type": "track", "userId": "u1"}])

    assert [each.code for each in project.replay(project.rejects())] == ["missing_event"]
    assert len(project.rejects()) == 1


def test_numbers_keep_their_digits(project: Project) -> None:
    project.ingest([{**TRACK, "properties": {"usd": Decimal("12345678901234567.123456789"), "half": 0.5}}])

    assert project.count("sum(usd) of buy = 12345678901234567.123456789 and sum(half) of buy = 0.5") == 1


@pytest.mark.parametrize("given", ["text", b"bytes", {"type": "track"}])
def test_one_message_is_not_taken_for_a_list(project: Project, given: Any) -> None:
    with pytest.raises(TypeError, match="ingest"):
        project.ingest(given)


def test_nothing_is_taken_in_where_the_ledger_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(engine="memory:") as store:
        project = store.project("acme", "web", create=True)

        def fail(*_: Any) -> None:
            raise LedgerError("full")

        with monkeypatch.context() as patch:
            patch.setattr(inbox, "put", fail)
            with pytest.raises(LedgerError):
                project.ingest([{**TRACK, "messageId": "m1"}])

        assert [each.status for each in project.ingest([{**TRACK, "messageId": "m1"}])] == ["accepted"]


def test_what_comes_again_after_the_window_is_a_new_message(project: Project) -> None:
    project.ingest([{**TRACK, "messageId": "m1"}])
    with project._ledger.write() as connection:
        inbox.forget_ids(connection, project.record.id, before=10**18)

    assert [each.status for each in project.ingest([{**TRACK, "messageId": "m1"}])] == ["accepted"]
