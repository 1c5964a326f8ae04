"""What a database's tables seem to be: which hold people, which events, and what their columns are called and hold.

Kept apart from the layouts that are known by name (`own_presets.py`): here only names that people give such tables and
columns are looked at. What is guessed is written into a map for somebody to read; it is never run unseen. What the
JSON of a column holds is told by some of its values, and where later ones are of other kinds, a count says so.

Ways to go wrong, each with a test: a table of orders taken for people, a table of people that has a time for events.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from muster.backends.base import FoundColumn, FoundTable
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import KIND_OF_COLUMN, MEMBER_HOWS, Column, Member, MemberHow, Table
from muster.compiler.values import Path
from muster.runtime.errors import ChoiceError
from muster.runtime.guesses import Role, guess
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value

Sample = Callable[[Table, str], Iterable[str]]
_PEOPLE = frozenset({"users", "user", "people", "persons", "person", "profiles", "customers", "contacts", "members"})
_JSON_NAMES = frozenset({"properties", "props", "traits", "attributes", "payload", "data", "metadata", "context"})
_DEEPEST = 4


def guess_map(tables: Sequence[FoundTable], sample: Sample) -> TableMap:
    """Guess a map; raises ChoiceError where no table looks like one of events."""
    spaces = {each.table[0] for each in tables}
    if len(spaces) > 1:
        raise ChoiceError(say.several_namespaces(sorted(spaces)))
    people = next(filter(None, (guess_people(each, sample) for each in tables)), None)
    rest = [each for each in tables if people is None or each.table != people.table]
    events = [*filter(None, (guess_events(each, sample) for each in rest))]
    named = [each for each in events if each.name is not None]
    if not events:
        raise ChoiceError(say.nothing_guessed([".".join(each.table) for each in tables]))
    return TableMap(tuple(named or events), people)


def guess_people(found: FoundTable, sample: Sample) -> PeopleTable | None:
    """Guess a table of people by its name; its id is its key, or called like one."""
    if found.table[-1].lower() not in _PEOPLE:
        return None
    held = {each.name: each for each in found.columns}
    key = next((name for name in ("id", *found.unique) if name in held and held[name].hows), None) or _named(
        "id", found
    )
    if key is None:
        return None
    return PeopleTable(
        table=found.table,
        id=id_column(held[key]),
        never_null=key in found.unique and not held[key].nullable,
        values=values_of(found, {key}, sample),
    )


def guess_events(found: FoundTable, sample: Sample) -> EventsTable | None:
    """Guess a table of events: it has a time and the id of a person; without a column of names, all are one event."""
    held = {each.name: each for each in found.columns}
    key, time, name = _named("id", found), _time(found), _named("name", found)
    if key is None or time is None or not held[key].hows:
        return None
    if name is not None and "text" not in held[name].hows:
        name = None
    tells_apart = next((each for each in found.unique if each not in (key, time)), None)
    message_id = _named("message_id", found)
    roles = {key, time, *(each for each in (name, tells_apart, message_id) if each is not None)}
    return EventsTable(
        table=found.table,
        id=Column(key, id_column(held[key]).how),
        time=Column(time, held[time].hows[0]),
        name=name,
        constant=None if name is not None else found.table[-1],
        order=order_column(held.get(tells_apart or message_id or "")),
        unique=message_id if tells_apart is None else None,
        never_null=not any(held[each].nullable for each in (key, time, *([] if name is None else [name]))),
        values=values_of(found, roles, sample),
    )


def id_column(found: FoundColumn) -> Column:
    """Give the column of an id, as text where it is none."""
    return Column(found.name, "text" if "text" in found.hows else "spelled")


def order_column(found: FoundColumn | None) -> Column | None:
    """Give a column as what events of one instant are ordered by."""
    hows = () if found is None else tuple(how for how in found.hows if how in ("text", "int", "num", "spelled"))
    return Column(found.name, hows[0]) if found is not None and hows else None


def values_of(
    found: FoundTable, roles: Iterable[str], sample: Sample, is_value: Callable[[str], bool] = lambda _: True
) -> Mapping[Path, Value]:
    """Give what the other columns hold, those of JSON member by member."""
    taken, values = set(roles), dict[Path, Value]()
    for each in found.columns:
        if each.name in taken or not is_value(each.name):
            continue
        if each.may_be_json and (not each.hows or each.name.lower() in _JSON_NAMES):
            for path, member in members_of(each.name, sample(found.table, each.name)).items():
                values.setdefault(path, member)
        elif each.hows:
            values.setdefault((each.name,), Column(each.name, each.hows[0]))
    return values


def lists_in(texts: Iterable[str]) -> tuple[Path, ...]:
    """Give the paths at which JSON objects hold lists, which no map reads; none where a text is no JSON."""
    held: dict[Path, None] = {}
    for text in texts:
        try:
            held |= dict.fromkeys(_lists(json.loads(text), ()))
        except ValueError:
            return ()
    return tuple(held)


def _lists(value: Any, path: Path) -> Iterator[Path]:
    match value:
        case dict() if len(path) < _DEEPEST:
            for key, inner in value.items():
                yield from _lists(inner, (*path, key))
        case list():
            yield path


def members_of(column: str, texts: Iterable[str]) -> Mapping[Path, Member]:
    """Give what JSON objects hold, by path; lists, and what is nested deeper than a map needs, are left out."""
    held: dict[Path, set[MemberHow]] = {}
    for text in texts:
        try:
            _collect(json.loads(text, parse_float=Decimal), (), held)
        except ValueError:
            return {}  # a text that is no JSON
    # What is an object in some rows only is no object in a map.
    whole = {path: hows for path, hows in held.items() if not any(path[:depth] in held for depth in range(len(path)))}
    return {
        path: Member(column, path, tuple(how for how in MEMBER_HOWS if how in hows)) for path, hows in whole.items()
    }


def _collect(value: Any, path: Path, held: dict[Path, set[MemberHow]]) -> None:
    match value:
        case dict() if len(path) < _DEEPEST:
            for key, inner in value.items():
                _collect(inner, (*path, key), held)
        case bool() if path:
            held.setdefault(path, set()).add("bool")
        case str() if path:
            held.setdefault(path, set()).add("str")
        case int() | Decimal() if path:
            held.setdefault(path, set()).add("num")


def _named(role: Role, found: FoundTable) -> str | None:
    guessed = guess(role, [each.name for each in found.columns])
    return guessed if isinstance(guessed, str) else None


def _time(found: FoundTable) -> str | None:
    times = [each.name for each in found.columns if each.hows and KIND_OF_COLUMN[each.hows[0]] == "time"]
    guessed = guess("time", times)
    return guessed if isinstance(guessed, str) else times[0] if len(times) == 1 else None
