"""The differential test: every engine's answer against the reference evaluator's, on random rules and people.

`python -m tests.differential 20000 --seed S` runs a plain seeded loop and prints a closing line; the tests under
`tests/laws` use the same `Arena` through Hypothesis. Engines are those that discovery finds. It could go wrong by
agreeing about nothing: the closing line says how many rules found some people and not others, and
`tests/laws/test_planted_bugs.py` shows that wrong engines are caught.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Self

from muster.backends.base import Backend, Engine, ProfileRow
from muster.backends.discover import all_backends
from muster.backends.memory.evaluate import Scene, external_id, holds
from muster.backends.tables import ANY_NUMBER, Catalogue, Room
from muster.compiler.diagnostics import MusterError, RuleError
from muster.compiler.expr import Expr, Not
from muster.compiler.moments import Clock, clamp
from muster.compiler.normal_form import normalise
from muster.compiler.pipeline import Compiled, compile_rule
from muster.compiler.plan import Plan
from muster.compiler.planner import plan, plan_many
from muster.compiler.resolve import Deleted, Surroundings
from muster.compiler.rule import Rule
from muster.compiler.schema import Schema
from muster.grammar.format import format_rule
from muster.grammar.json_dump import dump_text
from muster.grammar.json_rule import load
from muster.grammar.text import parse
from tests.author import Leaf
from tests.dice import SeededDice
from tests.people import World
from tests.reproduction import Case, save
from tests.scenario import scenario
from tests.shrink import shrink
from tests.vocabulary import ZONES

RULES_PER_WORLD = 20
REGRESSIONS = Path(__file__).resolve().parent / "laws" / "regressions"
FOUND = Path("differential-failures")
MAX_FAILURES = 10
FEW_COLUMNS = Room(3)  # in a table with as many, most names are in maps
# More refusals than this and the loop no longer says much.
MOST_REFUSED = 0.02
_REFUSED = "E40"

# Stages have been logged before, be it of somebody else: without a log `entered lifecycle` is refused.
_CLASSIFIED = ProfileRow(pid=0, external_id="classified", stages=(("new", 0),))

Audiences = Mapping[str, Rule | Deleted]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should be equal and was not: who answered, what was expected, what came."""

    who: str
    expected: object
    actual: object

    def __str__(self) -> str:
        return f"{self.who}\n  expected: {self.expected!r}\n  answered: {self.actual!r}"


@dataclass(slots=True)
class Trial:
    """What trying one rule gave."""

    members: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def compare(self, who: str, expected: object, actual: object) -> None:
        """Note a difference."""
        if expected != actual:
            self.findings.append(Finding(who, expected, actual))


def schema_of(people: World, room: Room = ANY_NUMBER) -> Schema:
    """Learn the schema that a world's tables have, from its rows and from those that are gone."""
    catalogue = Catalogue()
    catalogue.observe_profiles([_CLASSIFIED])
    for profiles, events in (people.forgotten, (people.profiles, people.events)):
        catalogue.observe_profiles(profiles)
        catalogue.observe_events(events)
    for trait in people.single:
        catalogue.declare(trait, single=True)
    held = {profile.pid for profile in people.profiles}
    known = all(event.pid in held for event in people.events)
    return catalogue.schema(known_people=known, trait_room=room, property_room=room)


def _another_clock(clock: Clock) -> Clock:
    """Choose a time three days on, in another zone: one plan serves every clock."""
    return Clock(clamp(clock.as_of + 3 * 86_400_000_000 + 1), ZONES[(ZONES.index(clock.timezone) + 1) % len(ZONES)])


def reference(expr: Expr, people: World) -> tuple[str, ...]:
    """Ask the reference evaluator for the members, person by person."""
    single = frozenset(people.single)
    return tuple(
        sorted(
            external_id(profile)
            for profile in people.profiles
            if holds(expr, Scene(profile, people.events_of(profile.pid), people.clock, single))
        )
    )


