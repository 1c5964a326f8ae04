"""Which nodes the text of a query may hold, and what may be set on each: the list that the query check goes by.

Kept apart from the check, which looks at a query as a whole. It could go wrong by allowing a node whose arguments hide
more than its class says, so those are listed as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from sqlglot import exp

from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.names import ARMS, VARIABLE
from muster.compiler.diagnostics import InternalError

Rules = Mapping[type[exp.Expr], Callable[[exp.Expr], bool]]
_STAGE = "query check"
_PARAMETER = re.compile(r"p[0-9]+")
_NUMBER = re.compile(r"[0-9]+")

# Node -> the arguments that may be set; what is inside them is looked at in turn. A dialect adds its own.
_ALLOWED: dict[type[exp.Expr], frozenset[str]] = {
    node: frozenset(arguments.split())
    for node, arguments in {
        # queries
        exp.Select: "with_ distinct expressions from_ joins where group having order",
        exp.With: "expressions",
        exp.CTE: "this alias",
        exp.From: "this",
        exp.Table: "this db alias",
        exp.TableAlias: "this columns",
        exp.Subquery: "this alias",
        exp.Union: "this expression",
        exp.Join: "this on method side",
        exp.Where: "this",
        exp.Group: "expressions",
        exp.Having: "this",
        exp.Order: "expressions",
        exp.Ordered: "this nulls_first",
        exp.Alias: "this alias",
        # values
        exp.Identifier: "this quoted",
        exp.Column: "this table",
        exp.Dot: "this expression",
        exp.Placeholder: "this",
        exp.Literal: "this is_string",
        exp.Boolean: "this",
        exp.Null: "",
        exp.Tuple: "expressions",
        exp.Array: "expressions",
        exp.Cast: "this to",
        exp.DataType: "this nested",
        exp.Case: "ifs default",
        exp.If: "this true",
        exp.Add: "this expression",
        exp.Sub: "this expression",
        exp.Mul: "this expression",
        exp.Mod: "this expression",
        exp.IntDiv: "this expression",
        # conditions
        exp.And: "this expression",
        exp.Or: "this expression",
        exp.Not: "this",
        exp.Paren: "this",
        exp.EQ: "this expression",
        exp.NEQ: "this expression",
        exp.LT: "this expression",
        exp.LTE: "this expression",
        exp.GT: "this expression",
        exp.GTE: "this expression",
        exp.NullSafeNEQ: "this expression",
        exp.Is: "this expression negate",
        exp.In: "this expressions query",
        exp.Between: "this low high",
        # functions
        exp.Anonymous: "this expressions",
        exp.Coalesce: "this expressions",
        exp.Concat: "expressions safe coalesce",
        exp.Count: "this big_int",
        exp.Distinct: "expressions",
        exp.EndsWith: "this expression",
        exp.Filter: "this expression",
        exp.Lambda: "this expressions colon",
        exp.Max: "this",
        exp.Min: "this",
        exp.Least: "this expressions ignore_nulls",
        exp.RegexpLike: "this expression full_match",
        exp.Star: "",
        exp.StartsWith: "this expression",
        exp.StrPosition: "this substr",
        exp.Substring: "this start length",
        exp.Sum: "this",
        exp.Transform: "this expression",
        exp.Translate: "this from_ to",
    }.items()
}


@cache
def allowed(dialect: SqlDialect) -> dict[type[exp.Expr], frozenset[str]]:
    """Give the nodes of a rule's query."""
    return _ALLOWED | _by_node(dialect.nodes)


@cache
def allowed_of_own(dialect: SqlDialect) -> dict[type[exp.Expr], frozenset[str]]:
    """Give the nodes of what reads somebody else's tables."""
    return allowed(dialect) | _by_node(dialect.own.nodes)


def _by_node(arguments: Mapping[type[exp.Expr], str]) -> dict[type[exp.Expr], frozenset[str]]:
    return {node: frozenset(names.split()) for node, names in arguments.items()}


def check_node(
    node: exp.Expr,
    nodes: Mapping[type[exp.Expr], frozenset[str]],
    functions: frozenset[str],
    inside: Rules,
) -> None:
    """Raise InternalError for a node, an argument or a function that no generator makes."""
    known = nodes.get(type(node))
    if known is None:
        raise refused(f"a {type(node).__name__}")
    strangers = [name for name, value in node.args.items() if name not in known and _is_set(value)]
    if strangers or node.comments:
        raise refused(f"{', '.join(strangers) or 'a comment'} on a {type(node).__name__}")
    for kind, is_fine in inside.items():
        if isinstance(node, kind) and not is_fine(node):
            raise refused(f"a {type(node).__name__} that the generator does not make")
    if (
        isinstance(node, (exp.Anonymous, exp.ParameterizedAgg, exp.CombinedAggFunc))
        and node.name.upper() not in functions
    ):
        raise refused(f"the function {node.name}")


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != []


def _is_identifier(node: exp.Expr) -> bool:
    return isinstance(node.args.get("this"), exp.Identifier)


