"""Conditions in English on one line: tests, events, metrics, sequences, references, and groups in brackets.

Kept apart from `english`, which breaks large rules into lists. What could go wrong: a sentence that two conditions
share; so every phrase ends where it must (a list in brackets, `where` in brackets) and nested groups stand in brackets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import (
    ANYTHING,
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    Regularity,
    Sample,
    Sequence,
    StageEntered,
    Step,
    Subject,
    Test,
    Window,
)
from muster.compiler.values import Number, Text, path_text
from muster.grammar import english_quiet as quiet
from muster.grammar.english_parts import (
    Voice,
    arguments,
    event_names,
    length,
    name,
    number,
    path,
    places,
    quoted,
    window,
)
from muster.grammar.english_words import Phrases


def inline(condition: Condition, voice: Voice) -> str:
    """Say a condition on one line."""
    match condition:
        case Group():
            return _group(condition, voice)
        case Not(member=member):
            return _negation(member, voice)
        case Test():
            return _test(condition, voice)
        case EventTest():
            return _event_test(condition, voice)
        case MetricTest():
            return _metric_test(condition, voice)
        case Sequence():
            return _sequence(condition, voice)
        case AudienceRef():
            return _audience(condition, voice, negated=False)
        case Sample(salt=salt, percent=percent):
            return voice.phrases.sample.format(percent=number(percent), salt=quoted(salt))
        case StageEntered(stage=stage, within=within):
            return voice.phrases.entered.format(stage=quoted(stage), value=length(within, voice.phrases))
        case _:
            assert_never(condition)


def _group(group: Group, voice: Voice) -> str:
    phrases = voice.phrases
    if not group.members:
        return (phrases.nobody if group.op == "any" else phrases.everyone)[voice.owner]
    said = [
        _bracketed(member, voice) if isinstance(member, Group) and member.members else inline(member, voice)
        for member in group.members
    ]
    joined = phrases.joiners[group.op].join(said)
    return phrases.neither.format(members=joined) if group.op == "none" else joined


def _bracketed(condition: Condition, voice: Voice) -> str:
    return voice.phrases.brackets.format(inner=inline(condition, voice))


def _negation(member: Condition, voice: Voice) -> str:
    if isinstance(member, AudienceRef):
        return _audience(member, voice, negated=True)
    subject = _missing_name(member.subject, voice.phrases) if isinstance(member, Test) else ""
    negated = _bracketed(member, voice) + quiet.of_negation(member, subject, voice)
    return voice.phrases.negation.format(negated=negated)


def _audience(reference: AudienceRef, voice: Voice, *, negated: bool) -> str:
    phrases = voice.phrases
    if reference.name in voice.deleted:
        template = phrases.not_deleted if negated else phrases.deleted
    else:
        template = phrases.not_audience if negated else phrases.audience
    return template.format(name=quoted(reference.name))


# --- tests --------------------------------------------------------------------------------------------------------


def _test(test: Test, voice: Voice) -> str:
    phrases = voice.phrases
    filled = dict(arguments(test.value, phrases))
    operator = FIELD_OPERATORS.get(test.op)
    if operator is not None and operator.argument == "type" and isinstance(test.value, Text):
        filled["value"] = name(test.value.value, phrases) if test.value.value not in phrases.types else test.value.value
    if test.where is not None:
        filled["where"] = _bracketed(test.where, voice.about("element"))
    said = _operation(phrases.operators.get(test.op), test.op, filled, phrases)
    folded = phrases.folded if test.ignore_case else ""
    missing = quiet.of_test(test, _missing_name(test.subject, phrases), voice)
    return f"{_subject(test.subject, phrases)} {said}{folded}{missing}"


def _operation(template: str | None, op: str, filled: Mapping[str, str], phrases: Phrases) -> str:
    """Fill an operator's phrase, or name the operator where its value is not one that the phrase has a place for."""
    wanted = frozenset() if template is None else places(template)
    if template is not None and wanted <= filled.keys() and (wanted or not filled):
        return template.format_map(filled)
    details = " ".join(part for place, part in filled.items() if place not in ("low", "high"))
    return phrases.other_operator.format(op=name(op, phrases), value=details)


def _subject(subject: Subject, phrases: Phrases) -> str:
    if subject.size:
        inner = _subject(Subject(kind=subject.kind, path=subject.path), phrases)
        return phrases.definite.format(thing=phrases.size.format(subject=inner))
    thing = _thing(subject, phrases)
    return thing if subject.kind in ("trait", "property") else phrases.definite.format(thing=thing)


