"""From what people hold (text, JSON, a Rule) to a query they can read or run; the library's `compile`.

Kept apart from the pipeline, which is pure and knows neither front ends nor back-ends. Compiled queries are cached by
value: a query does not depend on the clock, so the same rule sent every minute is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache

from muster.backends.base import Output, Query
from muster.backends.discover import get_dialect
from muster.compiler.checked import CheckedRule
from muster.compiler.diagnostics import Diagnostic, RuleError
from muster.compiler.moments import Clock
from muster.compiler.pipeline import Compiled, advice, compile_rule
from muster.compiler.resolve import DELETED, Audiences, Surroundings
from muster.compiler.rule import Metric, Rule
from muster.compiler.schema import Schema
from muster.grammar import text
from muster.grammar.format import format_bare
from muster.runtime.arguments import check_arguments
from muster.runtime.clock import AsOf, to_clock
from muster.runtime.explain import explain, stages

RuleSource = Rule | str | Mapping[str, object]
_CACHED = 1024


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A rule compiled for one dialect, bound to one clock.

    `sql` holds named placeholders and `params` their values; `pretty` is the same SQL for people. `warnings` are
    what the rule and the schema say of doubtful answers.
    """

    compiled: Compiled = field(repr=False)
    query: Query
    schema: Schema = field(repr=False)
    clock: Clock

    @property
    def sql(self) -> str:
        """The SQL that runs, values as named placeholders."""
        return self.query.sql

    @property
    def pretty(self) -> str:
        """The SQL laid out for people."""
        return self.query.pretty

    @property
    def params(self) -> dict[str, object]:
        """The values of the placeholders, times as naive UTC datetimes."""
        return self.query.bind(self.clock)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What says that the answer may be another than was asked for: unknown names, everyone, the case of a text."""
        found = advice(self.compiled, None if self.schema.assumed else self.schema)
        return tuple(each for each in found if each.severity != "info")

    @property
    def checks(self) -> tuple[str, ...]:
        """What tables of somebody's own must hold for the answer to be right: SELECTs that give 0 in every column.

        Muster runs them before the query; who runs the SQL themselves can do the same.
        """
        from muster.backends.sql.inline import inline_guards  # noqa: PLC0415 (as in `inline`)

        return inline_guards(self.query)

    def inline(self) -> str:
        """Give the SQL with its values written in, for reading and for other tools; Muster never runs it."""
        from muster.backends.sql.inline import inline  # noqa: PLC0415 (a rule can be checked without SQL)

        return inline(self.query, self.clock)

    def explain(self) -> str:
        """Print every stage from the rule to the SQL."""
        return explain(self.compiled, self.query, self.clock)

    def stages(self) -> dict[str, str]:
        """Give the same by the name of each stage."""
        return stages(self.compiled, self.query, self.clock)


def to_rule(source: RuleSource) -> Rule:
    """Read a rule from text, JSON text, JSON data, or take it as it is; raises RuleError."""
    if isinstance(source, Rule):
        return source
    if isinstance(source, str):
        return _rule_of_text(source)
    return _load_json(source)


def surroundings(
    *,
    schema: Schema | None = None,
    params: Mapping[str, object] | None = None,
    audiences: Mapping[str, RuleSource | None] | None = None,
    computed: Mapping[str, Metric | str] | None = None,
    strict: bool = False,
) -> Surroundings:
    """Gather what a rule may refer to. An audience that is None was deleted; a computed trait may be text."""
    resolved: Audiences = {
        name: DELETED if source is None else to_rule(source) for name, source in (audiences or {}).items()
    }
    metrics = {
        name: text.parse_metric(source) if isinstance(source, str) else source
        for name, source in (computed or {}).items()
    }
    return Surroundings(schema, params or {}, resolved, metrics, strict)


@contextmanager
def placing(compiled: Compiled) -> Iterator[None]:
    """Say of what a back-end refuses where it stands in the rule."""
    try:
        yield
    except RuleError as error:
        raise RuleError(compiled.placed(error.diagnostics)) from error


@contextmanager
def telling_where(within: str | None) -> Iterator[None]:
    """Say of what is wrong with a rule which of several it is, by `within`: a file, "second rule"."""
    try:
        yield
    except RuleError as error:
        raise RuleError(said_of(within, error.diagnostics)) from error


def said_of(within: str | None, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Say of diagnostics which of several rules they are about, where that is not said yet."""
    return tuple(replace(each, within=each.within or within) for each in found)


