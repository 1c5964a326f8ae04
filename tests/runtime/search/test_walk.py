"""Somebody is found where there is somebody, for every construct of the language."""

from __future__ import annotations

import pytest

from muster.backends.memory.evaluate import holds
from muster.compiler.expr import FALSE, And, Expr, Not
from muster.compiler.normal_form import normalise
from muster.compiler.pipeline import compile_rule
from muster.runtime.compilation import to_rule
from muster.runtime.search.walk import Effort, search
from tests.cases import CLOCK
from tests.small_exprs import PRO

MANY_CONDITIONS = (
    'did purchase where (amount > 50 and currency = "EUR" and not refunded = true) at least 3 times in last 90 days'
    ' and plan = "pro" and (country = "US" or country = "CA") and trial in next 3 days'
)
DIFFERENT = [
    ("seats > 3", "seats > 5"),
    ("seats > 3 and seats < 5", "seats = 4"),
    ('plan != "pro"', "plan is set"),
    ('plan = "pro"', 'plan starts with "pro" and plan ends with "x"'),
    ("x = 1 and x = 2 and x > 3", "x = 7"),
    ('size(tags) >= 3 and tags has "x"', 'tags has all of ("x", "y")'),
    ("a > trait b", "a > 3"),
    ('email matches "^[a-z]+@acme[.](com|org)$"', 'email ends with "com"'),
    ("any items where (price > 5) and any items where (q = 1)", "any items where (price > 5 and q = 1)"),
    ("all items where (price > 5)", "any items where (price > 5)"),
    ('address.city starts with "P"', 'address.country = "US"'),
    ("trial in next 3 days", "trial in next 2 days"),
    ('external_id = "a"', "is_anonymous = true"),
    ("is_anonymous = true and last_seen in last 3 days", "first_seen in last 9 days"),
    ("lifecycle p_return < 0.3", "lifecycle p_return < 0.2"),
    ("lifecycle is churned", "entered lifecycle churned in last 7 days"),
    ("entered lifecycle new in last 7 days", "entered lifecycle new in last 6 days"),
    ('sample 5% of "a"', 'sample 5% of "b"'),
    ("did purchase", "did purchase in last 7 days"),
    ("did purchase in last 8 days", "did purchase in last 7 days"),
    ("did purchase at least 50 times", "did purchase at least 51 times"),
    ("count of p > trait least", "did p at least 3 times"),
    ("did anything at least 2 times", "did any of (a, b)"),
    ("did p where (amount > trait least)", "did p where (amount > 3)"),
    ("sum(amount) of purchase > 500 and did purchase at least 3 times in last 7 days", "did login"),
    ("avg(x) of p > 3 and min(x) of p < 0", "did p at least 3 times"),
    ("distinct(x) of p >= 3", "did p at least 4 times"),
    ('first(x) of p = "web" and last(x) of p = "ads"', 'did p where (x = "other")'),
    ('first(x) of p where (y > 3) in last 3 calendar weeks has "web"', "did p where (y < 3)"),
    ("did a for the first time in last 7 days", "did a at least 2 times"),
    ("did login in at least 3 of the last 4 weeks", "did login in at least 4 of the last 4 weeks"),
    ("did login in at least 2 of the last 3 calendar months", "did login in last 30 days"),
    ("stopped login for 30 days looking back 90 days", "did login more than 60 days ago"),
    ("resumed login in last 7 days after gap of 30 days", "did login at least 3 times"),
    ("did a then b within 3h", "did a then b within 2h"),
    ("did a then b within 3h then not c within 1 day", "did c"),
    ("did a then b with same x", "did a then b with same y"),
    ("did a in last 7 days then b", "did a then b then c"),
    (MANY_CONDITIONS, "did purchase where (amount > 60) at least 2 times in last 80 days"),
]


def expr(rule: str) -> Expr:
    return normalise(compile_rule(to_rule(rule)).lowered)


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_somebody_is_in_the_first_and_not_in_the_second(first: str, second: str) -> None:
    wanted = And((expr(first), Not(expr(second))))
    found = search([wanted], CLOCK)

    assert found.person is not None
    assert holds(wanted, found.person.scene(CLOCK))
    assert found.tried <= 2_000


def test_the_same_seed_finds_the_same_person() -> None:
    wanted = [And((expr("seats > 3 and did purchase"), Not(expr("seats > 5"))))]
    seeds = [search(wanted, CLOCK, effort=Effort(seed=seed)) for seed in (1, 1, 2, 3, 4, 5)]

    assert seeds[0] == seeds[1]
    assert len({repr(found.person) for found in seeds}) > 1


def test_each_of_several_wishes_is_tried() -> None:
    assert search([FALSE, PRO], CLOCK).person is not None
    assert search([PRO, FALSE], CLOCK).person is not None


def test_where_nobody_is_the_tries_end() -> None:
    assert search([And((PRO, Not(PRO)))], CLOCK, effort=Effort(123)) == (None, 123)
    assert search([FALSE], CLOCK, effort=Effort(3)) == (None, 3)


def test_a_trait_that_is_declared_to_be_single_holds_no_list() -> None:
    wanted = [And((expr("x = 1"), expr("x = 2")))]

    assert search(wanted, CLOCK).person is not None
    assert search(wanted, CLOCK, single=frozenset({("x",)}), effort=Effort(500)).person is None


def test_the_time_ends_too() -> None:
    assert search([And((PRO, Not(PRO)))], CLOCK, effort=Effort(10**9, seconds=0.05)).tried < 10**5
