import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.compiler.code_points import DIGITS, WORDS
from muster.compiler.messages.pattern import outside_dialect
from muster.compiler.regex import (
    MAX_NESTING,
    MAX_PATTERN,
    Chars,
    Concat,
    Either,
    End,
    Node,
    Regex,
    RegexError,
    Repeat,
    Start,
    fold_case,
    parse_pattern,
)
from tests.patterns import PATTERNS

ANY = Chars((), negated=True)


def char(text: str) -> Chars:
    return Chars(((ord(text), ord(text)),))


A, B = char("a"), char("b")


@pytest.mark.parametrize(
    ("pattern", "root"),
    [
        ("a", A),
        ("", Concat(())),
        ("ab", Concat((A, B))),
        ("a|b", Either((A, B))),
        ("a|", Either((A, Concat(())))),
        ("^a$", Concat((Start(), A, End()))),
        (".", ANY),
        ("(a)", A),
        ("(ab)*", Repeat(Concat((A, B)), 0, None)),
        ("ab+", Concat((A, Repeat(B, 1, None)))),
        ("a?", Repeat(A, 0, 1)),
        ("a{3}", Repeat(A, 3, 3)),
        ("a{2,}", Repeat(A, 2, None)),
        ("a{2,255}", Repeat(A, 2, 255)),
        ("(a|b){0}", Repeat(Either((A, B)), 0, 0)),
        ("}]", Concat((char("}"), char("]")))),
        (r"\{\.", Concat((char("{"), char(".")))),
        (r"\ \_", Concat((char(" "), char("_")))),
        (r"\n\t", Concat((char("\n"), char("\t")))),
        (r"\d\W", Concat((Chars(DIGITS), Chars(WORDS, negated=True)))),
        ("[ab]", Chars(((97, 98),))),
        ("[^a-c]", Chars(((97, 99),), negated=True)),
        ("[a^]", Chars(((94, 94), (97, 97)))),
        ("[-a]", Chars(((45, 45), (97, 97)))),
        ("[a-]", Chars(((45, 45), (97, 97)))),
        (r"[\]\\]", Chars(((92, 93),))),
        (r"[\d-]", Chars(((45, 45), (48, 57)))),
        (r"[\D]", Chars(((0, 47), (58, 0x10FFFF)))),
        (r"[^\w]", Chars(WORDS, negated=True)),
        ("[.$*+?(|){}]", Chars(((36, 36), (40, 43), (46, 46), (63, 63), (123, 125)))),
        ("[c-cb-da]", Chars(((97, 100),))),
        ("é😀", Concat((char("é"), char("😀")))),
    ],
)
def test_pattern_becomes_a_tree(pattern: str, root: Node) -> None:
    assert parse_pattern(pattern) == Regex(pattern, root)


