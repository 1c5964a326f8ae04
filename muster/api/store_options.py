"""Which store a command is about, for commands that need its ledger only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from muster.compiler.messages import keeping as say
from muster.runtime.errors import ChoiceError
from muster.runtime.ledger.database import Ledger, open_ledger
from muster.runtime.store.place import LEDGER_FILE

_Command = TypeVar("_Command", bound=Callable[..., Any])


def ledger_options(command: _Command) -> _Command:
    """Add where the ledger is: in a store's folder, or at an address."""
    folder = click.Path(file_okay=False, path_type=Path)
    for option in (
        click.option("--ledger", metavar="URL", help="The ledger of a store on servers: postgresql://…, or a file."),
        click.option("--store", type=folder, help="The folder of a store."),
    ):
        command = option(command)
    return command


@contextmanager
def opened_ledger(given: Mapping[str, Any], *, make: bool = False) -> Iterator[Ledger]:
    """Open the ledger that a command is about, beside whoever has the store open; with `make`, a new one too."""
    store, address = given["store"], given["ledger"]
    if (store is None) == (address is None):
        raise click.UsageError(say.one_store())
    path = Path(address) if store is None else store / LEDGER_FILE
    if "://" not in str(address):
        if not make and not path.is_file():
            raise ChoiceError(say.no_store(str(path if store is None else store)))
        path.parent.mkdir(parents=True, exist_ok=True)
    ledger = open_ledger(str(path) if store is not None else address)
    try:
        yield ledger
    finally:
        ledger.close()


def project_name(text: str) -> tuple[str, str]:
    """Read ORG/NAME; raises a usage error."""
    org, slash, name = text.partition("/")
    if not (org and slash and name):
        raise click.UsageError(say.no_project_name(text))
    return org, name
