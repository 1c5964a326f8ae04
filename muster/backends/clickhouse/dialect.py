"""ClickHouse's words: how its functions, arrays, lambdas and parameters are spelled.

Kept apart from the shared generator, so that another engine is another file like this one. It can go wrong where a
function means something else than it seems: `lower` folds ASCII only (which is what is asked for), `count(DISTINCT)`
and `sum` take types of their own, an outer join fills with zeros what is not Nullable, and several `arrayJoin` side
by side multiply rows. https://clickhouse.com/docs/sql-reference/functions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.generators.clickhouse import ClickHouseGenerator

from muster.backends.base import Parameter, Spell
from muster.backends.clickhouse.clock_words import ClickHouseClockWords
from muster.backends.clickhouse.own_words import ClickHouseOwnWords
from muster.backends.clickhouse.types import COUNT, DECIMALS, DIGITS, type_of_kind
from muster.backends.sql.calls import Functions, integer
from muster.backends.sql.dialect import SelectWith, SqlDialect
from muster.backends.sql.names import Sql, bare, identifier
from muster.backends.sql.params import Parameters
from muster.backends.sql.patterns import RE2, pattern_text
from muster.backends.sql.writer import Handler, Writer
from muster.compiler.expr import TextTest
from muster.compiler.regex import Regex
from muster.compiler.values import Kind

_SHARES = 10_000
_HASH_BYTES = 4
_POSITIVE = 1 << 61  # more than twice the microseconds from the earliest instant to 1970
_FUNNEL = "windowFunnel"

call = Functions(
    "MD5",
    "argMax",
    "argMin",
    "arrayConcat",
    "arrayCount",
    "arrayElement",
    "arrayExists",
    "arrayMap",
    "bitTestAll",
    "bitTestAny",
    "concat",
    "endsWith",
    "groupBitOr",
    "intDiv",
    "lower",
    "match",
    "notEmpty",
    "position",
    "reinterpretAsUInt32",
    "reverse",
    "startsWith",
    "substring",
    "toDecimal128",
    "toIntervalMicrosecond",
    "toNullable",
    "toString",
    "toUInt64",
    "toUnixTimestamp64Micro",
    "tuple",
    "tupleElement",
)

_written = Functions("toDateTime64")  # in text for people only


def _own(theirs: Mapping[type[exp.Expr], Handler]) -> dict[type[exp.Expr], Handler]:
    def select(generator: Any, node: exp.Select) -> str:
        """Print a SELECT; beside a join a column without a name of its own may come out as `e.pid`, with the dot."""
        if node.args.get("joins"):
            named = [_named(each) if isinstance(each, exp.Column) else each for each in node.expressions]
            node.set("expressions", named)
        return theirs[exp.Select](generator, node)

    return {exp.Select: select}


_WRITER = Writer(ClickHouseGenerator, ClickHouse(), _own)


class ClickHouseDialect(SqlDialect):
    """The words of ClickHouse."""

    name = "clickhouse"
    own = ClickHouseOwnWords()
    clock = ClickHouseClockWords()
    functions = call.names | {_FUNNEL}
    outer_gives_null = False
    funnels = True
    nodes: Mapping[type[exp.Expr], str] = {
        exp.ArgMax: "this expression",
        exp.ArgMin: "this expression",
        exp.Array: "expressions value_constructor",
        exp.ArrayConcat: "this expressions",
        exp.BitwiseOrAgg: "this",
        exp.Concat: "expressions safe coalesce",
        exp.DataType: "this expressions nested nullable",
        exp.DataTypeParam: "this",
        exp.In: "this expressions query field",
        exp.Join: "this expressions kind side on",
        exp.Lower: "this",
        exp.MD5Digest: "this",
        exp.Ordered: "this nulls_first",
        exp.ParameterizedAgg: "this expressions params",
        exp.Placeholder: "this kind",
        exp.Reverse: "this",
        exp.Struct: "expressions",
        exp.Tuple: "expressions",
        exp.Var: "this",
    }

    def write(self, tree: Sql, *, pretty: bool = False, spell: Spell | None = None) -> str:
        """Print SQL."""
        return _WRITER.write(tree, pretty=pretty, spell=spell)

    def parameter(self, parameter: Parameter) -> Sql:
        """Stand in for a value: `{p0: String}`; the server reads it by its type, never as SQL."""
        kind = COUNT if isinstance(parameter.value, int) and parameter.kind == "num" else type_of_kind(parameter.kind)
        if parameter.many:
            kind = exp.DataType(this=exp.DType.ARRAY, expressions=[kind], nested=True, nullable=False)
        return exp.Placeholder(this=parameter.name, kind=kind)

    def literal(self, value: object) -> Sql:
        """Write numbers and times by functions that keep them exact: a bare 0.1 would be a float."""
        match value:
            case Decimal() as number:
                text = exp.Literal.string(format(number, "f"))
                return call("toDecimal128", text, integer(DECIMALS))
            case datetime() as instant:
                text = exp.Literal.string(instant.isoformat(sep=" "))
                zone = exp.Literal.string("UTC")
                return _written("toDateTime64", text, integer(DIGITS), zone)
            case _:
                return super().literal(value)

    def few_people(self, *, is_set: bool) -> float:
        """Read a few people's events by the table's key, which has the person after the event (docs/adr/0019)."""
        return 0.01 if is_set else 0.1

    # --- values -------------------------------------------------------------------------------------------------
    def is_among(self, value: Sql, array: Sql, *, in_lambda: bool) -> Sql:  # noqa: ARG002 (IN works in both)
        """Test membership: IN makes a hash set of the array, `has` would read all of it for each row."""
        return exp.In(this=value, field=array)

    def as_number(self, value: Sql) -> Sql:
        """Convert: IN refuses to look for a decimal among whole numbers."""
        return call("toDecimal128", value, integer(DECIMALS))

    def text_passes(self, value: Sql, test: TextTest, parameters: Parameters) -> Sql:
        """Test a text by its bytes, which for UTF-8 is by its code points; `lower` folds ASCII letters only."""
        needle = test.needle
        if test.ignore_case:
            value, needle = call("lower", value), "".join(c.lower() if c.isascii() else c for c in needle)
        sought = parameters.value("str", needle)
        match test.how:
            case "equals":
                return exp.EQ(this=value, expression=sought)
            case "contains":
                return exp.GT(this=call("position", value, sought), expression=integer(0))
            case "starts_with":
                return call("startsWith", value, sought)
            case _:
                return call("endsWith", value, sought)

    def matches(self, value: Sql, regex: Regex, parameters: Parameters) -> Sql:
        """Test a pattern; RE2, as everywhere."""
        return call("match", value, parameters.value("str", pattern_text(regex.root, RE2)))

    def is_sampled(self, identity: Sql, salt: str, percent: Decimal, parameters: Parameters) -> Sql:
        """Test a share: the first bytes of the hash, the highest first, are read as a number."""
        digest = call("MD5", call("concat", parameters.value("str", f"{salt}:"), identity))
        first = call("substring", digest, integer(1), integer(_HASH_BYTES))
        share = exp.Mod(this=call("reinterpretAsUInt32", call("reverse", first)), expression=integer(_SHARES))
        return exp.LT(this=share, expression=parameters.value("num", percent * 100))

    # --- maps ---------------------------------------------------------------------------------------------------
    def map_entry(self, entries: Sql, key: Sql) -> Sql:
        """Take the element: a key that is not there gives the type's default, which of a Nullable is NULL."""
        return call("arrayElement", entries, key)

    # --- lists --------------------------------------------------------------------------------------------------
    def some_item(self, items: Sql, variable: str, test: Sql) -> Sql:
        """Test that some item passes; an array is never NULL, a missing one is empty."""
        return call("arrayExists", _lambda(variable, test), items)

    def has_items(self, items: Sql) -> Sql:
        """Test that an array is not empty."""
        return call("notEmpty", items)

    def views(self, scalar: Sql | None, items: Sql, variable: str, view: Sql | None) -> Sql:
        """Put the scalar before the items' views, or before as many NULLs: ARRAY JOIN wants arrays of one length."""
        first = exp.Array(expressions=[scalar or exp.Null()])
        return call("arrayConcat", first, call("arrayMap", _lambda(variable, view or exp.Null()), items))

    def spread(self, select: exp.Select, lists: Mapping[str, Sql]) -> exp.Select:
        """Make rows by ARRAY JOIN, which takes arrays of one length side by side."""
        aliased = [exp.Alias(this=array, alias=identifier(name)) for name, array in lists.items()]
        select.append("joins", exp.Join(this=aliased[0], expressions=aliased[1:], kind="ARRAY"))
        for name in lists:
            select.append("expressions", bare(name))
        return select

    # --- bits ---------------------------------------------------------------------------------------------------
    def has_bits(self, word: Sql, bits: Sequence[int], *, every: bool) -> Sql:
        """Test them by a function; hundreds of comparisons of one word take the analyser half a second."""
        return call("bitTestAll" if every else "bitTestAny", word, *(integer(bit) for bit in bits))

    def united_bits(self, word: Sql) -> Sql:
        """Join by OR."""
        return call("groupBitOr", word)

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
        """Pick by (time, order); inside a tuple a NULL is a value like others, bare it would be skipped."""
        name = "argMin" if which == "first" else "argMax"
        return call("tupleElement", call(name, call("tuple", value), call("tuple", time, order)), integer(1))

    def later(self, time: Sql, micros: int) -> Sql:
        """Add microseconds."""
        return exp.Add(this=time, expression=call("toIntervalMicrosecond", integer(micros)))

    def age_in(self, length: int, time: Sql, as_of: Sql) -> Sql:
        """Divide whole microseconds."""
        age = exp.Sub(this=call("toUnixTimestamp64Micro", as_of), expression=call("toUnixTimestamp64Micro", time))
        return call("intDiv", exp.Sub(this=age, expression=integer(1)), integer(length))

    def by_start(self, select: SelectWith, time: Sql, starts: Sql) -> tuple[exp.Select, Sql]:
        """Count the starts up to the instant, which numbers the period."""
        begun = exp.LTE(this=bare("x"), expression=time)
        return select(), call("arrayCount", _lambda("x", begun), starts)

    def nearest(self, table: exp.Table | exp.Subquery, on: Sql, *, outer: bool) -> exp.Join:
        """Join as of an instant (https://clickhouse.com/docs/sql-reference/statements/select/join#asof-join-usage)."""
        return exp.Join(this=table, kind="ASOF", side="LEFT" if outer else None, on=on)

    def followed(self, time: Sql, first: Sql, then: Sql, within: int) -> Sql:
        """Look for two steps (https://clickhouse.com/docs/sql-reference/aggregate-functions/parametric-functions).

        It sorts by the number it is given. Of two events of one instant the later step's must come first, as neither
        follows the other: so a number is twice the microseconds, one more for the first step, and positive.
        """
        doubled = exp.Mul(this=call("toUnixTimestamp64Micro", time), expression=integer(2))
        number = exp.Add(
            this=exp.Add(this=doubled, expression=integer(_POSITIVE)), expression=exp.Paren(this=first.copy())
        )
        found = exp.ParameterizedAgg(
            this=_FUNNEL,
            expressions=[integer(2 * within - 1)],
            params=[call("toUInt64", number), first, then],
        )
        return exp.EQ(this=found, expression=integer(2))

    def nullable(self, value: Sql) -> Sql:
        """Make a column that an outer join fills with NULL, whatever `join_use_nulls` is."""
        return call("toNullable", value)

    def key_text(self, prefix: int, kind: Kind, value: Sql) -> Sql:
        """Concatenate; an instant as its microseconds, a number or boolean has one text."""
        text = call("toUnixTimestamp64Micro", value) if kind == "time" else value
        return call("concat", call("toString", integer(prefix)), text if kind == "str" else call("toString", text))


def _named(plain: exp.Column) -> exp.Alias:
    return exp.Alias(this=plain, alias=identifier(plain.name))


def _lambda(variable: str, body: Sql) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[identifier(variable)])
