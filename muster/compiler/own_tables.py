"""Tables that somebody else made, told as the tables of a Schema: what each of ours is read from, and how.

A Schema with `OwnTables` has the columns of the managed layout, and says here which columns of which tables they are
read from. The rules' SQL does not change; what makes it (`backends/sql/own.py`) puts the reading before it, or the
tables' own names into it where nothing has to be read in another way. It could go wrong by an id or a time that is
missing: such a row is no event of anybody, and is left out unless the map says that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from muster.compiler.values import Kind, Path

# What a column holds. `int`: of at most 32 bits; `num`: exact; `decimal`: floats, by their shortest decimal text;
# `spelled`: what has a text that is asked for (uuid, enums); `time` is UTC, `zoned` an instant whatever its zone,
# `local` what the clocks of a zone showed.
ColumnHow = Literal[
    "text", "spelled", "int", "num", "decimal", "bool", "time", "zoned", "local", "date", "epoch_s", "epoch_ms"
]  # fmt: skip
COLUMN_HOWS: tuple[ColumnHow, ...] = get_args(ColumnHow)
# What a member of JSON holds. `str` is text that counts as a number, a boolean or a time too where it reads as one.
MemberHow = Literal["text", "str", "num", "bool", "time"]
MEMBER_HOWS: tuple[MemberHow, ...] = get_args(MemberHow)

KIND_OF_COLUMN: Mapping[ColumnHow, Kind] = {
    "text": "str",
    "spelled": "str",
    "int": "num",
    "num": "num",
    "decimal": "num",
    "bool": "bool",
    "time": "time",
    "zoned": "time",
    "local": "time",
    "date": "time",
    "epoch_s": "time",
    "epoch_ms": "time",
}
KINDS_OF_MEMBER: Mapping[MemberHow, tuple[Kind, ...]] = {
    "text": ("str",),
    "str": ("str", "num", "bool", "time"),
    "num": ("num",),
    "bool": ("bool",),
    "time": ("time",),
}
KNOWN_AS = "known_as"  # the id by which events know a person before they are merged with another
Table = tuple[str, ...]  # the schema or database, if one is named, and the name


@dataclass(frozen=True, slots=True)
class Column:
    """A column, read as what it holds; `zone` is whose clocks a `local` time is of."""

    name: str
    how: ColumnHow
    zone: str | None = None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that its values can have."""
        return (KIND_OF_COLUMN[self.how],)


@dataclass(frozen=True, slots=True)
class Member:
    """What the JSON objects in a column hold at a path of keys: one of some things; anything else is a flaw."""

    name: str
    path: Path
    hows: tuple[MemberHow, ...]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that its values can have."""
        return tuple(dict.fromkeys(kind for how in self.hows for kind in KINDS_OF_MEMBER[how]))


@dataclass(frozen=True, slots=True)
class View:
    """One of the columns of the layout: the view of a kind of what a column or member holds."""

    of: Column | Member
    kind: Kind


@dataclass(frozen=True, slots=True)
class Source:
    """A table, and the columns of the layout that it gives, by name.

    `constant`: the name of the events in it where no column has it. `never_null`: no row lacks an id, a name or a
    time, and none has the id of another person's. `only`: what columns must equal, or the row is not looked at. `gone`:
    a row that counts and equals one of these says that what it is about is not there any more.
    `unique`: the column by which rows are told apart, of which only the earliest counts where several have the same;
    None where none are the same. Of people there may be several rows: with `latest`, the one with the greatest value
    of that column counts; with `patches`, a row tells what was new at the value of that column, and of each value the
    last one counts. `merged`: a table that says whose events are that were somebody else's when they came, in its views
    KNOWN_AS (equal to the column `merged_by` of the events) and the key; an event that it does not tell of stays whose
    it was.
    """

    table: Table
    views: Mapping[str, View]
    constant: str | None = None
    never_null: bool = False
    only: Mapping[str, str | bool | int] = field(default_factory=dict)
    gone: Mapping[str, str | bool | int] = field(default_factory=dict)
    unique: str | None = None
    latest: str | None = None
    patches: str | None = None
    merged: Source | None = None
    merged_by: str | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """Name the columns that are read and not shown."""
        return (
            *self.only,
            *self.gone,
            *(name for name in (self.unique, self.latest, self.patches, self.merged_by) if name is not None),
        )


@dataclass(frozen=True, slots=True)
class OwnTables:
    """The sources of events, one table or several, and of people; without one, whoever has an event is there.

    `settled`: which of "events" and "profiles" are read under their own names, so that nothing is to be read anew.
    `unchecked`: what is not as the map says is left out, and nobody looks for it.
    """

    events: tuple[Source, ...] = ()
    profiles: Source | None = None
    settled: frozenset[str] = frozenset()
    unchecked: bool = False

    def sources(self) -> tuple[Source, ...]:
        """Give every table that is read."""
        merged = (each.merged for each in self.events if each.merged is not None)
        return (*self.events, *merged, *(() if self.profiles is None else (self.profiles,)))
