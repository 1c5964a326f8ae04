"""Every word that an English sentence about a rule is made of, in one table that another language can replace.

Kept apart from the code that puts sentences together. What could go wrong: a name from a rule that reads like one of
these words; so all of them are reserved, and such a name is put in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Literal

from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.values import CALENDAR_UNITS, UNIT_WORDS

Owner = Literal["person", "event", "element"]

_WORD = re.compile(r"[^\W\d][\w$]*")
_PLACE = re.compile(r"\{\w*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The phrases of one language; `{…}` are places that are filled in."""

    operators: Mapping[str, str]
    event_operators: Mapping[str, str]
    looking_back: Mapping[str, str]
    other_operator: str
    folded: str
    # groups
    headings: Mapping[str, str]
    heading: str
    negation: str
    brackets: str
    missing_is_no_match: str
    joiners: Mapping[str, str]
    neither: str
    everyone: Mapping[Owner, str]
    nobody: Mapping[Owner, str]
    # what is tested
    definite: str
    profile_fields: Mapping[str, str]
    measures: Mapping[str, str]
    profile_field: str
    measure: str
    computed: str
    size: str
    list_in: str
    aggregates: Mapping[str, str]
    picks: frozenset[str]
    picked_in: str
    no_property: str
    # values
    true: str
    false: str
    today: str
    now: str
    ago: str
    from_now: str
    trait: str
    units: Mapping[str, tuple[str, str]]
    nothing: str
    time_once: str
    times: str
    # events
    anything: str
    no_event: str
    any_of: str
    where: str
    in_time: str
    windows: Mapping[str, str]
    periods: Mapping[tuple[str, str], str]
    calendar: str
    each: str
    # sequences
    did: str
    then: str
    then_not: str
    within: str
    same: str
    never_after: str
    still_running: str
    # references
    audience: str
    not_audience: str
    deleted: str
    not_deleted: str
    sample: str
    entered: str
    # the quiet parts
    owners: Mapping[Owner, str]
    missing: str
    no_elements: str
    never: str
    never_did: str
    none_of_them: str
    or_missing: str
    # definitions
    definitions: str
    constant: str
    given: str
    given_unless: str
    types: Mapping[str, str]
    reserved: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        words: set[str] = set()
        for each in fields(self):
            if each.name != "reserved":
                _collect(getattr(self, each.name), words)
        object.__setattr__(self, "reserved", frozenset(words))


def _collect(phrase: object, words: set[str]) -> None:
    match phrase:
        case str():
            words.update(word.casefold() for word in _WORD.findall(_PLACE.sub(" ", phrase)))
        case tuple() | frozenset():
            for part in phrase:
                _collect(part, words)
        case Mapping():
            for part in phrase.values():
                _collect(part, words)
        case _:
            raise TypeError(phrase)


ENGLISH = Phrases(
    operators=MappingProxyType({name: operator.english for name, operator in FIELD_OPERATORS.items()}),
    event_operators=MappingProxyType(
        {name: operator.english for name, operator in EVENT_OPERATORS.items()}
        | {
            "stopped": "did {event} more than {value} ago, but not in the last {value}",
            "resumed": "did {event} in the last {value}, not in the {gap} before that, but earlier",
        }
    ),
    looking_back=MappingProxyType({"stopped": "did {event} between {lookback} and {value} ago, but not since"}),
    other_operator="{op} {value}",
    folded=", ignoring case",
    headings=MappingProxyType({"all": "all of these", "any": "any of these", "none": "none of these"}),
    heading="{heading}{quiet}:",
    negation="not {negated}",
    brackets="({inner})",
    missing_is_no_match=" (a missing value counts as no match)",
    joiners=MappingProxyType({"all": " and ", "any": " or ", "none": " nor "}),
    neither="neither {members}",
    everyone=MappingProxyType({"person": "everyone", "event": "always", "element": "always"}),
    nobody=MappingProxyType({"person": "nobody", "event": "never", "element": "never"}),
    definite="the {thing}",
    profile_fields=MappingProxyType(
        {
            "external_id": "user id",
            "is_anonymous": "anonymous flag",
            "first_seen": "time first seen",
            "last_seen": "time last seen",
            "created_at": "time of creation",
            "lifecycle_stage": "lifecycle stage",
        }
    ),
    measures=MappingProxyType(
        {
            "p_return": "probability of return",
            "p_alive": "probability of being alive",
            "usual_gap_days": "usual gap in days",
            "overdue_ratio": "overdue ratio",
        }
    ),
    profile_field="profile field {name}",
    measure="lifecycle measure {name}",
    computed="computed {name}",
    size="number of elements in {subject}",
    list_in="list in {subject}",
    aggregates=MappingProxyType(
        {
            "count": "the number of {event}",
            "sum": "the sum of {property} of {event}",
            "avg": "the average {property} of {event}",
            "min": "the least {property} of {event}",
            "max": "the greatest {property} of {event}",
            "distinct": "the number of different values of {property} of {event}",
            "first": "the {property} of the first {event}",
            "last": "the {property} of the last {event}",
        }
    ),
    picks=frozenset({"first", "last"}),
    picked_in="{picked} ever, if it was {window},",
    no_property="nothing",
    true="true",
    false="false",
    today="today",
    now="now",
    ago="{length} ago",
    from_now="{length} from now",
    trait="the trait {name}",
    units=MappingProxyType({unit: (word, f"{word}s") for unit, word in UNIT_WORDS.items()}),
    nothing="(nothing)",
    time_once="{value} time",
    times="{value} times",
    anything="anything",
    no_event="nothing",
    any_of="any of {events}",
    where="{what} where {filter}",
    in_time="{what} {window}",
    windows=MappingProxyType(
        {
            "last": "in the last {value}",
            "older_than": "more than {value} ago",
            "last_calendar": "in the last {value}",
            "between": "between {low} and {high}",
            "before": "before {value}",
            "after": "after {value}",
            "on": "on {value}",
        }
    ),
    periods=MappingProxyType(
        {("this", "day"): "today", ("previous", "day"): "yesterday"}
        | {("this", unit): f"in this {unit}" for unit in CALENDAR_UNITS if unit != "day"}
        | {("previous", unit): f"in the previous {unit}" for unit in CALENDAR_UNITS if unit != "day"}
    ),
    calendar="calendar {unit}",
    each="{event} at least {value} times",
    did="did {event}",
    then=", then {event}",
    then_not=", then not {event}",
    within=" within {value}",
    same=" with the same {property}",
    never_after=" at any time after",
    still_running=" (people whose {value} are still running are left out)",
    audience="in the audience {name}",
    not_audience="not in the audience {name}",
    deleted="in a deleted audience (matches nobody), {name}",
    not_deleted="not in a deleted audience (matches nobody), {name}",
    sample="in a fixed {percent}% of people, drawn by {salt}",
    entered="entered the lifecycle stage {stage} in the last {value}",
    owners=MappingProxyType({"person": "people", "event": "events", "element": "elements"}),
    missing=" (including {owners} with no {subject})",
    no_elements=" (including {owners} with nothing in {subject})",
    never=", including never",
    never_did=", including people who never did",
    none_of_them=" (including people with none)",
    or_missing=" (or not set)",
    definitions="where",
    constant="{name} is {value}",
    given="{name} is given, {type}",
    given_unless="{name} is given, {type}, {value} if not",
    types=MappingProxyType(
        {
            "number": "a number",
            "string": "a text",
            "boolean": "true or false",
            "datetime": "a date or time",
            "duration": "a length of time",
            "list": "a list",
        }
    ),
)
