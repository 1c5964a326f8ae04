"""Tests of rules: people and events that are made up, a clock that stands still, and who should be found.

Kept apart from how a test is written (`api/test_file.py`) and from how its outcome is told. A test is run like any
other rule, on any engine; by default on the reference evaluator, which needs nothing. It could go wrong by passing
where nothing was expected, so a test without an expectation is not made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from muster.backends.base import EventRow, ProfileRow
from muster.backends.discover import get_backend
from muster.backends.memory.explain import Explanation, explain_person
from muster.backends.tables import Catalogue
from muster.compiler.diagnostics import Diagnostic, RuleError
from muster.compiler.messages import store as say
from muster.compiler.moments import Clock
from muster.compiler.pipeline import Compiled
from muster.compiler.rule import Rule
from muster.compiler.schema import Schema
from muster.runtime.compilation import RuleSource
from muster.runtime.errors import ChoiceError
from muster.runtime.evaluation import Evaluation, evaluate


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom a rule should find: exactly these, at least these, none of these, so many. None: nothing is said."""

    members: tuple[str, ...] | None = None
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A rule, or the name of an audience, and whom it should find. `place` says where it is written."""

    name: str
    place: str
    rule: RuleSource
    audience: str | None
    expected: Expected
    clock: Clock
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTests:
    """Tests that share people, events and audiences."""

    name: str
    people: tuple[ProfileRow, ...]
    events: tuple[EventRow, ...]
    audiences: Mapping[str, Rule]
    tests: tuple[RuleTest, ...]


@dataclass(frozen=True, slots=True)
class Surprise:
    """Somebody who was found and should not have been, or the reverse, and why they were or were not."""

    external_id: str
    is_member: bool
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test: it passed if there is no surprise, no other number, and the rule is not wrong."""

    test: RuleTest
    surprises: tuple[Surprise, ...] = ()
    counted: int | None = None
    strangers: tuple[str, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not (self.surprises or self.strangers or self.problems or self.counted is not None)


def run_tests(tests: RuleTests, engine: str = "memory:", *, strict: bool = False) -> Iterator[Outcome]:
    """Run tests one by one on an engine, as `memory:` or `duckdb:`; raises EngineError where the engine fails.

    Raises ChoiceError for an engine that is somewhere, as in `duckdb:FILE`: people who are made up would stay there.
    """
    scheme, _, location = engine.partition(":")
    backend = get_backend(scheme)
    if location:
        raise ChoiceError(say.tests_with_location(engine))
    opened = backend.connect("", schema_of(tests))
    try:
        opened.load(tests.people, tests.events)
        for test in tests.tests:
            try:
                evaluation = evaluate(
                    test.rule,
                    opened,
                    as_of=None,
                    params=test.params,
                    audiences=tests.audiences,
                    strict=strict,
                    name=test.audience,
                )
                evaluation = Evaluation(opened, evaluation.compiled, test.clock, evaluation.limits)
                yield _judge(test, tests, evaluation)
            except RuleError as error:
                yield Outcome(test, problems=error.diagnostics)
    finally:
        opened.close()


def schema_of(tests: RuleTests) -> Schema:
    """Learn the schema of what a file of tests makes up."""
    catalogue = Catalogue()
    catalogue.observe_profiles(tests.people)
    catalogue.observe_events(tests.events)
    return catalogue.schema("mid", known_people=True)


def _judge(test: RuleTest, tests: RuleTests, evaluation: Evaluation) -> Outcome:
    found = evaluation.members().to_pylist()
    expected, members = test.expected, frozenset(found)
    known = {person.external_id: person for person in tests.people}
    wanted = {*expected.includes, *(expected.members or ())}
    unwanted = set(expected.excludes)
    if expected.members is not None:
        unwanted |= members - set(expected.members)
    wrong = sorted((wanted - members) | (unwanted & members))
    return Outcome(
        test,
        surprises=tuple(
            Surprise(each, each in members, _explained(known[each], tests.events, evaluation.compiled, test.clock))
            for each in wrong
            if each in known
        ),
        counted=None if expected.count in (None, len(found)) else len(found),
        strangers=tuple(sorted((wanted | unwanted) - known.keys())),
        warnings=evaluation.warnings,
    )


def _explained(person: ProfileRow, events: Sequence[EventRow], compiled: Compiled, clock: Clock) -> Explanation:
    own = tuple(event for event in events if event.pid == person.pid)
    return explain_person(compiled.lowered, person, own, clock)
