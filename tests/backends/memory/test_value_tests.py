import pytest

from muster.backends.memory.evaluate import Scene, holds
from muster.backends.memory.value_tests import fold
from tests.cases import Case
from tests.value_cases import CASES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_value(case: Case) -> None:
    assert holds(case.expr, Scene(case.profile, case.events, case.clock)) is case.expected


def test_cases_have_names_of_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_fold_lowers_only_ascii_capitals() -> None:
    assert fold("AZaz[@{É\u212aİ") == "azaz[@{É\u212aİ"
