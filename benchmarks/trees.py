"""Audiences as small trees, from which come Muster's rule text and the SQL to compare with.

Kept apart from both, so that they cannot differ in what they ask. The SQL in a leaf is what an analyst writes for the
managed tables; it could go wrong where a value that is missing makes a negation NULL, hence `may_be_missing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Trait:
    """A test of one trait. `name`, `how` and `values` are for shapes that keep traits elsewhere than in columns."""

    name: str
    how: Literal["=", "in", ">", ">=", "has"]
    values: tuple[str | int, ...]

    @property
    def rule(self) -> str:
        """Give the rule text."""
        value = self.values[0] if self.name == "signup" else self.listed('"')
        return f"{self.name} {self.how} {value}"

    def listed(self, quote: str) -> str:
        """Give the values as they are written, a list in parentheses."""
        written = [f"{quote}{each}{quote}" if isinstance(each, str) else str(each) for each in self.values]
        return f"({', '.join(written)})" if self.how == "in" else written[0]

    @property
    def may_be_missing(self) -> bool:
        """Tell whether people may lack it."""
        return self.name in {"plan", "ltv"}


@dataclass(frozen=True, slots=True)
class Did:
    """People with some events in the last days: one, several, or those whose `amount` adds up to more."""

    event: str
    days: int
    at_least: int = 1
    category: str = ""
    url_prefix: str = ""
    spent_over: int | None = None

    @property
    def rule(self) -> str:
        """Give the rule text."""
        where = f' where (category = "{self.category}")' if self.category else ""
        where += f' where (url starts with "{self.url_prefix}")' if self.url_prefix else ""
        if self.spent_over is not None:
            return f"sum(amount) of {self.event}{where} in last {self.days} days > {self.spent_over}"
        often = f" at least {self.at_least} times" if self.at_least > 1 else ""
        return f"did {self.event}{where}{often} in last {self.days} days"

    @property
    def is_existence(self) -> bool:
        """Tell whether one event is enough."""
        return self.at_least == 1 and self.spent_over is None


@dataclass(frozen=True, slots=True)
class Then:
    """People with one event in the last days and another within some days of it."""

    first: str
    then: str
    within: int
    days: int

    @property
    def rule(self) -> str:
        """Give the rule text."""
        return f"did {self.first} in last {self.days} days then {self.then} within {self.within} days"


@dataclass(frozen=True, slots=True)
class Weekly:
    """People with an event in so many of the last weeks."""

    event: str
    weeks: int
    need: int

    @property
    def rule(self) -> str:
        """Give the rule text."""
        return f"did {self.event} in at least {self.need} of the last {self.weeks} weeks"


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some of them."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everyone else."""

    part: Tree


EventLeaf = Did | Then | Weekly
Tree = Trait | Did | Then | Weekly | And | Or | Not


def both(*parts: Tree) -> And:
    """Join by AND."""
    return And(parts)


def either(*parts: Tree) -> Or:
    """Join by OR."""
    return Or(parts)


def rule_text(tree: Tree) -> str:
    """Write a tree as a rule."""
    match tree:
        case And(parts):
            return f"all of ({', '.join(map(rule_text, parts))})"
        case Or(parts):
            return f"any of ({', '.join(map(rule_text, parts))})"
        case Not(part):
            return f"not ({rule_text(part)})"
        case _:
            return tree.rule


def event_leaves(tree: Tree) -> list[EventLeaf]:
    """Give the tests of events in a tree, each once."""
    return list(dict.fromkeys(leaf for leaf in _leaves(tree) if not isinstance(leaf, Trait)))


def _leaves(tree: Tree) -> Iterator[Trait | EventLeaf]:
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield tree
