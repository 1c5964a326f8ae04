"""`Schema`: which traits, events and properties exist, the kinds they hold, and the columns that hold them.

The heart of it (docs/adr/0005): the literal in a rule picks a kind, the schema says where that kind is stored, and
a kind that never occurred compiles to false. A managed store's catalogue and an analyst's mapping file make the
same Schema. It describes one (org, project): a query can name only the tables of the Schema it was compiled with.

Layout of a name in a row: one nullable scalar column per kind that occurred (`ltv__num`). A text that reads
as a number, boolean or time has that view stored beside it. Once a name held a list or an object it has
a Shape too: `stored` ("list" or "object"), `size`, and `items`, a list of structs with the views of each
non-null element at one position, nested fields included; a bare object is one item. Scalar rows of that name stay
in the scalar columns, list and object rows only in the shape's, so a test is "scalar passes or some item passes".
A table has room for so many typed columns; what finds none is an Entry of its kind's map column (docs/adr/0017).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from muster.compiler.own_tables import OwnTables
from muster.compiler.values import KINDS, Kind, Path

STORED_LIST = "list"
STORED_OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a map column, which is missing (NULL) in a row whose map lacks the key."""

    column: str
    key: str


Held = str | Entry  # where the values of a kind are: in a column of their own, or in a map


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns of a name that held lists or objects.

    `stored`: "list", "object" or null; `size`: number of non-null elements of a list, null otherwise (num kind,
    decimal); `items`: list of structs. A struct has a field for each kind in `scalars` (views of a scalar element)
    and the fields of `element` (of an object element, by path from it); `nested` is its boolean field, true for
    an element that is itself a list (which has no views, no fields, and never satisfies an element test).
    """

    stored: str
    size: str
    items: str
    nested: str
    scalars: Mapping[Kind, str]
    element: Mapping[Path, Name]


@dataclass(frozen=True, slots=True)
class Name:
    """One path in a record: a place for each kind that occurred, and a shape if it ever held a list or object.

    `single` is declared, never observed: with it a list is a type mismatch (never matches a scalar test).
    """

    columns: Mapping[Kind, Held] = field(default_factory=dict)
    shape: Shape | None = None
    single: bool = False


Record = Mapping[Path, Name]


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """The universe: one row a person. `fields` maps built-in fields to columns; one that is absent is missing.

    Without `is_anonymous` nobody is. `namespace`: the schema or database it lies in, None where that is the one that
    is asked.
    """

    table: str = "profiles"
    key: str = "pid"
    external_id: str = "external_id"
    fields: Mapping[str, str] = field(
        default_factory=lambda: {
            "external_id": "external_id",
            "is_anonymous": "is_anonymous",
            "first_seen": "first_seen",
            "last_seen": "last_seen",
            "created_at": "created_at",
        }
    )
    traits: Record = field(default_factory=dict)
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class EventTable:
    """One row an event. `order` breaks ties of equal instants (message id by bytes); None: there is none.

    `known_people`: whoever has an event has a row among the profiles, so that counting people needs no look there.
    `others`: what events may hold whose names only the rows tell; None where `events` has all there are.
    `namespace`: as of the profiles. `source`: keeps the text of each event's message, which no rule reads.
    """

    table: str = "events"
    key: str = "pid"
    event: str = "event"
    time: str = "ts"
    order: str | None = "mid"
    events: Mapping[str, Record] = field(default_factory=dict)
    known_people: bool = False
    others: Record | None = None
    namespace: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class NameStats:
    """What is known of a name's values, never of what a rule means: rows holding each kind, and texts.

    `texts`: the most frequent and in how many rows, those of most first, of `distinct_texts` that were counted (1,000
    at most). `few_texts`: they are the same few again and again, so that an engine may keep each once.
    """

    rows: int = 0
    kinds: Mapping[Kind, int] = field(default_factory=dict)
    lists: int = 0
    texts: Mapping[str, int] = field(default_factory=dict)
    distinct_texts: int = 0
    few_texts: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts behind did-you-mean, lints and layouts. None of it changes what a rule means.

    `times`: the first and the last event, in UTC microseconds; None where there is none, or nobody took note.
    """

    profiles: int = 0
    traits: Mapping[Path, NameStats] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    properties: Mapping[tuple[str, Path], NameStats] = field(default_factory=dict)
    times: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Schema:
    """Everything the compiler may know of the data. Compared by identity; `version` grows with the catalogue.

    `assumed` marks a schema made without data (by `runtime.assumed.assume_schema`): unknown names are then no news.
    `own`: the tables are somebody else's, and their columns are read as it says.
    """

    profiles: ProfileTable = field(default_factory=ProfileTable)
    events: EventTable = field(default_factory=EventTable)
    stats: Stats = field(default_factory=Stats)
    stage_log: bool = False
    assumed: bool = False
    own: OwnTables | None = None
    version: int = 0

    def trait(self, path: Path) -> Name:
        """Look a trait path up; one that never occurred has no columns."""
        return self.profiles.traits.get(path, _NOTHING)

    def property(self, events: Iterable[str], path: Path) -> Name:
        """Look a property up over some events (all of them for none given): the union of what each holds."""
        return merge_names(record[path] for record in self.records(events) if path in record)

    def records(self, events: Iterable[str]) -> list[Record]:
        """Give what some events hold (all of them for none given), an event that nobody knows being left out."""
        known, others, names = self.events.events, self.events.others, tuple(events)
        records = [known.get(name, others) for name in names] if names else [*known.values(), others]
        return [record for record in records if record is not None]


_NOTHING = Name()


def merge_names(names: Iterable[Name]) -> Name:
    """Join what several records hold at one path; they share columns, so kinds simply add up."""
    held = list(names)
    if not held:
        return _NOTHING
    if len(held) == 1:
        return held[0]
    columns: dict[Kind, Held] = {}
    shapes = [name.shape for name in held if name.shape is not None]
    for kind in KINDS:
        for name in held:
            if kind in name.columns:
                columns[kind] = name.columns[kind]
    return Name(
        columns=columns,
        shape=None if not shapes else merge_shapes(shapes),
        single=all(name.single for name in held),
    )


def merge_shapes(shapes: list[Shape]) -> Shape:
    """Join the shapes of one column as seen by several events."""
    first = shapes[0]
    scalars: dict[Kind, str] = {}
    paths: dict[Path, list[Name]] = {}
    for shape in shapes:
        scalars.update(shape.scalars)
        for path, name in shape.element.items():
            paths.setdefault(path, []).append(name)
    return Shape(
        stored=first.stored,
        size=first.size,
        items=first.items,
        nested=first.nested,
        scalars=scalars,
        element={path: merge_names(names) for path, names in paths.items()},
    )
