from __future__ import annotations

from pathlib import Path

import pytest

from muster.api.options import read_rules, read_source
from muster.compiler.rule import Library, Rule
from muster.runtime.errors import InputError


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


def test_a_file_that_is_too_long_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "rule.muster"
    with path.open("wb") as opened:
        opened.truncate(1 << 30)  # a hole, which takes no place

    with pytest.raises(InputError, match="longer than 1024 KiB"):
        read_source(None, path)
