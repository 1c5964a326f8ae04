"""`%%audience` in a real shell of IPython: DataFrames, names, and what is wrong told in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

FILES = "--events tests/data/events.csv --profiles tests/data/people.csv --as-of 2024-06-15"


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    """Give a shell that has the magic."""
    made = InteractiveShell()
    made.run_line_magic("load_ext", "muster")
    yield made
    assert made.history_manager is not None
    made.history_manager.end_session()


def run(shell: InteractiveShell, line: str, cell: str) -> Any:
    return shell.run_cell_magic("audience", line, cell)


def test_a_cell_gives_the_members_and_keeps_them_by_name(shell: InteractiveShell) -> None:
    found = run(shell, f"pros {FILES}", 'plan = "pro"\n')

    assert isinstance(found, pd.DataFrame)
    assert found["external_id"].tolist() == ["u1", "u3"]
    assert shell.user_ns["pros"] is found


def test_polars_on_request_and_nothing_kept_without_a_name(shell: InteractiveShell) -> None:
    before = set(shell.user_ns)
    found = run(shell, f"{FILES} --frame polars --engine memory:", "did not purchase")

    assert isinstance(found, pl.DataFrame)
    assert found["external_id"].to_list() == ["u3", "u4"]
    assert set(shell.user_ns) == before


def test_polars_is_taken_where_there_is_no_pandas(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    find = sys.modules["muster.api.notebook"].find_spec
    monkeypatch.setattr("muster.api.notebook.find_spec", lambda name: None if name == "pandas" else find(name))

    assert isinstance(run(shell, FILES, "everyone"), pl.DataFrame)
    assert run(shell, f"{FILES} --frame pandas", "everyone") is None


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        (FILES, "plan == 1", "E01"),
        (f"1x {FILES}", "everyone", "no name of a variable"),
        ("--store .", "everyone", "error"),
        (f"{FILES} --nonsense", "everyone", "No such option"),
        ('"', "everyone", "No closing quotation"),
        (FILES, " ", "Give a rule"),
    ],
)
def test_what_is_wrong_is_printed_and_gives_nothing(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], line: str, cell: str, said: str
) -> None:
    assert run(shell, line, cell) is None

    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err + shown.out
