"""Comparing two rules: everybody in one is in the other, both have the same members, somebody can be in both.

First the compiler's proofs are tried, which hold for all data and every clock; then a person is searched for who
decides it, judged by the reference evaluator. Kept apart from both, since neither alone answers all that is asked.
It could go wrong by taking "nobody was found" for a proof, so that is an answer of its own, "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

from muster.backends.base import EventRow, ProfileRow
from muster.backends.memory.explain import Explanation, explain_person
from muster.compiler.diagnostics import Diagnostic, InternalError
from muster.compiler.expr import And, Expr, Not
from muster.compiler.facts import Facts, facts_of
from muster.compiler.messages import comparison as say
from muster.compiler.messages.comparison import Answer, Question
from muster.compiler.moments import Clock
from muster.compiler.normal_form import normalise
from muster.compiler.parameters import names_in
from muster.compiler.pipeline import Compiled, compile_rule
from muster.compiler.proof import Law, disjointness_law, equivalence_law, subset_law
from muster.compiler.resolve import Audiences, Surroundings
from muster.compiler.rule import AudienceRef, Metric, Rule, walk
from muster.compiler.schema import Schema
from muster.runtime.arguments import check_keywords
from muster.runtime.clock import AsOf, to_clock
from muster.runtime.compilation import RuleSource, said_of, surroundings, telling_where, to_rule
from muster.runtime.search.person import Person
from muster.runtime.search.walk import USUAL, Effort, search


@dataclass(frozen=True, slots=True)
class Example:
    """Somebody who decides a question: who they are, what they did, and why either rule finds them or not."""

    profile: ProfileRow
    events: tuple[EventRow, ...]
    first: Explanation
    second: Explanation


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a comparison: `answer` is "yes", "no" or "unknown".

    `law` says how it was proven, for all data and every clock; `example` is somebody who decides it at `clock`; of the
    two there is at most one. `tried` counts the people that were made. A verdict has no truth value.
    """

    question: Question
    answer: Answer
    clock: Clock
    law: Law | None = None
    example: Example | None = None
    tried: int = 0
    warnings: tuple[Diagnostic, ...] = field(default=(), repr=False)

    @property
    def reason(self) -> str:
        """Say in a sentence what is the case and how it is known."""
        if self.answer == "unknown":
            return f"{say.not_known(self.question, self.tried)}."
        told = say.answered(self.question, self.answer)
        return f"{told}." if self.law is None else f"{told}: {say.proven(self.question, self.law)}."

    def __bool__(self) -> bool:
        """Refuse: "unknown" is neither true nor false."""
        raise TypeError(say.no_truth(self.answer))

    def __str__(self) -> str:
        """Give the answer and the reason."""
        return f"{self.answer}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two rules, the audiences it may refer to, its own name if it is one of them, and where it stands."""

    rule: Rule
    audiences: Audiences = field(default_factory=dict)
    name: str | None = None
    within: str | None = None


class Around(TypedDict, total=False):
    """What both rules are read against, as for `compile`; `seed`, `tries` and `seconds` are of the search."""

    schema: Schema | None
    as_of: AsOf
    timezone: str
    params: Mapping[str, object] | None
    audiences: Mapping[str, RuleSource | None] | None
    computed: Mapping[str, Metric | str] | None
    seed: int
    tries: int
    seconds: float


def subset(first: RuleSource, second: RuleSource, **around: Unpack[Around]) -> Verdict:
    """Ask whether everybody in the first rule is in the second; "no" comes with somebody who is not.

    Keywords: `schema`, `as_of`, `timezone`, `params`, `audiences`, `computed` as for `compile`; `tries` and
    `seconds`, after which the answer is "unknown", and `seed` for other people. Raises RuleError for a wrong rule,
    TypeError and ValueError for other arguments.
    """
    return _ask("subset", first, second, around)


def equivalent(first: RuleSource, second: RuleSource, **around: Unpack[Around]) -> Verdict:
    """Ask whether two rules always have the same members; keywords and errors as for `subset`."""
    return _ask("equivalent", first, second, around)


def overlap(first: RuleSource, second: RuleSource, **around: Unpack[Around]) -> Verdict:
    """Ask whether anybody can be in both rules; "yes" comes with somebody who is.

    Keywords and errors as for `subset`.
    """
    return _ask("overlap", first, second, around)


def _ask(question: Question, first: RuleSource, second: RuleSource, around: Around) -> Verdict:
    within = surroundings_of(around)
    return compare(question, sides_of(first, second, within.audiences), within, clock_of(around), effort_of(around))


def sides_of(first: RuleSource, second: RuleSource, audiences: Audiences) -> tuple[Side, Side]:
    """Read both rules; raises RuleError that says which of the two is wrong."""
    one, other = (_side(source, audiences, within) for source, within in zip((first, second), say.SIDES, strict=True))
    return one, other


