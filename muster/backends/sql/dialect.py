"""What an engine says in its own words: the part of the generated SQL that differs between engines.

Kept apart from the shared generator, which knows the shape of a query and asks here for every function. An engine
overrides a method with one line of why. Each method's text says what the SQL must mean, NULL included.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Literal

from sqlglot import exp

from muster.backends.base import Parameter
from muster.backends.sql.names import Sql
from muster.backends.sql.params import Parameters
from muster.compiler.expr import TextTest
from muster.compiler.regex import Regex


class SqlDialect(ABC):
    """The words of one engine."""

    name: str
    functions: frozenset[str]  # what its generated SQL may call: the allow-list of the query check

    @abstractmethod
    def write(self, tree: Sql, *, pretty: bool = False) -> str:
        """Print SQL; `pretty` is for people and never runs."""

    @abstractmethod
    def parameter(self, parameter: Parameter) -> Sql:
        """Stand in for a value that is bound on the server's side."""

    # --- values -------------------------------------------------------------------------------------------------
    @abstractmethod
    def is_among(self, value: Sql, array: Sql, *, in_lambda: bool) -> Sql:
        """Test that a value equals one of an array parameter; NULL or false for NULL."""

    @abstractmethod
    def text_passes(self, value: Sql, test: TextTest, parameters: Parameters) -> Sql:
        """Test a text literally, by code point, folding only ASCII letters; NULL for NULL."""

    @abstractmethod
    def matches(self, value: Sql, regex: Regex, parameters: Parameters) -> Sql:
        """Test that a pattern, already free of flags, matches somewhere; NULL for NULL."""

    @abstractmethod
    def is_sampled(self, identity: Sql, salt: str, percent: Decimal, parameters: Parameters) -> Sql:
        """Test int(first 8 hex digits of md5(salt + ":" + identity)) mod 10,000 < percent * 100; never NULL."""

    # --- lists --------------------------------------------------------------------------------------------------
    @abstractmethod
    def some_item(self, items: Sql, variable: str, test: Sql) -> Sql:
        """Test that a test, on a variable, is true for some item; NULL or false for a NULL list."""

    @abstractmethod
    def has_items(self, items: Sql) -> Sql:
        """Test that a list has an item; NULL or false for a NULL list."""

    @abstractmethod
    def views(self, scalar: Sql | None, items: Sql, variable: str, view: Sql | None) -> Sql:
        """Make a list of a scalar's view (which may be NULL) and then each item's; never empty or NULL."""

    @abstractmethod
    def unnest(self, array: Sql) -> Sql:
        """Make a row of each item of a list; lists side by side go in step, the shorter ones padded with NULL."""

    # --- events -------------------------------------------------------------------------------------------------
    @abstractmethod
    def picked(self, which: Literal["first", "last"], value: Sql, time: Sql, order: Sql) -> Sql:
        """Aggregate to the value, NULL or not, of the row with the least or greatest (time, order)."""

    @abstractmethod
    def later(self, time: Sql, micros: int) -> Sql:
        """Add an exact length to an instant."""

    @abstractmethod
    def age_in(self, length: int, time: Sql, as_of: Sql) -> Sql:
        """Count the whole lengths of that many microseconds from an instant before as_of up to just before as_of."""

    @abstractmethod
    def nearest(self, table: exp.Table | exp.Subquery, on: Sql, *, outer: bool) -> exp.Join:
        """Join the one row nearest in time: `on` has equalities and one inequality of times, strict or not.

        With `outer` a row without one is kept, with NULLs.
        """

    @abstractmethod
    def key_text(self, prefix: int, value: Sql) -> Sql:
        """Make a digit and a value one text, so that values of one kind have one text if and only if equal."""
