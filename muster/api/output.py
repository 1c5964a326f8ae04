"""How results and problems reach a terminal, a pipe or a program: rich tables for people, JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data as say
from muster.compiler.render import render, to_json
from muster.runtime.errors import Problem


def console() -> Console:
    """Make a console on stdout; styles vanish where it is no terminal."""
    return Console(highlight=False, soft_wrap=True)


def messages() -> Console:
    """Make a console on stderr, where progress, warnings and errors go."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None, default=str))


def print_diagnostics(diagnostics: Iterable[Diagnostic], *, as_json: bool) -> None:
    """Print diagnostics on stderr: drawn for people, a JSON list for programs."""
    found = tuple(diagnostics)
    if not found:
        return
    if as_json:
        click.echo(json.dumps({"diagnostics": [to_json(each) for each in found]}, ensure_ascii=False), err=True)
    else:
        click.echo(render(found), err=True)


def print_problem(code: str, message: str, *, as_json: bool) -> None:
    """Print a failure that is not about a place in a rule."""
    if as_json:
        click.echo(json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False), err=True)
    else:
        click.echo(f"error[{code}]: {message}", err=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int], None]]:
    """Show on stderr what is being done and how far it is; nothing where stderr is no terminal."""
    with messages().status("", spinner="dots") as status:
        yield lambda what, rows: status.update(f"{what}: {rows:,} rows")


def print_told(notes: Iterable[Diagnostic], bad: Sequence[Problem], bad_count: int, *, as_json: bool) -> None:
    """Print what reading data has to say: guesses, warnings, the first rows that were left out."""
    if as_json:
        told = [to_json(note) for note in notes]
        rows = [
            {"file": each.place.file, "row": each.place.row, "column": each.place.column, "message": str(each)}
            for each in bad
        ]
        if told or rows:
            document = {"notes": told, "bad_rows": rows, "bad_row_count": bad_count}
            click.echo(json.dumps(document, ensure_ascii=False), err=True)
        return
    for note in notes:
        hint = "" if note.hint is None else f" {note.hint}"
        click.echo(f"{note.severity}[{note.code}]: {note.message}{hint}", err=True)
    for each in bad:
        click.echo(f"  left out: {each}", err=True)
    if bad_count > len(bad):
        click.echo(f"  {say.more_left_out(bad_count - len(bad))}", err=True)


def print_table(title: str, columns: Mapping[str, str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; `columns` maps a heading to its justification."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for heading, justify in columns.items():
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for row in rows:
        table.add_row(*map(escape, row))  # what users call things is no markup
    console().print(table)
