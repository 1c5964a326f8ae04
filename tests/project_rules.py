"""The rules of the project that no linter knows, each a function from source text to what breaks it.

Separate from the test that applies them, so that every rule can also be shown a text that breaks it.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "muster"

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_ADR_LINES = 40
ADR_SECTIONS = ("Context", "Choice", "Rejected", "Consequence")

_SILENCER = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)\b.*")
_SILENCER_WITH_REASON = re.compile(
    r"#\s*(?:noqa:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\]|pragma:\s*no cover)"
    r".*\w{3,}"
)
_SQL = re.compile(
    r"\bSELECT\b.+\bFROM\b|\bINSERT\s+INTO\b|\bDELETE\s+FROM\b|\bCREATE\s+(?:TABLE|VIEW|SCHEMA)\b|\bUPDATE\b.+\bSET\b",
    re.DOTALL,
)
# Places of one machine, and hosts that packages come from; written so that this file does not find itself.
_PLACES = re.compile(
    r"(?<![\w.])/(?:w[o]rk|r[o]ot|h[o]me/\w+|U[s]ers/\w+|o[p]t/pypi)\b"
    r"|\bpypi[.]org|pythonhosted[.]org|registry[.]npmjs|debian[.]org|[.]pyen[v]\b",
)


def tracked_files() -> list[Path]:
    """List the files of the project: those that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def modules() -> list[Path]:
    """List the modules of the package."""
    return sorted(PACKAGE.rglob("*.py"))


@cache
def read(path: Path) -> str:
    """Give a file's text."""
    return path.read_text(encoding="utf-8")


def relative(path: Path) -> str:
    """Name a file from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


def long_functions(source: str) -> list[str]:
    """Name functions that are too long, with their length."""
    return [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    ]


def unexplained_silencers(source: str) -> list[str]:
    """Find comments that silence a tool without saying why."""
    return [
        found.group()
        for line in source.splitlines()
        if (found := _SILENCER.search(line)) and not _SILENCER_WITH_REASON.search(line)
    ]


def machine_places(text: str) -> list[str]:
    """Find paths of one machine and hosts of package registries."""
    return [found.group() for found in _PLACES.finditer(text)]


def raw_sql(source: str) -> list[str]:
    """Find string literals that hold SQL; docstrings and comments may talk about it."""
    tree = ast.parse(source)
    skipped = {id(text) for text in _docstrings(tree)}
    found: list[str] = []
    for node in ast.walk(tree):  # a formatted string comes before its pieces
        match node:
            case ast.JoinedStr(values=pieces):
                skipped.update(id(piece) for piece in pieces)
                text = "".join(str(piece.value) if isinstance(piece, ast.Constant) else "…" for piece in pieces)
            case ast.Constant(value=str(value)) if id(node) not in skipped:
                text = value
            case _:
                continue
        if _SQL.search(text):
            found.append(text)
    return found


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def names_decided_on(source: str, names: frozenset[str]) -> list[str]:
    """Find names that the code branches on: in the test of an `if` or in a `case`."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                found.extend(_names_in(test, names))
            case ast.match_case(pattern=pattern, guard=guard):
                found.extend(_names_in(pattern, names))
                if guard is not None:
                    found.extend(_names_in(guard, names))
            case _:
                pass
    return found


def _names_in(tree: ast.AST, names: frozenset[str]) -> list[str]:
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names
    ]


def adr_faults(text: str) -> list[str]:
    """Say what a decision record lacks."""
    lines = text.splitlines()
    faults = [
        f"no section {section}"
        for section in ADR_SECTIONS
        if f"## {section}" not in lines and f"**{section}.**" not in text
    ]
    if len(lines) > MAX_ADR_LINES:
        faults.append(f"{len(lines)} lines")
    if not lines or not lines[0].startswith("# "):
        faults.append("no title")
    return faults
