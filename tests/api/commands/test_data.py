from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from pathlib import Path

import pytest

from muster.backends.discover import all_backends
from tests.api.invoking import muster

FILES = ("--events", "tests/data/events.csv", "--profiles", "tests/data/people.csv", "--as-of", "2024-06-15")
ENGINES = [f"{scheme}:" for backend in all_backends() for scheme in backend.schemes]
RULE = "did purchase at least 2 times and sum(amount) of purchase > 100"


@pytest.mark.parametrize("engine", ENGINES)
def test_count_gives_one_number_on_every_engine(engine: str) -> None:
    done = muster("count", RULE, *FILES, "--engine", engine)

    assert (done.code, done.out) == (0, "1\n")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("everyone", ["u1", "u2", "u3", "u4"]),
        ('plan = "pro"', ["u1", "u3"]),
        ('plan != "pro"', ["u2", "u4"]),
        ("seats > 10", ["u1", "u4"]),
        ('zip = "02134"', ["u1"]),
        ("did not purchase", ["u3", "u4"]),
        ("did signup in last 14 days", ["u1"]),
    ],
)
def test_members_of_files(engine: str, rule: str, expected: list[str]) -> None:
    done = muster("members", rule, *FILES, "--engine", engine, "--json")

    assert json.loads(done.out) == {"count": len(expected), "members": expected}


def test_ids_that_look_like_formulas_are_written_as_they_are_or_marked(tmp_path: Path) -> None:
    ids = ["+47 1", "-5", "=1+1", "@a", "\rb", "c"]
    people = "".join(f"{json.dumps({'id': each})}\n" for each in ids)
    (tmp_path / "people.ndjson").write_text(people, encoding="utf-8")
    asked = ("members", "everyone", "--profiles", str(tmp_path / "people.ndjson"), "--csv")

    exact, safe = muster(*asked).out, muster(*asked, "--spreadsheet-safe").out
    assert [row[0] for row in csv.reader(StringIO(exact, newline=""))] == ["external_id", *sorted(ids)]
    assert [row[0] for row in csv.reader(StringIO(safe, newline=""))] == [
        "external_id",
        *(f"'{each}" for each in sorted(ids) if each != "c"),
        "c",
    ]
    for other in ((), ("--json",)):
        refused = muster("members", "everyone", *FILES, "--spreadsheet-safe", *other)
        assert (refused.code, "--csv" in refused.err) == (2, True)


def test_members_as_csv_and_limited() -> None:
    assert muster("members", "everyone", *FILES, "--csv", "--limit", "2").out == "external_id\nu1\nu2\n"
    assert muster("members", "nobody", *FILES).out == ""


def test_an_unknown_engine_is_named_with_the_known_ones() -> None:
    done = muster("count", "everyone", *FILES, "--engine", "oracle:")

    assert done.code == 2
    assert "duckdb, memory" in done.err


@pytest.mark.parametrize("more", [("--events", FILES[1]), ("--as-of", "2024-01-01", "--as-of=2024-01-02")])
def test_an_option_that_is_given_twice_is_refused(more: tuple[str, ...]) -> None:
    done = muster("count", "everyone", *FILES, *more)

    assert done.code == 2
    assert f"{more[0]} was given more than once" in done.err


def test_a_rule_may_look_like_an_option() -> None:
    assert "given more than once" not in muster("check", "--", "--events --events").err


@pytest.mark.parametrize(
    "address", ["//me:secret@host/base", "//me:a/secret/b@host/base", "//host/base?password=secret", "me:secret@host"]
)
@pytest.mark.parametrize("scheme", ["postgresql", "clickhouse", "oracle"])
def test_what_is_said_of_an_address_has_no_password(scheme: str, address: str, tmp_path: Path) -> None:
    for where in (FILES, ("--store", str(tmp_path))):
        done = muster("count", "everyone", *where, "--engine", f"{scheme}:{address}")

        assert done.code != 0
        assert "secret" not in done.out + done.err


def test_an_unknown_engine_or_dialect_is_noticed_before_data_is_read() -> None:
    for command, option, name in (("count", "--engine", "oracle:"), ("explain", "--dialect", "oracle")):
        done = muster(command, "everyone", "--events", "tests/data/broken.csv", option, name)

        assert (done.code, "E43" in done.err, "broken.csv" in done.err) == (2, True, False)


@pytest.mark.parametrize("seconds", ["-1", "0"])
def test_a_time_that_no_query_could_keep_to_is_a_usage_error(seconds: str) -> None:
    done = muster("count", "everyone", *FILES, "--max-seconds", seconds)

    assert (done.code, "--max-seconds" in done.err, "D30" in done.err) == (2, True, False)


