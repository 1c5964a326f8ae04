"""What the code of the generators may not do, found in their source text.

Separate from the test that applies it, so that each rule can be shown a text that breaks it. A generator builds SQL
from sqlglot nodes of known classes; text that would be parsed as SQL, free-form functions, and AND or OR without
their parentheses are each left to one module, or to none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

# Node or function of sqlglot -> the only modules (of muster/backends) that may use it; none: nobody.
RESERVED: dict[str, frozenset[str]] = {
    "Anonymous": frozenset({"sql/calls.py"}),
    "And": frozenset({"sql/logic.py"}),
    "Or": frozenset({"sql/logic.py"}),
    "Not": frozenset({"sql/logic.py"}),
    "Paren": frozenset({"sql/logic.py", "*/dialect.py", "*/own_words.py", "postgres/ddl.py"}),
    "Table": frozenset({"sql/names.py"}),
    "Identifier": frozenset({"sql/names.py"}),
    "Column": frozenset({"sql/names.py"}),
    "Placeholder": frozenset({"*/dialect.py"}),
    "Tag": frozenset({"sql/comments.py"}),  # prints what it holds as it stands
    "Collate": frozenset({"postgres/dialect.py", "postgres/own_words.py"}),
    # EPOCH, STDIN and NFC are words, not values
    "Var": frozenset({"postgres/dialect.py", "*/ddl.py", "postgres/own_words.py"}),
    "Command": frozenset({"*/ddl.py"}),  # what keeps tables tidy, of which sqlglot knows no more than the verb
}
# Raw sinks: what is given to them goes into the SQL as it stands, or is parsed as SQL.
FORBIDDEN = frozenset(
    {
        *("parse", "parse_one", "maybe_parse", "condition", "select", "from_", "func", "alias_", "and_", "or_", "not_"),
        *("var", "to_identifier", "to_table", "to_column", "column", "table_", "cast", "convert", "build"),
        *("Interval", "HexString", "BitString", "RawString", "National", "Parameter"),
        *("Like", "ILike", "JSONExtract", "JSONExtractScalar", "JSONPath", "ReadCSV", "Anonymous_"),
    }
)
# The check reads SQL and names every class it allows. Dialects write literals for people, DDL and settings for engines,
# typed files have paths, and what reads own tables asks the catalog and names UTC.
READS_SQL = frozenset({"sql/check.py", "sql/check_nodes.py"})
WRITES_LITERALS = (
    "sql/calls.py",
    "*/dialect.py",
    "*/types.py",
    "*/ddl.py",
    "*/cluster.py",
    "*/client.py",
    "*/typed_file.py",
    "*/own_words.py",
    "*/clock_words.py",
    "sql/own_checks.py",
    "postgres/own_catalog.py",
)


def raw_nodes(source: str, module: str) -> list[str]:
    """Find what a module of the generators makes or calls that it may not."""
    tree = ast.parse(source)
    if module in READS_SQL:
        return [found for found in _made(tree) if found in {"parse_one", "maybe_parse"}]
    return [
        found
        for found in _made(tree)
        if found in FORBIDDEN
        or (found in RESERVED and not _is_one_of(module, RESERVED[found]))
        or (found.startswith("Literal") and not _is_one_of(module, WRITES_LITERALS))
    ]


def _is_one_of(module: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(module, pattern) for pattern in patterns)


def _made(tree: ast.AST) -> Iterator[str]:
    """Yield the names of sqlglot that are called, as `exp.Name(…)`, `sqlglot.name(…)` or by an imported name."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlglot")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(value=ast.Name(id="exp" | "sqlglot"), attr=name):
                yield name
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="exp"), attr=name), attr=method):
                yield f"{name}.{method}" if name == "Literal" else method
            case ast.Name(id=name) if name in imported:
                yield name
            case _:
                pass


def unparsed_sql(source: str) -> list[str]:
    """Find calls that run SQL given as a text of the module's own instead of a tree that was written out."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"execute", "executemany", "sql", "query", "command", "raw_query", "query_arrow"}
        and node.args
        and isinstance(node.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp))
    ]
