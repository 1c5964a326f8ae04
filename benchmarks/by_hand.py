"""What an analyst would write for an audience on the managed tables: several shapes of SQL for each engine.

Each shape is how people write such queries, not what Muster makes: sets tested by IN, set operators, one pass over
the events with conditional aggregates, and where a test of events is all there is, the events alone. They must agree;
the fastest of them is what Muster is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.trees import And, Did, EventLeaf, Not, Or, Then, Trait, Tree, Weekly, event_leaves

Write = Callable[[Trait | EventLeaf], str]


@dataclass(frozen=True, slots=True)
class Words:
    """What the engines spell differently."""

    as_of: str
    micros: str  # of an instant
    divide: str
    has_tag: str
    starts_with: str
    bits_of_week: str
    funnel: str  # people with both events, from their events grouped by person; "" where there is no such function
    days: str = "INTERVAL {} DAY"
    has_asof: bool = True


DUCKDB = Words(
    as_of="TIMESTAMP '2026-06-30'",
    micros="epoch_us({})",
    divide="({}) // {}",
    has_tag="coalesce(list_contains([tag.str FOR tag IN tags__items], '{}'), false)",
    starts_with="starts_with(url__str, '{}')",
    bits_of_week="bit_count(bit_or(1 << ({})::INT))",
    funnel="",
)
CLICKHOUSE = Words(
    as_of="toDateTime64('2026-06-30 00:00:00', 6, 'UTC')",
    micros="toUnixTimestamp64Micro({})",
    divide="intDiv({}, {})",
    has_tag="has(tags__items.str, '{}')",
    starts_with="startsWith(url__str, '{}')",
    bits_of_week="bitCount(groupBitOr(bitShiftLeft(toUInt32(1), {})))",
    funnel="windowFunnel({}, 'strict_increase')(toUInt64(toUnixTimestamp64Micro(ts)), event = '{}', event = '{}') = 2",
)
POSTGRES = Words(
    as_of="TIMESTAMP '2026-06-30'",
    micros="(extract(epoch FROM {}) * 1000000)::bigint",
    divide="({}) / {}",
    has_tag="EXISTS (SELECT FROM unnest(tags__items) AS tag WHERE tag.str = '{}')",
    starts_with="starts_with(url__str, '{}')",
    bits_of_week="(count(DISTINCT {}))",
    funnel="",
    days="INTERVAL '{} days'",
    has_asof=False,
)
WORDS = {"duckdb": DUCKDB, "clickhouse": CLICKHOUSE, "postgres": POSTGRES}
_WEEK = 7 * 86_400_000_000
_DAY = 86_400_000_000


def shapes(tree: Tree, engine: str) -> dict[str, str]:
    """Give every shape that fits an audience, as a query for its count."""
    shape = _Shapes(WORDS[engine])
    events = event_leaves(tree)
    found = {"IN": shape.by_in(tree)}
    if not isinstance(tree, Trait):
        found["set operators"] = f"SELECT count(*) FROM ({shape.by_sets(tree)})"
    if events and not any(isinstance(leaf, Then) for leaf in events):
        found["one pass"] = shape.one_pass(tree, events)
    if isinstance(tree, Did | Then | Weekly):
        found["events alone"] = f"SELECT count(*) FROM ({shape.people_of(tree, distinct=True)})"
    return found


@dataclass(frozen=True, slots=True)
class _Shapes:
    words: Words

    def by_in(self, tree: Tree) -> str:
        """Test profiles, each test of events being membership in a set."""

        def write(leaf: Trait | EventLeaf) -> str:
            return self.trait(leaf) if isinstance(leaf, Trait) else f"pid IN ({self.people_of(leaf, distinct=False)})"

        return f"SELECT count(*) FROM profiles WHERE {boolean(tree, write)}"

    def by_sets(self, tree: Tree) -> str:
        """Make a set of every test and join them."""
        match tree:
            case And(parts):
                taken = [part.part for part in parts if isinstance(part, Not)]
                kept = [self.by_sets(part) for part in parts if not isinstance(part, Not)] or [_EVERYONE]
                found = _joined("INTERSECT", kept)
                return f"({found}) EXCEPT DISTINCT ({_joined('UNION', map(self.by_sets, taken))})" if taken else found
            case Or(parts):
                return _joined("UNION", map(self.by_sets, parts))
            case Not(part):
                return f"({_EVERYONE}) EXCEPT DISTINCT ({self.by_sets(part)})"
            case Trait():
                return f"SELECT pid FROM profiles WHERE {self.trait(tree)}"
            case _:
                return self.people_of(tree, distinct=True)

    def one_pass(self, tree: Tree, events: Sequence[EventLeaf]) -> str:
        """Read all events once, an aggregate for each test."""
        flags = ", ".join(f"{self.flag(leaf)} AS f{index}" for index, leaf in enumerate(events))
        asked: dict[str, int] = {}
        for leaf in events:
            assert isinstance(leaf, Did | Weekly)
            asked[leaf.event] = max(asked.get(leaf.event, 0), _days(leaf))
        wanted = " OR ".join(f"(event = '{event}' AND {self.since(days)})" for event, days in asked.items())
        groups = f"SELECT pid, {flags} FROM events WHERE {wanted} GROUP BY pid"

        def write(leaf: Trait | EventLeaf) -> str:
            return self.trait(leaf) if isinstance(leaf, Trait) else f"coalesce(f{events.index(leaf)}, false)"

        if isinstance(tree, Did | Weekly):
            return f"SELECT count(*) FROM ({groups}) AS g WHERE {boolean(tree, write)}"
        joined = f"profiles AS p LEFT JOIN ({groups}) AS g ON g.pid = p.pid"
        return f"SELECT count(*) FROM {joined} WHERE {boolean(tree, write)}"

    def trait(self, trait: Trait) -> str:
        """Test a trait, never NULL."""
        kind = "num" if isinstance(trait.values[0], int) else "str"
        match trait.name:
            case "tags":
                return self.words.has_tag.format(trait.values[0])
            case "signup":
                return f"signup__time >= '{trait.values[0]} 00:00:00'"
            case name:
                test = f"{name}__{kind} {trait.how} {trait.listed(chr(39))}"
                return f"coalesce({test}, false)" if trait.may_be_missing else test

    def people_of(self, leaf: EventLeaf, *, distinct: bool) -> str:
        """Give the people of a test of events; each once if DISTINCT."""
        once = "DISTINCT pid" if distinct else "pid"
        match leaf:
            case Did() if leaf.is_existence:
                return f"SELECT {once} FROM events WHERE event = '{leaf.event}' AND {self.narrow(leaf)}"
            case Did():
                having = self.measure(leaf, "")
                where = f"event = '{leaf.event}' AND {self.narrow(leaf)}"
                return f"SELECT pid FROM events WHERE {where} GROUP BY pid HAVING {having}"
            case Weekly():
                where = f"event = '{leaf.event}' AND {self.since(leaf.weeks * 7)}"
                return (
                    f"SELECT pid FROM events WHERE {where} GROUP BY pid "
                    f"HAVING count(DISTINCT {self.week()}) >= {leaf.need}"
                )
            case Then():
                return self.sequence(leaf, once)

    def sequence(self, leaf: Then, once: str) -> str:
        """Give the people of a sequence: by the engine's own function, or by the second event that comes next."""
        wanted = f"event IN ('{leaf.first}', '{leaf.then}') AND {self.since(leaf.days)}"
        if self.words.funnel:
            funnel = self.words.funnel.format(leaf.within * _DAY, leaf.first, leaf.then)
            return f"SELECT pid FROM events WHERE {wanted} GROUP BY pid HAVING {funnel}"
        if not self.words.has_asof:
            return self.sequence_by_exists(leaf, once)
        if once == "pid":
            first = f"SELECT pid, ts FROM events WHERE event = '{leaf.first}' AND {self.since(leaf.days)}"
            return (
                f"SELECT b.pid FROM events AS b ASOF JOIN ({first}) AS a ON b.pid = a.pid AND b.ts > a.ts "
                f"WHERE b.event = '{leaf.then}' AND b.ts <= a.ts + INTERVAL {leaf.within} DAY "
                f"AND b.ts < {self.words.as_of} AND b.ts >= {self.words.as_of} - INTERVAL {leaf.days} DAY"
            )
        following = (
            f"lead(CASE WHEN event = '{leaf.then}' THEN ts END IGNORE NULLS) OVER (PARTITION BY pid ORDER BY ts) AS t"
        )
        return (
            f"SELECT {once} FROM (SELECT pid, event, ts, {following} FROM events WHERE {wanted}) "
            f"WHERE event = '{leaf.first}' AND t <= ts + INTERVAL {leaf.within} DAY"
        )

    def sequence_by_exists(self, leaf: Then, once: str) -> str:
        """Give the people of a sequence by looking for a second event after each first one."""
        within = self.words.days.format(leaf.within)
        then = (
            f"SELECT FROM events AS b WHERE b.pid = events.pid AND b.event = '{leaf.then}' AND b.ts > events.ts "
            f"AND b.ts <= events.ts + {within} AND b.ts < {self.words.as_of}"
        )
        return f"SELECT {once} FROM events WHERE event = '{leaf.first}' AND {self.since(leaf.days)} AND EXISTS ({then})"

    def flag(self, leaf: EventLeaf) -> str:
        """Test the events of a person, among which are those of other tests."""
        match leaf:
            case Did():
                return self.measure(leaf, f" FILTER (WHERE event = '{leaf.event}' AND {self.narrow(leaf)})")
            case Weekly():
                only = f"event = '{leaf.event}' AND {self.since(leaf.weeks * 7)}"
                bits = self.words.bits_of_week.format(self.week())
                head, end = bits[: bits.rindex(")")], bits[bits.rindex(")") :]
                return f"{head} FILTER (WHERE {only}){end} >= {leaf.need}"
            case _:
                raise NotImplementedError(leaf)

    def measure(self, leaf: Did, only: str) -> str:
        """Compare the measure of some events with its bound."""
        if leaf.spent_over is not None:
            return f"sum(amount__num){only} > {leaf.spent_over}"
        return f"count(*){only} >= {leaf.at_least}"

    def narrow(self, leaf: Did) -> str:
        """Find the events of a test among those of its name."""
        where = self.since(leaf.days)
        if leaf.category:
            where += f" AND category__str = '{leaf.category}'"
        if leaf.url_prefix:
            where += f" AND {self.words.starts_with.format(leaf.url_prefix)}"
        return where

    def since(self, days: int) -> str:
        """Find events of the last days."""
        return f"ts >= {self.words.as_of} - {self.words.days.format(days)} AND ts < {self.words.as_of}"

    def week(self) -> str:
        """Give the number of an event's week, back from now."""
        age = f"{self.words.micros.format(self.words.as_of)} - {self.words.micros.format('ts')} - 1"
        return self.words.divide.format(age, _WEEK)


_EVERYONE = "SELECT pid FROM profiles"


def boolean(tree: Tree, write: Write) -> str:
    """Write the tree as a condition."""
    match tree:
        case And(parts):
            return f"({' AND '.join(boolean(part, write) for part in parts)})"
        case Or(parts):
            return f"({' OR '.join(boolean(part, write) for part in parts)})"
        case Not(part):
            return f"(NOT {boolean(part, write)})"
        case _:
            return write(tree)


def _joined(operator: str, queries: Sequence[str] | map[str]) -> str:
    first, *others = queries
    return f" {operator} DISTINCT ".join(f"({each})" for each in (first, *others)) if others else first


def _days(leaf: Did | Weekly) -> int:
    return leaf.days if isinstance(leaf, Did) else leaf.weeks * 7
