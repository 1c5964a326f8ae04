"""The quiet parts of a condition: whom it includes although nobody would think of them.

Kept apart from the conditions because each is a decision about meaning, not about words. What could go wrong: a
negative condition whose sentence does not say that people without the value match it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import AudienceRef, Condition, EventTest, Group, MetricTest, Not, Sample, Test
from muster.compiler.values import Number
from muster.grammar.english_parts import Voice

# Whether zero passes a comparison with a number; None stands for one that is not known yet.
_ZERO: Mapping[str, Callable[[Decimal | None], bool]] = {
    "gte": lambda n: n is not None and n <= 0,
    "gt": lambda n: n is not None and n < 0,
    "lte": lambda n: n is None or n >= 0,
    "lt": lambda n: n is None or n > 0,
    "eq": lambda n: n == 0,
    "neq": lambda n: n != 0,
}
# Of nothing these are zero; the other aggregates have no value then.
_COUNTING = frozenset({"sum", "distinct"})
# Positive operators that a missing value passes, with the phrase that says so.
_OF_NOTHING: Mapping[str, str] = {"empty": "or_missing", "all_where": "no_elements"}
_PAIR = 2


def of_test(test: Test, subject: str, voice: Voice) -> str:
    """Say that people without the value are included."""
    phrases = voice.phrases
    operator = FIELD_OPERATORS.get(test.op)
    if operator is None:
        return ""
    owners = phrases.owners[voice.owner]
    if test.op in _OF_NOTHING:
        template: str = getattr(phrases, _OF_NOTHING[test.op])
        return template.format(owners=owners, subject=subject)
    if not _is_complement(test.op) or operator.argument == "none":
        return ""
    template = phrases.no_elements if operator.argument == "where" else phrases.missing
    return template.format(owners=owners, subject=subject)


def of_event_test(test: EventTest, voice: Voice) -> str:
    """Say that people who never did it are included."""
    operator = EVENT_OPERATORS.get(test.op)
    if operator is None:
        return ""
    if operator.argument in ("number", "pair"):
        return voice.phrases.never if _counts_zero(test) else ""
    narrowed = test.where is not None or test.window is not None or test.value is not None
    return voice.phrases.never_did if operator.complement_of is not None and narrowed else ""


def of_metric_test(test: MetricTest, voice: Voice) -> str:
    """Say that people without such events are included."""
    return voice.phrases.none_of_them if _passes_nothing(test) else ""


def of_negation(member: Condition, subject: str, voice: Voice) -> str:
    """Say whom the complement of a condition includes, where the condition itself leaves them out in silence."""
    phrases = voice.phrases
    match member:
        case Group():
            return phrases.missing_is_no_match if member.members else ""
        case Test():
            return _of_negated_test(member, subject, voice)
        case EventTest():
            operator = EVENT_OPERATORS.get(member.op)
            if operator is None:
                return ""
            counted = operator.argument in ("number", "pair")
            includes = _counts_zero(member) if counted else operator.complement_of is not None
            return "" if includes else phrases.never_did
        case MetricTest():
            return "" if _passes_nothing(member) else phrases.none_of_them
        case Not() | AudienceRef() | Sample():
            return ""
        case _:
            return phrases.never_did


def _of_negated_test(test: Test, subject: str, voice: Voice) -> str:
    operator = FIELD_OPERATORS.get(test.op)
    if operator is None or of_test(test, subject, voice):
        return ""
    phrases, opposite = voice.phrases, operator.complement_of
    if opposite is not None and opposite in _OF_NOTHING:
        template: str = getattr(phrases, _OF_NOTHING[opposite])
    elif operator.argument == "none":
        return ""
    else:
        template = phrases.no_elements if operator.argument == "where" else phrases.missing
    return template.format(owners=phrases.owners[voice.owner], subject=subject)


def _is_complement(op: str) -> bool:
    """Tell whether a missing value passes an operator because it fails the operator's opposite."""
    complement_of = FIELD_OPERATORS[op].complement_of
    return complement_of is not None and complement_of not in _OF_NOTHING


def _counts_zero(test: EventTest) -> bool:
    operator = EVENT_OPERATORS[test.op]
    if operator.argument == "number":
        return _zero_passes(test.op.removeprefix("count_"), test.value)
    if operator.argument != "pair" or not isinstance(test.value, tuple) or len(test.value) != _PAIR:
        return False
    low, high = test.value
    return _zero_passes("gte", low) and _zero_passes("lte", high)


def _passes_nothing(test: MetricTest) -> bool:
    if test.metric.agg in _COUNTING and test.op in _ZERO:
        return _zero_passes(test.op, test.value)
    return test.op in _OF_NOTHING or (test.op in FIELD_OPERATORS and _is_complement(test.op))


def _zero_passes(op: str, value: object) -> bool:
    return _ZERO[op](value.value if isinstance(value, Number) else None)
