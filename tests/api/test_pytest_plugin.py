"""pytest runs the tests of *.muster.yaml files as its own, and shows what failed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    for path in EXAMPLES.iterdir():
        shutil.copy(path, pytester.path)
    return pytester


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # The plugin is not named here: the installed package announces it, as it does to its users.
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:cov", *arguments)


def test_the_examples_pass(folder: pytest.Pytester) -> None:
    result = run(folder, "-v")

    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*shop.muster.yaml::Norway is a country PASSED*"])


def test_a_broken_expectation_is_a_readable_failure(folder: pytest.Pytester) -> None:
    path = folder.path / "shop.muster.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("members: [bob]", "members: [eve]"), encoding="utf-8")
    result = run(folder)

    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*shop.muster.yaml:*", "missing: eve", "unexpected: bob", "bob is a member.", "*saw*"])
    assert "Traceback" not in result.stdout.str()


def test_a_file_that_is_wrong_is_an_error_of_its_collection(folder: pytest.Pytester) -> None:
    (folder.path / "wrong.muster.yaml").write_text("now: 1\n", encoding="utf-8")
    result = run(folder)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*wrong.muster.yaml:1: *"])


def test_other_yaml_is_left_alone(pytester: pytest.Pytester) -> None:
    (pytester.path / "other.yaml").write_text("now: 1\n", encoding="utf-8")

    assert run(pytester).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_pytest_without_such_files_imports_nothing_of_muster(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    code = (
        "import sys, pytest; "
        "code = pytest.main(['-p', 'no:cacheprovider', '-q']); "
        "loaded = sorted(name for name in sys.modules if name.startswith('muster.')); "
        "sys.exit(f'{code} {loaded}')"
    )
    result = pytester.run(sys.executable, "-c", code)

    assert result.errlines == ["0 ['muster.api', 'muster.api.pytest_plugin']"]
