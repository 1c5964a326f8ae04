"""An engine must say everything in its own words before it can be used."""

from __future__ import annotations

import inspect

import pytest

from muster.backends.sql.dialect import SqlDialect


def test_a_dialect_that_lacks_a_word_cannot_be_made() -> None:
    class Silent(SqlDialect):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Silent()  # type: ignore[abstract]  # that it is refused is the point


def test_every_word_says_what_its_sql_must_mean() -> None:
    words = [member for name, member in inspect.getmembers(SqlDialect, inspect.isfunction) if not name.startswith("_")]

    assert len(words) > 10
    assert all(word.__doc__ for word in words)
