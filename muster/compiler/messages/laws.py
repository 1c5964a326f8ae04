"""Wording of what the laws of `muster.testing` find wrong with a rule."""

from __future__ import annotations


def no_hypothesis() -> str:
    """Say what makes people and rules at random, and how it is installed."""
    return "The strategies of muster.testing are Hypothesis's, which is not installed: pip install '.[testing]'."


def not_a_complement(name: str, is_member: bool) -> str:  # noqa: FBT001 (of a rule)
    """Say that a rule and its `not` do not split everybody."""
    where = "in both the rule and its `not`" if is_member else "in neither the rule nor its `not`"
    return f"A rule and its `not` should split everybody, and {name} is {where}."


def not_monotone(factor: int) -> str:
    """Say that a longer window loses somebody."""
    return (
        f"A longer window should keep everybody, and somebody is lost when each `in last …` is {factor} times as long."
        " A rule with `did not`, `at most`, `exactly` or an average is not monotone in its window."
    )


def no_window() -> str:
    """Say that there is no window to make longer."""
    return "The rule has no window of the kind `in last 30 days`, so there is nothing to make longer."


def not_a_subset() -> str:
    """Say that somebody is in the first rule alone."""
    return "Everybody in the first rule should be in the second, and somebody is not."


def not_proven(reason: str) -> str:
    """Say that a proof was asked for; `reason` is a sentence."""
    return f"A proof was asked for: {reason}"


def answered_by(engine: str) -> str:
    """Say whose answer is wrong where the reference evaluator's is not."""
    return f"This is the answer of the engine {engine}; below are the conditions as the reference evaluator finds them."
