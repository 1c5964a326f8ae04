"""Every operator with every kind of operand: what it becomes, or what is said against it, as recorded.

Apart from the tests of each stage, because here the registry decides what is tried. The rules are built and not
written: the front ends would refuse most of them before the compiler sees them. Wording and hints are in the record
too, so that a change of one is seen and read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from muster.compiler.diagnostics import Diagnostic, RuleError, Span
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS, METRIC_OPERATORS, PICK_OPERATORS
from muster.compiler.pipeline import check_rule, compile_rule
from muster.compiler.resolve import Surroundings
from muster.compiler.rule import (
    Aggregate,
    EventTest,
    Metric,
    MetricTest,
    Regularity,
    Rule,
    Sequence,
    Step,
    Subject,
    Test,
    Window,
)
from muster.compiler.show import show_expr
from muster.compiler.values import Ago, Boolean, Duration, Number, Text, TimeLiteral, Today, TraitRef
from tests.sql_text import SCHEMA

RECORD = Path(__file__).resolve().parent.parent / "golden" / "every_use.txt"
AROUND = Surroundings(schema=SCHEMA)
HERE, THERE = Span(3, 5), Span(7, 9)  # of the test, and of its operand
PLAN, TAGS = Subject(kind="trait", path=("plan",)), Subject(kind="trait", path=("tags",))
TWO = Number(Decimal(2))
WHERE = Test(subject=Subject(kind="property", path=("amount",)), op="gt", value=Number(Decimal(1)))
OPERANDS: dict[str, Any] = {
    "nothing": None,
    "text": Text("a", origin=THERE),
    "a kind": Text("number", origin=THERE),
    "a broken pattern": Text("a(b", origin=THERE),
    "a number": Number(Decimal("-1.5"), origin=THERE),
    "a boolean": Boolean(value=True, origin=THERE),
    "a day": TimeLiteral("2024-06-01", origin=THERE),
    "today": Today(origin=THERE),
    "some days ago": Ago(Duration(2, "d"), origin=THERE),
    "days": Duration(3, "d", origin=THERE),
    "months": Duration(2, "mo", origin=THERE),
    "a trait": TraitRef(("city",), origin=THERE),
    "no items": (),
    "one text": (Text("a", origin=THERE),),
    "two numbers": (Number(Decimal(1)), Number(Decimal(2))),
    "two numbers, reversed": (Number(Decimal(3)), Number(Decimal(1))),
    "two kinds": (Text("a"), Number(Decimal(2))),
    "two days": (TimeLiteral("2024-01-01"), TimeLiteral("2024-02-01")),
}
REGULARITIES = {
    "a regularity": Regularity(minimum=2, of=3, unit="w"),
    "a regularity of days": Regularity(minimum=4, of=3, unit="d", calendar=True, count=0),
}
WINDOWS = {
    "rolling": Window(kind="last", value=Duration(7, "d")),
    "calendar": Window(kind="previous", value="month"),
    "before a day": Window(kind="before", value=TimeLiteral("2024-01-01")),
    "between days": Window(kind="between", value=(TimeLiteral("2024-01-01"), TimeLiteral("2024-02-01"))),
    "reversed": Window(kind="between", value=(TimeLiteral("2024-02-01"), TimeLiteral("2024-01-01"))),
}
BUILT_IN: tuple[tuple[Any, str], ...] = (
    *(("profile", field) for field in ("external_id", "is_anonymous", "first_seen", "lifecycle_stage", "first_seem")),
    *(("lifecycle", field) for field in ("p_return", "p_retrun")),
)
BUY, SEE = Step(events=("buy",), origin=HERE), Step(events=("see",), origin=HERE)
STEPS: dict[str, tuple[Step, ...]] = {
    "of one": (BUY,),
    "of two": (BUY, SEE),
    "within a day": (BUY, replace(SEE, within=Duration(1, "d"))),
    "within a month": (BUY, replace(SEE, within=Duration(1, "mo"))),
    "within nothing": (replace(BUY, within=Duration(1, "d")), SEE),
    "with the same": (BUY, replace(SEE, same=("amount",))),
    "not at the end": (BUY, replace(SEE, negate=True, within=Duration(1, "h"))),
    "not in the middle": (BUY, replace(SEE, negate=True), BUY),
    "not at the start": (replace(BUY, negate=True), SEE),
    "of eight": (BUY, SEE) * 4,
}


def uses() -> Iterator[tuple[str, Any]]:
    """Give conditions, each with words for what is tried."""
    yield from _of_fields()
    yield from _of_events()
    yield from _of_metrics()
    for name, steps in STEPS.items():
        yield f"sequence {name}", Sequence(steps=steps, origin=HERE)
        yield f"sequence {name}, in a window", Sequence(steps=steps, window=WINDOWS["rolling"], origin=HERE)


def _of_fields() -> Iterator[tuple[str, Any]]:
    for op in FIELD_OPERATORS:
        for name, value in OPERANDS.items():
            yield f"plan {op} {name}", Test(subject=PLAN, op=op, value=value, origin=HERE)
        yield f"tags {op} where", Test(subject=TAGS, op=op, where=WHERE, origin=HERE)
        whatever = Test(subject=PLAN, op=op, value=Text("A"), ignore_case=True, origin=HERE)
        yield f"plan {op} a text, whatever case", whatever
    for kind, field in BUILT_IN:
        subject = Subject(kind=kind, path=(field,))
        for name in ("text", "a number", "a boolean", "a day", "a trait"):
            yield f"{kind} {field} eq {name}", Test(subject=subject, op="eq", value=OPERANDS[name], origin=HERE)
        contained = Test(subject=subject, op="contains", value=Text("a"), origin=HERE)
        yield f"{kind} {field} contains text", contained


def _of_events() -> Iterator[tuple[str, Any]]:
    for op in EVENT_OPERATORS:
        for name, value in OPERANDS.items():
            yield f"buy {op} {name}", EventTest(events=("buy",), op=op, value=value, origin=HERE)
        for name, window in WINDOWS.items():
            counted = EventTest(events=("buy",), op=op, value=TWO, window=window, origin=HERE)
            yield f"buy {op} 2, {name}", counted
            yield f"buy {op}, {name}", EventTest(events=("buy",), op=op, window=window, origin=HERE)
        for name, value in REGULARITIES.items() if op == "occurred_regularly" else ():
            yield f"buy {op} {name}", EventTest(events=("buy",), op=op, value=value, origin=HERE)
        filtered = EventTest(events=("bye",), op=op, value=OPERANDS["two numbers"], where=WHERE, origin=HERE)
        yield f"bye {op} where", filtered


def _of_metrics() -> Iterator[tuple[str, Any]]:
    aggregates: tuple[Aggregate, ...] = ("count", "sum", "first")  # one of each sort
    for agg in aggregates:
        metric = Metric(events=("buy",), agg=agg, property=("amount",))
        for op in dict.fromkeys([*METRIC_OPERATORS, *PICK_OPERATORS]):
            for name in ("nothing", "text", "a number", "a boolean", "a trait", "two numbers", "two kinds"):
                tested = MetricTest(metric=metric, op=op, value=OPERANDS[name], origin=HERE)
                yield f"{agg}(amount) of buy {op} {name}", tested


def _become(condition: Any) -> str:
    """Show what a condition becomes and what is noticed, or what is wrong with it."""
    rule = Rule(condition=condition)
    try:
        compiled = compile_rule(rule, AROUND)
    except RuleError as error:
        return " / ".join(map(_told, error.diagnostics))
    notes = map(_told, check_rule(rule, AROUND))
    return " / ".join([" ".join(show_expr(compiled.lowered).split()), *notes])


def _told(found: Diagnostic) -> str:
    place = {HERE: "test", THERE: "operand"}.get(found.origin, str(found.origin))  # type: ignore[arg-type]  # None too
    parts = [f"{found.code} {found.severity}, {place}: {found.message}"]
    parts += [f"{name}: {value}" for name, value in (("hint", found.hint), ("expected", found.expected)) if value]
    return " | ".join(parts)


def test_every_use_is_as_recorded(golden: Callable[[Path, str], None]) -> None:
    golden(RECORD, "".join(f"{name}\n    {_become(condition)}\n" for name, condition in uses()))
