"""`muster test`: files and folders, engines, reports and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.api.invoking import muster

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))


def broken(examples: Path) -> Path:
    path = examples / "shop.muster.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("members: [bob]", "members: [eve]"), encoding="utf-8")
    return path


@pytest.mark.parametrize("engine", ["memory:", "duckdb:"])
def test_the_examples_pass(engine: str) -> None:
    done = muster("test", str(EXAMPLES), "--engine", engine)

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "6 passed"
    assert done.out.splitlines()[0].endswith("shop.muster.yaml")


def test_a_broken_expectation_is_shown_and_ends_with_1(examples: Path) -> None:
    path = broken(examples)
    done = muster("test", str(path))

    assert done.code == 1
    assert f"  FAIL  lapsing  ({path}:" in done.out
    assert "missing: eve" in done.out
    assert "unexpected: bob" in done.out
    assert "eve is not a member." in done.out
    assert done.out.splitlines()[-1] == "1 failed, 5 passed"


def test_reports_for_programs(examples: Path, tmp_path: Path) -> None:
    path, report = broken(examples), tmp_path / "report.xml"
    done = muster("test", str(path), "--json", "--junit", str(report))
    outcomes = json.loads(done.out)["files"][str(path)]

    assert done.code == 1
    assert [each["passed"] for each in outcomes] == [True, True, False, True, True, True]
    assert ET.parse(report).getroot()[0].attrib["failures"] == "1"  # noqa: S314 (written here)


def test_a_file_that_is_wrong_ends_with_1_and_its_line(examples: Path) -> None:
    path = examples / "wrong.muster.yaml"
    path.write_text("now: 2024-01-01\npeople: {}\ntests: [{rule: everyone}]\n", encoding="utf-8")
    done = muster("test", str(path))

    assert done.code == 1
    assert f"{path}:3: tests[0]: Nothing is expected" in done.err


def test_a_file_that_is_wrong_keeps_no_other_from_being_tried(examples: Path, tmp_path: Path) -> None:
    (examples / "a.muster.yaml").write_text("now: [", encoding="utf-8")
    (examples / "b.muster.yaml").write_bytes(b"\xff")
    (examples / "c.muster.yaml").symlink_to(examples / "nowhere")
    (examples / "folder.muster.yaml").mkdir()  # and no file
    report = tmp_path / "report.xml"
    done = muster("test", str(examples), "--junit", str(report))

    assert done.code == 1
    assert done.out.splitlines()[-1] == "6 passed, 3 files wrong"
    assert done.err.count("error: ") == 3
    assert f"{examples / 'c.muster.yaml'}: It cannot be read: No such file or directory." in done.err
    assert len(ET.parse(report).getroot()) == 4  # noqa: S314 (written here)
    as_data = muster("test", str(examples), "--json")
    assert as_data.err == ""
    errors = json.loads(as_data.out)["errors"]
    assert sorted(Path(path).name for path in errors) == ["a.muster.yaml", "b.muster.yaml", "c.muster.yaml"]


def test_a_folder_without_tests_is_no_success(tmp_path: Path) -> None:
    done = muster("test", str(tmp_path))

    assert done.code == 2
    assert "*.muster.yaml" in done.err


def test_an_unknown_engine_is_told(examples: Path) -> None:
    assert muster("test", str(examples), "--engine", "oracle:").code == 2
