import inspect
import re

import pytest

from muster.compiler.diagnostics import Diagnostic, Span
from muster.compiler.messages import pattern
from muster.compiler.regex import RegexError, parse_pattern

REFUSED = ["(?=a)", "(?i)a", r"\1", "a+?", "a++", "a**", "*", "a{", "a{,2}", "a{256}", "a{3,2}", "(a{99}){99}", r"\b"]
REFUSED += ["[", "[]", "[[:x:]]", "[[]", "[b-a]", "[a-c-e]", "(", ")", "\\", "\0", "a" * 300, "(" * 33, r"(\W{255}){9}"]


def message(text: str) -> str:
    with pytest.raises(RegexError) as caught:
        parse_pattern(text)
    return caught.value.message


def test_the_diagnostic_names_the_character_counted_from_one() -> None:
    assert pattern.outside_dialect("`{` was found", 0, Span(4, 9)) == Diagnostic(
        "E24",
        "Character 1 of the pattern: `{` was found.",
        origin=Span(4, 9),
        hint=r"A pattern has literals, `.`, classes, `\d \w \s`, groups, `|`, `? * + {m,n}`, `^` and `$`.",
    )


@pytest.mark.parametrize("text", REFUSED)
def test_messages_say_what_would_work_and_never_you(text: str) -> None:
    said = message(text)

    assert not re.search(r"\byour?\b|invalid", said, re.IGNORECASE)
    assert not said.endswith(".")


def test_every_wording_is_used_by_some_refused_pattern() -> None:
    wordings = {
        name for name, made in inspect.getmembers(pattern, inspect.isfunction) if made.__module__ == pattern.__name__
    }

    assert len(wordings - {"outside_dialect"}) <= len({message(text)[:12] for text in REFUSED})