class Arena:
    """One world, loaded into every engine; into those that have SQL once more, with `room` for few columns."""

    def __init__(
        self, people: World, backends: Iterable[Backend] | None = None, room: Room | None = FEW_COLUMNS
    ) -> None:
        self.world = people
        self.schema = schema_of(people)
        self.later = _another_clock(people.clock)
        self._engines: dict[str, tuple[Backend, Engine]] = {}
        self._mapped: set[str] = set()
        for backend in all_backends() if backends is None else backends:
            self._open(backend.name, backend, self.schema)
            if room is not None and backend.dialect is not None:
                self._mapped.add(name := f"{backend.name} with maps")
                self._open(name, backend, schema_of(people, room))

    def _open(self, name: str, backend: Backend, schema: Schema) -> None:
        engine = backend.connect("", schema)
        self._engines[name] = (backend, engine)
        # In two parts, since engines are filled little by little.
        half = len(self.world.events) // 2
        engine.load(self.world.profiles, self.world.events[:half])
        engine.load((), self.world.events[half:])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, engine in self._engines.values():
            engine.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Name the engines."""
        return tuple(self._engines)

    def compile(self, rule: Rule, audiences: Audiences) -> Compiled:
        """Take a rule to its plan."""
        return compile_rule(rule, Surroundings(schema=self.schema, audiences=audiences))

    def members(self, name: str, made: Plan, clock: Clock | None = None) -> list[str]:
        """Ask one engine."""
        found = self._engines[name][1].members(made, clock or self.world.clock)
        return [str(identity) for identity in found.to_pylist()]

    def count(self, name: str, made: Plan) -> int:
        """Ask one engine for the number only."""
        return self._engines[name][1].count(made, self.world.clock)

    def judge(self, rule: Rule, audiences: Audiences) -> Trial:
        """Try a rule everywhere and compare; whatever is raised is a finding too."""
        trial = Trial()
        try:
            self._judge(rule, audiences, trial)
        except MusterError as error:
            trial.findings.append(Finding(type(error).__name__, "an answer", str(error)))
        except Exception as error:  # noqa: BLE001 (any crash of the code under test is what is looked for)
            trial.findings.append(Finding(type(error).__name__, "an answer", traceback.format_exc()))
        return trial

    def _judge(self, rule: Rule, audiences: Audiences, trial: Trial) -> None:
        trial.compare("text round trip", rule, parse(format_rule(rule)))
        trial.compare("JSON round trip", rule, load(dump_text(rule)))
        compiled = self.compile(rule, audiences)
        expected = reference(compiled.lowered, self.world)
        trial.members = expected
        trial.compare("the reference after the passes", expected, reference(compiled.optimised, self.world))
        trial.compare("the reference on the normal form", expected, reference(normalise(compiled.lowered), self.world))
        unoptimised = plan(compiled.lowered, compiled.lowered)
        for name in self._engines:
            # With maps it is the same plan: where values are is all that differs.
            self._ask(name, compiled.plan, trial, count=name not in self._mapped)
            if name in self._mapped:
                continue
            self._ask_at(self.later, name, compiled, trial)
            if unoptimised != compiled.plan:
                self._ask(name, unoptimised, trial, " without passes", count=False)
        if not trial.refused:
            both = [(compiled.lowered, compiled.optimised), (opposite := Not(compiled.lowered), opposite)]
            self._together(both, trial, [name for name in self._engines if name not in self._mapped])

    def _ask_at(self, clock: Clock, name: str, compiled: Compiled, trial: Trial) -> None:
        """Ask the same plan at another time of another place."""
        if not trial.refused:
            expected = list(reference(compiled.lowered, replace(self.world, clock=clock)))
            trial.compare(f"{name} by another clock", expected, self.members(name, compiled.plan, clock))

    def _ask(self, name: str, made: Plan, trial: Trial, how: str = "", *, count: bool = True) -> None:
        try:
            trial.compare(f"{name}{how}", list(trial.members), self.members(name, made))
            if count:
                trial.compare(f"count by {name}", len(trial.members), self.count(name, made))
        except RuleError as error:
            if any(diagnostic.code != _REFUSED for diagnostic in error.diagnostics):
                raise
            trial.refused.extend(diagnostic.message for diagnostic in error.diagnostics)

    def together(self, rules: Iterable[Rule], audiences: Audiences) -> Trial:
        """Try many rules at once."""
        trial, made = Trial(), []
        for rule in rules:
            compiled = self.compile(rule, audiences)
            made.append((compiled.lowered, compiled.optimised))
        self._together(made, trial, self._engines)
        return trial

    def _together(self, rules: Sequence[tuple[Expr, Expr]], trial: Trial, names: Iterable[str]) -> None:
        batch = plan_many(rules)
        expected = [list(reference(lowered, self.world)) for lowered, _ in rules]
        for name in names:
            engine = self._engines[name][1]
            found = [ids.to_pylist() for ids in engine.members_many(batch, self.world.clock)]
            trial.compare(f"{name} for many", expected, found)
            counted = engine.count_many(batch, self.world.clock)
            trial.compare(f"counts of many by {name}", [len(ids) for ids in expected], counted)

    def sql(self, rule: Rule, audiences: Audiences) -> str:
        """Show what each engine was asked."""
        made = self.compile(rule, audiences).plan
        shown = [
            f"-- {name}\n{backend.generate(made, engine.schema, 'members').pretty}"
            for name, (backend, engine) in self._engines.items()
            if backend.dialect is not None
        ]
        return "\n".join(shown)


def judge(case: Case) -> Trial:
    """Try one case on engines of its own."""
    with Arena(case.world) as arena:
        return arena.judge(case.rule, case.audiences)


# --- the loop -------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Tally:
    """What the loop has seen."""

    pairs: int = 0
    some: int = 0
    disagreements: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    shares: Counter[int] = field(default_factory=Counter)  # members in tenths of all people; 0 is nobody, 10 everyone

    def add(self, members: int, people: int) -> None:
        """Count one pair."""
        self.pairs += 1
        self.some += 0 < members < people
        tenths = -(-10 * members // people) if people else 0
        self.shares[min(tenths, 9) if 0 < members < people else tenths] += 1

    def __str__(self) -> str:
        share = 100 * self.some / max(self.pairs, 1)
        refused = sum(self.refused.values())
        return f"{self.pairs} pairs, {self.disagreements} disagreements, {share:.0f}% non-trivial" + (
            f", {refused} refused" if refused else ""
        )


def pairs(count: int, seed: str, leaf: Leaf | None = None) -> Iterator[tuple[Case, Trial]]:
    """Yield so many tried cases, all of one kind of leaf if one is given; a seed gives the same ones every time."""
    for number, rules in _worlds(count):
        yield from _in_world(seed, number, rules, leaf)


def _worlds(count: int) -> list[tuple[int, int]]:
    """Give the worlds of so many pairs, each a number and how many rules are tried in it."""
    return [(at // RULES_PER_WORLD, min(RULES_PER_WORLD, count - at)) for at in range(0, count, RULES_PER_WORLD)]


def _in_world(seed: str, number: int, rules: int, leaf: Leaf | None = None) -> Iterator[tuple[Case, Trial]]:
    made = scenario(SeededDice(f"{seed}:{number}"), rules, leaf)
    with Arena(made.world) as arena:
        for rule in made.rules:
            yield Case(rule, made.world, made.audiences), arena.judge(rule, made.audiences)


def _tried(seed: str, world: tuple[int, int]) -> list[tuple[Case, Trial]]:
    return list(_in_world(seed, *world))


@contextmanager
def _trying(count: int, seed: str, jobs: int) -> Iterator[Iterable[tuple[Case, Trial]]]:
    """Give tried cases, from other processes where there is more than one job, in the same order for any number."""
    if jobs == 1:
        yield pairs(count, seed)
        return
    pool = ProcessPoolExecutor(jobs, get_context("spawn"))  # ClickHouse's engine does not live through a fork
    try:
        yield chain.from_iterable(pool.map(partial(_tried, seed), _worlds(count)))
    finally:
        pool.shutdown(cancel_futures=True)


def run(
    count: int, seed: str, report: Callable[[Case, Trial], None], progress: Callable[[Tally], None], jobs: int = 1
) -> Tally:
    """Try so many pairs; stops early after MAX_FAILURES disagreements."""
    tally = Tally()
    with _trying(count, seed, jobs) as tried:
        for case, trial in tried:
            tally.add(len(trial.members), len(case.world.profiles))
            tally.refused.update(trial.refused)
            if trial.findings:
                tally.disagreements += 1
                report(case, trial)
                if tally.disagreements >= MAX_FAILURES:
                    break
            progress(tally)
    return tally


def smallest(case: Case, trial: Trial) -> Case:
    """Shrink a case to one on which the same evaluator differs."""
    culprits = {finding.who for finding in trial.findings}

    def fails(candidate: Case) -> bool:
        try:
            found = judge(candidate).findings
        except MusterError:
            return False
        return any(finding.who in culprits for finding in found)

    return shrink(case, fails)


def describe(case: Case) -> str:
    """Show a case and how everyone answers it."""
    trial = judge(case)
    lines = [f"rule: {format_rule(case.rule)}", f"JSON: {dump_text(case.rule)}"]
    lines += [f"audience {name}: {rule!r}" for name, rule in case.audiences.items()]
    lines += [f"clock: {case.world.clock}", f"single: {case.world.single}"]
    lines += [f"  {row}" for row in (*case.world.profiles, *case.world.events)]
    lines += [str(finding) for finding in trial.findings]
    try:
        with Arena(case.world) as arena:
            lines.append(arena.sql(case.rule, case.audiences))
    except MusterError as error:
        lines.append(f"no SQL: {error}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the loop from the command line; 1 where something disagreed."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=int, nargs="?", default=3_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: one for each core)")
    parser.add_argument("--folder", type=Path, default=FOUND, help="where reproductions are written")
    options = parser.parse_args(arguments)
    started = shown = time.monotonic()

    def report(case: Case, trial: Trial) -> None:
        small = smallest(case, trial)
        path = save(small, options.folder, "; ".join(finding.who for finding in trial.findings))
        print(f"\n{describe(small)}\nsaved: {path}\n", flush=True)  # noqa: T201 (a command)

    def progress(tally: Tally) -> None:
        nonlocal shown
        if time.monotonic() - shown >= 5:
            shown = time.monotonic()
            print(f"{tally} of {options.pairs} after {shown - started:.0f} s", file=sys.stderr, flush=True)  # noqa: T201 (a command)

    tally = run(options.pairs, options.seed, report, progress, options.jobs)
    for message, times in tally.refused.most_common(10):
        print(f"refused {times} times: {message}")  # noqa: T201 (a command)
    print(tally)  # noqa: T201 (a command)
    too_many = sum(tally.refused.values()) > MOST_REFUSED * tally.pairs
    return 1 if tally.disagreements or too_many else 0


if __name__ == "__main__":
    sys.exit(main())