def test_the_dialects_offered_are_those_that_have_sql() -> None:
    done = muster("compile", "everyone", "--events", "tests/data/broken.csv", "--dialect", "oracle")

    known = ", ".join(backend.name for backend in all_backends() if backend.dialect)
    assert (done.code, f"Known: {known}." in done.err) == (2, True)


def test_explaining_a_person_of_a_loaded_folder_says_what_would_work(tmp_path: Path) -> None:
    muster("load", str(tmp_path / "data"), *FILES[:4])
    done = muster("explain", RULE, "--store", str(tmp_path / "data"), "--id", "u1")

    assert done.code == 2
    assert "give --events FILE and --profiles FILE with --id" in done.err


def test_without_profiles_the_people_of_the_events_are_everyone() -> None:
    assert muster("count", "everyone", "--events", "tests/data/events.csv").out == "3\n"


def test_bad_rows_are_counted_and_listed_when_left_out() -> None:
    done = muster("count", "everyone", "--events", "tests/data/broken.csv", "--skip-bad-rows")

    assert done.out == "2\n"
    assert "left out: broken.csv, row 3" in done.err


def test_a_list_of_rows_left_out_that_is_cut_says_how_many_more_there_are(tmp_path: Path) -> None:
    rows = "".join(f"u{number},signup,{'2024-06-01' if number < 5 else 'soon'}\n" for number in range(30))
    (tmp_path / "e.csv").write_text(f"user_id,event,timestamp\n{rows}", encoding="utf-8")
    arguments = ("count", "everyone", "--events", str(tmp_path / "e.csv"), "--skip-bad-rows")

    listed = muster(*arguments).err.splitlines()
    told = json.loads(muster(*arguments, "--json").err)

    assert listed[-2].startswith("  left out: e.csv, row 26,")
    assert listed[-1] == "  and 5 more"
    assert (told["bad_row_count"], [row["row"] for row in told["bad_rows"]]) == (25, list(range(7, 27)))


@pytest.mark.parametrize("dialect", [backend.name for backend in all_backends() if backend.dialect])
def test_every_dialect_has_sql_for_the_rule(dialect: str) -> None:
    done = muster("compile", RULE, *FILES, "--dialect", dialect)

    assert done.code == 0
    assert done.out.startswith(("SELECT", "WITH"))


def test_explain_a_rule_shows_its_stages() -> None:
    assert "-- plan" in muster("explain", RULE, *FILES).out


def test_explain_a_rule_as_json_is_an_object_of_its_stages() -> None:
    stages = json.loads(muster("explain", RULE, *FILES, "--json").out)["stages"]

    assert list(stages) == [
        "rule",
        "english",
        "warnings",
        "expression",
        "after_passes",
        "plan",
        "shape",
        "sql",
        "parameters",
    ]
    assert stages["rule"] == RULE
    assert stages["sql"].startswith("SELECT")


def test_load_takes_files_only() -> None:
    assert "--store DIRECTORY" not in muster("load", "--help").out
    assert muster("load", "somewhere", "--store", ".").code == 2


def test_explain_a_person_shows_the_evidence() -> None:
    done = muster("explain", RULE, *FILES, "--id", "u1")

    assert done.out.startswith("u1 is a member.")
    assert "110.5" in done.out
    found = json.loads(muster("explain", RULE, *FILES, "--id", "u2", "--json").out)
    assert found["member"] is False
    assert [condition["holds"] for condition in found["conditions"]] == [False, False]


def test_explaining_nobody_is_said() -> None:
    done = muster("explain", RULE, *FILES, "--id", "u99")

    assert done.code == 1
    assert "u99" in done.err


