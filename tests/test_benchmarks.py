"""The benchmarks run: every way of asking gives the same answer, and the page has all tables."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.audiences import TWELVE, draw
from benchmarks.data import schema
from benchmarks.layouts import LAYOUTS
from benchmarks.page import geometric_mean
from benchmarks.trees import Tree, rule_text
from muster.runtime.compilation import compile_query

ROOT = Path(__file__).parents[1]


def test_the_whole_command_runs_on_both_engines_and_fills_the_page():
    small = ["--people", "300", "--events", "6000", "--many", "5", "--runs", "1", "--no-write"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *small], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(f"| {what} |" in done.stdout for what in TWELVE)
    assert "### DuckDB" in done.stdout
    assert "### ClickHouse" in done.stdout
    assert "| 5 audiences: best separate / one statement |" in done.stdout
    assert "duckdb: 5 audiences agree" in done.stderr


def test_every_layout_of_many_names_gives_the_same_answers():
    small = ["--rows", "2000", "--names", "20,100", "--columns", "10", "--no-write"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.names", *small], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(done.stdout.count(f"| 100 | {layout} |") in {2, 4} for layout in LAYOUTS)
    assert "### DuckDB" in done.stdout
    assert "### ClickHouse" in done.stdout


@pytest.mark.parametrize("tree", [*TWELVE.values(), *draw(100, 3)])
def test_every_audience_is_a_rule_without_a_warning(tree: Tree):
    compiled = compile_query(rule_text(tree), schema=schema(), as_of="2026-06-30")
    # What is drawn may contradict itself, which costs as much to run as anything else.
    assert [each for each in compiled.warnings if each.code != "L204"] == []


def test_a_seed_draws_the_same_audiences_again_and_another_seed_others():
    assert draw(100, 7) == draw(100, 7) != draw(100, 8)


def test_the_mean_of_ratios_is_geometric():
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1)


def test_postgres_is_compared_with_sql_by_hand_and_gives_the_same_numbers():
    command = [sys.executable, "-m", "benchmarks.postgres", "--people", "2000", "--events", "20000", "--runs", "1"]
    done = subprocess.run([*command, "--no-write"], check=True, capture_output=True, text=True)

    assert done.stdout.count("\n| ") == len(TWELVE) + 2
    assert "Geometric mean of the ratios" in done.stdout
