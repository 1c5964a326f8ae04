"""Reading one of somebody else's tables: its rows as far as they count, its columns as ours would hold them.

Kept apart from which tables a query reads. It could go wrong by a row without an id or a time, which is nobody's event,
and by two rows of one person, of which only the map knows whether there may be any.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlglot import exp

from muster.backends.sql.calls import integer
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render
from muster.backends.sql.names import ROW, Sql, derived, identifier, named, table
from muster.backends.sql.own_words import theirs
from muster.backends.sql.params import Parameters
from muster.compiler.own_tables import Column, Source
from muster.compiler.values import Kind

_NTH = "nth"


class Reader:
    """Reads one table."""

    def __init__(self, source: Source, dialect: SqlDialect, parameters: Parameters) -> None:
        self._source, self._words, self._parameters = source, dialect.own, parameters

    def value(self, name: str) -> Sql:
        """Read a column of ours."""
        return named(self._words.value(self._source.views[name], self._parameters), name)

    def value_or_null(self, name: str, kind: Kind) -> Sql:
        """Read a column of ours that not every table has."""
        return self.value(name) if name in self._source.views else named(self._words.null_of(kind), name)

    def order(self, name: str) -> Sql:
        """Read what tells which of two events came first; text by code points."""
        view = self._source.views[name]
        value = self._words.value(view, self._parameters)
        return named(self._words.by_code_point(value) if view.kind == "str" else value, name)

    def event_name(self, name: str) -> Sql:
        """Read the events' name."""
        constant = self._source.constant
        return self.value(name) if constant is None else named(self._parameters.value("str", constant), name)

    def select(self, outputs: list[Sql], needed: list[str], time: str | None) -> exp.Select:
        """Select from the rows that lack nothing that is needed; of several that are one, the earliest or latest."""
        source = self._source
        rows: exp.Table | exp.Subquery = table_of(self._source)
        there: Condition = True if source.never_null else all_of(*map(self._is_there, needed))
        condition = all_of(*equal(source.only, self._parameters), there)
        left = all_of(*(negate(each) for each in equal(source.gone, self._parameters)))
        if source.unique is not None and time is not None:
            by = exp.Ordered(this=self._instant(time), nulls_first=False)
            rows, condition = self._numbered(source.unique, by, condition), self._is_first()
        elif source.latest is not None:
            by = exp.Ordered(this=theirs(source.latest), desc=True, nulls_first=False)
            rows, condition = self._numbered(source.views[needed[0]].of.name, by, condition), self._is_number_one()
        kept = all_of(condition, left)
        return exp.Select(
            expressions=outputs,
            from_=exp.From(this=rows),
            where=None if kept is True else exp.Where(this=render(kept)),
        )

    def patched(self, wanted: list[str], key: str, by: str) -> exp.Select:
        """Select a row a person, of each value the last that there was."""
        source, own_key = self._source, self._words.value(self._source.views[key], self._parameters)
        timed = Leaf(lambda: exp.Is(this=theirs(by), expression=exp.Null(), negate=True), total=True)
        left = (negate(each) for each in equal(source.gone, self._parameters))
        kept = all_of(*equal(source.only, self._parameters), *left, self._is_there(key), timed)

        def last(name: str) -> Sql:
            value = self._words.value(self._source.views[name], self._parameters)
            if value == own_key:
                return named(value, name)
            return named(self._words.last_there_was(value, theirs(by)), name)

        return exp.Select(
            expressions=[last(name) for name in wanted],
            from_=exp.From(this=table_of(self._source)),
            where=exp.Where(this=render(kept)),
            group=exp.Group(expressions=[own_key.copy()]),
        )

    def _instant(self, time: str) -> Sql:
        """Order by the column as it is, but where clocks skip an hour: its times come after what follows it."""
        view = self._source.views[time]
        is_local = isinstance(view.of, Column) and view.of.how == "local"
        return self._words.value(view, self._parameters) if is_local else theirs(view.of.name)

    def _is_there(self, name: str) -> Leaf:
        own = self._source.views[name].of.name
        return Leaf(lambda: exp.Is(this=theirs(own), expression=exp.Null(), negate=True), total=True)

    def _numbered(self, which: str, by: exp.Ordered, condition: Condition) -> exp.Subquery:
        """Give the rows with all that is read of them, and the number of each among those of one id."""
        order = exp.Order(expressions=[by])
        number = exp.Window(this=exp.RowNumber(), partition_by=[theirs(which)], order=order)
        select = exp.Select(
            expressions=[*map(theirs, self._read()), exp.Alias(this=number, alias=identifier(self._nth()))],
            from_=exp.From(this=table_of(self._source)),
            where=None if condition is True else exp.Where(this=render(condition)),
        )
        return derived(select, ROW)

    def _read(self) -> list[str]:
        """Name every column of theirs that is read."""
        source = self._source
        return list(dict.fromkeys((*(view.of.name for view in source.views.values()), *source.others)))

    def _nth(self) -> str:
        """Name the number of a row as no column is called, whatever engines make of capitals."""
        name, taken = _NTH, {each.lower() for each in self._read()}
        while name in taken:
            name += "_"
        return name

    def _is_number_one(self) -> Condition:
        return Leaf(lambda: exp.EQ(this=theirs(self._nth()), expression=integer(1)), total=True)

    def _is_first(self) -> Condition:
        """Test for the first row of an id; a row without one is no other's double."""
        unique = self._source.unique
        assert unique is not None
        alone = Leaf(lambda: exp.Is(this=theirs(unique), expression=exp.Null()), total=True)
        return any_of(self._is_number_one(), alone)


def equal(wanted: Mapping[str, str | bool | int], parameters: Parameters) -> list[Leaf]:
    """Test that columns equal some values."""

    def isequal(name: str, value: str | bool | int) -> Leaf:  # noqa: FBT001 (one of what a column can equal)
        match value:
            case bool():
                asked = parameters.value("bool", value)
            case str():
                asked = parameters.value("str", value)
            case int():
                asked = parameters.number(Decimal(value), whole=True)
        return Leaf(lambda: exp.EQ(this=theirs(name), expression=asked))

    return [isequal(name, value) for name, value in wanted.items()]


def table_of(source: Source) -> exp.Table:
    """Read a table of theirs."""
    *namespace, name = source.table
    return table(name, ROW, namespace[0] if namespace else None)
