"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from muster.compiler.messages import own_tables
from muster.compiler.messages import store as say
from muster.compiler.rule import Library, Rule
from muster.grammar import text
from muster.grammar.limits import MAX_LIBRARY_TEXT
from muster.runtime.compilation import to_rule
from muster.runtime.errors import InputError
from muster.runtime.sources import Where
from muster.runtime.table_map import is_table_map

_Command = TypeVar("_Command", bound=Callable[..., Any])
_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rule that a command is about, and the audiences of its file that it may refer to."""

    rule: Rule
    audiences: Mapping[str, Rule]
    name: str | None


class Seconds(click.FloatRange):
    """A length of time that has an end: not nan, and not infinite."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number of seconds."""
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


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
        click.option(
            "-p",
            "--param",
            "params",
            multiple=True,
            metavar="NAME=VALUE",
            help="A value for $NAME (VALUE: text, JSON, a date, or a duration as in 30d).",
        ),
        click.option("--timezone", default="UTC", show_default=True, help="IANA zone of calendar days and weeks."),
        click.option("--as-of", help="Evaluate as of this instant or date (default: now)."),
    ):
        command = option(command)
    return command


def data_options(command: _Command) -> _Command:
    """Add where the data is: files of one's own, or a folder that `muster load` made."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    for option in (
        click.option("--inexact", is_flag=True, help="Leave out of JSON what --map does not say, and say so."),
        click.option("--db", "database", metavar="URL", help="A database of your own, with --map of its tables."),
        click.option("--store", type=folder, help="A folder from `muster load`."),
    ):
        command = option(command)
    return file_options(command)


def file_options(command: _Command) -> _Command:
    """Add which files of one's own are the data."""
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option("--skip-bad-rows", is_flag=True, help="Leave unreadable rows out, count and list them."),
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
    events, profiles, mapping = given["events"], given["profiles"], given["mapping"]
    database = given.get("database")
    where = Where(
        events,
        profiles,
        mapping,
        given.get("store"),
        database,
        skip_bad_rows=given["skip_bad_rows"],
        inexact=given.get("inexact", False),
    )
    if where.store is not None and where.has_files:
        raise click.UsageError(say.files_and_folder())
    if database is not None and (where.has_files or where.store is not None):
        raise click.UsageError(own_tables.files_and_database())
    if where.inexact and database is None:
        raise click.UsageError(own_tables.inexact_of_what())
    if mapping is not None and database is None and not where.has_files and not is_table_map(mapping):
        raise click.UsageError(say.map_without_files())
    return where


def read_source(rule: str | None, file: Path | None) -> str:
    """Give the text that a command is about; raises InputError or a usage error."""
    if rule is not None and file is None:
        return rule
    if file is None or rule is not None:
        raise click.UsageError("Give a rule as an argument or with --file, one of the two.")
    with file.open("rb") as opened:
        content = opened.read(MAX_LIBRARY_TEXT + 1)  # what is longer is refused, and a pipe does not tell its size
    if len(content) > MAX_LIBRARY_TEXT:
        raise InputError(say.rule_file_too_long(str(file), MAX_LIBRARY_TEXT))
    try:
        return content.decode("utf-8-sig")  # Windows' editors begin a file with a mark
    except UnicodeDecodeError as error:
        raise InputError(say.rule_not_utf8(str(file), error.start)) from error


def choose_rule(rule: str | None, file: Path | None, name: str | None) -> Chosen:
    """Read the rule that a command is about; raises RuleError, InputError or a usage error."""
    return _chosen(read_rules(read_source(rule, file)), name)


def choose_rules(rule: str | None, file: Path | None, name: str | None) -> list[Chosen]:
    """Read the rule that a command is about, or all audiences of a file where no name chooses; raises as above."""
    read = read_rules(read_source(rule, file))
    if name is not None or not isinstance(read, Library):
        return [_chosen(read, name)]
    library = read.rules()
    return [Chosen(each, library, known) for known, each in library.items()]


def _chosen(read: Rule | Library, name: str | None) -> Chosen:
    if isinstance(read, Library):
        return _from_library(read.rules(), name)
    if name is not None:
        raise click.UsageError("--name chooses from a file of several audiences; this is one rule.")
    return Chosen(read, {}, None)


def read_rules(source: str) -> Rule | Library:
    """Read one rule, or a file of several; raises RuleError."""
    if not _is_library(source):
        return to_rule(source)
    if not is_json(source):
        return text.parse_library(source)
    from muster.grammar import json_rule  # noqa: PLC0415 (pydantic takes long to import, and text needs none)

    return json_rule.load_library(source)


def is_json(source: str) -> bool:
    """Tell whether a rule is written as JSON, right or wrong."""
    return source.lstrip()[:1] in ("{", "[")


# No rule holds a definition. Quoted text and comments are consumed first, so that one inside them is not seen.
_DEFINITION = re.compile(
    r"""\#[^\n]*
      | (?<![\w$])(?P<audience>audience) \s* (?:\#[^\n]*\s*)*
        (?: "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `(?:[^`\\\n]|\\.|``)*` | [^\W\d][\w$]* )
        \s* (?:\#[^\n]*\s*)* :
      | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `(?:[^`\\\n]|\\.|``)*`""",
    re.VERBOSE | re.IGNORECASE,
)


def _is_library(source: str) -> bool:
    if not is_json(source):
        return any(found["audience"] for found in _DEFINITION.finditer(source))
    try:
        document = json.loads(source)
    except (ValueError, RecursionError):
        return False  # not JSON: the rule's own parser says where and why
    return isinstance(document, dict) and "audiences" in document


def _from_library(library: Mapping[str, Rule], name: str | None) -> Chosen:
    if name is None and len(library) == 1:
        name = next(iter(library))
    if name is None:
        raise click.UsageError(say.choose_audience(list(library)))
    if name not in library:
        raise click.UsageError(say.no_such_audience(name, list(library)))
    return Chosen(library[name], library, name)


def read_params(params: tuple[str, ...]) -> dict[str, object]:
    """Read NAME=VALUE pairs; a VALUE that is JSON is taken as such, anything else as text."""
    given: dict[str, object] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--param takes NAME=VALUE; {param!r} was found.")
        given[name.removeprefix("$")] = _json_or_text(name, value)
    return given


def _json_or_text(name: str, value: str) -> object:
    try:
        read = json.loads(value, parse_float=Decimal)
    except ValueError:
        return value
    except RecursionError as error:
        raise click.UsageError(say.param_too_deep(name)) from error
    if _is_deep(read):
        raise click.UsageError(say.param_too_deep(name))
    return read


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        within = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level = [inner for inners in within for inner in inners]
    return bool(level)
