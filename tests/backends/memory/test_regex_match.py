import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.memory.regex_match import matches
from muster.compiler.regex import Regex, parse_pattern
from tests.patterns import PATTERNS, TEXTS

PIECES = re.compile(r"\\.|\[\^?(?:\\.|[^\]])+\]|.", re.DOTALL)


def python_matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    r"""Ask Python's `re`, whose `$` also matches before a last line end and whose `\Z` is ours."""
    written = "".join(r"\Z" if piece == "$" else piece for piece in PIECES.findall(pattern))
    flags = re.ASCII | re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG)
    return re.search(written, text, flags) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("a", "", False),
        ("^$", "", True),
        ("^$", "a", False),
        ("$", "a", True),
        ("$a", "a", False),
        ("a^", "a", False),
        ("(^a|b)c", "xbc", True),
        ("(^a|b)c", "xac", False),
        ("(a|ab)(c|bcd)$", "abcd", True),
        ("(a*)*b", "aaaac", False),
        ("(|a)+b", "xb", True),
        ("(^)?b", "xb", True),
        ("(^)+b", "xb", False),
        ("(a|^)*b$", "ab", True),
        ("a{2}", "aba", False),
        ("^a{2,3}$", "aaaa", False),
        ("^a{2,3}$", "aaa", True),
        ("^a{2,}$", "aaaa", True),
        ("^a{0}$", "", True),
        ("^(ab?){2,3}$", "aaba", True),
        ("x.y", "x\ny", True),
        ("y$", "y\n", False),
        (r"^\s$", "\v", True),
        (r"^\s$", "\u00a0", False),
        (r"^\W$", "é", True),
        ("^[^a-c]$", "b", False),
        (r"^[\D]$", "7", False),
        (r"^[\d-]+$", "5-7", True),
        ("^[]]$".replace("]]", r"\]]"), "]", True),
        ("😀+$", "a😀😀", True),
    ],
)
def test_pattern(pattern: str, text: str, *, expected: bool) -> None:
    assert matches(parse_pattern(pattern), text) is expected


@given(PATTERNS, TEXTS)
def test_matching_agrees_with_python(pattern: str, text: str) -> None:
    assert matches(parse_pattern(pattern), text) is python_matches(pattern, text)


@given(PATTERNS, TEXTS)
def test_ignoring_case_is_python_with_ascii_letters_of_one_case(pattern: str, text: str) -> None:
    assert matches(parse_pattern(pattern), text, ignore_case=True) is python_matches(pattern, text, ignore_case=True)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^((a*)*)*$", "(a?){255}a{255}$", "(.*a){3}.*b$"])
def test_patterns_that_explode_elsewhere_take_time_linear_in_the_text(pattern: str) -> None:
    regex = parse_pattern(pattern)
    started = time.process_time()

    assert not matches(regex, "a" * 200 + "c")
    assert time.process_time() - started < 5


@given(st.text(max_size=4))
def test_a_pattern_without_special_characters_is_a_search_for_it(needle: str) -> None:
    if "\0" not in needle and not any("\ud800" <= char <= "\udfff" for char in needle):
        escaped = "".join(f"\\{char}" if char in r"\.^$|?*+()[]{}" else char for char in needle)
        regex = parse_pattern(escaped)

        assert matches(regex, f"x{needle}y")
        assert matches(regex, "xy") is (needle in "xy")


def test_the_machine_follows_the_tree_and_not_the_text_of_the_pattern() -> None:
    assert matches(Regex("b", parse_pattern("a").root), "a")
