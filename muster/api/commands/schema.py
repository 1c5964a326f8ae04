"""`muster schema init`: look at a database of somebody's own, and write a map of its tables to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from muster.compiler.messages import own_tables as say
from muster.runtime.own_data import look_at
from muster.runtime.own_presets import PRESETS
from muster.runtime.table_map_text import table_map_text


@click.group()
def schema() -> None:
    """Map your own tables."""


@schema.command()
@click.option("--db", "database", required=True, metavar="URL", help="duckdb:FILE, clickhouse://… or postgresql://…")
@click.option(
    "--preset", type=click.Choice(list(PRESETS)), help="Whose layout the tables have; without, it is guessed."
)
@click.option("--namespace", help="Look at this schema or database only.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the map to this file.")
def init(database: str, preset: str | None, namespace: str | None, output: Path | None) -> None:
    """Look at a database and write a TOML map of its tables, to read through and change.

    Nothing is changed in the database. What JSON columns hold is told by the first 10,000 values of each.
    """
    if output is not None and output.exists():
        raise click.UsageError(say.map_is_there(str(output)))
    mapped, left = look_at(database, preset=preset, namespace=namespace)
    written = table_map_text(mapped, left)
    if output is None:
        click.echo(written, nl=False)
    else:
        output.write_text(written, encoding="utf-8")
        click.echo(say.map_written(str(output), len(mapped.events)))


__all__ = ["schema"]
