"""Who is in a rule, by each engine that needs no server."""

from __future__ import annotations

import pytest

from muster.backends.base import EngineError, ProfileRow
from muster.compiler.facts import Facts
from muster.compiler.pipeline import compile_rule
from muster.runtime.compilation import to_rule
from muster.runtime.search.crowd import numbered
from muster.runtime.search.person import Person
from muster.testing.membership import holding, members
from tests.cases import CLOCK, DAY, NOW, event

PEOPLE = numbered(
    [
        Person(ProfileRow(1, "a", traits={"x": [1, 9]})),
        Person(ProfileRow(1, "b", traits={"x": 5}), (event(NOW - DAY),)),
        Person(),
    ]
)


@pytest.mark.parametrize("engine", ["memory:", "duckdb:"])
def test_members_are_found_on_an_engine(engine: str) -> None:
    def found(rule: str, facts: Facts = Facts()) -> frozenset[str]:  # noqa: B008 (immutable)
        with holding(PEOPLE, engine, facts) as opened:
            return members(compile_rule(to_rule(rule)).lowered, opened, CLOCK)

    assert found("x > 4") == {"a", "b"}
    assert found("x > 4", Facts(frozenset({("x",)}))) == {"b"}
    assert found("did buy in last 2 days") == {"b"}
    assert found("x is not set") == {"somebody 3"}


def test_an_engine_that_fails_says_so() -> None:
    with pytest.raises(EngineError), holding(PEOPLE, "memory:somewhere", Facts()):
        pass
