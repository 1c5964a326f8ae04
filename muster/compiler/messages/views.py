"""Wording of why a rule cannot stand on an engine's own clock, as a view or a model does."""

from __future__ import annotations

_INSTEAD = "Compile it with --as-of instead, which binds times before there is SQL."


def months_in_zone(timezone: str) -> str:
    """Say that months are stepped on a local calendar."""
    return (
        f"Months before now in {timezone} can fall into an hour that its clocks have twice, where engines differ. "
        f"Use days, calendar months, or --timezone UTC. {_INSTEAD}"
    )


def midnights(timezone: str) -> str:
    """Say that a zone has midnights twice, or not at all."""
    return f"{timezone} has midnights twice or not at all, where engines differ. Use --timezone UTC. {_INSTEAD}"


def too_far(years: int) -> str:
    """Say that a bound lies too far from now."""
    return f"A bound of this rule lies more than {years} years from now, where engines' calendars end. {_INSTEAD}"


def no_name(name: str) -> str:
    """Say what a view may be called."""
    return f'"{name}" is no name for a view: letters, digits and _, beginning with a letter, 63 at most.'


def no_sql(dialect: str) -> str:
    """Say that an engine has no SQL to stand anywhere."""
    return f"{dialect} has no SQL on a clock of its own."


def only_as() -> str:
    """Say what does not go with SQL that stands by itself."""
    return "--as writes SQL that takes the time from the engine's clock; it goes without --as-of and other outputs."


def only_checks() -> str:
    """Say what does not go with the queries that look at tables."""
    return "--checks prints queries that look at tables, and nothing else; it goes without other outputs."


def not_asked(condition: str) -> str:
    """Say in SQL that a condition of the rule is no test of it."""
    return f"no test, as nobody's answer depends on it: {condition}"
