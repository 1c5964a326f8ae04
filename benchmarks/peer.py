"""The same people and events in the shape of PostHog's tables on ClickHouse, and its way of asking.

Written from a description of that product's cohorts, to have a baseline that many people run: properties as JSON text,
ids that are UUIDs, versions of people read by argMax, persons that events were moved to, and one full sub-query for
each condition, joined by set operators. With `columns` the properties that rules ask for are columns as well. A sum is
an extrapolation: its cohorts have no such condition. It could go wrong by another answer, which is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.trees import And, Did, EventLeaf, Not, Or, Then, Trait, Tree, Weekly

DATABASE = "peer"
_MOVED = 50  # one person in so many has another person's id on their events
_AS_OF = "toDateTime64('2026-06-30 00:00:00', 6, 'UTC')"
_PERSON = "reinterpretAsUUID(sipHash128('person', pid))"
_TRAITS = ("plan", "country", "ltv", "tags", "signup")
_PROPERTIES = ("amount", "category", "url")

TABLES = (
    "DROP DATABASE IF EXISTS peer",
    "CREATE DATABASE peer ENGINE = Atomic",
    f"""
    CREATE TABLE peer.person (
        id UUID, created_at DateTime64(3, 'UTC'), team_id Int64, properties String CODEC(ZSTD(3)),
        is_identified Int8, is_deleted Int8, version UInt64,
        {", ".join(f"mat_{each} Nullable(String)" for each in _TRAITS)}
    ) ENGINE = ReplacingMergeTree(version) ORDER BY (team_id, id)
    """,
    """
    CREATE TABLE peer.overrides (team_id Int64, distinct_id String, person_id UUID, is_deleted Int8, version Int64)
    ENGINE = ReplacingMergeTree(version) ORDER BY (team_id, distinct_id) SETTINGS index_granularity = 512
    """,
    f"""
    CREATE TABLE peer.events (
        uuid UUID, event String, properties String CODEC(ZSTD(3)), timestamp DateTime64(6, 'UTC'), team_id Int64,
        distinct_id String, created_at DateTime64(6, 'UTC'), person_id UUID, inserted_at DateTime,
        {", ".join(f"mat_{each} Nullable(String)" for each in _PROPERTIES)}
    ) ENGINE = ReplacingMergeTree(inserted_at) PARTITION BY toYYYYMM(timestamp)
    ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))
    SAMPLE BY cityHash64(distinct_id)
    """,
)
FILL = (
    f"""
    INSERT INTO peer.person
    SELECT {_PERSON}, created_at, 1,
           concat('{{"plan":', ifNull(toJSONString(plan), 'null'), ',"country":', toJSONString(ifNull(country, '')),
                  ',"ltv":', ifNull(toString(ltv), 'null'), ',"tags":', toJSONString(tags), ',"signup":"',
                  ifNull(signup, ''), '","signin_count":', ifNull(toString(signin_count__num), 'null'), ',"email":"',
                  ifNull(email__str, ''), '","name":"Person ', toString(pid), '","os":"Mac OS X","locale":"en_US"}}'),
           1, 0, 1, plan, country, toString(ltv), toJSONString(tags), signup
    FROM (SELECT *, plan__str AS plan, country__str AS country, ltv__num AS ltv, tags__items.str AS tags,
                 toString(toDate(signup__time)) AS signup FROM profiles)
    """,
    f"""
    INSERT INTO peer.overrides SELECT 1, external_id, {_PERSON}, 0, 1 FROM profiles WHERE pid % {_MOVED} = 0
    """,
    f"""
    INSERT INTO peer.events
    SELECT reinterpretAsUUID(sipHash128(mid)), event,
           concat('{{"amount":', ifNull(toString(amount__num), 'null'),
                  ',"category":', ifNull(toJSONString(category__str), 'null'),
                  ',"url":', ifNull(toJSONString(url__str), 'null'),
                  ',"device":"web","lib":"web","session":"', hex(cityHash64(mid)), '","currency":"USD"}}'),
           ts, 1, concat('u', toString(pid)), ts,
           if(pid % {_MOVED} = 0, reinterpretAsUUID(sipHash128('before', pid)), {_PERSON}), toDateTime(ts),
           toString(amount__num), category__str, url__str
    FROM events SETTINGS max_partitions_per_insert_block = 0
    """,
    "OPTIMIZE TABLE peer.person FINAL",
    "OPTIMIZE TABLE peer.events FINAL",
)


def query(tree: Tree, *, columns: bool) -> str:
    """Ask for the count of an audience."""
    found, negated = _Shape(columns).sets(tree)
    if negated:
        raise NotImplementedError("there must be a positive condition")
    return f"SELECT count() FROM ({found})"


@dataclass(frozen=True, slots=True)
class _Shape:
    columns: bool

    def sets(self, tree: Tree) -> tuple[str, bool]:
        """Give the ids of an audience, or of everyone else if negated."""
        match tree:
            case Not(part):
                found, negated = self.sets(part)
                return found, not negated
            case And(parts):
                return self._all_of([self.sets(part) for part in parts])
            case Or(parts):
                return self._none_of([self.sets(part) for part in parts])
            case Trait():
                return self.person(tree), False
            case _:
                return f"{self.actors(tree)} ORDER BY id LIMIT 1000000000", False

    def _all_of(self, parts: list[tuple[str, bool]]) -> tuple[str, bool]:
        kept = [f"({found})" for found, negated in parts if not negated]
        taken = [f"({found})" for found, negated in parts if negated]
        if not kept:
            return " UNION DISTINCT ".join(taken), True
        found = " INTERSECT DISTINCT ".join(kept)
        for each in taken:
            found = f"({found}) EXCEPT {each}"
        return found, False

    def _none_of(self, parts: list[tuple[str, bool]]) -> tuple[str, bool]:
        if not any(negated for _, negated in parts):
            return " UNION DISTINCT ".join(f"({found})" for found, _ in parts), False
        found, negated = self._all_of([(found, not negated) for found, negated in parts])
        return found, not negated

    def person(self, trait: Trait) -> str:
        """Read people twice: those of any version that passes, and whether their last version does."""
        value = self.value(trait.name)
        return (
            f"SELECT id FROM (SELECT id, argMax({value}, version) AS last FROM peer.person WHERE team_id = 1 AND id IN "
            f"(SELECT id FROM peer.person WHERE team_id = 1 AND {_test(trait, value)}) GROUP BY id "
            f"HAVING argMax(is_deleted, version) = 0) WHERE {_test(trait, 'last')}"
        )

    def value(self, name: str) -> str:
        """Read a property as text."""
        if self.columns:
            return f"nullIf(nullIf(mat_{name}, ''), 'null')"
        raw = f"nullIf(nullIf(JSONExtractRaw(properties, '{name}'), ''), 'null')"
        return f"replaceRegexpAll({raw}, '^\"|\"$', '')"

    def actors(self, leaf: EventLeaf) -> str:
        """Give the people that some events lead to."""
        match leaf:
            case Did():
                measure = "round(sum(amount), 2)" if leaf.spent_over is not None else "count()"
                bound = f"> {leaf.spent_over}" if leaf.spent_over is not None else f">= {leaf.at_least}"
                more = self._where(leaf)
                amount = f", toFloat64OrNull({self.value('amount')}) AS amount" if leaf.spent_over is not None else ""
                rows = _rows(f"e.distinct_id AS who{amount}", f"event = '{leaf.event}' AND {_since(leaf.days)}{more}")
                return (
                    f"SELECT actor AS id FROM (SELECT actor, {measure} AS n, groupUniqArray(who) AS ids FROM ({rows}) "
                    f"GROUP BY actor) WHERE n {bound}"
                )
            case Weekly():
                age = f"toUnixTimestamp64Micro({_AS_OF}) - toUnixTimestamp64Micro(timestamp) - 1"
                rows = _rows(
                    f"intDiv({age}, 604800000000) AS week", f"event = '{leaf.event}' AND {_since(7 * leaf.weeks)}"
                )
                weeks = f"SELECT actor, week FROM ({rows}) GROUP BY actor, week HAVING count() >= 1"
                return (
                    f"SELECT actor AS id FROM (SELECT actor, count() AS n FROM ({weeks}) GROUP BY actor) "
                    f"WHERE n >= {leaf.need}"
                )
            case Then():
                return _funnel(leaf)

    def _where(self, leaf: Did) -> str:
        found = f" AND {self.value('category')} = '{leaf.category}'" if leaf.category else ""
        return found + (f" AND {self.value('url')} LIKE '{leaf.url_prefix}%'" if leaf.url_prefix else "")


def _rows(what: str, where: str) -> str:
    """Read events, each with the person that it belongs to now."""
    overrides = (
        "SELECT argMax(person_id, version) AS person_id, distinct_id FROM peer.overrides WHERE team_id = 1 "
        "GROUP BY distinct_id HAVING argMax(is_deleted, version) = 0"
    )
    return (
        f"SELECT if(notEmpty(o.distinct_id), o.person_id, e.person_id) AS actor, {what} FROM peer.events AS e "
        f"LEFT OUTER JOIN ({overrides}) AS o ON e.distinct_id = o.distinct_id WHERE e.team_id = 1 AND {where}"
    )


def _funnel(leaf: Then) -> str:
    """Nest the steps of a sequence: events by step, the next second step of each first, the best of each person."""
    rows = _rows(
        f"timestamp, event = '{leaf.first}' AS step_0, event = '{leaf.then}' AS step_1, "
        "if(step_0, timestamp, NULL) AS latest_0, if(step_1, timestamp, NULL) AS latest_1",
        f"event IN ('{leaf.first}', '{leaf.then}') AND {_since(leaf.days)}",
    )
    following = (
        "min(latest_1) OVER (PARTITION BY actor ORDER BY timestamp DESC "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next_1"
    )
    windows = f"SELECT actor, timestamp, step_0, latest_0, {following} FROM ({rows})"
    inside = f"next_1 > latest_0 AND next_1 <= latest_0 + toIntervalDay({leaf.within})"
    steps = f"SELECT actor, if(ifNull({inside}, 0), 2, 1) AS steps FROM ({windows}) WHERE step_0 = 1"
    return (
        f"SELECT actor AS id FROM (SELECT actor, steps, max(steps) OVER (PARTITION BY actor) AS most FROM ({steps})) "
        "WHERE steps = most GROUP BY actor, steps HAVING steps = 2"
    )


def _since(days: int) -> str:
    return f"timestamp >= {_AS_OF} - INTERVAL {days} DAY AND timestamp < {_AS_OF}"


def _test(trait: Trait, value: str) -> str:
    if trait.how == "has":
        return f"has(JSONExtract(ifNull({value}, '[]'), 'Array(String)'), '{trait.values[0]}')"
    read = f"toFloat64OrNull({value})" if isinstance(trait.values[0], int) else value
    return f"ifNull({read} {trait.how} {trait.listed(chr(39))}, 0)"
