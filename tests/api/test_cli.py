from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from muster.api import cli
from muster.api.commands import rules
from muster.backends.base import EngineError
from muster.compiler.diagnostics import InternalError
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

    assert done.code == 2
    assert "--events" in done.err
    assert json.loads(muster("count", "everyone", "--json").err)["error"]["code"] == "usage"


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
    assert done.err.endswith("\nTo leave such rows out: --skip-bad-rows.\n")


def test_a_file_without_rows_says_nothing_of_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    done = muster("count", "everyone", "--events", str(tmp_path / "a.csv"))

    assert done.code == 1
    assert "--skip-bad-rows" not in done.err


def test_every_command_has_help() -> None:
    for command in ("compile", "check", "fmt", "convert", "count", "members", "explain", "load", "demo"):
        done = muster(command, "--help")

        assert done.code == 0
        assert "Usage:" in done.out


def test_a_bug_and_a_system_failure_are_exit_3_with_their_message(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Exception] = [InternalError("lower", "No such node"), PermissionError(13, "Permission denied", "/x")]
    told: list[str] = []

    def fail(*_: object, **__: object) -> None:
        raise raised[len(told)]

    monkeypatch.setattr(rules, "compile_query", fail)
    for _ in raised:
        done = muster("compile", "everyone")
        assert done.code == 3
        told.append(done.err)

    assert "No such node (stage: lower)" in told[0]
    assert '"/x": Permission denied.' in told[1]


def test_rules_that_are_not_utf8_are_exit_1_and_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "rule.muster").write_bytes(b'plan = "caf\xe9"')

    for command in ("compile", "fmt", "check"):
        done = muster(command, "--file", str(tmp_path / "rule.muster"))
        assert done.code == 1
        assert "rule.muster" in done.err
        assert "not UTF-8 (byte 12)" in done.err


HOSTILE = {
    "empty": b"",
    "nul": b"\x00\x00",
    "latin": b"\xff\xfe\xe9",
    "deep.json": b"[" * 100_000,
    "deep_object.json": b'{"all":[' * 5_000,
    "open_library": b'audience "x": ',
    "brackets": b"(" * 5_000,
    "bom.json": b"\xef\xbb\xbf{}",
    "list.json": b"[1e999999]",
    "numbers.json": b'{"audiences":' + b"9" * 5_000 + b"}",
    "events.csv": b"external_id,event,ts\n\xff,x,y\n",
    "people.parquet": b"PAR1PAR1",
    "people.ndjson": b"{" * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(
    "arguments",
    [
        ("compile", "-f", "{}"),
        ("check", "-f", "{}", "--json"),
        ("fmt", "-f", "{}", "--check"),
        ("convert", "-f", "{}", "--to", "english"),
        ("count", "everyone", "--events", "{}"),
        ("explain", "everyone", "--profiles", "{}", "--id", "u1"),
        ("members", "everyone", "--events", "tests/data/events.csv", "--map", "{}"),
        ("load", "{}", "--events", "tests/data/events.csv", "--replace"),
        ("load", "{}/inside", "--events", "tests/data/events.csv"),
    ],
    ids=" ".join,
)
def test_hostile_files_never_end_in_a_traceback(tmp_path: Path, name: str, arguments: tuple[str, ...]) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    done = muster(*(each.replace("{}", str(path)) for each in arguments))

    assert done.code in {0, 1, 2, 3}
    assert "Traceback" not in done.out + done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("compile", "everyone", "-p", "x=" + "[" * 100_000),
        ("compile", "ltv > $x", "-p", "x=" + "[" * 500 + "]" * 500),
        ("compile", "ltv > $x", "-p", "x=NaN"),
        ("compile", "ltv > $x", "-p", "x=1e999999999"),
        ("compile", "ltv > $x", "-p", "x=" + "9" * 5_000),
        ("compile", "plan = $x", "-p", "x=\udcff"),
        ("compile", "plan = '\udcff'"),
        ("compile", "\x00"),
        ("compile", "everyone", "--as-of", "9" * 5_000),
        ("compile", "everyone", "--as-of", "0001-01-01"),
        ("compile", "everyone", "--timezone", "../../etc/passwd"),
        ("compile", "everyone", "--timezone", "\x00"),
        ("compile", "everyone", "--timezone", ""),
        ("compile", "everyone", "--dialect", "../x"),
        ("compile", "", "--json"),
        ("count", "everyone", "--events", "tests/data/events.csv", "--engine", ""),
        ("count", "everyone", "--events", "tests/data/events.csv", "--engine", "memory:x"),
        ("count", "everyone", "--events", "tests/data/events.csv", "--max-seconds", "nan"),
        ("count", "everyone", "--events", "tests/data/events.csv", "--max-seconds", "-1"),
        ("count", "everyone", "--store", "tests"),
        ("explain", "everyone", "--events", "tests/data/events.csv", "--id", "\udcff"),
        ("explain", "everyone", "--id", "u1"),
        ("load", "", "--events", "tests/data/events.csv"),
        ("load", "/", "--events", "tests/data/events.csv"),
        ("load", "x" * 5_000, "--events", "tests/data/events.csv"),
        ("load", "/proc/nothing/here", "--events", "tests/data/events.csv"),
        ("demo", "--people", "-1"),
        ("demo", "--people", "0"),
    ],
    ids=lambda arguments: " ".join(arguments)[:60].encode("ascii", "backslashreplace").decode(),
)
def test_hostile_arguments_never_end_in_a_traceback(arguments: tuple[str, ...]) -> None:
    done = muster(*arguments)

    assert done.code in {0, 1, 2, 3}
    assert "Traceback" not in done.out + done.err


