"""The public names of the package are all there, though each is imported only when it is asked for."""

from __future__ import annotations

import pytest

import muster
from muster.compiler.diagnostics import RuleError
from muster.runtime.compilation import compile_query, to_rule


def test_every_public_name_is_there() -> None:
    for name in muster.__all__:
        assert getattr(muster, name) is getattr(muster, name)
        assert name in dir(muster)
    assert set(muster.__all__) == set(muster._PLACES)
    assert (muster.parse, muster.compile, muster.RuleError) == (to_rule, compile_query, RuleError)


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = muster.nonsense  # type: ignore[attr-defined]  # what a user may try
