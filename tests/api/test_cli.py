from __future__ import annotations

import json

import pytest

from muster.backends.base import EngineError
from muster.runtime import sources
from tests.api.invoking import muster


def test_a_wrong_rule_is_exit_1_with_all_its_problems_and_no_traceback() -> None:
    done = muster("compile", 'lifecycle is lost and email contains ""')

    assert done.code == 1
    assert "error[E31]" in done.err
    assert "error[E25]" in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_wrong_rule_is_json_on_request() -> None:
    done = muster("compile", "plan == 3", "--json")

    (found,) = json.loads(done.err)["diagnostics"]
    assert (done.code, found["code"]) == (1, "E01")


@pytest.mark.parametrize(
    "arguments",
    [
        ("count",),
        ("count", "everyone", "--map", "pyproject.toml"),
        ("count", "everyone", "--file", "pyproject.toml"),
        ("compile", "everyone", "--name", "VIP"),
        ("compile", "everyone", "--param", "days"),
        ("fmt", "everyone", "--write"),
        ("nonsense",),
    ],
)
def test_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    assert muster(*arguments).code == 2


def test_no_data_is_said() -> None:
    done = muster("count", "everyone")

    assert done.code == 3
    assert "--events" in done.err


def test_a_failing_engine_is_exit_3_and_names_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EngineError("too slow", limit="seconds")

    monkeypatch.setattr(sources, "get_backend", fail)
    done = muster("count", "everyone", "--events", "tests/data/events.csv")

    assert done.code == 3
    assert "error[seconds]: too slow" in done.err


def test_a_broken_file_is_exit_1_and_named() -> None:
    done = muster("count", "everyone", "--events", "tests/data/broken.csv")

    assert done.code == 1
    assert "broken.csv, row 3" in done.err


def test_every_command_has_help() -> None:
    for command in ("compile", "check", "fmt", "convert", "count", "members", "explain", "load", "demo"):
        done = muster(command, "--help")

        assert done.code == 0
        assert "Usage:" in done.out
