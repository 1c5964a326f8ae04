"""Where a text stops being JSON, what its author may have had in mind."""

from __future__ import annotations

import json

import pytest

from muster.compiler.messages import foreign_json as say
from muster.grammar.json_slips import hint


def hinted(text: str) -> str | None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)
    return hint(text, caught.value.pos)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,}', say.TRAILING_COMMA),
        ('["a", ]', say.TRAILING_COMMA),
        ("{'a': 1}", say.SINGLE_QUOTES),
        ("{\"a\": 'x'}", say.SINGLE_QUOTES),
        ("{\u201ca\u201d: 1}", say.CURLY_QUOTES),
        ('{"a": 1 // one\n}', say.COMMENT),
        ('{"a": 1 # one\n}', say.COMMENT),
        ("{a: 1}", 'Keys and texts need double quotes: "a".'),
        ('{"a": pro}', 'Keys and texts need double quotes: "pro".'),
        ('{"a": True}', "JSON spells it true."),
        ('{"a": None}', "A rule has no null: leave the key out."),
        ('{"a": [{"b": "]"}', "The text ends before everything is closed; ]} is missing."),
        ('{"a": ]}', None),
        ('{"a" 1}', None),
        ('{"a": 1}}', None),
    ],
)
def test_what_would_work_is_said_where_it_is_plain(text: str, expected: str | None) -> None:
    assert hinted(text) == expected


@pytest.mark.parametrize(("text", "position"), [('{"a": 1,}', 7), ('{"a": 1,}', 8)])
def test_a_trailing_comma_is_seen_wherever_the_parser_stops(text: str, position: int) -> None:
    assert hint(text, position) == say.TRAILING_COMMA  # Python 3.13 stops at the comma, older ones behind it
