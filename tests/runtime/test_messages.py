"""Many messages: who is who, whose trait counts, and the laws of folding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import EventRow, ProfileRow
from muster.runtime.messages import Folded, fold

NOON = 1_706_702_400_000_000


def message(kind: str, mid: str | None, minute: int = 0, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind, "timestamp": f"2024-01-31T12:{minute:02}:00Z", **fields}
    return made if mid is None else {**made, "messageId": mid}


def track(mid: str | None, minute: int = 0, **fields: Any) -> dict[str, Any]:
    return message("track", mid, minute, event="buy", **fields)


def identify(mid: str, minute: int, traits: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return message("identify", mid, minute, traits=traits, **fields)


def people(folded: Folded) -> dict[tuple[str, bool], ProfileRow]:
    return {(profile.external_id, profile.is_anonymous): profile for profile in folded.profiles}


def traits(folded: Folded, identity: str = "u1") -> dict[str, Any]:
    return dict(people(folded)[identity, False].traits)


def owners(folded: Folded) -> dict[str, str]:
    names = {profile.pid: f"{'~' if profile.is_anonymous else ''}{profile.external_id}" for profile in folded.profiles}
    return {event.mid: names[event.pid] for event in folded.events}


def meaning(folded: Folded) -> tuple[frozenset[Any], frozenset[Any]]:
    """Everything that must not depend on the order of messages."""
    profiles = frozenset(
        (
            profile.external_id,
            profile.is_anonymous,
            profile.first_seen,
            profile.last_seen,
            profile.created_at,
            repr(sorted(profile.traits.items())),
        )
        for profile in folded.profiles
    )
    owned = owners(folded)
    events = frozenset(
        (event.mid, owned[event.mid], event.event, event.ts, repr(event.properties)) for event in folded.events
    )
    return profiles, events


# --- people -----------------------------------------------------------------------------------------------------
def test_every_type_makes_the_profile_and_counts_as_seen() -> None:
    kinds = ("identify", "track", "page", "screen", "group", "alias")
    folded = fold(
        message(kind, kind, index, userId=f"u-{kind}", event="buy", previousId="a") for index, kind in enumerate(kinds)
    )

    assert {profile.external_id: profile.first_seen for profile in folded.profiles} == {
        f"u-{kind}": NOON + index * 60_000_000 for index, kind in enumerate(kinds)
    }
    assert [event.event for event in folded.events] == ["buy", "$page", "$screen"]


def test_first_and_last_seen_leave_inactive_messages_out_and_created_does_not() -> None:
    folded = fold(
        [
            track("m1", 5, userId="u1", receivedAt="2024-01-31T13:00:00Z"),
            track("m2", 9, userId="u1", receivedAt="2024-01-31T12:30:00Z", context={"active": False}),
            track("m3", 7, userId="u1", receivedAt="2024-01-31T14:00:00Z"),
        ]
    )
    profile = folded.profiles[0]

    assert (profile.first_seen, profile.last_seen) == (NOON + 5 * 60_000_000, NOON + 7 * 60_000_000)
    assert profile.created_at == NOON + 30 * 60_000_000


def test_nobody_was_seen_who_was_never_active() -> None:
    profile = fold([track("m1", userId="u1", context={"active": False})]).profiles[0]

    assert (profile.first_seen, profile.last_seen, profile.created_at) == (None, None, None)


def test_numbers_of_people_are_dense_with_users_first() -> None:
    folded = fold([track("m1", anonymousId="a"), track("m2", userId="z"), track("m3", userId="b")])

    assert [(profile.pid, profile.external_id, profile.is_anonymous) for profile in folded.profiles] == [
        (0, "b", False),
        (1, "z", False),
        (2, "a", True),
    ]


def test_a_user_and_an_anonymous_id_of_one_name_are_two_people() -> None:
    folded = fold([track("m1", anonymousId="x"), track("m2", userId="x")])

    assert owners(folded) == {"m1": "~x", "m2": "x"}


def test_ids_with_one_normal_form_are_one_person() -> None:
    assert len(fold([track("m1", userId="café"), track("m2", userId="cafe\u0301")]).profiles) == 1


# --- links ------------------------------------------------------------------------------------------------------
def test_signing_in_takes_the_anonymous_history_before_and_after() -> None:
    folded = fold(
        [
            track("before", 1, anonymousId="a"),
            identify("link", 2, {}, userId="u1", anonymousId="a"),
            track("after", 3, anonymousId="a"),
        ]
    )

    assert owners(folded) == {"before": "u1", "after": "u1"}
    assert [profile.external_id for profile in folded.profiles] == ["u1"]


def test_an_alias_links_too() -> None:
    folded = fold([track("m1", anonymousId="a"), message("alias", "m2", userId="u1", previousId="a")])

    assert owners(folded) == {"m1": "u1"}


def test_a_track_with_both_ids_is_the_users_and_links_nothing() -> None:
    folded = fold([track("m1", anonymousId="a"), track("m2", userId="u1", anonymousId="a")])

    assert owners(folded) == {"m1": "~a", "m2": "u1"}


def test_the_first_link_that_arrives_wins_whatever_its_time() -> None:
    folded = fold(
        [
            track("m1", 1, anonymousId="a"),
            identify("late", 9, {}, userId="u1", anonymousId="a"),
            identify("early", 2, {}, userId="u2", anonymousId="a"),
        ]
    )

    assert owners(folded) == {"m1": "u1"}
    assert [warning.message for warning in folded.warnings] == [
        'the anonymous id "a" stays with "u1", who came first; "u2" gets none of it.'
    ]


def test_an_alias_of_two_users_merges_nothing_and_is_told() -> None:
    folded = fold(
        [
            track("m1", userId="old"),
            message("alias", "m2", userId="new", previousId="old"),
            track("m3", userId="old"),
        ]
    )

    assert owners(folded) == {"m1": "old", "m3": "old"}
    assert [warning.message for warning in folded.warnings] == [
        'alias of "old" to "new" was left: both are known users, and users are not merged.'
    ]


def test_an_alias_of_oneself_is_nothing() -> None:
    assert fold([message("alias", "m1", userId="u1", previousId="u1")]).warnings == ()


def test_two_anonymous_ids_can_belong_to_one_person() -> None:
    folded = fold(
        [
            identify("m1", 1, {"a": 1}, anonymousId="x"),
            identify("m2", 2, {"a": 2, "b": 2}, anonymousId="y"),
            identify("m3", 3, {}, userId="u1", anonymousId="x"),
            identify("m4", 4, {}, userId="u1", anonymousId="y"),
        ]
    )

    assert traits(folded) == {"a": 2, "b": 2}


# --- traits -----------------------------------------------------------------------------------------------------
def test_the_later_trait_wins_whenever_it_arrives() -> None:
    late, early = identify("m1", 9, {"plan": "pro"}, userId="u1"), identify("m2", 1, {"plan": "free"}, userId="u1")

    assert traits(fold([late, early])) == traits(fold([early, late])) == {"plan": "pro"}


def test_at_one_instant_the_larger_message_id_wins() -> None:
    both = [identify("m10", 1, {"plan": "a"}, userId="u1"), identify("m9", 1, {"plan": "b"}, userId="u1")]

    assert traits(fold(both)) == traits(fold(reversed(both))) == {"plan": "b"}


def test_null_removes_and_absence_keeps() -> None:
    folded = fold(
        [
            identify("m1", 1, {"plan": "pro", "seats": 3, "tags": ["a"]}, userId="u1"),
            identify("m2", 2, {"plan": None, "seats": 10**18}, userId="u1"),
        ]
    )

    assert traits(folded) == {"tags": ["a"]}


def test_a_removal_is_not_undone_by_what_was_older() -> None:
    folded = fold([identify("m1", 5, {"plan": None}, userId="u1"), identify("m2", 1, {"plan": "pro"}, userId="u1")])

    assert traits(folded) == {}


def test_what_a_user_wrote_beats_what_was_written_anonymously_removals_included() -> None:
    folded = fold(
        [
            identify("m1", 1, {"plan": "pro", "city": None}, userId="u1", anonymousId="a"),
            identify("m2", 9, {"plan": "free", "city": "X", "shoe": 42}, anonymousId="a"),
        ]
    )

    assert traits(folded) == {"plan": "pro", "shoe": 42}


def test_objects_are_replaced_whole() -> None:
    folded = fold(
        [
            identify("m1", 1, {"address": {"city": "X", "zip": "1"}}, userId="u1"),
            identify("m2", 2, {"address": {"city": "Y"}}, userId="u1"),
        ]
    )

    assert traits(folded) == {"address": {"city": "Y"}}


def test_trait_names_with_one_normal_form_are_one_trait() -> None:
    folded = fold([identify("m1", 1, {"é": 1}, userId="u1"), identify("m2", 2, {"e\u0301": 2}, userId="u1")])

    assert traits(folded) == {"é": 2}


# --- duplicates and rejects ---------------------------------------------------------------------------------------
def test_of_two_messages_with_one_id_the_first_counts() -> None:
    folded = fold([track("m1", 1, userId="u1"), track("m1", 2, userId="u2")])

    assert owners(folded) == {"m1": "u1"}
    assert folded.duplicates == (1,)
    assert [warning.message for warning in folded.warnings] == ["1 repeated message id: only the first of each counts."]


def test_a_rejected_message_does_not_use_up_its_id() -> None:
    folded = fold([track("m1"), track("m1", userId="u1")])

    assert [(reject.index, reject.message_id, reject.code) for reject in folded.rejects] == [
        (0, "m1", "missing_identity")
    ]
    assert owners(folded) == {"m1": "u1"}


def test_bad_messages_never_stop_the_rest() -> None:
    folded = fold([None, 5, {"type": "track", "messageId": 5}, track("m1", userId="u1")])

    assert [(reject.index, reject.message_id) for reject in folded.rejects] == [(0, None), (1, None), (2, None)]
    assert len(folded.events) == 1


def test_messages_without_an_id_all_count_and_are_told() -> None:
    folded = fold([track(None, userId="u1"), track(None, userId="u1")])

    assert len({event.mid for event in folded.events}) == 2
    assert [warning.code for warning in folded.warnings] == ["D24"]
    assert folded == fold([track(None, userId="u1"), track(None, userId="u1")])


def test_warnings_of_one_kind_are_told_once_and_not_without_end() -> None:
    aliases = [message("alias", f"m{index}", userId=f"v{index}", previousId="old") for index in range(100)]
    again = [message("alias", f"n{index}", userId="v0", previousId="old") for index in range(100)]

    assert len(fold([track("m", userId="old"), *again]).warnings) == 1
    assert len(fold([track("m", userId="old"), *aliases]).warnings) == 20


def test_numbers_that_count_as_missing_are_told() -> None:
    folded = fold([track("m1", userId="u1", properties={"usd": 1e300})])

    assert [warning.code for warning in folded.warnings] == ["D23"]


# --- laws -------------------------------------------------------------------------------------------------------
IDS = st.sampled_from(("u1", "u2"))
ANONYMOUS = st.sampled_from(("a", "b", "u1"))
VALUES = st.sampled_from((None, 1, "x", ["l"], {"o": 1}))
BODIES = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("identify"), "traits": st.dictionaries(st.sampled_from(("p", "q")), VALUES)},
        optional={"userId": IDS, "anonymousId": ANONYMOUS},
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(("track", "page", "group")), "event": st.just("buy")},
        optional={"userId": IDS, "anonymousId": ANONYMOUS, "context": st.sampled_from(({"active": False}, {}))},
    ),
    st.fixed_dictionaries({"type": st.just("alias"), "userId": IDS, "previousId": ANONYMOUS}),
)


@st.composite
def logs(draw: st.DrawFn) -> list[dict[str, Any]]:
    bodies = draw(st.lists(BODIES, max_size=8))
    minutes = draw(st.lists(st.integers(0, 3), min_size=len(bodies), max_size=len(bodies)))
    mids = draw(st.permutations([f"m{index}" for index in range(len(bodies))]))
    return [
        {"messageId": mid, "timestamp": f"2024-01-31T12:{minute:02}:00Z", **body}
        for body, minute, mid in zip(bodies, minutes, mids, strict=True)
    ]


def links_first(log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what can link in front, in its order: links are the one thing that order may decide."""
    is_link = [entry["type"] in {"identify", "alias"} for entry in log]
    return [entry for entry, first in zip(log, is_link, strict=True) if first] + [
        entry for entry, first in zip(log, is_link, strict=True) if not first
    ]


