"""What an expression reads is found wherever it may stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muster.backends.discover import all_backends
from muster.compiler.pipeline import compile_rule
from muster.compiler.resolve import Surroundings
from muster.compiler.schema import Schema
from muster.compiler.uses import Uses, uses_of
from muster.grammar.text import parse
from tests.dice import SeededDice
from tests.differential import schema_of
from tests.scenario import scenario
from tests.sql_text import SCHEMA


def used(rule: str) -> Uses:
    return uses_of([compile_rule(parse(rule), Surroundings(schema=SCHEMA)).lowered])


@pytest.mark.parametrize(
    ("rule", "traits", "properties"),
    [
        ('plan = "pro" and not (size(tags) > 1 or address.city is set)', "plan tags address.city", ""),
        ("age > trait limit and first_seen before 2024-01-01", "age limit", ""),
        ("any items where (price > 2)", "items", ""),
        ("did buy where (amount > trait limit)", "limit", "amount"),
        ("sum(amount) of buy where (any lines where (price > 1)) > 5", "", "amount lines"),
        ('distinct(code) of buy > trait limit and last(tags) of buy = "a"', "limit", "code tags"),
        ("did buy then refund with same code then not see where (page is set) within 3 days", "", "code page"),
        ("everyone", "", ""),
    ],
)
def test_it_finds_traits_and_properties(rule: str, traits: str, properties: str) -> None:
    assert used(rule) == Uses(_paths(traits), _paths(properties))


def _paths(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(path.split(".")) for path in text.split())


def test_many_expressions_read_what_each_reads() -> None:
    one, other = (parse(rule) for rule in ('plan = "pro"', "did buy where (amount > 1)"))
    lowered = [compile_rule(rule, Surroundings(schema=SCHEMA)).lowered for rule in (one, other)]

    assert uses_of(lowered) == Uses(frozenset({("plan",)}), frozenset({("amount",)}))


def without_others(schema: Schema, uses: Uses) -> Schema:
    traits = {path: name for path, name in schema.profiles.traits.items() if path in uses.traits}
    events = {
        event: {path: name for path, name in record.items() if path in uses.properties}
        for event, record in schema.events.events.items()
    }
    return replace(
        schema, profiles=replace(schema.profiles, traits=traits), events=replace(schema.events, events=events)
    )


def test_sql_reads_nothing_else_of_a_table() -> None:
    backends = [backend for backend in all_backends() if backend.dialect is not None]
    for seed in range(30):
        made = scenario(SeededDice(f"uses {seed}"), 5)
        schema = schema_of(made.world)
        for rule in made.rules:
            compiled = compile_rule(rule, Surroundings(schema=schema, audiences=made.audiences))
            known = without_others(schema, uses_of([compiled.lowered]))
            for backend in backends:
                asked = backend.generate(compiled.plan, schema, "members")

                assert backend.generate(compiled.plan, known, "members") == asked
