"""The names of muster.testing, with Hypothesis and without."""

from __future__ import annotations

import subprocess
import sys

import pytest

from muster import testing
from muster.compiler.messages.laws import no_hypothesis


def test_every_public_name_is_there() -> None:
    for name in testing.__all__:
        assert getattr(testing, name) is getattr(testing, name)
        assert name in dir(testing)
    assert set(testing.__all__) == set(testing._PLACES)


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = testing.nonsense  # type: ignore[attr-defined]  # what a user may try


def run_without_hypothesis(code: str) -> subprocess.CompletedProcess[str]:
    hidden = (
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'hypothesis' else real(name, *rest)\n"
    )
    return subprocess.run([sys.executable, "-c", hidden + code], capture_output=True, text=True, check=False)


def test_without_hypothesis_the_strategies_say_what_is_missing() -> None:
    ran = run_without_hypothesis("from muster.testing import people")

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == f"ImportError: {no_hypothesis()}"
    assert "pip install '.[testing]'" in no_hypothesis()


def test_without_hypothesis_the_laws_work() -> None:
    code = "import sys\nfrom muster.testing import assert_subset\nassert_subset('a = 1', 'a in (1, 2)')\n"
    ran = run_without_hypothesis(f"{code}assert 'hypothesis' not in sys.modules")

    assert (ran.returncode, ran.stderr) == (0, "")
