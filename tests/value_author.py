"""Random tests of values: traits, properties, elements, built-in fields, with operators from the registry.

Apart from `author`, which writes events and groups around them. The same tests stand at the top of a rule, in a
`where` on events and in an element's condition. It could go wrong by choosing operators that seldom suit the value, so
most are chosen by what the value's name leans to.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from muster.compiler.check_test import PROFILE_KINDS
from muster.compiler.operators import FIELD_OPERATORS, Operator
from muster.compiler.rule import LIFECYCLE_STAGES, Condition, Group, Not, Subject, Test
from muster.compiler.values import Kind, Number, Text, Value
from tests.dice import Dice, between, chance, pick, weighted
from tests.scenario_values import Writer
from tests.vocabulary import Leaning, Named, Palette


class ValueAuthor:
    """Writes tests of values out of a vocabulary."""

    def __init__(self, dice: Dice, vocabulary: Palette, *, naming: bool = True) -> None:
        self.dice = dice
        self.vocabulary = vocabulary
        self.write = Writer(dice, vocabulary, naming=naming)

    def group(self, member: Callable[[], Condition]) -> Group:
        """Write a group of a few members."""
        op: Literal["all", "any", "none"] = weighted(self.dice, ((4, "any"), (4, "all"), (1, "none")))
        count = 2 if chance(self.dice, 65) else weighted(self.dice, ((4, 3), (1, 1), (1, 0), (1, 4)))
        return Group(op=op, members=tuple(member() for _ in range(count)))

    def trait_test(self) -> Test:
        """Test a trait."""
        return self._test("trait", self.vocabulary.traits, depth=2)

    def element_test(self) -> Test:
        """Test the elements of a trait that mostly holds objects, if there is one."""
        names = [name for name in self.vocabulary.traits if name.leaning in ("objects", "object")]
        name = pick(self.dice, names or self.vocabulary.traits)
        operator = pick(self.dice, [operator for operator in FIELD_OPERATORS.values() if operator.argument == "where"])
        where = self.where(self.vocabulary.segments, 2)
        return self.finished(Subject(kind="trait", path=(name.key,)), operator, None, where)

    def where(self, names: tuple[Named, ...], depth: int) -> Condition:
        """Write a condition on the properties of an event, or on the fields of an element."""
        shape = weighted(self.dice, ((6, "leaf"), (2, "group"), (1, "not"))) if depth > 0 else "leaf"
        if shape == "not":
            return Not(member=self.where(names, depth - 1))
        if shape == "group":
            return self.group(lambda: self.where(names, depth - 1))
        return self._test("property", names, depth)

    def _test(self, kind: Literal["trait", "property"], names: tuple[Named, ...], depth: int) -> Test:
        path, leaning = self.write.place(names)
        if chance(self.dice, 6):
            return self._number_test(Subject(kind=kind, path=path, size=True))
        literal = self.write.kind_of(leaning)
        operator = self._operator(leaning, literal, elements=depth > 0)
        value = self.write.argument(operator, literal)
        where = self.where(self.vocabulary.segments, depth - 1) if operator.argument == "where" else None
        return self.finished(Subject(kind=kind, path=path), operator, value, where)

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
            return self.finished(subject, operator, self.write.argument(operator, "num"))
        few = Decimal(between(self.dice, 0, 3))
        match operator.argument:
            case "value":
                return self.finished(subject, operator, Number(few))
            case "values":
                return self.finished(subject, operator, (Number(few), Number(few + 1))[: between(self.dice, 0, 2)])
            case "pair":
                return self.finished(subject, operator, (Number(few), Number(few + 1)))
            case _:
                return self.finished(subject, operator, None)

    def built_in_test(self) -> Test:
        """Test a built-in field or a lifecycle measure."""
        name = pick(self.dice, tuple(PROFILE_KINDS))
        holds = PROFILE_KINDS[name]
        operator = pick(self.dice, _takes(holds))
        subject = Subject(kind="lifecycle" if name.startswith(("p_", "u", "o")) else "profile", path=(name,))
        match name, operator.argument:
            case "lifecycle_stage", "value":
                return self.finished(subject, operator, Text(pick(self.dice, LIFECYCLE_STAGES)))
            case "lifecycle_stage", "values":
                count = between(self.dice, 0, 2)
                return self.finished(
                    subject, operator, tuple(Text(pick(self.dice, LIFECYCLE_STAGES)) for _ in range(count))
                )
            case "external_id", "value":
                return self.finished(subject, operator, self._needle(operator, holds))
        return self.finished(subject, operator, self.write.argument(operator, holds))

    def _needle(self, operator: Operator, holds: Kind) -> Value:
        positive = operator.complement_of or operator.name
        if positive == "matches":
            value = self.write.argument(operator, holds)
            assert isinstance(value, Text)
            return value
        return Text(pick(self.dice, ("u1", "u", "u2", "U1", "café", "it's", "1")))

    def finished(self, subject: Subject, operator: Operator, value: Any, where: Condition | None = None) -> Test:
        """Write a test, now and then ignoring case."""
        folding = operator.ignore_case and isinstance(value, Text) and chance(self.dice, 45)
        return Test(subject=subject, op=operator.name, value=value, ignore_case=folding, where=where)


def _takes(kind: Kind) -> tuple[Operator, ...]:
    """Give the operators for a field that holds one kind."""
    return tuple(
        operator
        for operator in FIELD_OPERATORS.values()
        if operator.argument in ("none", "type")
        or (operator.argument == "duration" and kind == "time")
        or (operator.argument not in ("where", "duration") and kind in operator.accepts)
    )
