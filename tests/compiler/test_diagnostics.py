from __future__ import annotations

import pytest

from muster.compiler.diagnostics import (
    MAX_DIAGNOSTICS,
    Collector,
    Diagnostic,
    InternalError,
    Pointer,
    RuleError,
    Span,
)
from tests.timing import seconds


def test_a_collector_keeps_each_problem_once_in_order_of_place() -> None:
    collector = Collector("text")
    collector.add(Diagnostic("E28", "second", origin=Span(9, 10)))
    collector.add(Diagnostic("E26", "first", origin=Span(2, 3)))
    collector.add(Diagnostic("E26", "first", origin=Span(2, 3)))
    collector.add(Diagnostic("E36", "nowhere"))

    assert [found.message for found in collector.diagnostics] == ["first", "second", "nowhere"]
    assert all(found.source == "text" for found in collector.diagnostics)


def test_a_collector_tells_at_most_so_many() -> None:
    collector = Collector()
    for number in range(MAX_DIAGNOSTICS + 5):
        collector.add(Diagnostic("E28", str(number), origin=Pointer(f"/{number}")))

    assert len(collector.diagnostics) == MAX_DIAGNOSTICS


def test_only_errors_stop_a_rule() -> None:
    collector = Collector()
    collector.add(Diagnostic("E08", "unknown", "warning"))
    collector.raise_errors()
    collector.add(Diagnostic("E28", "misfit"))

    with pytest.raises(RuleError, match="E28: misfit") as caught:
        collector.raise_errors()
    assert len(caught.value.diagnostics) == 1


def test_pointers_escape_what_json_pointer_escapes() -> None:
    assert Pointer("").child("a/b~c").child(3) == Pointer("/a~1b~0c/3")


def test_an_internal_error_names_its_stage() -> None:
    assert "stage: passes.x" in str(InternalError("passes.x", "broken"))


def test_warnings_before_an_error_do_not_hide_it() -> None:
    collector = Collector()
    for number in range(MAX_DIAGNOSTICS):
        collector.add(Diagnostic("E08", str(number), severity="warning", origin=Span(number, number + 1)))
    collector.add(Diagnostic("E28", "wrong", origin=Span(99, 100)))

    assert [found.message for found in collector.errors] == ["wrong"]


def test_many_problems_of_a_long_text_are_kept_soon() -> None:
    def collect() -> None:
        collector = Collector("x" * 60_000)
        for number in range(20_000):
            collector.add(Diagnostic("E28", str(number), origin=Span(number, number + 1), fix="y"))
        assert len(collector.diagnostics) == MAX_DIAGNOSTICS

    assert seconds(collect) < 1