@pytest.mark.parametrize(
    ("pattern", "position", "words"),
    [
        ("x(?=a)", 1, "`(?=` was found. Look-ahead"),
        ("x(?!a)", 1, "does not match"),
        ("(?<=a)", 0, "Look-behind"),
        ("(?<!a)", 0, "Negative look-behind"),
        ("(?:a)", 0, "plain parentheses"),
        ("(?P<n>a)", 0, "Named groups"),
        ("(?<n>a)", 0, "Named groups"),
        ("(?P=n)", 0, "Back-references"),
        ("(?>a)", 0, "Atomic"),
        ("(?i)a", 0, "`ignoring case`"),
        ("(?", 0, "group with options"),
        (r"(a)\1", 3, "back-reference"),
        (r"\0", 0, "back-reference"),
        ("a+?", 2, "lazy"),
        ("a??", 2, "lazy"),
        ("a{2}?", 4, "lazy"),
        ("a*+", 2, "possessive"),
        ("a**", 2, "repeats a repeat"),
        ("a+{2}", 2, "repeats a repeat"),
        ("*a", 0, "nothing before it to repeat"),
        ("(+a)", 1, "nothing before it to repeat"),
        ("a|?", 2, "nothing before it to repeat"),
        ("{2}", 0, "nothing before it to repeat"),
        ("^*", 1, "nothing before it to repeat"),
        ("(a$){2}$+", 8, "nothing before it to repeat"),
        ("{", 0, "`{` begins a repeat count"),
        ("a{", 1, "`{` begins a repeat count"),
        ("a{x}", 1, "`{` begins a repeat count"),
        ("a{ 2}", 1, "`{` begins a repeat count"),
        ("a{٣}", 1, "`{` begins a repeat count"),
        ("a{,3}", 1, "`{0,3}` works"),
        ("a{256}", 1, "above 255"),
        ("a{2,256}", 1, "above 255"),
        ("a{256,}", 1, "above 255"),
        ("a{3,2}", 1, "`{2,3}` works"),
        ("(a{100}){11}", 8, "come to 1100 times"),
        ("((a{100,}b){2}){6}", 15, "come to 1200 times"),
        (r"(\w{255}){3}(\w{255}){2}", 0, "written out"),
        (r"\bword", 0, r"`(^|\W)word(\W|$)`"),
        (r"\Aa", 0, "`^` is the start"),
        (r"a\Z", 1, "`$` is the end"),
        (r"\p{L}", 0, "Unicode properties"),
        (r"\x41", 0, "the character itself"),
        (r"\q", 0, "`q` without the backslash"),
        (r"\é", 0, "`é` without the backslash"),
        ("a\\", 1, "ends after a backslash"),
        ("[a\\", 2, "ends after a backslash"),
        (r"[\b]", 1, "word boundaries"),
        ("[", 0, "never closed"),
        ("[^", 0, "never closed"),
        ("[a-", 0, "never closed"),
        ("[]", 0, "holds no character"),
        ("[]a]", 0, "holds no character"),
        ("[^]", 0, "holds no character"),
        ("[[:alpha:]]", 1, "POSIX"),
        ("[a[b]]", 2, "`[` inside a class"),
        ("[c-a]", 1, "`a-c` works"),
        (r"[a-\d]", 2, r"`\-` is the character itself"),
        (r"[\d-a]", 3, r"`\-` is the character itself"),
        ("[a-c-e]", 4, r"`\-` is the character itself"),
        ("(a", 0, "never closed"),
        ("a(b|", 1, "never closed"),
        ("a)", 1, "closes nothing"),
        ("a\0", 1, "U+0000"),
        ("\ud800", 0, "U+D800"),
        ("(" * 33 + ")" * 33, 32, "nested more than 32 deep"),
        ("a" * 257, 256, "257 characters"),
    ],
)
def test_what_is_outside_the_dialect_is_refused_with_what_would_work(pattern: str, position: int, words: str) -> None:
    with pytest.raises(RegexError) as caught:
        parse_pattern(pattern)

    assert words in caught.value.message
    assert caught.value.position == position
    assert outside_dialect(caught.value.message, position, None).message.startswith(f"Character {position + 1} of")


def test_the_largest_patterns_that_are_allowed() -> None:
    nested = "(" * MAX_NESTING + ")" * MAX_NESTING

    for pattern in ("a" * MAX_PATTERN, nested, "(a{250}){4}", "(.{250}){4}(.{250}){4}"):
        assert parse_pattern(pattern).pattern == pattern


@given(st.text(max_size=30) | st.text("ab()[]{}|*+?^$\\.-,12:=<!PdDwbnp", max_size=30))
def test_any_text_is_parsed_or_refused_with_a_place_in_it(pattern: str) -> None:
    try:
        parse_pattern(pattern)
    except RegexError as error:
        assert error.message  # noqa: PT017 (most texts raise nothing)
        assert 0 <= error.position <= len(pattern)  # noqa: PT017 (most texts raise nothing)


@given(PATTERNS)
def test_every_pattern_of_the_dialect_is_parsed_and_folding_twice_changes_nothing(pattern: str) -> None:
    folded = fold_case(parse_pattern(pattern))

    assert fold_case(folded) == folded


@pytest.mark.parametrize(
    ("pattern", "root"),
    [
        ("a", Chars(((65, 65), (97, 97)))),
        ("1", char("1")),
        ("é", char("é")),
        ("[^Y-b]", Chars(((65, 66), (89, 98), (121, 122)), negated=True)),
        (
            "(^k|s$){2}",
            Repeat(
                Either(
                    (Concat((Start(), Chars(((75, 75), (107, 107))))), Concat((Chars(((83, 83), (115, 115))), End())))
                ),
                2,
                2,
            ),
        ),
    ],
)
def test_folding_adds_the_other_case_of_ascii_letters_only(pattern: str, root: Node) -> None:
    assert fold_case(parse_pattern(pattern)) == Regex(pattern, root)


@pytest.mark.parametrize(
    "bomb", ["(" * 100_000, "a{255}" * 20_000, "((((a{255}){255}){255}){255})", "[" * 100_000, "\\" * 99_999]
)
def test_bombs_are_refused_at_once(bomb: str) -> None:
    started = time.process_time()

    with pytest.raises(RegexError):
        parse_pattern(bomb)
    assert time.process_time() - started < 0.1
