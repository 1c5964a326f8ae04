"""The last look at SQL before it runs: the final text is parsed again, and only what the generator can mean passes.

Kept apart from the generator, which it does not trust: a tree that looks confined can print as something else, so the
text is judged, node by node against a list of what is allowed (`check_nodes.py`). Anything unknown is refused as a bug
of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from muster.backends.base import AnyOutput
from muster.backends.sql.check_names import check_name, columns_of, given_names
from muster.backends.sql.check_nodes import INSIDE, INSIDE_OWN, Rules, allowed, allowed_of_own, check_node, refused
from muster.backends.sql.deep import deeply
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.names import MEMBERS, RELATION, STAGE_TABLE
from muster.backends.sql.own import EVENTS_SETTLED, PEOPLE_SETTLED, settled
from muster.compiler.own_tables import OwnTables, Table
from muster.compiler.schema import EventTable, ProfileTable, Schema


def check_query(sql: str, output: AnyOutput, schema: Schema, dialect: SqlDialect) -> None:
    """Raise InternalError unless the text is one SELECT over the schema's tables that gives what it is to give."""
    schema, named = settled(schema, dialect), dialect.in_text
    people, events = schema.profiles, schema.events
    tables: list[Table] = [_in_full(people), _in_full(events)]
    if schema.stage_log:
        tables.append((STAGE_TABLE,))
    readable = frozenset(_table_id(each, named) for each in tables)
    key = named(events.key) if events.known_people else None
    own = _NO_OWN if schema.own is None else _own(schema.own, people.table, events.table, named)
    of_people = _People(named(people.table), named(people.external_id), key)
    known = replace(own, ours=readable, columns=columns_of(schema, dialect))
    _check_text(sql, output, of_people, known, dialect)


_TableId = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Readable:
    """The tables and columns that a query may read; tables of somebody else's only in relations of these names."""

    relations: frozenset[str] = frozenset()
    theirs: frozenset[_TableId] = frozenset()
    ours: frozenset[_TableId] = frozenset()
    columns: frozenset[str] = frozenset()


_NO_OWN = _Readable()


def _in_full(ours: ProfileTable | EventTable) -> Table:
    return (ours.table,) if ours.namespace is None else (ours.namespace, ours.table)


def _table_id(table: Table, named: Callable[[str], str]) -> _TableId:
    """Give what tells a table apart, as its name stands in the text."""
    namespace = named(table[0]).lower() if len(table) > 1 else ""
    return namespace, named(table[-1]).lower()


def _own(own: OwnTables, people: str, events: str, named: Callable[[str], str]) -> _Readable:
    made = {EVENTS_SETTLED: events, PEOPLE_SETTLED: people}
    relations = frozenset(name for part, name in made.items() if part not in own.settled)
    return _Readable(relations, frozenset(_table_id(source.table, named) for source in own.sources()))


@dataclass(frozen=True, slots=True)
class _People:
    """The people's table, their id in it, and their key in the events where every event has a person."""

    table: str
    external_id: str
    key: str | None


@lru_cache(maxsize=2048)  # equal rules make equal text
def _check_text(
    sql: str,
    output: AnyOutput,
    people: _People,
    readable: _Readable,
    dialect: SqlDialect,
) -> None:
    if "\0" in sql:
        raise refused("a NUL character")
    try:
        statements = deeply(lambda: sqlglot.parse(sql, read=dialect.name))
    except (SqlglotError, RecursionError) as error:
        raise refused("text that does not parse") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        raise refused("something else than one SELECT")
    tree = statements[0]
    reads = _reads_people(tree, people) or (output == "count" and _reads_some(tree, people.key))
    if output != "rows" and (not reads or not _gives(output, tree.expressions, people.external_id)):
        raise refused("another result than people's ids or their number")
    sources, named = given_names(tree)
    look = partial(check_name, sources=sources, known=readable.columns | named)
    tables = readable.ours | _take_own(tree, readable, dialect, look)
    tables |= _relations(tree, tables)
    _check_nodes(tree, tables, allowed(dialect), frozenset(name.upper() for name in dialect.functions), look=look)


def _check_nodes(
    tree: exp.Expr,
    readable: frozenset[_TableId],
    nodes: Mapping[type[exp.Expr], frozenset[str]],
    functions: frozenset[str],
    *,
    look: Callable[[exp.Expr], None],
    inside: Rules = INSIDE,
) -> None:
    for node in tree.walk():
        check_node(node, nodes, functions, inside)
        look(node)
        if isinstance(node, exp.Table) and (node.catalog or (node.db.lower(), node.name.lower()) not in readable):
            raise refused(f"the table {node.name}")
        if isinstance(node, exp.With) and node.parent is not tree:
            raise refused("WITH inside the query")


def _take_own(
    tree: exp.Select, readable: _Readable, dialect: SqlDialect, look: Callable[[exp.Expr], None]
) -> frozenset[_TableId]:
    """Check the relations that read somebody else's tables, take them out of the query, and give their names."""
    with_ = tree.args.get("with_")
    if with_ is None:
        return frozenset()
    functions = frozenset(name.upper() for name in dialect.functions | dialect.own.functions)
    taken = [each for each in with_.expressions if each.alias in readable.relations]
    for relation in taken:
        if len(set(map(_alias, with_.expressions))) < len(with_.expressions):
            raise refused("two relations of one name")
        _check_nodes(relation, readable.theirs, allowed_of_own(dialect), functions, look=look, inside=INSIDE_OWN)
        relation.pop()
    if not with_.expressions:
        tree.set("with_", None)
    return frozenset(("", each.alias.lower()) for each in taken)


def _alias(relation: exp.Expr) -> str:
    return str(relation.alias)


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


def _gives(output: AnyOutput, columns: list[exp.Expr], external_id: str) -> bool:
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


def _relations(tree: exp.Select, tables: frozenset[_TableId]) -> frozenset[_TableId]:
    """Give the names of the query's own relations, none of which may hide a table."""
    with_ = tree.args.get("with_")
    names = [] if with_ is None else [relation.alias for relation in with_.expressions]
    made = frozenset(("", name.lower()) for name in names)
    if len(made) < len(names) or made & tables or not all(map(RELATION.fullmatch, names)):
        raise refused("a relation of another name than ours")
    return made