def _missing_name(subject: Subject, phrases: Phrases) -> str:
    """Name what people may have none of."""
    if subject.size:
        return phrases.list_in.format(subject=_subject(Subject(kind=subject.kind, path=subject.path), phrases))
    return _thing(subject, phrases)


def _thing(subject: Subject, phrases: Phrases) -> str:
    spelled = path(subject.path, phrases)
    match subject.kind:
        case "trait" | "property":
            return spelled
        case "computed":
            return phrases.computed.format(name=spelled)
        case "profile":
            return phrases.profile_fields.get(path_text(subject.path)) or phrases.profile_field.format(name=spelled)
        case "lifecycle":
            return phrases.measures.get(path_text(subject.path)) or phrases.measure.format(name=spelled)
        case _:
            assert_never(subject.kind)


# --- events ---------------------------------------------------------------------------------------------------------


def _event_test(test: EventTest, voice: Voice) -> str:
    phrases = voice.phrases
    template, names = _said_of(test.op, test.events, phrases)
    filled = {"event": _events(names, test.where, voice), **arguments(test.value, phrases)}
    if test.lookback is not None and test.op in phrases.looking_back:
        template = phrases.looking_back[test.op]
    for option, given in (("lookback", test.lookback), ("gap", test.gap)):
        if given is not None:
            filled[option] = length(given, phrases)
    if isinstance(test.value, Number) and test.value.value == 1 and template is not None:
        template = template.replace(phrases.times, phrases.time_once)
    if isinstance(test.value, Regularity) and test.value.count != 1:
        filled["event"] = phrases.each.format(event=filled["event"], value=test.value.count)
    said = _operation(template, test.op, filled, phrases)
    return _in_time(said, test.window, phrases) + quiet.of_event_test(test, voice)


def _said_of(op: str, events: tuple[str, ...], phrases: Phrases) -> tuple[str | None, str]:
    """Give an operator's phrase and its events: `did nothing` where it would be `did not anything`."""
    operator = EVENT_OPERATORS.get(op)
    positive = None if operator is None or operator.argument == "number" else operator.complement_of
    if positive is not None and events == ANYTHING:
        return phrases.event_operators[positive], phrases.no_event
    return phrases.event_operators.get(op), event_names(events, phrases)


def _events(said: str, where: Condition | None, voice: Voice) -> str:
    if where is None:
        return said
    return voice.phrases.where.format(what=said, filter=_bracketed(where, voice.about("event")))


def _in_time(said: str, found: Window | None, phrases: Phrases) -> str:
    return said if found is None else phrases.in_time.format(what=said, window=window(found, phrases))


def _metric_test(test: MetricTest, voice: Voice) -> str:
    phrases = voice.phrases
    filled = arguments(test.value, phrases)
    said = _operation(phrases.operators.get(test.op), test.op, filled, phrases)
    folded = phrases.folded if test.ignore_case else ""
    return f"{metric(test.metric, voice)} {said}{folded}{quiet.of_metric_test(test, voice)}"


def metric(drawn: Metric, voice: Voice) -> str:
    """Name the number or value that is drawn from events."""
    phrases = voice.phrases
    events = _events(event_names(drawn.events, phrases), drawn.where, voice)
    property_ = phrases.no_property if drawn.property is None else path(drawn.property, phrases)
    template = phrases.aggregates[drawn.agg]
    if drawn.window is not None and drawn.agg in phrases.picks:
        picked = template.format(property=property_, event=events)
        return phrases.picked_in.format(picked=picked, window=window(drawn.window, phrases))
    return template.format(property=property_, event=_in_time(events, drawn.window, phrases))


def _sequence(sequence: Sequence, voice: Voice) -> str:
    phrases = voice.phrases
    first, *later = sequence.steps
    said = phrases.did.format(event=_events(event_names(first.events, phrases), first.where, voice))
    return _in_time(said, sequence.window, phrases) + "".join(_then(step, voice) for step in later)


def _then(step: Step, voice: Voice) -> str:
    phrases = voice.phrases
    template, names = phrases.then, event_names(step.events, phrases)
    if step.negate and step.events == ANYTHING:
        names = phrases.no_event
    elif step.negate:
        template = phrases.then_not
    said = template.format(event=_events(names, step.where, voice))
    if step.within is not None:
        said += phrases.within.format(value=length(step.within, phrases))
    if step.same is not None:
        said += phrases.same.format(property=path(step.same, phrases))
    if not step.negate:
        return said
    if step.within is None:
        return said + phrases.never_after
    return said + phrases.still_running.format(value=length(step.within, phrases))
