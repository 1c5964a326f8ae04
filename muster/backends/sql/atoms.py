"""The tests of values as SQL conditions: one function a test, for scalars and for the items of lists alike.

Kept apart because here the meaning of every value test of `compiler/expr.py` becomes SQL. It can go wrong where one
element must satisfy two bounds at once, where a list stands beside a scalar of the same name, and where a test under
NOT meets a value that is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import assert_never

from sqlglot import exp

from muster.backends.sql.calls import integer
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render, whole
from muster.backends.sql.names import Sql, column
from muster.backends.sql.params import MANY, never_after_as_of
from muster.backends.sql.places import TIME_FIELDS, Place, Scope, Views
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import (
    And,
    Compare,
    ComparePair,
    Const,
    Constant,
    ElementTest,
    Expr,
    Field,
    FieldTest,
    HasKind,
    IsBlank,
    IsList,
    Matches,
    Not,
    OneOf,
    Or,
    Ordering,
    Present,
    Range,
    TextTest,
    ValueTest,
)
from muster.compiler.regex import fold_case
from muster.compiler.schema import Shape
from muster.compiler.values import Kind

PAIR_KINDS: tuple[Kind, ...] = ("num", "time", "bool", "str")
OPERATORS: dict[Ordering, type[exp.EQ | exp.LT | exp.LTE | exp.GT | exp.GTE]] = {
    "eq": exp.EQ,
    "lt": exp.LT,
    "lte": exp.LTE,
    "gt": exp.GT,
    "gte": exp.GTE,
}
ViewTest = Compare | Range | OneOf | TextTest | Matches | HasKind


def where_condition(expr: Expr, scope: Scope) -> Condition:
    """Give a condition on an event or an element."""
    match expr:
        case Const(value):
            return value
        case And(args):
            return all_of(*(where_condition(arg, scope) for arg in args))
        case Or(args):
            return any_of(*(where_condition(arg, scope) for arg in args))
        case Not(arg):
            return negate(where_condition(arg, scope))
        case FieldTest(target, test):
            return field_test(target, test, scope)
        case ElementTest():
            return element_test(expr, scope)
        case _:
            raise InternalError("sql", f"{type(expr).__name__} inside a condition on one record")


def field_test(target: Field, test: ValueTest, scope: Scope) -> Condition:
    """Test the value of a field."""
    place = scope.place(target)
    if target.scope == "profile" and target.path[0] in TIME_FIELDS and place.scalar.columns:
        # The guard is a test of the same column, so one of the two may say what the other says.
        if isinstance(test, Present):
            return place.guard
        if _ends_by_as_of(test):
            return place_test(Place(place.scalar), test, scope)
    return place_test(place, test, scope)


def place_test(place: Place, test: ValueTest, scope: Scope) -> Condition:
    """Test the value of a place; a place whose guard is not true is missing."""
    passed = _unguarded(place, test, scope)
    return passed if place.guard is True or passed is False else whole(all_of(place.guard, passed))


def _ends_by_as_of(test: ValueTest) -> bool:
    """Tell whether a test of a time passes only before as_of anyway."""
    match test:
        case Compare("lt", Constant(kind="time", value=end)) | Range("time", _, Constant(value=end), False):
            return not isinstance(end, (str, bool, Decimal)) and never_after_as_of(end)
        case _:
            return False


def _unguarded(place: Place, test: ValueTest, scope: Scope) -> Condition:
    shape = place.shape
    match test:
        case Present():
            stored = () if shape is None else (is_set(place.scalar.source, shape.stored),)
            return any_of(*map(place.scalar.has, place.scalar.columns), *stored)
        case IsList():
            return False if shape is None else is_set(place.scalar.source, shape.size)
        case IsBlank():
            return any_of(_is_empty_text(place.scalar, scope), _is_empty_list(place, shape))
        case ComparePair(op, other):
            theirs = scope.place(other)
            met = some_element(place, scope, lambda mine, inner: _pairs(op, mine, theirs, inner))
            return met if met is False else all_of(theirs.guard, met)
        case _:
            return some_element(place, scope, lambda views, _: _view_test(views, test, scope))


def some_element(place: Place, scope: Scope, test: Callable[[Views, Scope], Condition]) -> Condition:
    """Test the scalar or, where the name held lists, some item; `test` gets the scope it stands in."""
    scalar = test(place.scalar, scope) if place.scalar.columns else False
    if place.shape is None or place.single or not place.shape.scalars:
        return scalar
    views = scope.views(scope.variable, place.shape.scalars, in_lambda=True)
    return any_of(scalar, some_item(place.scalar.source, place.shape, scope, test(views, scope.deeper())))


def some_item(source: str, shape: Shape, scope: Scope, test: Condition) -> Condition:
    """Say that some item of a list passes a test on the scope's next variable."""
    dialect, variable = scope.dialect, scope.variable
    match test:
        case False:
            return False
        case True:
            return Leaf(lambda: dialect.has_items(column(source, shape.items)))
        case _:
            return Leaf(lambda: dialect.some_item(column(source, shape.items), variable, render(test)))


def element_test(atom: ElementTest, scope: Scope) -> Condition:
    """Test that some, or every, element of a list or object satisfies a condition on its fields."""
    place = scope.place(atom.target)
    shape = place.shape
    if shape is None:
        return atom.every
    item = scope.variable
    where = where_condition(atom.where, scope.inside(shape.element))
    nested = Leaf(lambda: column(item, shape.nested))
    if atom.every:
        return negate(some_item(place.scalar.source, shape, scope, any_of(nested, negate(where))))
    if not _needs_a_field(atom.where):
        where = all_of(where, negate(nested))
    return some_item(place.scalar.source, shape, scope, where)


