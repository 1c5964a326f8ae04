"""`muster test`: rules against people that are made up, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from muster.api.commands.data import EngineOption
from muster.api.options import json_option
from muster.api.outcomes import junit, outcome_json, outcome_text, summary
from muster.api.output import print_json
from muster.api.test_file import SUFFIX, read_test_file
from muster.compiler.messages import rule_tests as say
from muster.runtime.errors import ChoiceError, InputError
from muster.runtime.rule_tests import Outcome, run_tests


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE…")
@click.option("--engine", default="memory:", show_default=True, cls=EngineOption)
@click.option("--strict", is_flag=True, help="Names that the people made up do not have are errors.")
@click.option("--junit", "report", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML to a file.")
@json_option
@click.pass_context
def test(
    ctx: click.Context, *, paths: tuple[Path, ...], engine: str, strict: bool, report: Path | None, as_json: bool
) -> None:
    """Run rule tests: FILEs, or what a folder holds that is called *.muster.yaml.

    Exit code 0: all passed; 1: some failed, or a file is wrong, which keeps no other from being tried.
    """
    tried: dict[str, list[Outcome]] = {}
    wrong: dict[str, str] = {}
    for path in _files(paths):
        if not as_json:
            click.echo(path)
        try:
            tests = read_test_file(path)
        except InputError as error:
            wrong[str(path)] = str(error)
            if not as_json:
                click.echo(f"error: {error}", err=True)
            continue
        outcomes = tried.setdefault(str(path), [])
        for outcome in run_tests(tests, engine, strict=strict):
            outcomes.append(outcome)
            if not as_json:
                click.echo(outcome_text(outcome))
    if report is not None:
        report.write_text(junit(tried, wrong), encoding="utf-8")
    if as_json:
        files = {file: [outcome_json(each) for each in found] for file, found in tried.items()}
        print_json({"files": files, **({"errors": wrong} if wrong else {})})
    else:
        click.echo(summary(tried, wrong))
    all_passed = all(outcome.passed for found in tried.values() for outcome in found)
    ctx.exit(0 if all_passed and not wrong else 1)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(each for each in path.rglob(f"*{SUFFIX}") if not each.is_dir())
        if not found:
            raise ChoiceError(say.no_test_files(str(path), SUFFIX))
        yield from found
