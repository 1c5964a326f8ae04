from __future__ import annotations

import pytest

from muster.backends.discover import all_backends
from muster.backends.sql.bounds import on_clock
from muster.runtime.compilation import compile_query

DIALECTS = [each.dialect for each in all_backends() if each.dialect is not None]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_has_a_clock(dialect: str) -> None:
    query = compile_query("did buy in last 30 days", dialect).query

    assert query.standing is not None
    assert getattr(query.standing, "func", None) is on_clock
