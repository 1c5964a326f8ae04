"""Random patterns of the dialect, as text, and short texts that they often match.

Separate from the tests because every engine that emits the regex tree is tried with the same patterns.
"""

from __future__ import annotations

from hypothesis import strategies as st

_LITERALS = st.sampled_from(
    ["a", "b", "A", "é", "1", "_", " ", "\n", "-", r"\.", r"\$", r"\^", r"\\", r"\n", r"\-", "]"]
)
_CLASSES = st.sampled_from([r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", "."])
_MEMBERS = st.sampled_from(
    ["a", "b", "B", "1", "é", "a-c", "A-C", "0-9", r"\d", r"\W", r"\s", r"\]", r"\^", r"\-", "$", "Z-a", " "]
)
_BRACKETS = st.builds(
    lambda negation, members, tail: f"[{negation}{''.join(members)}{tail}]",
    st.sampled_from(["", "^"]),
    st.lists(_MEMBERS, min_size=1, max_size=3),
    st.sampled_from(["", "-"]),
)
_COUNTS = st.sampled_from(["?", "*", "+", "{2}", "{0}", "{1,}", "{0,2}", "{2,3}"])
_ATOMS = _LITERALS | _CLASSES | _BRACKETS


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.builds("({})".format, inner)
    return (
        st.builds("{}{}".format, _ATOMS | group, _COUNTS)
        | st.lists(inner, min_size=2, max_size=3).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map("|".join)
        | group
    )


PATTERNS = st.recursive(_ATOMS | st.sampled_from(["^", "$", ""]), _larger, max_leaves=6)
TEXTS = st.text("aAbBcC1é_ \n-.$^\\]zZ[ſK", max_size=6)
