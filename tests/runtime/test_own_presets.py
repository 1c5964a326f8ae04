"""Every layout that is known by name answers ten audiences as a managed store loaded with the same data does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from muster.backends.base import FoundColumn, FoundTable
from muster.backends.discover import all_backends, get_backend, get_reader
from muster.backends.tables import Catalogue
from muster.runtime.errors import ChoiceError
from muster.runtime.evaluation import evaluate
from muster.runtime.own_presets import PRESETS
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import read_table_map
from muster.runtime.table_map_text import table_map_text
from tests.clickhouse_server import serving
from tests.own_databases import Database, clickhouse_database, duckdb_database, postgres_database
from tests.own_layouts import AS_OF, HELD, PAGE, Shop, posthog, snowplow, warehouse

SQL = [backend.name for backend in all_backends() if backend.dialect is not None]
AUDIENCES = (
    'plan = "pro"',
    'plan != "pro" and seats >= 5',
    "did order_completed in last 30 days",
    "did not order_completed",
    "sum(total) of order_completed > 200",
    'did order_completed at least 2 times where (coupon = "SPRING" or coupon is not set)',
    'did product_viewed where (category = "Café") then order_completed within 30 days',
    'last(coupon) of order_completed = "it\'s 5%"',
    "newsletter is true and not (did product_viewed where (price > 40))",
    'did "$page" where (path = "/pricing") in last 60 days or avg(price) of product_viewed < 20',
)
OF_SNOWPLOW = (
    "did transaction",
    "did not transaction in last 30 days",
    "sum(tr_total) of transaction > 200",
    'did page_view where (page_urlpath = "/pricing")',
    'did event where (se_category = "Café") then transaction within 30 days',
    'first(page_urlpath) of page_view = "/"',
    "max(se_value) of event >= 45",
    "did signed_up at least 2 times",
    "distinct(se_category) of event >= 2",
    "did nothing in last 20 days",
)


@pytest.fixture(scope="module")
def clickhouse_server() -> Iterator[str]:
    """Give the host and port of a running server."""
    with serving() as where:
        yield where


@contextmanager
def database(name: str, folder: Path, server: str) -> Iterator[Database]:
    """Make an empty database."""
    made: Mapping[str, Callable[[], AbstractContextManager[Database]]] = {
        "duckdb": partial(duckdb_database, folder),
        "postgres": postgres_database,
        "clickhouse": partial(clickhouse_database, server),
    }
    with made[name]() as found:
        yield found


def managed(name: str, held: Shop, audiences: tuple[str, ...], *, traits: bool = True) -> list[list[str]]:
    """Load the shop into a managed store, and give the members of each audience."""
    profiles, events = held.rows(traits=traits)
    catalogue = Catalogue()
    catalogue.observe_profiles(profiles)
    catalogue.observe_events(events)
    engine = get_backend(name).connect("", catalogue.schema())
    try:
        engine.load(profiles, events)
        return [evaluate(each, engine, as_of=AS_OF).members().to_pylist() for each in audiences]
    finally:
        engine.close()


def mapped(name: str, preset: str, theirs: Database, audiences: tuple[str, ...], folder: Path) -> list[list[str]]:
    """Map the tables, write the map, read it back, and give the members of each audience."""
    reader = get_reader(name)
    tables = [each for each in reader.inspect(theirs.location) if each.table[0] == theirs.namespace]
    made = PRESETS[preset](tables, partial(reader.sample, theirs.location, most=1000))
    path = folder / "map.toml"
    path.write_text(table_map_text(made), encoding="utf-8")
    engine = reader.attach(theirs.location, own_schema(read_table_map(path)))
    try:
        return [evaluate(each, engine, as_of=AS_OF).members().to_pylist() for each in audiences]
    finally:
        engine.close()


@pytest.mark.parametrize("users", [True, False], ids=["users", "identifies"])
@pytest.mark.parametrize("name", SQL)
def test_a_warehouse_with_a_table_for_each_event(
    name: str, tmp_path: Path, clickhouse_server: str, *, users: bool
) -> None:
    with database(name, tmp_path, clickhouse_server) as theirs:
        warehouse(theirs, name, HELD, users=users)
        theirs.done()
        found = mapped(name, "segment" if users else "rudderstack", theirs, AUDIENCES, tmp_path)

    assert found == managed(name, HELD, AUDIENCES)
    assert all(0 < len(each) < len(HELD.people) for each in found)


def test_the_events_and_persons_of_posthog(tmp_path: Path, clickhouse_server: str) -> None:
    audiences = tuple(each.replace(PAGE, "$pageview") for each in AUDIENCES)
    events = tuple(replace(each, name="$pageview") if each.name == PAGE else each for each in HELD.events)
    with database("clickhouse", tmp_path, clickhouse_server) as theirs:
        posthog(theirs, "clickhouse", HELD)
        found = mapped("clickhouse", "posthog", theirs, audiences, tmp_path)

    assert found == managed("clickhouse", Shop(HELD.people, events), audiences)
    assert all(0 < len(each) < len(HELD.people) for each in found)


@pytest.mark.parametrize("name", SQL)
def test_the_one_table_of_snowplow(name: str, tmp_path: Path, clickhouse_server: str) -> None:
    names = {PAGE: "page_view", "order_completed": "transaction", "product_viewed": "event"}
    keys = {"path": "page_urlpath", "total": "tr_total", "category": "se_category", "price": "se_value"}
    events = tuple(
        replace(
            each,
            name=names.get(each.name, each.name),
            values={keys[key]: value for key, value in each.values.items() if key in keys},
        )
        for each in HELD.events
    )
    with database(name, tmp_path, clickhouse_server) as theirs:
        snowplow(theirs, name, HELD)
        theirs.done()
        found = mapped(name, "snowplow", theirs, OF_SNOWPLOW, tmp_path)

    assert found == managed(name, Shop(HELD.people, events), OF_SNOWPLOW, traits=False)
    assert all(found)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_database_of_another_layout_is_refused(preset: str) -> None:
    other = FoundTable(("shop", "orders"), (FoundColumn("id", "text", ("text",)),))

    with pytest.raises(ChoiceError, match="This is no database of"):
        PRESETS[preset]((other,), lambda _, __: ())
