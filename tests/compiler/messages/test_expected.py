"""What could stand at a place is said in a few phrases of the reader's own words."""

from __future__ import annotations

import re

from muster.compiler.messages.expected import DETAILS, phrases
from muster.grammar.lark_parser import parser


def test_the_most_telling_phrase_covers_its_words():
    assert phrases({"NAME", "K_DID", "K_EVERYONE", "K_NOT", "LPAR"}) == ("another condition",)
    assert phrases({"NAME", "K_DID", "K_EVERYONE", "K_LET", "K_PARAM"}) == ("a condition",)
    assert phrases({"STRING", "NUMERAL", "DATE", "K_TRUE", "PARAM"}) == ("a value",)
    assert phrases({"EQ", "CMP", "K_IS", "DOT", "K_IN"}) == ("a test",)
    assert phrases({"UNIT"}) == ("a unit",)


def test_words_and_marks_are_quoted():
    assert phrases({"K_SAME"}) == ("`same`",)
    assert phrases({"RPAR", "COMMA"}) == ('","', '")"')


def test_the_end_is_told_only_where_nothing_else_could_follow():
    assert phrases({"$END"}) == ("the end of the rule",)
    assert phrases({"$END", "K_AND", "K_OR"}) == ("`and`", "`or`")
    assert phrases(set()) == ()


def test_there_are_never_more_than_four():
    assert len(phrases({f"K_{letter}" for letter in "ABCDEFGH"})) == 4


def test_no_name_of_a_terminal_gets_through():
    for terminal in parser().terminals:
        for phrase in phrases({terminal.name}):
            assert re.search(r"[A-Z]{2}|_|\$END", phrase) is None, phrase


def test_details_belong_to_phrases():
    said = {
        *phrases({"NAME", "K_DID", "K_EVERYONE"}),
        *phrases({"NAME", "K_DID", "K_EVERYONE", "K_LET"}),
        *phrases({"STRING", "NUMERAL", "DATE"}),
        *phrases({"SHORT", "NUMERAL"}),
        *phrases({"EQ", "CMP", "K_IS"}),
        *phrases({"UNIT"}),
        *phrases({"K_EXACTLY", "K_FEWER", "K_AT"}),
        *phrases({"K_YESTERDAY", "K_EVER"}),
    }

    assert DETAILS.keys() == said
