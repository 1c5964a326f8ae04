"""DuckDB's words for somebody else's tables.

Its JSON reader takes numbers with a fraction for doubles, so one of more than 15 digits is not what was written: that
is a flaw and not a value. A path is a JSON pointer (RFC 6901), bound like any value.
https://duckdb.org/docs/stable/data/json/json_functions
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

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
from muster.compiler.values import NUMBER_DECIMALS, Kind, Path

call = Functions(
    "ARG_MAX",
    "EPOCH_US",
    "JSON_EXTRACT_STRING",
    "JSON_TYPE",
    "LEFT",
    "LOWER",
    "MAKE_TIMESTAMP",
    "NFC_NORMALIZE",
    "REGEXP_EXTRACT",
    "REGEXP_MATCHES",
    "REGEXP_REPLACE",
    "SUBSTRING",
    "TO_DAYS",
    "TO_MINUTES",
)
_NUMBERS = ("BIGINT", "UBIGINT", "DOUBLE")
_TYPES: Mapping[MemberHow, tuple[str, ...]] = {
    "num": _NUMBERS,
    "bool": ("BOOLEAN",),
    "text": ("VARCHAR",),
    "str": ("VARCHAR",),
    "time": ("VARCHAR",),
}
_DIGITS, _SCALE = 38, 19  # more digits after the point than doubles have
_BELOW_LIMIT = 37  # digits of a number with that scale that is less than NUMBER_LIMIT


class DuckDbOwnWords(OwnWords):
    """The words of DuckDB."""

    as_ours: frozenset[ColumnHow] = frozenset({"text", "int", "bool", "time"})
    functions = call.names
    nodes: Mapping[type[exp.Expr], str] = {
        exp.ArgMax: "this expression",
        exp.AtTimeZone: "this zone",
        exp.CTE: "this alias materialized",
        exp.DataType: "this expressions nested",
        exp.DataTypeParam: "this",
        exp.DPipe: "this expression safe",
        exp.JSONType: "this expression",
        exp.JSONExtractScalar: "this expression scalar_only",
        exp.Left: "this expression",
        exp.Neg: "this",
        exp.RegexpExtract: "this expression group null_if_pos_overflow",
        exp.RegexpReplace: "this expression replacement single_replace",
        exp.Ordered: "this nulls_first desc",
        exp.RowNumber: "",
        exp.TryCast: "this to safe",
        exp.UnixToTime: "this scale",
        exp.Window: "this partition_by order over",
    }

    def column(self, value: Sql, how: ColumnHow) -> Sql:
        """Read a column."""
        match how:
            case "spelled":
                return _cast(value, exp.DType.TEXT)
            case "num":
                return limited(value, _cast(value, _decimal(NUMBER_DECIMALS)))
            case "decimal":
                return _number(_cast(value, exp.DType.TEXT))
            case "zoned":
                return call("MAKE_TIMESTAMP", call("EPOCH_US", value))
            case "date":
                return _cast(value, exp.DType.TIMESTAMP)
            case "epoch_s" | "epoch_ms":
                per_unit = 1_000_000 if how == "epoch_s" else 1_000
                micros = exp.Mul(this=_cast(value, exp.DType.BIGINT), expression=integer(per_unit))
                inside = among(value, -(-MIN_MICROS // per_unit), MAX_MICROS // per_unit)
                return case((inside, call("MAKE_TIMESTAMP", micros)))
            case _:
                return value

    def shown_by_clocks(self, instant: Sql, zone: Sql) -> Sql:
        """Give it an offset, and take the zone's."""
        in_utc = exp.AtTimeZone(this=_bracketed(instant), zone=exp.Literal.string("UTC"))
        return exp.AtTimeZone(this=exp.Paren(this=in_utc), zone=zone.copy())

    def without_offset(self, value: Sql, zone: Sql, days: int) -> Sql:
        """Subtract the difference of what clocks show there and in UTC."""
        instant = exp.Add(this=value.copy(), expression=call("TO_DAYS", signed(days)))
        offset = exp.Sub(this=self.shown_by_clocks(instant, zone), expression=exp.Paren(this=instant.copy()))
        return exp.Paren(this=exp.Sub(this=value.copy(), expression=exp.Paren(this=offset)))

    def member(self, member: Member, kind: Kind, parameters: Parameters) -> Sql:
        """Read a view of what JSON holds."""
        text, whens = _text(member, parameters), list[tuple[Condition, Sql]]()
        if kind == "num" and "num" in member.hows:
            whens.append((_has_type(member, _NUMBERS, parameters), _number(text)))
        if kind == "bool" and "bool" in member.hows:
            whens.append((_has_type(member, ("BOOLEAN",), parameters), _try_cast(text, exp.DType.BOOLEAN)))
        if (view := self._view_of_text(text, kind, member, parameters)) is not None:
            whens.append((_has_type(member, ("VARCHAR",), parameters), view))
        return case(*whens)

    def _view_of_text(self, text: Sql, kind: Kind, member: Member, parameters: Parameters) -> Sql | None:
        hows = set(member.hows)
        if kind == "str":
            return call("NFC_NORMALIZE", text) if hows & {"text", "str"} else None
        if kind == "time":
            return _time_of(text, parameters) if hows & {"time", "str"} else None
        if "str" not in hows:
            return None
        if kind == "num":
            return case((_matches(text, NUMBER_TEXT, parameters), _try_cast(text, _decimal(NUMBER_DECIMALS))))
        return case((_matches(text, FLAG_TEXT, parameters), _try_cast(text, exp.DType.BOOLEAN)))

    def flaw(self, member: Member, parameters: Parameters) -> Sql:
        """Test for another type, a list on the way, a text that is no time where it must be one, a long number."""
        hows = set(member.hows)
        types = dict.fromkeys(["NULL", *(each for how in member.hows for each in _TYPES[how])])
        found = _type(member.name, member.path, parameters)
        there = Leaf(lambda: exp.Is(this=found, expression=exp.Null(), negate=True), total=True)
        flaws: list[Condition] = [all_of(there, negate(_has_type(member, tuple(types), parameters)))]
        flaws += [_is_list(member.name, member.path[:depth], parameters) for depth in range(len(member.path))]
        if "num" in hows:
            flaws.append(all_of(_has_type(member, ("DOUBLE",), parameters), _is_not_kept(member, parameters)))
        if "time" in hows and not hows & {"text", "str"}:
            time = _time_of(_text(member, parameters), parameters)
            no_time = Leaf(lambda: exp.Is(this=time, expression=exp.Null()), total=True)
            flaws.append(all_of(_has_type(member, ("VARCHAR",), parameters), no_time))
        return render(any_of(*flaws))

    def null_of(self, kind: Kind) -> Sql:
        """Give NULL."""
        types: Mapping[Kind, exp.DType | exp.DataType] = {
            "str": exp.DType.TEXT,
            "num": _decimal(NUMBER_DECIMALS),
            "bool": exp.DType.BOOLEAN,
            "time": exp.DType.TIMESTAMP,
        }
        return _cast(exp.Null(), types[kind])

    def id_text(self, key: Sql) -> Sql:
        """Give an id as text."""
        return _cast(key, exp.DType.TEXT)

    def last_there_was(self, value: Sql, instant: Sql) -> Sql:
        """Aggregate by ARG_MAX, which passes over rows where the value is NULL."""
        return call("ARG_MAX", value, instant)


