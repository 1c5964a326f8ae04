"""The catalogue of a project, as the ledger keeps it: written before the rows that need it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from muster.backends.tables.catalogue import Catalogue
from muster.runtime.exact_json import decode, encode
from muster.runtime.ledger.statements import upsert
from muster.runtime.ledger.tables import catalogues


def find_catalogue(connection: Connection, project_id: int) -> Catalogue:
    """Give the catalogue of a project, an empty one before there is any."""
    document = connection.scalar(select(catalogues.c.document).where(catalogues.c.project_id == project_id))
    return Catalogue() if document is None else Catalogue.from_json(decode(document))


def catalogue_version(connection: Connection, project_id: int) -> int:
    """Give the version of the catalogue that is kept."""
    return connection.scalar(select(catalogues.c.version).where(catalogues.c.project_id == project_id)) or 0


def save_catalogue(connection: Connection, project_id: int, catalogue: Catalogue) -> None:
    """Write a catalogue."""
    document = encode(catalogue.to_json())
    upsert(
        connection,
        catalogues,
        [{"project_id": project_id, "version": catalogue.version, "document": document}],
    )
