"""Steps of the projector that the engine may not have taken yet, so that one can be taken again after a crash.

A step is written in the transaction that decides it: its events as an Arrow table, and whose rows it changes. The
people's rows are not in it: no other step starts before, so the ledger still has them as the step left them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from sqlalchemy import Connection, delete, insert, select, update

from muster.backends.base import EventRow
from muster.runtime.exact_json import decode, encode
from muster.runtime.ledger.tables import projects, steps


@dataclass(frozen=True, slots=True)
class Step:
    """What a step does to the engine, but for the rows of people (`changed`; in `seen` those whose traits stay)."""

    number: int
    events: tuple[EventRow, ...] = ()
    changed: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()
    moved: Mapping[int, int] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    erased: frozenset[int] = frozenset()


_EVENTS = pa.schema(
    [("pid", pa.uint32()), ("event", pa.string()), ("ts", pa.int64()), ("mid", pa.string()), ("source", pa.string())]
)


def next_number(connection: Connection, project_id: int) -> int:
    """Count the project's steps up by one."""
    counted = update(projects).where(projects.c.id == project_id).values(step=projects.c.step + 1)
    number: int = connection.execute(counted.returning(projects.c.step)).scalar_one()
    return number


def save_step(connection: Connection, project_id: int, step: Step) -> None:
    """Write down a step before the engine takes it."""
    row = {
        "project_id": project_id,
        "number": step.number,
        "events": _packed(step.events),
        "people": encode(
            {
                "changed": sorted(step.changed),
                "seen": sorted(step.seen),
                "moved": [[old, new] for old, new in step.moved.items()],
                "gone": sorted(step.gone),
                "erased": sorted(step.erased),
            }
        ),
    }
    connection.execute(insert(steps), row)


def find_steps(connection: Connection, project_id: int) -> list[Step]:
    """Give the steps that are written down, in order; there is at most one that the engine has not taken."""
    wanted = select(steps).where(steps.c.project_id == project_id).order_by(steps.c.number)
    found = []
    for row in connection.execute(wanted):
        people = decode(row.people)
        found.append(
            Step(
                number=row.number,
                events=_unpacked(row.events),
                changed=frozenset(people["changed"]),
                seen=frozenset(people["seen"]),
                moved=dict(people["moved"]),
                gone=frozenset(people["gone"]),
                erased=frozenset(people["erased"]),
            )
        )
    return found


def remove_steps(connection: Connection, project_id: int, up_to: int) -> None:
    """Remove the steps that the engine has taken."""
    taken = (steps.c.project_id == project_id) & (steps.c.number <= up_to)
    connection.execute(delete(steps).where(taken))


def _packed(events: tuple[EventRow, ...]) -> bytes:
    columns = (
        [event.pid for event in events],
        [event.event for event in events],
        [event.ts for event in events],
        [event.mid for event in events],
        [event.source for event in events],
    )
    batch = pa.record_batch(
        [pa.array(column, kind) for column, kind in zip(columns, _EVENTS.types, strict=True)], _EVENTS
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, _EVENTS, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpacked(packed: bytes) -> tuple[EventRow, ...]:
    table = pa.ipc.open_stream(packed).read_all()
    return tuple(
        EventRow(pid, event, ts, mid, source=source)
        for pid, event, ts, mid, source in zip(*(column.to_pylist() for column in table.columns), strict=True)
    )
