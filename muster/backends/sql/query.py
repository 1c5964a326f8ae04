"""From a plan to a query: one SELECT over the people, its condition, and the relations that it names.

Kept apart from the atoms and scans, which it puts together. It decides nothing: what folds away does so because the
Schema has no column for it. It could go wrong by leaving a scan that is used twice inline, or by naming a relation
before the one it reads.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import assert_never

from sqlglot import exp

from muster.backends.base import Output, Parameter, Query
from muster.backends.sql.atoms import element_test, field_test
from muster.backends.sql.deep import deeply
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.events import in_window
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, leaves, negate, render
from muster.backends.sql.measures import KEY
from muster.backends.sql.metrics import Builder, event_scan
from muster.backends.sql.names import (
    PEOPLE,
    STAGE_KEY,
    STAGE_NAME,
    STAGE_TABLE,
    STAGE_TIME,
    STAGES,
    Sql,
    bare,
    column,
    identifier,
    table,
)
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.sequences import sequence_scan
from muster.compiler.diagnostics import RuleError
from muster.compiler.expr import Const, ElementTest, FieldTest, Sample, StageEntered
from muster.compiler.messages import engine as say
from muster.compiler.plan import EventScan, InScan, Plan, PlanAnd, PlanCondition, PlanNot, PlanOr, SequenceScan
from muster.compiler.schema import Schema

_HUNDRED_PERCENT = 100


def generate(plan: Plan, schema: Schema, output: Output, dialect: SqlDialect) -> Query:
    """Turn a plan into SQL; raises RuleError naming the construct that the schema cannot answer exactly."""
    return deeply(lambda: _generate(plan, schema, output, dialect))


def _generate(plan: Plan, schema: Schema, output: Output, dialect: SqlDialect) -> Query:
    tree, parameters = _Generation(plan, schema, dialect).query(output)
    layout = partial(deeply, partial(dialect.write, tree, pretty=True))
    return Query(
        dialect.name,
        output,
        dialect.write(tree),
        parameters,
        layout,
        lambda value: dialect.write(dialect.literal(value)),
    )


class _Generation:
    """The making of one query: its parameters and relations grow while its condition is written."""

    def __init__(self, plan: Plan, schema: Schema, dialect: SqlDialect) -> None:
        self._plan = plan
        self._schema = schema
        self._scope = Scope(schema, dialect, Parameters(dialect.parameter))
        self._relations: list[exp.CTE] = []
        self._steps = 0
        self._tables = {name.lower() for name in (schema.profiles.table, schema.events.table)}
        self._scans = [self._scan(scan) for scan in plan.scans]

    def query(self, output: Output) -> tuple[exp.Select, tuple[Parameter, ...]]:
        """Write the whole query."""
        condition = self._condition(self._plan.condition)
        self._name_shared_scans(condition)
        profiles = self._schema.profiles
        external_id = column(PEOPLE, profiles.external_id)
        outputs: list[Sql] = [external_id] if output == "members" else [exp.Count(this=exp.Star())]
        where = None if condition is True else exp.Where(this=render(condition))
        select = exp.Select(
            expressions=outputs,
            from_=exp.From(this=table(profiles.table, PEOPLE)),
            where=where,
        )
        if output == "members":
            by_id = exp.Ordered(this=column(PEOPLE, profiles.external_id), nulls_first=False)
            select.set("order", exp.Order(expressions=[by_id]))
        if self._relations:
            select.set("with_", exp.With(expressions=self._relations))
        return select, self._scope.parameters.found

    # --- scans --------------------------------------------------------------------------------------------------
    def _scan(self, scan: EventScan | SequenceScan) -> Builder | None:
        match scan:
            case EventScan():
                return event_scan(scan, self._scope)
            case SequenceScan():
                return sequence_scan(scan, self._scope, self._add_step)
            case _:
                assert_never(scan)

    def _add_step(self, select: exp.Select) -> str:
        self._steps += 1
        return self._add_relation(f"step_{self._steps}", select)

    def _add_relation(self, name: str, select: exp.Select, *columns: str) -> str:
        while name in self._tables:  # an analyst's own table may be called anything
            name = f"{name}_1"
        alias = exp.TableAlias(this=identifier(name), columns=[identifier(each) for each in columns])
        self._relations.append(exp.CTE(this=select, alias=alias))
        return name

    def _name_shared_scans(self, condition: Condition) -> None:
        """Make a scan that is used more than once a relation of its own."""
        uses = Counter(leaf.scan for leaf in leaves(condition) if leaf.scan is not None)
        for scan in sorted(scan for scan, count in uses.items() if count > 1):
            build = self._scans[scan]
            assert build is not None
            name = self._add_relation(f"people_{scan + 1}", build(), KEY)
            self._scans[scan] = partial(_people_of, name)

    # --- the condition ------------------------------------------------------------------------------------------
    def _condition(self, condition: PlanCondition) -> Condition:
        match condition:
            case Const(value):
                return value
            case PlanAnd(args):
                return all_of(*(self._condition(arg) for arg in args))
            case PlanOr(args):
                return any_of(*(self._condition(arg) for arg in args))
            case PlanNot(arg):
                return negate(self._condition(arg))
            case FieldTest(target, test):
                return field_test(target, test, self._scope)
            case ElementTest():
                return element_test(condition, self._scope)
            case Sample():
                return self._sample(condition)
            case StageEntered():
                return self._stage_entered(condition)
            case InScan(scan):
                return False if self._scans[scan] is None else Leaf(lambda: self._in_scan(scan), True, scan)
            case _:
                assert_never(condition)

    def _in_scan(self, scan: int) -> Sql:
        build = self._scans[scan]
        assert build is not None
        return self._is_in(build())

    def _is_in(self, select: exp.Select) -> Sql:
        return exp.In(this=column(PEOPLE, self._schema.profiles.key), query=exp.Subquery(this=select))

    def _sample(self, sample: Sample) -> Condition:
        if sample.percent <= 0 or sample.percent >= _HUNDRED_PERCENT:
            return sample.percent > 0
        scope, identity = self._scope, self._schema.profiles.external_id
        return Leaf(
            lambda: scope.dialect.is_sampled(column(PEOPLE, identity), sample.salt, sample.percent, scope.parameters),
            total=True,
        )

    def _stage_entered(self, entered: StageEntered) -> Condition:
        if not self._schema.stage_log:
            raise RuleError([say.no_stage_log(entered.stage, entered.origin)])
        parameters = self._scope.parameters
        named = Leaf(lambda: exp.EQ(this=column(STAGES, STAGE_NAME), expression=parameters.value("str", entered.stage)))
        at = all_of(named, in_window(STAGES, STAGE_TIME, entered.window, self._scope))
        return Leaf(
            lambda: self._is_in(
                exp.Select(
                    expressions=[column(STAGES, STAGE_KEY)],
                    from_=exp.From(this=table(STAGE_TABLE, STAGES)),
                    where=exp.Where(this=render(at)),
                )
            ),
            total=True,
        )


def _people_of(relation: str) -> exp.Select:
    return exp.Select(expressions=[bare(KEY)], from_=exp.From(this=table(relation)))
