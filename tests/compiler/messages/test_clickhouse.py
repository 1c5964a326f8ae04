"""What is said about a ClickHouse engine names the place, the reason and what would work."""

from __future__ import annotations

import pytest

from muster.compiler.messages import clickhouse as say


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (say.another_folder('"b"', '"a"'), ('is open on "a"', 'open "b" in another process')),
        (say.taken("a", "7"), ('"a"', "process 7")),
        (say.forked(), ('"spawn"',)),
        (say.closed(), ("open it again",)),
        (say.no_folder("a", "File exists"), ('"a"', "File exists")),
        (say.unopened("a"), ('"a"', "another process", "child")),
        (say.lacks_columns("profiles", ("pid", "external_id")), ("profiles", "pid, external_id")),
        (say.refused("host:1", "Code: 81."), ("host:1", "does not let us in: Code: 81; check the user")),
        (say.no_server("host:1", "refused"), ("host:1", "refused")),
        (say.no_address(), ("%2F", "clickhouse://user:password@host:8123/database")),
        (say.times_are_cut("25.1"), ("25.1", "1900", "2299", "26.7")),
    ],
)
def test_the_place_the_reason_and_what_works_are_named(text: str, parts: tuple[str, ...]) -> None:
    assert all(part in text for part in parts)
    assert "\n" not in text
