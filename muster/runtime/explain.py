"""Every stage of one rule as text: what was written, what it means, how it is found, what runs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from muster.backends.base import Query
from muster.compiler.moments import Clock, from_micros
from muster.compiler.pipeline import Compiled
from muster.compiler.show import show_expr, show_plan
from muster.grammar.english import english
from muster.grammar.format import format_rule


def explain(compiled: Compiled, query: Query, clock: Clock) -> str:
    """Print the stages of a compiled rule, one section each."""
    titles = {
        "english": "in English",
        "after_passes": "after the passes",
        "sql": f"{query.dialect} SQL",
        "parameters": f"parameters at {from_micros(clock.as_of).isoformat()} ({clock.timezone})",
    }
    sections = stages(compiled, query, clock).items()
    return "\n\n".join(f"-- {titles.get(name, name)}\n{body}" for name, body in sections)


def stages(compiled: Compiled, query: Query, clock: Clock) -> dict[str, str]:
    """Give every stage of a compiled rule by its name, in order."""
    return {
        "rule": format_rule(compiled.rule),
        "english": english(compiled.rule),
        "warnings": "\n".join(f"{warning.code}: {warning.message}" for warning in compiled.warnings) or "none",
        "expression": show_expr(compiled.lowered),
        "after_passes": show_expr(compiled.optimised),
        "plan": show_plan(compiled.plan),
        "shape": "\n".join(query.notes) or "every scan is a set",
        "sql": query.pretty,
        "parameters": _parameters(query, clock),
    }


def _parameters(query: Query, clock: Clock) -> str:
    bound = query.bind(clock)
    return "\n".join(f"${name} = {_value(value)}" for name, value in bound.items()) or "none"


def _value(value: object) -> str:
    match value:
        case list():
            return f"[{', '.join(_value(item) for item in value)}]"
        case datetime():
            return f"{value.isoformat(sep=' ')} UTC"
        case Decimal():
            return format(value, "f")
        case bool():
            return str(value).lower()
        case _:
            return repr(value)
