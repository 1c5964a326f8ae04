"""What Postgres has besides columns cannot be smuggled past the query check: it calls functions in many disguises."""

from __future__ import annotations

import pytest

from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.sql.check import check_query
from muster.compiler.diagnostics import InternalError
from tests.sql_text import SCHEMA

_FROM = "profiles AS p"


def check(condition: str, source: str = _FROM) -> None:
    check_query(f"SELECT p.external_id FROM {source} WHERE {condition}", "members", SCHEMA, PostgresDialect())


@pytest.mark.parametrize(
    "condition",
    [
        "p.plan__str = %(p0)s",
        'LOWER(p.plan__str COLLATE "C") = %(p0)s',
        "EXTRACT(EPOCH FROM p.created_at - %(p0)s) > 1",
        "EXISTS(SELECT 1 FROM UNNEST(p.items__items) AS x WHERE x.sku__str = %(p0)s)",
        "p.pid IN (SELECT ((ARRAY_AGG(e ORDER BY e.ts NULLS FIRST))[1]).pid FROM events AS e)",
        "p.pid IN (SELECT total FROM (SELECT e.pid AS total FROM events AS e) AS m)",
    ],
)
def test_what_the_generator_means_passes(condition: str) -> None:
    check(condition)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        # a function of another namespace, or of a row, spelled as a field
        ("pg_catalog.lower(p.plan__str) = %(p0)s", "a Dot that"),
        ('"evil".lower(p.plan__str) = %(p0)s', "a Dot that"),
        ("evil.md5(p.plan__str) = %(p0)s", "a Dot that"),
        ("(p.plan__str).secret(%(p0)s)", "a Dot that"),
        ('(p.plan__str)."evil" = %(p0)s', "the field evil"),
        ('((p.items__items)[1])."evil" = %(p0)s', "the field evil"),
        ('p."evil" = %(p0)s', "the column evil"),
        ("p.evil = %(p0)s", "the column evil"),
        # parts of instants
        ("EXTRACT(DAY FROM p.created_at) = 1", "a Extract that"),
        ("EXTRACT(TIMEZONE FROM p.created_at) = 1", "a Extract that"),
        ("date_part(%(p0)s, p.created_at) = 1", "a Extract that"),
        # collations
        ('p.plan__str COLLATE "de_DE" = %(p0)s', "a Collate that"),
        ('p.plan__str COLLATE "evil"."C" = %(p0)s', "a Collate that"),
        ("p.plan__str COLLATE C = %(p0)s", "a Collate that"),
        # system columns
        *(
            (f"{before}{column} = %(p0)s", f"the column {column}")
            for column in ("ctid", "xmin", "XMIN", "xmax", "cmin", "cmax", "tableoid", "oid")
            for before in ("p.", "")
        ),
        *((f'p."{column}" = %(p0)s', f"the column {column}") for column in ("ctid", "xmin", "tableoid")),
        # words that are functions
        *((f"p.plan__str = {word}", f"the column {word}") for word in ("user", "current_role", "system_user")),
        (
            'p.pid IN (SELECT user FROM (SELECT e.pid AS "user" FROM events AS e) AS m)',
            "the name user without quotes",
        ),
        # whole rows
        ("CONCAT(p) = %(p0)s", "a row of p"),
        ("p IS NOT NULL", "a row of p"),
        ("p = p", "a row of p"),
        ("(p).plan__str = %(p0)s", "a row of p"),
        ("MAX(p) = %(p0)s", "a row of p"),
        ("ARRAY_AGG(p) = %(p0)s", "a row of p"),
        ("EXISTS(SELECT 1 FROM UNNEST(p.items__items) AS x WHERE x IS NULL)", "a row of x"),
        ("CONCAT(p.*) = %(p0)s", "a Column that"),
        # functions of rows
        ("ROW(p.pid, p.plan__str) = %(p0)s", "the function ROW"),
        ("row_to_json(p) = %(p0)s", "the function row_to_json"),
        ("to_jsonb(p) = %(p0)s", "the function to_jsonb"),
    ],
)
def test_what_is_smuggled_in_is_refused(condition: str, found: str) -> None:
    with pytest.raises(InternalError, match=f"the SQL holds {found}"):
        check(condition)


@pytest.mark.parametrize("source", ['profiles AS p("a", external_id)', "profiles AS p(external_id)"])
def test_a_table_keeps_the_names_of_its_columns(source: str) -> None:
    """Or another column would be given out as the id."""
    with pytest.raises(InternalError, match="a Table that"):
        check("p.pid = %(p0)s", source)
