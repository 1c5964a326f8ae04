r"""Comments in SQL for people: what each test is in the rule, in the language's own words, right before the test.

Kept apart because it is the one place where something that people wrote gets into SQL outside of its values. What runs
never has a comment, and a comment never ends early: in canonical text all that is not printable is escaped, and a `*`
beside a `/` is written `\u002a`, which is the same character to the language. It could go wrong by a `*/`, by a `/*`,
which opens another comment in it on DuckDB and Postgres, and by what finds parameters in text (see `inline.TOKEN`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from muster.backends.base import Spell
from muster.backends.sql.names import Sql
from muster.compiler.expr import Conditions
from muster.compiler.messages import views as say
from muster.compiler.rule import Condition

_LINE = 80  # as wide as sqlglot lets a group of tests be
_KEY = "conditions"
_OPENS_OR_ENDS = re.compile(r"(?<=/)\*|\*(?=/)")


def tagged(tree: Sql, conditions: Conditions) -> Sql:
    """Put a tag on what some conditions of a rule have become."""
    if not conditions:
        return tree
    tag = exp.Tag(this=tree)
    tag.meta[_KEY] = conditions
    return tag


def commented(tree: Sql, text: str) -> Sql:
    """Put a comment of our own before something."""
    tag = exp.Tag(this=tree)
    tag.meta[_KEY] = (text,)
    return tag


def laid_out(tree: Sql, conditions: Conditions, write: Callable[..., str], spell: Spell | None) -> str:
    """Print a tree for people, and after it those conditions of the rule that no part of it stands for."""
    text = write(tree, pretty=True, spell=spell)
    if spell is None:
        return text
    present = {_text(each, spell) for tag in tree.find_all(exp.Tag) for each in _said(tag)}
    absent = dict.fromkeys(spelled for each in conditions if (spelled := spell(each)) not in present)
    return "\n".join([text, *(_comment(say.not_asked(each)) for each in absent)])


def commenting(spell: Spell) -> dict[type[exp.Expr], Callable[[Any, Any], str]]:
    """Give what prints trees with their comments, one line or more before each test."""

    def tag(generator: Any, node: exp.Tag) -> str:
        return f"{_before(node)}{generator.sql(node, 'this')}"

    def joined(word: str) -> Callable[[Any, Any], str]:
        def connector(generator: Any, node: exp.And | exp.Or) -> str:
            """Print a group with the word that joins a test after its comment."""
            tests: list[str] = []
            broken, width, said = False, 0, ""
            for operand in _operands(node):
                before, test = (_before(operand), operand.this) if isinstance(operand, exp.Tag) else ("", operand)
                text = generator.sql(test)
                broken, width = broken or bool(before), width + len(text)
                heading = "" if before == said else before  # some conditions are two tests, one after the other
                tests.append(f"{heading}{word} {text}" if tests else f"{heading}{text}")
                said = before
            return ("\n" if broken or width > _LINE else " ").join(tests)

        return connector

    def _before(node: exp.Tag) -> str:
        return "".join(f"{_comment(_text(each, spell))}\n" for each in _said(node))

    return {exp.Tag: tag, exp.And: joined("AND"), exp.Or: joined("OR")}


def _operands(group: exp.And | exp.Or) -> list[Sql]:
    """Give what a chain of one word joins, without recursion."""
    pending: list[Sql] = [group]
    operands: list[Sql] = []
    while pending:
        node = pending.pop()
        if type(node) is type(group):
            pending += [node.expression, node.this]
        else:
            operands.append(node)
    return operands


def _said(tag: exp.Tag) -> tuple[Condition | str, ...]:
    said: tuple[Condition | str, ...] = tag.meta[_KEY]
    return said


def _text(said: Condition | str, spell: Spell) -> str:
    return said if isinstance(said, str) else spell(said)


def _comment(text: str) -> str:
    """Write text as a comment that nothing in it can end."""
    lines = _OPENS_OR_ENDS.sub(r"\\u002a", text).split("\n")
    return "\n   ".join(["/* " + lines[0], *lines[1:]]) + " */"
