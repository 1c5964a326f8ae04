"""Commands about a rule alone: compile, check, fmt, convert."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from muster.api.commands.comparing import compare_rules, comparison_options, question_asked
from muster.api.options import (
    Chosen,
    choose_rule,
    choose_rules,
    data_of,
    data_options,
    is_json,
    json_option,
    read_params,
    read_rules,
    read_source,
    rule_options,
    surroundings_options,
)
from muster.api.output import print_diagnostics, print_json, print_told
from muster.backends.discover import get_dialect
from muster.compiler.diagnostics import Diagnostic, RuleError
from muster.compiler.messages import own_tables, views
from muster.compiler.messages import store as say
from muster.compiler.pipeline import check_rule
from muster.compiler.render import to_json
from muster.compiler.resolve import Surroundings
from muster.compiler.rule import Library, Rule
from muster.grammar import notes
from muster.grammar.english import english
from muster.grammar.format import format_library, format_rule
from muster.grammar.json_dump import dump_text
from muster.runtime.compilation import CompiledQuery, compile_query, surroundings
from muster.runtime.errors import InputError
from muster.runtime.placeholders import STYLES, Style, spelled
from muster.runtime.sources import open_schema
from muster.runtime.standing import FORMS, Form, standing


@click.command("compile")
@rule_options
@click.option("--dialect", default="duckdb", show_default=True, help="Which SQL to generate.")
@click.option("--count", "counting", is_flag=True, help="SQL that counts the members instead of listing them.")
@click.option("--inline", is_flag=True, help="Write the values into the SQL, for reading.")
@click.option("--explain", "explaining", is_flag=True, help="Print every stage from the rule to the SQL.")
@click.option("--as", "form", type=click.Choice(FORMS), help="SQL that stands by itself, on the engine's own clock.")
@click.option("--checks", "checking", is_flag=True, help="SQL that looks if your own tables are as the SQL takes them.")
@click.option("--as-name", help="What the view is called (default: the name of the audience, or audience).")
@click.option(
    "--placeholders", type=click.Choice(STYLES), help="How placeholders are spelled (default: as the engine)."
)
@surroundings_options
@data_options
@json_option
def compile_command(
    rule: str | None,
    file: Path | None,
    name: str | None,
    dialect: str,
    counting: bool,
    inline: bool,
    explaining: bool,
    form: Form | None,
    checking: bool,
    as_name: str | None,
    placeholders: Style | None,
    as_of: str | None,
    timezone: str,
    params: tuple[str, ...],
    strict: bool,
    as_json: bool,
    **where: object,
) -> None:
    """Compile a rule to SQL.

    Without --events or --store the managed layout is assumed: a column for every kind that a literal could meet.
    """
    chosen = choose_rule(rule, file, name)
    get_dialect(dialect)  # before data is read
    others = inline or explaining or as_json or placeholders is not None
    if form is not None and (as_of is not None or others):
        raise click.UsageError(views.only_as())
    if checking and (form is not None or others):
        raise click.UsageError(views.only_checks())
    compiled = compile_query(
        chosen.rule,
        dialect,
        schema=open_schema(data_of(where), partial(print_told, as_json=as_json)),
        as_of=as_of,
        timezone=timezone,
        params=read_params(params),
        audiences=chosen.audiences,
        strict=strict,
        name=chosen.name,
        output="count" if counting else "members",
    )
    print_diagnostics(compiled.warnings, as_json=as_json)
    if as_json:
        print_json(_as_data(compiled))
    elif checking:
        _print_checks(compiled)
    else:
        musts = [check.must for guard in compiled.query.guards for check in guard.checks]
        if musts:
            click.echo(own_tables.not_checked(musts), err=True)
        if form is not None:
            click.echo(standing(compiled, form, as_name or chosen.name or "audience"))
        elif explaining:
            click.echo(compiled.explain())
        else:
            _print_sql(compiled, placeholders, inline=inline)


def _print_checks(compiled: CompiledQuery) -> None:
    """Print the queries that look whether tables are as the SQL takes them."""
    if compiled.checks:
        click.echo("\n\n".join(f"{each};" for each in compiled.checks))
    else:
        click.echo(own_tables.no_checks(), err=True)


def _print_sql(compiled: CompiledQuery, placeholders: Style | None, *, inline: bool) -> None:
    """Print SQL with its values written in, or after it."""
    if inline:
        click.echo(compiled.inline())
        return
    text, values = spelled(compiled, placeholders)
    click.echo(text)
    for param, value in values:
        click.echo(f"-- {param} = {value}")  # each dialect spells the name its own way


def _as_data(compiled: CompiledQuery) -> dict[str, object]:
    """Give all that a program may want of a compiled rule."""
    found = {"dialect": compiled.query.dialect, "sql": compiled.sql, "params": compiled.params}
    return {**found, "inline": compiled.inline(), "checks": compiled.checks}


@click.command()
@rule_options
@comparison_options
@surroundings_options
@data_options
@json_option
@click.pass_context
def check(ctx: click.Context, /, **given: Any) -> None:
    """Check a rule: everything that is wrong with it, and what its author may not have meant.

    Of a file that holds several audiences all are checked, unless --name chooses one. With a question it is asked about
    two rules, RULE and OTHER. Exit code 0: yes; 1: no; 4: not known.
    """
    as_json: bool = given["as_json"]
    where, told = data_of(given), partial(print_told, as_json=as_json)
    question = question_asked(given)
    if question is not None:
        ctx.exit(compare_rules(question, given, partial(open_schema, where, told)))
    # A clock is taken so that a command line can be changed from count to check; nothing here depends on it.
    chosen = choose_rules(given["rule"], given["file"], given["name"])
    around = surroundings(
        schema=open_schema(where, told),
        params=read_params(given["params"]),
        audiences=chosen[0].audiences,
        strict=given["strict"],
    )
    if len(chosen) > 1:
        _check_all(chosen, around, as_json=as_json)
        return
    found = check_rule(chosen[0].rule, around, name=chosen[0].name)
    print_diagnostics(found, as_json=as_json)
    if as_json and not found:
        print_json({"diagnostics": []})
    elif not found:
        click.echo("No problems found.")


def _check_all(chosen: Sequence[Chosen], around: Surroundings, *, as_json: bool) -> None:
    """Check every audience of a file: one that is wrong keeps none from being looked at."""
    found: dict[str, tuple[Diagnostic, ...]] = {}
    wrong = 0
    for each in chosen:
        assert each.name is not None
        try:
            found[each.name] = check_rule(each.rule, around, name=each.name)
        except RuleError as error:
            found[each.name] = error.diagnostics
            wrong += 1
    if as_json:
        print_json({"audiences": {name: [to_json(each) for each in told] for name, told in found.items()}})
    else:
        for name, told in found.items():
            if told:
                click.echo(say.audience(name), err=True)
                print_diagnostics(told, as_json=False)
                click.echo(err=True)
        click.echo(say.audiences_checked(len(found), wrong))
    if wrong:
        click.get_current_context().exit(1)


@click.command()
@rule_options
@click.option("--write", is_flag=True, help="Rewrite the file of --file in place.")
@click.option("--check", "checking", is_flag=True, help="Change nothing; exit 1 if the text is not formatted.")
def fmt(rule: str | None, file: Path | None, name: str | None, write: bool, checking: bool) -> None:
    """Print a rule, or a file of several, in its one canonical form; JSON stays JSON."""
    if write and file is None:
        raise click.UsageError("--write needs --file.")
    if name is not None and (write or checking):
        raise click.UsageError("--write and --check are about a whole file; --name chooses one audience to print.")
    source = read_source(rule, file)
    read = _read_with_comments(source, name)
    formatted = _canonical(read, as_json=is_json(source))
    lost = notes.lost(source, formatted) if name is None and not is_json(source) else []
    if lost and write:
        raise InputError(say.comments_lost(lost, refused=True))
    if lost:
        click.echo(say.comments_lost(lost, refused=False), err=True)
    if checking:
        if source.strip() != formatted.strip():
            click.echo("not formatted", err=True)
            click.get_current_context().exit(1)
    elif write and file is not None:
        _rewrite(file, formatted + "\n")
    else:
        click.echo(formatted)


def _read_with_comments(source: str, name: str | None) -> Rule | Library:
    """Read a rule, or a file of several, so that comments beside its lines are notes of their conditions."""
    read = read_rules(source) if name is None else choose_rule(source, None, name).rule
    if is_json(source):
        return read
    lifted = notes.lift(source)  # only now, so that problems are told at their places in the source
    return read_rules(lifted) if name is None else choose_rule(lifted, None, name).rule


def _canonical(read: Rule | Library, *, as_json: bool) -> str:
    if as_json:
        return dump_text(read, indent=2)
    return format_library(read) if isinstance(read, Library) else format_rule(read)


def _rewrite(file: Path, content: str) -> None:
    """Write a file beside its place, then put it there whole: a failure leaves what was there."""
    place = file.resolve()
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as opened:
        written = Path(opened.name)
        try:
            opened.write(content.encode("utf-8"))
            opened.close()
            written.chmod(place.stat().st_mode)
            written.replace(place)
        except OSError:
            written.unlink()
            raise


@click.command()
@rule_options
@click.option("--to", "form", type=click.Choice(["text", "json", "english"]), required=True, help="The form to print.")
def convert(rule: str | None, file: Path | None, name: str | None, form: str) -> None:
    """Convert a rule between text and JSON, or say it in English.

    Comments of text are notes of JSON; English has none.
    """
    source = read_source(rule, file)
    audience = choose_rule(source, None, name).name  # one that is the only one of its file needs no name
    chosen = _read_with_comments(source, audience)
    assert isinstance(chosen, Rule), chosen
    lost = [] if is_json(source) or audience is not None else notes.lost(source, format_rule(chosen))
    if lost and form != "english":
        click.echo(say.comments_lost(lost, refused=False), err=True)
    match form:
        case "text":
            click.echo(format_rule(chosen))
        case "json":
            click.echo(dump_text(chosen, indent=2))
        case _:
            click.echo(english(chosen))
