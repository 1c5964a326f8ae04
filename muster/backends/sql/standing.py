"""SQL that stands by itself in a form: a view, a relation to build on, a model of dbt.

Kept apart from the query, whose text it takes as it is. It could go wrong by a value that dbt takes for a template.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

Form = Literal["view", "cte", "dbt"]
FORMS: tuple[Form, ...] = get_args(Form)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_TEMPLATE = re.compile(r"\{[{%#]")


def in_form(text: str, form: Form, name: str) -> str:
    """Put the text of a SELECT into a form; the name must match NAME."""
    match form:
        case "view":
            return f'CREATE VIEW "{name}" AS\n{text};'
        case "cte":
            # Not indented: a text of several lines would be another one.
            return f'WITH "{name}" AS (\n{text}\n)\nSELECT\n  *\nFROM "{name}"'
        case "dbt":
            # Not `raw`, which a value could end: every brace is said by a template of its own.
            said = text.replace("{", "{{ '{' }}") if _TEMPLATE.search(text) else text
            return f"{{{{ config(materialized='view') }}}}\n\n{said}"
