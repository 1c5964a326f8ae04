"""Runs the fenced blocks of a Markdown page, so that no example in the docs can rot.

Separate from its test, which also shows it blocks that are wrong. A page's blocks run in order in one folder and one
Python namespace:

- ```` ```csv orders.csv ````: any block whose opening line names a file is written to that file (and checked as below);
- `python`: run; with `>>>` prompts, outputs are compared as doctest does (`…` stands for anything);
- `console`: each line that starts with `$ ` is run by bash, what follows it is its output (`…` likewise);
- `muster`: rules, an empty line between them, which must parse (`muster library`: a file of named audiences);
- `json`: one rule, which must parse (`json data`: any JSON);
- `toml`, `yaml`, `csv`, `sql`: must parse; `text`: anything.

`<!-- skip: reason -->` on the line before a block leaves it out; only blocks that install something may be.
"""

from __future__ import annotations

import csv
import doctest
import io
import json
import os
import re
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
import yaml

import muster
from muster.grammar.text import parse_library

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL)
_SKIP = re.compile(r"<!-- skip: (?P<reason>[^\n]+) -->\n\Z")
_INSTALLS = re.compile(r"pip install|make (?:demo|test|check|wheel)|git clone")
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SECONDS = 120


class BrokenBlockError(Exception):
    """A block does not do what the page says."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it starts, its language, the other words of its opening line, and its text."""

    line: int
    language: str
    words: tuple[str, ...]
    body: str
    skip: str | None

    @property
    def file(self) -> str | None:
        """The file that the block is, if its opening line names one."""
        return next((word for word in self.words if "." in word), None)


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    for found in _FENCE.finditer(page):
        language, *words = found["info"].split() or [""]
        skip = _SKIP.search(page[: found.start()])
        yield Block(
            line=page.count("\n", 0, found.start()) + 1,
            language=language,
            words=tuple(words),
            body=found["body"],
            skip=skip["reason"] if skip else None,
        )


def run_page(page: str, folder: Path) -> int:
    """Run every block of a page in a folder and count them; raises BrokenBlockError at the first that fails."""
    namespace: dict[str, Any] = {}
    count = 0
    for block in blocks(page):
        try:
            _run(block, folder, namespace)
        except BrokenBlockError as error:
            message = f"line {block.line}, {block.language}: {error}"
            raise BrokenBlockError(message) from error
        count += 1
    return count


def _run(block: Block, folder: Path, namespace: dict[str, Any]) -> None:
    if block.skip is not None:
        if not _INSTALLS.search(block.body):
            raise BrokenBlockError("skipped, but it installs nothing")
        return
    if block.file is not None:
        (folder / block.file).write_text(block.body, encoding="utf-8")
    match block.language:
        case "python":
            _run_python(block, folder, namespace)
        case "console":
            _run_console(block, folder)
        case "muster" | "json" | "toml" | "yaml" | "csv" | "sql":
            _parse(block)
        case "text":
            pass
        case _:
            raise BrokenBlockError(f"unknown language {block.language!r}")


def _run_python(block: Block, folder: Path, namespace: dict[str, Any]) -> None:
    here = Path.cwd()
    os.chdir(folder)
    try:
        if ">>> " in block.body:
            _run_doctest(block, namespace)
        else:
            exec(compile(block.body, f"line {block.line}", "exec"), namespace)  # noqa: S102 (running it is the point)
    except BrokenBlockError:
        raise
    except Exception as error:
        raise BrokenBlockError(f"{type(error).__name__}: {error}") from error
    finally:
        os.chdir(here)


def _run_doctest(block: Block, namespace: dict[str, Any]) -> None:
    body = block.body.replace("…", "...")
    example = doctest.DocTestParser().get_doctest(body, namespace, f"line {block.line}", None, block.line)
    told = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=_FLAGS, verbose=False)
    if runner.run(example, out=told.write, clear_globs=False).failed:
        raise BrokenBlockError(told.getvalue())
    namespace.update(example.globs)


def _run_console(block: Block, folder: Path) -> None:
    for command, expected in _commands(block.body):
        ran = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if not _agree(expected, ran.stdout):
            raise BrokenBlockError(
                f"$ {command}\nexpected:\n{expected}\nprinted (exit {ran.returncode}):\n{ran.stdout}"
            )


def _environment() -> dict[str, str]:
    scripts = sysconfig.get_path("scripts")
    return {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PYTHONIOENCODING": "utf-8",
    }


def _commands(body: str) -> Iterator[tuple[str, str]]:
    r"""Yield each command with the output that the page shows for it; `\` at a line's end goes on."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    if parts[0].strip():
        raise BrokenBlockError("a console block starts with a line that starts with $")
    for part in parts[1:]:
        command = re.match(r"(?:.*\\\n)*.*", part)
        assert command is not None
        yield command.group(), part[command.end() :].lstrip("\n")


def _agree(expected: str, actual: str) -> bool:
    """Compare output line by line, trailing blanks aside; `…` is any text, alone on a line any lines."""
    wanted = "\n".join(line.rstrip() for line in expected.strip("\n").splitlines())
    printed = "\n".join(line.rstrip() for line in actual.strip("\n").splitlines())
    pattern = re.escape(wanted).replace("…", ".*?")
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def _parse(block: Block) -> None:
    try:
        match block.language:
            case "toml":
                tomllib.loads(block.body)
            case "yaml":
                yaml.safe_load(block.body)
            case "csv":
                _parse_csv(block.body)
            case "sql":
                sqlglot.parse_one(block.body, read="duckdb")
            case "json" if "data" in block.words:
                json.loads(block.body)
            case "json":
                muster.parse(json.loads(block.body))
            case "muster" if "library" in block.words:
                parse_library(block.body)
            case _:
                for rule in re.split(r"\n\s*\n", block.body.strip()):
                    muster.parse(rule)
    except Exception as error:
        raise BrokenBlockError(str(error)) from error


def _parse_csv(body: str) -> None:
    widths = {len(row) for row in csv.reader(io.StringIO(body))}
    if len(widths) != 1:
        raise BrokenBlockError(f"rows of {sorted(widths)} columns")
