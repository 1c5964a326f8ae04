"""How the placeholders of a query are spelled, for whoever runs it with a driver of their own (PEP 249's styles).

Kept apart from the engines, each of which has the one spelling that Muster runs. It could go wrong by replacing what
only looks like a placeholder, so comments and quoted names are stepped over, and by values in another order than they
are asked for.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from muster.backends.sql.inline import TOKEN
from muster.runtime.compilation import CompiledQuery

Style = Literal["named", "pyformat", "numeric", "qmark"]
STYLES: tuple[Style, ...] = get_args(Style)


def spelled(compiled: CompiledQuery, style: Style | None) -> tuple[str, list[tuple[str, object]]]:
    """Give the SQL for people and its values by name or place; None: as the engine spells placeholders.

    With `qmark` there is a value for each question mark, in their order; with `numeric` (`$1`) one for each number.
    """
    values = compiled.params
    if style is None:
        return compiled.pretty, list(values.items())
    asked: list[str] = []

    def replaced(token: re.Match[str]) -> str:
        name = token[1] or token[2] or token[3]
        if name is None:  # a comment or quoted name; drivers look for placeholders in these too
            return _without_placeholders(token[0], style)
        if style == "qmark" or name not in asked:
            asked.append(name)
        match style:
            case "named":
                return f":{name}"
            case "pyformat":
                return f"%({name})s"
            case "numeric":
                return f"${asked.index(name) + 1}"
            case "qmark":
                return "?"

    text = TOKEN.sub(replaced, compiled.pretty)
    if style in {"named", "pyformat"}:
        return text, [(name, values[name]) for name in asked]
    return text, [(str(place), values[name]) for place, name in enumerate(asked, start=1)]


def _without_placeholders(text: str, style: Style) -> str:
    """Keep a driver from finding a placeholder where there is none; a comment stays the same condition."""
    if style == "pyformat":
        return text.replace("%", "%%")
    mark = _MARKS.get(style)
    if mark is None or not text.startswith("/*"):
        return text
    return text.replace(mark, f"\\u{ord(mark):04x}")


_MARKS: dict[Style, str] = {"named": ":", "qmark": "?"}
