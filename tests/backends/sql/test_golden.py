"""The SQL of one rule a construct, as people see it, for every engine that has a dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from muster.backends.base import Backend
from muster.backends.discover import all_backends
from muster.compiler.pipeline import compile_rule
from muster.compiler.resolve import Surroundings
from muster.grammar.format import format_bare
from muster.grammar.text import parse
from tests.project_rules import ROOT
from tests.sql_text import IN_MAPS, SCHEMA

GOLDEN = ROOT / "tests" / "golden"

RULES = {
    "trait": 'plan = "pro" and age >= 18 and plan is set',
    "presence": "plan is set and tags is set and not tags is empty",
    "negated_trait": 'plan != "free" and not age > 65',
    "text": 'plan contains "pr" and plan starts with "P" ignoring case and plan matches "^p.o$"',
    "in_list": 'plan in ("pro", "team") and age not in (1, 2)',
    "list_trait": 'tags has "a" and size(tags) > 1 and tags is not empty',
    "elements": 'any items where (price > 2 and not sku = "x") and all items where (price > 0)',
    "trait_against_trait": "age > trait limit and plan = trait mixed",
    "built_in_fields": 'last_seen more than 14 days ago and external_id = "u1" and lifecycle is active',
    "brief": 'plan = "pro" and did buy in last 30 days and (plan = "US" or plan = "CA")',
    "did_not": "did not buy in last 30 days",
    "count": "did buy where (amount > 50) at least 3 times in last 90 days",
    "count_with_zero": "did buy at most 2 times in this month",
    "sum": "sum(amount) of buy in last 90 days >= 500 and avg(amount) of buy < 20",
    "extremum": "max(amount) of buy in last 90 days > 50 or min(amount) of buy >= 3",
    "distinct": "distinct(amount) of anything > 3 and distinct(tags) of buy > 1",
    "first_time": "did buy for the first time in last 7 days",
    "first_value": 'first(amount) of buy > 50 and last(tags) of buy in last 7 days = "a"',
    "regularity": "did buy in at least 3 of the last 4 weeks and did buy in at least 2 of the last 3 calendar months",
    "stopped": "stopped buy for 30 days looking back 90 days",
    "own_threshold": "count of buy > trait limit",
    "event_against_trait": "did buy where (amount > trait limit)",
    "sequence": "did buy in last 7 days then see within 24 hours then refund",
    "sequence_same": "did buy then refund within 7 days with same code",
    "sequence_not": "did buy in last 7 days then not refund within 24 hours",
    "shared_scan": 'did buy and plan = "pro" or not did buy and age > 30',
    "sample": 'sample 12.5% of "salt"',
    "stage": "entered lifecycle at_risk in last 7 days",
}
RULES_IN_MAPS = {
    "map_trait": 'plan = "pro" and age >= 18 and mixed is set and not tags has 1',
    "map_property": 'sum(amount) of buy > 5 and last(code) of buy = "x" and did buy then refund with same code',
}


@pytest.mark.parametrize("backend", [each for each in all_backends() if each.dialect], ids=lambda each: each.name)
@pytest.mark.parametrize("name", [*RULES, *RULES_IN_MAPS])
def test_the_sql_of_a_construct(name: str, backend: Backend, golden: Callable[[Path, str], None]) -> None:
    schema, rule = (SCHEMA, RULES[name]) if name in RULES else (IN_MAPS, RULES_IN_MAPS[name])
    compiled = compile_rule(parse(rule), Surroundings(schema=schema))
    query = replace(backend.generate(compiled.plan, schema, "members"), tell=format_bare)
    values = "".join(f"-- {each.name} = {each.value}\n" for each in query.parameters)

    golden(GOLDEN / name / f"{backend.dialect}.sql", f"-- {rule}\n{query.pretty};\n{values}")


def test_no_golden_file_is_left_without_its_rule() -> None:
    held = {path.parent.name for path in GOLDEN.glob("*/*.sql")}

    assert held == {*RULES, *RULES_IN_MAPS}
