"""Anonymous members whose id a user has too, on every engine over files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.backends.base import Engine, EventRow, ProfileRow
from muster.backends.discover import get_backend
from muster.backends.tables import Catalogue
from muster.runtime.anonymous import ambiguous_members, mark
from muster.runtime.evaluation import evaluate

PEOPLE = (
    ProfileRow(1, "a", is_anonymous=True, traits={"plan": "pro"}),
    ProfileRow(2, "a", traits={"plan": "free"}),
    ProfileRow(3, "b", is_anonymous=True, traits={"plan": "pro"}),
    ProfileRow(4, "c", traits={"plan": "pro"}),
)
EVENTS = (EventRow(1, "buy", 0, "m1"), EventRow(4, "buy", 0, "m2"))


@pytest.fixture(params=["duckdb", "memory"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    catalogue = Catalogue()
    catalogue.observe_profiles(PEOPLE)
    catalogue.observe_events(EVENTS)
    opened = get_backend(request.param).connect("", catalogue.schema())
    opened.load(PEOPLE, EVENTS)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("everyone", {"a"}),
        ('plan = "pro"', {"a"}),
        ('plan = "free"', set()),
        ("did buy", {"a"}),
        ("did not buy", set()),
        ('in audience "Buyers"', {"a"}),
        ("nobody", set()),
    ],
)
def test_an_id_is_ambiguous_where_its_anonymous_half_is_a_member(engine: Engine, rule: str, expected: set[str]) -> None:
    evaluation = evaluate(rule, engine, as_of="2024-01-01", audiences={"Buyers": "did buy"})

    assert ambiguous_members(evaluation) == expected


def test_of_two_members_of_one_id_the_user_comes_first() -> None:
    assert mark(["a", "a", "b", "c"], frozenset({"a", "c"})) == [
        ("a", False),
        ("a", True),
        ("b", False),
        ("c", True),
    ]
    assert mark([], frozenset()) == []
