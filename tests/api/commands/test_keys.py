"""`muster keys`: a key is printed once, and what is done to it holds for who shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muster.runtime.ledger.database import open_ledger
from muster.runtime.ledger.keys import KeyRefusedError, authenticate
from muster.runtime.ledger.projects import now
from tests.api.invoking import Outcome, muster

Keys = Callable[..., Outcome]
DAY = 86_400 * 1_000_000


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    where = ("--store", str(tmp_path))
    muster("project", "create", "acme/web", *where)
    return lambda *arguments: muster("keys", *arguments, *where)


def document(outcome: Outcome) -> dict[str, Any]:
    assert outcome.code == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def refusal(folder: Path, key: str, at: int | None = None) -> str | None:
    ledger = open_ledger(str(folder / "ledger.sqlite"))
    try:
        with ledger.read() as connection:
            authenticate(connection, key, at)
    except KeyRefusedError as error:
        return error.why
    finally:
        ledger.close()
    return None


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(keys: Keys, tmp_path: Path) -> None:
    made = keys("create", "--project", "acme/web", "--kind", "sk")

    assert refusal(tmp_path, made.out.strip()) is None
    assert f"muster keys revoke {made.out[3:11]}" in made.err
    assert made.out.strip() not in keys("list", "--org", "acme").out
    assert made.out.strip() not in keys("list", "--org", "acme", "--json").out


def test_a_key_is_as_it_was_asked_for(keys: Keys, tmp_path: Path) -> None:
    arguments = ("--project", "acme/web", "--kind", "pk", "--name", "page", "--days", "90", "--json")
    made = document(keys("create", *arguments, "--scope", "audiences:check", "--scope", "events:write"))
    key = made.pop("key")

    assert (made["name"], made["kind"], made["scopes"]) == ("page", "pk", ["audiences:check", "events:write"])
    assert document(keys("list", "--project", "acme/web", "--json")) == {"keys": [made]}
    assert refusal(tmp_path, key, now() + 89 * DAY) is None
    assert refusal(tmp_path, key, now() + 91 * DAY) == "expired"


def test_keys_are_rotated_and_revoked(keys: Keys, tmp_path: Path) -> None:
    old = document(keys("create", "--org", "acme", "--kind", "sk", "--json"))
    new = document(keys("rotate", old["public_id"], "--keep-days", "2", "--json"))

    assert (old["project"], new["name"]) == (None, old["name"])
    assert refusal(tmp_path, old["key"], now() + DAY) is None
    assert refusal(tmp_path, old["key"], now() + 3 * DAY) == "expired"
    assert keys("revoke", new["public_id"]).out == f"The key {new['public_id']} is revoked.\n"
    assert refusal(tmp_path, new["key"]) == "revoked"
    assert [each["public_id"] for each in document(keys("list", "--org", "acme", "--json"))["keys"]] == [
        old["public_id"]
    ]
    lines = keys("list", "--org", "acme", "--all").out.splitlines()
    assert ["until 20" in lines[-2], lines[-1].split()[-1]] == [True, "revoked"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "--org", "acme", "--kind", "pk"], 1, "is of one project"),
        (["create", "--project", "acme/wbe", "--kind", "sk"], 1, 'no project "wbe"'),
        (["create", "--project", "acme/web", "--kind", "sk", "--scope", "event:write"], 1, '"events:write"'),
        (["create", "--project", "acme/web", "--org", "acme", "--kind", "sk"], 2, "one of the two"),
        (["create", "--kind", "sk"], 2, "one of the two"),
        (["create", "--project", "acme/web"], 2, "--kind"),
        (["revoke", "abcdefgh"], 1, 'no key "abcdefgh"'),
        (["rotate", "abcdefgh"], 1, 'no key "abcdefgh"'),
    ],
)
def test_what_is_wrong_is_told(keys: Keys, arguments: list[str], code: int, message: str) -> None:
    outcome = keys(*arguments, "--json")

    assert outcome.code == code
    assert message in json.loads(outcome.err)["error"]["message"]


def test_help_names_the_scopes() -> None:
    assert "audiences:write" in muster("keys", "create", "--help").out
