"""Files of rule tests: what they may hold, read into tests that can be run.

Kept apart from YAML and from running. Here only the shape is judged and times are read; a rule that is wrong is the
outcome of its test. It could go wrong by ignoring a key that is misspelt, so an unknown key is an error, and by a name
that nobody has, so a person must exist to be expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from muster.api.options import read_rules
from muster.api.yaml_text import Document, YamlError
from muster.backends.base import EventRow, ProfileRow
from muster.compiler.diagnostics import RuleError
from muster.compiler.messages import rule_tests as say
from muster.compiler.moments import Clock, FromAsOf, bind_moment
from muster.compiler.rule import Library, Rule
from muster.compiler.values import UNIT_MICROS, UNIT_MONTHS, UNIT_WORDS
from muster.runtime.clock import to_clock
from muster.runtime.errors import InputError
from muster.runtime.rule_tests import Expected, RuleTest, RuleTests

SUFFIX = ".muster.yaml"
_AGO = re.compile(rf"([0-9]{{1,6}}) ({'|'.join(UNIT_WORDS.values())})s? ago")
_UNITS = {word: unit for unit, word in UNIT_WORDS.items()}
_STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)
Keys = tuple[str | int, ...]


def _id(value: object) -> object:
    """Take a number for the text it is written as: a key of YAML is a text, an item of a list a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_id)]


class EventIn(BaseModel):
    """Something a person did: what, when, and its properties."""

    model_config = _STRICT
    event: str
    at: str
    properties: dict[str, Any] = {}


class PersonIn(BaseModel):
    """A person: their traits and what they did."""

    model_config = _STRICT
    traits: dict[str, Any] = {}
    events: list[EventIn] = []
    anonymous: bool = False
    created_at: str | None = None


class TestIn(BaseModel):
    """A rule or an audience, and whom it should find."""

    model_config = _STRICT
    __test__ = False  # pytest looks at names
    name: str | None = None
    rule: str | dict[str, Any] | None = None
    audience: str | None = None
    params: dict[str, Any] = {}
    now: str | None = None
    members: list[Id] | None = None
    includes: list[Id] = []
    excludes: list[Id] = []
    count: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _is_whole(self) -> TestIn:
        if (self.rule is None) == (self.audience is None):
            raise ValueError(say.rule_or_audience())
        if self.members is None and self.count is None and not self.includes and not self.excludes:
            raise ValueError(say.nothing_expected())
        return self


class FileIn(BaseModel):
    """A file of tests."""

    model_config = _STRICT
    now: str
    timezone: str = "UTC"
    audiences: str | list[str] = []
    people: dict[str, PersonIn | None]
    tests: list[TestIn] = Field(min_length=1)


