"""Commands over data: count, members, explain, load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from muster.api.csv_text import csv_text
from muster.api.options import (
    Seconds,
    choose_rule,
    data_of,
    data_options,
    file_options,
    json_option,
    read_params,
    rule_options,
    surroundings_options,
)
from muster.api.output import print_diagnostics, print_json, print_told, progress
from muster.api.person import person_json, person_text
from muster.backends.base import Limits
from muster.backends.discover import all_backends, get_dialect
from muster.backends.memory.explain import explain_person
from muster.compiler.messages import own_tables
from muster.compiler.messages import store as say
from muster.runtime.anonymous import ambiguous_members, mark
from muster.runtime.clock import to_clock
from muster.runtime.compilation import compile_query
from muster.runtime.evaluation import Evaluation, evaluate
from muster.runtime.sources import find_person, load_folder, open_data, open_schema

_Command = TypeVar("_Command", bound=Callable[..., Any])


class EngineOption(click.Option):
    """Names the engines there are when help is asked for; finding them loads what makes their SQL."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Give the line of help."""
        schemes = sorted(f"{scheme}:" for backend in all_backends() for scheme in backend.schemes)
        self.help = f"Engine to answer with: {', '.join(schemes[:-1])} or {schemes[-1]}"
        return super().get_help_record(ctx)


def engine_options(command: _Command) -> _Command:
    """Add which engine answers, and how long it may take."""
    for option in (
        click.option(
            "--max-seconds",
            type=Seconds(),
            default=300,
            show_default=True,
            help="Give up after so long.",
        ),
        click.option("--engine", default="duckdb:", show_default=True, cls=EngineOption),
    ):
        command = option(command)
    return command


@contextmanager
def opened(given: dict[str, Any]) -> Iterator[Evaluation]:
    """Open the data and compile the rule against it; the rule is read first, so that it fails first."""
    chosen = choose_rule(given["rule"], given["file"], given["name"])
    told = partial(print_told, as_json=given["as_json"])
    with progress() as report, open_data(data_of(given), given["engine"], progress=report, told=told) as engine:
        evaluation = evaluate(
            chosen.rule,
            engine,
            as_of=given["as_of"],
            timezone=given["timezone"],
            params=read_params(given["params"]),
            audiences=chosen.audiences,
            strict=given["strict"],
            name=chosen.name,
            limits=Limits(seconds=given["max_seconds"]),
        )
        print_diagnostics((*evaluation.warnings, *evaluation.notes), as_json=given["as_json"])
        if given["inexact"] and not given["as_json"]:
            click.echo(own_tables.inexact(), err=True)
        yield evaluation


def label(given: Mapping[str, Any]) -> dict[str, bool]:
    """Give what says in JSON that an answer is not exact."""
    return {"inexact": True} if given["inexact"] else {}


@click.command()
@rule_options
@surroundings_options
@data_options
@engine_options
@json_option
def count(**given: Any) -> None:
    """Count the people that a rule finds, in files of one's own or a loaded folder."""
    with opened(given) as evaluation:
        found = evaluation.count()
    if given["as_json"]:
        print_json({"count": found, **label(given)})
    else:
        click.echo(found)


@click.command()
@rule_options
@click.option("--csv", "as_csv", is_flag=True, help="Write a CSV with a header; ids are exactly what they are.")
@click.option("--spreadsheet-safe", is_flag=True, help="With --csv: a ' before ids that look like a formula.")
@click.option("--limit", type=click.IntRange(min=0), help="Print at most so many.")
@surroundings_options
@data_options
@engine_options
@json_option
def members(*, as_csv: bool, spreadsheet_safe: bool, limit: int | None, **given: Any) -> None:
    """List the people that a rule finds, by external id, sorted.

    An anonymous id that a user has too is marked: "(anonymous)", in CSV by a column "anonymous", in JSON by a list.
    """
    if spreadsheet_safe and (given["as_json"] or not as_csv):
        raise click.UsageError(say.safe_without_csv())
    with opened(given) as evaluation:
        found = evaluation.members()
        ambiguous = ambiguous_members(evaluation)
    # One more than are listed, as two people of one id are told apart by standing together.
    listed = mark(found.slice(0, None if limit is None else limit + 1).to_pylist(), ambiguous)[:limit]
    if given["as_json"]:
        marks = {"anonymous": [each for each, is_marked in listed if is_marked]} if ambiguous else {}
        print_json({"count": len(found), "members": [each for each, _ in listed], **marks, **label(given)})
    elif as_csv:
        heading = ["external_id", "anonymous"] if ambiguous else ["external_id"]
        rows = ([each, "true" if is_marked else ""] if ambiguous else [each] for each, is_marked in listed)
        click.echo(csv_text([heading, *rows], spreadsheet_safe=spreadsheet_safe), nl=False)
    else:
        lines = [f"{each} (anonymous)" if is_marked else each for each, is_marked in listed]
        click.echo("\n".join(lines), nl=bool(lines))


@click.command()
@rule_options
@click.option("--id", "external_id", help="Whose membership to explain, from files; without it, explain the rule.")
@click.option("--dialect", default="duckdb", show_default=True, help="Whose SQL to show.")
@surroundings_options
@data_options
@json_option
def explain(*, external_id: str | None, dialect: str, **given: Any) -> None:
    """Explain a rule stage by stage, or why one person (--id) is in or out."""
    chosen = choose_rule(given["rule"], given["file"], given["name"])
    get_dialect(dialect)  # before data is read
    where = data_of(given)
    params = read_params(given["params"])
    told = partial(print_told, as_json=given["as_json"])
    person = None if external_id is None else find_person(where, external_id, told)
    compiled = compile_query(
        chosen.rule,
        dialect,
        schema=open_schema(where, told) if person is None else person[0],
        as_of=given["as_of"],
        timezone=given["timezone"],
        params=params,
        audiences=chosen.audiences,
        strict=given["strict"],
        name=chosen.name,
    )
    if person is None:
        print_json({"stages": compiled.stages()}) if given["as_json"] else click.echo(compiled.explain())
        return
    clock = to_clock(given["as_of"], given["timezone"])
    explanation = explain_person(compiled.compiled.lowered, person[1], person[2], clock)
    if given["as_json"]:
        print_json(person_json(person[1].external_id, explanation))
    else:
        click.echo(person_text(person[1].external_id, explanation))


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace what an earlier load left in the folder.")
@file_options
@json_option
def load(*, folder: Path, replace: bool, **given: Any) -> None:
    """Load files into FOLDER, so that later commands can use it with --store.

    Files may also be NDJSON of Segment-shaped messages (identify, track, page, screen, group, alias).
    """
    if folder.name in ("", ".."):
        raise click.UsageError(say.no_folder_name(str(folder)))
    told = partial(print_told, as_json=given["as_json"])
    with progress() as report:
        schema = load_folder(data_of(given), folder, replace=replace, progress=report, told=told)
    loaded = {"people": schema.stats.profiles, "events": sum(schema.stats.events.values())}
    if given["as_json"]:
        print_json(loaded)
    else:
        click.echo(say.loaded(loaded["people"], loaded["events"], str(folder)))


__all__ = ["EngineOption", "count", "engine_options", "explain", "load", "members", "opened"]
