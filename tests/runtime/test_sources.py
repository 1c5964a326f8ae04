from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.backends.base import EngineError
from muster.backends.discover import all_backends
from muster.backends.duckdb.client import DuckDbEngine
from muster.runtime.errors import ChoiceError, InputError
from muster.runtime.evaluation import evaluate
from muster.runtime.sources import Where, find_person, load_folder, open_data, open_schema

EVENTS = Path("tests/data/events.csv")
PEOPLE = Path("tests/data/people.csv")
FILES = Where(events=EVENTS, profiles=PEOPLE)


@pytest.mark.parametrize("engine", [f"{each}:" for backend in all_backends() for each in backend.schemes])
def test_files_open_in_any_engine(engine: str) -> None:
    with open_data(FILES, engine) as opened:
        evaluation = evaluate('plan = "pro" and did purchase', opened, as_of="2024-06-15")

        assert evaluation.count() == 1
        assert evaluation.members().to_pylist() == ["u1"]


def test_a_typed_file_is_queried_where_it_is_by_duckdb_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    stamps = pa.array([0, 1], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"user_id": ["u1", "u9"], "event": ["purchase"] * 2, "ts": stamps}), path)
    where = Where(events=path, profiles=PEOPLE)
    for engine in ("duckdb:", "memory:"):
        with open_data(where, engine) as opened:
            is_in_place = isinstance(opened, DuckDbEngine) and opened._in_place is not None
            assert is_in_place == (engine == "duckdb:")
            assert evaluate("did purchase", opened, as_of="2024-06-15").members().to_pylist() == ["u1"]
    schema = open_schema(where)
    assert schema is not None
    assert schema.stats.events == {"purchase": 1}


def test_a_folder_keeps_what_its_schema_says(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    loaded = load_folder(FILES, folder, replace=False)
    found = open_schema(Where(store=folder))

    assert found is not None
    assert found.profiles == loaded.profiles
    assert found.events == loaded.events
    assert list(tmp_path.iterdir()) == [folder]


def test_a_load_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    load_folder(FILES, folder, replace=False)

    def fail(*_: object, **__: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr("muster.runtime.folder.json.dumps", fail)
    with pytest.raises(EngineError, match="disk full"):
        load_folder(Where(events=EVENTS), folder, replace=True)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [folder]

    with open_data(Where(store=folder)) as opened:
        assert evaluate("everyone", opened).count() == 4


def test_what_reading_has_to_say_is_told() -> None:
    told: list[str] = []
    with open_data(
        Where(events=Path("tests/data/broken.csv"), skip_bad_rows=True),
        told=lambda notes, bad, _: told.extend([*(note.code for note in notes), *(str(each) for each in bad)]),
    ) as opened:
        assert evaluate("everyone", opened).count() == 2

    assert any("row 3" in each for each in told)


def test_a_person_is_found_with_their_events() -> None:
    _, profile, events = find_person(FILES, "u1")

    assert profile.external_id == "u1"
    assert [event.event for event in events] == ["signup", "purchase", "purchase"]


@pytest.mark.parametrize(
    ("where", "engine"),
    [(Where(), "duckdb:"), (FILES, "duckdb:somewhere"), (Where(store=Path("nowhere")), "memory:")],
)
def test_what_does_not_go_together_is_told_before_anything_is_read(where: Where, engine: str) -> None:
    with pytest.raises(ChoiceError), open_data(where, engine):
        pass


def test_a_folder_that_cannot_be_opened_is_an_engine_error() -> None:
    with pytest.raises(EngineError), open_data(Where(store=Path("nowhere")), "duckdb:"):
        pass


def test_there_has_to_be_something_to_load(tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match="nothing to load"):
        load_folder(Where(), tmp_path / "data", replace=False)


def test_a_person_is_found_in_files_only(tmp_path: Path) -> None:
    load_folder(FILES, tmp_path / "data", replace=False)

    with pytest.raises(ChoiceError, match="give --events FILE and --profiles FILE with --id"):
        find_person(Where(store=tmp_path / "data"), "u1")
    with pytest.raises(EngineError, match="holds no loaded data"):
        find_person(Where(store=Path("nowhere")), "u1")
    with pytest.raises(ChoiceError, match="There is no data to look at"):
        find_person(Where(), "u1")


def test_a_folder_opens_with_its_engine_named_either_way(tmp_path: Path) -> None:
    load_folder(FILES, tmp_path / "data", replace=False)

    for engine in ("duckdb", "duckdb:"):
        with open_data(Where(store=tmp_path / "data"), engine) as opened:
            assert evaluate("everyone", opened).count() == 4


def test_a_person_is_found_however_their_id_is_composed(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("external_id\nzo\u00eb\n", encoding="utf-8")

    assert find_person(Where(profiles=people), "zoe\u0308")[1].external_id == "zo\u00eb"


def test_nobody_with_an_id_is_wrong_input() -> None:
    with pytest.raises(InputError, match="u99"):
        find_person(FILES, "u99")


def test_schemas_and_people_tell_what_reading_has_to_say() -> None:
    told: list[str] = []
    where = Where(events=Path("tests/data/broken.csv"), skip_bad_rows=True)

    open_schema(where, lambda _, bad, _count: told.extend(str(each) for each in bad))
    find_person(where, "u1", lambda _, bad, _count: told.extend(str(each) for each in bad))

    assert len(told) == 2
    assert all("row 3" in each for each in told)


def test_an_anonymous_id_that_belongs_to_a_user_is_told_with_the_user(tmp_path: Path) -> None:
    log = tmp_path / "app.ndjson"
    log.write_text(
        '{"type": "identify", "anonymousId": "a1", "userId": "u1", "timestamp": "2024-06-01", "messageId": "m"}\n',
        "utf-8",
    )

    with pytest.raises(InputError, match=r'"a1" is an anonymous id of "u1", .* Try: --id u1'):
        find_person(Where(events=log), "a1")
    with pytest.raises(InputError, match='Nobody in the data has the id "a2"'):
        find_person(Where(events=log), "a2")
