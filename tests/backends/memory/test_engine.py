import time

import pyarrow as pa
import pytest

from muster.backends.base import Engine, EngineError, EventRow, Limits, ProfileRow
from muster.backends.memory import BACKEND
from muster.compiler.diagnostics import RuleError
from muster.compiler.expr import FALSE, TRUE, Compare, Count, Expr, Not
from muster.compiler.plan import Plan
from muster.compiler.schema import Name, ProfileTable, Schema
from tests.cases import CLOCK, NOW, compare, event, metric, num, text, trait

BOUGHT = metric(Count(), Compare("gte", num(1)))


def plan(expr: Expr) -> Plan:
    # The condition says nobody: what is run must be the expression before any pass.
    return Plan(FALSE, (), expr)


def opened(schema: Schema | None = None) -> Engine:
    engine = BACKEND.connect("", schema or Schema())
    engine.load(
        [
            ProfileRow(2, "z", traits={"plan": ["pro"]}),
            ProfileRow(1, "Z"),
            ProfileRow(3, "😀", traits={"plan": "pro"}),
            ProfileRow(4, "\uffff"),
            ProfileRow(5, "e\u0301", is_anonymous=True),
        ],
        [event(NOW - 1), EventRow(99, "buy", NOW - 1, "of nobody known")],
    )
    return engine


def test_members_are_ids_sorted_by_code_point_in_nfc() -> None:
    members = opened().members(plan(TRUE), CLOCK)

    assert members.type == pa.string()
    assert members.to_pylist() == ["Z", "z", "é", "\uffff", "😀"]


def test_nobody_is_an_empty_list_of_text() -> None:
    members = opened().members(plan(FALSE), CLOCK)

    assert (members.type, members.to_pylist()) == (pa.string(), [])


def test_count_looks_at_everyone_loaded_and_nobody_else() -> None:
    engine = opened()

    assert [engine.count(plan(expr), CLOCK) for expr in (TRUE, BOUGHT, Not(BOUGHT))] == [5, 1, 4]


def test_later_rows_are_added() -> None:
    engine = opened()
    engine.load([ProfileRow(6, "new")], [EventRow(6, "buy", NOW - 1, "m"), EventRow(2, "buy", NOW - 1, "m")])

    assert engine.members(plan(BOUGHT), CLOCK).to_pylist() == ["Z", "new", "z"]


def test_two_people_with_one_id_are_two_members() -> None:
    engine = opened()
    engine.load([ProfileRow(6, "z", is_anonymous=True)], [])

    assert engine.members(plan(TRUE), CLOCK).to_pylist().count("z") == 2


def test_a_trait_that_the_schema_declares_single_holds_no_list() -> None:
    single = Schema(profiles=ProfileTable(traits={("plan",): Name(single=True)}))
    pro = plan(compare(trait("plan"), "eq", text("pro")))

    assert opened().members(pro, CLOCK).to_pylist() == ["z", "😀"]
    assert opened(single).members(pro, CLOCK).to_pylist() == ["😀"]


def test_one_row_a_person() -> None:
    with pytest.raises(EngineError, match='"Z" was loaded twice'):
        opened().load([ProfileRow(1, "Z")], [])


def test_the_time_limit_is_kept_between_people(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))

    with pytest.raises(EngineError, match="within 2 s") as caught:
        opened().count(plan(TRUE), CLOCK, Limits(seconds=2))

    assert caught.value.limit == "seconds"


def test_the_row_limit_is_kept() -> None:
    engine = opened()

    assert len(engine.members(plan(TRUE), CLOCK, Limits(rows=5))) == 5
    with pytest.raises(EngineError, match="more than 4 rows") as caught:
        engine.members(plan(TRUE), CLOCK, Limits(rows=4))
    assert caught.value.limit == "rows"


def test_closing_lets_go_of_everyone() -> None:
    engine = opened()
    engine.close()

    assert engine.count(plan(TRUE), CLOCK) == 0


def test_there_is_no_sql() -> None:
    assert (BACKEND.name, BACKEND.dialect) == ("memory", None)
    with pytest.raises(RuleError, match=r"E40: .*memory") as caught:
        BACKEND.generate(plan(TRUE), Schema(), "count")
    assert caught.value.diagnostics[0].hint


def test_there_is_no_place_on_disk() -> None:
    with pytest.raises(EngineError, match=r'nothing at "x\.db"'):
        BACKEND.connect("x.db", Schema())


def test_the_engine_keeps_the_schema_it_was_opened_with() -> None:
    schema = Schema()

    assert opened(schema).schema is schema
