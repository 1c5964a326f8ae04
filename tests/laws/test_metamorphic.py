"""What must hold between the answers of one engine, whatever the right answer is: relations 1-15, 17, 18 and 20.

No oracle takes part, so a mistake that the reference evaluator and the generators share is found here and nowhere
else. [A] is the set that A finds, U everyone. Each relation is put to every engine that discovery finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from muster.backends.base import Backend
from muster.backends.discover import all_backends
from muster.compiler.normal_form import fingerprint
from muster.compiler.pipeline import compile_rule
from muster.compiler.planner import plan
from muster.compiler.resolve import DELETED, Surroundings
from muster.compiler.rule import Condition, Rule
from muster.compiler.values import Duration, Number, Text
from muster.grammar.format import format_rule
from muster.grammar.json_dump import dump_text
from muster.grammar.json_rule import load
from muster.grammar.text import parse
from tests.author import Author
from tests.dice import pick
from tests.relation_subjects import (
    assert_partition,
    equality,
    events,
    growing,
    inside_time,
    perhaps,
    scalar,
    shiftable,
    some_event,
    trait,
    with_reference,
)
from tests.relations import (
    Sets,
    Stage,
    every,
    from_outside,
    no,
    renamed_rule,
    renamed_world,
    renaming,
    retold_rule,
    retold_world,
    shifted,
    some,
    with_trait,
)
from tests.rewriting import inlined
from tests.vocabulary import near, nfc

DAY = 86_400_000_000
EVERYONE = every()
NOBODY = some()
Relation = Callable[[Backend, int], None]


def relation(test: Relation) -> Relation:
    """Put a relation to every engine, on worlds of random seeds (a seed does not shrink)."""
    few = settings(max_examples=max(4, settings().max_examples // 12), phases=(Phase.reuse, Phase.generate))
    drawn = few(given(seed=st.integers(0, 2**32 - 1))(test))
    put: Relation = pytest.mark.parametrize("backend", all_backends(), ids=lambda backend: backend.name)(drawn)
    return put


@relation
def test_01_a_rule_and_its_complement_partition_everyone(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    conditions = stage.conditions(4)
    with Sets(backend, stage) as sets:
        for a in conditions:
            assert sets.of(no(a)) == sets.everyone - sets.of(a)
            assert sets.count(a) + sets.count(no(a)) == len(sets.everyone)


@relation
def test_02_and_is_the_intersection(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    conditions = stage.conditions(4)
    with Sets(backend, stage) as sets:
        for a, b in pairwise(conditions):
            assert sets.of(every(a, b)) == sets.of(a) & sets.of(b)


@relation
def test_03_or_is_the_union(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    conditions = stage.conditions(4)
    with Sets(backend, stage) as sets:
        for a, b in pairwise(conditions):
            assert sets.of(some(a, b)) == sets.of(a) | sets.of(b)
            assert sets.count(some(a, b)) == sets.count(a) + sets.count(b) - sets.count(every(a, b))


@relation
def test_04_not_not_is_nothing(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    conditions = stage.conditions(4)
    with Sets(backend, stage) as sets:
        for a in conditions:
            assert sets.of(no(no(a))) == sets.of(a)


@relation
def test_05_de_morgan(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    conditions = stage.conditions(4)
    with Sets(backend, stage) as sets:
        for a, b in pairwise(conditions):
            assert sets.of(no(every(a, b))) == sets.of(some(no(a), no(b)))
            assert sets.of(no(some(a, b))) == sets.of(every(no(a), no(b)))


@relation
def test_06_identities(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    (a,) = stage.conditions(1)
    with Sets(backend, stage) as sets:
        assert sets.of(EVERYONE) == sets.everyone
        assert sets.of(NOBODY) == frozenset()
        assert sets.of(every(a)) == sets.of(some(a)) == sets.of(a)
        assert sets.of(every(a, NOBODY)) == frozenset()
        assert sets.of(some(a, EVERYONE)) == sets.everyone
        assert sets.of(every(a, EVERYONE)) == sets.of(some(a, NOBODY)) == sets.of(a)


@relation
def test_07_order_repetition_and_nesting_do_not_matter(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    a, b, c = stage.conditions(3)
    with Sets(backend, stage) as sets:
        for group in (every, some):
            plain = group(a, b, c)
            same = [group(*order) for order in permutations((a, b, c))]
            same += [group(a, b, c, b, a), group(group(a, b), c), group(a, group(b, group(c)))]
            for other in same[:: 1 + len(same) // 4]:
                assert sets.of(other) == sets.of(plain)
            assert {fingerprint(sets.lowered(other)) for other in same} == {fingerprint(sets.lowered(plain))}


@relation
def test_08_distribution_and_absorption(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    a, b, c = stage.conditions(3)
    with Sets(backend, stage) as sets:
        assert sets.of(every(a, some(b, c))) == sets.of(some(every(a, b), every(a, c)))
        assert sets.of(some(a, every(b, c))) == sets.of(every(some(a, b), some(a, c)))
        assert sets.of(every(a, some(a, b))) == sets.of(some(a, every(a, b))) == sets.of(a)


@relation
def test_09_the_values_of_a_trait_and_its_absence_partition_everyone(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    texts = (*stage.vocabulary.texts, "x")
    held = [perhaps(stage, pick(stage.dice, texts)) for _ in stage.world.profiles]
    people = with_trait(stage.world, "kind", held)
    seen = sorted({nfc(entry[0]) for entry in held if entry and entry[0] is not None})
    with Sets(backend, stage, people) as sets:
        parts = [sets.of(trait("kind", "eq", Text(text))) for text in seen]
        parts.append(sets.of(trait("kind", "not_exists")))
        assert_partition(parts, sets.everyone)


@relation
def test_10_below_equal_above_and_no_number_partition_everyone(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    held = [perhaps(stage, scalar(stage)) for _ in stage.world.profiles]
    people = with_trait(stage.world, "size", held)
    with Sets(backend, stage, people) as sets:
        for number in stage.vocabulary.numbers:
            below, equal, above = (sets.of(trait("size", op, Number(number))) for op in ("lt", "eq", "gt"))
            assert_partition(
                [below, equal, above, sets.of(trait("size", "is_not_type", Text("number")))], sets.everyone
            )
            assert sets.of(trait("size", "lte", Number(number))) == below | equal
            assert sets.of(trait("size", "gte", Number(number))) == above | equal


@relation
def test_11_a_list_of_values_is_the_union_of_its_values(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    write = stage.author.write
    path, leaning = write.place(stage.vocabulary.traits)
    values = tuple(write.literal(write.kind_of(leaning)) for _ in range(3))
    with Sets(backend, stage) as sets:
        one = [sets.of(trait(path, "eq", each)) for each in values]
        union = frozenset[str]().union(*one)
        assert sets.of(trait(path, "in", values)) == sets.of(trait(path, "has_any", values)) == union
        assert sets.of(trait(path, "has_all", values)) == sets.everyone.intersection(*one)
        assert sets.of(trait(path, "in", ())) == sets.of(trait(path, "has_any", ())) == frozenset()
        assert sets.of(trait(path, "has_all", ())) == sets.everyone
        for each, found in zip(values, one, strict=True):
            assert sets.of(trait(path, "neq", each)) == sets.everyone - found
        for op in ("not_in", "has_none"):
            assert sets.of(trait(path, op, values)) == sets.everyone - union


@relation
def test_12_a_longer_window_never_loses_anyone(backend: Backend, seed: int) -> None:
    stage = Stage(seed, naming=False)
    lengths = sorted((Duration(days, "d") for days in (1, 7, 30, 90, 365)), key=lambda length: length.micros)
    base = stage.author.event_test()
    with Sets(backend, stage) as sets:
        found = [sets.of(events(base, "occurred_in_last", length)) for length in lengths]
        found.append(sets.of(events(base, "occurred")))
        missed = [sets.of(events(base, "not_occurred_in_last", length)) for length in lengths]
        missed.append(sets.of(events(base, "not_occurred")))
        for shorter, longer in pairwise(found):
            assert shorter <= longer
        for shorter, longer in pairwise(missed):
            assert longer <= shorter


@relation
def test_13_counts_descend_and_add_up(backend: Backend, seed: int) -> None:
    stage = Stage(seed, naming=False)
    base = stage.author.event_test()
    with Sets(backend, stage) as sets:

        def counted(op: str, number: int) -> frozenset[str]:
            return sets.of(events(base, f"count_{op}", Number(Decimal(number)), base.window))

        at_least = [counted("gte", number) for number in range(5)]
        assert at_least[0] == sets.everyone
        assert counted("eq", 0) == sets.of(events(base, "not_occurred", window=base.window))
        for number, (fewer, more) in enumerate(pairwise(at_least)):
            assert more <= fewer
            assert counted("eq", number) == fewer - more
            assert counted("lt", number) == sets.everyone - fewer
            assert counted("gt", number) == more
            assert counted("lte", number) == sets.everyone - more


@relation
def test_14_a_filter_only_narrows_and_a_filter_or_its_complement_is_no_filter(backend: Backend, seed: int) -> None:
    stage = Stage(seed, naming=False)
    base = stage.author.event_test()
    where = stage.author.where(stage.vocabulary.properties, 1)
    with Sets(backend, stage) as sets:

        def happened(condition: Condition | None) -> frozenset[str]:
            return sets.of(replace(events(base, "occurred", window=base.window), where=condition))

        assert happened(where) <= happened(None)
        assert happened(where) | happened(no(where)) == happened(None)


@relation
def test_15_an_event_more_adds_its_person_at_most_and_changes_nobody_else(backend: Backend, seed: int) -> None:
    stage = Stage(seed, naming=False)
    grows = [growing(stage) for _ in range(3)]
    anything = stage.conditions(2)
    person = pick(stage.dice, stage.world.profiles)
    event = replace(some_event(stage), pid=person.pid, mid="added", ts=near(stage.dice, stage.vocabulary))
    people = replace(stage.world, events=(*stage.world.events, event))
    only = {nfc(person.external_id)}
    with Sets(backend, stage) as before, Sets(backend, stage, people) as after:
        for condition in grows:
            assert before.of(condition) <= after.of(condition) <= before.of(condition) | only
            assert after.of(no(condition)) <= before.of(no(condition))
        for condition in anything:
            assert before.of(condition) ^ after.of(condition) <= only


@relation
def test_17_moving_every_instant_and_the_clock_changes_nothing(backend: Backend, seed: int) -> None:
    stage = Stage(seed, naming=False)
    conditions = list(shiftable(stage, calendar=False))
    stage.world = inside_time(stage.world)
    micros = pick(stage.dice, (1, -1, 3_599_999_999, 5 * DAY + 1, -400 * DAY))
    with Sets(backend, stage) as here, Sets(backend, stage, shifted(stage.world, micros)) as there:
        for condition in conditions:
            assert here.of(condition) == there.of(condition)


@relation
def test_17_moving_by_whole_weeks_changes_nothing_in_days_and_weeks_of_utc(backend: Backend, seed: int) -> None:
    stage = Stage(seed, naming=False)
    conditions = list(shiftable(stage, calendar=True))
    people = inside_time(stage.world)
    stage.world = replace(people, clock=replace(people.clock, timezone="UTC"))
    with Sets(backend, stage) as here, Sets(backend, stage, shifted(stage.world, 7 * 53 * DAY)) as there:
        for condition in conditions:
            assert here.of(condition) == there.of(condition)


@relation
def test_18_renaming_keys_and_events_changes_nothing(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    conditions = stage.conditions(4)
    name = renaming(stage.vocabulary)
    with Sets(backend, stage) as plain, Sets(backend, stage, renamed_world(stage.world, name)) as hostile:
        for condition in conditions:
            rule = stage.author.rule(condition)
            assert plain.of_rule(rule) == hostile.of_rule(renamed_rule(rule, name))


@relation
def test_18_renaming_texts_changes_nothing_where_they_are_only_equal_or_not(backend: Backend, seed: int) -> None:
    stage = Stage(seed, naming=False)
    prefix = pick(stage.dice, ("it's \\ {p:String}", '"%s', "__SQLGLOT__LB__", "\n$p0 ", "🙂*"))

    def tell(text: str) -> str:
        return prefix + text if text else text

    conditions = [equality(stage) for _ in range(4)]
    with Sets(backend, stage) as plain, Sets(backend, stage, retold_world(stage.world, tell)) as hostile:
        for condition in conditions:
            rule = stage.author.rule(condition)
            assert plain.of_rule(rule) == hostile.of_rule(retold_rule(rule, tell))


@relation
def test_20_every_form_of_a_rule_finds_the_same_people(backend: Backend, seed: int) -> None:
    stage = Stage(seed)
    conditions = stage.conditions(3)
    with Sets(backend, stage) as sets:
        for rule in map(stage.author.rule, conditions):
            found = sets.of_rule(rule)
            text = format_rule(rule)
            through_json = load(dump_text(parse(text)))
            assert format_rule(through_json) == text
            assert sets.of_rule(through_json) == found
            assert sets.of_rule(inlined(rule)) == found
            assert sets.of_rule(*from_outside(rule)) == found
            lowered = compile_rule(rule, Surroundings(audiences={})).lowered
            assert sets.of_plan(plan(lowered, lowered)) == found  # the passes off


@relation
def test_a_deleted_audience_finds_no_more_than_any_audience_would(backend: Backend, seed: int) -> None:
    stage = Stage(seed, audiences=("Gone",))
    conditions = [with_reference(stage) for _ in range(3)]
    with Sets(backend, stage, audiences={"Gone": DELETED}) as gone:
        found = [gone.of(condition) for condition in conditions]
    other = Author(stage.dice, stage.vocabulary)
    for audience in (other.rule(other.condition(1)), Rule(condition=EVERYONE), Rule(condition=NOBODY)):
        with Sets(backend, stage, audiences={"Gone": audience}) as there:
            for condition, fewer in zip(conditions, found, strict=True):
                assert fewer <= there.of(condition)
