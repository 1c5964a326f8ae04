"""Many audiences in one query: their scans as bits, read once, and a boolean of bits and traits for each audience.

Kept apart from the query of one audience, which is a set of people in an order. Here the answer is a number for each
audience, or a row a person with a bit for each. It could go wrong by reading bits of scans that no audience needs.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from muster.backends.base import BatchOutput, EngineError, Query
from muster.backends.sql.bits import WORD_BITS, Bits, bits_of
from muster.backends.sql.calls import integer
from muster.backends.sql.deep import deeply
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.logic import Condition, render
from muster.backends.sql.names import GROUP, PEOPLE, Sql, column, derived, members_column, named, people_table
from muster.backends.sql.own import settled
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.query import in_order_of, make_query
from muster.backends.sql.relations import Relations
from muster.backends.sql.words import Words
from muster.compiler.messages import engine as say
from muster.compiler.plan import Batch
from muster.compiler.schema import Schema


def generate_batch(batch: Batch, schema: Schema, output: BatchOutput, dialect: SqlDialect) -> Query:
    """Turn a batch into SQL with a count for each audience, or with a row a person (see `memberships`)."""
    return deeply(lambda: _generate(batch, schema, output, dialect))


def split_members(rows: pa.Table, audiences: int, most: int | None) -> list[pa.ChunkedArray]:
    """Give the ids of each audience from the rows of a query for memberships; raises EngineError for over `most`."""
    ids = rows.column(0).cast(pa.string())
    found = []
    for audience in range(audiences):
        word, bit = divmod(audience, WORD_BITS)
        masked = pc.bit_wise_and(rows.column(1 + word).cast(pa.int64()), pa.scalar(1 << bit, pa.int64()))
        members = ids.filter(pc.not_equal(masked, 0))
        if most is not None and len(members) > most:
            raise EngineError(say.too_many_rows(most), limit="rows")
        found.append(members)
    return found


def _generate(batch: Batch, schema: Schema, output: BatchOutput, dialect: SqlDialect) -> Query:
    schema = settled(schema, dialect)
    scope, relations = Scope(schema, dialect, Parameters(dialect.parameter)), Relations(schema, dialect)
    bits = bits_of(batch.scans, scope, relations)
    words = Words(batch.conditions, bits, scope)
    people = _people(words, bits, relations, schema)
    match output:
        case "counts":
            select = _from([_counted(condition, dialect) for condition in words.conditions], people)
        case "memberships":
            identity = column(GROUP, schema.profiles.external_id)
            select = _from([identity, *memberships(words.conditions)], people)
            select.set("order", in_order_of(identity, scope))
    return make_query(relations.added_to(select), output, scope, batch.scans)


def _people(words: Words, bits: Bits, relations: Relations, schema: Schema) -> exp.Select:
    """Select every person's id and words."""
    identity = column(PEOPLE, schema.profiles.external_id)
    select = exp.Select(expressions=[identity, *words.columns()], from_=exp.From(this=people_table(schema, PEOPLE)))
    if words.scans:
        select.append("joins", bits.join(relations.add("leaves_1", bits.relation(words.scans))))
    return select


def _from(outputs: Sequence[Sql], people: exp.Select) -> exp.Select:
    return exp.Select(expressions=list(outputs), from_=exp.From(this=derived(people, GROUP)))


def _counted(condition: Condition, dialect: SqlDialect) -> Sql:
    return exp.Count(this=exp.Star()) if condition is True else dialect.counted(render(condition))


def memberships(conditions: Sequence[Condition]) -> list[Sql]:
    """Give the words of a person's bits: bit i of word w is membership in audience w * WORD_BITS + i."""
    words = []
    for start in range(0, len(conditions), WORD_BITS):
        flags = [_flag(condition, 1 << bit) for bit, condition in enumerate(conditions[start : start + WORD_BITS])]
        total = flags[0]
        for flag in flags[1:]:
            total = exp.Add(this=total, expression=flag)
        words.append(named(total, members_column(start // WORD_BITS)))
    return words


def _flag(condition: Condition, value: int) -> Sql:
    if isinstance(condition, bool):
        return integer(value if condition else 0)
    return exp.Case(ifs=[exp.If(this=render(condition), true=integer(value))], default=integer(0))
