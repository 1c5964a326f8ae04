"""What every engine's tables share: how raw JSON values become typed columns.

Only the catalogue, and the room that its tables have, are offered here: they need no Arrow, which compiling a rule
has no use for.
"""

from muster.backends.tables.catalogue import Catalogue
from muster.backends.tables.promotion import ANY_NUMBER, PROPERTIES, TRAITS, Room

__all__ = ["ANY_NUMBER", "PROPERTIES", "TRAITS", "Catalogue", "Room"]
