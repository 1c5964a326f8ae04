"""From a plan to a query: one SELECT over the people, its condition, and the relations that it names.

Kept apart from the atoms and scans, which it puts together. It decides nothing: what folds away does so because the
Schema has no column for it. It could go wrong by leaving a scan that is used twice inline, or by naming a relation
before the one it reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from sqlglot import exp

from muster.backends.base import AnyOutput, Output, Query
from muster.backends.sql.bounds import BOUNDS, on_clock
from muster.backends.sql.comments import laid_out, tagged
from muster.backends.sql.deep import deeply
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.logic import Condition, Leaf, leaves, render
from muster.backends.sql.measures import KEY
from muster.backends.sql.names import GROUP, PEOPLE, Sql, bare, column, derived, people_table, table
from muster.backends.sql.own import read_own, settled
from muster.backends.sql.own_guards import guards_of
from muster.backends.sql.params import Parameters
from muster.backends.sql.people import is_in, people_condition
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations, free, unhidden
from muster.backends.sql.scans import Builder, scan_builder
from muster.backends.sql.shapes import shaped
from muster.compiler.expr import And, Conditions, Const, Expr, Not, Or, conditions_of, walk
from muster.compiler.plan import Plan, Scan, events_read
from muster.compiler.schema import Schema


class Lone(NamedTuple):
    """The scan whose people are everybody who passes."""

    scan: int
    conditions: Conditions


def generate(plan: Plan, schema: Schema, output: Output, dialect: SqlDialect) -> Query:
    """Turn a plan into SQL; raises RuleError naming the construct that the schema cannot answer exactly."""
    return deeply(lambda: _generate(plan, schema, output, dialect))


def _generate(plan: Plan, schema: Schema, output: Output, dialect: SqlDialect) -> Query:
    schema = settled(schema, dialect)
    scope, relations = Scope(schema, dialect, Parameters(dialect.parameter)), Relations(schema, dialect)
    shape = shaped(plan, scope)
    scans = [scan_builder(scan, scope, relations) for scan in shape.scans]

    def in_scan(scan: int) -> Condition:
        return False if scans[scan] is None else Leaf(lambda: is_in(_built(scans, scan), scope), True, scan)

    condition = people_condition(shape.condition, scope, in_scan)
    _name_shared_scans(condition, scans, relations)
    lone = _lone_scan(condition) if output == "count" and schema.events.known_people else None
    if lone is None:
        select = _select_people(condition, output, scope)
    else:
        select = _number_of(_built(scans, lone.scan), lone.conditions)
    tree, conditions = relations.added_to(select), _conditions_in(plan.expr)
    return make_query(tree, output, scope, plan.scans, notes=shape.notes, conditions=conditions)


def make_query(
    tree: exp.Select,
    output: AnyOutput,
    scope: Scope,
    scans: Iterable[Scan] | None,
    *,
    notes: tuple[str, ...] = (),
    conditions: Conditions = (),
) -> Query:
    """Print a tree, with its parameters, and what its tables must hold for its answer to be right.

    `scans` are what it reads of events; None: all there is. `conditions` are those of the rule, for its comments.
    """
    dialect = scope.dialect
    read = None if scans is None else events_read(scans)
    guards = guards_of(tree, scope, read)
    tree = read_own(tree, scope, read)
    return Query(
        dialect.name,
        output,
        dialect.write(tree),
        scope.parameters.found,
        lambda spell: deeply(lambda: laid_out(tree, conditions, dialect.write, spell)),
        lambda value: dialect.write(dialect.literal(value)),
        notes,
        guards,
        partial(on_clock, dialect=dialect, relation=free(BOUNDS, unhidden(scope.schema))),
    )


def in_order_of(identity: Sql, scope: Scope) -> exp.Order:
    """Order by an id's code points; in our own tables, that is what its column is ordered by."""
    ordered = identity.copy() if scope.schema.own is None else scope.dialect.own.by_code_point(identity.copy())
    return exp.Order(expressions=[exp.Ordered(this=ordered, nulls_first=False)])


def _select_people(condition: Condition, output: Output, scope: Scope) -> exp.Select:
    """Select the ids, in their order, or the number of the people that pass."""
    schema = scope.schema
    identity = column(PEOPLE, schema.profiles.external_id)
    outputs: list[Sql] = [identity] if output == "members" else [exp.Count(this=exp.Star())]
    select = exp.Select(
        expressions=outputs,
        from_=exp.From(this=people_table(schema, PEOPLE)),
        where=None if condition is True else exp.Where(this=render(condition)),
    )
    if output == "members":
        select.set("order", in_order_of(identity, scope))
    return select


def _lone_scan(condition: Condition) -> Lone | None:
    """Give the scan that a condition is membership in, if that is all it is."""
    if not isinstance(condition, Leaf) or condition.opposite is not None or condition.scan is None:
        return None
    return Lone(condition.scan, condition.conditions)


def _number_of(people: exp.Select, conditions: Conditions) -> exp.Select:
    """Count the people of a scan, which gives each once only where it groups by nothing else."""
    grouping = people.args.get("group")
    if grouping is None or len(grouping.expressions) > 1:
        people.set("distinct", exp.Distinct())
    number = tagged(exp.Count(this=exp.Star()), conditions)
    return exp.Select(expressions=[number], from_=exp.From(this=derived(people, GROUP)))


def _built(scans: list[Builder | None], scan: int) -> exp.Select:
    build = scans[scan]
    assert build is not None
    return build()


def _name_shared_scans(condition: Condition, scans: list[Builder | None], relations: Relations) -> None:
    """Make a scan that is used more than once a relation of its own."""
    uses = Counter(leaf.scan for leaf in leaves(condition) if leaf.scan is not None)
    for scan in sorted(scan for scan, count in uses.items() if count > 1):
        name = relations.add(f"people_{scan + 1}", _built(scans, scan), KEY)
        scans[scan] = partial(_people_of, name)


def _people_of(relation: str) -> exp.Select:
    return exp.Select(expressions=[bare(KEY)], from_=exp.From(this=table(relation)))


def _conditions_in(expr: Expr) -> Conditions:
    """Give the conditions that a rule's expression was lowered from, in their order."""
    return conditions_of(part for part in walk(expr) if not isinstance(part, Const | And | Or | Not))
