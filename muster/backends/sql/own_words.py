"""What an engine says in its own words to read somebody else's tables: types, times and JSON as our columns have them.

Kept apart from the words of rules' queries: the query check allows what is said here inside the relations that read
own tables, and nowhere else. Each method's text says what the SQL must mean, NULL included.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlglot import exp

from muster.backends.sql.calls import signed
from muster.backends.sql.logic import Condition, Leaf, all_of, negate, render
from muster.backends.sql.names import ROW, Sql, column
from muster.backends.sql.params import Parameters
from muster.compiler.moments import Instant, to_micros
from muster.compiler.own_tables import Column, ColumnHow, Member, View
from muster.compiler.values import NUMBER_LIMIT, Kind

# ADR 0009: which texts read as a number, a boolean and a time.
NUMBER_TEXT = r"^-?[0-9]{1,18}([.][0-9]{1,9})?$"
FLAG_TEXT = "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"  # ignoring case would fold more letters than these
_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})"
_FOURTH = "(0[48]|[2468][048]|[13579][26])"
_DAYS = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_DATE = f"({_YEAR}-{_DAYS}|([0-9]{{2}}{_FOURTH}|{_FOURTH}00)-02-29)"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
TIME_TEXT = f"^{_DATE}(T{_CLOCK}(:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]{_CLOCK})?)?$"
OFFSET_TEXT = "(Z|[+-][0-9]{2}:[0-9]{2})$"
MINUTES_TEXT = "[+-][0-9]{2}:[0-9]{2}$"
FRACTION_TEXT = "([.][0-9]{6})[0-9]+$"

# When the data of zones is the same everywhere: what it says of clocks before 1970 it does not promise, and engines
# have been compared up to 2099. https://data.iana.org/time-zones/theory.html
FIRST_OF_CLOCKS = datetime(1970, 1, 1, tzinfo=UTC)
LAST_OF_CLOCKS = datetime(2100, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)


def long_number_text(key: str) -> str:
    """Give a pattern whose group is a key's number where it has more characters than doubles are sure to keep."""
    spelled = {re.escape(json.dumps(key, ensure_ascii=is_plain)) for is_plain in (True, False)}
    return rf"(?:{'|'.join(sorted(spelled))})[ \t\n\r]*:[ \t\n\r]*(-?[0-9.]{{17,}})"


def case(*whens: tuple[Condition, Sql]) -> Sql:
    """Give the value of the first test that is true, else NULL."""
    return exp.Case(ifs=[exp.If(this=render(test), true=value.copy()) for test, value in whens])


def limited(value: Sql, read: Sql) -> Sql:
    """Read a number as `read` if it is one that our columns hold; NULL for NaN, infinities and what is too large."""
    limit = int(NUMBER_LIMIT)
    above = Leaf(lambda: exp.GT(this=value.copy(), expression=signed(-limit)))
    below = Leaf(lambda: exp.LT(this=value.copy(), expression=signed(limit)))
    return case((all_of(above, below), read))


def among(value: Sql, low: int, high: int) -> Leaf:
    """Test that a value lies in two ends, both inclusive."""
    return Leaf(lambda: exp.Between(this=value.copy(), low=signed(low), high=signed(high)))


def is_not_kept(written: Sql, kept: Sql, parameters: Parameters) -> Condition:
    """Test that a long number was `written`, and is not what its double is written as (see `long_number_text`)."""
    return all_of(
        Leaf(lambda: exp.NEQ(this=written.copy(), expression=parameters.value("str", ""))),
        Leaf(lambda: exp.NEQ(this=written.copy(), expression=kept.copy())),
    )


def theirs(name: str) -> exp.Column:
    """Name a column of theirs; never bare, as an engine could take what we call another one for it."""
    return column(ROW, name)


def _is_of_known_clocks(value: Sql, parameters: Parameters) -> Leaf:
    low, high = (parameters.time(Instant(to_micros(each))) for each in (FIRST_OF_CLOCKS, LAST_OF_CLOCKS))
    return Leaf(lambda: exp.Between(this=value.copy(), low=low, high=high))


