"""Engines that keep projects in a folder, ended without a word at any instant, while they take steps."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from muster.backends.base import Change
from tests.project_worlds import HOLDERS, ON_DISK, World, check, event, person

ROOT = Path(__file__).parents[2]
CYCLES = 50 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 5
WHOLE = ("duckdb",)  # those whose steps are transactions
NAMESPACE = "p1"


def take_step(world: World) -> Change:
    """Make the next step, which its number says all of: people come, sign in, change and are erased."""
    number = world.number + 1
    fresh, earlier = number * 10, (number - 1) * 10
    events = [
        replace(event(pid, "view", number % 9), mid=f"{number}-{pid}", source=f'{{"messageId": "{number}-{pid}"}}')
        for pid in (fresh, fresh + 1)
    ]
    people = [person(fresh, traits={f"t{number % 7}": number}), person(fresh + 1, is_anonymous=True)]
    if number == 1:
        return world.step(profiles=people, events=events)
    return world.step(
        profiles=[*people, person(earlier, traits={"plan": "pro"})],
        events=events,
        moved={earlier + 1: earlier},
        gone=frozenset({earlier + 1}),
        erased=frozenset({earlier - 10}) if number % 3 == 0 and number > 2 else frozenset(),
    )


def world_after(number: int) -> World:
    world = World()
    while world.number < number:
        take_step(world)
    return world


def serve(name: str, folder: str) -> None:
    """Take steps for ever, saying the number of each that is taken."""
    engine = HOLDERS[name].open_project(folder, NAMESPACE, World().schema())
    world = world_after(engine.applied)
    while True:
        change = take_step(world)
        engine.widen(world.schema())
        engine.apply(change)
        sys.stdout.write(f"{change.number}\n")
        sys.stdout.flush()
        if change.number % 25 == 0:
            engine.scrub()


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_DISK)
def test_no_step_is_lost_or_taken_twice_whenever_the_process_is_killed(name: str, tmp_path: Path) -> None:
    told = 0
    code = f"from {__name__} import serve; import sys; serve(*sys.argv[1:])"
    for cycle in range(CYCLES):
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, name, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(cycle % 20 * 0.0217)  # steps take a few milliseconds, so it is somewhere else in one each time
        process.kill()
        said = [int(line) for line in (first + process.communicate()[0]).splitlines(keepends=True) if line[-1] == "\n"]
        told = max([told, *said])

        engine = HOLDERS[name].open_project(str(tmp_path), NAMESPACE, World().schema())
        try:
            assert told <= engine.applied <= told + 1
            world = world_after(engine.applied - 1)
            again = take_step(world)
            engine.widen(world.schema())
            engine.apply(again)
            if name in WHOLE:
                check(engine, world)
            # The step that was broken off is taken again before anybody reads.
            change = take_step(world)
            engine.widen(world.schema())
            engine.apply(change)
            check(engine, world)
            told = engine.applied
        finally:
            engine.close()
    assert told >= CYCLES
