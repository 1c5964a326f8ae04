"""Postgres's words for somebody else's tables.

JSON is read with its numbers exact. Nothing here may fail on a value, so every cast stands behind a test in a CASE,
and a time in a text is put together from its parts: an offset may be of up to 24 hours, which Postgres's own reader
refuses, and fractions are cut, which it rounds. https://www.postgresql.org/docs/current/functions-json.html
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from muster.backends.sql.calls import Functions, integer, signed
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render
from muster.backends.sql.names import Sql, identifier
from muster.backends.sql.own_words import (
    FRACTION_TEXT,
    MINUTES_TEXT,
    NUMBER_TEXT,
    OFFSET_TEXT,
    TIME_TEXT,
    OwnWords,
    among,
    case,
    limited,
    theirs,
)
from muster.backends.sql.params import Parameters
from muster.compiler.moments import MAX_MICROS, MIN_MICROS
from muster.compiler.own_tables import ColumnHow, Member, MemberHow
from muster.compiler.values import NUMBER_DECIMALS, Kind

call = Functions(
    "DIV",
    "JSONB_EXTRACT_PATH",
    "JSONB_EXTRACT_PATH_TEXT",
    "JSONB_TYPEOF",
    "LOWER",
    "MAKE_INTERVAL",
    "MOD",
    "NORMALIZE",
    "REGEXP_REPLACE",
    "STRPOS",
    "SUBSTRING",
    "TO_TIMESTAMP",
    "TRUNC",
)
_TEXT = exp.DType.TEXT
_NO_TIME = "00:00"
_FIRST, _LAST = "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"
_TYPES: Mapping[MemberHow, str] = {
    "num": "number",
    "bool": "boolean",
    "text": "string",
    "str": "string",
    "time": "string",
}


class PostgresOwnWords(OwnWords):
    """The words of Postgres."""

    collates = True
    as_ours: frozenset[ColumnHow] = frozenset({"text", "int", "bool", "time"})
    functions = call.names
    nodes: Mapping[type[exp.Expr], str] = {
        exp.AtTimeZone: "this zone",
        exp.CTE: "this alias materialized",
        exp.Div: "this expression typed safe",
        exp.Neg: "this",
        exp.Normalize: "this form",
        exp.RegexpReplace: "this expression replacement single_replace",
        exp.RowNumber: "",
        exp.Trunc: "this decimals",
        exp.UnixToTime: "this",
        exp.Var: "this",
        exp.Window: "this partition_by order over",
    }

    def column(self, value: Sql, how: ColumnHow) -> Sql:
        """Read a column."""
        match how:
            case "spelled":
                return _cast(value, _TEXT)
            case "num":
                return _number(value)
            case "decimal":
                return _number(_cast(_cast(value, _TEXT), exp.DType.DECIMAL))
            case "zoned":
                return _in_utc(value)
            case "date":
                return _cast(value, exp.DType.TIMESTAMP)
            case "epoch_s":
                return _between(value, 1, _in_utc(call("TO_TIMESTAMP", value.copy())))
            case "epoch_ms":
                seconds = _in_utc(call("TO_TIMESTAMP", call("DIV", _cast(value, exp.DType.DECIMAL), integer(1000))))
                rest = exp.Div(
                    this=call("MOD", _cast(value, exp.DType.DECIMAL), integer(1000)), expression=integer(1000)
                )
                none = [integer(0)] * 6  # years, months, weeks, days, hours, minutes
                return _between(value, 1000, exp.Add(this=seconds, expression=call("MAKE_INTERVAL", *none, rest)))
            case _:
                return value

    def shown_by_clocks(self, instant: Sql, zone: Sql) -> Sql:
        """Give it an offset, and take the zone's."""
        in_utc = exp.AtTimeZone(this=_bracketed(instant), zone=exp.Literal.string("UTC"))
        return exp.AtTimeZone(this=exp.Paren(this=in_utc), zone=zone.copy())

    def without_offset(self, value: Sql, zone: Sql, days: int) -> Sql:
        """Subtract the difference of what clocks show there and in UTC."""
        instant = exp.Paren(
            this=exp.Add(
                this=value.copy(), expression=call("MAKE_INTERVAL", integer(0), integer(0), integer(0), signed(days))
            )
        )
        offset = exp.Sub(this=self.shown_by_clocks(instant, zone), expression=exp.Paren(this=instant.copy()))
        return exp.Paren(this=exp.Sub(this=value.copy(), expression=exp.Paren(this=offset)))

    def member(self, member: Member, kind: Kind, parameters: Parameters) -> Sql:
        """Read a view of what JSON holds."""
        text = _text(member, parameters)
        whens: list[tuple[Condition, Sql]] = []
        if kind == "num" and "num" in member.hows:
            whens.append((_has_type(member, "number", parameters), _number(_cast(text, exp.DType.DECIMAL))))
        if kind == "bool" and "bool" in member.hows:
            whens.append((_has_type(member, "boolean", parameters), _cast(text, exp.DType.BOOLEAN)))
        if view := self._view_of_text(text, kind, member, parameters):
            whens.append((_has_type(member, "string", parameters), view))
        return case(*whens)

    def _view_of_text(self, text: Sql, kind: Kind, member: Member, parameters: Parameters) -> Sql | None:
        hows = set(member.hows)
        if kind == "str":
            return call("NORMALIZE", text, exp.Var(this="NFC")) if hows & {"text", "str"} else None
        if kind == "time":
            return _time_of(text, parameters) if hows & {"time", "str"} else None
        if "str" not in hows:
            return None
        if kind == "num":
            return case((_matches(text, NUMBER_TEXT, parameters), _cast(text, exp.DType.DECIMAL)))
        lower = call("LOWER", exp.Collate(this=text, expression=identifier("C")))
        words = [parameters.value("str", word) for word in ("true", "false")]
        is_flag = Leaf(lambda: exp.In(this=lower, expressions=words))
        return case((is_flag, _cast(text, exp.DType.BOOLEAN)))

    def flaw(self, member: Member, parameters: Parameters) -> Sql:
        """Test for another type, or a text that is no time where it must be one."""
        types = list(dict.fromkeys(["null", *(_TYPES[how] for how in member.hows)]))
        found = call("JSONB_TYPEOF", _json(member, parameters))
        wanted = exp.In(this=found, expressions=[parameters.value("str", each) for each in types])
        there = Leaf(lambda: exp.Is(this=found.copy(), expression=exp.Null(), negate=True), total=True)
        flaws: list[Condition] = [all_of(there, negate(Leaf(lambda: wanted)))]
        flaws += [_is_list(member, depth, parameters) for depth in range(len(member.path))]
        if "time" in member.hows and not {"text", "str"} & set(member.hows):
            no_time = exp.Is(this=_time_of(_text(member, parameters), parameters), expression=exp.Null())
            flaws.append(all_of(_has_type(member, "string", parameters), Leaf(lambda: no_time)))
        return render(any_of(*flaws))

    def null_of(self, kind: Kind) -> Sql:
        """Give NULL, which has no type of its own in the first arm of a UNION."""
        types = {
            "str": _TEXT,
            "num": exp.DType.DECIMAL,
            "bool": exp.DType.BOOLEAN,
            "time": exp.DType.TIMESTAMP,
        }
        return _cast(exp.Null(), types[kind])

    def id_text(self, key: Sql) -> Sql:
        """Give an id as text."""
        return _cast(key, _TEXT)

    def last_there_was(self, value: Sql, instant: Sql) -> Sql:
        """Take the first of the values, latest first."""
        order = exp.Ordered(this=instant, desc=True, nulls_first=False)
        values = exp.ArrayAgg(this=exp.Order(this=value, expressions=[order]))
        there = exp.Is(this=value.copy(), expression=exp.Null(), negate=True)
        kept = exp.Filter(this=values, expression=exp.Where(this=there))
        return exp.Bracket(this=exp.Paren(this=kept), expressions=[integer(1)], offset=1)

    def by_code_point(self, text: Sql) -> Sql:
        """Compare bytes, which in UTF-8 have the order of code points."""
        return exp.Collate(this=text, expression=identifier("C"))


