"""Every diagnostic has an example: a file that provokes it, and beside it what a reader is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from muster.compiler.diagnostics import RuleError, Span
from muster.compiler.render import render
from muster.grammar.text import parse, parse_library
from tests.provoke import STAGES, Example, examples

EXAMPLES = examples()
# Message modules whose every code needs an example.
COVERED = ("syntax", "unexpected", "expected", "meaning", "knowledge", "pattern", "engine", "reference")
PARSERS = {"text": parse, "library": parse_library}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.path.stem)
def test_example_is_shown_as_recorded(example: Example, golden: Callable[[Path, str], None]):
    shown = render(example.diagnostics())

    golden(example.path.with_suffix(".txt"), shown + "\n")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.path.stem)
def test_example_provokes_the_code_it_is_named_after(example: Example):
    assert example.code in {diagnostic.code for diagnostic in example.diagnostics()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.path.stem)
def test_fixes_parse_when_put_in_place(example: Example):
    stage = example.directives.get("stage", "text")
    if stage not in PARSERS:
        pytest.skip("fixes are for text")
    found = example.diagnostics()
    if any(diagnostic.fix is None for diagnostic in found):
        pytest.skip("not every problem of it has a fix")
    mended = example.text
    for diagnostic in sorted(found, key=lambda diagnostic: -_span(diagnostic.origin).start):
        span = _span(diagnostic.origin)
        mended = mended[: span.start] + (diagnostic.fix or "") + mended[span.end :]

    assert PARSERS[stage](mended)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.path.stem)
def test_single_suggestion_for_a_single_problem_runs(example: Example):
    found = example.diagnostics()
    if len(found) != 1 or len(found[0].suggestions) != 1 or example.directives or "\n" in example.text:
        pytest.skip("no single suggestion for a single line")

    assert parse(found[0].suggestions[0])


def test_every_code_of_the_covered_messages_has_an_example():
    folder = Path(__file__).parent.parent / "muster" / "compiler" / "messages"
    worded = {
        code
        for name in COVERED
        for code in re.findall(r'"([EL]\d{2,3})"', (folder / f"{name}.py").read_text(encoding="utf-8"))
    }

    assert worded - {example.code for example in EXAMPLES} == set()


def test_every_recorded_text_belongs_to_an_example():
    folder = Path(__file__).parent / "diagnostics"

    assert {path.stem for path in folder.glob("*.txt")} == {example.path.stem for example in EXAMPLES}


def test_an_example_without_problem_would_be_noticed():
    with pytest.raises(RuleError):
        parse("plan == 1")
    assert STAGES["text"]('plan = "pro"', {}) == ()


def _span(origin: object) -> Span:
    assert isinstance(origin, Span)
    return origin
