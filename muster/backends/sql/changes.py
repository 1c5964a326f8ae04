"""Statements by which a step changes the tables of a project, and those that read what a store asks for.

Kept apart so that engines with transactions change the same rows: what a step holds is in a table beside (`batch`), so
that no value is part of a statement. Deleting before inserting, a row takes the place of the one with its key.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from muster.backends.sql.names import Sql, bare, column, identifier, table
from muster.compiler.schema import Schema

BATCH = "batch"
STEPS = "steps"  # one row: the number of the last step, and whether rows have left since the bytes were freed
STEP_NUMBER, STEP_LEFT = "number", "rows_left"
OLD, NEW = "old", "new"


def move_events(schema: Schema) -> exp.Update:
    """Give the events of each `old` to its `new`."""
    events = schema.events
    return exp.Update(
        this=table(events.table),
        expressions=[exp.EQ(this=bare(events.key), expression=column(BATCH, NEW))],
        from_=exp.From(this=table(BATCH)),
        where=exp.Where(this=exp.EQ(this=column(events.table, events.key), expression=column(BATCH, OLD))),
    )


def see_people(schema: Schema) -> exp.Update:
    """Note when people were first and last seen."""
    people, seen = schema.profiles, ("first_seen", "last_seen")
    return exp.Update(
        this=table(people.table),
        expressions=[exp.EQ(this=bare(people.fields[each]), expression=column(BATCH, each)) for each in seen],
        from_=exp.From(this=table(BATCH)),
        where=exp.Where(this=exp.EQ(this=column(people.table, people.key), expression=column(BATCH, people.key))),
    )


def delete_by_key(name: str, key: str) -> exp.Delete:
    """Delete the rows whose keys are in the batch."""
    theirs = exp.Select(expressions=[bare(key)], from_=exp.From(this=table(BATCH)))
    return exp.Delete(this=table(name), where=exp.Where(this=exp.In(this=bare(key), query=exp.Subquery(this=theirs))))


def read_events(schema: Schema, test: Sql | None, *, in_order: bool) -> exp.Select:
    """Read events: key, name, instant, message id and message; `test` says which."""
    events = schema.events
    assert events.order is not None
    assert events.source is not None
    select = exp.Select(
        expressions=[bare(each) for each in (events.key, events.event, events.time, events.order, events.source)],
        from_=exp.From(this=table(events.table)),
        where=None if test is None else exp.Where(this=test),
    )
    return ordered(select, (events.key, events.time, events.order)) if in_order else select


def count_rows(name: str, test: Sql) -> exp.Select:
    """Count the rows of a table that pass a test."""
    number = exp.Count(this=exp.Star())
    return exp.Select(expressions=[number], from_=exp.From(this=table(name)), where=exp.Where(this=test))


def ordered(select: exp.Select, names: Iterable[str]) -> exp.Select:
    """Sort by columns, none of which is ever NULL."""
    order = [exp.Ordered(this=bare(each), nulls_first=False) for each in names]
    select.set("order", exp.Order(expressions=order))
    return select


def step_row() -> exp.Select:
    """Read the row of steps."""
    return exp.Select(expressions=[bare(STEP_NUMBER), bare(STEP_LEFT)], from_=exp.From(this=table(STEPS)))


def set_step(number: Sql, left: Sql) -> exp.Update:
    """Note the number of the step that is taken, and whether rows left."""
    return exp.Update(
        this=table(STEPS),
        expressions=[
            exp.EQ(this=bare(STEP_NUMBER), expression=number),
            exp.EQ(this=bare(STEP_LEFT), expression=left),
        ],
    )


def create_steps() -> exp.Create:
    """Make the table of steps."""
    columns = [
        exp.ColumnDef(this=identifier(STEP_NUMBER), kind=exp.DataType(this=exp.DType.BIGINT)),
        exp.ColumnDef(this=identifier(STEP_LEFT), kind=exp.DataType(this=exp.DType.BOOLEAN)),
    ]
    return exp.Create(this=exp.Schema(this=table(STEPS), expressions=columns), kind="TABLE", exists=True)


def first_step(number: Sql, left: Sql) -> exp.Insert:
    """Put the row of steps in."""
    row = exp.Select(expressions=[number, left])
    into = exp.Schema(this=table(STEPS), expressions=[identifier(STEP_NUMBER), identifier(STEP_LEFT)])
    return exp.Insert(this=into, expression=row)
