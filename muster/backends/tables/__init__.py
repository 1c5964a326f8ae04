"""What every engine's tables share: how raw JSON values become typed columns.

Only the catalogue is offered here: it needs no Arrow, which compiling a rule has no use for.
"""

from muster.backends.tables.catalogue import Catalogue

__all__ = ["Catalogue"]
