"""A schema seen through a few rows, and the SQL that an expression becomes on it.

Apart from the tests of single modules, which all look at SQL text; what it finds is tested on engines elsewhere.
"""

from __future__ import annotations

from decimal import Decimal

from muster.backends.base import EventRow, Output, ProfileRow, Query
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.logic import Condition, render
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.query import generate
from muster.backends.tables import ANY_NUMBER, Catalogue, Room
from muster.compiler.expr import Expr
from muster.compiler.planner import plan
from muster.compiler.schema import Schema

DIALECT = DuckDbDialect()
PEOPLE = (
    ProfileRow(
        1,
        "u1",
        traits={
            "plan": "pro",
            "age": 40,
            "member": True,
            "joined": "2024-01-01",
            "mixed": "text",
            "tags": ["a", 1],
            "items": [{"sku": "x", "price": 3, "tags": ["t"], "parts": [{"name": "n"}]}, "loose"],
            "address": {"city": "Ulm"},
        },
        fields={"lifecycle_stage": "active", "p_return": Decimal("0.5")},
        stages=(("active", 1),),
    ),
    ProfileRow(2, "u2", traits={"mixed": ["1.5", True], "plan": "free", "limit": 5, "limits": [1, 2]}),
)
EVENTS = (
    EventRow(
        1,
        "buy",
        1,
        "m1",
        {"amount": 5, "currency": "EUR", "order": "5", "tags": ["a"], "lines": [{"price": 1}], "code": "x", "at": True},
    ),
    EventRow(1, "refund", 2, "m2", {"amount": "5.5", "order": 7, "tags": "b", "code": "y"}),
    EventRow(2, "see", 3, "m3", {"page": "/"}),
)


def schema_of(
    people: tuple[ProfileRow, ...] = PEOPLE, events: tuple[EventRow, ...] = EVENTS, room: Room = ANY_NUMBER
) -> Schema:
    """Give the schema of some rows; names for which there is no room are in maps."""
    catalogue = Catalogue()
    catalogue.observe_profiles(people)
    catalogue.observe_events(events)
    return catalogue.schema(known_people=True, trait_room=room, property_room=room)


SCHEMA = schema_of()
IN_MAPS = schema_of(room=Room(0))


def query(expr: Expr, schema: Schema = SCHEMA, output: Output = "members") -> Query:
    """Plan an expression as it stands, and generate its query."""
    return generate(plan(expr, expr), schema, output, DIALECT)


def condition(expr: Expr, schema: Schema = SCHEMA) -> str:
    """Give what stands after the outermost WHERE; "" for everyone."""
    text = query(expr, schema).sql.removesuffix(" ORDER BY p.external_id")
    return text.partition(" FROM profiles AS p")[2].removeprefix(" WHERE ")


def scope(schema: Schema = SCHEMA) -> Scope:
    """Give a scope in which people are in sight."""
    return Scope(schema, DIALECT, Parameters(DIALECT.parameter))


def shown(found: Condition) -> str:
    """Print a condition."""
    return DIALECT.write(render(found))
