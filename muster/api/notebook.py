"""`%load_ext muster` in IPython and Jupyter: `%%audience` runs the rule in a cell and gives its members as a DataFrame.

Kept apart from the command line, whose options it takes (`%%audience NAME --db URL --map FILE --as-of DATE …`). It
could go wrong by a traceback where a rule is wrong: what Muster refuses on purpose is printed, and nothing is given.
"""

from __future__ import annotations

import shlex
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, cast

import click

from muster.api.commands.data import engine_options, opened
from muster.api.options import data_options, surroundings_options
from muster.api.output import print_diagnostics, print_problem
from muster.compiler.diagnostics import MusterError, RuleError
from muster.compiler.messages import notebook as say
from muster.runtime.errors import ChoiceError

_FRAMES = ("pandas", "polars")
_COLUMN = "external_id"


class Shell(Protocol):
    """What is used of IPython's shell."""

    user_ns: dict[str, Any]

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None:
        """Make a function a magic."""


def load_ipython_extension(shell: Shell) -> None:
    """Register `%%audience`."""

    def audience(line: str, cell: str) -> Any:
        """Give the members of the rule in this cell; `%%audience --help` shows the options."""
        return run_cell(line, cell, shell.user_ns)

    shell.register_magic_function(audience, "cell", "audience")


def run_cell(line: str, cell: str, names: dict[str, Any]) -> Any:
    """Run a cell; gives a DataFrame with the column external_id, None after an error that was printed.

    The frame is also kept in `names` under the name that the line begins with, if it begins with one.
    """
    try:
        found = _audience.main(
            shlex.split(line), prog_name="%%audience", standalone_mode=False, obj=cell.strip() or None
        )
    except RuleError as error:
        print_diagnostics(error.diagnostics, as_json=False)
    except MusterError as error:
        print_problem("audience", str(error), as_json=False)
    except click.ClickException as error:
        print_problem("usage", error.format_message(), as_json=False)
    except ValueError as error:  # of shlex: quotes that do not close
        print_problem("usage", str(error), as_json=False)
    else:
        if isinstance(found, tuple):
            name, frame = cast("tuple[str | None, Any]", found)
            names |= {} if name is None else {name: frame}
            return frame
    return None


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", required=False)
@click.option("--frame", type=click.Choice(_FRAMES), help="Whose DataFrame (default: pandas, or else polars).")
@surroundings_options
@data_options
@engine_options
@click.pass_context
def _audience(ctx: click.Context, /, name: str | None, frame: str | None, **given: Any) -> tuple[str | None, Any]:
    """Give the members of the rule in this cell as a DataFrame, kept as NAME if one is given."""
    if name is not None and not name.isidentifier():
        raise click.UsageError(say.no_variable(name))
    library = _library(frame)
    given |= {"rule": ctx.obj, "file": None, "name": None, "as_json": False}
    with opened(given) as evaluation:
        ids = evaluation.members()
    return name, library.DataFrame({_COLUMN: ids.to_pylist()})


def _library(wanted: str | None) -> Any:
    """Import what makes DataFrames."""
    found = next((each for each in ((wanted,) if wanted else _FRAMES) if find_spec(each) is not None), None)
    if found is None:
        raise ChoiceError(say.no_frames(wanted))
    return import_module(found)
