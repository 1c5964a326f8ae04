"""What every engine's tables share: how raw JSON values become typed columns."""

from muster.backends.tables.arrow import (
    ArrowSchemas,
    arrow_schema,
    event_batches,
    event_table,
    profile_batches,
    profile_table,
    stage_table,
)
from muster.backends.tables.catalogue import Catalogue
from muster.backends.tables.flaws import Flaw, find_flaws, text_flaw
from muster.backends.tables.scalars import Views, nfc, views_of
from muster.backends.tables.values import MAX_DEPTH, normalise, normalise_all

__all__ = [
    "MAX_DEPTH",
    "ArrowSchemas",
    "Catalogue",
    "Flaw",
    "Views",
    "arrow_schema",
    "event_batches",
    "event_table",
    "find_flaws",
    "nfc",
    "normalise",
    "normalise_all",
    "profile_batches",
    "profile_table",
    "stage_table",
    "text_flaw",
    "views_of",
]
