"""Keys in the ledger: who they open for, for how long, and that nothing of them is kept that opens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from muster.runtime.ledger.audit import first_broken, read_log
from muster.runtime.ledger.database import Ledger, open_ledger
from muster.runtime.ledger.key_text import KeyText, new_key
from muster.runtime.ledger.keys import (
    KeyChangeError,
    KeyRecord,
    KeyRefusedError,
    MadeKey,
    authenticate,
    create_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from muster.runtime.ledger.projects import create_project, now
from muster.runtime.ledger.scopes import ScopeError
from muster.runtime.ledger.tables import keys
from tests.runtime.ledger.ledgers import LEDGERS, new_address

SECOND = 1_000_000


@pytest.fixture(params=LEDGERS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(new_address(request.param, tmp_path))
    with opened.write() as connection:
        for org, name in (("acme", "web"), ("acme", "shop"), ("other", "web")):
            create_project(connection, org, name)
    yield opened
    opened.close()


def made(ledger: Ledger, project: str | None = "web", kind: str = "sk", **given: object) -> MadeKey:
    with ledger.write() as connection:
        return create_key(connection, "acme", project, kind, **given)  # type: ignore[arg-type]  # as it is given


def rotated(ledger: Ledger, key: MadeKey, keep: int | None = None) -> MadeKey:
    with ledger.write() as connection:
        return rotate_key(connection, key.record.public_id, keep=keep)


def who(ledger: Ledger, key: MadeKey | KeyText | str, at: int | None = None) -> KeyRecord:
    text = key.key.text if isinstance(key, MadeKey) else key.text if isinstance(key, KeyText) else key
    with ledger.read() as connection:
        return authenticate(connection, text, at)


def refusal(ledger: Ledger, key: MadeKey | KeyText | str, at: int | None = None) -> str:
    with pytest.raises(KeyRefusedError) as error:
        who(ledger, key, at)
    return error.value.why


def test_a_key_opens_what_it_was_made_for(ledger: Ledger) -> None:
    public, secret, of_all = made(ledger, kind="pk"), made(ledger), made(ledger, None)

    assert who(ledger, public) == public.record
    assert (public.record.org, public.record.project, public.record.kind) == ("acme", "web", "pk")
    assert public.record.allows("events:write")
    assert not public.record.allows("audiences:read")
    assert who(ledger, secret).allows("audiences:read")
    assert (who(ledger, of_all).project, of_all.record.org) == (None, "acme")


def test_only_what_was_granted_by_name_is_allowed(ledger: Ledger) -> None:
    key = who(ledger, made(ledger, kind="pk", scopes=["audiences:read", "events:write"]))

    assert key.scopes == {"audiences:read", "events:write"}
    assert key.allows("audiences:read")
    assert not key.allows("devices:write")
    with pytest.raises(ScopeError):
        made(ledger, scopes=["audiences"])


def test_a_key_that_nobody_was_given_opens_nothing(ledger: Ledger) -> None:
    key = made(ledger)
    other = new_key("sk")
    same_id = f"sk_{key.key.public_id}{other.text[11:]}"

    assert refusal(ledger, other) == "unknown"
    assert refusal(ledger, same_id) == "malformed"  # the check is of the whole key
    assert refusal(ledger, "") == "malformed"


def test_a_secret_that_is_wrong_opens_nothing_though_its_check_is_right(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = made(ledger), new_key("sk")
    monkeypatch.setattr(KeyText, "public_id", key.key.public_id)

    assert refusal(ledger, other) == "unknown"


def test_a_key_ends_at_its_instant(ledger: Ledger) -> None:
    ends = now() + 3600 * SECOND
    key = made(ledger, expires=ends)

    assert who(ledger, key, ends - 1).expires == ends
    assert refusal(ledger, key, ends) == "expired"
    with pytest.raises(KeyChangeError, match="expired before"):
        made(ledger, name="late", expires=now() - 1)


def test_a_revoked_key_opens_nothing_and_stays_revoked(ledger: Ledger) -> None:
    key = made(ledger)
    with ledger.write() as connection:
        first = revoke_key(connection, key.record.public_id)
    with ledger.write() as connection:
        assert revoke_key(connection, key.record.public_id) == first

    assert refusal(ledger, key) == "revoked"
    with pytest.raises(KeyChangeError, match="nothing uses it"):
        rotated(ledger, key)


def test_two_keys_of_a_name_are_live_while_one_takes_the_others_place(ledger: Ledger) -> None:
    old = made(ledger, scopes=["profiles:read"])
    new = rotated(ledger, old)

    assert (new.record.name, new.record.scopes) == (old.record.name, old.record.scopes)
    assert who(ledger, old).public_id != who(ledger, new).public_id
    with pytest.raises(KeyChangeError, match=f"{old.record.public_id} and {new.record.public_id}. Revoke one"):
        rotated(ledger, new)
    with ledger.write() as connection:
        revoke_key(connection, old.record.public_id)
    assert who(ledger, rotated(ledger, new)).name == "default"


def test_the_old_key_may_be_given_an_end(ledger: Ledger) -> None:
    ends = now() + 90 * 86_400 * SECOND
    old = made(ledger, expires=ends)
    new = rotated(ledger, old, keep=60 * SECOND)

    assert who(ledger, old, now()).expires < now() + 61 * SECOND  # type: ignore[operator]  # it has one
    assert refusal(ledger, old, now() + 61 * SECOND) == "expired"
    # The new one is to live as long as the old one was.
    assert who(ledger, new).expires == new.record.created + ends - old.record.created
    assert rotated(ledger, made(ledger, name="short", expires=now() + SECOND), keep=ends).key


def test_a_name_is_one_live_keys_and_free_again_later(ledger: Ledger) -> None:
    key = made(ledger)
    with pytest.raises(KeyChangeError, match=f'{key.record.public_id} is called "default" and is live'):
        made(ledger)
    for project, kind in (("web", "pk"), ("shop", "sk"), (None, "sk")):
        made(ledger, project, kind)
    with ledger.write() as connection:
        revoke_key(connection, key.record.public_id)

    assert made(ledger).record.public_id != key.record.public_id


def test_keys_are_listed_for_those_whom_they_open_for(ledger: Ledger) -> None:
    web, shop, of_all = made(ledger), made(ledger, "shop"), made(ledger, None)
    with ledger.write() as connection:
        theirs = create_key(connection, "other", "web", "sk")
    with ledger.read() as connection:
        assert list_keys(connection, "acme") == [each.record for each in (web, shop, of_all)]
        assert list_keys(connection, "acme", "shop") == [shop.record, of_all.record]
        assert list_keys(connection, "other") == [theirs.record]


def test_nothing_is_kept_that_opens(ledger: Ledger) -> None:
    key = made(ledger)
    rotated(ledger, key)
    secret = key.key.text[11:43]
    with ledger.read() as connection:
        kept = repr(connection.execute(select(keys)).all()) + repr(read_log(connection, 1))
        assert list_keys(connection, "acme")[0].last4 == secret[-4:]

    assert secret not in kept
    assert key.key.digest != key.key.text.encode()
    assert secret not in repr(key)


def test_what_is_done_to_keys_is_in_the_audit_log(ledger: Ledger) -> None:
    with ledger.write() as connection:
        web = create_key(connection, "acme", "web", "sk", actor="me")
        rotate_key(connection, web.record.public_id)
        revoke_key(connection, web.record.public_id)
        create_key(connection, "acme", None, "sk")
    assert web.record.project_id is not None
    with ledger.read() as connection:
        of_web, of_none = read_log(connection, web.record.project_id), read_log(connection, None)
        assert first_broken(connection, web.record.project_id) is None
        assert first_broken(connection, None) is None

    assert [row.action for row in of_web] == ["key.created", "key.rotated", "key.revoked"]
    assert (of_web[0].actor, of_web[0].detail["key"]) == ("me", web.record.public_id)
    assert [row.action for row in of_none] == ["key.created"]


@pytest.mark.parametrize(
    ("project", "kind", "name", "message"),
    [
        (None, "pk", "default", "public key .pk. is of one project"),
        ("wbe", "sk", "default", 'no project "wbe" in "acme"'),
        ("web", "sk", " ", "1 to 100 printable"),
        ("web", "sk", "a\nb", "1 to 100 printable"),
    ],
)
def test_what_cannot_be_made_is_told(ledger: Ledger, project: str | None, kind: str, name: str, message: str) -> None:
    with pytest.raises(KeyChangeError, match=message):
        made(ledger, project, kind, name=name)


def test_who_and_which_must_be_there(ledger: Ledger) -> None:
    key = made(ledger)
    with ledger.write() as connection:
        with pytest.raises(KeyChangeError, match='Did you mean "acme"'):
            create_key(connection, "acne", None, "sk")
        with pytest.raises(KeyChangeError, match=f'Did you mean "{key.record.public_id}"'):
            revoke_key(connection, key.record.public_id[:-1] + "-")


def test_of_many_who_rotate_at_once_one_does(ledger: Ledger) -> None:
    key = made(ledger)
    failed: list[KeyChangeError] = []

    def rotate() -> None:
        try:
            rotated(ledger, key)
        except KeyChangeError as error:
            failed.append(error)

    threads = [threading.Thread(target=rotate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as connection:
        assert len(list_keys(connection, "acme")) == 2
    assert len(failed) == 7
