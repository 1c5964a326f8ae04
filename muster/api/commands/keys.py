"""`muster keys`: what others are let in with. A key is printed in full when it is made, and never again."""

from __future__ import annotations

from typing import Any

import click

from muster.api.options import json_option
from muster.api.output import print_json, print_table
from muster.api.store_options import ledger_options, opened_ledger, project_name
from muster.compiler.messages import keys as say
from muster.compiler.moments import from_micros
from muster.runtime.ledger.key_text import KeyKind
from muster.runtime.ledger.keys import KeyRecord, MadeKey, create_key, list_keys, revoke_key, rotate_key
from muster.runtime.ledger.projects import now
from muster.runtime.ledger.scopes import SCOPES

_ACTOR = "command line"
_DAY = 86_400 * 1_000_000


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke the keys of a store."""


class ScopesOption(click.Option):
    """Names the scopes there are when help is asked for."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Give the line of help."""
        self.help = f"What it may do: {', '.join(SCOPES)}, or * for all. Without it: what its kind may."
        return super().get_help_record(ctx)


@keys.command()
@click.option("--project", "name", metavar="ORG/NAME", help="The project that it opens.")
@click.option("--org", help="Or the organisation whose projects it opens, all of them; for sk only.")
@click.option(
    "--kind",
    type=click.Choice(["pk", "sk"]),
    required=True,
    help="pk: public, for pages and apps, sends only; sk: secret, for servers.",
)
@click.option("--name", "called", default="default", show_default=True, help="What to call it.")
@click.option("--scope", "scopes", multiple=True, cls=ScopesOption)
@click.option("--days", type=click.FloatRange(min=0, min_open=True, max=36_500), help="How long it is live.")
@ledger_options
@json_option
def create(
    *,
    name: str | None,
    org: str | None,
    kind: KeyKind,
    called: str,
    scopes: tuple[str, ...],
    days: float | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Make a key. It is printed, and kept nowhere."""
    owner, project = _owner(name, org)
    expires = None if days is None else now() + round(days * _DAY)
    with opened_ledger(given) as ledger, ledger.write() as connection:
        made = create_key(
            connection, owner, project, kind, name=called, scopes=scopes or None, expires=expires, actor=_ACTOR
        )
    _print_made(made, as_json=as_json)


@keys.command(name="list")
@click.option("--project", "name", metavar="ORG/NAME", help="Those that open a project.")
@click.option("--org", help="Those of an organisation.")
@click.option("--all", "show_all", is_flag=True, help="Also those that were revoked or have expired.")
@ledger_options
@json_option
def list_command(*, name: str | None, org: str | None, show_all: bool, as_json: bool, **given: Any) -> None:
    """List keys, without what opens."""
    owner, project = _owner(name, org)
    with opened_ledger(given) as ledger, ledger.read() as connection:
        listed = list_keys(connection, owner, project)
    at = now()
    found = [each for each in listed if show_all or each.refusal(at) is None]
    if as_json:
        print_json({"keys": [_document(each) for each in found]})
        return
    columns = dict.fromkeys(("id", "kind", "name", "ends in", "opens", "scopes", "state"), "left")
    print_table("", columns, [_row(each, at) for each in found])


@keys.command()
@click.argument("public_id")
@click.option("--keep-days", type=click.FloatRange(min=0, max=36_500), help="How long the old one stays live.")
@ledger_options
@json_option
def rotate(*, public_id: str, keep_days: float | None, as_json: bool, **given: Any) -> None:
    """Make the next key of the same name; the old one is live until it is revoked, or for --keep-days."""
    keep = None if keep_days is None else round(keep_days * _DAY)
    with opened_ledger(given) as ledger, ledger.write() as connection:
        made = rotate_key(connection, public_id, keep=keep, actor=_ACTOR)
    _print_made(made, as_json=as_json)


@keys.command()
@click.argument("public_id")
@ledger_options
@json_option
def revoke(*, public_id: str, as_json: bool, **given: Any) -> None:
    """Have a key open nothing from now on."""
    with opened_ledger(given) as ledger, ledger.write() as connection:
        revoked = revoke_key(connection, public_id, actor=_ACTOR)
    print_json(_document(revoked)) if as_json else click.echo(say.is_revoked(public_id))


def _owner(name: str | None, org: str | None) -> tuple[str, str | None]:
    if name is not None and org is None:
        return project_name(name)
    if org is not None and name is None:
        return org, None
    raise click.UsageError(say.one_owner())


def _print_made(made: MadeKey, *, as_json: bool) -> None:
    if as_json:
        print_json({"key": made.key.text, **_document(made.record)})
    else:
        click.echo(made.key.text)
        click.echo(say.shown_once(made.key.public_id), err=True)


def _document(key: KeyRecord) -> dict[str, Any]:
    return {
        "public_id": key.public_id,
        "kind": key.kind,
        "name": key.name,
        "org": key.org,
        "project": key.project,
        "last4": key.last4,
        "scopes": sorted(key.scopes),
        "created": _instant(key.created),
        "expires": _instant(key.expires),
        "revoked": _instant(key.revoked),
    }


def _row(key: KeyRecord, at: int) -> tuple[str, ...]:
    until = "live" if key.expires is None else f"until {from_micros(key.expires):%Y-%m-%d}"
    opens = f"{key.org}/*" if key.project is None else f"{key.org}/{key.project}"
    scopes = ", ".join(sorted(key.scopes))
    return (key.public_id, key.kind, key.name, key.last4, opens, scopes, key.refusal(at) or until)


def _instant(micros: int | None) -> str | None:
    return None if micros is None else from_micros(micros).isoformat()


__all__ = ["keys"]
