"""Rules in English: generated from the tree for people to check what they wrote, never parsed.

Kept apart from the formatter because this says what the text leaves unsaid (people without a value, deadlines still
running). Groups within groups become lists. Two rules share a text only where they are `spoken` alike, that is where
they differ in notes or in groups of one. What could go wrong: two meanings that read the same; the tests look for it.
"""

from __future__ import annotations

from dataclasses import replace

from muster.compiler.rule import (
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    ParamDecl,
    Rule,
    Sequence,
    Step,
    Test,
)
from muster.compiler.values import Param
from muster.grammar.english_conditions import inline, metric
from muster.grammar.english_parts import Voice, name, param, value
from muster.grammar.english_words import ENGLISH, Phrases

_INDENT = "  "


def english(rule: Rule, *, deleted: frozenset[str] = frozenset(), phrases: Phrases = ENGLISH) -> str:
    """Say a rule, with what it defines below it; `deleted` names the audiences that are known to be gone."""
    voice = Voice(phrases, deleted=deleted)
    said = english_condition(rule.condition, deleted=deleted, phrases=phrases)
    defined = [
        *(
            phrases.constant.format(name=param(Param(key), phrases), value=value(held, phrases))
            for key, held in rule.let
        ),
        *(_declaration(declared, phrases) for declared in rule.params),
        *(_computed(key, drawn, voice) for key, drawn in rule.computed),
    ]
    return "\n".join([said, phrases.definitions, *(f"- {line}" for line in defined)]) if defined else said


def english_condition(
    condition: Condition, *, deleted: frozenset[str] = frozenset(), phrases: Phrases = ENGLISH
) -> str:
    """Say one condition: on one line, or as a list where groups stand in groups."""
    voice = Voice(phrases, deleted=deleted)
    canonical = spoken(condition)
    return "\n".join(_lines(canonical, voice)) if _depth(canonical) > 1 else inline(canonical, voice)


def spoken(condition: Condition) -> Condition:
    """Give the condition that is said: without notes, and with groups of one or none as what they mean.

    `all` or `any` of one member is that member, `none` of one its complement, `none` of nothing everyone.
    """
    match condition:
        case Group(op=op, members=members):
            inner = tuple(spoken(member) for member in members)
            if len(inner) == 1:
                return Not(member=inner[0]) if op == "none" else inner[0]
            return Group(op="all" if not inner and op == "none" else op, members=inner)
        case Not(member=member):
            return Not(member=spoken(member))
        case Test() | EventTest():
            return replace(condition, where=_spoken_filter(condition.where), note=None)
        case MetricTest():
            return replace(condition, metric=_spoken_metric(condition.metric), note=None)
        case Sequence(steps=steps):
            return replace(condition, steps=tuple(_spoken_step(step) for step in steps), note=None)
        case _:
            return replace(condition, note=None)


def _spoken_filter(where: Condition | None) -> Condition | None:
    return None if where is None else spoken(where)


def _spoken_metric(drawn: Metric) -> Metric:
    return replace(drawn, where=_spoken_filter(drawn.where))


def _spoken_step(step: Step) -> Step:
    return replace(step, where=_spoken_filter(step.where))


def _depth(condition: Condition) -> int:
    """Count how deep groups stand in groups."""
    match condition:
        case Group(members=members) if members:
            return 1 + max(_depth(member) for member in members)
        case Not(member=member):
            return _depth(member)
        case _:
            return 0


def _lines(condition: Condition, voice: Voice) -> list[str]:
    phrases = voice.phrases
    if isinstance(condition, Not) and _depth(condition):
        first, *rest = _lines(condition.member, voice)
        return [phrases.negation.format(negated=first), *rest]
    if not isinstance(condition, Group) or not condition.members:
        return [inline(condition, voice)]
    quiet = phrases.missing_is_no_match if condition.op == "none" else ""
    lines = [phrases.heading.format(heading=phrases.headings[condition.op], quiet=quiet)]
    for member in condition.members:
        first, *rest = _lines(member, voice)
        lines += [f"- {first}", *(f"{_INDENT}{line}" for line in rest)]
    return lines


def _declaration(declared: ParamDecl, phrases: Phrases) -> str:
    said = param(Param(declared.name), phrases)
    type_ = phrases.types[declared.type]
    if declared.default is None:
        return phrases.given.format(name=said, type=type_)
    return phrases.given_unless.format(name=said, type=type_, value=value(declared.default, phrases))


def _computed(key: str, drawn: Metric, voice: Voice) -> str:
    subject = voice.phrases.definite.format(thing=voice.phrases.computed.format(name=name(key, voice.phrases)))
    return voice.phrases.constant.format(name=subject, value=metric(_spoken_metric(drawn), voice))
