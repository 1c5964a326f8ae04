"""A seeded set of people and events in the managed layout, made inside DuckDB because 20 M rows in Python take hours.

The shape follows what product analytics data looks like: 40 event names by a 1/rank law, activity per person by a
power law, a fifth of the people without events, two fifths of them gone at some time, 180 days. Every value is a hash
of its row's number and the seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.discover import get_backend
from muster.backends.tables import Catalogue
from muster.compiler.schema import Schema

AS_OF = "2026-06-30T00:00:00+00:00"
SPAN_DAYS = 180
_SAMPLE = 200
_NAMED = {
    1: "page_viewed", 3: "feature_used", 4: "search_performed", 5: "item_viewed", 6: "session_started",
    8: "cart_added", 9: "email_opened", 10: "signin", 12: "purchase", 15: "checkout_started", 20: "invite_sent",
    25: "subscription_cancelled", 30: "support_ticket", 35: "refund_requested",
}  # fmt: skip
NAMES = tuple(_NAMED.get(rank, f"event_{rank:02}") for rank in range(1, 41))
PRICED = ("cart_added", "purchase", "checkout_started", "refund_requested")
_CATEGORIES = ("electronics", "books", "home", "toys", "fashion", "garden", "sports", "beauty", "food", "music")
_PLANS = ("pro", "growth", "enterprise", "starter", "free")
_PAGES = ("/", "/pricing", "/docs/", "/app/", "/blog/", "/product/")
_SHARES = {"US": 6, "IN": 3, "DE": 2, "GB": 2, "FR": 1, "BR": 2}
_ONE_SHARE = ("CA", "JP", "ES", "IT", "NL", "SE", "PL", "AU", "MX")
_COUNTRIES = [code for code, share in _SHARES.items() for _ in range(share)] + list(_ONE_SHARE)


def schema() -> Schema:
    """Give the schema of the tables: the kinds that the rows below hold, and where texts are few."""
    catalogue = Catalogue()
    catalogue.observe_profiles(ProfileRow(number, f"u{number}", traits=_traits(number)) for number in range(_SAMPLE))
    catalogue.observe_events(
        EventRow(0, name, 0, "m", _properties(name, number)) for name in NAMES for number in range(_SAMPLE)
    )
    return catalogue.schema(known_people=True)


def _traits(number: int) -> Mapping[str, Json]:
    return {
        "plan": _PLANS[number % len(_PLANS)],
        "country": _COUNTRIES[number % len(_COUNTRIES)],
        "ltv": 1.5,
        "signin_count": 3,
        "email": f"user{number}@example.com",
        "tags": ["vip"],
        "signup": datetime(2026, 1, 1, tzinfo=UTC),
    }


def _properties(name: str, number: int) -> Mapping[str, Json]:
    if name in PRICED:
        return {"amount": 1.5, "category": _CATEGORIES[number % len(_CATEGORIES)]}
    return {"url": f"{_PAGES[number % len(_PAGES)]}{number}"} if name == "page_viewed" else {}


def make(path: Path, people: int, events: int, seed: int) -> None:
    """Make the tables in a DuckDB file, rows sorted as the writer sorts them."""
    get_backend("duckdb").connect(str(path), schema()).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET preserve_insertion_order = false; SET memory_limit = '6GB'")
        known: dict[str, object] = {"people": people, "seed": seed}
        connection.execute(_PROFILES, {**known, "countries": _COUNTRIES})
        lists = {"names": list(NAMES), "priced": list(PRICED), "categories": list(_CATEGORIES), "pages": list(_PAGES)}
        connection.execute(_EVENTS, {**known, **lists, "events": events})
        connection.execute("CHECKPOINT")


def _uniform(row: str, salt: int) -> str:
    """Draw from [0, 1) for a row."""
    return f"((hash({row}, {salt}, $seed) % 1000000007) / 1000000007.0)::DOUBLE"


def _day_of_signup(person: str) -> str:
    """Draw how many days ago a person came."""
    return f"700 * pow({_uniform(person, 5)}, 0.8)"


_PROFILES = f"""
INSERT INTO profiles BY NAME
SELECT n AS pid, 'u' || n AS external_id, false AS is_anonymous,
       TIMESTAMP '2026-01-01' AS first_seen, TIMESTAMP '2026-06-01' AS last_seen, TIMESTAMP '2026-01-01' AS created_at,
       plan AS plan__str, $countries[1 + floor(u2 * {len(_COUNTRIES)})::INT] AS country__str,
       CASE WHEN u3 > 0.2
            THEN (-100 * ln(1 - u4) * CASE WHEN plan = 'free' THEN 0.3 ELSE 2 END)::DECIMAL(38, 2)::DECIMAL(38, 9)
       END AS ltv__num,
       floor(-20 * ln(1 - u6))::BIGINT::DECIMAL(38, 9) AS signin_count__num,
       'user' || n || '@example.com' AS email__str,
       CASE WHEN len(tags) > 0 THEN 'list' END AS tags__stored,
       CASE WHEN len(tags) > 0 THEN len(tags)::DECIMAL(38, 9) END AS tags__size,
       CASE WHEN len(tags) > 0 THEN [{{'str': tag, 'nested': NULL::BOOLEAN}} FOR tag IN tags] END AS tags__items,
       (TIMESTAMP '2026-06-30' - to_days((floor({_day_of_signup("n")}))::INT)) AS signup__time
