"""The contract between the compiler and an engine: a Plan becomes a Query, a Query becomes members.

Kept apart so that a back-end needs to know this file, `compiler` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from muster.compiler.diagnostics import MusterError
from muster.compiler.moments import Clock, Moment, bind_moment, from_micros
from muster.compiler.own_tables import ColumnHow, Table
from muster.compiler.plan import Batch, Plan
from muster.compiler.rule import Condition
from muster.compiler.schema import Schema
from muster.compiler.values import Kind

if TYPE_CHECKING:
    import pyarrow as pa  # takes long to import, and only what runs a query needs it

# A JSON value as json.loads(parse_float=Decimal) gives it; also PlainText and aware datetimes (from typed files).
Json = Any
Scalar = str | Decimal | bool | int | Moment
Output = Literal["members", "count"]
BatchOutput = Literal["memberships", "counts"]  # of many audiences
RowsOutput = Literal["rows"]  # of one person of somebody's own tables
AnyOutput = Output | BatchOutput | RowsOutput
Spell = Callable[[Condition], str]  # a condition of a rule in the language's own text


_SHOWN = 60
_ANY_CLOCK = Clock(0)


class PlainText(str):
    """Text from a column declared to be text: it has only the str view, even if it reads as a number or time."""

    __slots__ = ()


class EngineError(MusterError):
    """The engine failed or refused a query; `limit` names the limit that was passed, if one was."""

    def __init__(self, message: str, *, limit: str | None = None) -> None:
        super().__init__(message)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value bound on the server's side: `name` in the text, its kind, one value or (`many`) a list of them.

    A number that counts are compared with is an int, any other one a Decimal.
    """

    name: str
    kind: Kind
    value: Scalar | tuple[Scalar, ...]
    many: bool = False

    def bind(self, clock: Clock) -> object:
        """Give the value under a clock."""
        if isinstance(self.value, tuple):
            return [_bind_scalar(value, clock) for value in self.value]
        return _bind_scalar(self.value, clock)


def _bind_scalar(value: Scalar, clock: Clock) -> object:
    if isinstance(value, (str, Decimal, bool, int)):
        return value
    return from_micros(bind_moment(value, clock)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Check:
    """What a column of a guard is 0 for: that something `must` be so; `tell` makes a sentence of another number."""

    must: str
    tell: Callable[[int], str] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Guard:
    """A query that must give 0 in every column, or the answer of the query that it belongs to would be wrong.

    There is a check for each of its columns. `layout` gives it for people, who see what each column is about.
    """

    sql: str
    parameters: tuple[Parameter, ...]
    checks: tuple[Check, ...]
    layout: Callable[[], str] = field(compare=False, repr=False)

    def bind(self) -> dict[str, object]:
        """Give each parameter's value; none depends on the clock, and times become naive UTC datetimes."""
        return {parameter.name: parameter.bind(_ANY_CLOCK) for parameter in self.parameters}

    def check(self, found: Sequence[object]) -> None:
        """Raise EngineError for the first number that is not 0."""
        for number, check in zip(found, self.checks, strict=True):
            if number:
                raise EngineError(check.tell(int(str(number))))


@dataclass(frozen=True, slots=True)
class Query:
    """SQL text with named parameters, good for every clock.

    `sql` is what runs, on one line; `pretty` is for people, never runs, and is made when it is asked for; if there is a
    `tell` that spells the conditions of a rule, with a comment for each. `spell` writes a bound value as a literal of
    the dialect, for people too; `notes` say how it was made fast. `guards` are run before it where the tables are
    somebody else's. `standing` gives its text for a zone on the engine's own clock.
    """

    dialect: str
    output: AnyOutput
    sql: str
    parameters: tuple[Parameter, ...]
    layout: Callable[[Spell | None], str] = field(compare=False, repr=False)
    spell: Callable[[object], str] = field(compare=False, repr=False)
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)
    guards: tuple[Guard, ...] = field(default=(), compare=False, repr=False)
    standing: Callable[[Query, str], str] | None = field(default=None, compare=False, repr=False)
    tell: Spell | None = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        """Show what a line has room for."""
        sql = self.sql if len(self.sql) <= _SHOWN else f"{self.sql[:_SHOWN]}…"
        return f"<Query {self.dialect} {self.output}, {len(self.parameters)} parameters: {sql}>"

    @property
    def pretty(self) -> str:
        """Give the SQL on indented lines."""
        return self.layout(self.tell)

    def bind(self, clock: Clock) -> dict[str, object]:
        """Give each parameter's value under a clock; times become naive UTC datetimes."""
        return {parameter.name: parameter.bind(clock) for parameter in self.parameters}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use: wall seconds, bytes of memory, rows of result. None: no limit of ours."""

    seconds: float | None = 60.0
    memory_bytes: int | None = 1_000_000_000
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A person as the ledger has it: raw JSON traits, times in UTC microseconds.

    `fields` holds lifecycle values: "lifecycle_stage" (str) and the measures (Decimal); `stages` the log of
    stage changes as (stage, micros).
    """

    pid: int
    external_id: str
    is_anonymous: bool = False
    first_seen: int | None = None
    last_seen: int | None = None
    created_at: int | None = None
    traits: Mapping[str, Json] = field(default_factory=dict)
    fields: Mapping[str, str | Decimal] = field(default_factory=dict)
    stages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it was accepted: raw JSON properties, time in UTC microseconds.

    `source` is the JSON text of the message it came in, where a store keeps that.
    """

    pid: int
    event: str
    ts: int
    mid: str
    properties: Mapping[str, Json] = field(default_factory=dict)
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one step of a projector does to the tables of a project; as a whole or not at all, and at most once.

    Steps are numbered from 1 without gaps. In this order: the events of each pid in `moved` become those of the pid
    it maps to; rows of `gone` leave the profiles, those of `erased` the events as well; `events` are appended; each
    of `profiles` takes the place of the row with its pid, if there is one. Those in `seen` are known to differ from
    that row in first_seen and last_seen only. No pid is in both `gone` and `profiles`, none that moves is moved to, and
    whoever has an event has a profile once the step is done.
    """

    number: int
    profiles: Sequence[ProfileRow] = ()
    events: Sequence[EventRow] = ()
    moved: Mapping[int, int] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    erased: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()


