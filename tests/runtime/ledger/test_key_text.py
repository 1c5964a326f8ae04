"""The text of keys: what is one, and what it never shows."""

from __future__ import annotations

import hashlib
import re

import pytest

from muster.runtime.ledger.key_text import KeyKind, new_key, read_key


@pytest.mark.parametrize("kind", ["pk", "sk"])
def test_a_key_is_read_back_and_says_what_it_is(kind: KeyKind) -> None:
    key = new_key(kind)

    assert re.fullmatch(kind + "_[0-9A-Za-z]{46}", key.text)
    assert read_key(key.text) == key
    assert (key.kind, key.public_id, key.last4) == (kind, key.text[3:11], key.text[39:43])
    assert key.digest == hashlib.sha256(key.text.encode()).digest()


def test_no_two_keys_are_alike() -> None:
    keys = [new_key("sk") for _ in range(1000)]

    assert len({key.text for key in keys}) == len({key.public_id for key in keys}) == 1000
    # Every character of the secret varies, over the whole alphabet.
    assert all(len({key.text[at] for key in keys}) == 62 for at in range(3, 43))


def test_a_key_that_was_mistyped_is_none() -> None:
    text = new_key("pk").text
    wrong = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text))]

    assert [each for each in wrong if read_key(each) is not None] == []


@pytest.mark.parametrize(
    "change", [lambda text: text[:-1], lambda text: text + "\n", lambda text: " " + text, str.upper]
)
def test_what_has_another_form_is_none(change: object) -> None:
    assert callable(change)
    assert read_key(change(new_key("pk").text)) is None


@pytest.mark.parametrize("text", ["", "pk_", "pk_prod_", "\0", "sk_" + "é" * 46, "x" * 100_000])
def test_what_was_never_a_key_is_none(text: str) -> None:
    assert read_key(text) is None


def test_the_secret_is_in_no_representation() -> None:
    key = new_key("sk")

    assert key.text[11:] not in f"{key!r} {key}"
    assert key.public_id in repr(key)
