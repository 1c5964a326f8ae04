"""Many audiences in one query: what is read once, what comes back, and what does not fit is refused."""

from __future__ import annotations

import pyarrow as pa
import pytest

from muster.backends.base import Backend, BatchOutput, EngineError, EventRow, ProfileRow, Query
from muster.backends.discover import all_backends
from muster.backends.sql.batch import generate_batch, split_members
from muster.backends.sql.bits import WORD_BITS
from muster.backends.sql.check import check_query
from muster.compiler.expr import FALSE, TRUE, And, Compare, Count, Expr, Not, Or, Reduce, TimeWindow
from muster.compiler.moments import FromAsOf, PeriodStart
from muster.compiler.planner import plan_many
from tests.cases import CLOCK, DAY, NOW, compare, last, metric, num, text, trait
from tests.sql_text import DIALECT, SCHEMA, schema_of

PRO = compare(trait("plan"), "eq", text("pro"))
BOUGHT = metric(Count(), Compare("gte", num(1)))
OFTEN = metric(Count(), Compare("gte", num(3)))
RICH = metric(Reduce("sum", ("amount",)), Compare("gt", num(100)))
SAW = metric(Count(), Compare("gte", num(1)), names=("see",))


def recent(days: int) -> Expr:
    return metric(Count(), Compare("gte", num(1)), window=last(days * DAY))


def generated(*exprs: Expr, output: BatchOutput = "counts") -> Query:
    return generate_batch(plan_many([(expr, expr) for expr in exprs]), SCHEMA, output, DIALECT)


def test_events_of_one_name_are_read_once_however_many_audiences_ask() -> None:
    made = generated(BOUGHT, OFTEN, Not(RICH), And((OFTEN, PRO)))

    assert made.sql.count("FROM events") == 1
    assert made.sql.count("COUNT_IF(") == 4


def test_windows_that_end_now_share_one_last_instant() -> None:
    sql = generated(recent(7), recent(30), Not(recent(90))).sql

    assert sql.count("MAX(e.ts)") == 3
    assert "COUNT(*) FILTER(WHERE e.ts" not in sql.split(") SELECT")[0]


def test_the_scan_reads_as_far_back_as_the_longest_window() -> None:
    made = generated(recent(7), recent(30))
    starts = {each.name for each in made.parameters if each.value == FromAsOf(micros=-30 * DAY)}

    assert len(starts) == 1
    assert f"e.ts >= ${starts.pop()} AND e.ts <" in made.sql


def test_windows_that_only_a_clock_can_order_begin_at_the_least() -> None:
    this_month = metric(Count(), Compare("gte", num(2)), window=TimeWindow(PeriodStart("month", 0)))

    assert "e.ts >= LEAST($" in generated(this_month, recent(30)).sql


def test_different_events_are_united_by_person() -> None:
    sql = generated(BOUGHT, SAW).sql

    assert sql.count("FROM events") == 2
    assert sql.count("UNION ALL") == 1
    assert "BIT_OR(w.bits_0) AS bits_0" in sql


def test_audiences_without_events_need_no_bits() -> None:
    assert generated(PRO, TRUE, FALSE).sql == (
        "SELECT COALESCE(COUNT_IF((m.bits_0 & 1) = 1), 0), COUNT(*), COALESCE(COUNT_IF(FALSE), 0) "
        "FROM (SELECT p.external_id, "
        "CASE WHEN p.plan__str = $p0 THEN 1 ELSE 0 END AS bits_0 FROM profiles AS p) AS m"
    )


@pytest.mark.parametrize("output", ["counts", "memberships"])
def test_what_is_generated_passes_the_check_only_as_what_it_is(output: BatchOutput) -> None:
    made = generated(BOUGHT, SAW, output=output)
    check_query(made.sql, output, SCHEMA, DIALECT)

    for other in ("members", "count", "memberships" if output == "counts" else "counts"):
        with pytest.raises(Exception, match="another result"):
            check_query(made.sql, other, SCHEMA, DIALECT)


# --- on engines -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", all_backends(), ids=lambda backend: backend.name)
def test_more_audiences_than_a_word_has_bits(backend: Backend) -> None:
    people = tuple(ProfileRow(pid, f"u{pid}", traits={"n": pid}) for pid in range(WORD_BITS + 9))
    events = tuple(EventRow(pid, f"e{pid}", NOW - 1, f"m{pid}") for pid in range(WORD_BITS + 9))
    engine = backend.connect("", schema_of(people, events))
    engine.load(people, events)
    first = compare(trait("n"), "eq", num(0))
    rules = [Or((metric(Count(), Compare("gte", num(1)), names=(f"e{pid}",)), first)) for pid in range(WORD_BITS + 9)]
    batch = plan_many([(rule, rule) for rule in rules])

    assert engine.count_many(batch, CLOCK) == [1, *[2] * (WORD_BITS + 8)]
    assert [ids.to_pylist() for ids in engine.members_many(batch, CLOCK)] == [
        sorted({"u0", f"u{pid}"}) for pid in range(WORD_BITS + 9)
    ]
    engine.close()


@pytest.mark.parametrize("backend", all_backends(), ids=lambda backend: backend.name)
def test_of_nobody_every_count_is_0(backend: Backend) -> None:
    engine = backend.connect("", SCHEMA)

    assert engine.count_many(plan_many([(each, each) for each in (TRUE, PRO, Not(PRO), BOUGHT)]), CLOCK) == [0] * 4
    engine.close()


@pytest.mark.parametrize("backend", all_backends(), ids=lambda backend: backend.name)
def test_events_outside_the_window_are_as_if_there_were_none(backend: Backend) -> None:
    people = tuple(ProfileRow(pid, f"u{pid}") for pid in range(3))
    old, new = NOW - 50 * DAY, NOW - DAY
    events = (
        EventRow(0, "buy", old, "a", {"amount": -5}),
        EventRow(1, "buy", new, "b", {"amount": -5}),
    )
    engine = backend.connect("", schema_of(people, events))
    engine.load(people, events)
    month = last(30 * DAY)
    rules = (
        metric(Reduce("sum", ("amount",)), Compare("lt", num(0)), window=month),
        metric(Reduce("min", ("amount",)), Compare("lte", num(0)), window=month),
        metric(Count(), Compare("lt", num(1)), window=month),
        BOUGHT,
    )

    found = engine.members_many(plan_many([(rule, rule) for rule in rules]), CLOCK)

    assert [ids.to_pylist() for ids in found] == [["u1"], ["u1"], ["u0", "u2"], ["u0", "u1"]]
    engine.close()


def test_too_many_members_of_one_audience_are_refused() -> None:
    rows = pa.table({"external_id": ["a", "b", "c"], "members_0": [1, 3, 2]})

    assert [ids.to_pylist() for ids in split_members(rows, 2, 2)] == [["a", "b"], ["b", "c"]]
    with pytest.raises(EngineError, match="more than 1 person"):
        split_members(rows, 2, 1)
