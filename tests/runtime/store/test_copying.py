"""Copying stores between engines and ledgers: the copy is the same, goes on by itself, and is whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Column, Table, delete, func, insert, select
from sqlalchemy.engine import make_url

from muster.backends.base import EngineError, EventRow
from muster.backends.duckdb.project import DuckDbProject
from muster.backends.tables.catalogue import Catalogue
from muster.runtime.errors import ChoiceError, StoreError
from muster.runtime.ledger import inbox, steps
from muster.runtime.ledger.audit import first_broken
from muster.runtime.ledger.copying import begin_copy, broken_off
from muster.runtime.ledger.database import Ledger, open_ledger
from muster.runtime.ledger.keys import authenticate, create_key
from muster.runtime.ledger.projects import list_projects
from muster.runtime.ledger.tables import metadata, profiles
from muster.runtime.store.copying import Copied, copy_store
from muster.runtime.store.place import Place, open_place
from muster.runtime.store.projector import SOURCE
from muster.runtime.store.store import Store, open_store
from tests.runtime.ledger.ledgers import new_address
from tests.runtime.store.states import State, state_of

MESSAGES: list[dict[str, Any]] = [
    {
        "type": "track",
        "anonymousId": "a1",
        "event": "view",
        "properties": {"page": "é\u0001\n", "deep": {"x": [1, 2.5]}},
    },
    {"type": "identify", "anonymousId": "a1", "userId": "u1", "traits": {"plan": "pro", "tags": ["a", "b"]}},
    {"type": "track", "userId": "u1", "event": "buy", "properties": {"usd": 12.25}},
    {"type": "track", "userId": "u2", "event": "buy", "context": {"device": {"token": "t1", "type": "ios"}}},
    {"type": "identify", "anonymousId": "u1", "traits": {"plan": None, "age": 30}},
    {"type": "track"},
]
MESSAGES = [{**each, "messageId": f"m{at}", "timestamp": "2026-05-01T10:00:00Z"} for at, each in enumerate(MESSAGES)]
CAME = datetime(2026, 5, 2, tzinfo=UTC)
KINDS = ("duckdb", "chdb", "postgres")


class Address:
    """Where a store is, of one of the kinds."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._given: dict[str, Any]
        if kind == "postgres":
            ledger = new_address("postgres", folder)
            server = make_url(ledger).set(drivername="postgresql").difference_update_query(["schema"])
            self._given = {"ledger": ledger, "engine": server.render_as_string(hide_password=False)}
        else:
            self._given = {"path": folder / f"{kind}-{uuid4().hex}", "engine": f"{kind}:"}

    def store(self) -> Store:
        return open_store(**self._given)

    def place(self) -> Place:
        return open_place(**self._given)


def filled(address: Address, *, late: bool = False) -> dict[str, State]:
    """Fill a store with two projects and an audience; give what they hold. `late`: messages wait in the inbox."""
    with address.store() as store:
        for name in ("web", "shop"):
            project = store.project("acme", name, create=True, timezone="Europe/London")
            project.ingest(MESSAGES, received=CAME)
            project.sync()
        store.project("acme", "empty", create=True)
        store.project("acme", "web").audiences.create("VIP", 'plan = "pro" and did buy')
        states = {name: state_of(store.project("acme", name)) for name in ("web", "shop")}
        if late:
            store._background.stop()
            store.project("acme", "web").ingest([{"type": "track", "userId": "u9", "event": "late", "messageId": "l"}])
    return states


def copied(source: Address, target: Address) -> Copied:
    with closing(source.place()) as old, closing(target.place()) as new:
        return copy_store(old, new)


def states(address: Address) -> dict[str, State]:
    with address.store() as store:
        return {name: state_of(store.project("acme", name)) for name in ("web", "shop")}


def rows(address: Address) -> dict[str, list[tuple[Any, ...]]]:
    with closing(address.place()) as place, place.ledger.read() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(*_but_namespaces(table)))), key=repr)
            for table in metadata.sorted_tables
        }


def _but_namespaces(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name != "namespace"] or list(table.columns)


PAIRS = [(of, to) for of in KINDS for to in KINDS if (of, to) != ("chdb", "chdb")]


@pytest.mark.parametrize(("of", "to"), PAIRS)
def test_a_copy_holds_the_same(of: str, to: str, tmp_path: Path) -> None:
    source, target = Address(of, tmp_path), Address(to, tmp_path)
    held = filled(source)
    done = copied(source, target)

    assert done == Copied(3, sum(len(each.people) for each in held.values()), 6)
    assert rows(target) == rows(source)
    assert states(target) == states(source) == held
    with target.store() as store:
        assert list(store.project("acme", "web").members('in audience "VIP"')) == ["u1"]


