"""A verdict as text and as JSON; a person in it can be put into a file of rule tests."""

from __future__ import annotations

from pathlib import Path

from muster import Verdict, overlap, subset
from muster.api.test_file import read_test_file
from muster.api.verdicts import verdict_json, verdict_text
from muster.runtime.rule_tests import run_tests

CLOCK = "2024-06-15T12:00Z"


def test_a_person_shown_can_be_pasted_into_a_file_of_rule_tests(tmp_path: Path) -> None:
    rule = 'plan = "pro" and is_anonymous = true and did purchase where (amount > 1.5) at least 2 times in last 7 days'
    shown = verdict_text(subset(rule, "did login", as_of=CLOCK)).splitlines()
    first = shown.index("in the first rule:")
    path = tmp_path / "found.muster.yaml"
    people = "\n".join(f"  {line}" for line in shown[1:first])
    path.write_text(
        f"now: {CLOCK}\npeople:\n{people}\ntests:\n  - rule: '{rule}'\n    members: [somebody]\n", encoding="utf-8"
    )

    assert all(outcome.passed for outcome in run_tests(read_test_file(path)))


def told(first: str, second: str) -> tuple[Verdict, str]:
    verdict = overlap(first, second, as_of=CLOCK)
    return verdict, verdict_text(verdict)


def test_everything_that_is_known_of_a_person_is_shown() -> None:
    verdict, text = told(
        'last_seen in last 3 days and lifecycle p_return < 0.3 and external_id = "a b"',
        "entered lifecycle new in last 7 days and any items where (price > 5)",
    )
    shown = verdict_json(verdict)["person"]

    assert text.splitlines()[1] == '"a b":'
    assert shown.keys() == {"external_id", "last_seen", "lifecycle", "stages", "traits"}
    assert [line.split(":")[0].strip() for line in text.splitlines()[2:6]] == [
        "last_seen",
        "traits",
        "lifecycle",
        "stages",
    ]
    assert shown["last_seen"].endswith("Z")


def test_a_person_of_whom_nothing_is_known_is_shown_as_such() -> None:
    assert told("plan is not set", "did not login")[1].splitlines()[1:3] == ["somebody:", "  {}"]


def test_without_a_person_there_is_the_answer_alone() -> None:
    verdict, text = told("did a", "did not a")

    assert text == str(verdict) == "no: nobody can be in both rules: their conditions exclude each other."
    assert verdict_json(verdict)["person"] is None
