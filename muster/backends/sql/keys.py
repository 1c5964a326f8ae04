"""The keys by which two steps of a sequence are matched: the (stored kind, value) of a property's elements.

Kept apart because equality of keys is not equality of views: "1.50" and 1.5 are two keys, 1 and 1.0 are one. Where
both sides can only share one kind the key is the column itself; otherwise it is a text that begins with the kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from muster.backends.sql.events import Rows
from muster.backends.sql.names import Sql, column
from muster.backends.sql.places import Place, Scope, Views, place_of
from muster.compiler.schema import Shape
from muster.compiler.values import Kind, Path

_STORED_KINDS: tuple[Kind, ...] = ("str", "num", "bool", "time")


@dataclass(frozen=True, slots=True)
class StepKey:
    """One side of a match: a property of one step's events. `plain`: the one kind compared; None: as text."""

    scope: Scope
    place: Place
    shape: Shape | None
    plain: Kind | None

    @property
    def is_list(self) -> bool:
        """Tell whether an event can have several keys."""
        return self.shape is not None

    @property
    def is_column(self) -> bool:
        """Tell whether the key is a column as it stands."""
        return not self.is_list and self.plain is not None

    def one(self) -> Sql:
        """Read the only key of an event, or NULL."""
        return self._key(self.place.scalar) or exp.Null()

    def all(self) -> Sql:
        """Read the keys of an event as a list, which may hold NULL."""
        assert self.shape is not None
        variable = self.scope.variable
        items = column(self.place.scalar.source, self.shape.items)
        view = self._key(self.scope.views(variable, self.shape.scalars, in_lambda=True))
        return self.scope.dialect.views(self._key(self.place.scalar), items, variable, view)

    def _key(self, views: Views) -> Sql | None:
        if self.plain is not None:
            return views.view(self.plain) if self.plain in views.columns else None
        held = [kind for kind in _STORED_KINDS if kind in views.columns]
        if not held:
            return None
        # A text with other views is stored as text, so str is asked first.
        return exp.Case(
            ifs=[
                exp.If(
                    this=exp.Is(this=views.view(kind), expression=exp.Null(), negate=True),
                    true=self.scope.dialect.key_text(_STORED_KINDS.index(kind), kind, views.view(kind)),
                )
                for kind in held
            ]
        )


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The key of the step before and of the step after."""

    before: StepKey
    after: StepKey


def key_pair(path: Path, before: Rows, after: Rows) -> KeyPair | None:
    """Match two steps by a property; None where no two events can share a value."""
    sides = [_side(path, before), _side(path, after)]
    kinds = [_kinds(place, shape) for place, shape in sides]
    shared = kinds[0] & kinds[1]
    if not shared:
        return None
    plain: Kind | None = None
    if shared == {"str"}:
        plain = "str"
    elif len(shared) == 1 and kinds[0] == kinds[1]:
        (plain,) = shared
    keys = [
        StepKey(rows.scope, place, shape, plain) for rows, (place, shape) in zip((before, after), sides, strict=True)
    ]
    return KeyPair(keys[0], keys[1])


def _side(path: Path, rows: Rows) -> tuple[Place, Shape | None]:
    scope = rows.scope
    place = place_of(scope.schema.property(scope.names, path), scope.events, scope=scope)
    shape = place.shape
    return place, None if shape is None or place.single or not shape.scalars else shape


def _kinds(place: Place, shape: Shape | None) -> set[Kind]:
    return {*place.scalar.columns, *(() if shape is None else shape.scalars)}
