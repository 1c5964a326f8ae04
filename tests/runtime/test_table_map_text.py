"""What is written is read back as the same map, whatever tables and columns are called."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from muster.compiler.own_tables import COLUMN_HOWS, MEMBER_HOWS, Column, Member
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, read_table_map
from muster.runtime.table_map_text import table_map_text

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1, max_size=6)
TABLES = st.tuples(NAMES) | st.tuples(NAMES, NAMES)
HOWS = st.lists(st.sampled_from(MEMBER_HOWS), min_size=1, max_size=3, unique=True).map(tuple)
LOCAL = st.builds(Column, NAMES, st.just("local"), st.sampled_from(["Europe/London", "Asia/Kolkata"]))
TIMES = st.builds(Column, NAMES, st.sampled_from(["time", "zoned", "epoch_ms"])) | LOCAL
COLUMNS = st.builds(Column, NAMES, st.sampled_from([how for how in COLUMN_HOWS if how != "local"])) | LOCAL
IDS = st.builds(Column, NAMES, st.sampled_from(["text", "spelled"]))


@st.composite
def values(draw: st.DrawFn) -> dict[tuple[str, ...], Column | Member]:
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    found: dict[tuple[str, ...], Column | Member] = {}
    for name in names:
        if draw(st.booleans()):
            found[name,] = draw(COLUMNS)
        else:
            path = (name, *draw(st.lists(NAMES, max_size=2)))
            found[path] = Member(draw(st.sampled_from(["held", "a b"])), path, draw(HOWS))
    return found


@given(st.data())
def test_a_map_that_is_written_reads_back_the_same(data: st.DataObject) -> None:
    only = st.dictionaries(NAMES, st.integers(0, 9) | st.booleans() | NAMES, max_size=2)
    named = data.draw(st.booleans())
    events = EventsTable(
        data.draw(TABLES),
        data.draw(IDS),
        data.draw(TIMES),
        name=data.draw(NAMES) if named else None,
        constant=None if named else data.draw(NAMES),
        order=data.draw(st.none() | st.builds(Column, NAMES, st.sampled_from(["text", "int", "spelled"]))),
        only=data.draw(only),
        values=data.draw(values()),
        unique=data.draw(st.none() | NAMES),
        never_null=data.draw(st.booleans()),
    )
    people = PeopleTable(
        data.draw(TABLES), data.draw(IDS), patches=data.draw(st.none() | NAMES), values=data.draw(values())
    )
    mapped = TableMap((events,), data.draw(st.none() | st.just(people)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.toml"
        path.write_text(table_map_text(mapped), encoding="utf-8")

        assert read_table_map(path) == mapped
