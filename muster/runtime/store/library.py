"""The audiences of a project as rules that can refer to each other: what compiling a rule needs of them.

Kept apart from changing them. A saved rule means the audiences that its names stood for when it was saved, whatever
they are called now; so each rule's names are replaced by those of today before it is compiled. One that was deleted
has a name of its own, under which it is nobody. Ways to go wrong, each with a test: an audience that was made anew
under the name of a deleted one, two rules that mean different audiences by one name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from muster.compiler.references import references, rename_references
from muster.compiler.rule import Rule
from muster.runtime.compilation import to_rule
from muster.runtime.ledger.audiences import AudienceRow, bindings, list_audiences
from muster.runtime.ledger.database import Connection

_SHOWN_ID = 8


@dataclass(frozen=True, slots=True)
class Library:
    """The audiences of a project at one moment: rules by name, None for those that are deleted; and each by its id."""

    rules: dict[str, Rule | None]
    rows: dict[str, AudienceRow]
    names: dict[str, str]
    bound: dict[str, dict[str, str]]

    def referring_to(self, audience_id: str) -> list[AudienceRow]:
        """Give the living audiences whose rules refer to one."""
        return [
            self.rows[each]
            for each, references_ in self.bound.items()
            if audience_id in references_.values() and self.rows[each].deleted is None and each != audience_id
        ]

    def find(self, name: str) -> str | None:
        """Give the id of the living audience that a new rule means by a name, or by an id."""
        by_name = {row.name: row.id for row in self.rows.values() if row.deleted is None}
        living = {row.id for row in self.rows.values() if row.deleted is None}
        return by_name.get(name) or (name if name in living else None)

    def bind(self, rule: Rule) -> dict[str, str]:
        """Give the audience that each name in a new rule stands for; of unknown ones compiling tells."""
        found = ((name, self.find(name)) for name in references(rule))
        return {name: audience_id for name, audience_id in found if audience_id is not None}

    def is_broken(self, audience_id: str) -> bool:
        """Tell whether a rule refers to an audience that is deleted, at any depth."""
        pending, seen = [audience_id], set[str]()
        while pending:
            each = pending.pop()
            for other in self.bound.get(each, {}).values():
                if self.rows[other].deleted is not None:
                    return True
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        return False


def read_library(connection: Connection, project_id: int) -> Library:
    """Read the audiences of a project."""
    rows = {row.id: row for row in list_audiences(connection, project_id, with_deleted=True)}
    bound = bindings(connection, project_id)
    names = {
        row.id: row.name if row.deleted is None else f"{row.name} (deleted, {row.id[:_SHOWN_ID]})"
        for row in rows.values()
    }
    rules: dict[str, Rule | None] = {}
    for row in rows.values():
        if row.deleted is not None:
            rules[names[row.id]] = None
            continue
        meant = {written: names[other] for written, other in bound.get(row.id, {}).items()}
        rules[row.name] = rename_references(_rule(row.form, row.source), meant)
    return Library(rules, rows, names, bound)


@lru_cache(maxsize=1024)
def _rule(form: str, source: str) -> Rule:
    """Read a rule as it was given; JSON is read from its text."""
    assert form in {"text", "json"}
    return to_rule(source)
