"""Random messages of few people, so that they meet: the same ids, tokens, traits and instants again and again."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

USERS = ("u1", "u2", "x")
VISITORS = ("a1", "a2", "a3", "x")  # x is a user's id too
TOKENS = ("t1", "t2")


@st.composite
def messages(draw: st.DrawFn, ids: st.SearchStrategy[str] | None = None) -> dict[str, Any]:
    """Draw a message; a `messageId` seldom comes twice."""
    kind = draw(st.sampled_from(("identify", "identify", "track", "track", "alias", "page")))
    user, visitor = draw(st.sampled_from(USERS)), draw(st.sampled_from(VISITORS))
    who: dict[str, str] = draw(
        st.sampled_from(({"userId": user}, {"anonymousId": visitor}, {"userId": user, "anonymousId": visitor}))
    )
    said: dict[str, Any] = {"type": "track" if kind == "page" else kind, **who}
    said["messageId"] = draw(ids or st.integers(0, 10**9).map(str))
    said["timestamp"] = f"2026-01-01T00:00:{draw(st.integers(0, 9)):02}+00:00"
    if kind == "alias":
        said |= {"userId": user, "previousId": visitor}
    elif kind == "identify":
        keys = st.sampled_from(("plan", "city"))
        said["traits"] = draw(st.dictionaries(keys, st.none() | st.integers(0, 3) | st.sampled_from(("pro", "free"))))
    else:
        said |= {"event": draw(st.sampled_from(("view", "buy"))), "properties": {"usd": draw(st.integers(0, 3))}}
    context: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 0:
        context["device"] = {"token": draw(st.sampled_from(TOKENS))}
    if draw(st.integers(0, 5)) == 0:
        context["active"] = False
    return said | ({"context": context} if context else {})
