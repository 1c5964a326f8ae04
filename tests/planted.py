"""Mistakes planted on purpose, each as a patch: what the harnesses must catch, or they prove nothing.

Apart from the test that applies them, so that the list reads as what it is: the mistakes that audience builders make.
Most swap one word of SQL in one module of the generator. It could go wrong when the code moves and a patch no longer
touches it: then the harness finds nothing, and the test of that mistake fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Context
from types import ModuleType
from typing import Any, Literal

import pytest
from sqlglot import exp as real_exp

import muster.backends.clickhouse.ddl as clickhouse_ddl
import muster.backends.clickhouse.types as clickhouse_types
import muster.backends.duckdb.dialect as duckdb_words
import muster.backends.memory.value_tests as reference_tests
import muster.backends.sql.atoms as sql_atoms
import muster.backends.sql.events as sql_events
import muster.backends.sql.logic as sql_logic
import muster.backends.sql.measures as sql_measures
import muster.backends.sql.metrics as sql_metrics
import muster.backends.sql.places as sql_places
import muster.backends.sql.sequences as sql_sequences
import muster.backends.tables.scalars as normaliser
from muster.backends.sql.names import Sql
from muster.backends.tables import maps
from muster.compiler import pipeline, planner
from muster.compiler.expr import And, Broken, Compare, Const, Constant, Count, Distinct, Expr, FieldTest, Not, Ordering
from muster.compiler.passes import run_passes
from muster.compiler.regex import Chars, Concat, End, Node, Regex, Start
from muster.grammar.format import format_rule
from tests import differential
from tests.author import Author, Leaf

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake, in one sentence, how to plant it, and the kind of leaf that meets it soonest."""

    name: str
    plant: Plant
    leaf: Leaf


class _OtherWords:
    """sqlglot's expressions with some of them taken for others."""

    def __init__(self, words: dict[str, Any]) -> None:
        self._words = words

    def __getattr__(self, name: str) -> Any:
        return self._words.get(name) or getattr(real_exp, name)


@contextmanager
def planted(plant: Plant) -> Iterator[None]:
    """Plant a mistake, and forget before and after what was read without it and with it."""
    with pytest.MonkeyPatch.context() as patch:
        _forget()
        try:
            plant(patch)
            yield
        finally:
            patch.undo()
            _forget()


def _forget() -> None:
    for held in vars(normaliser).values():
        if hasattr(held, "cache_clear"):
            held.cache_clear()


def _swap(module: ModuleType, **words: Any) -> Plant:
    return lambda patch: patch.setattr(module, "exp", _OtherWords(words))


# --- windows and zero -----------------------------------------------------------------------------------------
def _window_past_as_of(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sql_events, "before_as_of", lambda moment: getattr(moment, "moment", moment))


def _nothing_passes_at_zero(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planner, "_number_passes", lambda _test, _number: False)


def _a_sum_of_nothing_is_missing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planner, "_is_total", lambda reducer: isinstance(reducer, (Count, Distinct)))


def _at_most_does_not_hold_its_end(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sql_metrics._OPPOSITE, "lte", real_exp.GTE)


# --- negation and missing values --------------------------------------------------------------------------------
def _not_of_null_is_null(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sql_logic, "_complement", lambda test, *, total: real_exp.Not(this=real_exp.Paren(this=test)))  # noqa: ARG005 (the signature replaced)


def _broken_is_true_under_not(patch: pytest.MonkeyPatch) -> None:
    real = planner._condition

    def condition(expr: Expr, scans: Any, *, wanted: bool) -> Any:
        return Const(value=not wanted) if isinstance(expr, Broken) else real(expr, scans, wanted=wanted)

    patch.setattr(planner, "_condition", condition)
    patch.setattr(pipeline, "run_passes", lambda expr, **_facts: expr)  # they settle broken references before


def _a_pass_turns_not_above_into_at_most(patch: pytest.MonkeyPatch) -> None:
    real = run_passes
    turned: dict[Ordering, Ordering] = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}

    def turn(expr: Expr) -> Expr:
        match expr:
            case Not(FieldTest(test=Compare(op, operand)) as atom) if op in turned:
                return replace(atom, test=Compare(turned[op], operand))
            case Not(arg):
                return Not(turn(arg))
            case And(args):
                return And(tuple(turn(arg) for arg in args))
            case _:
                return expr

    patch.setattr(pipeline, "run_passes", lambda expr, **facts: turn(real(expr, **facts)))


