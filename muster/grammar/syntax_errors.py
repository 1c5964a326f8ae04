"""Every problem of a text that does not parse: stops at each, repairs it if its fix is plain, and looks on.

Apart from the parser because it runs only when a rule is wrong. The grammar itself stays free of rules for mistakes;
a text is mended and parsed again instead, which finds more problems and proves each fix at once. What could go wrong:
endless repairs (each must bring the parser further, and there is a budget), places that no longer fit the text as it
was sent (edits are kept and undone).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lark import UnexpectedInput, UnexpectedToken

from muster.compiler.diagnostics import MAX_DIAGNOSTICS, Diagnostic, Span
from muster.grammar.broken_condition import broken_condition
from muster.grammar.pieces import reading
from muster.grammar.situation import Finding, Situation, situation, statement_at
from muster.grammar.syntax_causes import cause_of

# Characters to parse before giving up the search for further problems and better explanations.
_BUDGET = 128 * 1024

Parse = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class _Edit:
    """A repair: where it stands in the text as mended so far, and which finding it belongs to."""

    start: int
    removed: int
    added: int
    finding: int


class _Search:
    """The search for all problems of one text."""

    def __init__(self, source: str, parse: Parse) -> None:
        self._source = source
        self._parse = parse
        self._text = source
        self._edits: list[_Edit] = []
        self._budget = _BUDGET
        self._skipped = False
        self._found: list[Diagnostic] = []
        self._lost: list[Diagnostic] = []  # reported about a part that was skipped later

    def run(self) -> tuple[Diagnostic, ...]:
        """Collect syntax problems, and whatever the grammar's rules report about the parts that parsed."""
        reported: tuple[Diagnostic, ...] = ()
        reached = -1
        while len(self._found) < MAX_DIAGNOSTICS:
            error, reported = self._attempt(self._text)
            if error is None:
                break
            here = self._situation(error)
            finding = cause_of(here)
            if here.at.start <= reached or self._edit_under(finding.diagnostic) is not None:
                self._withdraw(-1)
                break
            reached = here.at.start
            if self._is_consequence(here, finding, reported):
                break
            finding = _spaced(finding, self._text)
            self._found.append(self._in_source(finding.diagnostic))
            if not self._repair(finding, here, reported):
                break
        about_the_source = self._about_the_source(reported)
        return (*self._found, *self._lost, *about_the_source)

    def _about_the_source(self, reported: tuple[Diagnostic, ...]) -> list[Diagnostic]:
        """Keep what is wrong with the text as it was sent; what is wrong with a repair speaks against that repair."""
        kept = []
        for diagnostic in reported:
            edit = self._edit_under(diagnostic)
            if edit is None:
                kept.append(self._in_source(diagnostic))
            else:
                self._withdraw(edit.finding)
        return kept

    def _attempt(self, text: str) -> tuple[UnexpectedInput | None, tuple[Diagnostic, ...]]:
        self._budget -= len(text)
        with reading() as told:
            try:
                self._parse(text)
            except UnexpectedInput as error:
                return error, tuple(told.problems)
        return None, tuple(told.problems)

    def _reach(self, text: str) -> int:
        if self._budget < 0:
            return -1
        error, _ = self._attempt(text)
        if error is None:
            return len(text) + 1
        return len(text) if _at_end(error) else _position(error)

    def _situation(self, error: UnexpectedInput) -> Situation:
        self._budget -= len(self._text)
        stopped: Any = error.interactive_parser
        accepts: frozenset[str] = frozenset(stopped.accepts())
        return situation(self._text, None if _at_end(error) else _position(error), accepts, self._reach)

    def _is_consequence(self, here: Situation, finding: Finding, reported: tuple[Diagnostic, ...]) -> bool:
        """Tell an end that comes too early only because of what was found just before it."""
        if finding.diagnostic.code != "E06" or not here.before:
            return False
        ends = [d.origin.end for d in reported if isinstance(d.origin, Span)]
        return self._skipped or here.previous.end in ends

    def _repair(self, finding: Finding, here: Situation, reported: tuple[Diagnostic, ...]) -> bool:
        span = finding.diagnostic.origin
        if finding.repair is None or self._budget < 0:
            return self._skip_condition(here, reported) or self._skip_statement(here)
        assert isinstance(span, Span)
        self._replace(span, finding.repair, here)
        return True

    def _replace(self, span: Span, by: str, here: Situation) -> None:
        self._edits.append(_Edit(span.start, span.end - span.start, len(by), len(self._found) - 1))
        self._text = here.replaced(span, by)

    def _skip_condition(self, here: Situation, reported: tuple[Diagnostic, ...]) -> bool:
        """Put a plain condition in the place of the one that is beyond repair, to look at those after it."""
        found = None if self._budget < 0 else broken_condition(here)
        if found is None:
            return False
        span, by = found
        lost = (each for each in reported if isinstance(each.origin, Span) and _is_within(each.origin, span))
        self._lost += [self._in_source(each) for each in lost if self._edit_under(each) is None]
        self._replace(span, by, here)
        return True

    def _skip_statement(self, here: Situation) -> bool:
        """Blank out the statement that is beyond repair, to look at those after it."""
        if self._budget < 0:
            return False
        start, end = statement_at(self._text, here.at.start, here.at.start)
        if end is None:
            return False
        blank = "".join(character if character == "\n" else " " for character in self._text[start:end])
        self._text = self._text[:start] + blank + self._text[end:]
        self._skipped = True
        return True

    def _withdraw(self, finding: int) -> None:
        """Take back a fix that did not make a rule."""
        if self._found:
            self._found[finding] = replace(self._found[finding], fix=None)

    def _edit_under(self, diagnostic: Diagnostic) -> _Edit | None:
        span = diagnostic.origin
        if not isinstance(span, Span):
            return None
        over = (edit for edit in self._edits if edit.start < span.end and span.start < edit.start + edit.added)
        return next(over, None)

    def _in_source(self, diagnostic: Diagnostic) -> Diagnostic:
        span = diagnostic.origin
        if not isinstance(span, Span) or not self._edits:
            return diagnostic
        return replace(diagnostic, origin=Span(self._original(span.start), self._original(span.end, end=True)))

    def _original(self, at: int, *, end: bool = False) -> int:
        for edit in reversed(self._edits):
            if at >= edit.start + edit.added:
                at += edit.removed - edit.added
            elif at > edit.start:
                at = edit.start + edit.removed if end else edit.start
        return at


def find_all(source: str, parse: Parse) -> tuple[Diagnostic, ...]:
    """Give every problem of a text that `parse` refuses."""
    return _Search(source, parse).run()


def _spaced(finding: Finding, text: str) -> Finding:
    """Keep a replacement apart from the words beside it."""
    diagnostic, repair = finding
    span = diagnostic.origin
    if repair is None or not isinstance(span, Span):
        return finding
    left, right = text[: span.start][-1:], text[span.end :][:1]
    before = " " if _is_word(left) and _is_word(repair[:1]) else ""
    after = " " if _is_word(right) and _is_word(repair[-1:]) else ""
    fix = None if diagnostic.fix is None else f"{before}{diagnostic.fix}{after}"
    return Finding(replace(diagnostic, fix=fix), f"{before}{repair}{after}")


def _is_within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_word(character: str) -> bool:
    return character.isalnum() or character in ("_", "$")


def _at_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


def _position(error: UnexpectedInput) -> int:
    at: Any = error.pos_in_stream
    return int(at or 0)
