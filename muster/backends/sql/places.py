"""Where a field's values are: columns of a table, entries of its maps, or fields of a list's item, as the Schema says.

Kept apart so that the tests of values need not know which scope a field has. A place that the Schema lacks has no
columns, and every test of it folds to false. It could go wrong by reading one scope's name from another's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from sqlglot import exp

from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.logic import Condition, Leaf, negate
from muster.backends.sql.names import PEOPLE, Sql, column
from muster.backends.sql.params import Parameters
from muster.compiler.expr import And, ComparePair, ElementTest, Expr, Field, FieldTest, Not, Or
from muster.compiler.moments import AS_OF
from muster.compiler.schema import Held, Name, Record, Schema, Shape
from muster.compiler.values import Kind

_NOTHING: Mapping[Kind, Held] = {}
Read = Callable[[str, Held], Sql]
_FIELD_KINDS: Mapping[str, Kind] = {
    "external_id": "str",
    "is_anonymous": "bool",
    "first_seen": "time",
    "last_seen": "time",
    "created_at": "time",
    "lifecycle_stage": "str",
}
TIME_FIELDS = frozenset(name for name, kind in _FIELD_KINDS.items() if kind == "time")


@dataclass(frozen=True, slots=True)
class Views:
    """The views of one value: a column, a map's entry or an item's field, for each kind it can have."""

    source: str
    columns: Mapping[Kind, Held]
    read: Read
    in_lambda: bool = False

    def view(self, kind: Kind) -> Sql:
        """Read the view of a kind there is."""
        return self.read(self.source, self.columns[kind])

    def has(self, kind: Kind) -> Leaf:
        """Test that the view of a kind there is is not NULL."""
        return Leaf(lambda: exp.Is(this=self.view(kind), expression=exp.Null(), negate=True), total=True)


@dataclass(frozen=True, slots=True)
class Place:
    """A field in SQL: its scalar's views and the columns of its lists. `guard` false or NULL: it is missing."""

    scalar: Views
    shape: Shape | None = None
    single: bool = False
    guard: Condition = True


@dataclass(frozen=True, slots=True)
class Scope:
    """What is in sight: the schema, the engine, and the alias or variable under which each kind of field is found.

    `among`: what must be true of an event's person for the event to be read at all.
    """

    schema: Schema
    dialect: SqlDialect
    parameters: Parameters
    people: str = PEOPLE
    events: str = ""
    names: tuple[str, ...] = ()
    item: str = ""
    fields: Record = field(default_factory=dict)
    depth: int = 0
    among: Condition = True

    @property
    def variable(self) -> str:
        """Name the variable of the next lambda inside."""
        return "x" if self.depth == 0 else f"x_{self.depth + 1}"

    def read(self, source: str, held: Held) -> Sql:
        """Read a column, or an entry of a map, whose key is a value like any other."""
        if isinstance(held, str):
            return column(source, held)
        return self.dialect.map_entry(column(source, held.column), self.parameters.value("str", held.key))

    def views(self, source: str, columns: Mapping[Kind, Held], *, in_lambda: bool = False) -> Views:
        """Give the views of one value."""
        return Views(source, columns, self.read, in_lambda)

    def inside(self, fields: Record) -> Scope:
        """Look at the item of a list, whose fields are these."""
        return replace(self.deeper(), item=self.variable, fields=fields)

    def deeper(self) -> Scope:
        """Stand inside one more lambda, looking at what is around it."""
        return replace(self, depth=self.depth + 1)

    def place(self, target: Field) -> Place:
        """Find a field."""
        match target.scope:
            case "profile":
                return self._profile_field(target)
            case "trait":
                name, source = self.schema.trait(target.path), self.people
            case "property":
                name, source = self.schema.property(self.names, target.path), self.events
            case "element":
                name, source = self.fields.get(target.path, Name()), self.item
            case _:
                assert_never(target.scope)
        return place_of(name, source, scope=self, size=target.size, in_lambda=target.scope == "element")

    def _profile_field(self, target: Field) -> Place:
        fields = self.schema.profiles.fields
        (name,) = target.path
        held = fields.get(name)
        if held is None and name == "is_anonymous" and not target.size:
            return Place(Views(self.people, {"bool": name}, lambda *_: exp.Boolean(this=False)))  # nobody is
        if held is None or target.size:
            return Place(self.views(self.people, _NOTHING))
        guard: Condition = True
        if name in TIME_FIELDS:
            guard = Leaf(lambda: exp.LT(this=column(self.people, held), expression=self.parameters.time(AS_OF)))
        elif name == "external_id" and "is_anonymous" in fields:
            guard = negate(Leaf(lambda: column(self.people, fields["is_anonymous"])))
        return Place(self.views(self.people, {_FIELD_KINDS.get(name, "num"): held}), guard=guard)


def place_of(name: Name, source: str, *, scope: Scope, size: bool = False, in_lambda: bool = False) -> Place:
    """Give a name of the schema, or its size, as a place in a table or item."""
    if size:
        columns: Mapping[Kind, Held] = _NOTHING if name.shape is None else {"num": name.shape.size}
        return Place(scope.views(source, columns, in_lambda=in_lambda))
    return Place(scope.views(source, name.columns, in_lambda=in_lambda), name.shape, name.single)


def mentions_people(expr: Expr) -> bool:
    """Tell whether a condition on events looks at traits or profile fields too."""
    match expr:
        case FieldTest(target, test):
            fields = (target, test.other) if isinstance(test, ComparePair) else (target,)
            return any(looked_at.scope in {"trait", "profile"} for looked_at in fields)
        case ElementTest(target, where):
            return target.scope in {"trait", "profile"} or mentions_people(where)
        case And(args) | Or(args):
            return any(mentions_people(arg) for arg in args)
        case Not(arg):
            return mentions_people(arg)
        case _:
            return False
