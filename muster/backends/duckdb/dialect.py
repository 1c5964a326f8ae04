"""DuckDB's words: how its functions, lists, lambdas and parameters are spelled.

Kept apart from the shared generator, so that another engine is another file like this one. It can go wrong where a
function means something else than it seems: `lower` folds more than ASCII, LIKE has no escape, `arg_min` skips
NULLs. https://duckdb.org/docs/stable/sql/functions/overview
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from string import ascii_lowercase, ascii_uppercase
from typing import Literal

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generators.duckdb import DuckDBGenerator

from muster.backends.base import Parameter, Spell
from muster.backends.duckdb.clock_words import DuckDbClockWords
from muster.backends.duckdb.own_words import DuckDbOwnWords
from muster.backends.sql.calls import Functions, integer
from muster.backends.sql.dialect import SelectWith, SqlDialect
from muster.backends.sql.names import ELEMENT, Sql, column, derived, identifier, named
from muster.backends.sql.params import Parameters
from muster.backends.sql.patterns import RE2, literal_pattern, pattern_text
from muster.backends.sql.writer import Writer
from muster.compiler.expr import TextTest
from muster.compiler.regex import Regex
from muster.compiler.values import Kind

_PERIOD = "nth_period"
_SHARES = 10_000
_HEX_DIGITS = 8
_LONGEST_PATTERN = 256
_TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_LENGTHS = (
    ("TO_DAYS", 86_400_000_000),
    ("TO_HOURS", 3_600_000_000),
    ("TO_MINUTES", 60_000_000),
    ("TO_SECONDS", 1_000_000),
    ("TO_MICROSECONDS", 1),
)
_WRITER = Writer(DuckDBGenerator, DuckDB())


call = Functions(
    "ARG_MAX_NULL",
    "ARG_MIN_NULL",
    "BIT_OR",
    "CONCAT",
    "COUNT_IF",
    "ENDS_WITH",
    "EPOCH_US",
    "LEN",
    "LIST_CONTAINS",
    "LIST_FILTER",
    "LIST_PREPEND",
    "LIST_TRANSFORM",
    "MAP_EXTRACT_VALUE",
    "MD5",
    "REGEXP_MATCHES",
    "STARTS_WITH",
    "STRPOS",
    "SUBSTRING",
    "TO_DAYS",
    "TO_HOURS",
    "TO_MICROSECONDS",
    "TO_MINUTES",
    "TO_SECONDS",
    "TRANSLATE",
    "UNNEST",
)

# What reading a file takes. No rule's SQL may call them: the query check knows only those above.
file_call = Functions(
    "ABS",
    "CHR",
    "EPOCH_NS",
    "LEFT",
    "LENGTH",
    "LPAD",
    "MAKE_TIMESTAMP",
    "MAKE_TIMESTAMP_NS",
    "READ_PARQUET",
    "STRLEN",
)


class DuckDbDialect(SqlDialect):
    """The words of DuckDB."""

    name = "duckdb"
    own = DuckDbOwnWords()
    clock = DuckDbClockWords()
    functions = call.names
    nodes: Mapping[type[exp.Expr], str] = {
        exp.Any: "this",
        exp.ArrayContains: "this expression ensure_variant",
        exp.ArrayFilter: "this expression",
        exp.ArrayPrepend: "this expression null_propagation",
        exp.BitwiseAnd: "this expression",
        exp.CountIf: "this",
        exp.BitwiseOrAgg: "this",
        exp.Explode: "this",
        exp.Length: "this",
        exp.MD5: "this",
        exp.ToDays: "this",
        exp.Unnest: "expressions",
    }

    def write(self, tree: Sql, *, pretty: bool = False, spell: Spell | None = None) -> str:
        """Print SQL."""
        return _WRITER.write(tree, pretty=pretty, spell=spell)

    def parameter(self, parameter: Parameter) -> Sql:
        """Stand in for a value: `$p0`."""
        return exp.Placeholder(this=parameter.name)

    # --- values -------------------------------------------------------------------------------------------------
    def is_among(self, value: Sql, array: Sql, *, in_lambda: bool) -> Sql:
        """Test membership: `= ANY` becomes a hash join, which lambdas may not hold."""
        if in_lambda:
            return call("LIST_CONTAINS", array, value)
        return exp.EQ(this=value, expression=exp.Any(this=exp.Paren(this=array)))

    def text_passes(self, value: Sql, test: TextTest, parameters: Parameters) -> Sql:
        """Test a text: never LIKE, and never LOWER, which folds more than ASCII."""
        if not test.ignore_case:
            return _text_test(value, test.how, parameters.value("str", test.needle))
        if len(test.needle) <= _LONGEST_PATTERN:  # 13 times as fast as TRANSLATE
            return self.matches(value, literal_pattern(test), parameters)
        upper, lower = (parameters.value("str", letters) for letters in (ascii_uppercase, ascii_lowercase))
        needle = parameters.value("str", test.needle.translate(_TO_LOWER))
        return _text_test(call("TRANSLATE", value, upper, lower), test.how, needle)

    def matches(self, value: Sql, regex: Regex, parameters: Parameters) -> Sql:
        """Test a pattern; DuckDB compiles it once, as the parameter is known when the query is planned."""
        return call("REGEXP_MATCHES", value, parameters.value("str", pattern_text(regex.root, RE2)))

    def is_sampled(self, identity: Sql, salt: str, percent: Decimal, parameters: Parameters) -> Sql:
        """Test a share: the digits of the hash are read as a number by a cast."""
        digest = call("MD5", call("CONCAT", parameters.value("str", f"{salt}:"), identity))
        digits = call("SUBSTRING", digest, integer(1), integer(_HEX_DIGITS))
        number = exp.Cast(
            this=call("CONCAT", parameters.value("str", "0x"), digits), to=exp.DataType(this=exp.DType.UBIGINT)
        )
        share = exp.Mod(this=number, expression=integer(_SHARES))
        return exp.LT(this=share, expression=parameters.value("num", percent * 100))

    # --- maps ---------------------------------------------------------------------------------------------------
    def map_entry(self, entries: Sql, key: Sql) -> Sql:
        """Extract it; MAP_EXTRACT would give a list."""
        return call("MAP_EXTRACT_VALUE", entries, key)

    # --- lists --------------------------------------------------------------------------------------------------
    def some_item(self, items: Sql, variable: str, test: Sql) -> Sql:
        """Test that filtering leaves an item."""
        return self.has_items(call("LIST_FILTER", items, _lambda(variable, test)))

    def has_items(self, items: Sql) -> Sql:
        """Test that a list is not empty."""
        return exp.GT(this=call("LEN", items), expression=integer(0))

    def views(self, scalar: Sql | None, items: Sql, variable: str, view: Sql | None) -> Sql:
        """Put the scalar before the items' views; LIST_PREPEND takes a NULL list as empty."""
        first = scalar or exp.Null()
        if view is None:
            return exp.Array(expressions=[first])
        return call("LIST_PREPEND", first, call("LIST_TRANSFORM", items, _lambda(variable, view)))

    def spread(self, select: exp.Select, lists: Mapping[str, Sql]) -> exp.Select:
        """Make rows by UNNEST, which takes lists side by side."""
        for name, array in lists.items():
            select.append("expressions", named(call("UNNEST", array), name))
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

    def counted(self, condition: Sql) -> Sql:
        """Count what is true, NULL for no rows: a fifth of the time of a FILTER, which copies the rows it keeps."""
        return exp.Coalesce(this=call("COUNT_IF", condition), expressions=[integer(0)])

    # --- events -------------------------------------------------------------------------------------------------
    def picked(
        self,
        which: Literal["first", "last"],
        value: Sql,
        time: Sql,
        order: Sql,
        *,
        is_list: bool,  # noqa: ARG002 (a value like others)
    ) -> Sql:
        """Pick by (time, order); plain ARG_MIN would skip a row whose value is NULL."""
        name = "ARG_MIN_NULL" if which == "first" else "ARG_MAX_NULL"
        return call(name, value, exp.Tuple(expressions=[time, order]))

    def later(self, time: Sql, micros: int) -> Sql:
        """Add an interval in the largest unit that it is a whole number of."""
        name, length = next((name, length) for name, length in _LENGTHS if micros % length == 0)
        return exp.Add(this=time, expression=call(name, integer(micros // length)))

    def age_in(self, length: int, time: Sql, as_of: Sql) -> Sql:
        """Divide whole microseconds."""
        age = exp.Sub(this=call("EPOCH_US", as_of), expression=call("EPOCH_US", time))
        ago = exp.Paren(this=exp.Sub(this=age, expression=integer(1)))
        return exp.IntDiv(this=ago, expression=integer(length))

    def by_start(self, select: SelectWith, time: Sql, starts: Sql) -> tuple[exp.Select, Sql]:
        """Join each event to the latest start."""
        edges = derived(exp.Select(expressions=[named(call("UNNEST", starts), _PERIOD)]), ELEMENT)
        begun = exp.GTE(this=time, expression=column(ELEMENT, _PERIOD))
        return select(self.nearest(edges, begun, outer=False)), column(ELEMENT, _PERIOD)

    def nearest(self, table: exp.Table | exp.Subquery, on: Sql, *, outer: bool) -> exp.Join:
        """Join as of an instant (https://duckdb.org/docs/stable/guides/sql_features/asof_join)."""
        return exp.Join(this=table, method="ASOF", side="LEFT" if outer else None, on=on)

    def key_text(self, prefix: int, kind: Kind, value: Sql) -> Sql:  # noqa: ARG002 (all have one text)
        """Concatenate; a decimal, boolean or timestamp has one text."""
        return call("CONCAT", integer(prefix), value)


def _lambda(variable: str, body: Sql) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[identifier(variable)])


def _text_test(value: Sql, how: str, needle: Sql) -> Sql:
    match how:
        case "equals":
            return exp.EQ(this=value, expression=needle)
        case "contains":
            return exp.GT(this=call("STRPOS", value, needle), expression=integer(0))
        case "starts_with":
            return call("STARTS_WITH", value, needle)
        case _:
            return call("ENDS_WITH", value, needle)
