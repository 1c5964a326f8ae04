"""The values of a query, each bound on the server's side under a name of ours.

Kept apart so that no other module can put a value into SQL text. A value that occurs twice is one parameter; the
names count up in the order in which the SQL was made, so equal plans make equal SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from muster.backends.base import Parameter, Scalar
from muster.backends.sql.names import Sql
from muster.compiler.expr import Constant
from muster.compiler.moments import AS_OF, Capped, FromAsOf, Moment, PeriodStart
from muster.compiler.values import Kind

_LARGEST = (1 << 63) - 1
MANY = 100  # a list longer than this is one array parameter


class Parameters:
    """Collects the parameters of one query."""

    def __init__(self, place: Callable[[Parameter], Sql]) -> None:
        self._place = place
        self._found: dict[tuple[Kind, type, Scalar | tuple[Scalar, ...]], Parameter] = {}

    @property
    def found(self) -> tuple[Parameter, ...]:
        """Every parameter so far, in order of its name."""
        return tuple(self._found.values())

    def value(self, kind: Kind, value: Scalar) -> Sql:
        """Stand in for one value."""
        return self._add(kind, _plain(value), many=False)

    def values(self, kind: Kind, values: tuple[Scalar, ...]) -> Sql:
        """Stand in for a list of values as one array."""
        return self._add(kind, tuple(_plain(value) for value in values), many=True)

    def number(self, value: Decimal, *, whole: bool) -> Sql:
        """Stand in for a number; for one to compare a count with, by an engine's own integer where it is one."""
        if whole and value == value.to_integral_value() and abs(value) <= _LARGEST:
            return self._add("num", int(value), many=False)
        return self.value("num", value)

    def constant(self, constant: Constant) -> Sql:
        """Stand in for a rule's literal."""
        return self.value(constant.kind, constant.value)

    def time(self, moment: Moment) -> Sql:
        """Stand in for an instant, bound with the clock."""
        return self.value("time", moment)

    def _add(self, kind: Kind, value: Scalar | tuple[Scalar, ...], *, many: bool) -> Sql:
        key = (kind, type(value), value)  # 3 and Decimal(3) are equal
        parameter = self._found.get(key)
        if parameter is None:
            parameter = self._found[key] = Parameter(f"p{len(self._found)}", kind, value, many)
        return self._place(parameter)


def _plain(value: Scalar) -> Scalar:
    # 1E+2 would bind as a decimal of negative scale, which engines do not have.
    if isinstance(value, Decimal) and int(value.as_tuple().exponent) > 0:
        return value.quantize(Decimal(1))
    return value


def never_after_as_of(moment: Moment) -> bool:
    """Tell whether an instant cannot lie after as_of, whatever the clock."""
    match moment:
        case Capped():
            return True
        case FromAsOf(months, micros):
            return months <= 0 and micros <= 0
        case PeriodStart(shift=shift):
            return shift <= 0
        case _:
            return False


def before_as_of(moment: Moment) -> Moment:
    """Give the earlier of an instant and as_of, in the simplest form."""
    if never_after_as_of(moment):
        return moment
    match moment:
        case FromAsOf(months, micros) if months >= 0 and micros >= 0:
            return AS_OF
        case _:
            assert not isinstance(moment, Capped)  # which is never after as_of
            return Capped(moment)
