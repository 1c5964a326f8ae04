"""Postgres as tests have it: a server of this process, and in it a namespace for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.backends.postgres.client import PostgresEngine, open_engine
from tests.sql_text import SCHEMA


@pytest.fixture
def engine() -> Iterator[PostgresEngine]:
    """Give an engine without rows."""
    opened = open_engine("", SCHEMA)
    yield opened
    opened.close()
