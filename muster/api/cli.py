"""The `muster` command: its groups, and what becomes of errors.

Exit codes: 0 fine; 1 the rule or the input is wrong (diagnostics on stderr, as JSON with --json); 2 usage: options that
do not go together, data that was not named, an engine or dialect that does not exist; 3 the store, the engine or the
system failed; 4 what was asked about two rules is not known (1: the answer is no). A rule that is wrong never shows a
traceback.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version

import click

from muster.api.output import print_diagnostics, print_problem
from muster.backends.base import EngineError
from muster.compiler.diagnostics import MusterError, RuleError
from muster.compiler.messages import data
from muster.compiler.messages import store as say
from muster.compiler.messages.engine import NO_SUCH_ENGINE
from muster.runtime.errors import BadRowError, ChoiceError, DataError, InputError, StoreError

WRONG_INPUT = 1
USAGE = 2
ENGINE_FAILED = 3


# Where each command is: its module and its name there. Only the one that was asked for is imported.
COMMANDS = {
    "check": ("rules", "check"),
    "compile": ("rules", "compile_command"),
    "convert": ("rules", "convert"),
    "copy": ("copying", "copy"),
    "count": ("data", "count"),
    "demo": ("demo", "demo"),
    "explain": ("data", "explain"),
    "fmt": ("rules", "fmt"),
    "keys": ("keys", "keys"),
    "load": ("data", "load"),
    "members": ("data", "members"),
    "project": ("project", "project"),
    "schema": ("schema", "schema"),
    "test": ("testing", "test"),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"muster.api.commands.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that arguments begin with; an option that is given twice would silently count once."""
        name, command, rest = super().resolve_command(ctx, args)
        for option in () if command is None else command.params:
            if isinstance(option, click.Option) and not (option.multiple or option.is_flag):
                given = [each for each in _before_end(rest) if each.partition("=")[0] in option.opts]
                if len(given) > 1:
                    raise click.UsageError(say.given_twice(option.opts[-1]), ctx)
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; errors that Muster raises on purpose become messages and exit codes."""
        try:
            return super().invoke(ctx)
        except RuleError as error:
            print_diagnostics(error.diagnostics, as_json=_wants_json())
            ctx.exit(USAGE if {found.code for found in error.diagnostics} == {NO_SUCH_ENGINE} else WRONG_INPUT)
        except ChoiceError as error:
            print_problem("usage", str(error), as_json=_wants_json())
            ctx.exit(USAGE)
        except click.UsageError as error:
            if not _wants_json():
                raise  # click shows the usage too
            print_problem("usage", error.format_message(), as_json=True)
            ctx.exit(USAGE)
        except MusterError as error:
            code, message, exit_code = _told(error)
            print_problem(code, message, as_json=_wants_json())
            ctx.exit(exit_code)
        except BrokenPipeError:
            raise  # whoever read the output has had enough; click ends quietly
        except OSError as error:
            where = "the system" if error.filename is None else str(error.filename)
            print_problem("system", say.system_failure(where, error.strerror or str(error)), as_json=_wants_json())
            ctx.exit(ENGINE_FAILED)


def _told(error: MusterError) -> tuple[str, str, int]:
    """Give the code, the message and the exit code of an error that is not about a place in a rule."""
    match error:
        case ChoiceError():
            return "usage", str(error), USAGE
        case BadRowError():
            return error.code, f"{error}\n{data.or_left_out()}", WRONG_INPUT
        case DataError():
            return error.code, str(error), WRONG_INPUT
        case InputError():
            return "input", str(error), WRONG_INPUT
        case StoreError():
            return "store", str(error), ENGINE_FAILED
        case EngineError():
            return error.limit or "engine", str(error), ENGINE_FAILED
        case _:
            return "internal", str(error), ENGINE_FAILED


def _before_end(args: list[str]) -> list[str]:
    return args[: args.index("--")] if "--" in args else args


def _wants_json() -> bool:
    # The option belongs to the sub-command, whose context is gone when its error arrives here.
    return "--json" in sys.argv[1:]


_EPILOG = """\b
Exit codes:
  0  fine
  1  the rule or the data is wrong; a rule test failed; not formatted
  2  the command line is wrong, or names no data, or an engine that does not exist
  3  the store, the engine or the system failed
"""


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(version("muster"), prog_name="muster")
def main() -> None:
    """Audiences: say once who belongs, get the same answer from every engine."""
