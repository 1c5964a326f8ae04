"""What a Postgres database has, asked of the server's own catalog: columns of all that can be read, and unique indexes.

The standard's views (`information_schema`) know no materialized views, and tell constraints only to who may write to
their tables. It could go wrong by showing what the role may not read.
https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

from functools import partial

from sqlglot import exp

from muster.backends.sql.calls import Functions, integer
from muster.backends.sql.logic import Condition, Leaf, all_of, negate, render
from muster.backends.sql.names import Sql, column, table

call = Functions("FORMAT_TYPE", "HAS_COLUMN_PRIVILEGE", "HAS_SCHEMA_PRIVILEGE")
_CATALOG = "pg_catalog"
_KINDS = ("r", "p", "v", "m", "f")  # tables, whole and in parts, views, materialized views, foreign tables
_ID = "oid"


def catalog_columns() -> exp.Select:
    """Select namespace, table, column, type, whether that is Postgres's own, whether it is an array, and NOT NULL.

    A domain is what it is made of.
    """
    is_made_of = exp.EQ(this=column("b", _ID), expression=column("t", "typbasetype"))
    joins = [
        _by_id("pg_type", "t", column("a", "atttypid")),
        exp.Join(this=table("pg_type", "b", _CATALOG), side="LEFT", on=is_made_of),
        _by_id("pg_namespace", "k", _of_type("typnamespace")),
    ]
    return exp.Select(
        expressions=[
            *(column("n", "nspname"), column("c", "relname"), column("a", "attname")),
            call("FORMAT_TYPE", _of_type(_ID), exp.Null()),
            _equals(column("k", "nspname"), _CATALOG),
            _equals(_of_type("typcategory"), "A"),
            column("a", "attnotnull"),
        ],
        from_=exp.From(this=table("pg_attribute", "a", _CATALOG)),
        joins=[*_of_tables(column("a", "attrelid")), *joins],
        where=exp.Where(
            this=render(
                all_of(
                    _is_readable(column("a", "attnum")),
                    Leaf(lambda: exp.GT(this=column("a", "attnum"), expression=integer(0)), total=True),
                    negate(Leaf(lambda: column("a", "attisdropped"), total=True)),
                )
            )
        ),
        order=exp.Order(expressions=[column("n", "nspname"), column("c", "relname"), column("a", "attnum")]),
    )


def catalog_keys() -> exp.Select:
    """Select namespace, table, index and column of unique indexes on one column, in all rows."""
    first = exp.Bracket(this=column("i", "indkey"), expressions=[integer(0)], offset=1)  # counts from 0, as it stands
    is_it = all_of(
        _leaf_equal(column("a", "attrelid"), column("i", "indrelid")), _leaf_equal(column("a", "attnum"), first)
    )
    return exp.Select(
        expressions=[
            *(column("n", "nspname"), column("c", "relname")),
            *(exp.Cast(this=column("i", "indexrelid"), to=exp.DataType(this=exp.DType.TEXT)), column("a", "attname")),
        ],
        from_=exp.From(this=table("pg_index", "i", _CATALOG)),
        joins=[
            *_of_tables(column("i", "indrelid")),
            exp.Join(this=table("pg_attribute", "a", _CATALOG), on=render(is_it)),
        ],
        where=exp.Where(
            this=render(
                all_of(
                    _is_readable(column("a", "attnum")),
                    Leaf(lambda: column("i", "indisunique"), total=True),
                    Leaf(lambda: column("i", "indisvalid"), total=True),
                    _leaf_equal(column("i", "indnkeyatts"), integer(1)),
                    Leaf(lambda: exp.Is(this=column("i", "indpred"), expression=exp.Null()), total=True),
                )
            )
        ),
    )


def _of_tables(which: Sql) -> list[exp.Join]:
    return [_by_id("pg_class", "c", which), _by_id("pg_namespace", "n", column("c", "relnamespace"))]


def _by_id(name: str, alias: str, which: Sql) -> exp.Join:
    return exp.Join(this=table(name, alias, _CATALOG), on=exp.EQ(this=column(alias, _ID), expression=which))


def _of_type(name: str) -> Sql:
    """Give what the catalog says of a column's type; of a domain, what it says of that which it is made of."""
    return exp.Coalesce(this=column("b", name), expressions=[column("t", name)])


def _is_readable(attribute: Sql) -> Condition:
    """Test that a relation is of somebody's own, lasts, and that this role may read an attribute of it."""
    theirs, select, usage = (exp.Literal.string(each) for each in ("information_schema", "SELECT", "USAGE"))
    kinds = [exp.Literal.string(each) for each in _KINDS]
    own = [exp.Literal.string(_CATALOG), theirs]
    return all_of(
        Leaf(lambda: exp.In(this=column("c", "relkind"), expressions=kinds), total=True),
        negate(Leaf(partial(_equals, column("c", "relpersistence"), "t"), total=True)),
        negate(Leaf(lambda: exp.In(this=column("n", "nspname"), expressions=own), total=True)),
        Leaf(lambda: call("HAS_SCHEMA_PRIVILEGE", column("n", _ID), usage), total=True),
        Leaf(lambda: call("HAS_COLUMN_PRIVILEGE", column("c", _ID), attribute, select), total=True),
    )


def _equals(value: Sql, text: str) -> exp.EQ:
    return exp.EQ(this=value, expression=exp.Literal.string(text))


def _leaf_equal(one: Sql, other: Sql) -> Leaf:
    return Leaf(lambda: exp.EQ(this=one, expression=other), total=True)
