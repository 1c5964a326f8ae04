"""How to provoke the diagnostics of each stage from a file in tests/diagnostics.

A file is a rule as it would be written, after directive lines such as `# stage: library` and `# schema: demo`. To add
a stage, write a function from the text and the directives to the diagnostics that it gives, and enter it in STAGES.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from muster.backends.base import EventRow, ProfileRow
from muster.backends.tables import Catalogue
from muster.compiler.diagnostics import Diagnostic, RuleError
from muster.compiler.outside import outside
from muster.compiler.pipeline import check_rule, compile_rule
from muster.compiler.resolve import DELETED, Surroundings
from muster.compiler.schema import Schema
from muster.compiler.skipped_times import skipped_times
from muster.grammar import json_rule
from muster.grammar.text import parse, parse_library
from muster.runtime.clock import to_clock
from muster.runtime.compilation import compile_query, to_rule

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


def json_stage(text: str, _: Directives) -> tuple[Diagnostic, ...]:
    """Load one rule from JSON."""
    return refused_by(lambda: json_rule.load(text))


def check_stage(text: str, directives: Directives) -> tuple[Diagnostic, ...]:
    """Check one rule: what stops it, or what it may not mean."""
    found: list[Diagnostic] = []
    stopped = refused_by(
        lambda: found.extend(check_rule(to_rule(text), _around(directives), name=directives.get("name")))
    )
    return stopped or tuple(found)


def compile_stage(text: str, directives: Directives) -> tuple[Diagnostic, ...]:
    """Compile one rule in text to SQL."""
    return refused_by(
        lambda: compile_query(
            text,
            directives.get("dialect", "duckdb"),
            schema=_around(directives).schema,
            as_of=directives.get("as_of"),
            timezone=directives.get("timezone", "UTC"),
        )
    )


def clock_stage(text: str, directives: Directives) -> tuple[Diagnostic, ...]:
    """Look at the windows of one rule under a clock."""
    around = _around(directives)
    assert around.schema is not None
    compiled = compile_rule(to_rule(text), around)
    clock = to_clock(directives["as_of"], directives.get("timezone", "UTC"))
    found = outside(compiled.lowered, around.schema.stats.times, clock)
    return compiled.placed((*found, *skipped_times(compiled.lowered, clock)))


def _around(directives: Directives) -> Surroundings:
    """Give what a rule may refer to: `# schema: demo`, `# params: {…}`, `# audiences: {"VIP": "ltv > 1000"}`."""
    audiences = json.loads(directives.get("audiences", "{}"))
    return Surroundings(
        schema=SCHEMAS[directives["schema"]]() if "schema" in directives else None,
        params=json.loads(directives.get("params", "{}")),
        audiences={name: DELETED if rule is None else parse(rule) for name, rule in audiences.items()},
    )


def demo_schema() -> Schema:
    """Give the catalogue of a small shop with many events: what the examples of E08, E09, E12 and the lints name."""
    catalogue = Catalogue()
    catalogue.observe_profiles(
        ProfileRow(
            number,
            f"u{number}",
            traits={"plan": "Pro", "seats": "many" if number < 2 else number, "tags": ["beta"]},
        )
        for number in range(100)
    )
    catalogue.observe_events(
        [
            EventRow(1, "purchase", 0, "p", {"amount": 1}),
            EventRow(1, "purchase_failed", 0, "f"),
            EventRow(1, "login", 0, "l"),
        ]
    )
    catalogue.declare(("seats",), single=True)
    schema = catalogue.schema()
    counts = {"purchase": 1_200_000, "purchase_failed": 34_000, "login": 12}
    return replace(schema, stats=replace(schema.stats, events=counts, profiles=120))


def no_order_schema() -> Schema:
    """Give a catalogue of events without message ids."""
    catalogue = Catalogue()
    catalogue.observe_events([EventRow(1, "payment", 0, "", {"status": "failed"})])
    return catalogue.schema(order=None)


SCHEMAS: dict[str, Callable[[], Schema]] = {"demo": demo_schema, "no_order": no_order_schema}
_KEYS = ("stage", "schema", "params", "audiences", "name", "dialect", "as_of", "timezone")

# Each stage by the name that `# stage:` gives it; rules are parsed as text where nothing is said.
STAGES: dict[str, Stage] = {
    "text": text_stage,
    "library": library_stage,
    "json": json_stage,
    "check": check_stage,
    "compile": compile_stage,
    "clock": clock_stage,
}


def examples() -> list[Example]:
    """Read every example, in order of name."""
    return [read_example(path) for path in sorted(EXAMPLES.glob("*.rule"))]


def read_example(path: Path) -> Example:
    """Split a file into its directives and its text; the last line break is the file's, not the rule's."""
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    directives: dict[str, str] = {}
    while lines and lines[0].startswith(tuple(f"# {key}:" for key in _KEYS)):
        key, _, value = lines.pop(0).removeprefix("# ").partition(":")
        directives[key] = value.strip()
    return Example(path, path.stem.partition("-")[0], directives, "\n".join(lines))
