"""Wording of what came of comparing two rules, and of asking for it."""

from __future__ import annotations

from typing import Literal

from muster.compiler.messages.counts import counted

Question = Literal["subset", "equivalent", "overlap"]
Answer = Literal["yes", "no", "unknown"]

SIDES = ("first rule", "second rule")

_ANSWERS: dict[tuple[Question, Answer], str] = {
    ("subset", "yes"): "everybody in the first rule is in the second",
    ("subset", "no"): "somebody can be in the first rule and not in the second",
    ("equivalent", "yes"): "the two rules have the same members, whatever the data",
    ("equivalent", "no"): "somebody can be in one rule and not in the other",
    ("overlap", "yes"): "somebody can be in both rules",
    ("overlap", "no"): "nobody can be in both rules",
}
_SOUGHT: dict[Question, str] = {
    "subset": "is in the first rule and not in the second",
    "equivalent": "is in one rule and not in the other",
    "overlap": "is in both rules",
}
_LAWS = {
    "same": "they come to the same when they are simplified",
    "implied": "what the one asks for follows from what the other asks for",
    "nobody": "in no case is anybody left who would say otherwise",
}
_DISJOINT = "their conditions exclude each other"


def answered(question: Question, answer: Answer) -> str:
    """Say what is the case; the sentence has no full stop."""
    return _ANSWERS[question, answer]


def proven(question: Question, law: str) -> str:
    """Say how it is known."""
    return _DISJOINT if question == "overlap" else _LAWS[law]


def not_known(question: Question, tried: int) -> str:
    """Say that neither a proof nor a person was found."""
    people = counted(tried, "person", "people")
    return (
        f"there is no proof known to Muster, and of {people} made for these rules nobody {_SOUGHT[question]};"
        " that is not a yes"
    )


def no_truth(answer: str) -> str:
    """Say that a verdict is not a truth value."""
    return f'A verdict is "yes", "no" or "unknown" (this one: "{answer}"); compare its .answer with one of them.'


def two_rules() -> str:
    """Say how two rules are given."""
    return (
        "Two rules are needed: as arguments, or with --file and --other-file; with --file alone the argument is the"
        " second rule, or --other-name names another audience of the file."
    )


def one_question() -> str:
    """Say that one question is asked at a time."""
    return "Ask one question: --subset, --equivalent or --overlap."


def no_question() -> str:
    """Say that a second rule needs a question."""
    return "There is a second rule: say what to ask about the two, --subset, --equivalent or --overlap."
