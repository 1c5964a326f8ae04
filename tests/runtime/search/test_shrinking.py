"""A person who was found is made small."""

from __future__ import annotations

from decimal import Decimal

from muster.backends.base import ProfileRow
from muster.backends.memory.evaluate import holds
from muster.compiler.expr import Expr
from muster.runtime.search.person import NAME, Person
from muster.runtime.search.shrinking import shrunk
from tests.cases import CLOCK, DAY, NOW, event
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of

LARGE = Person(
    ProfileRow(
        1,
        "u1",
        is_anonymous=True,
        first_seen=NOW,
        last_seen=NOW,
        created_at=NOW,
        traits={"plan": ["free", "pro"], "age": Decimal("18.000000001"), "address": {"city": "Oslo", "zip": "1"}},
        fields={"p_return": Decimal(1)},
        stages=(("new", NOW), ("active", NOW)),
    ),
    tuple(event(NOW - day * DAY, {"amount": day}, mid=str(day)) for day in range(1, 30)),
)


def in_(expr: Expr, person: Person) -> bool:
    return holds(expr, person.scene(CLOCK))


def test_what_is_not_needed_is_left_out() -> None:
    wanted = all_of(PRO, ADULT, BOUGHT)
    assert in_(wanted, LARGE)
    small = shrunk(LARGE, lambda person: in_(wanted, person))

    assert in_(wanted, small)
    assert small.profile == ProfileRow(1, NAME, traits={"plan": "pro", "age": 19})
    assert len(small.events) == 1
    assert small.events[0].properties == {}


def test_where_nothing_is_needed_nothing_is_left() -> None:
    assert shrunk(LARGE, lambda _: True) == Person()


def test_where_all_is_needed_all_is_left() -> None:
    assert shrunk(LARGE, lambda person: person == LARGE) == LARGE


def test_when_the_time_is_over_the_person_stays() -> None:
    assert shrunk(LARGE, lambda _: True, until=0.0) == LARGE
