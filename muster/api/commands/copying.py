"""`muster copy`: move a store to another engine, or from a folder to servers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

import click

from muster.api.options import json_option
from muster.api.output import print_json, progress
from muster.compiler.messages import copying as say
from muster.runtime.store.address import open_address
from muster.runtime.store.copying import copy_store


@click.command()
@click.option("--from", "source", required=True, metavar="STORE", help="A folder, duckdb:FOLDER, postgresql://…, …")
@click.option("--to", "target", required=True, metavar="STORE", help="The same; nothing may be there yet.")
@click.option("--from-ledger", metavar="URL", help="Its ledger, where that is in another place than the engine.")
@click.option("--to-ledger", metavar="URL", help="Likewise of the copy.")
@json_option
def copy(*, source: str, target: str, from_ledger: str | None, to_ledger: str | None, as_json: bool) -> None:
    """Copy a store, from any engine to any other, and compare the copy with it.

    STORE is a folder (DuckDB's), SCHEME:FOLDER as in chdb:./data, or the URL of a server. On Postgres the ledger is in
    the same database; for ClickHouse, or where the ledger stays in another place, it is named by itself. Nothing should
    be sent to the store meanwhile.
    """
    with (
        closing(open_address(source, from_ledger, "--from-ledger")) as old,
        closing(open_address(target, to_ledger, "--to-ledger", make=True)) as new,
        progress() as report,
    ):
        copied = copy_store(old, new, report)
    if as_json:
        print_json(asdict(copied))
    else:
        click.echo(say.copied(copied.projects, copied.people, copied.events))


__all__ = ["copy"]
