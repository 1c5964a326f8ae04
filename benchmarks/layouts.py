"""What many property names cost in three layouts: a column each, columns and maps, a table for each event.

Kept apart from the page. Every layout is filled and asked in a process of its own, so that memory is its alone; the
answers of all must be the same. Rows are made anew whenever they are needed, so that none are held. It could go wrong
by measuring Python: what normalising costs is told beside what the engine takes.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter

import clickhouse_connect
import pyarrow as pa

from benchmarks.measuring import LIMITS, peak_memory, timed
from benchmarks.places import location, tell
from muster.backends.base import EngineError, EventRow, Json, ProfileRow
from muster.backends.clickhouse.client import ClickHouseEngine
from muster.backends.discover import get_backend
from muster.backends.duckdb.client import DuckDbEngine
from muster.backends.tables import ANY_NUMBER, Catalogue, Room
from muster.backends.tables.arrow import event_batches
from muster.backends.tables.chunks import chunks
from muster.compiler.schema import Schema
from muster.runtime.clock import to_clock
from muster.runtime.compilation import compile_query

COLUMNS, MAPS, TABLES = "a column each", "columns and maps", "a table for each event"
LAYOUTS = (COLUMNS, MAPS, TABLES)
EVENTS = 10
PEOPLE = 10_000
BATCH = 1_000
_AS_OF = "2026-06-30T00:00:00+00:00"
_CHUNK = 20_000
_BATCHES = 7
_RUNS = 31  # of a query, after one that does not count
_FILLED = 12  # names of a row, at most
_TEXTS = 4  # one name in so many holds texts
_START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) * 1_000_000
_SPAN = 29 * 86_400_000_000
_Engine = DuckDbEngine | ClickHouseEngine


@dataclass(frozen=True, slots=True)
class Size:
    """So many names and rows, and columns beside maps."""

    names: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What one layout cost: rows a second, milliseconds, bytes. `answers` are the counts that its queries gave.

    Where the engine could not hold it, `failure` says why, and there are no figures.
    """

    layout: str
    names: int
    arrow: float = 0
    load: float = 0
    batch: float = 0
    memory: int = 0
    disk: int = 0
    asked: dict[str, float] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    failure: str = ""


def measure(folder: Path, engine: str, layout: str, size: Size) -> Measured:
    """Measure a layout, or say that the engine fails at it."""
    try:
        found = _measure(folder, engine, layout, size)
    except EngineError as error:
        found = Measured(layout, size.names, failure=str(error))
    tell(f"{found}")
    return found


