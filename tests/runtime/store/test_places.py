"""One scenario wherever a store can be: the same people, events, devices and audiences, also when opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muster.backends.postgres.throwaway import throwaway
from muster.runtime.exact_json import encode
from muster.runtime.store.ingest import Answer
from muster.runtime.store.store import Store, open_store
from tests.runtime.ledger.ledgers import new_address
from tests.runtime.store.states import Sent, model, state_of

AT = 1_800_000_000_000_000


def said(kind: str, second: int, **given: Any) -> dict[str, Any]:
    return {"type": kind, "messageId": f"m{second}", "timestamp": f"2026-01-01T00:00:{second:02}+00:00", **given}


BATCHES: tuple[list[dict[str, Any]], ...] = (
    [
        said("track", 1, anonymousId="a1", event="view", properties={"usd": 1.5, "tags": ["x", "it's \\ \u00e9"]}),
        said("identify", 2, anonymousId="a1", traits={"plan": "free", "nr": 123456789012345678}),
        said("identify", 3, userId="u2", traits={"plan": "pro"}, context={"device": {"token": "t1", "type": "ios"}}),
    ],
    [
        said("identify", 4, userId="u1", anonymousId="a1", traits={"plan": "pro"}, context={"device": {"token": "t1"}}),
        said("track", 5, anonymousId="a1", event="buy", properties={"usd": 2, "new": {"deep": [1, None]}}),
        said("track", 1, anonymousId="a9", event="other"),
    ],
    [
        said("alias", 6, userId="u2", previousId="a2"),
        said("track", 0, anonymousId="a2", event="view"),
        said("identify", 7, userId="u2", traits={"plan": None}),
    ],
)


def places(folder: Path) -> dict[str, Callable[[], Store]]:
    url = throwaway().set(drivername="postgresql").render_as_string(hide_password=False)
    ledger = new_address("postgres", folder)
    (folder / "engine").mkdir()
    return {
        "sqlite, duckdb": lambda: open_store(folder / "one"),
        "sqlite, chdb": lambda: open_store(folder / "two", engine="chdb:"),
        "postgres, duckdb": lambda: open_store(ledger=ledger, engine=f"duckdb:{folder / 'engine'}"),
        "postgres, postgres": lambda: open_store(ledger=ledger, engine=url),
        "sqlite, postgres": lambda: open_store(ledger=str(folder / "l.sqlite"), engine=url),
    }


@pytest.mark.parametrize(
    "place", ["sqlite, duckdb", "sqlite, chdb", "postgres, duckdb", "postgres, postgres", "sqlite, postgres"]
)
def test_a_store_holds_the_same_wherever_it_is(tmp_path: Path, place: str) -> None:
    opened = places(tmp_path)[place]
    sent: list[Sent] = []
    for number, batch in enumerate(BATCHES):
        with opened() as store:
            project = store.project("acme", "web", create=True)
            answers: list[Answer] = project.ingest(batch)
            seen = {each.message["messageId"] for each in sent}
            assert [answer.status for answer in answers] == [
                "duplicate" if each["messageId"] in seen else "accepted" for each in batch
            ]
            sent += [Sent(each, AT, encode(each)) for each in batch if each["messageId"] not in seen]
            if number == 0:
                project.audiences.create("VIP", 'plan = "pro"')
            found, expected = state_of(project), model(sent)
            for person in (*found.people.values(), *expected.people.values()):
                del person["created"]  # when it was received is not fixed here
            assert found == expected
    with opened() as store:
        project = store.project("acme", "web")

        assert list(project.members('in audience "VIP"')) == ["u1"]
        assert list(project.members("sum(usd) of view = 1.5 and sum(usd) of buy = 2")) == ["u1"]
        assert list(project.members("nr = 123456789012345678")) == ["u1"]
        assert {each.audience: each.member for each in project.memberships("a1")} == {"VIP": True}
        assert [each.external_id for each in project.profiles().profiles] == ["u2", "u1"]
        assert project.explain("did view then buy", "u1").member
