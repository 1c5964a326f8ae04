"""Whether an operator fits what it tests: its argument, the kinds of its literals, the field's own kind."""

from __future__ import annotations

from collections.abc import Mapping

from muster.compiler.diagnostics import Collector, Origin
from muster.compiler.messages import meaning, pattern
from muster.compiler.operators import FIELD_OPERATORS, METRIC_OPERATORS, PICK_OPERATORS, Operator
from muster.compiler.operators.metrics import PICKS
from muster.compiler.operators.presence import TYPES
from muster.compiler.operators.spec import Accepts
from muster.compiler.parameters import describe
from muster.compiler.regex import RegexError, parse_pattern
from muster.compiler.rule import (
    LIFECYCLE_MEASURES,
    LIFECYCLE_STAGES,
    PROFILE_FIELDS,
    Metric,
    MetricTest,
    Subject,
    Test,
)
from muster.compiler.spelling import closest
from muster.compiler.values import (
    Ago,
    Boolean,
    Duration,
    FromNow,
    Kind,
    Now,
    Number,
    Param,
    Text,
    TimeLiteral,
    Today,
    TraitRef,
    path_text,
)

PROFILE_KINDS: Mapping[str, Kind] = {
    "external_id": "str",
    "is_anonymous": "bool",
    "first_seen": "time",
    "last_seen": "time",
    "created_at": "time",
    "lifecycle_stage": "str",
    **dict.fromkeys(LIFECYCLE_MEASURES, "num"),
}
_KIND_WORDS: Mapping[Kind, str] = {"str": "text", "num": "a number", "bool": "true or false", "time": "a time"}
_ARGUMENT_WORDS: Mapping[str, str] = {
    "none": "no value",
    "value": "one value",
    "values": "a list of values",
    "pair": "two values of one kind",
    "time": "a date or time",
    "duration": "a duration",
    "type": "one of " + ", ".join(TYPES),
    "where": "a condition in parentheses",
}
# `computed x between 2 and 5` is unambiguous, `sum(x) of e between …` would read as a window.
_COMPUTED_EXTRA = ("between", "in", "not_in")


def check_test(test: Test, collector: Collector) -> None:
    """Check a test of a trait, property, profile field or lifecycle measure."""
    operator = FIELD_OPERATORS.get(test.op)
    if operator is None:
        _unknown(test.op, "a value", FIELD_OPERATORS, test.origin, collector)
        return
    if not check_operands(operator, test.value, collector, test.origin, has_where=test.where is not None):
        return
    check_folding(operator, test.value, collector, test.origin, ignore_case=test.ignore_case)
    if test.subject.size:
        _check_fixed(operator, test, "num", f"size({path_text(test.subject.path)})", collector)
    elif test.subject.kind in ("profile", "lifecycle"):
        _check_built_in(test.subject, operator, test, collector)


def check_pick_or_number(test: MetricTest, collector: Collector) -> None:
    """Check a test of a value drawn from events."""
    allowed = PICK_OPERATORS if test.metric.agg in PICKS else METRIC_OPERATORS
    operator = allowed.get(test.op)
    if operator is None:
        _unknown(test.op, f"{test.metric.agg}(…)", allowed, test.origin, collector)
        return
    if check_operands(operator, test.value, collector, test.origin):
        check_folding(operator, test.value, collector, test.origin, ignore_case=test.ignore_case)
        if test.metric.agg not in PICKS:
            check_numbers(test.op, test.value, collector, test.origin)


