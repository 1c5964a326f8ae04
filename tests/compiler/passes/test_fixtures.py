"""Before and after of every pass, in the text language: tests/fixtures/passes/<pass>.rules."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from muster.compiler.expr import Expr
from muster.compiler.facts import Facts
from muster.compiler.lower import lower
from muster.compiler.passes import GUARDED, PASSES, GuardedPass, Pass, knowing, weight
from muster.compiler.resolve import DELETED, Surroundings, resolve
from muster.compiler.show import show_expr
from muster.grammar.text import parse

FOLDER = Path(__file__).parents[2] / "fixtures" / "passes"
DECLARED = Facts(frozenset({("seats",), ("plan",), ("trial_ends",)}))
BY_NAME: dict[str, Pass] = {
    **{step.__name__: step for step in PASSES},
    **{step.__name__: knowing(step, DECLARED) for step in GUARDED},
}
AROUND = Surroundings(audiences={"Gone": DELETED})


def pairs_of(name: str, text: str) -> list[tuple[str, str, str]]:
    """Read pairs of lines: each with the place of its first."""
    lines = [
        (number, line) for number, line in enumerate(text.splitlines(), start=1) if line and not line.startswith("#")
    ]
    assert len(lines) % 2 == 0, f"{name}.rules has a line without its partner"
    for (first, _), (second, _) in zip(lines[::2], lines[1::2], strict=True):
        assert second == first + 1, f"{name}.rules:{first} is not followed by its result"
    return [
        (f"{name}:{number}", before, after)
        for (number, before), (_, after) in zip(lines[::2], lines[1::2], strict=True)
    ]


def examples_of(step: Pass | GuardedPass) -> list[tuple[str, str, str]]:
    """Read the pairs of lines that a pass's own page shows, set off by four spaces."""
    page = import_module(step.__module__).__doc__ or ""
    shown = [line.strip() for line in page.splitlines() if line.startswith("    ")]
    return [(f"{step.__name__}:page", before, after) for before, after in zip(shown[::2], shown[1::2], strict=True)]


def expr_of(text: str) -> Expr:
    return lower(resolve(parse(text), AROUND))


CASES = [case for name in BY_NAME for case in pairs_of(name, (FOLDER / f"{name}.rules").read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("place", "before", "after"), CASES, ids=[place for place, _, _ in CASES])
def test_a_pass_turns_the_first_line_into_the_second(place: str, before: str, after: str) -> None:
    step = BY_NAME[place.partition(":")[0]]
    result, expected = step(expr_of(before)), expr_of(after)

    assert result == expected, f"{show_expr(result)}\nis not\n{show_expr(expected)}"
    assert weight(result) <= weight(expr_of(before))


@pytest.mark.parametrize("step", [*PASSES, *GUARDED], ids=lambda step: step.__name__)
def test_a_pass_does_what_its_page_shows(step: Pass | GuardedPass) -> None:
    examples = examples_of(step)

    assert examples
    for place, before, after in examples:
        test_a_pass_turns_the_first_line_into_the_second(place, before, after)


def test_every_file_is_of_a_pass() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.rules")) == sorted(BY_NAME)


def test_a_result_that_differs_is_seen() -> None:
    [(place, before, after)] = pairs_of("flatten_groups", 'all of (plan = "pro")\nplan = "free"\n')

    with pytest.raises(AssertionError, match="is not"):
        test_a_pass_turns_the_first_line_into_the_second(place, before, after)


def test_a_line_without_a_partner_is_seen() -> None:
    with pytest.raises(AssertionError, match="without its partner"):
        pairs_of("odd", "everyone\n")
    with pytest.raises(AssertionError, match=r"odd\.rules:1 is not followed"):
        pairs_of("odd", "everyone\n\nnobody\n")