FROM (
    SELECT *,
           CASE WHEN u1 < 0.08 THEN 'pro' WHEN u1 < 0.13 THEN 'growth' WHEN u1 < 0.15 THEN 'enterprise'
                WHEN u1 < 0.3 THEN 'starter' WHEN u1 < 0.95 THEN 'free' END AS plan,
           [tag FOR tag IN [CASE WHEN u7 < 0.05 THEN 'vip' END, CASE WHEN u8 < 0.1 THEN 'beta' END,
                            CASE WHEN u9 < 0.3 THEN 'newsletter' END] IF tag IS NOT NULL] AS tags
    FROM (
        SELECT range AS n, {", ".join(f"{_uniform('range', salt)} AS u{salt}" for salt in range(1, 10))}
        FROM range($people)
    )
)
"""

_EVENTS = f"""
INSERT INTO events BY NAME
SELECT event, pid, ts, 'm' || n AS mid,
       CASE WHEN event IN $priced THEN (-40 * ln(1 - u4))::DECIMAL(38, 2)::DECIMAL(38, 9) END AS amount__num,
       CASE WHEN event IN $priced THEN $categories[1 + floor(pow(u5, 1.6) * {len(_CATEGORIES)})::INT] END
            AS category__str,
       CASE WHEN event = 'page_viewed'
            THEN $pages[1 + floor(u6 * {len(_PAGES)})::INT] || floor(300 * u5 * u5)::INT END AS url__str
FROM (
    SELECT n, pid, u4, u5, u6, $names[floor(exp(u1 * ln({len(NAMES) + 1})))::INT] AS event,
           TIMESTAMP '2026-06-30' - to_microseconds(1 + ((gone + (came - gone) * u3) * 86400000000)::BIGINT) AS ts
    FROM (
        -- nothing before someone came, nor after two fifths of the people left
        SELECT *, least({SPAN_DAYS}.0, {_day_of_signup("pid")}) AS came,
               CASE WHEN {_uniform("pid", 31)} < 0.4 THEN came * {_uniform("pid", 32)} ELSE 0 END AS gone
        FROM (
            -- four fifths of the people are active, some far more than others; 7919 spreads them over all numbers
            SELECT range AS n,
                   (floor({_uniform("range", 12)} ** 3 * 0.8 * $people)::BIGINT * 7919 + 13) % $people AS pid,
                   {", ".join(f"{_uniform('range', 10 + draw)} AS u{draw}" for draw in (1, 3, 4, 5, 6))}
            FROM range($events)
        )
    )
)
ORDER BY event, pid, ts
"""
