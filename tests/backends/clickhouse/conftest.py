"""ClickHouse twice: the engine in this process, and a server that the stock client talks to."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client

from muster.backends.clickhouse.client import ClickHouseEngine, open_engine
from muster.backends.clickhouse.places import InProcess, OnServer
from tests.clickhouse_server import address, serving
from tests.sql_text import SCHEMA


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the host and port of a running server."""
    with serving() as where:
        yield where


@pytest.fixture(params=["memory", "server"])
def location(request: pytest.FixtureRequest) -> str:
    """Give a place that is empty."""
    if request.param == "memory":
        return ""
    where = request.getfixturevalue("server")
    database = f"test_{uuid4().hex}"
    client = OnServer(address(where, "default")).open_client(())
    client.command(f"CREATE DATABASE {database}")
    client.close()
    return address(where, database)


@pytest.fixture
def engine(location: str) -> Iterator[ClickHouseEngine]:
    """Give an engine without rows."""
    opened = open_engine(location, SCHEMA)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Give a connection to the engine in this process, without limits."""
    place = InProcess("")
    opened = place.open_client(())
    yield opened
    opened.close()
    place.close()
