"""The canonical text of rules, libraries and conditions.

Apart from the parser because it is the other direction, and from the leaves because it decides lines only: one line
up to 100 columns, else one conjunct a line. What could go wrong: text that reads back as another rule. So an opposite
operator always stands in parentheses, groups that `and` and `or` cannot say are written `all of (…)`, and a note
stands right before the operand that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeGuard

from muster.compiler.rule import Condition, Group, Library, Metric, Not, ParamDecl, Rule, walk
from muster.compiler.values import Literal_
from muster.grammar.format_leaves import Segment, leaf, metric
from muster.grammar.format_values import ANYWHERE, name, quoted, value_text

WIDTH = 100
_INDENT = "  "
_JOINS = {"all": "and ", "any": "or "}

Lines = list[str]


class Operand(NamedTuple):
    """A condition as lines: its note, and the text that a leading `and` or `or` goes in front of."""

    note: Lines
    body: Lines

    def lines(self, join: str = "") -> Lines:
        """Put the note before the joining word, so that it reads as a heading."""
        return [*self.note, join + self.body[0], *self.body[1:]]


def format_rule(rule: Rule) -> str:
    """Write a rule in canonical text; parsing it gives the same rule."""
    return "\n".join([*_definitions(rule), *_whole(rule.condition, WIDTH)])


def format_condition(condition: Condition) -> str:
    """Write a condition in canonical text."""
    return "\n".join(_whole(condition, WIDTH))


def format_bare(condition: Condition) -> str:
    """Write a condition in canonical text, without a note of its own."""
    return format_condition(replace(condition, note=None))


def format_metric(drawn: Metric) -> str:
    """Write a metric in canonical text."""
    return "\n".join(_leaf(list(metric(drawn)), WIDTH))


def format_library(library: Library) -> str:
    """Write a library in canonical text."""
    blocks = ["\n".join(lines) for lines in [list(_definitions(library))] if lines]
    blocks += ["\n".join(_audience(title, condition)) for title, condition in library.audiences]
    return "\n\n".join(blocks)


# ---- files ----


def _definitions(rule: Rule | Library) -> Iterator[str]:
    for constant, value in rule.let:
        yield f"let {name(constant, ANYWHERE)} = {value_text(value)};"
    for parameter in rule.params:
        yield _param(parameter)
    for title, drawn in rule.computed:
        head = f"computed {name(title, ANYWHERE)} = "
        lines = _leaf([head, *metric(drawn), ";"], WIDTH)
        yield "\n".join(lines)


def _param(parameter: ParamDecl) -> str:
    default: Literal_ | None = parameter.default
    given = "" if default is None else f" = {value_text(default)}"
    return f"param {name(parameter.name, ANYWHERE)}: {parameter.type}{given};"


def _audience(title: str, condition: Condition) -> Lines:
    head = f"audience {quoted(title)}:"
    flat = _flat(condition)
    if flat is not None and len(head) + len(flat) + 2 <= WIDTH:
        return [f"{head} {flat};"]
    lines = _whole(condition, WIDTH - len(_INDENT))
    return [head, *_indented([*lines[:-1], f"{lines[-1]};"])]


# ---- conditions ----


def _whole(condition: Condition, room: int) -> Lines:
    """Lay a condition out where no operator stands around it."""
    if _is_infix(condition) and condition.note is None:
        flat = _flat(condition)
        if flat is not None and len(flat) <= room:
            return [flat]
        return _conjuncts(condition, room)
    return _operand(condition, None, room).lines()


def _conjuncts(group: Group, room: int) -> Lines:
    join = _JOINS[group.op]
    lines: Lines = []
    for member in group.members:
        lines += _operand(member, group, room - len(join)).lines(join if lines else "")
    return lines


def _operand(condition: Condition, around: Group | None, room: int) -> Operand:
    note = [] if condition.note is None else [_comment(line) for line in condition.note.split("\n")]
    flat = _flat_operand(condition, around)
    if flat is not None and len(flat) <= room:
        return Operand(note, [flat])
    match condition:
        case Group():
            return Operand(note, _group(condition, around, room))
        case Not():
            member = _operand(condition.member, None, room - len("not "))
            body = ["not", *member.lines()] if member.note else member.lines("not ")
            return Operand(note, body)
        case _:
            return Operand(note, _leaf(list(leaf(condition)), room))


def _group(group: Group, around: Group | None, room: int) -> Lines:
    inner = room - len(_INDENT)
    if _is_infix(group) and not _repeats(group, around):
        return ["(", *_indented(_conjuncts(group, inner)), ")"]
    members = [_operand(member, None, inner).lines() for member in group.members]
    separated = [[*lines[:-1], f"{lines[-1]},"] for lines in members[:-1]] + members[-1:]
    return [f"{group.op} of (", *_indented(line for lines in separated for line in lines), ")"]


def _leaf(segments: list[Segment], room: int) -> Lines:
    """Lay a leaf out; one that does not fit has each later step, and each long filter, on lines of its own."""
    pieces = [_flat_segment(segment) for segment in segments]
    if None not in pieces and sum(len(piece or "") for piece in pieces) <= room:
        return ["".join(piece or "" for piece in pieces)]
    lines = [""]
    for row in _rows(segments):
        step = _row(row, room - len(_INDENT))
        lines = step if lines == [""] else [*lines, *_indented([step[0].lstrip(" "), *step[1:]])]
    return lines


def _rows(segments: list[Segment]) -> list[list[Segment]]:
    """Cut a leaf before each `then`."""
    rows: list[list[Segment]] = [[]]
    for segment in segments:
        if isinstance(segment, str) and segment.startswith(" then "):
            rows.append([])
        rows[-1].append(segment)
    return rows


def _row(segments: list[Segment], room: int) -> Lines:
    pieces = [_flat_segment(segment) for segment in segments]
    short = sum(len(piece or "") for piece in pieces) <= room
    lines = [""]
    for segment, piece in zip(segments, pieces, strict=True):
        if piece is not None and (short or isinstance(segment, str) or not _is_infix(segment)):
            lines[-1] += piece
        else:
            assert not isinstance(segment, str)
            lines[-1] += "("
            lines += [*_indented(_whole(segment, room - len(_INDENT))), ")"]
    return lines


# ---- on one line ----


def _flat(condition: Condition) -> str | None:
    """Write a whole condition on one line; None if a note stands in it."""
    if any(node.note is not None for node in walk(condition)):
        return None
    if _is_infix(condition):
        return _joined(condition)
    return _flat_text(condition, None)


def _flat_segment(segment: Segment) -> str | None:
    if isinstance(segment, str):
        return segment
    return None if _flat(segment) is None else f"({_flat(segment)})"


def _flat_operand(condition: Condition, around: Group | None) -> str | None:
    inside = (node for node in walk(condition) if node is not condition)
    return None if any(node.note is not None for node in inside) else _flat_text(condition, around)


def _flat_text(condition: Condition, around: Group | None) -> str:
    if _is_infix(condition) and not _repeats(condition, around):
        return f"({_joined(condition)})"
    match condition:
        case Group():
            members = ", ".join(_flat_text(member, None) for member in condition.members)
            return f"{condition.op} of ({members})"
        case Not():
            return f"not {_flat_text(condition.member, None)}"
        case _:
            return "".join(
                segment if isinstance(segment, str) else f"({_flat(segment)})" for segment in leaf(condition)
            )


def _joined(group: Group) -> str:
    return f" {_JOINS[group.op]}".join(_flat_text(member, group) for member in group.members)


def _is_infix(condition: Condition) -> TypeGuard[Group]:
    """Tell groups that `and` or `or` can say: all and any of two members or more."""
    return isinstance(condition, Group) and condition.op in _JOINS and len(condition.members) > 1


def _repeats(group: Group, around: Group | None) -> bool:
    """Tell groups inside their own kind, which are written `all of (…)` to show that the nesting is meant."""
    return around is not None and group.op == around.op


def _comment(line: str) -> str:
    # Reading drops one carriage return before a line's end, so a line that ends in one is given a second.
    ending = "\r" if line.endswith("\r") else ""
    return f"# {line}{ending}" if line else "#"


def _indented(lines: Iterable[str]) -> Lines:
    return [_INDENT + line for line in lines]