def _side(source: RuleSource, audiences: Audiences, within: str) -> Side:
    with telling_where(within):
        return Side(to_rule(source), audiences, within=within)


def effort_of(around: Around) -> Effort:
    """Give how long to search."""
    return Effort(
        around.get("tries", USUAL.tries), around.get("seconds", USUAL.seconds), around.get("seed", USUAL.seed)
    )


def surroundings_of(around: Around) -> Surroundings:
    """Gather what rules may refer to; raises TypeError and ValueError for keywords that are none, or of no sense."""
    check_keywords(around)
    return surroundings(
        schema=around.get("schema"),
        params=around.get("params"),
        audiences=around.get("audiences"),
        computed=around.get("computed"),
    )


def clock_of(around: Around) -> Clock:
    """Give the clock that rules are read by."""
    return to_clock(around.get("as_of"), around.get("timezone", "UTC"))


def compare(
    question: Question,
    sides: tuple[Side, Side],
    around: Surroundings,
    clock: Clock,
    effort: Effort = USUAL,
) -> Verdict:
    """Ask a question of two rules; each has audiences of its own, and the rest of `around`. Raises RuleError."""
    first, second = compile_sides(sides, around)
    warnings = (*said_of(sides[0].within, first.warnings), *said_of(sides[1].within, second.warnings))
    rules = (first.lowered, second.lowered)
    return replace(judge(question, rules, facts_of(around.schema), clock, effort), warnings=warnings)


def judge(question: Question, rules: tuple[Expr, Expr], facts: Facts, clock: Clock, effort: Effort = USUAL) -> Verdict:
    """Ask a question of two expressions that no pass has seen."""
    law = _LAWS[question](*rules, facts)
    if law is not None:
        return Verdict(question, "no" if question == "overlap" else "yes", clock, law=law)
    wanted = _wanted(question, *map(normalise, rules))
    person, tried = search(wanted, clock, single=facts.single, effort=effort)
    if person is None:
        return Verdict(question, "unknown", clock, tried=tried)
    example = example_of(person, rules, clock, facts)
    if (example.first.member, example.second.member) not in _DECIDING[question]:
        raise InternalError("comparison", "somebody who was found does not decide the question")
    return Verdict(question, "yes" if question == "overlap" else "no", clock, example=example, tried=tried)


_LAWS: Mapping[Question, Callable[[Expr, Expr, Facts], Law | None]] = {
    "subset": subset_law,
    "equivalent": equivalence_law,
    "overlap": disjointness_law,
}
# Whether somebody who decides a question is in the first rule, and in the second.
_DECIDING: Mapping[Question, frozenset[tuple[bool, bool]]] = {
    "subset": frozenset({(True, False)}),
    "equivalent": frozenset({(True, False), (False, True)}),
    "overlap": frozenset({(True, True)}),
}


def _wanted(question: Question, first: Expr, second: Expr) -> tuple[Expr, ...]:
    """Write as expressions whom to look for; in normal forms no deleted audience is left."""
    return tuple(
        And((first if in_first else Not(first), second if in_second else Not(second)))
        for in_first, in_second in sorted(_DECIDING[question], reverse=True)
    )


def example_of(person: Person, rules: tuple[Expr, Expr], clock: Clock, facts: Facts) -> Example:
    """Explain somebody against two rules, by the reference evaluator."""
    first, second = (explain_person(rule, person.profile, person.events, clock, single=facts.single) for rule in rules)
    return Example(person.profile, person.events, first, second)


def compile_sides(sides: tuple[Side, Side], around: Surroundings) -> tuple[Compiled, Compiled]:
    """Compile both rules, each with the parameters it knows; what neither knows the first gets, and refuses."""
    first, second = sides
    known = _params_of(second)
    own = {name for name in around.params if name in _params_of(first) or name not in known}
    return _compile(first, around, own), _compile(second, around, known)


def _compile(side: Side, around: Surroundings, params: Collection[str]) -> Compiled:
    given = {name: value for name, value in around.params.items() if name in params}
    with telling_where(side.within):
        return compile_rule(side.rule, replace(around, params=given, audiences=side.audiences), name=side.name)


def _params_of(side: Side) -> frozenset[str]:
    """Name the parameters of a rule and of the audiences that it refers to."""
    pending, met = [side.rule], set[str]()
    names: set[str] = set()
    while pending:
        rule = pending.pop()
        names |= names_in(rule)
        for part in walk(rule.condition):
            referred = side.audiences.get(part.name) if isinstance(part, AudienceRef) else None
            if isinstance(part, AudienceRef) and isinstance(referred, Rule) and part.name not in met:
                met.add(part.name)
                pending.append(referred)
    return frozenset(names)
