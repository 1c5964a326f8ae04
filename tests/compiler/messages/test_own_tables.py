from __future__ import annotations

from muster.compiler.messages import own_tables as say


def test_one_row_is_a_row_and_two_are_rows() -> None:
    assert "in 1 row." in say.other_values("t.held, x,", ("num", "text"), 1)
    assert "than num or text in 1,200 rows." in say.other_values("t.held, x,", ("num", "text"), 1200)


def test_a_near_name_is_suggested_and_else_a_few_are_listed() -> None:
    assert say.no_column("t", "plann", ("plan",), ("plan", "id")).endswith("Did you mean plan?")
    assert say.no_column("t", "x", (), ("plan", "id")).endswith("There is: plan, id.")
    assert say.no_table("x", (), [f"t{number}" for number in range(20)]).endswith("t11, ….")
    assert say.no_table("x", (), ()).endswith("There are none that this user may read.")


def test_a_type_that_nothing_reads_is_left_out() -> None:
    assert "leave it out" in say.other_type("t.x", "bytea", "text", ())
