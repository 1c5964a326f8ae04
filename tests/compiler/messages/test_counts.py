"""One of something, or several."""

from __future__ import annotations

import pytest

from muster.compiler.messages.counts import counted


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 people"), (1, "1 person"), (2, "2 people"), (1_000_000, "1,000,000 people")]
)
def test_the_noun_follows_the_number(count: int, said: str) -> None:
    assert counted(count, "person", "people") == said


def test_most_nouns_take_an_s() -> None:
    assert (counted(1, "event"), counted(3, "event")) == ("1 event", "3 events")