@given(st.data())
def test_the_order_of_messages_decides_nothing_but_links(data: st.DataObject) -> None:
    log = links_first(data.draw(logs()))
    links = [entry for entry in log if entry["type"] in {"identify", "alias"}]
    # An alias of what is known as a user by then links nothing, so users are made known in advance.
    known = [track(f"k{user}", userId=user) for user in ("u1", "u2")]
    others = data.draw(st.permutations(log[len(links) :]))
    spread = list(links)
    for entry in others:
        spread.insert(data.draw(st.integers(0, len(spread))), entry)

    assert meaning(fold([*known, *spread])) == meaning(fold([*known, *log]))


@given(logs(), st.randoms(use_true_random=False))
def test_without_links_the_order_decides_nothing(log: list[dict[str, Any]], random: Any) -> None:
    unlinked = [
        {key: value for key, value in entry.items() if key != "anonymousId" or "userId" not in entry}
        for entry in log
        if entry["type"] != "alias"
    ]
    shuffled = list(unlinked)
    random.shuffle(shuffled)

    assert meaning(fold(shuffled)) == meaning(fold(unlinked))


@given(logs(), st.randoms(use_true_random=False))
def test_duplicates_change_nothing(log: list[dict[str, Any]], random: Any) -> None:
    repeated = list(log)
    for entry in log:
        first = repeated.index(entry)
        repeated.insert(random.randrange(first + 1, len(repeated) + 1), dict(entry))

    assert meaning(fold(repeated)) == meaning(fold(log))