def _has_fields(node: exp.Expr) -> bool:
    """Tell whether it is a value or a variable: before another name stands what a function or table is of."""
    return isinstance(node, exp.Paren) or (isinstance(node, exp.Identifier) and bool(VARIABLE.fullmatch(node.name)))


def _is_counted_or_one(node: exp.Expr) -> bool:
    """Tell whether it is what rows are counted by, or all columns of the one row that a join looks for."""
    return isinstance(node.parent, exp.Count) or _is_looked_for(node.parent)


def _is_looked_for(node: exp.Expr | None) -> bool:
    """Tell whether a query is asked again for each row of another one, as a join to the nearest event is."""
    return isinstance(node, exp.Select) and node.parent is not None and isinstance(node.parent.parent, exp.Lateral)


def _is_known_distinct(node: exp.Expr) -> bool:
    """Tell whether it counts a value's kinds, or leaves the people of a scan that are counted."""
    select = node.parent
    return not isinstance(select, exp.Select) or (
        not node.expressions and len(select.expressions) == 1 and isinstance(select.parent, exp.Subquery)
    )


def _is_known_literal(node: exp.Expr) -> bool:
    if node.args.get("is_string"):
        return isinstance(node.parent, exp.DataTypeParam) and node.name == "UTC"
    return bool(_NUMBER.fullmatch(node.name))


def _is_known_join(node: exp.Expr) -> bool:
    if node.args.get("kind") == "ARRAY":
        return node.args.get("on") is None and all(
            isinstance(each, exp.Alias) for each in [node.this, *node.expressions]
        )
    return (
        isinstance(node.args.get("on"), exp.Expr)
        and not node.expressions
        and {node.args.get("method"), node.args.get("kind")} <= {None, "", "ASOF"}
        and node.args.get("side") in {None, "LEFT"}
    )


def _is_known_type(node: exp.Expr) -> bool:
    if isinstance(node.parent, (exp.Placeholder, exp.DataType)):
        return True  # of a parameter, whose value the server reads by it
    return node.args.get("this") in {exp.DType.UBIGINT, exp.DType.DECIMAL}


INSIDE: Rules = {
    exp.Table: lambda node: _is_identifier(node) and not node.alias_column_names,
    exp.Dot: lambda node: isinstance(node.expression, exp.Identifier) and _has_fields(node.this),
    exp.Collate: lambda node: isinstance(node.expression, exp.Identifier) and node.expression.name == "C",
    exp.Extract: lambda node: isinstance(node.this, exp.Var) and node.name == "EPOCH",
    exp.Column: _is_identifier,
    exp.Star: _is_counted_or_one,
    exp.Limit: lambda node: _is_looked_for(node.parent),
    exp.Distinct: _is_known_distinct,
    exp.Literal: _is_known_literal,
    exp.Placeholder: lambda node: bool(_PARAMETER.fullmatch(node.name)),
    exp.Join: _is_known_join,
    exp.CTE: lambda node: isinstance(node.this, exp.Select),
    exp.Subquery: lambda node: (
        isinstance(node.this, exp.Select) or (isinstance(node.this, exp.Union) and node.alias == ARMS)
    ),
    exp.Union: lambda node: not node.args.get("distinct") and isinstance(node.parent, (exp.Subquery, exp.Union)),
    exp.DataType: _is_known_type,
    exp.Var: lambda node: isinstance(node.parent, (exp.Placeholder, exp.Extract)),
}
_OWN_TYPES = frozenset(
    {
        *(
            exp.DType.BIGINT,
            exp.DType.BOOLEAN,
            exp.DType.DECIMAL,
            exp.DType.DOUBLE,
            exp.DType.INTERVAL,
            exp.DType.JSONB,
        ),
        *(exp.DType.TEXT, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.DATETIME64),
    }
)


def _is_known_type_of_own(node: exp.Expr) -> bool:
    if isinstance(node.parent, (exp.Placeholder, exp.DataType)):
        return True
    return node.args.get("this") in _OWN_TYPES


# What reads somebody else's tables has types and stars of its own.
INSIDE_OWN: Rules = {kind: is_fine for kind, is_fine in INSIDE.items() if kind not in {exp.Star, exp.Union}} | {
    exp.DataType: _is_known_type_of_own,
    exp.AtTimeZone: lambda node: isinstance(node.args.get("zone"), (exp.Literal, exp.Placeholder)),
    exp.CTE: lambda node: isinstance(node.this, (exp.Select, exp.Union)),
    exp.Union: lambda node: not node.args.get("distinct"),
    exp.Literal: lambda node: not node.args.get("is_string") or node.name == "UTC",
    exp.Subquery: lambda node: isinstance(node.this, (exp.Select, exp.Union)),
    exp.Var: lambda node: node.name == "NFC" or isinstance(node.parent, exp.Placeholder),
}


def refused(what: str) -> InternalError:
    """Refuse to run a query."""
    return InternalError(_STAGE, f"the SQL holds {what}, so it is not run")
