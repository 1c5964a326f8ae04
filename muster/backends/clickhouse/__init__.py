"""ClickHouse: in this process (`chdb:`), or on a server (`clickhouse://host/database`)."""

from __future__ import annotations

from dataclasses import dataclass

from muster.backends.base import Engine, EngineError, Output, Query
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.sql.query import generate
from muster.compiler.messages.engine import not_installed
from muster.compiler.plan import Plan
from muster.compiler.schema import Schema

__all__ = ["BACKEND"]

_DRIVER = "clickhouse_connect"
_DIALECT = ClickHouseDialect()


@dataclass(frozen=True, slots=True)
class ClickHouseBackend:
    """Generates ClickHouse SQL and opens ClickHouse databases."""

    name: str = "clickhouse"
    schemes: tuple[str, ...] = ("clickhouse", "chdb")
    dialect: str | None = "clickhouse"

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:
        """Turn a plan into SQL; raises RuleError naming the construct that cannot be answered exactly."""
        return generate(plan, schema, output, _DIALECT)

    def connect(self, location: str, schema: Schema) -> Engine:
        """Open a database whose tables have that schema, creating them where they are missing.

        `//host:port/database` is a server's; any other location is a folder for the engine in this process, ""
        its memory.
        """
        try:
            from muster.backends.clickhouse.client import open_engine  # noqa: PLC0415 (compiling needs no driver)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != _DRIVER:
                raise
            extra = "clickhouse" if location.startswith("//") else "chdb"
            raise EngineError(not_installed("clickhouse-connect", extra)) from error
        return open_engine(location, schema)


BACKEND = ClickHouseBackend()
