"""What the metamorphic relations stand on: one engine's answers as sets, and worlds and rules changed in known ways.

Apart from the relations, which then read like the laws they are. No expected answer is computed here: an engine is
only ever compared with itself. It could go wrong by changing too much, so that a relation holds for no reason; the
planted bugs show that it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from muster.backends.base import Backend, Json, PlainText
from muster.compiler.expr import Expr
from muster.compiler.pipeline import compile_rule
from muster.compiler.plan import Plan
from muster.compiler.resolve import Deleted, Surroundings
from muster.compiler.rule import (
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    ParamDecl,
    Regularity,
    Rule,
    Step,
    Subject,
    Test,
    Window,
)
from muster.compiler.values import Ago, Duration, FromNow, Now, Param, Text, TimeLiteral, Today, TraitRef
from tests.author import Author
from tests.dice import Dice, SeededDice
from tests.differential import Arena
from tests.people import World, world
from tests.rewriting import literals_of, parts_of, rewritten
from tests.scenario_values import param_type
from tests.vocabulary import Palette, nfc, palette

# Keys and events are renamed to these, with a number in front.
HOSTILE = (
    "it's \\ {p:String}",
    'a"b`c',
    "%s %(p0)s",
    "__SQLGLOT__LB__",
    "new\nline",
    "🙂.🙂",
    "$p0",
    "*",
    "é",
    "'; --",
)


class Stage:
    """A vocabulary, people and an author, all from one seed, before any engine is asked."""

    def __init__(self, seed: int, *, naming: bool = True, audiences: Sequence[str] = ()) -> None:
        self.dice: Dice = SeededDice(seed)
        self.vocabulary: Palette = palette(self.dice)
        self.world: World = world(self.dice, self.vocabulary, least=1)
        self.author = Author(self.dice, self.vocabulary, tuple(audiences), naming=naming)

    def conditions(self, count: int) -> tuple[Condition, ...]:
        """Write some conditions."""
        return tuple(self.author.condition(1) for _ in range(count))


class Sets:
    """One engine's answers about one world."""

    def __init__(
        self,
        backend: Backend,
        stage: Stage,
        people: World | None = None,
        audiences: Mapping[str, Rule | Deleted] | None = None,
    ) -> None:
        self._backend = backend
        self._stage = stage
        self._audiences = audiences or {}
        self._arena = Arena(stage.world if people is None else people, [backend], None)
        self.everyone = frozenset(nfc(profile.external_id) for profile in self._arena.world.profiles)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._arena.__exit__(kind, error, trace)

    def of(self, condition: Condition) -> frozenset[str]:
        """Give the members of a condition."""
        return self.of_rule(self._stage.author.rule(condition))

    def of_rule(self, rule: Rule, params: Mapping[str, object] | None = None) -> frozenset[str]:
        """Give the members of a rule."""
        around = Surroundings(schema=self._arena.schema, audiences=self._audiences, params=params or {})
        return self.of_plan(compile_rule(rule, around).plan)

    def of_plan(self, made: Plan) -> frozenset[str]:
        """Give the members of a plan."""
        found = self._arena.members(self._backend.name, made)
        assert found == sorted(set(found))
        return frozenset(found)

    def count(self, condition: Condition) -> int:
        """Count the members of a condition."""
        rule = self._stage.author.rule(condition)
        return self._arena.count(self._backend.name, self._arena.compile(rule, self._audiences).plan)

    def lowered(self, condition: Condition) -> Expr:
        """Give a condition's expression before any pass."""
        return self._arena.compile(self._stage.author.rule(condition), self._audiences).lowered


def every(*members: Condition) -> Group:
    """Write `a and b`."""
    return Group(op="all", members=members)


def some(*members: Condition) -> Group:
    """Write `a or b`."""
    return Group(op="any", members=members)


def no(member: Condition) -> Not:
    """Write `not a`."""
    return Not(member=member)


# --- worlds changed in known ways -----------------------------------------------------------------------------
def with_trait(people: World, key: str, values: Sequence[tuple[Json, ...]]) -> World:
    """Give person after person one of the values at a trait, or no such trait for ()."""
    profiles = []
    for profile, held in zip(people.profiles, values, strict=True):
        traits = {name: value for name, value in profile.traits.items() if nfc(name) != key}
        profiles.append(replace(profile, traits={**traits, **({key: held[0]} if held else {})}))
    return replace(people, profiles=tuple(profiles), single=())


def shifted(people: World, micros: int) -> World:
    """Move every instant of the ledger, and the clock; times inside documents stay."""

    def move(at: int | None) -> int | None:
        return None if at is None else at + micros

    profiles = tuple(
        replace(
            profile,
            first_seen=move(profile.first_seen),
            last_seen=move(profile.last_seen),
            created_at=move(profile.created_at),
            stages=tuple((name, at + micros) for name, at in profile.stages),
        )
        for profile in people.profiles
    )
    events = tuple(replace(event, ts=event.ts + micros) for event in people.events)
    clock = replace(people.clock, as_of=people.clock.as_of + micros)
    return replace(people, clock=clock, profiles=profiles, events=events, forgotten=((), ()))


