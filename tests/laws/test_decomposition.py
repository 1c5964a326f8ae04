"""People are asked for one by one, whatever the query: shares of them, in databases of their own, give the whole.

This is what lets a cluster answer shard by shard (docs/adr/0013); it holds on every engine, one rule at a time and
many at once.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings

from tests.dice import SeededDice
from tests.differential import Arena
from tests.people import World
from tests.scenario import scenario

SHARDS = 3
WORLDS = max(2, settings().max_examples // 25)


def shards(world: World) -> list[World]:
    return [
        replace(
            world,
            profiles=tuple(row for row in world.profiles if row.pid % SHARDS == shard),
            events=tuple(row for row in world.events if row.pid % SHARDS == shard),
        )
        for shard in range(SHARDS)
    ]


@pytest.mark.parametrize("number", range(WORLDS))
def test_the_members_of_all_shards_are_the_members(number: int) -> None:
    made = scenario(SeededDice(f"shards {number}"), 10)
    with Arena(made.world) as whole:
        parts = [Arena(part) for part in shards(made.world)]
        try:
            for name in whole.names:
                for rule in made.rules:
                    plan = whole.compile(rule, made.audiences).plan
                    found = [
                        each for part in parts for each in part.members(name, part.compile(rule, made.audiences).plan)
                    ]

                    assert sorted(found) == whole.members(name, plan), (name, rule)
        finally:
            for part in parts:
                part.__exit__(None, None, None)
