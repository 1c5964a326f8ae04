"""The file of a project and what stands beside it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from muster.backends.base import EngineError
from muster.backends.duckdb import project_file
from muster.backends.duckdb.project_file import ProjectFile

BESIDE = ("p1.duckdb.wal", "p1.duckdb.wal.checkpoint", "p1.duckdb.new", "p1.duckdb.new.wal", "p1.duckdb.tmp")


def make(path: Path, rows: int) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM range({rows})")


def rows_in(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        ((rows,),) = connection.execute("SELECT count(*) FROM t").fetchall()
    return int(rows)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_that_is_not_there_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"nowhere\" is none\. Make it first"):
        ProjectFile(str(tmp_path / "nowhere"), "p1")


def test_the_copy_takes_the_files_place(tmp_path: Path) -> None:
    file = ProjectFile(str(tmp_path), "p1")
    make(file.path, 1)
    make(file.copy, 2)
    file.put_copy_in_place()

    assert names(tmp_path) == ["p1.duckdb"]
    assert rows_in(file.path) == 2


def test_a_file_that_is_still_read_keeps_its_place(tmp_path: Path) -> None:
    file = ProjectFile(str(tmp_path), "p1")
    make(file.path, 1)
    make(file.copy, 2)
    connection = duckdb.connect(str(file.path))
    reader = connection.sql("SELECT * FROM t").to_arrow_reader(1)
    connection.close()
    with pytest.raises(EngineError, match=r"still being read\. Nothing has changed"):
        file.put_copy_in_place()
    reader.close()

    assert rows_in(file.path) == 1
    file.put_copy_in_place()
    assert rows_in(file.path) == 2


def test_a_file_with_a_log_keeps_its_place(tmp_path: Path) -> None:
    file = ProjectFile(str(tmp_path), "p1")
    make(file.path, 1)
    make(file.copy, 2)
    (tmp_path / "p1.duckdb.wal").touch()

    with pytest.raises(EngineError, match="Nothing has changed"):
        file.put_copy_in_place()


def test_the_copy_is_on_disk_before_it_has_the_name_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ProjectFile(str(tmp_path), "p1")
    make(file.path, 1)
    make(file.copy, 2)
    synced: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(project_file, "_sync", lambda path: synced.append((path.name, names(tmp_path))))
    file.put_copy_in_place()

    assert synced == [
        ("p1.duckdb.new", ["p1.duckdb", "p1.duckdb.new"]),
        (tmp_path.name, ["p1.duckdb"]),
    ]


def test_the_name_of_a_new_log_is_on_disk_and_that_of_an_old_one_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ProjectFile(str(tmp_path), "p1")
    synced: list[Path] = []
    monkeypatch.setattr(project_file, "_sync", synced.append)
    for _ in range(2):
        with file.lasting_log():
            (tmp_path / "p1.duckdb.wal").touch()

    assert synced == [tmp_path]


def test_what_a_process_that_ended_left_is_removed_and_the_log_is_not(tmp_path: Path) -> None:
    for name in ("p1.duckdb", "p2.duckdb.new", *BESIDE):
        (tmp_path / name).mkdir() if name.endswith(".tmp") else (tmp_path / name).touch()
    (tmp_path / "p1.duckdb.tmp" / "spilled").touch()
    ProjectFile(str(tmp_path), "p1").tidy()

    assert names(tmp_path) == ["p1.duckdb", "p1.duckdb.wal", "p1.duckdb.wal.checkpoint", "p2.duckdb.new"]


def test_a_project_is_removed_with_all_that_is_beside_it_and_no_other(tmp_path: Path) -> None:
    for name in ("p1.duckdb", "p1_2.duckdb", "p11.duckdb.wal", *BESIDE):
        (tmp_path / name).touch()
    for _ in range(2):
        ProjectFile(str(tmp_path), "p1").remove()

    assert names(tmp_path) == ["p11.duckdb.wal", "p1_2.duckdb"]


def test_a_folder_that_cannot_be_changed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "p1.duckdb").touch()
    monkeypatch.setattr(project_file, "_remove", refuse)

    with pytest.raises(EngineError, match="Permission denied"):
        ProjectFile(str(tmp_path), "p1").remove()
