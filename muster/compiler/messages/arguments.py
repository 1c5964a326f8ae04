"""Wording of what is wrong with arguments that Python hands over without a look."""

from __future__ import annotations

from collections.abc import Sequence

from muster.compiler.messages.document import found
from muster.compiler.spelling import closest

_WANTED = {
    "params": 'a mapping of names to values, as in {"least": 3}',
    "audiences": """a mapping of names to rules, as in {"VIP": 'plan = "pro"'}""",
    "computed": 'a mapping of names to metrics, as in {"spent": "sum(usd) of purchase"}',
    "schema": "a schema, as from muster.Schema.from_map or muster.Schema.from_database",
    "dialect": 'the name of a dialect, as in "duckdb"',
    "name": "the name of an audience",
    "strict": "True or False",
    "seed": "a whole number",
    "tries": "a whole number",
    "seconds": "a number",
    "url": 'an address, as in "duckdb:shop.duckdb"',
}


def wrong_kind(name: str, value: object) -> str:
    """Say what an argument is."""
    return f"{name} must be {_WANTED[name]}; {_named(value)} was found."


def wrong_key(name: str, key: object) -> str:
    """Say that names are texts."""
    return f"{name} must be {_WANTED[name]}; {_named(key)} was found where a name is expected."


def wrong_metric(name: str, value: object) -> str:
    """Say how a computed trait is given."""
    return f'computed["{name}"] must be a metric, as in "sum(usd) of purchase"; {_named(value)} was found.'


def no_such_output(value: object, known: Sequence[str]) -> str:
    """Say what SQL can give."""
    return f"output must be {' or '.join(repr(each) for each in known)}; {_named(value)} was found."


def not_positive(name: str, value: float) -> str:
    """Say that a number must be more than nothing."""
    return f"{name} must be more than 0; {value} was found."


def no_such_argument(name: str, known: Sequence[str]) -> str:
    """Say that a keyword means nothing."""
    near = closest(name, known, most=1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
    return f"There is no argument {name}; {meant}"


def _named(value: object) -> str:
    """Name a value: by what it is, else by its type."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float, str, list, tuple)):
        return found(value)
    return f"a value of type {type(value).__name__}"
