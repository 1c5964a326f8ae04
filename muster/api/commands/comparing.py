"""The part of `muster check` that is about two rules: how they are given, what is asked, and what came of it.

Exit codes are told apart as everywhere, with one more: UNKNOWN, so that what was not found out never looks like a yes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from muster.api.options import Seconds, choose_rule, read_params
from muster.api.output import print_diagnostics
from muster.compiler.messages import comparison as say
from muster.compiler.messages.comparison import Answer, Question
from muster.compiler.schema import Schema
from muster.grammar.json_dump import write_json
from muster.runtime.compilation import surroundings, telling_where

if TYPE_CHECKING:
    from muster.runtime.comparison import Side

_Command = TypeVar("_Command", bound=Callable[..., Any])
UNKNOWN = 4
_EXIT_CODES: Mapping[Answer, int] = {"yes": 0, "no": 1, "unknown": UNKNOWN}


def comparison_options(command: _Command) -> _Command:
    """Add a second rule, what to ask about the two, and how long to search."""
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option(
            "--max-seconds", type=Seconds(), default=30, show_default=True, help="Search no longer than that."
        ),
        click.option(
            "--tries", type=click.IntRange(min=1), default=2_000, show_default=True, help="How many people to try."
        ),
        click.option("--seed", type=int, default=1, show_default=True, help="The same seed tries the same people."),
        click.option("--other-name", help="Which audience of --other-file, or of --file."),
        click.option("--other-file", type=existing, help="Read OTHER from a file."),
        click.option("--overlap", is_flag=True, help="Can anybody be in both rules?"),
        click.option("--equivalent", is_flag=True, help="Do both rules have the same members?"),
        click.option("--subset", is_flag=True, help="Is everybody in RULE also in OTHER?"),
        click.argument("other", required=False),
    ):
        command = option(command)
    return command


def question_asked(given: Mapping[str, Any]) -> Question | None:
    """Give what is asked about two rules, None if nothing is; raises a usage error where that is unclear."""
    asked: list[Question] = [question for question in get_args(Question) if given[question]]
    if len(asked) > 1:
        raise click.UsageError(say.one_question())
    has_other = given["other"] or given["other_file"] or given["other_name"]
    if not asked and (has_other or (given["rule"] and given["file"])):
        raise click.UsageError(
            say.no_question() if has_other else "Give a rule as an argument or with --file, one of the two."
        )
    return asked[0] if asked else None


def compare_rules(question: Question, given: Mapping[str, Any], open_schema: Callable[[], Schema | None]) -> int:
    """Read two rules, ask the question, tell the verdict, and give the exit code; raises what reading rules raises."""
    from muster.api.verdicts import verdict_json, verdict_text  # noqa: PLC0415 (a check of one rule loads no evaluator)
    from muster.runtime.clock import to_clock  # noqa: PLC0415 (see above)
    from muster.runtime.comparison import compare  # noqa: PLC0415 (see above)
    from muster.runtime.search.walk import Effort  # noqa: PLC0415 (see above)

    sides = choose_two(given)
    around = surroundings(schema=open_schema(), params=read_params(given["params"]), strict=given["strict"])
    verdict = compare(
        question,
        sides,
        around,
        to_clock(given["as_of"], given["timezone"]),
        Effort(given["tries"], given["max_seconds"], given["seed"]),
    )
    print_diagnostics(verdict.warnings, as_json=given["as_json"])
    click.echo(write_json(verdict_json(verdict)) if given["as_json"] else verdict_text(verdict))
    return _EXIT_CODES[verdict.answer]


def choose_two(given: Mapping[str, Any]) -> tuple[Side, Side]:
    """Read both rules; the second may refer to the audiences of the first one's file unless it has its own."""
    from muster.runtime.comparison import Side  # noqa: PLC0415 (see above)

    rule, file, name = given["rule"], given["file"], given["name"]
    other, other_file, other_name = given["other"], given["other_file"], given["other_name"]
    if file is not None and other is None:
        rule, other = None, rule  # the one argument is the second rule
    if other_name is not None and other_file is None and other is None:
        other_file = file
    if other is None and other_file is None:
        raise click.UsageError(say.two_rules())
    one, another = (
        within if path is None else str(path) for within, path in zip(say.SIDES, (file, other_file), strict=True)
    )
    with telling_where(one):
        first = choose_rule(rule, file, name)
    with telling_where(another):
        second = choose_rule(other, other_file, other_name)
    audiences = second.audiences or first.audiences
    return Side(first.rule, first.audiences, first.name, one), Side(second.rule, audiences, second.name, another)