def compile_query(
    source: RuleSource,
    dialect: str = "duckdb",
    *,
    schema: Schema | None = None,
    as_of: AsOf = None,
    timezone: str = "UTC",
    params: Mapping[str, object] | None = None,
    audiences: Mapping[str, RuleSource | None] | None = None,
    computed: Mapping[str, Metric | str] | None = None,
    strict: bool = False,
    name: str | None = None,
    output: Output = "members",
) -> CompiledQuery:
    """Compile a rule for a dialect.

    Without a schema the managed layout is assumed (see `runtime/assumed.py`). `as_of`, `timezone` bind the clock;
    `params` gives values for `$names`, `audiences` the rules that may be referred to, `computed` named metrics.
    `strict` makes names that the schema does not know an error. `name` is the rule's own among the audiences, so that a
    circle through it is seen. Raises RuleError with every problem found, TypeError and ValueError for other arguments.
    """
    check_arguments(dialect=dialect, schema=schema, strict=strict, name=name, output=output)
    check_arguments(params=params, audiences=audiences, computed=computed)
    clock = to_clock(as_of, timezone)
    request = _Request(
        source if isinstance(source, (str, Rule)) else to_rule(source),
        dialect,
        output,
        schema,
        tuple(sorted((params or {}).items())),
        tuple(
            (name, rule if rule is None or isinstance(rule, (str, Rule)) else to_rule(rule))
            for name, rule in (audiences or {}).items()
        ),
        tuple((computed or {}).items()),
        strict,
        name,
        _told_apart(source, params, audiences),
    )
    compiled, query, used = _compile_cached(request) if _is_hashable(request) else _compile(request)
    return CompiledQuery(compiled, query, used, clock)


@dataclass(frozen=True, slots=True)
class _Request:
    source: Rule | str
    dialect: str
    output: Output
    schema: Schema | None
    params: tuple[tuple[str, object], ...]
    audiences: tuple[tuple[str, Rule | str | None], ...]
    computed: tuple[tuple[str, Metric | str], ...]
    strict: bool
    name: str | None
    told_apart: object


def _told_apart(
    source: RuleSource, params: Mapping[str, object] | None, audiences: Mapping[str, RuleSource | None] | None
) -> object:
    """Tell apart what Python holds to be equal: 1 and True, a rule and the same rule written elsewhere."""
    rules = (source, *(audiences or {}).values())
    return (
        tuple(rule.source if isinstance(rule, Rule) else None for rule in rules),
        tuple((name, _types(value)) for name, value in sorted((params or {}).items())),
    )


def _types(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_types(item) for item in value)
    return type(value).__qualname__


def _is_hashable(request: _Request) -> bool:
    try:
        hash(request)
    except TypeError:  # a parameter that is a list
        return False
    return True


def _compile(request: _Request) -> tuple[Compiled, Query, Schema]:
    backend = get_dialect(request.dialect)
    rule = to_rule(request.source)
    around = surroundings(
        schema=request.schema,
        params=dict(request.params),
        audiences=dict(request.audiences),
        computed=dict(request.computed),
        strict=request.strict,
    )
    compiled = compile_rule(rule, around, name=request.name)
    schema = request.schema or _assumed(compiled.checked)
    with placing(compiled):
        query = backend.generate(compiled.plan, schema, request.output)
    return compiled, replace(query, tell=format_bare), schema


_compile_cached = lru_cache(maxsize=_CACHED)(_compile)


@lru_cache(maxsize=_CACHED)
def _rule_of_text(source: str) -> Rule:
    # No rule in text begins with a brace or bracket, and all JSON documents that are rules do.
    return _load_json(source) if source.lstrip()[:1] in ("{", "[") else text.parse(source)


def _assumed(checked: CheckedRule) -> Schema:
    from muster.runtime.assumed import assume_schema  # noqa: PLC0415 (only what compiles without data needs it)

    return assume_schema(checked)


def _load_json(source: str | Mapping[str, object]) -> Rule:
    from muster.grammar import json_rule  # noqa: PLC0415 (pydantic takes long to import, and text needs none)

    return json_rule.load(source)


__all__ = [
    "CompiledQuery",
    "RuleSource",
    "compile_query",
    "placing",
    "said_of",
    "surroundings",
    "telling_where",
    "to_rule",
]
