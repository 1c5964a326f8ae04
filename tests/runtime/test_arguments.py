"""Arguments of another kind, and numbers without sense, are told by name with what would work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import muster
from muster.runtime.own_data import Schema

RULE = 'plan = "pro"'
COMPARISONS = (muster.subset, muster.equivalent, muster.overlap)
NAN = float("nan")


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"params": 5}, TypeError, 'params must be a mapping of names to values, as in {"least": 3}; the number 5 was'),
        ({"params": [("a", 1)]}, TypeError, "params must be a mapping of names to values, .* a list was found"),
        ({"params": {1: 2, "n": 3}}, TypeError, "params must be .* the number 1 was found where a name is expected"),
        ({"audiences": RULE}, TypeError, 'audiences must be a mapping of names to rules, as in .* the text "plan'),
        ({"computed": "sum(usd) of buy"}, TypeError, "computed must be a mapping of names to metrics, as in"),
        ({"computed": {"spent": 5}}, TypeError, r'computed\["spent"\] must be a metric, .* the number 5 was found'),
        ({"computed": {"spent": muster.parse(RULE)}}, TypeError, "must be a metric, .* a value of type Rule was found"),
        ({"schema": "shop.toml"}, TypeError, r"schema must be a schema, as from muster.Schema.from_map"),
        ({"dialect": None}, TypeError, 'dialect must be the name of a dialect, as in "duckdb"; None was found'),
        ({"name": 5}, TypeError, "name must be the name of an audience"),
        ({"strict": "no"}, TypeError, 'strict must be True or False; the text "no" was found'),
        ({"output": "counts"}, ValueError, "output must be 'members' or 'count'; the text \"counts\" was found"),
    ],
)
def test_an_argument_of_compile_is_what_it_should_be(given: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        muster.compile(RULE, **given)


@pytest.mark.parametrize("ask", COMPARISONS)
@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"params": 5}, TypeError, "params must be a mapping"),
        ({"schema": 5}, TypeError, "schema must be a schema"),
        ({"seed": "x"}, TypeError, 'seed must be a whole number; the text "x" was found'),
        ({"tries": 2.5}, TypeError, "tries must be a whole number"),
        ({"tries": True}, TypeError, "tries must be a whole number; True was found"),
        ({"tries": 0}, ValueError, "tries must be more than 0; 0 was found"),
        ({"seconds": None}, TypeError, "seconds must be a number; None was found"),
        ({"seconds": -1}, ValueError, "seconds must be more than 0; -1 was found"),
        ({"seconds": NAN}, ValueError, "seconds must be more than 0; nan was found"),
        ({"param": {"n": 3}}, TypeError, "There is no argument param; did you mean params?"),
        ({"engine": "duckdb:"}, TypeError, "There is no argument engine; there are schema, as_of, timezone, params, "),
    ],
    ids=str,
)
def test_an_argument_of_a_comparison_is_what_it_should_be(
    ask: Callable[..., object], given: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        ask(RULE, RULE, **given)


def test_what_is_right_passes() -> None:
    given: dict[str, Any] = {"params": None, "audiences": {"VIP": RULE}, "computed": {"spent": "sum(usd) of buy"}}

    assert muster.compile('in audience "VIP" and spent > 3', output="count", name="Both", **given).warnings == ()
    assert muster.subset(RULE, RULE, seed=3, tries=1, seconds=float("inf"), **given).answer == "yes"


@pytest.mark.parametrize("url", [None, 5])
def test_an_address_is_a_text(url: Any) -> None:
    with pytest.raises(TypeError, match=r'url must be an address, as in "duckdb:shop\.duckdb"'):
        Schema.from_database(url)