def _measure(folder: Path, engine: str, layout: str, size: Size) -> Measured:
    """Fill a layout with rows of so many names, in bulk and then in batches, and ask it."""
    names, rows = size.names, size.rows
    used, rare = _name(1, 0), _name(1, names // EVENTS - 1)
    layouts = _schemas(layout, names, rows, Room(size.columns, frozenset({(used,)})))
    with ExitStack() as stack:
        engines = {event: stack.enter_context(closing(_open(folder, engine, each))) for event, each in layouts.items()}
        filling = _Filling(engines)
        next(iter(engines.values())).load((ProfileRow(pid, f"u{pid}") for pid in range(PEOPLE)), ())
        source = _rows(names, rows + _BATCHES * BATCH)
        for start in range(0, rows, _CHUNK):
            filling.add(islice(source, min(_CHUNK, rows - start)))
        arrow, load = rows / filling.in_arrow, rows / filling.in_engine
        batches = [filling.add(islice(source, BATCH)) * 1000 for _ in range(_BATCHES)]
        memory = peak_memory()
        asked, answers = {}, []
        for what, name in {"used": used, "rare": rare}.items():
            ask = _query(filling.of(_event(1)), engine, f"did {_event(1)} where ({name} >= 500)")
            answers.append(ask())
            asked[what] = statistics.median(timed(ask) for _ in range(_RUNS))
        disk = _disk(folder, filling.of(_event(1)))
    return Measured(layout, names, arrow, load, statistics.median(batches), memory, disk, asked, answers)


def _query(opened: _Engine, engine: str, rule: str) -> Callable[[], int]:
    clock = to_clock(_AS_OF)
    plan = compile_query(rule, schema=opened.schema, as_of=_AS_OF, output="count").compiled.plan
    return lambda: opened.count(plan, clock, LIMITS[engine])


# --- the layouts ------------------------------------------------------------------------------------------------
def _schemas(layout: str, names: int, rows: int, room: Room) -> dict[str, Schema]:
    """Give the schema of each table; "" is the one for all events."""
    made = _rows(names, rows + _BATCHES * BATCH)
    if layout != TABLES:
        catalogue = Catalogue()
        catalogue.observe_events(made)
        return {"": catalogue.schema(known_people=True, property_room=room if layout == MAPS else ANY_NUMBER)}
    catalogues = {_event(number): Catalogue() for number in range(EVENTS)}
    for chunk in chunks(made, _CHUNK):
        for event, catalogue in catalogues.items():
            catalogue.observe_events(row for row in chunk if row.event == event)
    return {event: _in_a_table_of_its_own(event, catalogue) for event, catalogue in catalogues.items()}


def _in_a_table_of_its_own(event: str, catalogue: Catalogue) -> Schema:
    schema = catalogue.schema(known_people=True, property_room=ANY_NUMBER)
    return replace(schema, events=replace(schema.events, table=f"events_of_{event}"))


def _open(folder: Path, engine: str, schema: Schema) -> _Engine:
    opened = get_backend(engine).connect(location(folder, engine), schema)
    assert isinstance(opened, DuckDbEngine | ClickHouseEngine)
    return opened


@dataclass(slots=True)
class _Filling:
    """Fills a layout, and keeps the time that takes in Python and in the engine."""

    engines: dict[str, _Engine]
    in_arrow: float = 0
    in_engine: float = 0
    held: dict[str, list[EventRow]] = field(default_factory=dict)

    def of(self, event: str) -> _Engine:
        """Give the engine that holds an event."""
        return self.engines[event if event in self.engines else ""]

    def add(self, rows: Iterable[EventRow]) -> float:
        """Insert rows; give the seconds that the engine took."""
        by_table: dict[str, list[EventRow]] = {}
        for row in rows:
            by_table.setdefault(row.event if row.event in self.engines else "", []).append(row)
        taken = 0.0
        for table, held in by_table.items():
            opened = self.engines[table]
            started = perf_counter()
            made = pa.Table.from_batches(event_batches(held, opened.schema))
            made_at = perf_counter()
            opened.append(opened.schema.events.table, made)
            self.in_arrow += made_at - started
            taken += perf_counter() - made_at
        self.in_engine += taken
        return taken


def _disk(folder: Path, engine: _Engine) -> int:
    if isinstance(engine, DuckDbEngine):
        with engine._connection.cursor() as cursor:  # noqa: SLF001 (one process, one file)
            cursor.execute("CHECKPOINT")
            (blocks,) = cursor.sql("SELECT used_blocks * block_size FROM pragma_database_size()").fetchall()
        return int(blocks[0])
    path = location(folder, "clickhouse")
    with closing(clickhouse_connect.get_client(interface="chdb", path=path, database="muster")) as client:
        parts = client.query("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'muster'")
        return int(parts.result_rows[0][0])


# --- the rows ---------------------------------------------------------------------------------------------------
def _event(number: int) -> str:
    return f"event_{number}"


def _name(event: int, number: int) -> str:
    return f"e{event}_p{number}"


def _rows(names: int, count: int) -> Iterator[EventRow]:
    """Make rows: events by a 1/rank law, each with names of its own, the first of which are the most filled."""
    dice = random.Random(1)  # noqa: S311 (the same rows every time, not secrets)
    of_each = names // EVENTS
    ranks = [1 / rank for rank in range(1, EVENTS + 1)]
    for number, event in enumerate(dice.choices(range(EVENTS), ranks, k=count)):
        filled = {int(of_each * dice.random() ** 2) for _ in range(min(_FILLED, of_each))}
        properties = {_name(event, each): _value(each, dice) for each in sorted(filled | {0})}
        yield EventRow(dice.randrange(PEOPLE), _event(event), _START + dice.randrange(_SPAN), f"m{number}", properties)


def _value(name: int, dice: random.Random) -> Json:
    value = dice.randrange(1000)
    return f"text {value}" if name % _TEXTS == _TEXTS - 2 else value