# --- texts, numbers, lists --------------------------------------------------------------------------------------
def _case_beyond_ascii(patch: pytest.MonkeyPatch) -> None:
    def literal_pattern(test: Any) -> Regex:
        parts: list[Node] = [Chars(_cases(char)) for char in test.needle]
        start = [Start()] if test.how in ("equals", "starts_with") else []
        end = [End()] if test.how in ("equals", "ends_with") else []
        return Regex(test.needle, Concat((*start, *parts, *end)))

    patch.setattr(duckdb_words, "literal_pattern", literal_pattern)


def _cases(char: str) -> tuple[tuple[int, int], ...]:
    forms = {char, char.lower(), char.upper(), char.upper().lower()}
    return tuple((ord(form), ord(form)) for form in sorted(forms) if len(form) == 1)


def _every_item_instead_of_some(patch: pytest.MonkeyPatch) -> None:
    def some_item(_: Any, items: Sql, variable: str, test: Sql) -> Sql:
        kept = duckdb_words.call("LIST_FILTER", items.copy(), duckdb_words._lambda(variable, test))
        return real_exp.EQ(this=duckdb_words.call("LEN", kept), expression=duckdb_words.call("LEN", items))

    patch.setattr(duckdb_words.DuckDbDialect, "some_item", some_item)


def _numbers_are_rounded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(normaliser, "_CUT", Context(prec=60, rounding=ROUND_UP))


def _texts_keep_their_unicode_form(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(normaliser, "nfc", lambda text: text)


def _lists_in_single_traits_are_tested(patch: pytest.MonkeyPatch) -> None:
    real = sql_places.place_of

    def place_of(name: Any, source: str, **rest: Any) -> Any:
        return real(replace(name, single=False), source, **rest)

    patch.setattr(sql_places, "place_of", place_of)


def _as_of_is_not_the_end_of_a_seen_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sql_atoms, "_ends_by_as_of", lambda _test: True)


def _a_closed_range_is_open(patch: pytest.MonkeyPatch) -> None:
    real = sql_atoms.range_test

    def opened(*bounds: Any, closed: bool) -> Any:  # noqa: ARG001 (the signature replaced)
        return real(*bounds, closed=False)

    patch.setattr(sql_atoms, "range_test", opened)


# --- maps -------------------------------------------------------------------------------------------------------
def _a_missing_key_has_a_default(patch: pytest.MonkeyPatch) -> None:
    real = clickhouse_types.type_of

    def type_of(kind: Any, *, nullable: bool) -> Any:
        made = real(kind, nullable=nullable)
        if made.this == real_exp.DType.MAP:
            made.expressions[1].set("nullable", False)
        return made

    patch.setattr(clickhouse_ddl, "type_of", type_of)


def _maps_lie_upside_down(patch: pytest.MonkeyPatch) -> None:
    real = maps.MapColumn.array

    def array(self: Any, length: int) -> Any:
        self.rows = [length - 1 - row for row in self.rows]
        return real(self, length)

    patch.setattr(maps.MapColumn, "array", array)


# --- events -----------------------------------------------------------------------------------------------------
def _avg_compares_the_sum(patch: pytest.MonkeyPatch) -> None:
    real = sql_measures._reduced
    patch.setattr(
        sql_measures, "_reduced", lambda *args: None if (made := real(*args)) is None else replace(made, weight=None)
    )


def _distinct_forgets_the_stored_kind(patch: pytest.MonkeyPatch) -> None:
    def count(kind: Any, source: Any) -> Sql:
        return real_exp.Count(this=real_exp.Distinct(expressions=[source.view(kind)]))

    patch.setattr(sql_measures, "_distinct_of_kind", count)


def _picks_skip_missing_values(patch: pytest.MonkeyPatch) -> None:
    real = duckdb_words.DuckDbDialect.picked

    def picked(self: Any, which: Literal["first", "last"], value: Sql, time: Sql, order: Sql, *, is_list: bool) -> Sql:
        held = real_exp.Is(this=value, expression=real_exp.Null(), negate=True)
        return real_exp.Filter(
            this=real(self, which, value, time, order, is_list=is_list), expression=real_exp.Where(this=held)
        )

    patch.setattr(duckdb_words.DuckDbDialect, "picked", picked)


