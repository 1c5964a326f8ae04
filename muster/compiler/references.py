"""Which audiences a rule names, and the same rule with other names for them.

Kept apart from resolving, which looks names up: who keeps rules binds a name to an audience once, when the rule is
saved, and an audience can be called otherwise by the time that it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from muster.compiler.rule import AudienceRef, Condition, Group, Not, Rule


def references(rule: Rule) -> tuple[str, ...]:
    """Give the names of the audiences that a rule refers to, each once, as they are written."""
    return tuple(dict.fromkeys(_names(rule.condition)))


def rename_references(rule: Rule, names: Mapping[str, str]) -> Rule:
    """Call the audiences that a rule refers to by other names; those that are not in `names` keep theirs."""
    return replace(rule, condition=_renamed(rule.condition, names))


def _names(condition: Condition) -> Iterator[str]:
    match condition:
        case AudienceRef(name=name):
            yield name
        case Group(members=members):
            for member in members:
                yield from _names(member)
        case Not(member=member):
            yield from _names(member)
        case _:
            pass


def _renamed(condition: Condition, names: Mapping[str, str]) -> Condition:
    match condition:
        case AudienceRef(name=name):
            return replace(condition, name=names.get(name, name))
        case Group(members=members):
            return replace(condition, members=tuple(_renamed(member, names) for member in members))
        case Not(member=member):
            return replace(condition, member=_renamed(member, names))
        case _:
            return condition
