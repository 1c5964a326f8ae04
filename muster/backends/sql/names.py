"""Names in SQL: columns, tables and the aliases that the generator gives them.

Kept apart because a name printed wrongly is the one hole that parameters cannot close. Names come only from the
Schema and from the constants here. A name stands without quotes only if no engine can read it as anything else:
one of our own fixed names, or a catalogue column, which ends in `__` and a kind. All others are quoted.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sqlglot import exp

from muster.compiler.schema import Schema

Sql = exp.Expr

PEOPLE = "p"  # the universe of the outermost SELECT
EVENTS = "e"
TRAITS = "t"  # profiles joined inside an event scan
BEFORE = "a"  # the step before, in a sequence
AFTER = "b"  # an event that must not come
GROUP = "m"  # one row a person: what their events add up to
ELEMENT = "u"  # one row an element of a property's list
STAGES = "s"
ROW = "r"  # of somebody else's table
BITS = "l"  # one row a person: the scans they are in, as bits
ARMS = "w"

STAGE_TABLE = "stage_log"
STAGE_KEY = "pid"
STAGE_NAME = "stage"
STAGE_TIME = "ts"

_OWN = frozenset(
    {
        *(PEOPLE, EVENTS, TRAITS, BEFORE, AFTER, GROUP, ELEMENT, STAGES, BITS, ARMS, ROW),
        *(STAGE_TABLE, STAGE_NAME),
        *("profiles", "pid", "external_id", "is_anonymous", "first_seen", "last_seen", "created_at"),
        *("lifecycle_stage", "p_return", "p_alive", "usual_gap_days", "overdue_ratio"),
        *("events", "event", "ts", "mid"),
        *("str", "num", "bool", "time", "nested"),
        *("batch", "instants", "same_key", "next_key", "next_keys", "came_at", "nth_period", "total", "weight"),
    }
)
_GENERATED = re.compile(r"[a-z][a-z0-9_]*__[a-z]+|x|x_[0-9]+|(?:bits|members)_[0-9]+")
_BOUND = re.compile(r"bounds|clock|as_of(?:_[a-z0-9_]+)?|(?:day|week|month|quarter|year)_start(?:_[a-z0-9_]+)?")
MEMBERS = re.compile(r"members_[0-9]+")
VARIABLE = re.compile(r"x|x_[0-9]+")  # of a lambda
RELATION = re.compile(r"(?:people|step|leaves)(?:_[0-9]+)+")


@lru_cache(maxsize=4096)
def is_plain(name: str) -> bool:
    """Tell whether a name may stand without quotes."""
    return name in _OWN or any(each.fullmatch(name) for each in (_GENERATED, RELATION, _BOUND))


def identifier(name: str) -> exp.Identifier:
    """Print a name as an identifier."""
    return exp.Identifier(this=name, quoted=not is_plain(name))


def bits_column(word: int) -> str:
    """Name a word of bits of scans."""
    return f"bits_{word}"


def members_column(word: int) -> str:
    """Name a word of bits of audiences."""
    return f"members_{word}"


def column(source: str, name: str) -> exp.Column:
    """Name a column of an aliased table, or a field of a lambda's variable."""
    return exp.Column(this=identifier(name), table=identifier(source))


def bare(name: str) -> exp.Column:
    """Name a column of the only table in sight."""
    return exp.Column(this=identifier(name))


def system_table(name: str) -> exp.Table:
    """Name a table of a server's own, which no rule's query may read."""
    return exp.Table(this=identifier(name), db=identifier("system"))


def table(name: str, alias: str | None = None, namespace: str | None = None) -> exp.Table:
    """Read a table; the only place in the generators that makes one."""
    named = None if alias is None else exp.TableAlias(this=identifier(alias))
    place = None if namespace is None else identifier(namespace)
    return exp.Table(this=identifier(name), db=place, alias=named)


def people_table(schema: Schema, alias: str) -> exp.Table:
    """Read the people."""
    return table(schema.profiles.table, alias, schema.profiles.namespace)


def events_table(schema: Schema, alias: str) -> exp.Table:
    """Read the events."""
    return table(schema.events.table, alias, schema.events.namespace)


def rows_of(function: exp.Anonymous) -> exp.Table:
    """Read what a function gives; never in a rule's SQL, where the query check refuses it."""
    return exp.Table(this=function)


def derived(select: exp.Select | exp.Union, alias: str) -> exp.Subquery:
    """Read from a SELECT as if it were a table."""
    return exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(alias)))


def named(value: Sql, name: str) -> Sql:
    """Give an output column a name, unless it has that name already."""
    if isinstance(value, exp.Column) and value.name == name:
        return value
    return exp.Alias(this=value, alias=identifier(name))
