"""The last look at SQL before it runs: the final text is parsed again, and only what the generator can mean passes.

Kept apart from the generator, which it does not trust: a tree that looks confined can print as something else, so the
text is judged, node by node against a list of what is allowed. Anything unknown is refused as a bug of ours. It can
go wrong by allowing a node whose arguments hide more than its class says, so those are listed as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from muster.backends.base import BatchOutput, Output
from muster.backends.sql.deep import deeply
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.names import ARMS, MEMBERS, RELATION, STAGE_TABLE
from muster.compiler.diagnostics import InternalError
from muster.compiler.schema import Schema

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
        exp.Table: "this alias",
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


def check_query(sql: str, output: Output | BatchOutput, schema: Schema, dialect: SqlDialect) -> None:
    """Raise InternalError unless the text is one SELECT over the schema's tables that gives what it is to give."""
    people, named = schema.profiles, dialect.in_text
    tables = [people.table, schema.events.table, *([STAGE_TABLE] if schema.stage_log else [])]
    readable = frozenset(named(name).lower() for name in tables)
    key = named(schema.events.key) if schema.events.known_people else None
    _check_text(sql, output, _People(named(people.table), named(people.external_id), key), readable, dialect)


@dataclass(frozen=True, slots=True)
class _People:
    """The people's table, their id in it, and their key in the events where every event has a person."""

    table: str
    external_id: str
    key: str | None


@lru_cache(maxsize=2048)  # equal rules make equal text
def _check_text(
    sql: str,
    output: Output | BatchOutput,
    people: _People,
    tables: frozenset[str],
    dialect: SqlDialect,
) -> None:
    if "\0" in sql:
        raise _refused("a NUL character")
    try:
        statements = deeply(lambda: sqlglot.parse(sql, read=dialect.name))
    except (SqlglotError, RecursionError) as error:
        raise _refused("text that does not parse") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise _refused("something else than one SELECT")
    tree = statements[0]
    reads = _reads_people(tree, people) or (output == "count" and _reads_some(tree, people.key))
    if not reads or not _gives(output, tree.expressions, people.external_id):
        raise _refused("another result than people's ids or their number")
    readable = tables | _relations(tree, tables)
    allowed = _allowed(dialect)
    functions = frozenset(name.upper() for name in dialect.functions)
    for node in tree.walk():
        _check_node(node, allowed, functions)
        if isinstance(node, exp.Table) and node.name.lower() not in readable:
            raise _refused(f"the table {node.name}")
        if isinstance(node, exp.With) and node.parent is not tree:
            raise _refused("WITH inside the query")


def _reads_people(tree: exp.Select, people: _People) -> bool:
    """Tell whether a query reads the people's table, each row once: itself, or by a query whose rows are people."""
    if _has(tree, "group", "having", "distinct"):
        return False
    inner = _inner(tree)
    if inner is None:
        return _reads_rows(tree, people.table)
    ids = [each for each in inner.expressions if each.alias_or_name == people.external_id]
    if not all(_is_id(each, people.external_id) for each in ids):
        return False
    return not _has(inner, "where", "group", "having", "distinct") and _reads_rows(inner, people.table)


def _reads_rows(tree: exp.Select, table: str) -> bool:
    """Tell whether a query reads the people's table alone, or beside one relation of its own."""
    from_ = tree.args.get("from_")
    if not isinstance(from_, exp.From) or not isinstance(from_.this, exp.Table) or from_.this.name != table:
        return False
    joins = tree.args.get("joins") or []
    return all(
        isinstance(join.this, exp.Table)
        and bool(RELATION.fullmatch(join.this.name))
        and join.args.get("side") == "LEFT"
        for join in joins
    )


def _inner(tree: exp.Select) -> exp.Select | None:
    """Give the query that a query reads, if that is all it reads."""
    from_ = tree.args.get("from_")
    source = from_.this if isinstance(from_, exp.From) and not tree.args.get("joins") else None
    return source.this if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Select) else None


