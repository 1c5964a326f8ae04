"""Random conditions of every construct of the language, out of a vocabulary that some data was made of.

Apart from the strategies for rules of any shape, whose names no data holds: here names, values and lengths are such
that a fair share of the rules find some people and not others. It could go wrong by leaving a construct out, so a test
counts what a fixed seed reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from muster.compiler.operators import (
    EVENT_OPERATORS,
    FIELD_OPERATORS,
    METRIC_OPERATORS,
    PICK_OPERATORS,
    EventOperator,
    Operator,
)
from muster.compiler.operators.metrics import PICKS
from muster.compiler.rule import (
    ANYTHING,
    LIFECYCLE_STAGES,
    Aggregate,
    AudienceRef,
    Condition,
    EventTest,
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
from muster.compiler.values import NUMBER_LIMIT, Duration, Number, Path, Text, Value
from tests.dice import Dice, between, chance, pick, weighted
from tests.scenario_values import MANY
from tests.value_author import ValueAuthor
from tests.vocabulary import Leaning, Named, Palette, nfc

Leaf = Callable[["Author"], Condition]
_NUMBER_AGGREGATES: tuple[Aggregate, ...] = ("sum", "avg", "min", "max", "distinct")
_COMPUTED_EXTRA = ("between", "in", "not_in")
_PERCENTS = tuple(Decimal(text) for text in ("50", "12.5", "33.333", "100", "0", "75"))


class Author(ValueAuthor):
    """Writes the conditions of one rule; `computed` gathers the traits it computes."""

    def __init__(
        self, dice: Dice, vocabulary: Palette, audiences: tuple[str, ...] = (), *, naming: bool = True
    ) -> None:
        super().__init__(dice, vocabulary, naming=naming)
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

    # --- logic ------------------------------------------------------------------------------------------------
    def condition(self, depth: int) -> Condition:
        """Write a condition with at most so many levels of groups."""
        shape = weighted(self.dice, ((5, "leaf"), (4, "group"), (1, "not"))) if depth > 0 else "leaf"
        if shape == "not":
            return Not(member=self.condition(depth - 1))
        return self.leaf() if shape == "leaf" else self.group(lambda: self.condition(depth - 1))

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
        return self.finished(Subject(kind="computed", path=(name,)), operator, value)

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
