"""One meaning in place: a typed file that DuckDB queries where it is gives what reading it row by row gives.

The schema, what is told, every stored value and the members of rules are compared, on random files; the reference
evaluator judges both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from muster.backends.base import Engine
from muster.backends.discover import get_backend
from muster.backends.duckdb.client import DuckDbEngine, open_in_place
from muster.backends.tables.arrow import event_table, profile_table
from muster.compiler.diagnostics import RuleError
from muster.compiler.schema import Schema
from muster.runtime.errors import DataError
from muster.runtime.evaluation import evaluate
from muster.runtime.files import Source, open_files
from tests.dice import SeededDice, chance
from tests.typed_tables import typed_table

FILES = 45
LEAST_IN_PLACE = FILES // 2
RULES = (
    "everyone",
    "did buy",
    "did not login ever",
    'did "x\\"y" at least 2 times',
    "did anything in last 30 days",
    "did login then buy within 40 days",
    "first_seen before 2000-01-01",
    'external_id = "10"',
    "count of anything > 2",
)
TESTS = {
    "str": ('{0} = "12"', '{0} contains "é"', '{0} in ("pro", "")', "{0} = 12", "{0} is not set"),
    "num": ("{0} > 0.1", "{0} = 12", "{0} is not set", '{0} = "12"'),
    "bool": ("{0} = true", "not {0} = true"),
    "time": ("{0} < 1970-01-01", "{0} >= 2024-01-01T00:00:00Z"),
}
METRICS = (
    "sum({0}) of anything > 1",
    "max({0}) of buy >= 12",
    "distinct({0}) of anything > 1",
    "avg({0}) of login < 100",
)


def opened(path: Path, people: Path | None, mapping: Path, *, in_place: bool) -> Source | str:
    try:
        return open_files(path, people, mapping, in_place=in_place)
    except DataError as error:
        return str(error)


def rules(schema: Schema) -> Iterator[str]:
    yield from RULES
    for name in ("a", "b", "c", "d"):
        kinds = schema.property((), (name,)).columns
        for kind in kinds:
            yield from (f"did anything where ({test.format(name)})" for test in TESTS[kind])
        if "num" in kinds:
            yield from (metric.format(name) for metric in METRICS)
        if schema.events.order is not None:
            yield f'last({name}) of anything = "12"'
            yield f"first({name}) of anything is not set"


def members(rule: str, engine: Engine) -> Sequence[str] | str:
    try:
        asked = evaluate(rule, engine, as_of="2024-07-01")
        found = [str(each) for each in asked.members().to_pylist()]
        count = asked.count()
    except RuleError as error:
        return str(error)
    assert count == len(found), rule
    return found


def stored(engine: DuckDbEngine, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine._connection.sql(f"SELECT * FROM {table}").to_arrow_table().to_pylist()
    return found


def by_text(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(str(sorted(row.items(), key=lambda cell: cell[0])) for row in rows)


def compare(found: Source, read: Source) -> bool:
    """Compare what both sources say; tell whether the first can be queried in place."""
    assert replace(found.schema.events, known_people=True) == read.schema.events
    strangers = any(note.code == "D21" for note in found.notes)
    assert found.schema.events.known_people == (found.in_place is None or not strangers)
    assert found.schema.profiles == read.schema.profiles
    assert found.schema.stats == read.schema.stats
    assert [str(note) for note in found.notes if note.code != "D35"] == [str(note) for note in read.notes]
    assert ("D35" in {note.code for note in found.notes}) == (found.in_place is None)
    assert list(found.profiles) == list(read.profiles)
    if found.in_place is None:
        return False
    with ExitStack() as stack:
        engine = stack.enter_context(closing(open_in_place(found.in_place, found.schema)))
        engine.load(found.profiles, ())
        compare_tables(engine, read)
        others = [
            stack.enter_context(closing(get_backend(name).connect("", read.schema))) for name in ("duckdb", "memory")
        ]
        for other in others:
            other.load(read.profiles, read.events)
        for rule in rules(read.schema):
            expected = members(rule, others[1])
            assert members(rule, others[0]) == expected, rule
            assert members(rule, engine) == expected, rule
    return True


def compare_tables(engine: DuckDbEngine, read: Source) -> None:
    ids = {profile.pid: profile.external_id for profile in read.profiles}
    events = event_table(read.events, read.schema).to_pylist()
    lacking = () if read.schema.events.order else ("mid",)
    expected = [
        {key: cell for key, cell in row.items() if key not in lacking} | {"pid": ids[row["pid"]]} for row in events
    ]
    known = set(ids.values())
    assert by_text([row for row in stored(engine, "events") if row["pid"] in known]) == by_text(expected)
    people = [row | {"pid": row["external_id"]} for row in profile_table(read.profiles, read.schema).to_pylist()]
    assert by_text(stored(engine, "profiles")) == by_text(people)


def try_file(seed: int, folder: Path) -> bool:
    dice = SeededDice(f"in place {seed}")
    made = typed_table(dice)
    path, mapping, people = folder / f"it's {seed}.parquet", folder / f"{seed}.toml", None
    pq.write_table(made.table, path, row_group_size=16, version="2.6")
    mapping.write_text(made.mapping, encoding="utf-8")
    if chance(dice, 30):
        people = folder / f"{seed}.csv"
        people.write_text(
            "id,plan\n" + "\n".join(f"{each},x" for each in ("u1", "U2", "10", "zoë", "nobody")), encoding="utf-8"
        )
    found, read = (opened(path, people, mapping, in_place=in_place) for in_place in (True, False))
    if isinstance(found, str) or isinstance(read, str):
        assert found == read
        return False
    return compare(found, read)


def test_a_file_queried_in_place_is_the_file_that_is_read(tmp_path: Path) -> None:
    tried = [try_file(seed, tmp_path) for seed in range(FILES)]

    assert sum(tried) >= LEAST_IN_PLACE
