"""A seeded set of people and events in the managed layout, made inside DuckDB because 20 M rows in Python take hours.

The shape follows what product analytics data looks like: 40 event names by a 1/rank law, activity per person by a
power law, a fifth of the people without events, 180 days. Every value is a hash of its row's number and the seed.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from muster.backends.base import EventRow, ProfileRow
from muster.backends.discover import get_backend
from muster.backends.tables import Catalogue
from muster.compiler.schema import Schema

AS_OF = "2026-06-30T00:00:00+00:00"
NAMES = (
    "session_started", "page_viewed", "feature_used", "signin", "email_opened", "search", "purchase", "cart_added",
    *(f"event_{number:02}" for number in range(32)),
)  # fmt: skip
_SALT = 1_000_003


def schema() -> Schema:
    """Give the schema of the tables: the kinds that the rows below hold."""
    catalogue = Catalogue()
    traits = {"plan": "pro", "country": "US", "ltv": 1.5, "seats": 3, "email": "a@example.com"}
    catalogue.observe_profiles([ProfileRow(0, "u0", traits=traits)])
    catalogue.observe_events(
        EventRow(0, name, 0, "m", {"amount": 1.5, "category": "books"} if name == "purchase" else {}) for name in NAMES
    )
    return catalogue.schema()


def make(path: Path, people: int, events: int, seed: int) -> None:
    """Make the tables in a DuckDB file, rows sorted as the writer sorts them."""
    get_backend("duckdb").connect(str(path), schema()).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET preserve_insertion_order = false; SET memory_limit = '6GB'")
        connection.execute(_PROFILES, {"people": people, "seed": seed})
        weights = [1 / rank for rank in range(1, len(NAMES) + 1)]
        total = sum(weights)
        edges = [sum(weights[: n + 1]) / total for n in range(len(weights))]
        connection.execute(
            "CREATE TEMP TABLE names AS SELECT unnest($names) AS event, unnest($edges) AS edge, "
            "unnest($starts) AS start",
            {"names": list(NAMES), "edges": edges, "starts": [0.0, *edges[:-1]]},
        )
        connection.execute(_EVENTS, {"people": people, "events": events, "seed": seed})
        connection.execute("CHECKPOINT")


_UNIT = "(hash({}) % 1000000007) / 1000000007.0"

_PROFILES = f"""
INSERT INTO profiles BY NAME
SELECT n AS pid, 'u' || n AS external_id, false AS is_anonymous,
       TIMESTAMP '2026-01-01' AS first_seen, TIMESTAMP '2026-06-01' AS last_seen, TIMESTAMP '2026-01-01' AS created_at,
       CASE WHEN u1 < 0.08 THEN 'pro' WHEN u1 < 0.2 THEN 'growth' WHEN u1 < 0.95 THEN 'free' END AS plan__str,
       ['US', 'CA', 'DE', 'FR', 'GB', 'IN', 'JP', 'BR'][1 + (u2 * u2 * 8)::INT % 8] AS country__str,
       CASE WHEN u3 > 0.2 THEN (pow(u3, 8) * 2000)::DECIMAL(38, 9) END AS ltv__num,
       (1 + u4 * 99)::INT::DECIMAL(38, 9) AS seats__num,
       'user' || n || '@example.com' AS email__str
FROM (
    SELECT range AS n,
           {_UNIT.format("(range, 1, $seed)")} AS u1, {_UNIT.format("(range, 2, $seed)")} AS u2,
           {_UNIT.format("(range, 3, $seed)")} AS u3, {_UNIT.format("(range, 4, $seed)")} AS u4
    FROM range($people)
)
"""

_EVENTS = f"""
INSERT INTO events BY NAME
SELECT event, pid, ts, 'm' || n AS mid,
       CASE WHEN event = 'purchase' THEN (5 + pow(u4, 3) * 200)::DECIMAL(38, 2)::DECIMAL(38, 9) END AS amount__num,
       CASE WHEN event = 'purchase' THEN ['books', 'electronics', 'toys'][1 + (u5 * 3)::INT % 3] END AS category__str
FROM (
    SELECT n, u4, u5, names.event,
           -- four fifths of the people are active, the first ones far more than the last
           (pow(u2, 3) * 0.8 * $people)::BIGINT AS pid,
           TIMESTAMP '2026-06-30' - to_microseconds((u3 * 180 * 86400 * 1000000)::BIGINT) AS ts
    FROM (
        SELECT range AS n,
               {_UNIT.format("(range, 11, $seed)")} AS u1, {_UNIT.format("(range, 12, $seed)")} AS u2,
               {_UNIT.format("(range, 13, $seed)")} AS u3, {_UNIT.format("(range, 14, $seed)")} AS u4,
               {_UNIT.format("(range, 15, $seed)")} AS u5
        FROM range($events)
    ) AS drawn JOIN names ON drawn.u1 >= names.start AND drawn.u1 < names.edge
)
ORDER BY event, pid, ts
"""
