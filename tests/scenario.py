"""Random rules that meet random worlds: every operator of the registry, every construct of the language.

Apart from the strategies for rules of any shape, whose names no data holds: here names, values and lengths come from
the vocabulary that made the data, so that a fair share of the rules find some people and not others. It could go
wrong by leaving a construct out, so a test counts what a fixed seed reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from hypothesis import strategies as st

from muster.backends.memory.evaluate import Scene, external_id, holds
from muster.compiler.check_test import PROFILE_KINDS
from muster.compiler.lower import lower
from muster.compiler.operators import (
    EVENT_OPERATORS,
    FIELD_OPERATORS,
    METRIC_OPERATORS,
    PICK_OPERATORS,
    EventOperator,
    Operator,
)
from muster.compiler.operators.metrics import PICKS
from muster.compiler.resolve import DELETED, Deleted, Surroundings, resolve
from muster.compiler.rule import (
    ANYTHING,
    LIFECYCLE_STAGES,
    Aggregate,
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    Regularity,
    Rule,
    Sample,
    Sequence,
    StageEntered,
    Step,
    Subject,
    Test,
)
from muster.compiler.values import NUMBER_LIMIT, Duration, Kind, Number, Path, Text, Value
from tests.dice import Dice, DrawnDice, between, chance, pick, weighted
from tests.people import World, world
from tests.scenario_values import MANY, Writer
from tests.vocabulary import Leaning, Named, Palette, nfc, palette

AUDIENCES = ("VIP", 'It\'s "x"', "Gone")
Leaf = Callable[["Author"], Condition]
_NUMBER_AGGREGATES: tuple[Aggregate, ...] = ("sum", "avg", "min", "max", "distinct")
_COMPUTED_EXTRA = ("between", "in", "not_in")
_PERCENTS = tuple(Decimal(text) for text in ("50", "12.5", "33.333", "100", "0", "75"))


@dataclass(frozen=True, slots=True)
class Scenario:
    """A world with audiences that rules may refer to, and rules that meet it."""

    vocabulary: Palette
    world: World
    rules: tuple[Rule, ...]
    audiences: Mapping[str, Rule | Deleted] = field(default_factory=dict)


def scenario(dice: Dice, rules: int, leaf: Leaf | None = None) -> Scenario:
    """Make a world and rules for it: any rules, or only such as have one leaf of a kind."""
    vocabulary = palette(dice)
    people = world(dice, vocabulary)
    audiences: dict[str, Rule | Deleted] = {}
    for name in AUDIENCES[:2]:
        audiences[name] = rule(dice, vocabulary, audiences=tuple(audiences), depth=1)
    audiences[AUDIENCES[2]] = DELETED
    made = tuple(_aimed(dice, vocabulary, people, audiences, leaf) for _ in range(rules))
    return Scenario(vocabulary, people, made, audiences)


@st.composite
def scenarios(draw: Callable[[st.SearchStrategy[Any]], Any], rules: int) -> Scenario:
    """Draw a world and rules for it."""
    return scenario(DrawnDice(draw), rules)


def rule(
    dice: Dice,
    vocabulary: Palette,
    *,
    audiences: tuple[str, ...] = (),
    depth: int = 2,
    leaf: Leaf | None = None,
) -> Rule:
    """Make a rule out of a vocabulary."""
    author = Author(dice, vocabulary, audiences)
    if leaf is None:
        return author.rule(author.condition(depth))
    condition = leaf(author)
    return author.rule(Not(member=condition) if chance(dice, 25) else condition)


def _aimed(
    dice: Dice,
    vocabulary: Palette,
    people: World,
    audiences: Mapping[str, Rule | Deleted],
    leaf: Leaf | None,
) -> Rule:
    """Make a rule, and mostly another one where the first finds nobody or everyone."""
    made = rule(dice, vocabulary, audiences=AUDIENCES, leaf=leaf)
    if chance(dice, 20) or 0 < len(found(made, people, audiences)) < len(people.profiles):
        return made
    return rule(dice, vocabulary, audiences=AUDIENCES, leaf=leaf)


def found(made: Rule, people: World, audiences: Mapping[str, Rule | Deleted]) -> list[str]:
    """Give the ids that the reference evaluator finds; `resolve` must take every rule that is made here."""
    expr = lower(resolve(made, Surroundings(audiences=audiences)))
    single = frozenset(people.single)
    return sorted(
        external_id(profile)
        for profile in people.profiles
        if holds(expr, Scene(profile, people.events_of(profile.pid), people.clock, single))
    )


class Author:
    """Writes the conditions of one rule; `computed` gathers the traits it computes."""

    def __init__(
        self, dice: Dice, vocabulary: Palette, audiences: tuple[str, ...] = (), *, naming: bool = True
    ) -> None:
        self.dice = dice
        self.vocabulary = vocabulary
        self.write = Writer(dice, vocabulary, naming=naming)
        self.computed: list[tuple[str, Metric]] = []
        self._audiences = audiences
        self._leaves: list[Condition] = []

    def rule(self, condition: Condition) -> Rule:
        """Give a condition with all that was named and computed so far."""
        constants = self.write.constants
        return Rule(
            condition=condition,
            let=tuple(constants.let),
            params=tuple(constants.params),
            computed=tuple(self.computed),
        )

    # --- groups -----------------------------------------------------------------------------------------------
    def condition(self, depth: int) -> Condition:
        """Write a condition with at most so many levels of groups."""
        shape = weighted(self.dice, ((5, "leaf"), (4, "group"), (1, "not"))) if depth > 0 else "leaf"
        if shape == "not":
            return Not(member=self.condition(depth - 1))
        return self.leaf() if shape == "leaf" else self._group(lambda: self.condition(depth - 1))

    def _group(self, member: Callable[[], Condition]) -> Group:
        op: Literal["all", "any", "none"] = weighted(self.dice, ((4, "any"), (4, "all"), (1, "none")))
        count = 2 if chance(self.dice, 65) else weighted(self.dice, ((4, 3), (1, 1), (1, 0), (1, 4)))
        return Group(op=op, members=tuple(member() for _ in range(count)))

    def leaf(self) -> Condition:
        """Write a condition without groups around it."""
        leaves: tuple[tuple[int, Callable[[], Condition]], ...] = (
            (32, self.trait_test),
            (5, self.element_test),
            (24, self.event_test),
            (14, self.metric_test),
            (10, self.sequence),
            (6, self.built_in_test),
            (7, self.computed_test),
            (3, self.audience),
            (2, self.sample),
            (2, self.entered),
        )
        # What a rule says twice is asked once, and its answer used twice.
        if self._leaves and chance(self.dice, 10):
            return pick(self.dice, self._leaves)
        self._leaves.append(weighted(self.dice, leaves)())
        return self._leaves[-1]

    # --- tests of values --------------------------------------------------------------------------------------
    def trait_test(self) -> Test:
        """Test a trait."""
        return self._test("trait", self.vocabulary.traits, depth=2)

    def element_test(self) -> Test:
        """Test the elements of a trait that mostly holds objects, if there is one."""
        names = [name for name in self.vocabulary.traits if name.leaning in ("objects", "object")]
        name = pick(self.dice, names or self.vocabulary.traits)
        operator = pick(self.dice, [operator for operator in FIELD_OPERATORS.values() if operator.argument == "where"])
        where = self.where(self.vocabulary.segments, 2)
        return self._finished(Subject(kind="trait", path=(name.key,)), operator, None, where)

    def where(self, names: tuple[Named, ...], depth: int) -> Condition:
        """Write a condition on the properties of an event, or on the fields of an element."""
        shape = weighted(self.dice, ((6, "leaf"), (2, "group"), (1, "not"))) if depth > 0 else "leaf"
        if shape == "not":
            return Not(member=self.where(names, depth - 1))
        if shape == "group":
            return self._group(lambda: self.where(names, depth - 1))
        return self._test("property", names, depth)

    def _test(self, kind: Literal["trait", "property"], names: tuple[Named, ...], depth: int) -> Test:
        path, leaning = self.write.place(names)
        if chance(self.dice, 6):
            return self._number_test(Subject(kind=kind, path=path, size=True))
        literal = self.write.kind_of(leaning)
        operator = self._operator(leaning, literal, elements=depth > 0)
        value = self.write.argument(operator, literal)
        where = self.where(self.vocabulary.segments, depth - 1) if operator.argument == "where" else None
        return self._finished(Subject(kind=kind, path=path), operator, value, where)

    def _operator(self, leaning: Leaning, literal: Kind, *, elements: bool) -> Operator:
        """Choose any operator, but mostly one that suits the value."""
        every = [operator for operator in FIELD_OPERATORS.values() if elements or operator.argument != "where"]
        if chance(self.dice, 15):
            return pick(self.dice, every)
        if elements and chance(self.dice, 5):
            return pick(self.dice, [operator for operator in every if operator.argument == "where"])
        if leaning in ("objects", "object") and elements:
            argument = "where" if chance(self.dice, 70) else "none"
            return pick(self.dice, [operator for operator in every if operator.argument == argument])
        suited = [
            operator
            for operator in every
            if literal in operator.accepts or (operator.argument == "duration" and literal == "time")
        ]
        return pick(self.dice, suited)

    def _number_test(self, subject: Subject) -> Test:
        operator = pick(self.dice, _takes("num"))
        if operator.argument == "type":
            return self._finished(subject, operator, self.write.argument(operator, "num"))
        few = Decimal(between(self.dice, 0, 3))
        match operator.argument:
            case "value":
                return self._finished(subject, operator, Number(few))
            case "values":
                return self._finished(subject, operator, (Number(few), Number(few + 1))[: between(self.dice, 0, 2)])
            case "pair":
                return self._finished(subject, operator, (Number(few), Number(few + 1)))
            case _:
                return self._finished(subject, operator, None)

    def built_in_test(self) -> Test:
        """Test a built-in field or a lifecycle measure."""
        name = pick(self.dice, tuple(PROFILE_KINDS))
        holds = PROFILE_KINDS[name]
        operator = pick(self.dice, _takes(holds))
        subject = Subject(kind="lifecycle" if name.startswith(("p_", "u", "o")) else "profile", path=(name,))
        match name, operator.argument:
            case "lifecycle_stage", "value":
                return self._finished(subject, operator, Text(pick(self.dice, LIFECYCLE_STAGES)))
            case "lifecycle_stage", "values":
                count = between(self.dice, 0, 2)
                return self._finished(
                    subject, operator, tuple(Text(pick(self.dice, LIFECYCLE_STAGES)) for _ in range(count))
                )
            case "external_id", "value":
                return self._finished(subject, operator, self._needle(operator, holds))
        return self._finished(subject, operator, self.write.argument(operator, holds))

    def _needle(self, operator: Operator, holds: Kind) -> Value:
        positive = operator.complement_of or operator.name
        if positive == "matches":
            value = self.write.argument(operator, holds)
            assert isinstance(value, Text)
            return value
        return Text(pick(self.dice, ("u1", "u", "u2", "U1", "café", "it's", "1")))

    def _finished(self, subject: Subject, operator: Operator, value: Any, where: Condition | None = None) -> Test:
        folding = operator.ignore_case and isinstance(value, Text) and chance(self.dice, 45)
        return Test(subject=subject, op=operator.name, value=value, ignore_case=folding, where=where)

    # --- events -----------------------------------------------------------------------------------------------
    def events(self) -> tuple[str, ...]:
        """Choose which events are meant."""
        known = tuple(dict.fromkeys(nfc(name) for name in self.vocabulary.events))
        shape = weighted(self.dice, ((28, "one"), (8, "two"), (4, "anything"), (4, "unknown"), (1, "many")))
        match shape:
            case "one":
                return (known[0] if chance(self.dice, 40) else pick(self.dice, known),)
            case "two":
                return known[:2]
            case "many":
                return (known[0], *(f"filler {number}" for number in range(101)))
            case "anything":
                return ANYTHING
            case _:
                return ("never happened",) if chance(self.dice, 50) else (known[-1], "never happened")

    def event_test(self) -> EventTest:
        """Test how often or when events happened."""
        return self._event_test(pick(self.dice, tuple(EVENT_OPERATORS.values())))

    def _event_test(self, operator: EventOperator) -> EventTest:
        window = None
        if operator.window == "required" or (operator.window == "optional" and chance(self.dice, 45)):
            # `occurred` in the last days is `occurred_in_last`.
            window = self.write.window(rolling=operator.argument != "none")
        lookback, gap, value = None, None, self._event_value(operator)
        if operator.name == "stopped" and chance(self.dice, 50):
            lookback = self._longer(value)
        if operator.name == "resumed":
            gap = self.write.length()
        return EventTest(
            events=self.events(),
            op=operator.name,
            value=value,
            where=self._event_where(),
            window=window,
            lookback=lookback,
            gap=gap,
        )

    def _event_value(self, operator: EventOperator) -> Any:
        match operator.argument:
            case "none" | "window":
                return None
            case "duration":
                return self.write.length()
            case "number":
                few = between(self.dice, 0, 4)
                return self.write.other_trait() if chance(self.dice, 8) else self.write.named(Number(Decimal(few)))
            case "pair":
                low = between(self.dice, 0, 3)
                return (Number(Decimal(low)), Number(Decimal(low + between(self.dice, -1, 3))))
            case "regularity":
                calendar = chance(self.dice, 40)
                of = between(self.dice, 1, 5) if chance(self.dice, 60) else pick(self.dice, (12, 7, 30, 52, 400))
                return Regularity(
                    minimum=between(self.dice, 1, min(of, 4)),
                    of=of,
                    unit=self.write.unit(calendar=calendar),
                    calendar=calendar,
                    count=between(self.dice, 1, 2) if chance(self.dice, 40) else 1,
                )

    def _longer(self, quiet: object) -> Duration | None:
        """Give a look-back that is plainly longer than the quiet time, if there is one to write."""
        if not isinstance(quiet, Duration) or quiet.count > 9_999:
            return None
        return Duration(quiet.count * pick(self.dice, (2, 3)), quiet.unit) if quiet.count else Duration(1, "d")

    def _event_where(self) -> Condition | None:
        return self.where(self.vocabulary.properties, 1) if chance(self.dice, 30) else None

    def metric(self, aggregates: tuple[Aggregate, ...]) -> tuple[Metric, Leaning]:
        """Draw a value from events."""
        agg = pick(self.dice, aggregates)
        path: Path | None = None
        leaning: Leaning = "num"
        if agg != "count":
            path, leaning = self.write.place(self._properties(agg))
        window = self.write.window() if chance(self.dice, 40) else None
        metric = Metric(events=self.events(), agg=agg, property=path, where=self._event_where(), window=window)
        return metric, leaning

    def _properties(self, agg: Aggregate) -> tuple[Named, ...]:
        names = self.vocabulary.properties
        if agg in ("distinct", *PICKS) or chance(self.dice, 15):
            return names
        return tuple(name for name in names if name.leaning == "num") or names

    def metric_test(self) -> MetricTest:
        """Test a number or a value drawn from events."""
        metric, leaning = self.metric((*_NUMBER_AGGREGATES, *PICKS))
        if metric.agg not in PICKS:
            operator = pick(self.dice, tuple(METRIC_OPERATORS.values()))
            return MetricTest(metric=metric, op=operator.name, value=self._drawn_number(operator, metric))
        operator = pick(self.dice, tuple(PICK_OPERATORS.values()))
        value: Any = self.write.argument(operator, self.write.kind_of(leaning))
        folding = operator.ignore_case and isinstance(value, Text) and chance(self.dice, 45)
        return MetricTest(metric=metric, op=operator.name, value=value, ignore_case=folding)

    def _drawn_number(self, operator: Operator, metric: Metric) -> Any:
        def number() -> Value:
            if chance(self.dice, 8):
                return self.write.other_trait()
            few = Decimal(between(self.dice, 0, 4))
            total = self.write.number() * (few if few < 3 and metric.agg == "sum" else 1)
            fits = metric.agg not in ("count", "distinct") and abs(total) < NUMBER_LIMIT
            return self.write.named(Number(total if fits else few))

        match operator.argument:
            case "value":
                return number()
            case "values":
                numbers = tuple(number() for _ in range(self.write.few()))
                return (*numbers, *MANY["num"]) if chance(self.dice, 10) else numbers
            case _:
                return (number(), number())

    def computed_test(self) -> Test:
        """Name a value drawn from events and test it."""
        metric, leaning = self.metric((*_NUMBER_AGGREGATES, "count", *PICKS))
        name = f"c{len(self.computed)}"
        self.computed.append((name, metric))
        picked = metric.agg in PICKS
        allowed = dict(PICK_OPERATORS if picked else METRIC_OPERATORS)
        allowed.update({extra: FIELD_OPERATORS[extra] for extra in _COMPUTED_EXTRA})
        operator = pick(self.dice, tuple(allowed.values()))
        value = (
            self.write.argument(operator, self.write.kind_of(leaning))
            if picked
            else self._drawn_number(operator, metric)
        )
        return self._finished(Subject(kind="computed", path=(name,)), operator, value)

    def sequence(self) -> Sequence:
        """Write steps that follow each other."""
        count = weighted(self.dice, ((6, 2), (4, 3), (1, 4), (1, 5), (1, 6)))
        last_is_absent = chance(self.dice, 35)
        steps = tuple(self._step(number, absent=last_is_absent and number == count - 1) for number in range(count))
        return Sequence(steps=steps, window=self.write.window() if chance(self.dice, 40) else None)

    def _step(self, number: int, *, absent: bool) -> Step:
        later = number > 0
        where = self.where(self.vocabulary.properties, 1) if chance(self.dice, 15) else None
        return Step(
            events=self.events(),
            where=where,
            within=self.write.exact_length() if later and chance(self.dice, 55) else None,
            same=self.write.place(self.vocabulary.properties)[0] if later and chance(self.dice, 25) else None,
            negate=absent,
        )

    # --- the rest ---------------------------------------------------------------------------------------------
    def audience(self) -> Condition:
        """Refer to another audience, be it deleted, or to nothing where there is none."""
        return AudienceRef(name=pick(self.dice, self._audiences)) if self._audiences else self.trait_test()

    def sample(self) -> Sample:
        """Take a share of people."""
        return Sample(salt=nfc(pick(self.dice, self.vocabulary.texts)), percent=pick(self.dice, _PERCENTS))

    def entered(self) -> StageEntered:
        """Ask for a change of stage."""
        return StageEntered(stage=pick(self.dice, LIFECYCLE_STAGES), within=self.write.length())


def _takes(kind: Kind) -> tuple[Operator, ...]:
    """Give the operators for a field that holds one kind."""
    return tuple(
        operator
        for operator in FIELD_OPERATORS.values()
        if operator.argument in ("none", "type")
        or (operator.argument == "duration" and kind == "time")
        or (operator.argument not in ("where", "duration") and kind in operator.accepts)
    )