def _ties_go_the_other_way(patch: pytest.MonkeyPatch) -> None:
    real = duckdb_words.DuckDbDialect.picked

    def picked(self: Any, which: Literal["first", "last"], value: Sql, time: Sql, order: Sql, *, is_list: bool) -> Sql:
        constant = real_exp.Is(this=order, expression=real_exp.Null())
        return real(self, which, value, time, constant, is_list=is_list)

    patch.setattr(duckdb_words.DuckDbDialect, "picked", picked)


# --- front ends, and the judge itself ---------------------------------------------------------------------------
def _a_form_forgets_ignoring_case(patch: pytest.MonkeyPatch) -> None:
    real = format_rule
    patch.setattr(differential, "format_rule", lambda rule: real(rule).replace(" ignoring case", ""))


def _the_reference_compares_numbers_as_floats(patch: pytest.MonkeyPatch) -> None:
    real = reference_tests.bind_constant

    def bind(constant: Constant, clock: Any) -> Any:
        value = real(constant, clock)
        return float(value) if constant.kind == "num" else value

    patch.setattr(reference_tests, "bind_constant", bind)


def _the_sum_is_the_largest(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sql_measures._AGGREGATES, "sum", real_exp.Max)


MISTAKES = (
    Mistake("a window holds its end", _swap(sql_events, LT=real_exp.LTE), Author.event_test),
    Mistake("a window does not hold its start", _swap(sql_events, GTE=real_exp.GT), Author.event_test),
    Mistake("a window reaches past as_of", _window_past_as_of, Author.event_test),
    Mistake("counts and sums leave out people without events", _nothing_passes_at_zero, Author.event_test),
    Mistake("a sum of nothing is missing", _a_sum_of_nothing_is_missing, Author.metric_test),
    Mistake("NOT of NULL is NULL", _not_of_null_is_null, Author.trait_test),
    Mistake("!= leaves out the missing", _swap(sql_logic, NullSafeNEQ=real_exp.NEQ), Author.trait_test),
    Mistake("a deleted audience is everyone under not", _broken_is_true_under_not, Author.audience),
    Mistake("a pass turns `not above` into `at most`", _a_pass_turns_not_above_into_at_most, Author.trait_test),
    Mistake("case is folded beyond ASCII", _case_beyond_ascii, Author.trait_test),
    Mistake("every item instead of some item", _every_item_instead_of_some, Author.trait_test),
    Mistake("numbers are rounded, not cut", _numbers_are_rounded, Author.trait_test),
    Mistake("texts keep their Unicode form", _texts_keep_their_unicode_form, Author.trait_test),
    Mistake("lists in single traits are tested", _lists_in_single_traits_are_tested, Author.trait_test),
    Mistake("a seen time after as_of counts", _as_of_is_not_the_end_of_a_seen_time, Author.built_in_test),
    Mistake("between does not hold its ends", _a_closed_range_is_open, Author.trait_test),
    Mistake("at most does not hold its end", _at_most_does_not_hold_its_end, Author.event_test),
    Mistake("avg compares the sum", _avg_compares_the_sum, Author.metric_test),
    Mistake("sum is max", _the_sum_is_the_largest, Author.metric_test),
    Mistake("distinct forgets the stored kind", _distinct_forgets_the_stored_kind, Author.metric_test),
    Mistake("first and last skip events without the value", _picks_skip_missing_values, Author.metric_test),
    Mistake("a key that a map lacks has a default", _a_missing_key_has_a_default, Author.trait_test),
    Mistake("a map is that of another row", _maps_lie_upside_down, Author.trait_test),
    Mistake("ties are left to chance", _ties_go_the_other_way, Author.metric_test),
    Mistake("equal instants follow each other", _swap(sql_sequences, GT=real_exp.GTE), Author.sequence),
    Mistake("within does not hold its end", _swap(sql_sequences, LTE=real_exp.LT), Author.sequence),
    Mistake("an absent step may come at once", _swap(sql_sequences, LT=real_exp.LTE), Author.sequence),
    Mistake("the text form forgets `ignoring case`", _a_form_forgets_ignoring_case, Author.trait_test),
    Mistake("the reference compares numbers as floats", _the_reference_compares_numbers_as_floats, Author.trait_test),
)