class Engine(Protocol):
    """An opened engine that holds the tables of one Schema."""

    @property
    def schema(self) -> Schema:
        """The schema of its tables."""

    def load(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow]) -> None:
        """Append rows whose names and kinds the schema knows."""

    def count(self, plan: Plan, clock: Clock, limits: Limits = Limits()) -> int:
        """Count the people that the plan finds."""

    def members(self, plan: Plan, clock: Clock, limits: Limits = Limits()) -> pa.ChunkedArray:
        """External ids of the people the plan finds, as strings, each once, sorted by code point."""

    def count_many(self, batch: Batch, clock: Clock, limits: Limits = Limits()) -> list[int]:
        """Count the people that each audience of a batch finds, in its order, in one go; there is at least one."""

    def members_many(self, batch: Batch, clock: Clock, limits: Limits = Limits()) -> list[pa.ChunkedArray]:
        """Give the members of each audience of a batch, in its order; `limits.rows` is for each."""

    def close(self) -> None:
        """Let go of files and memory."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a look at the files of an engine found of people who were erased: rows, or parts of files not yet freed."""

    place: str
    rows: int


class ProjectEngine(Engine, Protocol):
    """An opened engine that holds one project of a store, whose people come, change and go.

    One caller changes it at a time; others may read meanwhile, and see a step whole or not at all (on ClickHouse,
    which has no transactions, each table whole).
    """

    @property
    def applied(self) -> int:
        """The number of the last step that is on disk; 0 before the first."""

    def widen(self, schema: Schema) -> None:
        """Take up a wider schema of the same project: what it adds is made, and queries are made for it from now on."""

    def apply(self, change: Change) -> None:
        """Take a step, durably: once this returns, `applied` is its number, also after a crash.

        A step that is taken already changes nothing. Raises EngineError, and the step can be tried again.
        """

    def events_of(self, pids: Collection[int]) -> list[EventRow]:
        """Give the events of some people, sorted by (pid, ts, mid): `source` says what they hold, not `properties`."""

    def all_events(self) -> Iterator[list[EventRow]]:
        """Give every event as `events_of` does, in lists of a few thousand and in any order."""

    def scrub(self) -> None:
        """Free the bytes of rows that left: of what was moved, replaced or erased nothing stays in files of ours.

        Reads may wait, and it can take long; after a crash it is called again.
        """

    def leftovers(self, pids: Collection[int]) -> list[Leftover]:
        """Look for what is left of erased people, also where queries do not look; nothing is left after `scrub`."""


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of somebody's table: its type as the database says it, and what a map may say that it holds.

    The first of `hows` says it best; there is none where nothing can be read. `may_be_json`: JSON, or text.
    """

    name: str
    type: str
    hows: tuple[ColumnHow, ...]
    may_be_json: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table that a database has; `unique` are the columns that tell its rows apart, each by itself."""

    table: Table
    columns: tuple[FoundColumn, ...]
    unique: frozenset[str] = frozenset()


class OwnEngine(Engine, Protocol):
    """An opened engine over somebody's own tables."""

    def person(self, external_id: str) -> tuple[ProfileRow, tuple[EventRow, ...]] | None:
        """Read one person and their events, as the map says; None if nobody has that id."""


class Backend(Protocol):
    """A folder under `backends` exports one as BACKEND."""

    @property
    def name(self) -> str:
        """The name of its folder."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """What stands before the colon of its URLs and in `--engine`, as in `duckdb:`; the first is its own."""

    @property
    def dialect(self) -> str | None:
        """The SQL it generates; None when it has none."""

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:
        """Turn a plan into SQL; raises RuleError naming the construct if the engine cannot do it exactly."""

    def connect(self, location: str, schema: Schema) -> Engine:
        """Open an engine whose tables have that schema, creating them where they are missing.

        `location` is what follows the colon of the URL, as in `data/x.duckdb` or `//host/database`; "" lives in
        memory.
        """


@runtime_checkable
class ReadsOwnTables(Protocol):
    """What a Backend can do besides, if its engine reads tables that somebody else made."""

    def inspect(self, location: str) -> tuple[FoundTable, ...]:
        """Look which tables of somebody's own a database has; raises EngineError."""

    def sample(self, location: str, table: Table, column: str, most: int) -> list[str]:
        """Give some values of a column as texts, `most` of them at most, NULL left out; raises EngineError."""

    def attach(self, location: str, schema: Schema) -> OwnEngine:
        """Open a database to read somebody's own tables, of which `schema.own` tells; nothing is made or changed.

        Raises EngineError where a table or column is missing, or of a type that is not what the schema says.
        """


@runtime_checkable
class HoldsProjects(Protocol):
    """What a Backend can do besides, if a store can keep its projects on it."""

    def open_project(self, location: str, namespace: str, schema: Schema) -> ProjectEngine:
        """Open the tables of a project, made or widened where they are not as the schema says.

        `location` is a store's: a folder, a server, or "" for memory; each `namespace` in it is apart from the others
        (letters, digits and "_", at most 40). Raises EngineError.
        """

    def drop_project(self, location: str, namespace: str) -> None:
        """Remove all that a project has there, if there is something; nobody has it open."""
