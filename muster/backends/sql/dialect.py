"""What an engine says in its own words: the part of the generated SQL that differs between engines.

Kept apart from the shared generator, which knows the shape of a query and asks here for every function. An engine
overrides a method with one line of why. Each method's text says what the SQL must mean, NULL included.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from sqlglot import exp

from muster.backends.base import Parameter, Spell
from muster.backends.sql.clock_words import ClockWords
from muster.backends.sql.names import Sql
from muster.backends.sql.own_words import OwnWords
from muster.backends.sql.params import Parameters
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import TextTest
from muster.compiler.regex import Regex
from muster.compiler.values import Kind


class SelectWith(Protocol):
    """Selects some events, and more tables joined to them."""

    def __call__(self, *joins: exp.Join) -> exp.Select:
        """Give a SELECT of its own."""


class SqlDialect(ABC):
    """The words of one engine.

    `functions` and `nodes` are the engine's part of the query check's allow-list: what its SQL may call, and the
    nodes, with their arguments, that its text has beside those of every engine. `outer_gives_null`: an outer join
    fills with NULL what it does not find, whatever the type. `funnels`: it has an aggregate for `followed`.
    `own`: its words for somebody else's tables; `clock`: those for SQL that has no clock of ours.
    `inlines_relations`: it writes a relation that is read once into what reads it, unless told not to.
    """

    name: str
    own: OwnWords
    clock: ClockWords
    functions: frozenset[str]
    nodes: Mapping[type[exp.Expr], str] = {}
    outer_gives_null = True
    funnels = False
    inlines_relations = False

    @abstractmethod
    def write(self, tree: Sql, *, pretty: bool = False, spell: Spell | None = None) -> str:
        """Print SQL; `pretty` is for people and never runs, and `spell` says there what is what in the rule."""

    def in_text(self, name: str) -> str:
        """Give a name as it stands between its quotes in what `write` prints to be run."""
        return name

    @abstractmethod
    def parameter(self, parameter: Parameter) -> Sql:
        """Stand in for a value that is bound on the server's side."""

    def literal(self, value: object) -> Sql:
        """Write a bound value into SQL, exactly, for people to read and paste."""
        match value:
            case bool():
                return exp.Boolean(this=value)
            case str():
                return exp.Literal.string(value)
            case Decimal() | int():
                return exp.Literal.number(format(Decimal(value), "f"))
            case datetime():
                text = exp.Literal.string(value.isoformat(sep=" "))
                return exp.Cast(this=text, to=exp.DataType(this=exp.DType.TIMESTAMP))
            case list():
                return exp.Array(expressions=[self.literal(item) for item in value])
            case _:
                raise InternalError("inline", f"a parameter of type {type(value).__name__}")

    def few_people(self, *, is_set: bool) -> float:
        """Give the share of people up to which it is faster to read the events of these only, by a set of them.

        `is_set`: the events are no more than a set of people themselves; else something is added up for each.
        """
        return 0.0 if is_set else 0.1

    # --- values -------------------------------------------------------------------------------------------------
    @abstractmethod
    def is_among(self, value: Sql, array: Sql, *, in_lambda: bool) -> Sql:
        """Test that a value equals one of an array parameter; NULL or false for NULL."""

    def as_number(self, value: Sql) -> Sql:
        """Make a count one of those numbers that IN compares with decimal parameters."""
        return value

    @abstractmethod
    def text_passes(self, value: Sql, test: TextTest, parameters: Parameters) -> Sql:
        """Test a text literally, by code point, folding only ASCII letters; NULL for NULL."""

    @abstractmethod
    def matches(self, value: Sql, regex: Regex, parameters: Parameters) -> Sql:
        """Test that a pattern, already free of flags, matches somewhere; NULL for NULL."""

    @abstractmethod
    def is_sampled(self, identity: Sql, salt: str, percent: Decimal, parameters: Parameters) -> Sql:
        """Test int(first 8 hex digits of md5(salt + ":" + identity)) mod 10,000 < percent * 100; never NULL."""

    # --- maps ---------------------------------------------------------------------------------------------------
    @abstractmethod
    def map_entry(self, entries: Sql, key: Sql) -> Sql:
        """Read the value of a key in a map; NULL where the map lacks the key, or is NULL."""

    # --- lists --------------------------------------------------------------------------------------------------
    @abstractmethod
    def some_item(self, items: Sql, variable: str, test: Sql) -> Sql:
        """Test that a test, on a variable, is true for some item; NULL or false for a NULL list."""

    @abstractmethod
    def has_items(self, items: Sql) -> Sql:
        """Test that a list has an item; NULL or false for a NULL list."""

    @abstractmethod
    def views(self, scalar: Sql | None, items: Sql, variable: str, view: Sql | None) -> Sql:
        """Make a list of a scalar's view (which may be NULL) and then each item's; never empty or NULL.

        Without a view it may end after the scalar: what is missing there is NULL.
        """

    @abstractmethod
    def spread(self, select: exp.Select, lists: Mapping[str, Sql]) -> exp.Select:
        """Give a SELECT a row for each item of some lists, which go in step, as columns of these names.

        They are lists that `views` made, of one value; a shorter one is padded with NULL.
        """

    # --- bits ---------------------------------------------------------------------------------------------------
    @abstractmethod
    def has_bits(self, word: Sql, bits: Sequence[int], *, every: bool) -> Sql:
        """Test that a whole number has every one, or some, of the bits, the lowest being 0; never of NULL."""

    @abstractmethod
    def united_bits(self, word: Sql) -> Sql:
        """Aggregate to the bits that some row has."""

    def counted(self, condition: Sql) -> Sql:
        """Aggregate to how many rows satisfy a condition."""
        return exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=condition))

    # --- events -------------------------------------------------------------------------------------------------
    @abstractmethod
    def picked(self, which: Literal["first", "last"], value: Sql, time: Sql, order: Sql, *, is_list: bool) -> Sql:
        """Aggregate to the value, NULL or not, of the row with the least or greatest (time, order).

        The value is a column or the entry of a map; of a list, a column.
        """

    @abstractmethod
    def later(self, time: Sql, micros: int) -> Sql:
        """Add an exact length to an instant."""

    @abstractmethod
    def age_in(self, length: int, time: Sql, as_of: Sql) -> Sql:
        """Count the whole lengths of that many microseconds from an instant before as_of up to just before as_of."""

    @abstractmethod
    def by_start(self, select: SelectWith, time: Sql, starts: Sql) -> tuple[exp.Select, Sql]:
        """Select events, and with them a number or instant that tells apart the periods they lie in.

        `starts` is an array parameter of the periods' first instants, ascending; no event lies before the first.
        """

    @abstractmethod
    def nearest(self, table: exp.Table | exp.Subquery, on: Sql, *, outer: bool) -> exp.Join:
        """Join the one row nearest in time: `on` has equalities and one inequality of times, strict or not.

        With `outer` a row without one is kept, with NULLs.
        """

    def nearest_kept(self, table: exp.Table, on: Sql) -> exp.Join:
        """Join as `nearest` does, without `outer`, the rows of a kept relation, whose instants no index holds.

        `on` holds nothing but equalities of columns and one strict inequality; only the instant of the row is read.
        """
        return self.nearest(table, on, outer=False)

    def followed(self, time: Sql, first: Sql, then: Sql, within: int) -> Sql:  # noqa: ARG002 (see `funnels`)
        """Aggregate to whether an event of `then` comes after one of `first`, at most so many microseconds after.

        Each event is one of the two. Only asked of an engine with `funnels`.
        """
        raise InternalError("sql", f"{self.name} has no aggregate for two steps")

    def nullable(self, value: Sql) -> Sql:
        """Make a value one that an outer join fills with NULL."""
        return value

    @abstractmethod
    def key_text(self, prefix: int, kind: Kind, value: Sql) -> Sql:
        """Make a digit and a value one text, so that values of one kind have one text if and only if equal."""