def _needs_a_field(where: Expr) -> bool:
    """Tell whether a condition is surely false of an element without fields, such as a list inside the list."""
    match where:
        case FieldTest():
            return True
        case ElementTest(every=every):
            return not every
        case And(args):
            return any(_needs_a_field(arg) for arg in args)
        case Or(args):
            return all(_needs_a_field(arg) for arg in args)
        case _:
            return where == Const(value=False)


def is_set(source: str, name: str) -> Leaf:
    """Test that a column is not NULL."""
    return Leaf(lambda: exp.Is(this=column(source, name), expression=exp.Null(), negate=True), total=True)


def _is_empty_text(views: Views, scope: Scope) -> Condition:
    if "str" not in views.columns:
        return False
    return Leaf(lambda: exp.EQ(this=views.view("str"), expression=scope.parameters.value("str", "")))


def _is_empty_list(place: Place, shape: Shape | None) -> Condition:
    if shape is None:
        return False
    return Leaf(lambda: exp.EQ(this=column(place.scalar.source, shape.size), expression=integer(0)))


# --- one element ------------------------------------------------------------------------------------------------
def _view_test(views: Views, test: ViewTest, scope: Scope) -> Condition:
    """Test one value by its views; a kind that never occurred has no view, so the test is false."""
    kind = _tested_kind(test)
    if kind not in views.columns:
        return False
    parameters, dialect = scope.parameters, scope.dialect
    match test:
        case Compare(op, operand):
            return Leaf(lambda: OPERATORS[op](this=views.view(kind), expression=parameters.constant(operand)))
        case Range(low=None, high=None) | HasKind():
            return views.has(kind)
        case Range(low=low, high=high, closed=closed):
            return range_test(lambda: views.view(kind), low, high, parameters.constant, closed=closed)
        case OneOf(values=values) if len(values) > MANY:
            return Leaf(
                lambda: dialect.is_among(views.view(kind), parameters.values(kind, values), in_lambda=views.in_lambda)
            )
        case OneOf(values=values):
            return Leaf(
                lambda: exp.In(this=views.view(kind), expressions=[parameters.value(kind, each) for each in values])
            )
        case TextTest("equals", needle, False):
            return Leaf(lambda: exp.EQ(this=views.view(kind), expression=parameters.value("str", needle)))
        case TextTest():
            return Leaf(lambda: dialect.text_passes(views.view(kind), test, parameters))
        case Matches(pattern, ignore_case):
            regex = fold_case(pattern) if ignore_case else pattern
            return Leaf(lambda: dialect.matches(views.view(kind), regex, parameters))
        case _:
            assert_never(test)


def _tested_kind(test: ViewTest) -> Kind:
    match test:
        case Compare(operand=operand):
            return operand.kind
        case Range(kind=kind) | OneOf(kind=kind) | HasKind(kind=kind):
            return kind
        case _:
            return "str"


def range_test(
    value: Callable[[], Sql],
    low: Constant | None,
    high: Constant | None,
    operand: Callable[[Constant], Sql],
    *,
    closed: bool,
) -> Condition:
    """Test low <= value < high, or <= high when closed, as one test."""
    if low is not None and high is not None and closed:
        return Leaf(lambda: exp.Between(this=value(), low=operand(low), high=operand(high)))
    above = True if low is None else Leaf(lambda: exp.GTE(this=value(), expression=operand(low)))
    end = exp.LTE if closed else exp.LT
    below = True if high is None else Leaf(lambda: end(this=value(), expression=operand(high)))
    return whole(all_of(above, below))


# --- two elements -----------------------------------------------------------------------------------------------
def _pairs(op: Ordering, mine: Views, theirs: Place, scope: Scope) -> Condition:
    return some_element(
        Place(theirs.scalar, theirs.shape, theirs.single), scope, lambda other, _: _pair(op, mine, other)
    )


def _pair(op: Ordering, mine: Views, theirs: Views) -> Condition:
    """Compare two values in the first kind of PAIR_KINDS that both have a view of."""
    kinds = [kind for kind in PAIR_KINDS if kind in mine.columns and kind in theirs.columns]
    while kinds and kinds[-1] == "bool" and op != "eq":
        kinds.pop()
    if not kinds:
        return False
    if len(kinds) == 1:
        return Leaf(lambda: _compare_views(op, mine, theirs, kinds[0]))
    return Leaf(lambda: _by_first_kind(op, mine, theirs, kinds))


def _by_first_kind(op: Ordering, mine: Views, theirs: Views, kinds: list[Kind]) -> Sql:
    branches = [
        exp.If(
            this=render(all_of(mine.has(kind), theirs.has(kind))),
            true=_compare_views(op, mine, theirs, kind),
        )
        for kind in kinds[:-1]
    ]
    return exp.Case(ifs=branches, default=_compare_views(op, mine, theirs, kinds[-1]))


def _compare_views(op: Ordering, mine: Views, theirs: Views, kind: Kind) -> Sql:
    if kind == "bool" and op != "eq":
        return exp.Boolean(this=False)
    return OPERATORS[op](this=mine.view(kind), expression=theirs.view(kind))
