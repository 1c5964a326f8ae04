"""The tables that SQL engines keep of a Schema: their names, columns, and what is never NULL.

Kept apart so that every engine makes the same tables. It could go wrong by calling a column required that an
analyst's table may leave empty.
"""

from __future__ import annotations

import pyarrow as pa

from muster.backends.sql.names import STAGE_TABLE
from muster.backends.tables.arrow import STAGES, arrow_schema
from muster.compiler.schema import Schema


def tables(schema: Schema) -> dict[str, pa.Schema]:
    """Give the columns of every table of a schema."""
    arrow = arrow_schema(schema)
    found = {schema.profiles.table: arrow.profiles, schema.events.table: arrow.events}
    return {**found, STAGE_TABLE: STAGES} if schema.stage_log else found


def keys(schema: Schema) -> frozenset[str]:
    """Give the columns that are never NULL, so that NOT IN means what it says."""
    return frozenset({schema.profiles.key, schema.profiles.external_id, schema.events.key, schema.events.time})
