"""`muster project`: make the projects of a store, and see which there are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from muster.api.options import json_option
from muster.api.output import print_json, print_table
from muster.api.store_options import ledger_options, opened_ledger, project_name
from muster.compiler.messages import keeping as say
from muster.compiler.moments import from_micros
from muster.runtime.ledger.contents import contents
from muster.runtime.ledger.projects import ProjectError, ProjectRecord, create_project, find_project, list_projects


@click.group()
def project() -> None:
    """Make projects in a store, and list them."""


@project.command()
@click.argument("name", metavar="ORG/NAME")
@click.option("--timezone", default="UTC", show_default=True, help="IANA zone of its calendar days and weeks.")
@ledger_options
@json_option
def create(*, name: str, timezone: str, as_json: bool, **given: Any) -> None:
    """Make a project, and its organisation where that is new; one that is there stays as it is."""
    org, called = project_name(name)
    with opened_ledger(given, make=True) as ledger, ledger.write() as connection:
        made = create_project(connection, org, called, timezone)
    print_json(_document(made)) if as_json else click.echo(f"{made.org}/{made.name} ({made.timezone})")


@project.command(name="list")
@click.option("--org", help="Only those of an organisation.")
@ledger_options
@json_option
def list_command(*, org: str | None, as_json: bool, **given: Any) -> None:
    """List the projects."""
    with opened_ledger(given) as ledger, ledger.read() as connection:
        found = list_projects(connection, org)
    if as_json:
        print_json({"projects": [_document(each) for each in found]})
    else:
        columns = {"project": "left", "timezone": "left", "created": "left"}
        print_table(
            "",
            columns,
            [(f"{each.org}/{each.name}", each.timezone, f"{from_micros(each.created):%Y-%m-%d}") for each in found],
        )


@project.command()
@click.argument("name", metavar="ORG/NAME")
@ledger_options
@json_option
def show(*, name: str, as_json: bool, **given: Any) -> None:
    """Show a project and how much it holds."""
    org, called = project_name(name)
    with opened_ledger(given) as ledger, ledger.read() as connection:
        found = find_project(connection, org, called)
        if found is None:
            known = [f"{each.org}/{each.name}" for each in list_projects(connection)]
            raise ProjectError(say.project_is_not_there(org, called, known))
        holds = asdict(contents(connection, found.id))
    if as_json:
        print_json(_document(found) | holds)
    else:
        rows = [("timezone", found.timezone), ("created", f"{from_micros(found.created):%Y-%m-%d}")]
        rows += [(what, f"{number:,}") for what, number in holds.items()]
        click.echo("\n".join([f"{found.org}/{found.name}", *(f"  {what:<10}{value}" for what, value in rows)]))


def _document(found: ProjectRecord) -> dict[str, Any]:
    return {"org": found.org, "name": found.name, "timezone": found.timezone, "created": _instant(found)}


def _instant(found: ProjectRecord) -> str:
    return from_micros(found.created).isoformat()


__all__ = ["project"]