_RELATIVE_ONLY = (Ago, FromNow, Now, Duration)


def is_shiftable(condition: Condition, *, calendar: bool) -> bool:
    """Tell whether a condition speaks only of instants of the ledger, at fixed distances from the clock.

    With `calendar`, days and weeks of the calendar count as such.
    """
    for part in parts_of(condition):
        match part:
            case TimeLiteral() | Param() | Subject(kind="computed"):
                return False
            case Today() if not calendar:
                return False
            case Duration() if not part.is_exact:
                return False
            case Window(kind="this" | "previous", value=str(unit)) if not (calendar and unit in ("day", "week")):
                return False
            case Window(kind="last_calendar") if not calendar:
                return False
            case Regularity() if part.unit not in ("s", "min", "h", "d", "w") or (part.calendar and not calendar):
                return False
            case Test(subject=Subject(kind="trait" | "property")) | MetricTest() if _speaks_of_time(part):
                return False
    return True


def _speaks_of_time(part: Test | MetricTest) -> bool:
    return any(isinstance(inner, (*_RELATIVE_ONLY, Today)) for inner in parts_of(part.value))


# --- renaming -------------------------------------------------------------------------------------------------
def renaming(vocabulary: Palette) -> Callable[[str], str]:
    """Give a one-to-one renaming of all keys and events of a vocabulary."""
    names = [name.key for name in (*vocabulary.traits, *vocabulary.properties, *vocabulary.segments)]
    names += [nfc(event) for event in vocabulary.events]
    known = {name: f"{number} {HOSTILE[number % len(HOSTILE)]}" for number, name in enumerate(dict.fromkeys(names))}
    return lambda name: known.get(nfc(name), name)


def renamed_world(people: World, name: Callable[[str], str]) -> World:
    """Rename every key and event of the data."""

    def document(value: Json) -> Json:
        if isinstance(value, Mapping):
            return {name(key): document(held) for key, held in value.items()}
        return [document(held) for held in value] if isinstance(value, (list, tuple)) else value

    return replace(
        people,
        profiles=tuple(replace(profile, traits=document(profile.traits)) for profile in people.profiles),
        events=tuple(
            replace(event, event=name(event.event), properties=document(event.properties)) for event in people.events
        ),
        forgotten=((), ()),
        single=tuple(tuple(name(key) for key in path) for path in people.single),
    )


def renamed_rule(rule: Rule, name: Callable[[str], str]) -> Rule:
    """Rename every key and event of a rule."""

    def path(held: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name(segment) for segment in held)

    def change(part: Any) -> Any:
        match part:
            case Subject(kind="trait" | "property") | TraitRef():
                return replace(part, path=path(part.path))
            case Metric():
                held = None if part.property is None else path(part.property)
                return replace(part, events=path(part.events), property=held)
            case EventTest():
                return replace(part, events=path(part.events))
            case Step():
                return replace(part, events=path(part.events), same=None if part.same is None else path(part.same))
            case _:
                return part

    return rewritten(rule, change)


def retold_world(people: World, tell: Callable[[str], str]) -> World:
    """Change every text inside the documents of the data."""

    def document(value: Json) -> Json:
        if isinstance(value, Mapping):
            return {key: document(held) for key, held in value.items()}
        if isinstance(value, (list, tuple)):
            return [document(held) for held in value]
        if isinstance(value, PlainText):
            return PlainText(tell(value))
        return tell(value) if isinstance(value, str) else value

    return replace(
        people,
        profiles=tuple(replace(profile, traits=document(profile.traits)) for profile in people.profiles),
        events=tuple(replace(event, properties=document(event.properties)) for event in people.events),
        forgotten=((), ()),
    )


def retold_rule(rule: Rule, tell: Callable[[str], str]) -> Rule:
    """Change every text literal of a rule."""
    return rewritten(rule, lambda part: replace(part, value=tell(part.value)) if isinstance(part, Text) else part)


# --- constants ------------------------------------------------------------------------------------------------
def from_outside(rule: Rule) -> tuple[Rule, dict[str, object]]:
    """Leave every constant and parameter to whoever compiles the rule, and give them as Python values."""
    held = literals_of(rule)
    declared = tuple(ParamDecl(name=name, type=param_type(literal)) for name, literal in held.items())
    return replace(rule, let=(), params=declared), {name: _outside(literal) for name, literal in held.items()}


def _outside(literal: Any) -> object:
    match literal:
        case TimeLiteral(text):
            return text
        case Duration():
            return str(literal)
        case _:
            return literal.value
