"""`muster project`: projects are made and shown in a folder's ledger, or one at an address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from muster.runtime.store.store import open_store
from tests.api.invoking import muster
from tests.runtime.ledger.ledgers import new_address


@pytest.fixture(params=["folder", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    if request.param == "folder":
        return ["--store", str(tmp_path / "new" / "data")]
    return ["--ledger", new_address("postgres", tmp_path)]


def test_projects_are_made_and_listed(where: list[str]) -> None:
    made = muster("project", "create", "acme/web", "--timezone", "Europe/London", *where, "--json")
    muster("project", "create", "acme/[b]shop", *where)
    muster("project", "create", "other/web", *where)
    document = json.loads(made.out)

    assert made.code == 0
    assert document | {"created": ""} == {"org": "acme", "name": "web", "timezone": "Europe/London", "created": ""}
    assert json.loads(muster("project", "create", "acme/web", *where, "--json").out) == document
    listed = json.loads(muster("project", "list", *where, "--json").out)["projects"]
    assert [f"{each['org']}/{each['name']}" for each in listed] == ["acme/[b]shop", "acme/web", "other/web"]
    assert listed[1] == document
    assert [line.split()[0] for line in muster("project", "list", "--org", "acme", *where).out.splitlines()[1:]] == [
        "acme/[b]shop",
        "acme/web",
    ]


def test_a_project_is_shown_with_what_it_holds_while_its_store_is_open(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        project = store.project("acme", "web", create=True)
        project.ingest([{"type": "track", "event": "buy", "userId": "u1"}, {"type": "track"}])
        project.ingest([{"type": "identify", "anonymousId": "a1"}])
        project.audiences.create("VIP", "did buy")
        project.sync()
        shown = muster("project", "show", "acme/web", "--store", str(tmp_path), "--json")
        told = muster("project", "show", "acme/web", "--store", str(tmp_path))

    holds = {"people": 2, "anonymous": 1, "audiences": 1, "waiting": 0, "rejected": 1}
    assert {name: json.loads(shown.out)[name] for name in holds} == holds
    assert told.out.splitlines()[3:] == [f"  {name:<10}{number}" for name, number in holds.items()]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "acme/wbe"], 1, 'no project "acme/wbe". Did you mean "acme/web"'),
        (["create", "acme/x", "--timezone", "Mars"], 1, "no time zone"),
        (["create", "acme"], 2, "ORG/NAME"),
        (["create", "/web"], 2, "ORG/NAME"),
        (["list", "--ledger", "x"], 2, "one of the two"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    where = ["--store", str(tmp_path)]
    muster("project", "create", "acme/web", *where)
    outcome = muster("project", *arguments, *where, "--json")

    assert outcome.code == code
    assert message in json.loads(outcome.err)["error"]["message"]


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    for where in (["--store", str(tmp_path / "none")], ["--ledger", str(tmp_path / "none.sqlite")]):
        outcome = muster("project", "list", *where)

        assert outcome.code == 2
        assert "There is no store in" in outcome.err
    assert list(tmp_path.iterdir()) == []
    assert muster("project", "list").code == 2


def test_a_ledger_that_cannot_be_opened_is_the_stores_failure(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("this is no database, and far longer than a header is")
    outcome = muster("project", "list", "--store", str(tmp_path), "--json")

    assert outcome.code == 3
    assert json.loads(outcome.err)["error"]["code"] == "store"
