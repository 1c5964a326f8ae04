"""Every harness can fail: mistakes planted on purpose are caught, each within a bounded number of tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from muster.backends.base import Backend
from muster.backends.discover import all_backends
from muster.compiler.operators import FIELD_OPERATORS
from tests.conformance.test_operator_examples import test_an_example_is_true as an_example_is_true
from tests.differential import MAX_FAILURES, Trial, describe, judge, main, pairs, smallest
from tests.laws import test_metamorphic
from tests.planted import MISTAKES, Mistake, planted
from tests.planted_shared import SHARED, SharedMistake
from tests.reproduction import Case, read

PAIRS = 500
SEEDS = 40


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_differential_test_catches(mistake: Mistake) -> None:
    with planted(mistake.plant):
        caught = next((trial for _, trial in pairs(PAIRS, "planted", mistake.leaf) if trial.findings), None)

        assert caught is not None
        # A wrong answer, not a crash of what was planted.
        assert not [finding for finding in caught.findings if finding.who.endswith("Error")], caught.findings


def test_without_a_mistake_nothing_is_caught() -> None:
    for leaf in dict.fromkeys(mistake.leaf for mistake in MISTAKES):
        assert [trial.findings for _, trial in pairs(20, "planted", leaf) if trial.findings] == []


@pytest.mark.parametrize("mistake", SHARED, ids=lambda mistake: mistake.name)
def test_a_relation_catches_what_reference_and_generators_share(mistake: SharedMistake) -> None:
    relation: Any = getattr(test_metamorphic, mistake.relation)
    put: Callable[[Backend, int], None] = relation.hypothesis.inner_test
    memory = next(backend for backend in all_backends() if backend.dialect is None)

    def put_all() -> None:
        for seed in range(SEEDS):
            put(memory, seed)

    with planted(mistake.plant), pytest.raises(AssertionError):
        put_all()


def test_a_wrong_example_is_caught() -> None:
    (example, *_) = FIELD_OPERATORS["eq"].examples
    for backend in all_backends():
        an_example_is_true(example, backend)
        with pytest.raises(AssertionError):
            an_example_is_true(replace(example, matches=not example.matches), backend)


def test_a_disagreement_ends_the_command_with_1_and_a_small_file_that_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mistake = next(mistake for mistake in MISTAKES if mistake.name == "equal instants follow each other")
    with planted(mistake.plant):
        code = main(["60", "--seed", "command", "--jobs", "1", "--folder", str(tmp_path)])
        files = sorted(tmp_path.glob("*.json"))
        cases = [read(path) for path in files]

        assert code == 1
        assert 1 <= len(files) <= MAX_FAILURES
        assert all(judge(case).findings for case in cases)
        assert min(len(case.world.profiles) for case in cases) == 1
        assert min(len(case.world.events) for case in cases) <= 2
    assert [judge(case).findings for case in cases if judge(case).findings] == []
    told = capsys.readouterr().out
    assert "SELECT" in told
    assert told.splitlines()[-1].endswith("% non-trivial")


def test_agreement_ends_the_command_with_0_however_many_processes(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for jobs in ("1", "2"):
        assert main(["24", "--jobs", jobs]) == 0
        told.append(capsys.readouterr().out)

    assert told[0].startswith("24 pairs, 0 disagreements, ")
    assert told[0] == told[1]


def test_shrinking_keeps_the_failure_and_drops_the_rest() -> None:
    def disagree() -> tuple[Case, Trial]:
        return next((case, trial) for case, trial in pairs(PAIRS, "planted", mistake.leaf) if trial.findings)

    mistake = next(mistake for mistake in MISTAKES if mistake.name == "NOT of NULL is NULL")
    with planted(mistake.plant):
        case, trial = disagree()
        small = smallest(case, trial)

        assert judge(small).findings
        assert len(small.world.profiles) <= 2  # one without the trait, and one for whom it has a column
        assert small.world.events == ()
        assert "expected: " in describe(small)
