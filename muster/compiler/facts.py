"""What passes may know of the data beyond what holds for all data: so far, which fields hold at most one value.

Apart from Schema, which says where data is stored and grows with it: a fact is declared, never observed, so it stays
true. Without a schema only what the language itself makes single is known. It could go wrong where a place that may
hold a list is taken for single; then people with several values are lost.
"""

from __future__ import annotations

from dataclasses import dataclass

from muster.compiler.expr import Field
from muster.compiler.schema import Schema
from muster.compiler.values import Path


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one project's data. `single`: traits of which a list is a mismatch, and passes no test."""

    single: frozenset[Path] = frozenset()

    def is_single(self, target: Field) -> bool:
        """Tell whether a field has at most one value."""
        return is_single_by_nature(target) or (target.scope == "trait" and target.path in self.single)


def is_single_by_nature(target: Field) -> bool:
    """Tell whether a field has at most one value whatever the data: a size, or a built-in field."""
    return target.size or target.scope == "profile"


NO_FACTS = Facts()


def facts_of(schema: Schema | None) -> Facts:
    """Give what a schema declares."""
    if schema is None:
        return NO_FACTS
    return Facts(frozenset(path for path, name in schema.profiles.traits.items() if name.single))
