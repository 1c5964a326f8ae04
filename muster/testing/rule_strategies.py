"""Random rules about names that are known, with values that people made here have too.

Kept apart from the people: this is about what can be said. Every rule drawn is a right one.
"""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from muster.compiler.rule import (
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    Rule,
    Sequence,
    Step,
    Subject,
    SubjectKind,
    Test,
)
from muster.compiler.values import Boolean, Duration, Kind, Number, Text
from muster.testing.vocabulary import DAYS, NUMBERS, Place, Vocabulary

_MOST_LEAVES = 6
_TEXT_OPERATORS = ("eq", "neq", "contains", "not_starts_with", "ends_with")
_NUMBER_OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte")
_COUNTS = ("count_gte", "count_lte", "count_eq", "count_gt", "count_lt")


def rules_of(known: Vocabulary) -> st.SearchStrategy[Rule]:
    """Draw a rule about the places and events of a vocabulary."""
    leaves = [_tests("trait", place) for place in known.traits]
    if known.events:
        leaves += [_did(known), _counted(known), _drawn(known), _in_order(known)]
    everyone = st.just(Group(op="all", members=()))
    conditions = st.recursive(st.one_of(leaves or [everyone]), _groups, max_leaves=_MOST_LEAVES)
    return st.builds(lambda condition: Rule(condition=condition), conditions)


def _groups(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    members = st.lists(inner, min_size=2, max_size=3).map(tuple)
    grouped = st.builds(lambda op, held: Group(op=op, members=held), st.sampled_from(("all", "any")), members)
    return grouped | st.builds(lambda member: Not(member=member), inner)


def _tests(subject: SubjectKind, place: Place) -> st.SearchStrategy[Condition]:
    """Draw a test of a place: of one of its kinds, or whether there is anything."""
    presence = st.sampled_from(("exists", "not_exists")).map(lambda op: _test(subject, place, op))
    return st.one_of(presence, *(_tests_of_kind(subject, place, kind) for kind in place.kinds))


def _tests_of_kind(subject: SubjectKind, place: Place, kind: Kind) -> st.SearchStrategy[Condition]:
    match kind:
        case "str":
            # An empty text is inside every text, so it is not asked for.
            texts = st.sampled_from([text for text in place.texts if text]).map(Text)
            single = st.builds(
                lambda op, text: _test(subject, place, op, text), st.sampled_from(_TEXT_OPERATORS), texts
            )
            several = st.lists(texts, min_size=1, max_size=3, unique=True).map(tuple)
            return single | several.map(lambda listed: _test(subject, place, "in", listed))
        case "num":
            return st.builds(
                lambda op, number: _test(subject, place, op, number), st.sampled_from(_NUMBER_OPERATORS), _numbers()
            )
        case "bool":
            return st.booleans().map(lambda truth: _test(subject, place, "eq", Boolean(truth)))
        case "time":
            return st.builds(
                lambda op, length: _test(subject, place, op, length),
                st.sampled_from(("in_last", "older_than", "in_next")),
                _lengths(),
            )


def _test(subject: SubjectKind, place: Place, op: str, value: object = None) -> Condition:
    return Test(subject=Subject(kind=subject, path=place.path), op=op, value=value)  # type: ignore[arg-type]  # as each kind takes


def _numbers() -> st.SearchStrategy[Number]:
    return st.sampled_from(NUMBERS).map(lambda number: Number(Decimal(number)))


def _lengths() -> st.SearchStrategy[Duration]:
    return st.sampled_from(DAYS).map(lambda days: Duration(days, "d"))


def _named(known: Vocabulary) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(known.events))


def _where(known: Vocabulary, event: str) -> st.SearchStrategy[Condition | None]:
    places = known.events[event]
    return st.none() | st.one_of([_tests("property", place) for place in places]) if places else st.none()


def _did(known: Vocabulary) -> st.SearchStrategy[Condition]:
    def tests(event: str) -> st.SearchStrategy[Condition]:
        ever = st.builds(
            lambda op, where: EventTest(events=(event,), op=op, where=where),
            st.sampled_from(("occurred", "not_occurred")),
            _where(known, event),
        )
        lately = st.builds(
            lambda op, length, where: EventTest(events=(event,), op=op, value=length, where=where),
            st.sampled_from(("occurred_in_last", "not_occurred_in_last")),
            _lengths(),
            _where(known, event),
        )
        return ever | lately

    return _named(known).flatmap(tests)


def _counted(known: Vocabulary) -> st.SearchStrategy[Condition]:
    return _named(known).flatmap(
        lambda event: st.builds(
            lambda op, count, where: EventTest(events=(event,), op=op, value=Number(Decimal(count)), where=where),
            st.sampled_from(_COUNTS),
            st.integers(0, 3),
            _where(known, event),
        )
    )


def _drawn(known: Vocabulary) -> st.SearchStrategy[Condition]:
    """Draw a test of a number that is drawn from events; a count of them where none has a number."""
    numeric = [
        (event, place.path) for event, places in known.events.items() for place in places if "num" in place.kinds
    ]
    if not numeric:
        return _counted(known)
    return st.builds(
        lambda of, agg, op, number: MetricTest(
            metric=Metric(events=(of[0],), agg=agg, property=of[1]), op=op, value=number
        ),
        st.sampled_from(numeric),
        st.sampled_from(("sum", "avg", "min", "max", "distinct")),
        st.sampled_from(_NUMBER_OPERATORS),
        _numbers(),
    )


def _in_order(known: Vocabulary) -> st.SearchStrategy[Condition]:
    return st.builds(
        lambda first, then, within, negate: Sequence(
            steps=(Step(events=(first,)), Step(events=(then,), within=within, negate=negate))
        ),
        _named(known),
        _named(known),
        st.none() | _lengths(),
        st.booleans(),
    )
