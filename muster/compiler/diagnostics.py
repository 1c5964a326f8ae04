"""What can be said about a rule, and where: spans, JSON pointers, diagnostics and the errors that carry them.

Kept apart from the wording (`messages.py`) and the drawing (`render.py`), so that every stage can
report a problem without knowing how it will be shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

Severity = Literal["error", "warning", "info"]

MAX_DIAGNOSTICS = 20
_LINE = 120  # a longer rule is not shown again


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets, 0-based, in a rule's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pointer:
    """A JSON Pointer (RFC 6901) into a rule's JSON form; "" is the whole document."""

    path: str

    def child(self, key: str | int) -> Pointer:
        """Point at one member of what this points at."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return Pointer(f"{self.path}/{escaped}")


Origin = Span | Pointer


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: its code, where it is, what was found and what would work.

    `fix` is a replacement for exactly the text under `origin`, set only where applying it gives a rule
    that is certain to parse; `suggestions` are whole rules that run or, to JSON, names that fit in the place. `within`
    names the text that it is about where there are several: a file, "second rule".
    """

    code: str
    message: str
    severity: Severity = "error"
    origin: Origin | None = None
    expected: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    hint: str | None = None
    fix: str | None = None
    source: str | None = field(default=None, compare=False)
    name: str | None = None
    within: str | None = None


class MusterError(Exception):
    """Base of every error that Muster raises on purpose."""


class RuleError(MusterError):
    """A rule, or what it was given, is wrong; `.diagnostics` says each problem (at least one)."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(
            "\n".join(f"{d.code}{f' ({d.within})' if d.within else ''}: {d.message}" for d in self.diagnostics)
        )


class InternalError(MusterError):
    """A broken invariant: our bug, never the rule's."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(f"{message} (stage: {stage}). This is a bug in Muster; please report the rule that caused it.")
        self.stage = stage


class Collector:
    """Gathers diagnostics of one stage so that all problems of a rule are told together."""

    def __init__(self, source: str | None = None) -> None:
        self._source = source
        self._found: dict[Diagnostic, None] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic once, with the rule's text."""
        attached = diagnostic if diagnostic.source is not None else replace(diagnostic, source=self._source)
        self._found.setdefault(attached)

    @property
    def is_full(self) -> bool:
        """Tell whether as many were found as will be told, so that no more need to be well worded."""
        return len(self._found) >= MAX_DIAGNOSTICS

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found, in order of place, at most MAX_DIAGNOSTICS; with a fix also the mended rule."""
        return _told(self._found)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Only what stops the rule."""
        return _told(found for found in self._found if found.severity == "error")

    def raise_errors(self) -> None:
        """Raise RuleError if anything found is an error."""
        errors = self.errors
        if errors:
            raise RuleError(errors)


def _told(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Order what was found, and finish the few that are told: each mended rule is a text as long as the rule."""
    told: dict[Diagnostic, None] = {}
    for diagnostic in sorted(found, key=_place):
        if len(told) == MAX_DIAGNOSTICS:
            break
        told.setdefault(_with_mended_rule(diagnostic))
    return tuple(told)


def _with_mended_rule(diagnostic: Diagnostic) -> Diagnostic:
    """Show the rule with its fix in place; a fix for a name is one only where the place is just that name."""
    source, fix, span = diagnostic.source, diagnostic.fix, diagnostic.origin
    if source is None or fix is None or diagnostic.suggestions or not isinstance(span, Span):
        return diagnostic
    if diagnostic.name is not None and source[span.start : span.end].strip("\"'`$") != diagnostic.name:
        return replace(diagnostic, fix=None)
    mended = source[: span.start] + fix + source[span.end :]
    return diagnostic if len(mended) > _LINE or "\n" in mended else replace(diagnostic, suggestions=(mended,))


def _place(diagnostic: Diagnostic) -> tuple[int, int, str]:
    match diagnostic.origin:
        case Span(start, _):
            return (0, start, "")
        case Pointer(path):
            return (0, 0, path)
        case None:
            return (1, 0, "")
