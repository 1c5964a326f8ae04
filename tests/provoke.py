"""How to provoke the diagnostics of each stage from a file in tests/diagnostics.

A file is a rule as it would be written, after directive lines such as `# stage: library` and `# schema: demo`. To add
a stage, write a function from the text and the directives to the diagnostics that it gives, and enter it in STAGES.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from muster.compiler.diagnostics import Diagnostic, RuleError
from muster.grammar.text import parse, parse_library

Directives = Mapping[str, str]
Stage = Callable[[str, Directives], tuple[Diagnostic, ...]]

EXAMPLES = Path(__file__).parent / "diagnostics"


@dataclass(frozen=True, slots=True)
class Example:
    """One file: the code that its name begins with, its directives, and the text below them."""

    path: Path
    code: str
    directives: Directives
    text: str

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Provoke what the file is about."""
        return STAGES[self.directives.get("stage", "text")](self.text, self.directives)


def text_stage(text: str, _: Directives) -> tuple[Diagnostic, ...]:
    """Parse one rule."""
    return refused_by(lambda: parse(text))


def library_stage(text: str, _: Directives) -> tuple[Diagnostic, ...]:
    """Parse a file of audiences."""
    return refused_by(lambda: parse_library(text))


def refused_by(attempt: Callable[[], object]) -> tuple[Diagnostic, ...]:
    """Give the diagnostics of the RuleError that an attempt raises; none if it succeeds."""
    try:
        attempt()
    except RuleError as error:
        return error.diagnostics
    return ()


# Each stage by the name that `# stage:` gives it; rules are parsed as text where nothing is said.
STAGES: dict[str, Stage] = {"text": text_stage, "library": library_stage}


def examples() -> list[Example]:
    """Read every example, in order of name."""
    return [read_example(path) for path in sorted(EXAMPLES.glob("*.rule"))]


def read_example(path: Path) -> Example:
    """Split a file into its directives and its text; the last line break is the file's, not the rule's."""
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    directives: dict[str, str] = {}
    while lines and lines[0].startswith(("# stage:", "# schema:")):
        key, _, value = lines.pop(0).removeprefix("# ").partition(":")
        directives[key] = value.strip()
    return Example(path, path.stem.partition("-")[0], directives, "\n".join(lines))
