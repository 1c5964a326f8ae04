"""Wording of what an engine or a schema cannot do for a rule."""

from __future__ import annotations

from collections.abc import Sequence

from muster.compiler.diagnostics import Diagnostic, Origin
from muster.compiler.messages.counts import counted
from muster.compiler.spelling import closest

NO_SUCH_ENGINE = "E43"


def unsupported(construct: str, where: str, instead: str | None = None, origin: Origin | None = None) -> Diagnostic:
    """E40: a construct that the engine or the schema cannot do exactly."""
    return Diagnostic(
        "E40",
        f"{construct} cannot be answered exactly by {where}.",
        origin=origin,
        hint=instead,
    )


def no_stage_log(stage: str, origin: Origin | None) -> Diagnostic:
    """E40: a stage change is asked for, and stage changes are not recorded."""
    return unsupported(
        f"`entered lifecycle {stage}`",
        "this schema: it has no log of stage changes",
        f"The stage people are in now can be tested: lifecycle is {stage}",
        origin,
    )


def tie_order_missing(which: str, events: Sequence[str], table: str, origin: Origin | None = None) -> Diagnostic:
    """E41: first or last among events of one instant, and nothing that tells them apart."""
    named = ", ".join(f'"{event}"' for event in events) or "any event"
    return Diagnostic(
        "E41",
        f"The {which} of {named} is not certain: the table `{table}` has no column that orders events of one instant.",
        origin=origin,
        hint='A mapping can name one: order = "<column>"',
    )


def _known(name: str, known: Sequence[str]) -> str:
    near = closest(name, known, most=1)
    return f"{f'Did you mean {near[0]}? ' if near else ''}Known: {', '.join(known)}."


def unknown_engine(name: str, known: Sequence[str]) -> Diagnostic:
    """E43: an engine of this name does not exist."""
    return Diagnostic(
        NO_SUCH_ENGINE,
        f'No engine is called "{name}".',
        expected=tuple(known),
        hint=_known(name, known),
        name=name,
    )


def unknown_dialect(name: str, known: Sequence[str]) -> Diagnostic:
    """E43: a dialect of this name does not exist; `known` are those that have SQL."""
    return Diagnostic(
        NO_SUCH_ENGINE,
        f'No dialect is called "{name}".',
        expected=tuple(known),
        hint=_known(name, known),
        name=name,
    )


# --- an engine that fails while it runs --------------------------------------------------------------------------
def out_of_time(seconds: float) -> str:
    """Say that a query was stopped by its time limit."""
    return f"The query was stopped after {seconds:g} s, the time it may take."


def out_of_memory(memory_bytes: int | None) -> str:
    """Say that a query needed more memory than it may use."""
    allowed = "there is" if memory_bytes is None else f"the {memory_bytes / 1_000_000:,.0f} MB it may use"
    return f"The query needs more memory than {allowed}."


def too_many_rows(rows: int) -> str:
    """Say that a query found more people than it may return."""
    return f"The query found more than {counted(rows, 'person', 'people')}, as many as it may return."


def failed(engine: str, text: str) -> str:
    """Say that an engine failed, in its own words."""
    return f"{engine} failed: {text.strip().splitlines()[0] if text.strip() else 'no reason given'}"


def no_such_table(name: str, known: Sequence[str]) -> str:
    """Say that rows were meant for a table that does not exist."""
    return f'There is no table "{name}"; rows can be appended to {", ".join(known)}.'


def file_changed(name: str) -> str:
    """Say that a file that is queried in place is not the one it was."""
    return f"{name} changed while it was being queried. Run again when nothing writes to it."


def not_installed(package: str, extra: str) -> str:
    """Say which package an engine needs, and how it comes: from a checkout, since "muster" is another on PyPI."""
    return (
        f"This engine needs the package {package}, which is not installed. "
        f"In a checkout of Muster: pip install '.[{extra}]'"
    )


def holds_no_projects(name: str, holders: Sequence[str]) -> str:
    """Say that a store cannot be kept on an engine."""
    return f'A store cannot be kept on "{name}"; it can on {", ".join(f"{each}:" for each in holders)}'


def no_folder_for_projects(location: str) -> str:
    """Say that the place of a store's engine is a folder."""
    return f'The engine of a store keeps a file for each project in a folder; "{location}" is none. Make it first.'


def file_in_use(path: str) -> str:
    """Say that a file cannot be replaced while somebody reads it."""
    return f'The file "{path}" cannot be replaced by its copy: it is still being read. Nothing has changed; try again.'