def check_computed_test(test: Test, metric: Metric, collector: Collector) -> None:
    """Check a test of a computed trait against what it computes."""
    name = path_text(test.subject.path)
    picked = metric.agg in PICKS
    allowed = dict(PICK_OPERATORS if picked else METRIC_OPERATORS)
    allowed.update({extra: FIELD_OPERATORS[extra] for extra in _COMPUTED_EXTRA})
    operator = allowed.get(test.op)
    expected = "a value picked from events" if picked else "a number drawn from events"
    if operator is None or test.subject.size:
        found = "size(…)" if test.subject.size else test.op
        collector.add(meaning.computed_misuse(name, found, expected, test.origin))
        return
    if check_operands(operator, test.value, collector, test.origin):
        check_folding(operator, test.value, collector, test.origin, ignore_case=test.ignore_case)
        if not picked:
            check_numbers(test.op, test.value, collector, test.origin)


def check_numbers(op: str, value: object, collector: Collector, origin: Origin | None) -> None:
    """Require numbers or traits, for what is always a number."""
    for item in value if isinstance(value, tuple) else (value,):
        if not isinstance(item, (Number, TraitRef)):
            collector.add(meaning.misfit(op, describe(item), "a number or `trait …` here", _origin(item) or origin))


def check_operands(
    operator: Operator, value: object, collector: Collector, origin: Origin | None, *, has_where: bool = False
) -> bool:
    """Require the argument that an operator takes, of kinds it accepts; false once a problem was reported."""
    items: tuple[object, ...] = value if isinstance(value, tuple) else () if value is None else (value,)
    if any(_holds_param(item) for item in items):
        return False
    if not _has_shape(operator, value, has_where=has_where):
        found = "a condition" if has_where else _shape_found(value)
        collector.add(meaning.misfit(operator.name, found, _ARGUMENT_WORDS[operator.argument], origin))
        return False
    if operator.argument in ("duration", "where", "none"):
        return True
    refused = [item for item in items if accepted_as(item) not in operator.accepts]
    for item in refused:
        place = _origin(item) or origin
        hint = meaning.date_form(place) if operator.argument == "time" and isinstance(item, (Text, Number)) else None
        collector.add(meaning.misfit(operator.name, describe_operand(item), _accepted(operator), place, hint))
    return (
        not refused
        and _check_pair(operator, items, collector, origin)
        and _check_text(operator, items, collector, origin)
    )


def check_folding(
    operator: Operator, value: object, collector: Collector, origin: Origin | None, *, ignore_case: bool
) -> None:
    """Require a text for `ignoring case`."""
    if ignore_case and not (operator.ignore_case and isinstance(value, Text)):
        collector.add(meaning.misfit("ignoring case", describe_operand(value), "a text comparison", origin))


def accepted_as(item: object) -> Accepts:
    """Name the class of a value as operators accept it."""
    match item:
        case Text():
            return "str"
        case Number():
            return "num"
        case Boolean():
            return "bool"
        case TraitRef():
            return "trait"
        case _:
            return "time"


def describe_operand(item: object) -> str:
    """Name a value for people."""
    if item is None:
        return "nothing"
    if isinstance(item, tuple):
        return "a list"
    return "a trait" if isinstance(item, TraitRef) else describe(item)


def _has_shape(operator: Operator, value: object, *, has_where: bool) -> bool:
    single = value is not None and not isinstance(value, tuple)
    match operator.argument:
        case "none":
            return value is None and not has_where
        case "where":
            return value is None and has_where
        case "values":
            return isinstance(value, tuple) and not has_where
        case "pair":
            return isinstance(value, tuple) and len(value) == 2 and not has_where  # noqa: PLR2004 (low and high)
        case "duration":
            return isinstance(value, Duration) and not has_where
        case "type":
            return isinstance(value, Text) and value.value in TYPES and not has_where
        case _:
            return single and not isinstance(value, Duration) and not has_where


def _shape_found(value: object) -> str:
    if isinstance(value, Text):
        return f'"{value.value}"'
    return f"a list of {len(value)}" if isinstance(value, tuple) else describe_operand(value)


def _accepted(operator: Operator) -> str:
    words = {"str": "text", "num": "a number", "bool": "true or false", "time": "a time", "trait": "`trait …`"}
    return " or ".join(words[kind] for kind in ("str", "num", "bool", "time", "trait") if kind in operator.accepts)


