"""Where a problem is, in words."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic
from muster.runtime.errors import DataError, Place, Problem


def test_a_place_names_file_row_and_column_as_far_as_they_are_known() -> None:
    assert str(Place("a.csv")) == "a.csv"
    assert str(Place("a.csv", 3)) == "a.csv, row 3"
    assert str(Place("a.csv", 3, "usd")) == 'a.csv, row 3, column "usd"'


def test_a_problem_ends_with_its_hint() -> None:
    problem = Problem(Place("a.csv"), Diagnostic("D13", "found x.", hint="Try y."))

    assert str(problem) == "a.csv: found x. Try y."


def test_an_error_has_the_code_of_its_problem() -> None:
    error = DataError(Place("a.csv", 3), Diagnostic("D13", "found x."))

    assert (error.code, str(error)) == ("D13", "a.csv, row 3: found x.")