def _has(tree: exp.Select, *clauses: str) -> bool:
    return any(tree.args.get(clause) for clause in clauses)


def _reads_some(tree: exp.Select, key: str | None) -> bool:
    """Tell whether a query reads nothing but the keys that a query of its own gives, each once."""
    from_ = tree.args.get("from_")
    if set(filter(tree.args.get, tree.args)) - {"with_"} != {"expressions", "from_"} or not isinstance(from_, exp.From):
        return False
    people = from_.this.this if isinstance(from_.this, exp.Subquery) else None
    if (
        key is None
        or not isinstance(people, exp.Select)
        or [each.alias_or_name for each in people.expressions] != [key]
    ):
        return False
    group = people.args.get("group")
    grouping = [] if group is None else [each.name for each in group.expressions]
    return people.args.get("distinct") is not None or grouping == [key]


def _gives(output: Output | BatchOutput, columns: list[exp.Expr], external_id: str) -> bool:
    """Tell whether the columns of a query are those of its kind: ids, a number, numbers, or ids and bits."""
    match output, columns:
        case ("members", [only]):
            return _is_id(only, external_id)
        case ("count", [only]):
            return _is_number(only)
        case ("counts", [*numbers]):
            return all(map(_is_any_number, numbers))
        case ("memberships", [first, *words]):
            return _is_id(first, external_id) and all(
                isinstance(each, exp.Alias) and bool(MEMBERS.fullmatch(each.alias)) for each in words
            )
        case _:
            return False


def _is_id(node: exp.Expr, external_id: str) -> bool:
    bare = node.this if isinstance(node, exp.Alias) and node.alias == external_id else node
    return isinstance(bare, exp.Column) and bare.name == external_id


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Count) and isinstance(node.this, exp.Star)


def _is_any_number(node: exp.Expr) -> bool:
    """Tell whether it counts rows: all of them, or those of a condition."""
    if isinstance(node, exp.Coalesce):
        return isinstance(node.this, exp.CountIf)
    return _is_number(node.this if isinstance(node, exp.Filter) else node)


def _relations(tree: exp.Select, tables: frozenset[str]) -> frozenset[str]:
    """Give the names of the query's own relations, none of which may hide a table."""
    with_ = tree.args.get("with_")
    names = [] if with_ is None else [relation.alias for relation in with_.expressions]
    if len(set(names)) < len(names) or any(not RELATION.fullmatch(name) or name in tables for name in names):
        raise _refused("a relation of another name than ours")
    return frozenset(names)


@cache
def _allowed(dialect: SqlDialect) -> dict[type[exp.Expr], frozenset[str]]:
    return _ALLOWED | {node: frozenset(arguments.split()) for node, arguments in dialect.nodes.items()}


def _check_node(node: exp.Expr, nodes: Mapping[type[exp.Expr], frozenset[str]], functions: frozenset[str]) -> None:
    allowed = nodes.get(type(node))
    if allowed is None:
        raise _refused(f"a {type(node).__name__}")
    strangers = [name for name, value in node.args.items() if name not in allowed and _is_set(value)]
    if strangers or node.comments:
        raise _refused(f"{', '.join(strangers) or 'a comment'} on a {type(node).__name__}")
    for kind, is_fine in _INSIDE.items():
        if isinstance(node, kind) and not is_fine(node):
            raise _refused(f"a {type(node).__name__} that the generator does not make")
    if isinstance(node, (exp.Anonymous, exp.ParameterizedAgg)) and node.name.upper() not in functions:
        raise _refused(f"the function {node.name}")


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != []


def _is_identifier(node: exp.Expr) -> bool:
    return isinstance(node.args.get("this"), exp.Identifier)


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


_INSIDE: dict[type[exp.Expr], Callable[[exp.Expr], bool]] = {
    exp.Table: _is_identifier,
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


def _refused(what: str) -> InternalError:
    return InternalError(_STAGE, f"the SQL holds {what}, so it is not run")
