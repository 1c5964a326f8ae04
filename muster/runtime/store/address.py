"""What people call a store by: a folder, or the URL of its engine, beside whose tables the ledger is if it can be.

Kept apart from opening it. `muster.open` takes the parts by themselves; a command has one text for them.
"""

from __future__ import annotations

import re
from pathlib import Path

from muster.backends.discover import get_holder
from muster.compiler.messages import copying as say
from muster.compiler.messages import keeping
from muster.runtime.errors import ChoiceError
from muster.runtime.ledger.database import is_ledger_url
from muster.runtime.store.place import LEDGER_FILE, Place, open_place

_SCHEME = re.compile(r"([a-z][a-z+]+):(.*)", re.DOTALL)  # a single letter is a drive


def open_address(address: str, ledger: str | None, option: str, *, make: bool = False) -> Place:
    """Open where a store is; without `make`, one that is there. `option` is how a ledger is named.

    `address`: a folder (DuckDB's), `SCHEME:FOLDER`, or `SCHEME://…`. With a `ledger`, an engine's own location. Raises
    ChoiceError, and as `open_place` does.
    """
    named = _SCHEME.match(address)
    scheme, location = named.groups() if named else ("duckdb", address)
    get_holder(scheme)  # one that does not exist is told before places are looked at
    if not location:
        raise ChoiceError(say.no_place(address))
    if ledger is not None:
        _check_is_there(ledger, ledger, make=make)
        return open_place(ledger=ledger, engine=f"{scheme}:{location}")
    if not location.startswith("//"):
        _check_is_there(str(Path(location) / LEDGER_FILE), location, make=make)
        return open_place(location, engine=f"{scheme}:")
    if not is_ledger_url(address):
        raise ChoiceError(say.ledger_where(scheme, option))
    return open_place(ledger=address, engine=address)


def _check_is_there(ledger: str, place: str, *, make: bool) -> None:
    if not make and "://" not in ledger and not Path(ledger).is_file():
        raise ChoiceError(keeping.no_store(place))
