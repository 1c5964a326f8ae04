"""Laws that a rule should keep, to be asserted in tests: each looks for somebody who breaks it.

People are made at the edges of the rules, or given by the test. The reference evaluator answers unless an engine is
named, which is then asked too. An AssertionError shows somebody who breaks the law, made small, and the conditions.
It could go wrong by making people who are all in or all out, so they are made of what the rules ask for; or by passing
today and failing tomorrow, so the clock stands still unless `as_of` says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Unpack

from muster.api.verdicts import example_text, verdict_text
from muster.compiler.expr import Expr, Not
from muster.compiler.facts import Facts, facts_of
from muster.compiler.messages import laws as say
from muster.compiler.moments import Clock
from muster.runtime.comparison import (
    Around,
    Side,
    clock_of,
    compile_sides,
    effort_of,
    example_of,
    judge,
    sides_of,
    surroundings_of,
)
from muster.runtime.compilation import RuleSource, to_rule
from muster.runtime.search.crowd import crowd, numbered
from muster.runtime.search.person import Person
from muster.runtime.search.shrinking import shrunk
from muster.testing.membership import holding, members
from muster.testing.vocabulary import AS_OF
from muster.testing.widening import widened

REFERENCE = "memory:"
_CROWD = 300


def assert_subset(
    first: RuleSource,
    second: RuleSource,
    *,
    proven: bool = False,
    engine: str = REFERENCE,
    people: Iterable[Person] | None = None,
    **around: Unpack[Around],
) -> None:
    """Assert that everybody in the first rule is in the second.

    Without a proof it is enough that nobody breaks it, among `tries` people made against it and those given;
    `proven` asks for a proof. Other keywords are those of `muster.subset`. Raises AssertionError and RuleError.
    """
    within = surroundings_of(around)
    sides = sides_of(first, second, within.audiences)
    one, other = (each.lowered for each in compile_sides(sides, within))
    _trial((one, other), engine, people, around).within(say.not_a_subset(), proven=proven)


def assert_complement(
    rule: RuleSource,
    *,
    engine: str = REFERENCE,
    people: Iterable[Person] | None = None,
    **around: Unpack[Around],
) -> None:
    """Assert that a rule and its `not` split everybody: nobody is in both, nobody in neither.

    A rule that refers to a deleted audience does not, nor does an engine that lets a missing value decide. Keywords
    are those of `muster.subset`. Raises AssertionError and RuleError.
    """
    whole = _lowered(rule, around)
    trial = _trial((whole, Not(whole)), engine, people, around)
    trial.of_people(lambda inside, outside: inside is outside, say.not_a_complement)


def assert_monotone_in_window(
    rule: RuleSource,
    *,
    factor: int = 2,
    engine: str = REFERENCE,
    people: Iterable[Person] | None = None,
    **around: Unpack[Around],
) -> None:
    """Assert that nobody is lost when every `in last …` of a rule is `factor` times as long.

    So it is for what people did, not for what they did not. Windows of audiences that it refers to count too. Keywords
    are those of `muster.subset`. Raises ValueError where there is no such window, AssertionError and RuleError.
    """
    narrow = _lowered(rule, around)
    wide = widened(narrow, factor)
    if wide == narrow:
        raise ValueError(say.no_window())
    _trial((narrow, wide), engine, people, around).within(say.not_monotone(factor))


def _lowered(rule: RuleSource, around: Around) -> Expr:
    within = surroundings_of(around)
    side = Side(to_rule(rule), within.audiences)
    return compile_sides((side, side), within)[0].lowered


def _trial(rules: tuple[Expr, Expr], engine: str, people: Iterable[Person] | None, around: Around) -> _Trial:
    given = None if people is None else numbered(list(people))
    return _Trial(rules, engine, given, facts_of(around.get("schema")), clock_of({"as_of": AS_OF, **around}), around)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Two rules, and whom to ask about whom."""

    rules: tuple[Expr, Expr]
    engine: str
    people: list[Person] | None
    facts: Facts
    clock: Clock
    around: Around

    def within(self, message: str, *, proven: bool = False) -> None:
        """Assert that everybody in the first rule is in the second."""
        verdict = judge("subset", self.rules, self.facts, self.clock, effort_of(self.around))
        if verdict.answer == "no":
            raise AssertionError(f"{message}\n{verdict_text(verdict)}")
        if proven and verdict.answer != "yes":
            raise AssertionError(say.not_proven(verdict.reason))
        if self.people is not None or self.engine != REFERENCE:
            self.of_people(lambda one, other: one and not other, lambda *_: message)

    def of_people(self, breaks: Callable[[bool, bool], bool], message: Callable[[str, bool], str]) -> None:
        """Assert that nobody breaks a law by being in or out of the rules, as the engine finds them.

        `message` is given the name of who does and whether they are in the first rule.
        """
        people = self._made() if self.people is None else self.people
        with holding(people, self.engine, self.facts) as opened:
            one, other = (members(rule, opened, self.clock) for rule in self.rules)
        for person in people:
            name = person.profile.external_id
            if breaks(name in one, name in other):
                told = message(name, name in one)
                raise AssertionError(f"{told}\n{self._shown(person, breaks)}")

    def _made(self) -> list[Person]:
        seed, count = self.around.get("seed", 1), self.around.get("tries", _CROWD)
        return crowd(self.rules, self.clock, count, single=self.facts.single, seed=seed)

    def _shown(self, person: Person, breaks: Callable[[bool, bool], bool]) -> str:
        """Show somebody, made small if the reference evaluator says of them what the engine says."""

        def is_broken(candidate: Person) -> bool:
            example = example_of(candidate, self.rules, self.clock, self.facts)
            return breaks(example.first.member, example.second.member)

        if is_broken(person):
            return example_text(example_of(shrunk(person, is_broken), self.rules, self.clock, self.facts))
        shown = example_text(example_of(person, self.rules, self.clock, self.facts))
        return f"{say.answered_by(self.engine)}\n{shown}"
