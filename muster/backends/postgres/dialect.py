"""Postgres's words: how its functions, arrays and parameters are spelled.

Kept apart from the shared generator, so that another engine is another file like this one. It can go wrong where a
function means something else than it seems: `lower` folds by the database's locale unless told otherwise, there is no
aggregate that picks a row, none for booleans in MIN, and a join as of an instant is a query for each row.
https://www.postgresql.org/docs/current/functions.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from string import ascii_uppercase
from typing import Any, Literal

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.generators.postgres import PostgresGenerator

from muster.backends.base import Parameter, Spell
from muster.backends.postgres.clock_words import PostgresClockWords
from muster.backends.postgres.own_words import PostgresOwnWords
from muster.backends.sql.calls import Functions, integer
from muster.backends.sql.dialect import SelectWith, SqlDialect
from muster.backends.sql.logic import Leaf, all_of, render
from muster.backends.sql.names import GROUP, Sql, bare, column, derived, identifier, named
from muster.backends.sql.params import Parameters
from muster.backends.sql.patterns import Spelling, pattern_text
from muster.backends.sql.writer import Handler, Writer
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import TextTest
from muster.compiler.regex import Regex
from muster.compiler.values import Kind

_SHARES = 10_000
_HASH_BYTES = 4
_DAY, _HOUR, _MINUTE, _SECOND = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000
_INSTANTS = "instants"
_ENTRY = "x"  # of a map; a lambda's variable would be as good, as nothing else is read beside it
_TO_LOWER = str.maketrans({letter: letter.lower() for letter in ascii_uppercase})

# https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS; a text holds no NUL.
SPELLING = Spelling(r"\A", r"\Z", lambda code: rf"\U{code:08X}", least=1)

call = Functions(
    "ARRAY_PREPEND",
    "BIT_OR",
    "CARDINALITY",
    "CONCAT",
    "DECODE",
    "DIV",
    "GET_BYTE",
    "LENGTH",
    "LOWER",
    "MAKE_INTERVAL",
    "MD5",
    "MOD",
    "RIGHT",
    "STARTS_WITH",
    "STRPOS",
    "UNNEST",
    "WIDTH_BUCKET",
)


def _own(theirs: Mapping[type[exp.Expr], Handler]) -> dict[type[exp.Expr], Handler]:
    def alter(generator: Any, node: exp.Alter) -> str:
        """Print what is added: a table's is a column, a type's an attribute."""
        if node.args["kind"] != "TYPE":
            return theirs[exp.Alter](generator, node)
        (added,) = node.args["actions"]
        return f"ALTER TYPE {generator.sql(node, 'this')} ADD ATTRIBUTE {generator.sql(added)}"

    return {exp.Alter: alter}


def _own_to_run(theirs: Mapping[type[exp.Expr], Handler]) -> dict[type[exp.Expr], Handler]:
    def name(generator: Any, node: exp.Identifier) -> str:
        """Double what the driver would take for a parameter."""
        return theirs[exp.Identifier](generator, node).replace("%", "%%")

    return {**_own(theirs), exp.Identifier: name}


_TO_READ, _TO_RUN = (Writer(PostgresGenerator, Postgres(), own) for own in (_own, _own_to_run))


class PostgresDialect(SqlDialect):
    """The words of Postgres."""

    name = "postgres"
    own = PostgresOwnWords()
    clock = PostgresClockWords()
    functions = call.names
    inlines_relations = True
    nodes: Mapping[type[exp.Expr], str] = {
        exp.Any: "this",
        exp.ArrayAgg: "this",
        exp.ArrayPrepend: "this expression null_propagation",
        exp.BitwiseAnd: "this expression",
        exp.BitwiseOrAgg: "this",
        exp.Bracket: "this expressions offset",
        exp.CTE: "this alias materialized",
        exp.Collate: "this expression",
        exp.Decode: "this charset",
        exp.Div: "this expression typed safe",
        exp.Exists: "this",
        exp.Explode: "this",
        exp.Extract: "this expression",
        exp.Lateral: "this alias",
        exp.Length: "this",
        exp.Limit: "expression",
        exp.Lower: "this",
        exp.MakeInterval: "year month week day hour minute second",
        exp.MD5: "this",
        exp.Neg: "this",  # sqlglot reads the index of an array as one less
        exp.Order: "this expressions",
        exp.Ordered: "this nulls_first desc",
        exp.Placeholder: "this",
        exp.Right: "this expression",
        exp.Select: "with_ distinct expressions from_ joins where group having order limit",
        exp.Unnest: "expressions alias",
        exp.Var: "this",
        exp.WidthBucket: "this threshold",
    }

    def write(self, tree: Sql, *, pretty: bool = False, spell: Spell | None = None) -> str:
        """Print SQL; what runs is run with parameters, if only none, so that a `%` in a name is doubled."""
        return (_TO_READ if pretty else _TO_RUN).write(tree, pretty=pretty, spell=spell)

    def in_text(self, name: str) -> str:
        """Double `%`, as `write` does."""
        return name.replace("%", "%%")

    def parameter(self, parameter: Parameter) -> Sql:
        """Stand in for a value: `%(p0)s`, which the driver sends beside the text."""
        return exp.Placeholder(this=parameter.name)

    # --- values -------------------------------------------------------------------------------------------------
    def is_among(self, value: Sql, array: Sql, *, in_lambda: bool) -> Sql:  # noqa: ARG002 (the same in both)
        """Test membership; from nine items on Postgres looks them up in a hash table."""
        return exp.EQ(this=value, expression=exp.Any(this=exp.Paren(this=array)))

    def text_passes(self, value: Sql, test: TextTest, parameters: Parameters) -> Sql:
        """Test a text; in the collation "C" only ASCII letters are folded."""
        needle = test.needle
        if test.ignore_case:
            as_bytes = exp.Collate(this=value, expression=identifier("C"))
            value, needle = call("LOWER", as_bytes), needle.translate(_TO_LOWER)
        sought = parameters.value("str", needle)
        match test.how:
            case "equals":
                return exp.EQ(this=value, expression=sought)
            case "contains":
                return exp.GT(this=call("STRPOS", value, sought), expression=integer(0))
            case "starts_with":
                return call("STARTS_WITH", value, sought)
            case _:
                end = call("RIGHT", value, call("LENGTH", sought))
                return exp.EQ(this=end, expression=sought.copy())

    def matches(self, value: Sql, regex: Regex, parameters: Parameters) -> Sql:
        """Test a pattern."""
        return exp.RegexpLike(this=value, expression=parameters.value("str", pattern_text(regex.root, SPELLING)))

    def is_sampled(self, identity: Sql, salt: str, percent: Decimal, parameters: Parameters) -> Sql:
        """Test a share: the first bytes of the hash, each with its weight, which may be taken modulo as well."""
        digest = call("MD5", call("CONCAT", parameters.value("str", f"{salt}:"), identity))
        data = call("DECODE", digest, parameters.value("str", "hex"))
        weighted = [
            exp.Mul(
                this=call("GET_BYTE", data.copy(), integer(at)),
                expression=integer(256 ** (_HASH_BYTES - 1 - at) % _SHARES),
            )
            for at in range(_HASH_BYTES)
        ]
        number: Sql = weighted[0]
        for each in weighted[1:]:
            number = exp.Add(this=number, expression=each)
        share = call("MOD", number, integer(_SHARES))  # the operator is a % too many for the driver
        return exp.LT(this=share, expression=parameters.value("num", percent * 100))

    # --- maps ---------------------------------------------------------------------------------------------------
    def map_entry(self, entries: Sql, key: Sql) -> Sql:
        """Look for the key among the entries, of which there are at most as many as names without a column."""
        is_it = exp.EQ(this=column(_ENTRY, "key"), expression=key)
        return exp.Subquery(this=_items(column(_ENTRY, "value"), entries, _ENTRY, is_it))

    # --- lists --------------------------------------------------------------------------------------------------
    def some_item(self, items: Sql, variable: str, test: Sql) -> Sql:
        """Test that some item passes; NULL has none."""
        return exp.Exists(this=_items(integer(1), items, variable, test))

    def has_items(self, items: Sql) -> Sql:
        """Test that an array is not empty."""
        return exp.GT(this=call("CARDINALITY", items), expression=integer(0))

    def views(self, scalar: Sql | None, items: Sql, variable: str, view: Sql | None) -> Sql:
        """Put the scalar before the items' views, in their order."""
        first = scalar or exp.Null()
        if view is None:
            return exp.Array(expressions=[first])
        return call("ARRAY_PREPEND", first, exp.Array(expressions=[_items(view, items, variable)]))

    def spread(self, select: exp.Select, lists: Mapping[str, Sql]) -> exp.Select:
        """Make rows by UNNEST, which several do in step."""
        for name, array in lists.items():
            select.append("expressions", exp.Alias(this=call("UNNEST", array), alias=identifier(name)))
        return select

    # --- bits ---------------------------------------------------------------------------------------------------
    def has_bits(self, word: Sql, bits: Sequence[int], *, every: bool) -> Sql:
        """Mask the word."""
        mask = integer(sum(1 << bit for bit in bits))
        masked = exp.Paren(this=exp.BitwiseAnd(this=word, expression=mask))
        return exp.EQ(this=masked, expression=mask.copy()) if every else exp.NEQ(this=masked, expression=integer(0))

    def united_bits(self, word: Sql) -> Sql:
        """Join by OR."""
        return call("BIT_OR", word)

    # --- events -------------------------------------------------------------------------------------------------
    def picked(self, which: Literal["first", "last"], value: Sql, time: Sql, order: Sql, *, is_list: bool) -> Sql:
        """Take the first of the values in order of (time, order); of lists that would be a matrix, so take the row."""
        last = which == "last"
        ordered = [exp.Ordered(this=each, desc=last, nulls_first=last) for each in (time, order)]
        kept = bare(value.args["table"].name) if is_list else value
        kept = exp.ArrayAgg(this=exp.Order(this=kept, expressions=ordered))
        one = exp.Bracket(this=exp.Paren(this=kept), expressions=[integer(1)], offset=1)
        return exp.Dot(this=exp.Paren(this=one), expression=value.this) if is_list else one

    def later(self, time: Sql, micros: int) -> Sql:
        """Add days, hours, minutes and seconds; without a time zone a day is 24 hours."""
        days, rest = divmod(micros, _DAY)
        hours, rest = divmod(rest, _HOUR)
        minutes, rest = divmod(rest, _MINUTE)
        seconds, rest = divmod(rest, _SECOND)
        if rest:
            raise InternalError("postgres", f"a length of {micros} microseconds, which is no whole number of seconds")
        none = [integer(0)] * 3  # years, months, weeks
        length = call("MAKE_INTERVAL", *none, *map(integer, (days, hours, minutes, seconds)))
        return exp.Add(this=time, expression=length)

    def age_in(self, length: int, time: Sql, as_of: Sql) -> Sql:
        """Divide whole microseconds, which EXTRACT gives as an exact number of seconds."""
        seconds = exp.Extract(this=exp.Var(this="EPOCH"), expression=exp.Sub(this=as_of, expression=time))
        micros = exp.Mul(this=seconds, expression=integer(_SECOND))
        return call("DIV", exp.Sub(this=micros, expression=integer(1)), integer(length))

    def by_start(self, select: SelectWith, time: Sql, starts: Sql) -> tuple[exp.Select, Sql]:
        """Count the starts up to the instant, which numbers the period."""
        return select(), call("WIDTH_BUCKET", time, starts)

    def nearest(self, table: exp.Table | exp.Subquery, on: Sql, *, outer: bool) -> exp.Join:
        """Ask for one row: the events' index by person and instant gives it at once."""
        alias = table.alias
        instant, latest = _nearest_by(on, alias)
        one = exp.Select(
            expressions=[exp.Star()],
            from_=exp.From(this=table),
            where=exp.Where(this=on),
            order=exp.Order(expressions=[exp.Ordered(this=instant, desc=latest, nulls_first=latest)]),
            limit=exp.Limit(expression=integer(1)),
        )
        lateral = exp.Lateral(this=exp.Subquery(this=one), alias=exp.TableAlias(this=identifier(alias)))
        return exp.Join(this=lateral, side="LEFT" if outer else None, on=exp.Boolean(this=True))

    def nearest_kept(self, table: exp.Table, on: Sql) -> exp.Join:
        """Look the instant up in a sorted array of each person's: one a row, each asked of all, would be quadratic."""
        alias = table.alias
        (after,) = (each for each in on.find_all(exp.GT) if _names(each.expression, alias))
        mine, theirs = after.this, after.expression
        same = [each for each in on.find_all(exp.EQ) if _names(each.expression, alias)]
        keys = [each.expression for each in same]
        by_instant = exp.Order(this=theirs.copy(), expressions=[exp.Ordered(this=theirs.copy(), nulls_first=False)])
        sorted_ = exp.Select(
            expressions=[*(key.copy() for key in keys), named(exp.ArrayAgg(this=by_instant), _INSTANTS)],
            from_=exp.From(this=table),
            group=exp.Group(expressions=[key.copy() for key in keys]),
        )
        instants = column(GROUP, _INSTANTS)
        # An instant is a whole number of microseconds, so those before it are those up to one less.
        second = call("MAKE_INTERVAL", *[integer(0)] * 6, integer(1))
        before = exp.Sub(this=mine.copy(), expression=exp.Div(this=second, expression=integer(_SECOND), typed=True))
        place = call("WIDTH_BUCKET", before, instants)
        found = exp.Select(
            expressions=[named(exp.Bracket(this=instants.copy(), expressions=[place], offset=1), theirs.name)],
            from_=exp.From(this=derived(sorted_, GROUP)),
            where=exp.Where(this=render(all_of(*(_of_group(each) for each in same)))),
        )
        lateral = exp.Lateral(this=exp.Subquery(this=found), alias=exp.TableAlias(this=identifier(alias)))
        return exp.Join(this=lateral, on=after.copy())  # none is before the first: NULL is less than nothing

    def key_text(self, prefix: int, kind: Kind, value: Sql) -> Sql:  # noqa: ARG002 (all have one text)
        """Concatenate; a decimal, boolean or timestamp has one text under the settings of a connection."""
        return call("CONCAT", integer(prefix), value)


def _names(side: Sql, alias: str) -> bool:
    return isinstance(side, exp.Column) and side.table == alias


def _of_group(same: exp.EQ) -> Leaf:
    return Leaf(lambda: exp.EQ(this=same.this.copy(), expression=column(GROUP, same.expression.name)))


def _items(output: Sql, items: Sql, variable: str, test: Sql | None = None) -> exp.Select:
    """Select something from the items of an array that pass a test."""
    rows = exp.Unnest(expressions=[items], alias=exp.TableAlias(this=identifier(variable)))
    return exp.Select(
        expressions=[output],
        from_=exp.From(this=rows),
        where=None if test is None else exp.Where(this=test),
    )


def _nearest_by(on: Sql, alias: str) -> tuple[Sql, bool]:
    """Find the instant of the joined rows that is compared, and whether the latest is the nearest."""
    for node in on.walk():
        if isinstance(node, (exp.LT, exp.LTE, exp.GT, exp.GTE)):
            upper = isinstance(node, (exp.LT, exp.LTE))
            for side, is_less in ((node.this, upper), (node.expression, not upper)):
                if isinstance(side, exp.Column) and side.table == alias:
                    return side.copy(), is_less
    raise InternalError("postgres", "a join to the nearest row without an inequality")