class OwnWords(ABC):
    """The words of one engine.

    `as_ours`: what columns hold that are read without a word. `functions` and `nodes`: what is allowed inside the
    relations that read own tables, beside what rules' queries may say. `says_not_materialized`: a relation that is
    read twice is kept unless the engine is told not to. `collates`: texts of theirs may have another order than ours.
    """

    as_ours: frozenset[ColumnHow]
    functions: frozenset[str]
    nodes: Mapping[type[exp.Expr], str]
    says_not_materialized = True
    collates = False

    def value(self, view: View, parameters: Parameters) -> Sql:
        """Read a view as our column would hold it: NULL where the value has no such view."""
        match view.of:
            case Column(name, "local", str() as zone):
                return self._of_clocks(self.clock_time(theirs(name)), parameters.value("str", zone), parameters)
            case Column(name, how):
                return theirs(name) if how in self.as_ours else self.column(theirs(name), how)
            case Member() as member:
                return self.member(member, view.kind, parameters)

    def _of_clocks(self, value: Sql, zone: Sql, parameters: Parameters) -> Sql:
        """Give the instant at which the clocks of a zone showed a time.

        From an instant to a clock's time is always well defined, so only that way is asked of the engine: the offset
        a day later, and the one a day before where the clocks do not show that time with the later one. So a time that
        was shown twice is the later one, and one that was skipped is as if clocks had not been changed yet. Of years
        for which zones are not known alike everywhere, it is missing.
        """
        after, before = (self.without_offset(value, zone, days) for days in (1, -1))
        shown = exp.EQ(this=self.shown_by_clocks(after, zone), expression=value.copy())
        read = exp.Case(ifs=[exp.If(this=shown, true=after.copy())], default=before)
        return case((_is_of_known_clocks(value, parameters), read))

    def unknown_clocks(self, local: Column, parameters: Parameters) -> Sql:
        """Test that a local time is of years for which zones are not known alike everywhere; false or NULL if not."""
        value = self.clock_time(theirs(local.name))
        there = Leaf(lambda: exp.Is(this=value.copy(), expression=exp.Null(), negate=True), total=True)
        return render(all_of(there, negate(_is_of_known_clocks(value, parameters))))

    def clock_time(self, value: Sql) -> Sql:
        """Give what clocks showed, with room for a day before and after."""
        return value

    @abstractmethod
    def shown_by_clocks(self, instant: Sql, zone: Sql) -> Sql:
        """Give what the clocks of a zone show at an instant in UTC."""

    @abstractmethod
    def without_offset(self, value: Sql, zone: Sql, days: int) -> Sql:
        """Take from a time the offset that a zone has some days after that time in UTC."""

    @abstractmethod
    def column(self, value: Sql, how: ColumnHow) -> Sql:
        """Read a column that is not as ours: numbers cut to nine decimals, NULL from 10^18 on; instants in UTC."""

    @abstractmethod
    def member(self, member: Member, kind: Kind, parameters: Parameters) -> Sql:
        """Read a view of what JSON holds at a path; NULL where it is of none of the things that the member may hold."""

    @abstractmethod
    def flaw(self, member: Member, parameters: Parameters) -> Sql:
        """Test that JSON holds something at a path that is not what the member says; NULL or false where not."""

    @abstractmethod
    def null_of(self, kind: Kind) -> Sql:
        """Give NULL with the type of a kind's columns."""

    @abstractmethod
    def id_text(self, key: Sql) -> Sql:
        """Give an id as text."""

    @abstractmethod
    def last_there_was(self, value: Sql, instant: Sql) -> Sql:
        """Aggregate to the value of the latest row where it is not NULL; NULL where it always is."""

    def by_code_point(self, text: Sql) -> Sql:
        """Make a text one that is ordered by code points, wherever it comes from."""
        return text
