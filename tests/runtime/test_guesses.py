"""Guesses by name, and what is said where there is none."""

from __future__ import annotations

import pytest

from muster.runtime.guesses import Ambiguous, Role, guess, guess_delimiter, near, not_guessed


@pytest.mark.parametrize(
    ("role", "columns", "expected"),
    [
        ("id", ["id", "user_id", "amount"], "user_id"),
        ("id", ["userId"], "userId"),
        ("id", ["Customer ID", "Order ID"], "Customer ID"),
        ("id", ["user_id", "customer_id"], "user_id"),
        ("id", ["customer_id", "member_id"], Ambiguous(("customer_id", "member_id"))),
        ("id", ["order_id"], None),
        ("name", ["event", "type"], "event"),
        ("name", ["action"], "action"),
        ("name", ["amount"], None),
        ("time", ["date", "ts"], "ts"),
        ("time", ["created_at"], "created_at"),
        ("time", ["ts", "timestamp"], Ambiguous(("ts", "timestamp"))),
        ("message_id", ["messageId", "event_id"], "messageId"),
        ("message_id", ["uuid"], None),
    ],
)
def test_a_column_is_guessed_by_the_best_rank(role: Role, columns: list[str], expected: str | Ambiguous | None) -> None:
    assert guess(role, columns) == expected


def test_no_candidate_says_what_a_map_would_say() -> None:
    diagnostic = not_guessed("name", None, ["customer_id", "usd"], "events")

    assert diagnostic.code == "D09"
    assert diagnostic.message == (
        'No column could be told to hold the name of the event. The file has "customer_id", "usd".'
    )
    assert diagnostic.hint == (
        "A map can say which it is, in a file for --map:\n"
        '[events]\nname = { value = "purchase" }  # when every row is the same event'
    )


def test_several_candidates_are_all_named() -> None:
    diagnostic = not_guessed("id", Ambiguous(("customer_id", "member_id")), ["customer_id", "member_id"], "events")

    assert diagnostic.message == 'Several columns could hold the id of a person: "customer_id", "member_id".'
    assert diagnostic.hint is not None
    assert diagnostic.hint.endswith('[events]\nid = "customer_id"  # or "member_id"')
    assert (not_guessed("id", None, ["PK"], "events").hint or "").endswith('id = "…"  # the name of the column')


def test_a_misspelt_column_has_near_ones() -> None:
    assert near("Cutsomer_ID", ["customer_id", "usd"]) == ("customer_id",)
    assert near("x", ["customer_id"]) == ()


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["id;event;ts"], ";"),
        (["id\tnote", " long\tts"], "\t"),
        (["id,event"], ","),
        (["id", "a;b", "ts"], None),
        (["id"], None),
        ([], None),
    ],
)
def test_a_delimiter_is_guessed_where_it_would_make_more_columns(columns: list[str], expected: str | None) -> None:
    assert guess_delimiter(columns) == expected
