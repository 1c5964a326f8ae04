"""What canonical text promises: it reads back as the same rule, says everything one way, and breaks long lines."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from muster.compiler.rule import Library, Metric, Rule
from muster.grammar.format import format_library, format_metric, format_rule
from muster.grammar.text import parse, parse_library, parse_metric
from tests.rule_strategies import libraries, metrics, rules

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@given(rules())
def test_text_reads_back_as_the_rule_it_was_made_of(rule: Rule):
    text = format_rule(rule)

    assert parse(text) == rule
    assert format_rule(parse(text)) == text


@SLOW
@given(libraries())
def test_library_text_reads_back_as_the_library_it_was_made_of(library: Library):
    text = format_library(library)

    assert parse_library(text) == library
    assert format_library(parse_library(text)) == text


@SLOW
@given(metrics())
def test_metric_text_reads_back_as_the_metric_it_was_made_of(metric: Metric):
    assert parse_metric(format_metric(metric)) == metric
