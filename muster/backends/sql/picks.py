"""The value of a person's first or last event: pick the event from all history, then test what it holds.

Kept apart because the order matters: the event is picked before the window and the value are looked at. It can go
wrong by picking the first value instead of the first event: an event without the property is still the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from muster.backends.sql.atoms import place_test
from muster.backends.sql.events import Rows, in_window, of_groups
from muster.backends.sql.logic import all_of, render
from muster.backends.sql.measures import KEY, Measure, grouped
from muster.backends.sql.names import GROUP, TRAITS, Sql, column, named
from muster.backends.sql.params import before_as_of
from muster.backends.sql.places import place_of
from muster.compiler.diagnostics import RuleError
from muster.compiler.expr import ComparePair, Pick, ValueTest
from muster.compiler.messages import engine as say
from muster.compiler.moments import AS_OF
from muster.compiler.plan import EventScan
from muster.compiler.schema import Held, Name
from muster.compiler.values import Kind

_INSTANT, _ITEMS = "ts", "v__items"


def picked(pick: Pick, test: ValueTest, scan: EventScan, rows: Rows) -> Callable[[], exp.Select] | None:
    """Select the people whose picked event lies in the scan's window and has a value that passes."""
    events, scope = rows.scope.schema.events, replace(rows.scope, people=TRAITS)
    order = events.order
    if order is None:
        raise RuleError([say.tie_order_missing(pick.which, scan.events.names, events.table, scan.origin)])
    name, source_of = _renamed(rows.scope.schema.property(scan.events.names, pick.property))
    passed = place_test(place_of(name, GROUP, scope=scope), test, scope)
    if passed is False:
        return None
    windowed = scan.window.start is not None or before_as_of(scan.window.end) != AS_OF
    if windowed:
        passed = all_of(in_window(GROUP, _INSTANT, scan.window, scope), passed)
    edge = exp.Min if pick.which == "first" else exp.Max

    def build() -> exp.Select:
        condition = render(passed)
        read = dict.fromkeys(found.name for found in condition.find_all(exp.Column) if found.name in source_of)
        outputs: list[Sql] = [named(rows.key(), KEY)]
        if windowed:
            outputs.append(named(edge(this=rows.time()), _INSTANT))
        for alias in read:
            value, tie = scope.read(scope.events, source_of[alias]), column(scope.events, order)
            one = scope.dialect.picked(pick.which, value, rows.time(), tie, is_list=alias == _ITEMS)
            outputs.append(named(one, alias))
        people = grouped(Measure(rows.select, rows.key, rows.time), outputs, True)
        return of_groups(people, condition, scope, joins_people=isinstance(test, ComparePair))

    return build


def _renamed(name: Name) -> tuple[Name, dict[str, Held]]:
    """Give a name's columns names that cannot meet the key's or the instant's; and where each comes from."""
    columns: dict[Kind, Held] = {kind: f"v__{kind}" for kind in name.columns}
    source_of = {f"v__{kind}": held for kind, held in name.columns.items()}
    shape = name.shape
    if shape is not None:
        source_of |= {"v__stored": shape.stored, "v__size": shape.size, _ITEMS: shape.items}
        shape = replace(shape, stored="v__stored", size="v__size", items=_ITEMS)
    return Name(columns, shape, name.single), source_of
