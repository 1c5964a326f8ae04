"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from muster.compiler.messages import store as say
from muster.compiler.rule import Rule
from muster.grammar import json_rule, text
from muster.runtime.compilation import to_rule
from muster.runtime.sources import Where

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rule that a command is about, and the audiences of its file that it may refer to."""

    rule: Rule
    audiences: Mapping[str, Rule]
    name: str | None


def rule_options(command: _Command) -> _Command:
    """Add the ways to give a rule: as an argument, from a file, by name from a file of several."""
    for option in (
        click.option("--name", help="Which audience of a file that holds several."),
        click.option(
            "-f",
            "--file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Read the rule from a file (text or JSON; several named audiences with --name).",
        ),
        click.argument("rule", required=False),
    ):
        command = option(command)
    return command


def surroundings_options(command: _Command) -> _Command:
    """Add what a rule is compiled against: clock, zone, parameters, strictness."""
    for option in (
        click.option("--strict", is_flag=True, help="Names that the data does not know are errors."),
        click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A value for $NAME."),
        click.option("--timezone", default="UTC", show_default=True, help="IANA zone of calendar days and weeks."),
        click.option("--as-of", help="Evaluate as of this instant or date (default: now)."),
    ):
        command = option(command)
    return command


def data_options(command: _Command) -> _Command:
    """Add where the data is: files of one's own, or a folder that `muster load` made."""
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option("--skip-bad-rows", is_flag=True, help="Leave unreadable rows out, count and list them."),
        click.option(
            "--store",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="A folder from `muster load`.",
        ),
        click.option("--map", "mapping", type=existing, help="TOML file that says which column is what."),
        click.option("--profiles", type=existing, help="People: CSV, NDJSON or Parquet."),
        click.option("--events", type=existing, help="Events: CSV, NDJSON or Parquet."),
    ):
        command = option(command)
    return command


def json_option(command: _Command) -> _Command:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, errors too.")(command)


def data_of(given: Mapping[str, Any]) -> Where:
    """Gather where the data is; raises a usage error for what does not go together."""
    where = Where(*(given[name] for name in ("events", "profiles", "mapping", "store", "skip_bad_rows")))
    if where.store is not None and where.has_files:
        raise click.UsageError(say.files_and_folder())
    if where.mapping is not None and not where.has_files:
        raise click.UsageError(say.map_without_files())
    return where


def choose_rule(rule: str | None, file: Path | None, name: str | None) -> Chosen:
    """Read the rule that a command is about; raises RuleError or a usage error."""
    if (rule is None) == (file is None):
        raise click.UsageError("Give a rule as an argument or with --file, one of the two.")
    source = rule if file is None else file.read_text(encoding="utf-8")
    assert source is not None
    if _is_library(source):
        is_json = source.lstrip().startswith("{")
        return _from_library((json_rule.load_library(source) if is_json else text.parse_library(source)).rules(), name)
    if name is not None:
        raise click.UsageError("--name chooses from a file of several audiences; this is one rule.")
    return Chosen(to_rule(source), {}, None)


# No rule holds a definition, and no definition can stand anywhere else than at the start of a statement.
_DEFINITION = re.compile(
    r"""(^|;)\s*audience\s+("[^"\n]*"|'[^'\n]*'|`[^`\n]+`|[^\W\d][\w$]*)\s*:""", re.MULTILINE | re.IGNORECASE
)


def _is_library(source: str) -> bool:
    if source.lstrip()[:1] not in ("{", "["):
        return _DEFINITION.search(source) is not None
    try:
        document = json.loads(source)
    except (ValueError, RecursionError):
        return False  # not JSON: the rule's own parser says where and why
    return isinstance(document, dict) and "audiences" in document


def _from_library(library: Mapping[str, Rule], name: str | None) -> Chosen:
    if name is None and len(library) == 1:
        name = next(iter(library))
    if name is None or name not in library:
        known = ", ".join(f'"{each}"' for each in library)
        raise click.UsageError(f"The file holds the audiences {known}; choose one with --name.")
    return Chosen(library[name], library, name)


def read_params(params: tuple[str, ...]) -> dict[str, object]:
    """Read NAME=VALUE pairs; a VALUE that is JSON is taken as such, anything else as text."""
    given: dict[str, object] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--param takes NAME=VALUE; {param!r} was found.")
        given[name.removeprefix("$")] = _json_or_text(value)
    return given


def _json_or_text(value: str) -> object:
    try:
        return json.loads(value, parse_float=Decimal)
    except ValueError:
        return value
