from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from muster.backends.base import EngineError
from muster.compiler.schema import Entry
from muster.runtime.evaluation import evaluate
from muster.runtime.folder import CATALOGUE_FILE, ENGINE_FILE, folder_schema, is_folder
from muster.runtime.sources import Where, load_folder, open_data

PEOPLE = Path("tests/data/people.csv")
FILES = Where(events=Path("tests/data/events.csv"), profiles=PEOPLE)


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    load_folder(FILES, folder, replace=False)
    return folder


def people_of(folder: Path) -> int:
    with open_data(Where(store=folder)) as opened:
        return evaluate("everyone", opened).count()


def test_replacing_leaves_the_new_folder_and_nothing_beside_it(loaded: Path) -> None:
    load_folder(Where(events=FILES.events), loaded, replace=True)

    assert people_of(loaded) == 3
    assert list(loaded.parent.iterdir()) == [loaded]
    assert {each.name for each in loaded.iterdir()} == {ENGINE_FILE, CATALOGUE_FILE}


def test_what_lies_beside_with_a_similar_name_is_left_alone(loaded: Path) -> None:
    beside = loaded.with_name("data.partial")
    beside.mkdir()
    (beside / "precious.txt").write_text("mine", encoding="utf-8")
    load_folder(FILES, loaded, replace=True)

    assert (beside / "precious.txt").read_text(encoding="utf-8") == "mine"


def test_a_loaded_folder_with_a_file_of_another_is_refused(loaded: Path) -> None:
    (loaded / "precious.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(EngineError, match=r'also holds "precious\.txt"'):
        load_folder(FILES, loaded, replace=True)
    assert (loaded / "precious.txt").read_text(encoding="utf-8") == "mine"
    assert people_of(loaded) == 4


def test_a_folder_that_holds_an_input_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "people.csv"
    shutil.copy(PEOPLE, inside)

    with pytest.raises(EngineError, match="lies inside the folder"):
        load_folder(Where(profiles=inside), tmp_path, replace=True)
    assert inside.exists()


def test_a_link_to_a_folder_stays_a_link(loaded: Path) -> None:
    link = loaded.with_name("link")
    link.symlink_to(loaded)
    load_folder(Where(events=FILES.events), link, replace=True)

    assert link.is_symlink()
    assert people_of(loaded) == 3


def test_a_new_folder_that_cannot_take_its_place_leaves_the_earlier(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if ".new-" in path.name:
            raise OSError(5, "Input/output error", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(EngineError, match="Input/output error"):
        load_folder(Where(events=FILES.events), loaded, replace=True)

    assert people_of(loaded) == 4
    assert list(loaded.parent.iterdir()) == [loaded]


def test_what_the_system_refuses_names_the_path_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(EngineError, match=r"file.*: (Not a directory|File exists)"):
        load_folder(FILES, tmp_path / "file" / "data", replace=False)
    with pytest.raises(EngineError, match="is not a folder"):
        load_folder(FILES, tmp_path / "file", replace=True)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"order":"id","catalogue":7}', b"\xff", b"[" * 100_000])
def test_a_broken_catalogue_is_an_engine_error(loaded: Path, content: bytes) -> None:
    (loaded / CATALOGUE_FILE).write_bytes(content)

    assert is_folder(loaded)
    with pytest.raises(EngineError, match=r"catalogue\.json"):
        folder_schema(loaded)


def test_more_names_than_there_are_columns_are_loaded_and_found_again(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(230)]
    people = tmp_path / "people.csv"
    people.write_text(
        "id," + ",".join(names) + "\nu1," + ",".join(names) + "\nu2,t0" + "," * 229 + "\n", encoding="utf-8"
    )
    folder = tmp_path / "data"
    load_folder(Where(profiles=people), folder, replace=False)

    assert {type(folder_schema(folder).trait((name,)).columns["str"]) for name in names} == {str, Entry}
    with open_data(Where(store=folder)) as opened:
        for name in names[::20]:
            found = evaluate(f'{name} = "{name}"', opened).members()
            assert found.to_pylist() == (["u1", "u2"] if name == "t0" else ["u1"])
