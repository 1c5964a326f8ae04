"""Random people for a random expression: they hold the values that it asks for, between what SDKs really send.

Apart from the people that rules meet (`people`), whose vocabulary is wide: here a few values at a few instants make
equal values, ties and bounds common. It could go wrong where people are too alike for a wrong pass to be seen;
tests/laws/test_passes.py plants such passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from hypothesis import strategies as st

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.memory.evaluate import Scene
from muster.compiler.expr import Compare, EventMetric, Expr, FieldTest, OneOf, Pick, Range, Reduce
from muster.compiler.rewriting import parts_of
from muster.compiler.values import Path
from tests.cases import CLOCK, HOUR, NOW
from tests.dice import Dice, DrawnDice, between, chance, pick
from tests.expr_strategies import INSTANTS, KEYS, NUMBERS, STAGES, expr

# Values that an expression asks for, by the last key of the place that it asks.
Asked: TypeAlias = Mapping[str, list[Json]]

SCALARS: tuple[Json, ...] = ("a", "b", 1, 2, "1", "", -1, Decimal("1.5"), True, False, "A")
TIMES: tuple[Json, ...] = ("2024-07-01T09:00:00Z", "2024-07-01T11:00:00.000001Z")


def case(dice: Dice, *, people: int, with_broken: bool = True) -> tuple[Expr, list[Scene]]:
    """Make an expression and people to try it on."""
    tried = expr(dice, with_broken=with_broken)
    asked = _asked(tried)
    single = frozenset(path for path in (*KEYS, ("items", "x")) if chance(dice, 45))
    return tried, [_scene(dice, asked, single) for _ in range(people)]


@st.composite
def cases(
    draw: Callable[[st.SearchStrategy[Any]], Any], *, people: int = 3, with_broken: bool = True
) -> tuple[Expr, list[Scene]]:
    """Draw an expression and people to try it on."""
    return case(DrawnDice(draw), people=people, with_broken=with_broken)


def _asked(tried: Expr) -> Asked:
    asked: dict[str, list[Json]] = {}
    for part in parts_of(tried):
        match part:
            case FieldTest(target=target, test=test):
                key = target.path[-1]
            case EventMetric(reducer=Pick(property=path), test=test):
                key = path[-1]
            case EventMetric(reducer=Reduce(property=path)):
                asked.setdefault(path[-1], []).extend((Decimal(-1), Decimal(2)))  # a sum falls and rises
                continue
            case _:
                continue
        match test:
            case Compare(operand=operand):
                values: list[Json] = [operand.value]
            case OneOf(values=listed):
                values = list(listed)
            case Range(low=low, high=high):
                values = [end.value for end in (low, high) if end is not None]
            case _:
                values = []
        asked.setdefault(key, []).extend(value for value in values if isinstance(value, (str, Decimal, bool)))
    return asked


def _scene(dice: Dice, asked: Asked, single: frozenset[Path]) -> Scene:
    stages = tuple((pick(dice, STAGES), pick(dice, INSTANTS)) for _ in range(between(dice, 0, 2)))
    profile = ProfileRow(
        1,
        pick(dice, ("u1", "u2", "a", "b", "1")),
        last_seen=None if chance(dice, 20) else pick(dice, INSTANTS),
        traits=_document(dice, asked, depth=1),
        fields={} if chance(dice, 20) else {"p_return": pick(dice, NUMBERS)},
        stages=stages,
    )
    return Scene(profile, tuple(_event_row(dice, asked) for _ in range(between(dice, 0, 6))), CLOCK, single)


def _event_row(dice: Dice, asked: Asked) -> EventRow:
    ts = pick(dice, (*INSTANTS, NOW - 1, NOW, NOW + HOUR))
    return EventRow(1, pick(dice, ("buy", "see")), ts, f"m{dice.below(100):02}", _document(dice, asked, depth=0))


def _document(dice: Dice, asked: Asked, depth: int) -> dict[str, Json]:
    keys = ("x", "y", "items") if depth else ("x", "y")
    return {key: _value(dice, key, asked, depth) for key in keys if not chance(dice, 25)}


def _value(dice: Dice, key: str, asked: Asked, depth: int) -> Json:
    match dice.below(10):
        case 0:
            return None
        case 1:
            return pick(dice, TIMES)
        case 2 | 3 | 4:
            return [_element(dice, key, asked) for _ in range(between(dice, 0, 4))]
        case 5 | 6 if depth:
            return [
                _element(dice, key, asked) if chance(dice, 30) else _document(dice, asked, 0)
                for _ in range(between(dice, 0, 3))
            ]
        case 7 if depth:
            return _document(dice, asked, 0)
        case _:
            return _scalar(dice, key, asked)


def _element(dice: Dice, key: str, asked: Asked) -> Json:
    odd: tuple[Json, ...] = (None, ["a"])
    return pick(dice, odd) if chance(dice, 10) else _scalar(dice, key, asked)


def _scalar(dice: Dice, key: str, asked: Asked) -> Json:
    wanted = asked.get(key)
    return pick(dice, wanted) if wanted and chance(dice, 75) else pick(dice, SCALARS)
