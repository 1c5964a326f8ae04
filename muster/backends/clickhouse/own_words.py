"""ClickHouse's words for somebody else's tables.

Its JSON reader gives a whole document up for what it cannot parse, and takes numbers with a fraction for doubles: an
invalid document and a number of more than 15 digits are flaws and not values. What a member holds is told by how its
JSON begins. Decimals are cut by the function that reads them, which is what is wanted.
https://clickhouse.com/docs/sql-reference/functions/json-functions
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from muster.backends.clickhouse.types import DECIMALS, DIGITS, type_of_kind
from muster.backends.sql.calls import Functions, integer, signed
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render
from muster.backends.sql.names import Sql
from muster.backends.sql.own_words import (
    FLAG_TEXT,
    FRACTION_TEXT,
    MINUTES_TEXT,
    NUMBER_TEXT,
    OFFSET_TEXT,
    TIME_TEXT,
    OwnWords,
    among,
    case,
    is_not_kept,
    limited,
    long_number_text,
    theirs,
)
from muster.backends.sql.params import Parameters
from muster.compiler.moments import MAX_MICROS, MIN_MICROS
from muster.compiler.own_tables import ColumnHow, Member, MemberHow
from muster.compiler.values import Kind, Path

call = Functions(
    "JSONExtractRaw",
    "JSONExtractString",
    "argMaxIf",
    "extract",
    "fromUnixTimestamp64Micro",
    "isValidJSON",
    "lower",
    "match",
    "normalizeUTF8NFC",
    "replaceRegexpOne",
    "substring",
    "timezoneOffset",
    "toDateTime64",
    "toDateTime64OrNull",
    "toDecimal128",
    "toDecimal128OrNull",
    "toInt64",
    "toInt64OrZero",
    "toIntervalDay",
    "toIntervalMinute",
    "toIntervalSecond",
    "toString",
    "toTimeZone",
    "toUnixTimestamp64Micro",
)
_BEGINNINGS: Mapping[MemberHow, str] = {"num": "-|[0-9]", "bool": "true|false", "text": '"', "str": '"', "time": '"'}


class ClickHouseOwnWords(OwnWords):
    """The words of ClickHouse."""

    as_ours: frozenset[ColumnHow] = frozenset({"text", "bool", "time"})
    functions = call.names
    nodes: Mapping[type[exp.Expr], str] = {
        exp.CombinedAggFunc: "this expressions",
        exp.JSONExtract: "this expression expressions",
        exp.JSONExtractScalar: "this expression expressions scalar_only",
        exp.Neg: "this",
        exp.Ordered: "this nulls_first desc",
        exp.RowNumber: "",
        exp.Window: "this partition_by order over",
    }
    says_not_materialized = False

    def column(self, value: Sql, how: ColumnHow) -> Sql:
        """Read a column."""
        match how:
            case "spelled":
                return call("toString", value)
            case "int":
                return call("toDecimal128", value, integer(DECIMALS))
            case "num":
                read = call("toDecimal128", value, integer(DECIMALS))
                return limited(read, read)
            case "decimal":
                return _number(call("toString", value))
            case "zoned" | "date":
                return call("toDateTime64", value, integer(DIGITS), _utc())
            case "epoch_s" | "epoch_ms":
                per_unit = 1_000_000 if how == "epoch_s" else 1_000
                micros = exp.Mul(this=call("toInt64", value), expression=integer(per_unit))
                inside = among(value, -(-MIN_MICROS // per_unit), MAX_MICROS // per_unit)
                return case((inside, call("fromUnixTimestamp64Micro", micros, _utc())))
            case _:
                return value

    def clock_time(self, value: Sql) -> Sql:
        """Convert: a DateTime has nothing before 1970."""
        return call("toDateTime64", value, integer(DIGITS), _utc())

    def shown_by_clocks(self, instant: Sql, zone: Sql) -> Sql:
        """Add the offset, which is in seconds."""
        return exp.Add(this=instant.copy(), expression=_offset(instant, zone))

    def without_offset(self, value: Sql, zone: Sql, days: int) -> Sql:
        """Subtract the offset."""
        instant = exp.Add(this=value.copy(), expression=call("toIntervalDay", signed(days)))
        return exp.Paren(this=exp.Sub(this=value.copy(), expression=_offset(instant, zone)))

    def member(self, member: Member, kind: Kind, parameters: Parameters) -> Sql:
        """Read a view of what JSON holds."""
        raw, whens = _raw(member.name, member.path, parameters), list[tuple[Condition, Sql]]()
        if kind == "num" and "num" in member.hows:
            whens.append((_begins(raw, _BEGINNINGS["num"], parameters), _number(raw)))
        if kind == "bool" and "bool" in member.hows:
            is_true = exp.EQ(this=raw.copy(), expression=parameters.value("str", "true"))
            whens.append((_begins(raw, _BEGINNINGS["bool"], parameters), _flag(is_true)))
        if (view := self._view_of_text(kind, member, parameters)) is not None:
            whens.append((_begins(raw, '"', parameters), view))
        return case(*whens)

    def _view_of_text(self, kind: Kind, member: Member, parameters: Parameters) -> Sql | None:
        hows, text = set(member.hows), _text(member, parameters)
        if kind == "str":
            return call("normalizeUTF8NFC", text) if hows & {"text", "str"} else None
        if kind == "time":
            return _time_of(text, parameters) if hows & {"time", "str"} else None
        if "str" not in hows:
            return None
        if kind == "num":
            read = call("toDecimal128OrNull", text.copy(), integer(DECIMALS))
            return case((_matches(text, NUMBER_TEXT, parameters), read))
        is_true = exp.EQ(this=call("lower", text.copy()), expression=parameters.value("str", "true"))
        return case((_matches(text, FLAG_TEXT, parameters), _flag(is_true)))

    def flaw(self, member: Member, parameters: Parameters) -> Sql:
        """Test for a document that is none, another type, a list on the way, no time, a long number."""
        hows, whole = set(member.hows), theirs(member.name)
        raw = _raw(member.name, member.path, parameters)
        there = negate(_is_one_of(raw, ("", "null"), parameters))
        wanted = "|".join(dict.fromkeys(_BEGINNINGS[how] for how in member.hows))
        invalid = Leaf(lambda: exp.EQ(this=call("isValidJSON", whole.copy()), expression=integer(0)))
        flaws: list[Condition] = [invalid, all_of(there, negate(_begins(raw, wanted, parameters)))]
        flaws += [_is_list(member.name, member.path[:depth], parameters) for depth in range(len(member.path))]
        if "num" in hows:
            written = call("extract", whole.copy(), parameters.value("str", long_number_text(member.path[-1])))
            is_long = is_not_kept(written, raw, parameters)
            flaws.append(
                all_of(_begins(raw, _BEGINNINGS["num"], parameters), _matches(raw, "[.e]", parameters), is_long)
            )
        if "time" in hows and not hows & {"text", "str"}:
            time = _time_of(_text(member, parameters), parameters)
            no_time = Leaf(lambda: exp.Is(this=time, expression=exp.Null()), total=True)
            flaws.append(all_of(_begins(raw, '"', parameters), no_time))
        return render(any_of(*flaws))

    def null_of(self, kind: Kind) -> Sql:
        """Give NULL, of a type that can be NULL."""
        to = type_of_kind(kind).copy()
        to.set("nullable", True)
        return exp.Cast(this=exp.Null(), to=to)

    def id_text(self, key: Sql) -> Sql:
        """Give an id as text."""
        return call("toString", key)

    def last_there_was(self, value: Sql, instant: Sql) -> Sql:
        """Aggregate over the rows where the value is there."""
        return call("argMaxIf", value, instant, exp.Is(this=value.copy(), expression=exp.Null(), negate=True))


def _raw(column: str, path: Path, parameters: Parameters) -> Sql:
    return call("JSONExtractRaw", theirs(column), *(parameters.value("str", key) for key in path))


def _text(member: Member, parameters: Parameters) -> Sql:
    keys = (parameters.value("str", key) for key in member.path)
    return call("JSONExtractString", theirs(member.name), *keys)


def _begins(raw: Sql, pattern: str, parameters: Parameters) -> Leaf:
    return _matches(raw, f"^(?:{pattern})", parameters)


def _is_one_of(raw: Sql, texts: tuple[str, ...], parameters: Parameters) -> Leaf:
    return Leaf(lambda: exp.In(this=raw.copy(), expressions=[parameters.value("str", text) for text in texts]))


def _is_list(column: str, path: Path, parameters: Parameters) -> Leaf:
    raw = _raw(column, path, parameters) if path else theirs(column)
    return _matches(raw, r"^[ \t\n\r]*\[", parameters)


def _matches(text: Sql, pattern: str, parameters: Parameters) -> Leaf:
    return Leaf(lambda: call("match", text.copy(), parameters.value("str", pattern)))


def _flag(condition: Sql) -> Sql:
    return exp.Cast(this=condition, to=exp.DataType(this=exp.DType.BOOLEAN))


def _number(text: Sql) -> Sql:
    read = call("toDecimal128OrNull", text.copy(), integer(DECIMALS))
    return limited(read, read)  # ClickHouse reads what is written thrice once


def _time_of(text: Sql, parameters: Parameters) -> Sql:
    """Put a time together from its local part and the minutes of its offset."""

    def without(pattern: str, kept: str, among: Sql) -> Sql:
        return call("replaceRegexpOne", among, *(parameters.value("str", each) for each in (pattern, kept)))

    local = without(FRACTION_TEXT, r"\1", without(OFFSET_TEXT, "", text.copy()))
    seconds = without("T([0-9]{2}:[0-9]{2})$", r"T\1:00", local)  # which its reader does not do without
    offset = call("extract", text.copy(), parameters.value("str", MINUTES_TEXT))

    def part(start: int, length: int) -> Sql:
        return call("substring", offset.copy(), integer(start), integer(length))

    sign_and_minutes = exp.Concat(expressions=[part(1, 1), part(5, 2)], safe=False, coalesce=False)
    hours = exp.Mul(this=call("toInt64OrZero", part(1, 3)), expression=integer(60))
    shift = exp.Add(this=hours, expression=call("toInt64OrZero", sign_and_minutes))
    read = call("toDateTime64OrNull", seconds, integer(DIGITS), _utc())
    instant = exp.Sub(this=read, expression=call("toIntervalMinute", shift))
    micros = call("toUnixTimestamp64Micro", instant)
    inside = among(micros, MIN_MICROS, MAX_MICROS)
    return case((all_of(_matches(text, TIME_TEXT, parameters), inside), instant))


def _utc() -> exp.Literal:
    return exp.Literal.string("UTC")


def _offset(instant: Sql, zone: Sql) -> Sql:
    there = call("toTimeZone", instant.copy(), zone.copy())
    return call("toIntervalSecond", call("timezoneOffset", there))
