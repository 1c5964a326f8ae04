"""Random JSON documents for the tests of tables, messages and files: any value that a parser can give.

Apart from `people.py`, which makes documents that rules can meet; these only have to be strange.
"""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

from muster.backends.base import Json, PlainText

TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        (
            "",
            "42",
            "-0",
            "007.50",
            "1e5",
            "TRUE",
            "false",
            "2024-02-29",
            "2024-02-29T10:00:00.1234567+02:00",
            "0001-01-01T00:00:00+01:00",
            "café",
            "cafe\u0301",
            "x" * 70,
        )
    ),
)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from((10**18 - 1, 10**18, -(10**18), 10**400)),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.floats(),
)
TIMES = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=-11)))),
)
SCALARS: st.SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, TEXTS.map(PlainText), TIMES)
KEYS = st.one_of(st.sampled_from(("a", "b", "A", "é", "e\u0301", "items")), st.text(max_size=3))
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS: st.SearchStrategy[dict[str, Json]] = st.dictionaries(KEYS, VALUES, max_size=4)
PLAIN_DOCUMENTS: st.SearchStrategy[dict[str, Json]] = st.dictionaries(
    st.sampled_from(("plan", "seats", "tags")),
    st.one_of(st.sampled_from(("pro", "free", "12")), st.integers(0, 9), st.lists(st.integers(0, 3), max_size=2)),
    max_size=3,
)


def deep(levels: int, leaf: Json = Decimal(1)) -> Json:
    """Wrap a leaf in that many objects."""
    value = leaf
    for _ in range(levels):
        value = {"a": value}
    return value