def _check_pair(operator: Operator, items: tuple[object, ...], collector: Collector, origin: Origin | None) -> bool:
    if operator.argument != "pair":
        return True
    kinds = {accepted_as(item) for item in items} - {"trait"}
    if len(kinds) <= 1:
        return True
    found = " and ".join(describe_operand(item) for item in items)
    collector.add(meaning.misfit(operator.name, found, _ARGUMENT_WORDS["pair"], origin))
    return False


def _check_text(operator: Operator, items: tuple[object, ...], collector: Collector, origin: Origin | None) -> bool:
    positive = operator.complement_of or operator.name
    (first, *_) = (*items, None)
    if positive == "on" and not (isinstance(first, Today) or (isinstance(first, TimeLiteral) and first.is_date)):
        collector.add(meaning.misfit("on", "an instant", "a date", origin, hint="For an instant use before or after."))
        return False
    if positive not in ("contains", "starts_with", "ends_with", "matches") or not isinstance(first, Text):
        return True
    if positive == "matches":
        try:
            parse_pattern(first.value)
        except RegexError as error:
            collector.add(pattern.outside_dialect(error.message, error.position, first.origin or origin))
            return False
    elif not first.value:
        collector.add(meaning.empty_text(operator.name, first.origin or origin))
        return False
    return True


def _check_built_in(subject: Subject, operator: Operator, test: Test, collector: Collector) -> None:
    name = path_text(subject.path)
    what, known = (
        ("profile field", PROFILE_FIELDS) if subject.kind == "profile" else ("lifecycle measure", LIFECYCLE_MEASURES)
    )
    if name not in known:
        collector.add(meaning.unknown_name(what, name, known, closest(name, known), subject.origin))
        return
    _check_fixed(operator, test, PROFILE_KINDS[name], name, collector)
    if name == "lifecycle_stage":
        for item in test.value if isinstance(test.value, tuple) else (test.value,):
            if (
                isinstance(item, Text)
                and item.value not in LIFECYCLE_STAGES
                and operator.argument in ("value", "values")
            ):
                near = () if collector.is_full else closest(item.value, LIFECYCLE_STAGES)
                collector.add(
                    meaning.unknown_name(
                        "lifecycle stage", item.value, LIFECYCLE_STAGES, near, item.origin or test.origin
                    )
                )


def _check_fixed(operator: Operator, test: Test, holds: Kind, name: str, collector: Collector) -> None:
    """Require literals of the one kind that a built-in field holds."""
    value = test.value
    if operator.argument == "where":
        collector.add(meaning.fixed_kind(name, _KIND_WORDS[holds], "an element condition", test.origin))
        return
    if operator.argument in ("none", "type"):
        return
    for item in value if isinstance(value, tuple) else (value,):
        kind = "time" if isinstance(item, Duration) else accepted_as(item)
        if kind not in (holds, "trait"):
            found = describe_operand(item)
            collector.add(meaning.fixed_kind(name, _KIND_WORDS[holds], found, _origin(item) or test.origin))


def _unknown(op: str, place: str, known: Mapping[str, Operator], origin: Origin | None, collector: Collector) -> None:
    collector.add(meaning.unknown_operator(op, place, closest(op, known), origin))


def _holds_param(item: object) -> bool:
    return isinstance(item, Param) or (isinstance(item, (Ago, FromNow)) and isinstance(item.duration, Param))


def _origin(item: object) -> Origin | None:
    return item.origin if isinstance(item, (Text, Number, Boolean, TimeLiteral, Today, Now, Duration)) else None


__all__ = [
    "PROFILE_KINDS",
    "accepted_as",
    "check_computed_test",
    "check_folding",
    "check_numbers",
    "check_operands",
    "check_pick_or_number",
    "check_test",
    "describe_operand",
]