def test_a_loaded_folder_answers_like_the_files(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    loaded = muster("load", folder, *FILES[:4], "--json")
    answered = muster("count", RULE, "--store", folder, "--as-of", "2024-06-15")

    assert json.loads(loaded.out) == {"people": 4, "events": 6}
    assert answered.out == "1\n"
    assert muster("load", folder, *FILES[:4]).code == 3
    assert muster("load", folder, *FILES[:4], "--replace").code == 0
    assert muster("count", "everyone", "--store", folder, "--engine", "duckdb").out == "4\n"
    assert muster("count", "everyone", "--store", folder, *FILES[:2]).code == 2
    assert muster("count", "everyone", "--store", folder, "--engine", "memory:").code == 2


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")

    assert muster("load", str(tmp_path), *FILES[:4], "--replace").code == 3
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", ["count", "compile", "check", "explain"])
def test_every_command_over_files_lists_the_rows_left_out(command: str) -> None:
    done = muster(command, "did signup", "--events", "tests/data/broken.csv", "--skip-bad-rows")

    assert done.code == 0
    assert done.err.count("left out: broken.csv, row 3") == 1


def test_an_anonymous_id_that_a_user_has_too_is_marked(tmp_path: Path) -> None:
    log = [
        {"type": "track", "event": "buy", "anonymousId": "x", "messageId": "1", "timestamp": "2024-01-01T00:00:00Z"},
        {"type": "track", "event": "see", "userId": "x", "messageId": "2", "timestamp": "2024-01-01T00:00:00Z"},
        {"type": "track", "event": "buy", "userId": "y", "messageId": "3", "timestamp": "2024-01-01T00:00:00Z"},
    ]
    (tmp_path / "log.ndjson").write_text("\n".join(map(json.dumps, log)), encoding="utf-8")
    files = ("--events", str(tmp_path / "log.ndjson"), "--as-of", "2024-06-15")

    assert muster("members", "everyone", *files).out == "x\nx (anonymous)\ny\n"
    assert muster("members", "did buy", *files).out == "x (anonymous)\ny\n"
    assert muster("members", "did see", *files).out == "x\n"
    assert muster("members", "everyone", *files, "--limit", "1").out == "x\n"
    assert muster("members", "everyone", *files, "--csv").out == "external_id,anonymous\nx,\nx,true\ny,\n"
    assert json.loads(muster("members", "did buy", *files, "--json").out) == {
        "count": 2,
        "members": ["x", "y"],
        "anonymous": ["x"],
    }


@pytest.mark.parametrize("folder", [".", "..", "/"])
def test_a_folder_to_load_into_has_a_name(folder: str) -> None:
    assert muster("load", folder, *FILES[:4], "--replace").code == 2


def test_what_an_engine_cannot_answer_is_shown_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("user_id,event,ts,status\nu1,payment,2024-01-01,ok\n", encoding="utf-8")
    done = muster("count", 'last(status) of payment = "ok"', "--events", str(tmp_path / "e.csv"))

    assert done.code == 1
    assert "error[E41]" in done.err
    assert "rule:1:1" in done.err


@pytest.mark.parametrize("command", ["count", "members"])
def test_help_names_every_engine_there_is(command: str) -> None:
    shown = " ".join(muster(command, "--help").out.split())

    assert all(engine in shown for engine in ENGINES)


@pytest.mark.parametrize(("engine", "extra"), [("chdb:", "chdb"), ("clickhouse:", "chdb")])
def test_a_missing_driver_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, engine: str, extra: str
) -> None:
    for name in [
        each for each in sys.modules if each.startswith(("clickhouse_connect", "muster.backends.clickhouse."))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "clickhouse_connect", None)
    done = muster("count", "everyone", *FILES, "--engine", engine)

    assert (done.code, done.out) == (3, "")
    assert f"clickhouse-connect, which is not installed. In a checkout of Muster: pip install '.[{extra}]'" in done.err
    assert "Traceback" not in done.err


def test_a_server_is_no_engine_in_memory() -> None:
    done = muster("count", "everyone", *FILES, "--engine", "clickhouse://host/database")

    assert done.code == 2
    assert '"clickhouse:"' in done.err


def test_a_note_as_json_says_what_would_work_too(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("user_id,event,ts,usd\nu1,buy,2024-01-01,1\nu1,buy,2024-01-01,1e5\nu1,buy,2024-01-01,3\n", "utf-8")
    done = muster("count", "did buy", "--events", str(path), "--as-of", "2024-01-02", "--json")
    notes = json.loads(done.err)["notes"]

    assert [note["code"] for note in notes] == ["D30", "D31", "D36"]
    assert notes[2]["hint"].endswith('"usd" = "num"')


@pytest.mark.parametrize("engine", ENGINES)
def test_a_first_value_is_refused_on_every_engine_where_equal_times_have_no_order(engine: str, tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    events.write_text("user_id,event,ts,x\na,p,2024-01-01,1\na,p,2024-01-01,2\n", encoding="utf-8")
    done = muster("count", "first(x) of p = 1", "--events", str(events), "--as-of", "2024-06-15", "--engine", engine)

    assert (done.code, done.out) == (1, "")
    assert "error[E41]" in done.err


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1", "soon"])
def test_a_limit_of_time_is_a_number_of_seconds(seconds: str) -> None:
    done = muster("count", "everyone", *FILES, "--max-seconds", seconds)

    assert done.code == 2
    assert "--max-seconds" in done.err
