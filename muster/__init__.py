"""Say once who belongs to an audience; get the same answer from every engine, with the reason."""

from muster.compiler.diagnostics import Diagnostic, InternalError, MusterError, RuleError
from muster.compiler.rule import Library, Rule
from muster.compiler.schema import Schema
from muster.grammar.english import english
from muster.grammar.format import format_rule
from muster.grammar.json_dump import dump
from muster.runtime.compilation import CompiledQuery, to_rule
from muster.runtime.compilation import compile_query as compile  # noqa: A004 (the name users look for)

parse = to_rule
format = format_rule  # noqa: A001 (the name users look for)
to_json = dump
to_english = english

__all__ = [
    "CompiledQuery",
    "Diagnostic",
    "InternalError",
    "Library",
    "MusterError",
    "Rule",
    "RuleError",
    "Schema",
    "compile",
    "format",
    "parse",
    "to_english",
    "to_json",
]
