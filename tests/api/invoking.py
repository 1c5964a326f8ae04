"""Running the command line inside a test: its output, its errors and its exit code."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

from click.testing import CliRunner

from muster.api.cli import main


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


def muster(*arguments: str) -> Outcome:
    """Run `muster` with arguments; an exception that is not an exit is the test's failure."""
    with patch("sys.argv", ["muster", *arguments]):
        result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    return Outcome(result.exit_code, result.stdout, result.stderr)
