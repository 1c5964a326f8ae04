"""What came of rule tests: lines for people, JSON for programs, JUnit's XML for what runs in CI.

https://github.com/testmoapp/junitxml describes the XML, which nobody has standardised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from muster.api.person import person_json, person_text
from muster.compiler.messages import rule_tests as say
from muster.compiler.messages.counts import counted
from muster.compiler.render import render, to_json
from muster.runtime.rule_tests import Outcome, Surprise

Tried = Mapping[str, Sequence[Outcome]]  # by file
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML has no way to hold these


def outcome_text(outcome: Outcome) -> str:
    """Give a line for a test, and below it what is otherwise than expected, and why, or doubtful."""
    if outcome.passed:
        doubtful = render(outcome.warnings).splitlines() if outcome.warnings else []
        return "\n".join([f"  pass  {outcome.test.name}", *_indented(doubtful)])
    return "\n".join([f"  FAIL  {outcome.test.name}  ({outcome.test.place})", *_indented(_told(outcome))])


def failure_text(outcome: Outcome) -> str:
    """Say what is otherwise than expected."""
    return "\n".join(_told(outcome))


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Give the same as data."""
    return {
        "name": outcome.test.name,
        "place": outcome.test.place,
        "passed": outcome.passed,
        "missing": [person_json(each.external_id, each.explanation) for each in _of(outcome, is_member=False)],
        "unexpected": [person_json(each.external_id, each.explanation) for each in _of(outcome, is_member=True)],
        "counted": outcome.counted,
        "diagnostics": [to_json(each) for each in (*outcome.problems, *outcome.warnings)],
    }


def summary(tried: Tried, wrong: Mapping[str, str]) -> str:
    """Say how many passed and failed, and how many files were wrong."""
    outcomes = [outcome for each in tried.values() for outcome in each]
    failed = sum(not outcome.passed for outcome in outcomes)
    passed = len(outcomes) - failed
    told = f"{passed} passed" if not failed else f"{failed} failed, {passed} passed"
    return told if not wrong else f"{told}, {counted(len(wrong), 'file')} wrong"


def junit(tried: Tried, wrong: Mapping[str, str]) -> str:
    """Give the outcomes as JUnit's XML: a suite a file, a case a test; a rule or file that is wrong is an error."""
    root = ET.Element("testsuites")
    for file, reason in wrong.items():
        suite = ET.SubElement(root, "testsuite", name=_xml(file), tests="1", failures="0", errors="1")
        case = ET.SubElement(suite, "testcase", classname=_xml(file), name=_xml(file))
        ET.SubElement(case, "error", message=_xml(reason))
    for file, outcomes in tried.items():
        errors = sum(bool(each.problems) for each in outcomes)
        failures = sum(not each.passed for each in outcomes) - errors
        numbers = {"tests": str(len(outcomes)), "failures": str(failures), "errors": str(errors)}
        suite = ET.SubElement(root, "testsuite", {"name": _xml(file), **numbers})
        for outcome in outcomes:
            case = ET.SubElement(suite, "testcase", classname=_xml(file), name=_xml(outcome.test.name))
            if not outcome.passed:
                told = _told(outcome)
                failed = ET.SubElement(case, "error" if outcome.problems else "failure", message=_xml(told[0]))
                failed.text = _xml("\n".join([outcome.test.place, *told]))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _told(outcome: Outcome) -> list[str]:
    lines: list[str] = []
    for word, is_member in (("missing", False), ("unexpected", True)):
        found = _of(outcome, is_member=is_member)
        if found:
            lines.append(f"{word}: {', '.join(each.external_id for each in found)}")
    if outcome.counted is not None:
        lines.append(say.other_number(outcome.test.expected.count or 0, outcome.counted))
    for each in outcome.surprises:
        lines += person_text(each.external_id, each.explanation).splitlines()
    if outcome.problems:
        lines += render(outcome.problems).splitlines()
    elif outcome.warnings:
        lines += render(outcome.warnings).splitlines()
    return lines


def _of(outcome: Outcome, *, is_member: bool) -> list[Surprise]:
    return [each for each in outcome.surprises if each.is_member is is_member]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"        {line}" for line in lines]


def _xml(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
