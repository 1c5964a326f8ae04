"""Writes the pages of docs/ that are derived from the code, and says which of them are stale.

Separate from the code it reads so that nothing at run time depends on it. `python docs/generate.py` writes,
`--check` only compares and fails when a page differs. Each page is a pure function of the registry, the messages or
the command line; a page that needs an order of its own has to sort, or it will be stale at every run.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from muster.api.cli import main as command_line
from muster.compiler import messages
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS, METRIC_OPERATORS, PICK_OPERATORS
from muster.compiler.operators.spec import EXAMPLE_AS_OF, EventOperator, Example, Operator
from muster.grammar.json_dump import dump_text
from muster.grammar.text import parse

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `make docs`; edit what it is made from. -->\n"
WIDTH = 100


# --- operators ------------------------------------------------------------------------------------------------
ARGUMENTS = {
    "none": "nothing",
    "value": "one value",
    "values": "a list of values",
    "pair": "two values",
    "time": "a time",
    "duration": "a duration",
    "type": "a type",
    "where": "a condition on one element",
    "number": "a number",
    "regularity": "so many of so many periods",
    "window": "a window",
}
WINDOWS = {"optional": "A window may be added.", "required": "A window must be added.", "none": "It takes no window."}
KINDS = {"str": "text", "num": "number", "bool": "boolean", "time": "time", "trait": "another trait"}


def operators_page() -> str:
    """Describe every operator with its examples."""
    return "\n".join(
        [
            "# Operators",
            "",
            MADE,
            "The names are those of the JSON form. Every operator is true or false for every person; a negative one is",
            "exactly the complement of its positive one. Each example below is a test that runs on every back-end, at",
            f"{EXAMPLE_AS_OF}.",
            "",
            "## On a value",
            "",
            "For traits, profile fields, event properties, sizes and computed traits.",
            f"Aggregates take {_names(METRIC_OPERATORS)}; `first(…)` and `last(…)` take {_names(PICK_OPERATORS)}.",
            "",
            *(line for operator in FIELD_OPERATORS.values() for line in _field_operator(operator)),
            "## On events",
            "",
            *(line for operator in EVENT_OPERATORS.values() for line in _event_operator(operator)),
        ]
    )


def _names(operators: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in operators)


def _field_operator(operator: Operator) -> Iterator[str]:
    accepts = ", ".join(word for kind, word in KINDS.items() if kind in operator.accepts)
    takes = ARGUMENTS[operator.argument] + (f" ({accepts})" if accepts else "")
    facts = [f"Takes {takes}."]
    if operator.ignore_case:
        facts.append("With `ignoring case`: ASCII letters are folded.")
    yield from _entry(operator.name, operator.doc, facts, operator.complement_of, operator.examples)


def _event_operator(operator: EventOperator) -> Iterator[str]:
    facts = [f"Takes {ARGUMENTS[operator.argument]}."]
    if operator.argument != "window":
        facts.append(WINDOWS[operator.window])
    yield from _entry(operator.name, operator.doc, facts, operator.complement_of, operator.examples)


def _entry(
    name: str, doc: str, facts: list[str], complement_of: str | None, examples: tuple[Example, ...]
) -> Iterator[str]:
    if complement_of is not None:
        facts = [*facts, f"Complement of `{complement_of}`."]
    yield from (f"### {name}", "", doc, "", " ".join(facts), "")
    if examples:
        yield f"As JSON: {_code(dump_text(parse(examples[0].rule)))}"
    yield from ("", "| rule | person | member |", "|---|---|---|")
    for example in examples:
        yield f"| {_code(example.rule)} | {_person(example)} | {'yes' if example.matches else 'no'} |"
    yield ""


def _person(example: Example) -> str:
    parts = []
    if example.traits:
        parts.append(_code(_json(example.traits)))
    parts.extend(
        f"{_code(name)} at {instant}" + (f" {_code(_json(properties))}" if properties else "")
        for name, instant, properties in example.events
    )
    return "; ".join(parts) or "nothing known"


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    padding = " " if "`" in text else ""
    return f"{fence}{padding}{text}{padding}{fence}".replace("|", "\\|")


# --- errors ---------------------------------------------------------------------------------------------------
DIAGNOSTICS = ROOT / "tests" / "diagnostics"
CODE = re.compile(r"(?P<code>[A-Z]\d{2,3}): (?P<about>.+)")


def errors_page() -> str:
    """List every diagnostic code with what it is about."""
    about: dict[str, list[str]] = {}
    for module in pkgutil.iter_modules(messages.__path__):
        for _, function in inspect.getmembers(
            importlib.import_module(f"{messages.__name__}.{module.name}"), inspect.isfunction
        ):
            if found := CODE.match(inspect.getdoc(function) or ""):
                about.setdefault(found["code"], []).append(found["about"])
    lines = [
        "# Diagnostics",
        "",
        MADE,
        "Codes that start with E stop a rule, codes that start with L are advice, codes that start with D are about",
        "data files. A code never changes its meaning. The examples are what a test compares with.",
        "",
    ]
    for code, sentences in sorted(about.items()):
        lines += [f"## {code}", "", *(f"- {sentence}" for sentence in sorted(set(sentences))), ""]
        example = DIAGNOSTICS / f"{code}.txt"
        if example.is_file():
            lines += ["```text", example.read_text(encoding="utf-8").rstrip(), "```", ""]
    return "\n".join(lines)


# --- command line ---------------------------------------------------------------------------------------------
SETTINGS: dict[str, Any] = {**command_line.context_settings, "terminal_width": WIDTH}


def cli_page() -> str:
    """Print the help of every command."""
    lines = ["# Command line", "", MADE]
    for context in _contexts(click.Context(command_line, info_name="muster", **SETTINGS)):
        lines += [f"## {context.command_path}", "", "```text", context.get_help().rstrip(), "```", ""]
    return "\n".join(lines)


def _contexts(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None, name
            yield from _contexts(click.Context(command, parent=context, info_name=name))


# --- modules --------------------------------------------------------------------------------------------------
def modules_page() -> str:
    """Give the first sentence of every module, folder by folder."""
    lines = ["# Modules", "", MADE]
    package = ROOT / "muster"
    folders = sorted({path.parent for path in package.rglob("*.py")})
    for folder in folders:
        lines += [f"## {folder.relative_to(ROOT).as_posix()}", ""]
        if about := _first_paragraph(folder / "__init__.py"):
            lines += [about, ""]
        modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
        lines += [f"- **{path.stem}**: {_first_paragraph(path)}" for path in modules]
        lines += [""] if modules else []
    return "\n".join(lines)


def _first_paragraph(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


# --- all ------------------------------------------------------------------------------------------------------
PAGES: dict[str, Callable[[], str]] = {
    "docs/operators.md": operators_page,
    "docs/errors.md": errors_page,
    "docs/cli.md": cli_page,
    "docs/modules.md": modules_page,
}


def stale_pages() -> list[str]:
    """Name the pages whose file is not what would be written now."""
    return [
        name
        for name, make in PAGES.items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != make()
    ]


def main(arguments: list[str]) -> int:
    """Write every page, or with --check say which are stale; give the exit code."""
    if arguments == ["--check"]:
        stale = stale_pages()
        for name in stale:
            print(f"{name} is stale: run `make docs`")
        return 1 if stale else 0
    for name, make in PAGES.items():
        (ROOT / name).write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
