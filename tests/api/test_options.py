from __future__ import annotations

import pytest

from muster.api.options import read_rules
from muster.compiler.rule import Library, Rule


@pytest.mark.parametrize(
    "source",
    [
        '# audience "VIP": the old one\nplan = "pro"',
        '# audience VIP: the old one\nplan = "pro"',
        "plan = 'x; audience VIP: y'",
        'plan = "a\\"; audience VIP: \\""',
        'plan = "pro" # it\'s; audience VIP: x',
        '`x; audience VIP: y` = "pro"',
        '{"trait":"audiences","op":"eq","value":"audience x:"}',
    ],
)
def test_quoted_text_and_comments_make_no_library(source: str) -> None:
    assert isinstance(read_rules(source), Rule)


@pytest.mark.parametrize(
    "source",
    [
        'audience "VIP": ltv > 3;',
        "AUDIENCE VIP : ltv > 3;",
        'audience "a \\"b\\": c": ltv > 3;',
        "audience # its name follows\n `V I P` : ltv > 3;",
        "let x = \"audience\"; audience 'VIP': plan = $x;",
        '{"version":1,"audiences":{"A":{"trait":"plan","op":"eq","value":"pro"}}}',
    ],
)
def test_a_definition_makes_a_library(source: str) -> None:
    assert isinstance(read_rules(source), Library)