def read_test_file(path: Path) -> RuleTests:
    """Read a file of tests; raises InputError naming file, line and key."""
    try:
        document = Document(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(say.at(str(path), None, say.not_read(error.strerror or str(error)))) from error
    except UnicodeDecodeError as error:
        raise InputError(say.at(str(path), None, say.not_utf8(error.start))) from error
    except YamlError as error:
        raise InputError(say.at(str(path), error.line, error.message)) from error
    return _Reading(path, document).tests()


class _Reading:
    """Turns a document into tests; every problem is told with its line."""

    def __init__(self, path: Path, document: Document) -> None:
        self._path, self._document = path, document

    def tests(self) -> RuleTests:
        try:
            given = FileIn.model_validate(self._document.value)
        except ValidationError as error:
            raise self._wrong(error) from error
        self._check_zone(given.timezone)
        clock = self._clock(("now",), given.now, given.timezone)
        people, events = self._people(given, clock)
        audiences = dict(self._audiences([given.audiences] if isinstance(given.audiences, str) else given.audiences))
        known = {person.external_id for person in people}
        tests = [self._test(number, test, given, clock, audiences) for number, test in enumerate(given.tests)]
        for number, test in enumerate(given.tests):
            for key in ("members", "includes", "excludes"):
                for each in getattr(test, key) or ():
                    if each not in known:
                        raise self._error(("tests", number, key), say.nobody(each, sorted(known)))
        return RuleTests(self._path.name.removesuffix(SUFFIX), tuple(people), tuple(events), audiences, tuple(tests))

    # --- people and events --------------------------------------------------------------------------------------
    def _people(self, given: FileIn, clock: Clock) -> tuple[list[ProfileRow], list[EventRow]]:
        people: list[ProfileRow] = []
        events: list[EventRow] = []
        for pid, (identity, held) in enumerate(given.people.items()):
            person, path = held or PersonIn(), ("people", identity)
            own = [
                self._event((*path, "events", number), each, clock, EventRow(pid, each.event, 0, ""))
                for number, each in enumerate(person.events)
            ]
            times = [event.ts for event in own]
            created = person.created_at
            people.append(
                ProfileRow(
                    pid,
                    identity,
                    is_anonymous=person.anonymous,
                    first_seen=min(times, default=None),
                    last_seen=max(times, default=None),
                    created_at=None if created is None else self._instant((*path, "created_at"), created, clock),
                    traits=person.traits,
                )
            )
            events += own
        return people, [replace(event, mid=f"{number:06}") for number, event in enumerate(events)]

    def _event(self, path: Keys, given: EventIn, clock: Clock, row: EventRow) -> EventRow:
        return replace(row, ts=self._instant((*path, "at"), given.at, clock), properties=given.properties)

    def _instant(self, path: Keys, text: str, clock: Clock) -> int:
        """Read a time: a date, an instant, "now", or so long ago, as `in last` reaches back."""
        ago = _AGO.fullmatch(text)
        if ago is not None:
            unit, count = _UNITS[ago[2]], int(ago[1])
            return bind_moment(FromAsOf(-count * UNIT_MONTHS.get(unit, 0), -count * UNIT_MICROS.get(unit, 0)), clock)
        return clock.as_of if text == "now" else self._clock(path, text, clock.timezone).as_of

    def _clock(self, path: Keys, text: str, timezone: str) -> Clock:
        try:
            return to_clock(text, timezone)
        except RuleError as error:
            raise self._error(path, say.no_time(text)) from error

    def _check_zone(self, name: str) -> None:
        try:
            to_clock(timezone=name)
        except RuleError as error:
            raise self._error(("timezone",), error.diagnostics[0].message) from error

    # --- tests --------------------------------------------------------------------------------------------------
    def _test(self, number: int, test: TestIn, given: FileIn, clock: Clock, audiences: Mapping[str, Rule]) -> RuleTest:
        path: Keys = ("tests", number)
        rule: Any = test.rule
        if test.audience is not None:
            if test.audience not in audiences:
                raise self._error((*path, "audience"), say.no_audience(test.audience, sorted(audiences)))
            rule = audiences[test.audience]
        spelled = test.audience or (test.rule if isinstance(test.rule, str) else f"test {number + 1}")
        return RuleTest(
            name=test.name or " ".join(spelled.split()),
            place=say.place(str(self._path), self._document.line(path)),
            rule=rule,
            audience=test.audience,
            expected=Expected(
                None if test.members is None else tuple(test.members),
                tuple(test.includes),
                tuple(test.excludes),
                test.count,
            ),
            clock=clock if test.now is None else self._clock((*path, "now"), test.now, given.timezone),
            params=test.params,
        )

    def _audiences(self, files: Iterable[str]) -> Iterable[tuple[str, Rule]]:
        for number, name in enumerate(files):
            path: Keys = ("audiences", number)
            file = self._path.parent / name
            try:
                read = read_rules(file.read_text(encoding="utf-8-sig"))
            except (OSError, UnicodeDecodeError) as error:
                raise self._error(path, say.no_audience_file(str(file))) from error
            except RuleError as error:
                raise self._error(path, say.wrong_audience_file(str(file), error.diagnostics[0].message)) from error
            if not isinstance(read, Library):
                raise self._error(path, say.one_rule(str(file)))
            yield from read.rules().items()

    # --- what is wrong ------------------------------------------------------------------------------------------
    def _wrong(self, error: ValidationError) -> InputError:
        """Tell the first problem that pydantic found."""
        first = error.errors()[0]
        path = self._document.known(first["loc"])  # a union adds what it tried to the way
        match first["type"]:
            case "extra_forbidden":
                return self._error(path, say.unknown_key(str(path[-1]), self._keys(path)))
            case "missing":
                return self._error(path, say.missing_key(str(first["loc"][-1])))
            case "value_error":
                return self._error(path, str(first["ctx"]["error"]))
            case _:
                return self._error(path, say.other_kind(first["type"], first["input"]))

    def _keys(self, path: Keys) -> list[str]:
        model: type[BaseModel] = FileIn
        if path[:1] == ("tests",):
            model = TestIn
        elif path[:1] == ("people",):
            model = EventIn if "events" in path[2:3] else PersonIn
        return list(model.model_fields)

    def _error(self, path: Keys, message: str) -> InputError:
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        return InputError(
            say.at(str(self._path), self._document.line(path), f"{where}: {message}" if where else message)
        )