def test_a_parameter_nested_beyond_reading_is_a_usage_error() -> None:
    for value in ("[" * 100_000, "[" * 500 + "]" * 500):
        done = muster("compile", "everyone", "-p", f"x={value}")

        assert done.code == 2
        assert "--param x is nested too deeply" in done.err


HEAVY = ("duckdb", "numpy", "pyarrow", "pydantic", "sqlglot")


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--version"], []),
        (["check", 'plan = "pro"'], []),
        (["fmt", 'plan = "pro"'], []),
        (["check", '{"trait": "plan", "op": "exists"}'], ["pydantic"]),
        (["compile", 'plan = "pro"'], ["sqlglot"]),
    ],
)
def test_a_command_loads_only_what_it_uses(arguments: list[str], loaded: list[str]) -> None:
    program = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print(sorted({HEAVY!r} & sys.modules.keys()), file=sys.stderr))\n"
        "from muster.api.cli import main\n"
        f"main({arguments!r})\n"
    ).replace(repr(HEAVY), repr(set(HEAVY)))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stderr.splitlines()[-1] == str(loaded)


def test_every_command_is_where_it_is_said_to_be() -> None:
    context = click.Context(cli.main)

    for name in cli.main.list_commands(context):
        command = cli.main.get_command(context, name)
        assert command is not None
        assert command.name == name
    assert cli.main.get_command(context, "nonsense") is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("count", "--nonsense"), "No such option '--nonsense'."),
        (("bogus",), "No such command 'bogus'."),
        (("count",), "Give a rule as an argument or with --file, one of the two."),
    ],
)
def test_a_wrong_command_line_is_json_where_json_is_asked_for(arguments: tuple[str, ...], message: str) -> None:
    done = muster(*arguments, "--json")

    assert done.code == 2
    assert json.loads(done.err) == {"error": {"code": "usage", "message": message}}
    assert done.out == ""


def test_help_says_what_the_exit_codes_mean() -> None:
    told = muster("--help").out

    assert "Exit codes:" in told
    assert all(f"  {code}  " in told for code in (0, 1, 2, 3))
