"""What is said about an engine or a schema names both the construct and what cannot answer it."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import Span
from muster.compiler.messages import engine as say


def test_an_unsupported_construct_names_itself_and_the_engine() -> None:
    told = say.unsupported("a sequence of 7 steps", "DuckDB", "Two audiences", Span(3, 5))

    assert (told.code, told.severity, told.origin) == ("E40", "error", Span(3, 5))
    assert told.message == "a sequence of 7 steps cannot be answered exactly by DuckDB."
    assert told.hint == "Two audiences"


def test_a_missing_log_of_stages_says_what_works_instead() -> None:
    told = say.no_stage_log("at_risk", None)

    assert told.code == "E40"
    assert "`entered lifecycle at_risk`" in told.message
    assert "no log of stage changes" in told.message
    assert told.hint is not None
    assert "lifecycle is at_risk" in told.hint


def test_a_missing_tie_order_names_the_events_and_the_table() -> None:
    told = say.tie_order_missing("first", ("buy", "see"), "orders")

    assert told.code == "E41"
    assert 'The first of "buy", "see"' in told.message
    assert "`orders`" in told.message
    assert "any event" in say.tie_order_missing("last", (), "orders").message


def test_an_unknown_engine_lists_the_known_ones() -> None:
    told = say.unknown_engine("oracle", ("duckdb", "memory"))

    assert (told.code, told.expected) == ("E43", ("duckdb", "memory"))
    assert '"oracle"' in told.message
    assert told.hint == "Known: duckdb, memory."
    assert say.unknown_dialect("oracle", ("duckdb",)).hint == "Known: duckdb."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (say.out_of_time(1.5), ("1.5 s",)),
        (say.out_of_memory(2_000_000_000), ("2,000 MB",)),
        (say.out_of_memory(None), ("more memory than there is",)),
        (say.too_many_rows(1000), ("1,000 people",)),
        (say.failed("DuckDB", "Catalog Error: no\n\nLINE 1"), ("DuckDB failed: Catalog Error: no",)),
        (say.failed("DuckDB", " "), ("no reason given",)),
        (say.not_installed("chdb-core", "chdb"), ("chdb-core", "pip install '.[chdb]'")),
        (say.no_such_table("x", ("a", "b")), ('"x"', "a, b")),
    ],
)
def test_failures_at_run_time_give_the_figures(text: str, parts: tuple[str, ...]) -> None:
    assert all(part in text for part in parts)
    assert "\n" not in text


def test_the_nearest_name_is_offered() -> None:
    assert say.unknown_dialect("postgresql", ["duckdb", "postgres"]).hint == (
        "Did you mean postgres? Known: duckdb, postgres."
    )
