from __future__ import annotations

import json
import tomllib
from pathlib import Path

import duckdb
import pytest

from tests.api.invoking import muster


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """Make a shop's database."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE users (id VARCHAR PRIMARY KEY, plan VARCHAR)")
        made.execute("INSERT INTO users VALUES ('u1', 'pro'), ('u2', 'free')")
        made.execute("CREATE TABLE events (user_id VARCHAR, event VARCHAR, ts TIMESTAMP, properties JSON)")
        made.execute(
            "INSERT INTO events VALUES ('u1', 'buy', '2024-06-01', '{\"amount\": 12}'), ('u2', 'buy', NULL, '{}')"
        )
    return f"duckdb:{path}"


def test_a_map_that_is_written_answers_rules(shop: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    written = muster("schema", "init", "--db", shop, "-o", str(path))
    asked = ("--db", shop, "--map", str(path), "--as-of", "2024-06-15")

    assert written.code == 0
    assert "1 table of events" in written.out
    assert muster("members", "sum(amount) of buy > 10", *asked).out == "u1\n"
    assert muster("count", 'plan = "free" and did not buy', *asked).out == "1\n"


def test_a_map_is_printed_and_never_written_over(shop: str, tmp_path: Path) -> None:
    printed = muster("schema", "init", "--db", shop)
    path = tmp_path / "shop.toml"
    path.write_text("mine", encoding="utf-8")
    refused = muster("schema", "init", "--db", shop, "-o", str(path))

    assert tomllib.loads(printed.out)["events"]["table"] == "main.events"
    assert (refused.code, path.read_text(encoding="utf-8")) == (2, "mine")


def test_sql_of_a_map_needs_no_database(shop: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    muster("schema", "init", "--db", shop, "-o", str(path))
    made = muster("compile", "--map", str(path), "--dialect", "postgres", "--as-of", "2024-06-15", "did buy")

    assert made.code == 0
    assert 'FROM "main".events' in made.out


@pytest.mark.parametrize("form", [(), ("--inline",), ("--as", "view"), ("--placeholders", "named")])
def test_sql_that_takes_something_as_given_says_so(shop: str, tmp_path: Path, form: tuple[str, ...]) -> None:
    path = tmp_path / "shop.toml"
    muster("schema", "init", "--db", shop, "-o", str(path))
    given = muster("compile", "--map", str(path), "sum(amount) of buy > 1", *form)
    plain = muster("compile", "--map", str(path), "did buy", *form)

    assert given.err == (
        "note: this SQL takes as given that main.events.properties, amount, holds nothing but num; "
        "--checks prints queries that look.\n"
    )
    assert (given.code, plain.code, plain.err) == (0, 0, "")


def test_checks_are_printed_for_others_to_run(shop: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    muster("schema", "init", "--db", shop, "-o", str(path))
    asked = ("compile", "--map", str(path), "sum(amount) of buy > 1")
    printed, none = muster(*asked, "--checks"), muster("compile", "--map", str(path), "did buy", "--checks")
    data = json.loads(muster(*asked, "--json").out)
    with duckdb.connect(shop.removeprefix("duckdb:")) as made:
        before = made.sql(printed.out).fetchall()
        made.execute("INSERT INTO events VALUES ('u2', 'buy', '2024-06-01', '{\"amount\": \"much\"}')")
        after = made.sql(printed.out).fetchall()

    assert (before, after, printed.err) == ([(0,)], [(1,)], "")
    assert printed.out == f"{data['checks'][0]};\n"
    assert (none.code, none.out, none.err) == (0, "", "This SQL takes nothing as given that a query could look at.\n")
    assert muster(*asked, "--checks", "--inline").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("count", "everyone", "--db", "{shop}"), "--db needs a map of its tables"),
        (("count", "everyone", "--db", "{shop}", "--store", "."), "Give one of them"),
        (("count", "everyone", "--events", "tests/data/events.csv", "--inexact"), "it goes with --db"),
        (("schema", "init", "--db", "memory:"), "The engine memory reads no database"),
        (("schema", "init", "--db", "{shop}", "--preset", "posthog"), "This is no database of PostHog"),
    ],
)
def test_what_does_not_go_together_is_told(shop: str, arguments: tuple[str, ...], said: str) -> None:
    done = muster(*(each.replace("{shop}", shop) for each in arguments))

    assert done.code in {2, 3}
    assert said in done.err


def test_json_of_other_kinds_is_refused_and_left_out_on_request_with_a_label(shop: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(muster("schema", "init", "--db", shop).out, encoding="utf-8")
    with duckdb.connect(shop.removeprefix("duckdb:")) as made:
        made.execute("INSERT INTO events VALUES ('u2', 'buy', '2024-06-01', '{\"amount\": \"much\"}')")
    asked = ("count", "sum(amount) of buy > 10", "--db", shop, "--map", str(path), "--as-of", "2024-06-15")
    refused, labelled = muster(*asked), muster(*asked, "--inexact")

    assert (refused.code, refused.out) == (3, "")
    assert "main.events.properties, amount, holds something else than num in 1 row" in refused.err
    assert (labelled.code, labelled.out) == (0, "1\n")
    assert "warning: inexact" in labelled.err
    assert muster(*asked, "--inexact", "--json").out == '{"count": 1, "inexact": true}\n'


def test_a_database_that_cannot_be_opened_is_one_sentence() -> None:
    done = muster("schema", "init", "--db", "postgresql://nobody:secret@127.0.0.1:1/x")

    assert done.code == 3
    assert "secret" not in done.err + done.out
    assert len(done.err.strip().splitlines()) == 1
