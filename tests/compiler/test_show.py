from __future__ import annotations

from muster.compiler.lower import lower
from muster.compiler.resolve import DELETED, Surroundings, resolve
from muster.compiler.show import show_expr
from muster.grammar.text import parse


def shown(source: str) -> str:
    return show_expr(lower(resolve(parse(source), Surroundings(audiences={"Gone": DELETED}))))


def test_groups_are_indented() -> None:
    assert shown('plan = "pro" and not (seats > 3 or vip = true)') == (
        'and\n  trait plan = "pro"\n  not\n    or\n      trait seats > 3\n      trait vip = true'
    )


def test_event_metrics_say_their_window_and_test() -> None:
    assert shown('sum(amount) of purchase where (currency = "EUR") in last 90 days >= 500') == (
        'sum(amount) of purchase [as_of -90d, as_of) >= 500 where\n  property currency = "EUR"'
    )


def test_every_kind_of_atom_has_a_line() -> None:
    lines = {
        'sample 12.5% of "s"': 'sample 12.5% by "s"',
        "not in audience Gone": 'not\n  deleted audience "Gone"',
        "all items where (qty > 0)": "every element of trait items\n  element qty > 0",
        "distinct(sku) of buy > 3": "distinct(sku) of buy [-∞, as_of) > 3",
        "last(p) of buy is set": "last(p) of buy [-∞, as_of) is present",
        "did buy for the first time in last 7 days": "first time of buy [-∞, as_of) in [as_of -1w, as_of)",
        "did buy in at least 3 of the last 4 weeks": "periods of w among 4 with 1 or more of buy [-∞, as_of) >= 3",
        "entered lifecycle at_risk in last 7 days": "entered at_risk [as_of -1w, as_of)",
        "did a then b within 2 hours with same k": "sequence [-∞, as_of)\n  then a\n  then b within 2h with same k",
        "did a then not b": "sequence [-∞, as_of)\n  then a\n  then not b",
        "size(tags) in (1, 2)": "size(trait tags) in {1, 2}",
        "born in next 1 month": "trait born in [as_of, as_of +1 month)",
        'name matches "^a"': "trait name matches /^a/",
        'name contains "A" ignoring case': 'trait name contains "A" ignoring case',
        "home = trait work": "trait home = trait work",
        "did buy before 2024-01-01": "count of buy [-∞, min(start of 2024-01-01, as_of)) >= 1",
        "did buy in previous month": "count of buy [start of this month -1, start of this month) >= 1",
        "tags is a list": "trait tags is a list",
        "age is a number": "trait age has a num",
        "nobody": "nobody",
    }

    assert {source: shown(source) for source in lines} == lines
