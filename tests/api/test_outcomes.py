"""Outcomes as lines, JSON and JUnit's XML: who is missing, who is not expected, and why."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from muster.api.outcomes import failure_text, junit, outcome_json, outcome_text, summary
from muster.runtime.rule_tests import Expected, Outcome, run_tests
from tests.rule_test_cases import RECENT, rule_test, rule_tests


def outcomes() -> list[Outcome]:
    return list(
        run_tests(
            rule_tests(
                rule_test(RECENT, Expected(members=("ann",)), "fine"),
                rule_test(RECENT, Expected(members=("bob",), count=2), "other people"),
                rule_test("plan = pro", Expected(count=1), "wrong <rule> \0"),
                rule_test("plam = 1", Expected(count=1), "a name that nobody has"),
            )
        )
    )


def test_a_test_that_passed_is_one_line() -> None:
    assert outcome_text(outcomes()[0]) == "  pass  fine"


def test_what_is_doubtful_of_a_test_that_passed_is_shown() -> None:
    (outcome,) = run_tests(rule_tests(rule_test("plam = 1", Expected(count=0), "a misspelt trait")))
    lines = outcome_text(outcome).splitlines()

    assert lines[0] == "  pass  a misspelt trait"
    assert lines[1].startswith("        warning[E08]: No trait `plam`")


def test_a_test_that_failed_says_who_and_why() -> None:
    lines = outcome_text(outcomes()[1]).splitlines()

    assert lines[0] == "  FAIL  other people  (some.muster.yaml:7)"
    assert [line.strip() for line in lines[1:5]] == [
        "missing: bob",
        "unexpected: ann",
        "expected 2 members, found 1",
        "ann is a member.",
    ]
    assert "no   count of buy [as_of -30d, as_of) >= 1  (saw 0)" in lines[-1]


def test_a_wrong_rule_is_shown_with_what_would_work() -> None:
    told = failure_text(outcomes()[2])

    assert "error[E02]" in told
    assert 'try: plan = "pro"' in told


def test_a_warning_is_shown_where_the_test_failed() -> None:
    told = failure_text(outcomes()[3])

    assert told.startswith("expected 1 member, found 0")
    assert "E08" in told


def test_the_summary_counts() -> None:
    found = outcomes()

    assert summary({"a": found[:1]}, {}) == "1 passed"
    assert summary({"a": found[:2], "b": found[2:]}, {}) == "3 failed, 1 passed"


def test_json_has_the_same() -> None:
    fine, other, wrong, _ = map(outcome_json, outcomes())

    assert (fine["passed"], fine["missing"], fine["unexpected"], fine["diagnostics"]) == (True, [], [], [])
    assert [each["external_id"] for each in other["missing"]] == ["bob"]
    assert [each["member"] for each in other["unexpected"]] == [True]
    assert (other["counted"], other["place"]) == (1, "some.muster.yaml:7")
    assert [each["code"] for each in wrong["diagnostics"]] == ["E02"]


def test_files_that_are_wrong_are_counted_too() -> None:
    assert summary({"a": outcomes()[:1]}, {"b": "line 3", "c": "line 5"}) == "1 passed, 2 files wrong"


def test_junit_counts_failures_and_errors_and_is_xml_whatever_the_names() -> None:
    root = ET.fromstring(junit({"some\0.yaml": outcomes()}, {"other.yaml": "line 3: what"}))  # noqa: S314 (written here)
    wrong, suite = root

    assert (wrong.attrib["name"], wrong.attrib["errors"]) == ("other.yaml", "1")
    assert wrong[0][0].attrib["message"] == "line 3: what"
    assert suite.attrib == {"name": "some\ufffd.yaml", "tests": "4", "failures": "2", "errors": "1"}
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["error"], ["failure"]]
    assert suite[1][0].attrib["message"] == "missing: bob"
    assert (suite[1][0].text or "").splitlines()[0] == "some.muster.yaml:7"
    assert suite[2].attrib["name"] == "wrong <rule> \ufffd"