def _pointer(path: Path) -> str:
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def _text(member: Member, parameters: Parameters) -> Sql:
    return call("JSON_EXTRACT_STRING", theirs(member.name), parameters.value("str", _pointer(member.path)))


def _type(column: str, path: Path, parameters: Parameters) -> Sql:
    return call("JSON_TYPE", theirs(column), parameters.value("str", _pointer(path)))


def _has_type(member: Member, names: tuple[str, ...], parameters: Parameters) -> Leaf:
    found = _type(member.name, member.path, parameters)
    return Leaf(lambda: exp.In(this=found.copy(), expressions=[parameters.value("str", name) for name in names]))


def _is_list(column: str, path: Path, parameters: Parameters) -> Leaf:
    found = _type(column, path, parameters)
    return Leaf(lambda: exp.EQ(this=found, expression=parameters.value("str", "ARRAY")))


def _is_not_kept(member: Member, parameters: Parameters) -> Condition:
    document, pattern = _cast(theirs(member.name), exp.DType.TEXT), long_number_text(member.path[-1])
    written = call("REGEXP_EXTRACT", document, parameters.value("str", pattern), integer(1))
    return is_not_kept(written, _text(member, parameters), parameters)


def _matches(text: Sql, pattern: str, parameters: Parameters) -> Leaf:
    return Leaf(lambda: call("REGEXP_MATCHES", text.copy(), parameters.value("str", pattern)))


def _number(text: Sql) -> Sql:
    """Cut a text after nine decimals; NULL for NaN, infinities and what is too large, for which there is no room."""
    number = _try_cast(text, _decimal(_SCALE, _BELOW_LIMIT))
    cut = call("LEFT", _cast(number, exp.DType.TEXT), signed(NUMBER_DECIMALS - _SCALE))
    return _cast(cut, _decimal(NUMBER_DECIMALS))


def _time_of(text: Sql, parameters: Parameters) -> Sql:
    """Put a time together from its local part and the minutes of its offset."""

    def without(pattern: str, kept: str, among: Sql) -> Sql:
        return call("REGEXP_REPLACE", among, *(parameters.value("str", each) for each in (pattern, kept)))

    def whole(digits: Sql) -> Sql:
        return _try_cast(digits, exp.DType.BIGINT)

    local = _try_cast(without(FRACTION_TEXT, r"\1", without(OFFSET_TEXT, "", text.copy())), exp.DType.TIMESTAMP)
    offset = call("REGEXP_EXTRACT", text.copy(), parameters.value("str", MINUTES_TEXT))

    def part(start: int, length: int) -> Sql:
        return call("SUBSTRING", offset.copy(), integer(start), integer(length))

    hours = exp.Mul(this=whole(part(1, 3)), expression=integer(60))
    minutes = whole(exp.DPipe(this=part(1, 1), expression=part(5, 2), safe=False))
    shift = exp.Coalesce(this=exp.Add(this=hours, expression=minutes), expressions=[integer(0)])
    instant = exp.Sub(this=local, expression=call("TO_MINUTES", shift))
    micros = call("EPOCH_US", instant)
    inside = among(micros, MIN_MICROS, MAX_MICROS)
    return case((all_of(_matches(text, TIME_TEXT, parameters), inside), instant))


def _cast(value: Sql, to: exp.DType | exp.DataType) -> exp.Cast:
    return exp.Cast(this=value.copy(), to=to if isinstance(to, exp.DataType) else exp.DataType(this=to))


def _try_cast(value: Sql, to: exp.DType | exp.DataType) -> exp.TryCast:
    return exp.TryCast(this=value.copy(), to=to if isinstance(to, exp.DataType) else exp.DataType(this=to))


def _decimal(scale: int, digits: int = _DIGITS) -> exp.DataType:
    return exp.DataType(
        this=exp.DType.DECIMAL, expressions=[exp.DataTypeParam(this=integer(part)) for part in (digits, scale)]
    )


def _bracketed(value: Sql) -> Sql:
    return value.copy() if isinstance(value, exp.Paren) else exp.Paren(this=value.copy())
