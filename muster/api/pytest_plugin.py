"""pytest collects files called *.muster.yaml: each test of theirs is an item.

Loaded by every pytest of an environment that has Muster, so it imports nothing until such a file is met.
https://docs.pytest.org/en/stable/example/nonpython.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from muster.runtime.rule_tests import Outcome, RuleTest, RuleTests

_SUFFIX = ".muster.yaml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a file of rule tests."""
    return RuleTestFile.from_parent(parent, path=file_path) if file_path.name.endswith(_SUFFIX) else None


class RuleTestFile(pytest.File):
    """A file of rule tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give its tests; a file that is wrong is an error of its collection."""
        from muster.api.test_file import read_test_file  # noqa: PLC0415 (see above)
        from muster.runtime.errors import InputError  # noqa: PLC0415 (see above)

        try:
            tests = read_test_file(self.path)
        except InputError as error:
            raise self.CollectError(str(error)) from error
        for test in tests.tests:
            yield RuleTestItem.from_parent(self, name=test.name, tests=tests, test=test)


class RuleTestItem(pytest.Item):
    """One rule test."""

    def __init__(self, *, tests: RuleTests, test: RuleTest, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._tests, self._test = tests, test

    def runtest(self) -> None:
        """Run it on the reference evaluator."""
        from dataclasses import replace  # noqa: PLC0415 (see above)

        from muster.runtime.rule_tests import run_tests  # noqa: PLC0415 (see above)

        (outcome,) = run_tests(replace(self._tests, tests=(self._test,)))
        if not outcome.passed:
            raise RuleTestFailure(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say who is missing or unexpected, and why."""
        if isinstance(excinfo.value, RuleTestFailure):
            from muster.api.outcomes import failure_text  # noqa: PLC0415 (see above)

            return f"{self._test.place}\n{failure_text(excinfo.value.outcome)}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Tell where it is written."""
        line = self._test.place.rpartition(":")[2]
        return self.path, int(line) - 1, self.name


class RuleTestFailure(Exception):  # noqa: N818 (it is a test's outcome)
    """A test of a rule failed."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.test.name)
        self.outcome = outcome