@pytest.mark.parametrize("to", KINDS)
def test_a_copy_goes_on_from_where_it_was(to: str, tmp_path: Path) -> None:
    source, target = Address("duckdb", tmp_path), Address(to, tmp_path)
    held = filled(source, late=True)
    copied(source, target)
    with source.store() as one, target.store() as other:
        for store in (one, other):
            store._background.stop()
            project = store.project("acme", "web")
            assert project.count("did late") == 1
            statuses = [answer.status for answer in project.ingest(MESSAGES)]
            assert statuses == ["duplicate"] * 5 + ["rejected"]
            project.ingest([{"type": "identify", "userId": "u2", "anonymousId": "a7", "messageId": "n"}], received=CAME)
            project.audiences.create("new", "did buy")
        assert state_of(one.project("acme", "web")) == state_of(other.project("acme", "web"))
        assert state_of(other.project("acme", "web")) != held["web"]


def test_a_step_that_the_engine_has_not_taken_is_taken_in_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = Address("duckdb", tmp_path), Address("postgres", tmp_path)
    filled(source)

    def fail(*_: object) -> None:
        raise EngineError("broken off")

    with source.store() as store, monkeypatch.context() as patch:
        project = store.project("acme", "web")
        store._background.stop()
        project.ingest([{"type": "identify", "userId": "u3", "anonymousId": "u1", "messageId": "take"}])
        patch.setattr(DuckDbProject, "apply", fail)
        with pytest.raises(EngineError):
            project.sync()
    with closing(source.place()) as place, place.ledger.read() as connection:
        assert len(steps.find_steps(connection, 1)) == 1
    copied(source, target)

    assert states(target) == states(source)
    assert "u1" in states(target)["web"].links


@pytest.mark.parametrize("to", ["sqlite", "postgres"])
@pytest.mark.parametrize("of", ["sqlite", "postgres"])
def test_a_number_of_the_ledger_is_never_given_twice(of: str, to: str, tmp_path: Path) -> None:
    def place(kind: str, name: str) -> Place:
        (tmp_path / name).mkdir()
        return open_place(ledger=new_address(kind, tmp_path / name), engine=f"duckdb:{tmp_path / name}")

    with closing(place(of, "a")) as old, closing(place(to, "b")) as new:
        store = Store(*old)
        project = store.project("acme", "web", create=True).record
        with old.ledger.write() as connection:
            made = create_key(connection, "acme", "web", "sk")
            inbox.put(connection, project.id, [(f"m{each}", "{}") for each in range(5)], 1)
            inbox.take(connection, project.id, 5)
        copy_store(old, new)
        with new.ledger.write() as connection:
            inbox.put(connection, project.id, [("m9", "{}")], 1)
            (waiting,) = inbox.take(connection, project.id, 1)
            assert waiting.seq == 6
            assert authenticate(connection, made.key.text) == made.record
            create_key(connection, "acme", "web", "pk")
            assert first_broken(connection, project.id) is None
        store.close()


def test_nothing_is_copied_onto_something(tmp_path: Path) -> None:
    source, other = Address("duckdb", tmp_path), Address("duckdb", tmp_path)
    filled(source)
    held = filled(other)
    with pytest.raises(ChoiceError, match="There is a store already"):
        copied(source, other)

    assert states(source) == states(other) == held


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_can_be_on_the_same_engine(kind: str, tmp_path: Path) -> None:
    source = Address(kind, tmp_path)
    held = filled(source)
    with closing(source.place()) as old:
        beside = Place(open_ledger(str(tmp_path / "other.sqlite")), old.holder, old.location, None)
        copy_store(old, beside)
        copy = Store(*beside)
        copy.project("acme", "web").ingest([{"type": "track", "userId": "u5", "event": "buy"}])
        assert copy.project("acme", "web").count("did buy") == 3
        copy.close()

    assert states(source) == held


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("where", ["_compare", "copy_ledger"])
def test_a_copy_that_was_broken_off_is_no_store_and_nothing_is_left_of_it(
    to: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = Address("duckdb", tmp_path), Address(to, tmp_path)
    held = filled(source)

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"muster.runtime.store.copying.{where}", end)
        with pytest.raises(KeyboardInterrupt):
            copied(source, target)
    with closing(target.place()) as place:
        with place.ledger.read() as connection:
            left = broken_off(connection)
        assert len(left) == 3
        assert Store(*place).projects() == []
    copied(source, target)

    assert states(target) == held
    with closing(target.place()) as place:
        with place.ledger.read() as connection:
            assert broken_off(connection) == []
            assert {each.namespace for each in list_projects(connection)} & set(left) == set()
        schema = Catalogue().schema(known_people=True, source=SOURCE)
        for namespace in left:
            with closing(place.holder.open_project(place.location, namespace, schema)) as engine:
                assert (engine.applied, list(engine.all_events())) == (0, [])
            place.holder.drop_project(place.location, namespace)


