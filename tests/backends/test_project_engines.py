"""What every engine that holds projects must do, whichever it is (`backends/base.py`, docs/adr/0022)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.backends.base import EngineError, ProjectEngine
from muster.runtime.evaluation import evaluate
from tests.project_worlds import (
    AS_OF,
    DAY,
    HOLDERS,
    ON_DISK,
    START,
    STORING,
    World,
    check,
    event,
    person,
    place,
    take,
    who,
)


@pytest.fixture(params=sorted(HOLDERS))
def opened(request: pytest.FixtureRequest) -> Iterator[ProjectEngine]:
    engine = HOLDERS[request.param].open_project("", f"p{uuid4().hex[:12]}", World().schema())
    yield engine
    engine.close()


def test_a_step_is_taken_and_is_known_to_be(opened: ProjectEngine) -> None:
    world = World()
    assert opened.applied == 0
    check(opened, world)

    people = [person(1, traits={"plan": "pro", "seats": 3}), person(2, is_anonymous=True)]
    take(opened, world, profiles=people, events=[event(1, "buy", 1, usd=Decimal("2.5")), event(2, "view", 2)])
    check(opened, world)


def test_a_step_that_is_taken_again_changes_nothing(opened: ProjectEngine) -> None:
    world = World()
    take(opened, world, profiles=[person(1)], events=[event(1, "buy", 1)])
    second = world.step(profiles=[person(2)], events=[event(2, "buy", 1), event(1, "buy", 2)])
    opened.widen(world.schema())
    for _ in range(3):
        opened.apply(second)

    check(opened, world)


def test_a_person_takes_the_place_of_the_row_with_that_pid(opened: ProjectEngine) -> None:
    world = World()
    take(opened, world, profiles=[person(1, traits={"plan": "pro"}), person(2, traits={"plan": "pro"})])
    take(opened, world, profiles=[person(1, traits={"seats": 5})])

    check(opened, world)
    assert who(opened, 'plan = "pro"') == ["u2"]


def test_people_who_were_only_seen_keep_their_traits(opened: ProjectEngine) -> None:
    world = World()
    row = person(1, traits={"plan": "pro"})
    take(opened, world, profiles=[row])
    later = replace(row, last_seen=START + 5 * DAY)
    take(opened, world, profiles=[later], seen=frozenset({1}), events=[event(1, "view", 5)])

    check(opened, world)
    assert who(opened, "last_seen after 2026-01-03") == ["u1"]


def test_the_events_of_who_was_taken_over_become_the_users(opened: ProjectEngine) -> None:
    world = World()
    visitors = [person(1, is_anonymous=True), person(2, is_anonymous=True)]
    take(opened, world, profiles=visitors, events=[event(1, "view", 1), event(2, "buy", 2), event(1, "buy", 3)])
    take(
        opened,
        world,
        profiles=[person(3, traits={"plan": "pro"})],
        moved={1: 3, 2: 3},
        gone=frozenset({1, 2}),
        events=[event(3, "buy", 4)],
    )

    check(opened, world)
    assert who(opened, "did buy at least 3 times") == ["u3"]


def test_nothing_of_the_erased_is_found(opened: ProjectEngine) -> None:
    world = World()
    people = [person(1, traits={"plan": "pro"}), person(2)]
    take(opened, world, profiles=people, events=[event(1, "buy", 1), event(2, "buy", 1)])
    take(opened, world, erased=frozenset({1}))

    check(opened, world)
    assert opened.events_of([1]) == []
    opened.scrub()
    assert opened.leftovers([1]) == []
    check(opened, world)
    take(opened, world, profiles=[person(4)], events=[event(4, "view", 1)])
    check(opened, world)


def test_names_and_kinds_are_added_while_it_is_open(opened: ProjectEngine) -> None:
    world = World()
    take(opened, world, profiles=[person(1, traits={"plan": 5})], events=[event(1, "buy", 1, usd="12")])
    take(opened, world, profiles=[person(2, traits={"plan": "pro", "tags": ["a", "b"]})])
    take(opened, world, events=[event(2, "view", 1, items=[{"sku": "x"}]), event(2, "buy", 1, plan="pro", usd=4)])
    take(opened, world, profiles=[person(3, traits={"tags": [{"deep": [1]}, "a"]})])

    check(opened, world)
    assert who(opened, 'tags has "a"') == ["u2", "u3"]


def test_a_reader_that_began_before_a_widening_ends(opened: ProjectEngine) -> None:
    world = World()
    take(opened, world, profiles=[person(1, traits={"plan": "pro"})])
    before = evaluate('plan = "pro"', opened)
    take(opened, world, profiles=[person(2, traits={"plan": "pro", "seats": 1})])

    assert before.count() == 2


def test_texts_of_a_message_come_back_as_they_were(opened: ProjectEngine) -> None:
    world = World()
    hostile = '{"a":"\\\\N\\t\\u0000\'\\"; DROP TABLE events; --","é":"\u2028"}'
    row = replace(event(1, "buy", 1), source=hostile, mid="m'\\\t\"")
    take(opened, world, profiles=[person(1)], events=[row])

    (found,) = opened.events_of([1])
    assert (found.source, found.mid) == (hostile, row.mid)


def test_all_events_are_many(opened: ProjectEngine) -> None:
    world = World()
    rows = [event(pid, "buy", pid % 30) for pid in range(1, 6000)]
    take(opened, world, profiles=[person(pid) for pid in range(1, 6000)], events=rows)

    assert sorted(row.mid for batch in opened.all_events() for row in batch) == sorted(row.mid for row in rows)
    assert evaluate("did buy", opened, as_of=AS_OF).count() == 5999


def test_a_reader_never_finds_moved_events_at_nobody_or_at_two(opened: ProjectEngine) -> None:
    world = World()
    take(opened, world, profiles=[person(1), person(2)], events=[event(1, "buy", day) for day in range(5)])
    found: list[list[str]] = []
    failed: list[EngineError] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            try:
                found.append(who(opened, "did buy at least 5 times"))
            except EngineError as error:
                failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(20):
            there, here = (1, 2) if number % 2 else (2, 1)
            take(opened, world, moved={here: there}, profiles=[person(there)])
    finally:
        is_over.set()
        for reader in readers:
            reader.join()

    assert failed == []
    assert found != []
    assert {len(each) for each in found} == {1}
    check(opened, world)


# --- where projects are -----------------------------------------------------------------------------------------
@pytest.fixture
def spaces() -> tuple[str, str]:
    """Name two projects that no other test has; a server is shared."""
    return f"p{uuid4().hex[:12]}", f"p{uuid4().hex[:12]}"


@pytest.mark.parametrize("name", STORING)
def test_a_project_is_as_it_was_when_it_is_opened_again(name: str, tmp_path: Path, spaces: tuple[str, str]) -> None:
    holder, world, where = HOLDERS[name], World(), place(name, tmp_path)
    engine = holder.open_project(where, spaces[0], world.schema())
    take(engine, world, profiles=[person(1, traits={"plan": "pro"})], events=[event(1, "buy", 1)])
    engine.close()
    again = holder.open_project(where, spaces[0], world.schema())
    try:
        check(again, world)
    finally:
        again.close()
        holder.drop_project(where, spaces[0])


@pytest.mark.parametrize("name", STORING)
def test_a_project_that_is_opened_with_a_wider_schema_is_widened(
    name: str, tmp_path: Path, spaces: tuple[str, str]
) -> None:
    holder, world, where = HOLDERS[name], World(), place(name, tmp_path)
    engine = holder.open_project(where, spaces[0], world.schema())
    take(engine, world, profiles=[person(1, traits={"plan": "pro"})], events=[event(1, "buy", 1)])
    engine.close()
    change = world.step(profiles=[person(2, traits={"seats": 3, "tags": ["a"]})], events=[event(2, "buy", 1, usd=2)])
    again = holder.open_project(where, spaces[0], world.schema())
    try:
        again.apply(change)
        check(again, world)
    finally:
        again.close()
        holder.drop_project(where, spaces[0])


@pytest.mark.parametrize("name", STORING)
def test_projects_are_apart_and_are_removed_one_by_one(name: str, tmp_path: Path, spaces: tuple[str, str]) -> None:
    holder, one, other, where = HOLDERS[name], World(), World(), place(name, tmp_path)
    first = holder.open_project(where, spaces[0], one.schema())
    second = holder.open_project(where, spaces[1], other.schema())
    take(first, one, profiles=[person(1)], events=[event(1, "buy", 1)])
    take(second, other, profiles=[person(1), person(2)], events=[event(2, "buy", 1)])
    check(first, one)
    check(second, other)
    first.close()
    holder.drop_project(where, spaces[0])
    check(second, other)
    empty = holder.open_project(where, spaces[0], World().schema())

    check(empty, World())
    empty.close()
    second.close()
    for each in (*spaces, spaces[0]):  # also one that is not there any more
        holder.drop_project(where, each)


@pytest.mark.parametrize("name", ON_DISK)
def test_no_byte_of_the_erased_stays_in_the_files(name: str, tmp_path: Path) -> None:
    holder, world = HOLDERS[name], World()
    engine = holder.open_project(str(tmp_path), "p1", world.schema())
    canaries = {f"canary{each}{uuid4().hex}" for each in range(5)}
    trait, text, mid, source, name_of = sorted(canaries)
    row = replace(event(1, "buy", 1, note=text), mid=mid, source=source)
    take(engine, world, profiles=[replace(person(1, traits={"note": trait}), external_id=name_of)], events=[row])
    take(engine, world, profiles=[person(2)], events=[event(2, "buy", 1)])
    take(engine, world, erased=frozenset({1}))
    engine.scrub()

    assert engine.leftovers([1]) == []
    check(engine, world)
    engine.close()
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [each for each in canaries if each.encode() in held] == []


@pytest.mark.parametrize("name", ON_DISK)
def test_bytes_that_are_not_freed_yet_are_told(name: str, tmp_path: Path) -> None:
    holder, world = HOLDERS[name], World()
    engine = holder.open_project(str(tmp_path), "p1", world.schema())
    take(engine, world, profiles=[person(1)], events=[event(1, "buy", 1)])
    take(engine, world, erased=frozenset({1}))

    assert engine.leftovers([1]) != []
    engine.close()
    again = holder.open_project(str(tmp_path), "p1", world.schema())
    assert again.leftovers([1]) != []
    again.close()


def test_memory_has_no_place_on_disk() -> None:
    with pytest.raises(EngineError, match="memory"):
        HOLDERS["memory"].open_project("somewhere", "p1", World().schema())


# --- any steps --------------------------------------------------------------------------------------------------
VALUES = st.sampled_from(("pro", "free", 2, 3, True, None, ["a"], ["b", 1], "12", {"deep": "x"}))


@st.composite
def worlds(draw: st.DrawFn) -> list[Callable[[World], dict[str, Any]]]:
    """Draw steps, each a function of the world before it."""

    def step(seed: int) -> Callable[[World], dict[str, Any]]:
        def made(world: World) -> dict[str, Any]:
            return _random_step(world, seed, values)

        return made

    values = draw(st.lists(VALUES, min_size=8, max_size=8))
    return [step(seed) for seed in draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=8))]


def _random_step(world: World, seed: int, values: list[Any]) -> dict[str, Any]:
    def pick(count: int, salt: int) -> int:
        return (seed * 2654435761 + salt * 40503) // 97 % max(1, count)

    here = sorted(world.people)
    fresh = max([0, *world.people, *(row.pid for row in world.events)], default=0) + 1 + pick(3, 1)
    given: dict[str, Any] = {"profiles": [], "events": []}
    keys = ("plan", "seats", "tags")
    traits = {key: values[pick(8, at + 2)] for at, key in enumerate(keys) if pick(2, at + 5)}
    given["profiles"].append(person(fresh, traits=traits, is_anonymous=bool(pick(2, 9))))
    if here and pick(2, 10):
        old = world.people[here[pick(len(here), 11)]]
        if pick(2, 12):
            given["profiles"].append(replace(old, last_seen=START + pick(9, 13) * DAY))
            given["seen"] = frozenset({old.pid})
        else:
            given["profiles"].append(replace(old, traits={"plan": values[pick(8, 14)]}))
    leaving = [pid for pid in here if pid not in {row.pid for row in given["profiles"]}]
    if leaving and pick(3, 15) == 0:
        given["moved"] = {leaving[0]: fresh}
        given["gone"] = frozenset({leaving[0]})
    elif leaving and pick(3, 16) == 0:
        given["erased"] = frozenset({leaving[0]})
    staying = [*(pid for pid in here if pid not in given.get("gone", ()) and pid not in given.get("erased", ())), fresh]
    for at in range(pick(4, 17)):
        properties = {"usd": pick(5, 30 + at), "plan": values[pick(8, 40 + at)]}
        name = ("buy", "view")[pick(2, 50 + at)]
        given["events"].append(event(staying[pick(len(staying), 60 + at)], name, pick(9, 70 + at), **properties))
    return given


@pytest.mark.parametrize("name", sorted(HOLDERS))
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps=worlds())
def test_any_steps_leave_what_the_last_rows_say(name: str, steps: list[Any]) -> None:
    world = World()
    engine = HOLDERS[name].open_project("", f"p{uuid4().hex[:12]}", world.schema())
    try:
        for made in steps:
            change = world.step(**made(world))
            engine.widen(world.schema())
            engine.apply(change)
            engine.apply(change)
        check(engine, world)
    finally:
        engine.close()