def test_the_law_of_order_can_fail() -> None:
    """The links of one anonymous id to two people do depend on order, and `meaning` shows it."""
    links = [identify(f"m{user}", 1, {}, userId=user, anonymousId="a") for user in ("u1", "u2")]
    history = [track("m", anonymousId="a")]

    assert meaning(fold([*links, *history])) != meaning(fold([*reversed(links), *history]))


@given(logs())
def test_every_event_belongs_to_somebody_there_is(log: list[dict[str, Any]]) -> None:
    folded = fold(log)
    pids = {profile.pid for profile in folded.profiles}

    assert pids == set(range(len(folded.profiles)))
    assert {event.pid for event in folded.events} <= pids
    assert len(folded.events) == sum(
        entry["type"] in {"track", "page"} and ("userId" in entry or "anonymousId" in entry) for entry in log
    )


def test_nothing_makes_nothing() -> None:
    assert fold([]) == Folded((), (), (), (), (), {})


@pytest.mark.parametrize("received", [None, NOON])
def test_a_row_is_what_engines_take(received: int | None) -> None:
    folded = fold([track("m1", userId="u1", properties={"usd": 1})], received)

    assert folded.events == (EventRow(0, "buy", NOON, "m1", {"usd": 1}),)
    assert folded.profiles == (ProfileRow(0, "u1", False, NOON, NOON, received),)
