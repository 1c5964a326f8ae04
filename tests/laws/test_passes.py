"""The laws that every pass keeps, tried on random expressions and people by the reference evaluator.

A new pass is under them as soon as it stands in PASSES. Bugs are planted to show that each law can be broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import TypeAlias, cast

import pytest
from hypothesis import given

from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.conjunction import Asking, Subject
from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    Broken,
    Compare,
    Const,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    Present,
    Reduce,
    Reducer,
    SequenceMatch,
    canonical_key,
)
from muster.compiler.extrema import as_existence
from muster.compiler.facts import Facts
from muster.compiler.implied_events import Measured
from muster.compiler.implied_events import _seen as seen
from muster.compiler.passes import GUARDED, PASSES, GuardedPass, Pass, knowing, run_passes, weight
from muster.compiler.passes.absorb_implied import absorb_implied
from muster.compiler.passes.factor_common import factor_common
from muster.compiler.passes.fold_constants import fold_constants
from muster.compiler.passes.intersect_values import intersect_values
from muster.compiler.passes.join_ranges import join_ranges
from muster.compiler.passes.merge_counts import _exact as exact
from muster.compiler.passes.merge_counts import merge_counts
from muster.compiler.passes.push_not_down import push_not_down
from muster.compiler.passes.settle_broken import settle_broken
from muster.compiler.rewriting import join, parts_of, rewrite, rewrite_groups
from muster.compiler.show import show_expr
from tests.dice import SeededDice
from tests.expr_people import case, cases
from tests.expr_strategies import exprs

Case: TypeAlias = tuple[Expr, list[Scene]]
Law: TypeAlias = Callable[[Pass, Expr, list[Scene]], None]


def input_of(step: Pass, expr: Expr) -> Expr:
    """Prepare what a pass may be given: anything, but for the one that must not see a reference under a `not`."""
    return push_not_down(expr) if step is settle_broken else expr


def facts_of(people: list[Scene]) -> Facts:
    """Give what is declared of some people, who are of one project."""
    return Facts(people[0].single)


def every_pass(people: list[Scene]) -> tuple[tuple[str, Pass], ...]:
    """Name all passes, those that want facts with the facts that these people keep."""
    guarded = tuple((step.__name__, knowing(step, facts_of(people))) for step in GUARDED)
    return (*((step.__name__, step) for step in PASSES), *guarded)


def all_passes(facts: Facts | None) -> Pass:
    """Make one pass of all."""
    return lambda expr: run_passes(expr, facts=facts)


# --- the laws -------------------------------------------------------------------------------------------------
def keeps_the_meaning(step: Pass, expr: Expr, people: list[Scene]) -> None:
    after = step(expr)
    for scene in people if after is not expr else ():
        assert holds(after, scene) == holds(expr, scene), f"{show_expr(expr)}\n->\n{show_expr(after)}"


def does_nothing_the_second_time(step: Pass, expr: Expr, _people: list[Scene]) -> None:
    once = step(expr)

    assert step(once) is once, f"{show_expr(once)}\n->\n{show_expr(step(once))}"


def makes_nothing_larger(step: Pass, expr: Expr, _people: list[Scene]) -> None:
    assert weight(step(expr)) <= weight(expr)
    assert values(step(expr)) <= values(expr)


def keeps_places(step: Pass, expr: Expr, _people: list[Scene]) -> None:
    assert places(step(expr)) <= places(expr)


def values(expr: Expr) -> int:
    """Count the values in lists, a single one included, which merging must not multiply."""
    return sum(
        len(part.test.values) if isinstance(part.test, OneOf) else 1
        for part in parts_of(expr)
        if isinstance(part, (FieldTest, EventMetric))
    )


def places(expr: Expr) -> set[object]:
    """Give the places that atoms say they were written at, each with what it tests."""
    return {
        (getattr(part, "target", None) or getattr(part, "events", None), part.origin)
        for part in parts_of(expr)
        if not isinstance(part, Const | And | Or | Not)
    }


LAWS: tuple[Law, ...] = (keeps_the_meaning, does_nothing_the_second_time, makes_nothing_larger, keeps_places)


@pytest.mark.parametrize("step", PASSES, ids=lambda step: step.__name__)
@given(case=cases())
def test_a_pass_keeps_its_laws(step: Pass, case: Case) -> None:
    expr, people = case
    for law in LAWS:
        law(step, input_of(step, expr), people)


@pytest.mark.parametrize("step", GUARDED, ids=lambda step: step.__name__)
@given(case=cases())
def test_a_guarded_pass_keeps_its_laws_under_facts_that_are_true(step: GuardedPass, case: Case) -> None:
    expr, people = case
    for law in LAWS:
        law(knowing(step, facts_of(people)), expr, people)


@given(cases())
def test_all_passes_together_keep_the_laws(case: Case) -> None:
    for facts in (None, facts_of(case[1])):
        for law in LAWS:
            law(all_passes(facts), *case)


def test_no_law_is_broken_in_many_quick_tries() -> None:
    # Without shrinking a try takes milliseconds: what one in a thousand shows is found here.
    for seed in range(500):
        expr, people = case(SeededDice(seed), people=4)
        for _, step in (*every_pass(people), ("all", all_passes(None)), ("all, guarded", all_passes(facts_of(people)))):
            keeps_the_meaning(step, input_of(step, expr), people)
            does_nothing_the_second_time(step, input_of(step, expr), people)


def test_every_pass_has_something_to_do_in_many_quick_tries() -> None:
    changed = Counter[str]()
    for seed in range(500):
        expr, people = case(SeededDice(seed), people=1)
        changed.update(name for name, step in every_pass(people) if step(ready := input_of(step, expr)) is not ready)

    assert {step.__name__ for step in (*PASSES, *GUARDED)} <= {name for name, times in changed.items() if times >= 5}


@given(exprs())
def test_what_is_settled_holds_no_constant_and_no_not_over_a_group(expr: Expr) -> None:
    settled = run_passes(expr)

    for part in parts_of(settled):
        assert not isinstance(part, Broken)
        if isinstance(part, (And, Or)):
            assert len(part.args) > 1
            assert not any(isinstance(arg, (Const, type(part))) for arg in part.args)
            assert len({canonical_key(arg) for arg in part.args}) == len(part.args)
        if isinstance(part, Not):
            assert not isinstance(part.arg, And | Or | Not | Const)


@given(cases(with_broken=False))
def test_an_expression_and_its_complement_share_everyone_out(case: Case) -> None:
    expr, people = case
    inside, outside = run_passes(expr), run_passes(Not(expr))

    for scene in people:
        assert holds(inside, scene) != holds(outside, scene)


def with_audiences(expr: Expr, members: Const) -> Expr:
    """Give every deleted audience these members."""
    return rewrite(expr, lambda part: members if isinstance(part, Broken) else part)


@given(cases())
def test_a_deleted_audience_never_lets_anybody_in(case: Case) -> None:
    # Whoever is in was in whatever the deleted audiences held.
    expr, people = case
    settled = run_passes(expr)

    for members in (TRUE, FALSE):
        whole = with_audiences(expr, members)
        for scene in people:
            assert not holds(settled, scene) or holds(whole, scene)


def ask_for_existence(expr: Expr) -> Expr:
    """Do what the planner does with largest and smallest values."""
    return rewrite(expr, lambda part: as_existence(part) if isinstance(part, EventMetric) else part)


@given(cases())
def test_asking_for_existence_instead_of_an_extremum_keeps_the_meaning(case: Case) -> None:
    keeps_the_meaning(ask_for_existence, *case)
    does_nothing_the_second_time(ask_for_existence, *case)


# --- planted bugs ---------------------------------------------------------------------------------------------
def is_broken_by(law: Law, step: Pass | GuardedPass, tries: int = 10_000) -> bool:
    """Tell whether random expressions and people show that a pass breaks a law."""
    for seed in range(tries):
        expr, people = case(SeededDice(seed), people=5)
        try:
            law(dict(every_pass(people)).get(step.__name__, cast("Pass", step)), expr, people)
        except AssertionError:
            return True
    return False


def turn_orderings_round(expr: Expr) -> Expr:
    """Write `not x >= 1` as `x < 1`, which loses people without x."""
    opposite = {"lt": "gte", "lte": "gt", "gt": "lte", "gte": "lt"}

    def turned(part: Expr) -> Expr:
        match part:
            case Not(FieldTest(test=Compare(op, operand)) as atom) if op in opposite:
                return replace(atom, test=Compare(opposite[op], operand))  # type: ignore[arg-type] # the table's values are orderings
            case _:
                return part

    return rewrite(expr, turned)


def intersect_lists(expr: Expr) -> Expr:
    """Take two values of one field for a contradiction, which loses people with both."""

    def intersected(group: And | Or) -> Expr:
        wanted: dict[object, set[object]] = {}
        for arg in group.args:
            match arg:
                case FieldTest(target, Compare("eq", operand)):
                    wanted.setdefault((target, operand.kind), set()).add(operand.value)
        contradiction = isinstance(group, And) and any(len(values) > 1 for values in wanted.values())
        return FALSE if contradiction else group

    return rewrite_groups(expr, intersected)


def settle_references_first(expr: Expr) -> Expr:
    """Make a deleted audience nobody under a `not` too, where it turns into everyone."""
    return with_audiences(expr, FALSE)


def take_broken_for_an_atom(expr: Expr) -> Expr:
    """Take a deleted audience or its complement for everyone."""

    def settled(group: And | Or) -> Expr:
        denied = [arg.arg for arg in group.args if isinstance(arg, Not)]
        return TRUE if isinstance(group, Or) and any(arg in group.args for arg in denied) else group

    return rewrite_groups(expr, settled)


def open_any_group(expr: Expr) -> Expr:
    """Open groups of the other kind too."""

    def opened(group: And | Or) -> Expr:
        args = [inner for arg in group.args for inner in (arg.args if isinstance(arg, (And, Or)) else (arg,))]
        return join(type(group), args)

    return rewrite_groups(expr, opened)


@pytest.mark.parametrize(
    "bug", [turn_orderings_round, intersect_lists, settle_references_first, take_broken_for_an_atom, open_any_group]
)
def test_a_pass_that_changes_the_meaning_is_caught(bug: Pass) -> None:
    assert is_broken_by(keeps_the_meaning, bug)


def test_a_bug_in_a_real_pass_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_broken_by(keeps_the_meaning, fold_constants, tries=500)

    # Take a sum for a count, as if there were no refunds.
    monkeypatch.setattr(import_module(fold_constants.__module__), "Distinct", Reduce)

    assert is_broken_by(keeps_the_meaning, fold_constants)


def any_window(_inner: object, _outer: object) -> bool:
    return True


def sums_grow_too(reducer: Reducer, _wanted: object) -> bool:
    return isinstance(reducer, Reduce)


def seen_with_what_must_be_absent(given: Measured) -> Iterator[object]:
    yield from seen(given)
    if isinstance(given.atom, SequenceMatch) and given.atom.absent is not None:
        yield from seen(Measured(replace(given.atom, steps=(given.atom.absent,))))


def everybody_has_one(atom: Asking) -> Subject | None:
    found = exact(atom)
    return None if found is None else replace(found, total=True)


CONDITIONS: tuple[tuple[Law, Pass | GuardedPass, str, object], ...] = (
    (keeps_the_meaning, absorb_implied, "implication.follows", lambda _given, _wanted: True),
    (keeps_the_meaning, absorb_implied, "implied_events.window_within", any_window),
    (keeps_the_meaning, absorb_implied, "implied_events._grows", sums_grow_too),
    (keeps_the_meaning, absorb_implied, "implied_events._seen", seen_with_what_must_be_absent),
    (keeps_the_meaning, absorb_implied, "implied_events.is_total", lambda _reducer: True),
    (keeps_the_meaning, absorb_implied, "implication.is_single_by_nature", lambda _target: True),
    (keeps_the_meaning, join_ranges, "passes.join_ranges.HasKind", lambda _kind: Present()),
    (keeps_the_meaning, merge_counts, "passes.merge_counts._exact", everybody_has_one),
    (keeps_the_meaning, intersect_values, "facts.is_single_by_nature", lambda _target: True),
    (keeps_the_meaning, intersect_values, "conjunction._may_read", lambda _value, _kind, _values: False),
    (makes_nothing_larger, factor_common, "passes.factor_common._saved", lambda *_: 1),
    (keeps_the_meaning, ask_for_existence, "extrema._is_open", lambda _test, *, up: True),  # noqa: ARG005 (the signature replaced)
)


@pytest.mark.parametrize(("law", "step", "condition", "dropped"), CONDITIONS, ids=[each[2] for each in CONDITIONS])
def test_a_law_without_its_condition_is_caught(
    law: Law, step: Pass | GuardedPass, condition: str, dropped: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_broken_by(law, step, tries=200)

    module, _, name = condition.rpartition(".")
    monkeypatch.setattr(import_module(f"muster.compiler.{module}"), name, dropped)

    assert is_broken_by(law, step)


def test_a_pass_that_grows_forgets_places_or_never_rests_is_caught() -> None:
    def double(expr: Expr) -> Expr:
        return Or((expr, expr))

    def swap(expr: Expr) -> Expr:
        return And(expr.args[::-1]) if isinstance(expr, And) else expr

    def forget(expr: Expr) -> Expr:
        return replace(expr, origin=None) if isinstance(expr, FieldTest) else expr

    def repeat_values(expr: Expr) -> Expr:
        match expr:
            case FieldTest(test=OneOf(kind, values)):
                return replace(expr, test=OneOf(kind, values * 2))
            case _:
                return expr

    assert is_broken_by(makes_nothing_larger, double)
    assert is_broken_by(makes_nothing_larger, repeat_values)
    assert is_broken_by(does_nothing_the_second_time, swap)
    assert is_broken_by(keeps_places, forget)
