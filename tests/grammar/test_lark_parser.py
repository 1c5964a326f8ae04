"""The grammar is unambiguous, its keywords are guarded, and every rule that makes something has a builder."""

from __future__ import annotations

import re

import pytest
from lark import Lark
from lark.exceptions import GrammarError, LexError

from muster.compiler.diagnostics import RuleError
from muster.grammar.lark_parser import STARTS, builders, load_grammar, parser
from muster.grammar.text import parse

KEYWORDS = re.findall(r"^K_(\w+)", load_grammar(), re.MULTILINE)
# Functions of the builder modules that read a token or sort clauses for the others.
SHARED = {"name_of", "filled_name", "unit_of", "number", "whole", "gather", "value_of", "phrase"}


def strict(grammar: str) -> Lark:
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
        strict=True,
    )


def test_no_two_readings_of_a_text_are_possible():
    strict(load_grammar())


def test_an_ambiguous_grammar_is_noticed():
    with pytest.raises(GrammarError):
        strict(load_grammar().replace("operand: K_NOT operand -> negate", "operand: expr"))
    with pytest.raises(LexError):
        strict(load_grammar().replace("SIGNED.1: /-[0-9]", "SIGNED.1: /-?[0-9]"))


def test_every_rule_that_is_not_passed_through_has_a_builder():
    wanted = {
        rule.alias or rule.origin.name
        for rule in parser().rules
        if rule.alias or not (rule.origin.name.startswith("_") or (rule.options.expand1 and len(rule.expansion) == 1))
    }

    assert wanted - builders().keys() == {"rule", "library"}


def test_every_builder_belongs_to_a_rule():
    named = {rule.alias or rule.origin.name for rule in parser().rules}

    assert builders().keys() - named == SHARED


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_word_that_only_begins_like_a_keyword_is_a_name(keyword: str):
    for name in (
        f"{keyword.lower()}s_x",
        f"{keyword.lower()}1",
        f"{keyword.lower()}$",
        f"{keyword.lower()}é",
        f"{keyword.lower()}\u0301",
    ):
        assert parse(f"{name} = 1").condition == parse(f"`{name}` = 1").condition


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_keywords_are_read_in_any_case(keyword: str):
    (terminal,) = (t for t in parser().terminals if t.name == f"K_{keyword}")
    pattern = re.compile(terminal.pattern.to_regexp())

    assert pattern.match(keyword.lower())
    assert pattern.match(keyword.upper())
    assert pattern.match(keyword.title())


@pytest.mark.parametrize("name", ["i\u017f", "nobod\u03b3", "\u017fize", "li\u212aes"])
def test_letters_beyond_ascii_make_no_keyword(name: str):
    assert parse(f"plan = 1 and {name} = 1")


def test_keywords_run_together_are_not_taken_apart():
    for text in ("did purchase inlast 30 days", "did purchase once", "planis 3"):
        with pytest.raises(RuleError):
            parse(text)


def test_the_parser_is_built_once():
    assert parser() is parser()