def _json(member: Member, parameters: Parameters) -> Sql:
    keys = [parameters.value("str", key) for key in member.path]
    return call("JSONB_EXTRACT_PATH", _cast(theirs(member.name), exp.DType.JSONB), *keys)


def _text(member: Member, parameters: Parameters) -> Sql:
    keys = [parameters.value("str", key) for key in member.path]
    return call("JSONB_EXTRACT_PATH_TEXT", _cast(theirs(member.name), exp.DType.JSONB), *keys)


def _has_type(member: Member, name: str, parameters: Parameters) -> Leaf:
    found = call("JSONB_TYPEOF", _json(member, parameters))
    return Leaf(lambda: exp.EQ(this=found, expression=parameters.value("str", name)))


def _is_list(member: Member, depth: int, parameters: Parameters) -> Leaf:
    """Test for a list on the way, in which a key that reads as a number would find an element."""
    keys = [parameters.value("str", key) for key in member.path[:depth]]
    whole = _cast(theirs(member.name), exp.DType.JSONB)
    found = call("JSONB_TYPEOF", call("JSONB_EXTRACT_PATH", whole, *keys) if keys else whole)
    return Leaf(lambda: exp.EQ(this=found, expression=parameters.value("str", "array")))


def _matches(text: Sql, pattern: str, parameters: Parameters) -> Leaf:
    return Leaf(lambda: exp.RegexpLike(this=text.copy(), expression=parameters.value("str", pattern)))


def _number(value: Sql) -> Sql:
    """Cut after nine decimals; NaN is the largest number there is."""
    return limited(value, call("TRUNC", value, integer(NUMBER_DECIMALS)))


def _time_of(text: Sql, parameters: Parameters) -> Sql:
    def without(pattern: str, kept: str, among: Sql) -> Sql:
        return call("REGEXP_REPLACE", among, *(parameters.value("str", each) for each in (pattern, kept)))

    local = _cast(without(FRACTION_TEXT, r"\1", without(OFFSET_TEXT, "", text.copy())), exp.DType.TIMESTAMP)
    offset = exp.Coalesce(
        this=call("SUBSTRING", text.copy(), parameters.value("str", MINUTES_TEXT)),
        expressions=[parameters.value("str", _NO_TIME)],
    )
    instant = exp.Sub(this=local, expression=_cast(offset, exp.DType.INTERVAL))
    low, high = (_cast(parameters.value("str", each), exp.DType.TIMESTAMP) for each in (_FIRST, _LAST))
    inside = Leaf(lambda: exp.Between(this=instant.copy(), low=low, high=high))
    return case((_matches(text, TIME_TEXT, parameters), case((inside, instant))))


def _between(value: Sql, per_second: int, read: Sql) -> Sql:
    """Read what lies in the years 1 to 9999."""
    low, high = -(-MIN_MICROS * per_second // 1_000_000), MAX_MICROS * per_second // 1_000_000
    return case((among(value, low, high), read))


def _in_utc(value: Sql) -> Sql:
    return exp.AtTimeZone(this=value, zone=exp.Literal.string("UTC"))


def _cast(value: Sql, to: exp.DType) -> exp.Cast:
    return exp.Cast(this=value, to=exp.DataType(this=to))


def _bracketed(value: Sql) -> Sql:
    return value.copy() if isinstance(value, exp.Paren) else exp.Paren(this=value.copy())