def test_of_two_copies_into_one_place_the_earlier_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = Address("duckdb", tmp_path), Address("postgres", tmp_path)
    filled(source)

    def begin_another(*_: object) -> None:
        with closing(target.place()) as place, place.ledger.write() as connection:
            begin_copy(connection, [1, 2, 3])

    monkeypatch.setattr("muster.runtime.store.copying._compare", begin_another)
    with pytest.raises(StoreError, match="Another copy into the same place"):
        copied(source, target)


@pytest.mark.parametrize("change", ["lost", "doubled", "changed"])
def test_a_copy_that_is_not_the_same_is_refused(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = Address("duckdb", tmp_path), Address("duckdb", tmp_path)
    with source.store() as store:
        project = store.project("acme", "shop", create=True)
        project.ingest(MESSAGES)
        project.sync()
    load = DuckDbProject.load

    def wrong(engine: DuckDbProject, people: Iterator[Any], events: Iterator[EventRow]) -> None:
        first, *rest = events
        given = {
            "lost": rest,
            "doubled": [first, first, *rest],
            "changed": [
                EventRow(first.pid, first.event, first.ts + 1, first.mid, first.properties, first.source),
                *rest,
            ],
        }
        load(engine, people, given[change])

    monkeypatch.setattr(DuckDbProject, "load", wrong)
    with pytest.raises(StoreError, match="copy differs in the events of acme/shop: 3 rows"):
        copied(source, target)
    with closing(target.place()) as place, place.ledger.read() as connection:
        assert connection.scalar(select(func.count()).select_from(profiles)) == 0


def test_a_ledger_that_is_not_the_same_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = Address("duckdb", tmp_path), Address("postgres", tmp_path)
    filled(source)
    monkeypatch.setattr("muster.runtime.ledger.copying.insert_all", lambda *_: None)
    with pytest.raises(StoreError, match="copy differs in the ledger's organisations: 1 rows were read and 0"):
        copied(source, target)


def test_another_engine_than_the_stores_is_told(tmp_path: Path) -> None:
    source = Address("chdb", tmp_path)
    filled(source)
    source._given["engine"] = "duckdb:"
    with pytest.raises(StoreError, match="at step 0 of acme/shop and the ledger at step 1"):
        copied(source, Address("duckdb", tmp_path))


def test_an_engine_that_forgets_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = Address("duckdb", tmp_path), Address("duckdb", tmp_path)
    filled(source)
    monkeypatch.setattr(DuckDbProject, "apply", lambda *_: None)
    with pytest.raises(StoreError, match="did not keep what was copied of acme/shop"):
        copied(source, target)


def test_one_process_cannot_have_two_folders_of_chdb_open(tmp_path: Path) -> None:
    source, target = Address("chdb", tmp_path), Address("chdb", tmp_path)
    held = filled(source)
    with pytest.raises(EngineError, match="one place at a time"):
        copied(source, target)

    assert states(source) == held


def test_a_project_that_is_made_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Address("duckdb", tmp_path)
    filled(source)
    with closing(source.place()) as old, closing(Address("duckdb", tmp_path).place()) as new:

        def make(*_: object) -> None:
            with old.ledger.write() as connection:
                row = connection.execute(select(metadata.tables["projects"])).first()
                assert row is not None
                made = row._asdict() | {"id": 9, "name": "new", "namespace": "pnew"}
                connection.execute(delete(metadata.tables["projects"]).where(metadata.tables["projects"].c.id == 9))
                connection.execute(insert(metadata.tables["projects"]).values(made))

        monkeypatch.setattr("muster.runtime.store.copying._compare", make)
        with pytest.raises(StoreError, match="made while the store was copied"):
            copy_store(old, new)


def test_projectors_wait_while_a_store_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = Address("postgres", tmp_path), Address("duckdb", tmp_path)
    filled(source)
    held: list[tuple[int, ...]] = []
    alone = Ledger.alone

    def noted(ledger: Ledger, *project_ids: int) -> Any:
        held.append(project_ids)
        return alone(ledger, *project_ids)

    monkeypatch.setattr(Ledger, "alone", noted)
    copied(source, target)

    assert [sorted(each) for each in held] == [[1, 2, 3]]


def test_how_far_it_is_is_told(tmp_path: Path) -> None:
    source, target = Address("duckdb", tmp_path), Address("duckdb", tmp_path)
    filled(source)
    told: dict[str, int] = {}
    with closing(source.place()) as old, closing(target.place()) as new:
        copy_store(old, new, told.__setitem__)

    assert told["acme/web, events"] == told["acme/web, events compared"] == 3
    assert told["ledger, audiences"] == 1
