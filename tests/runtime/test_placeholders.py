from __future__ import annotations

import pytest

from muster.backends.discover import all_backends
from muster.runtime.compilation import compile_query
from muster.runtime.placeholders import STYLES, Style, spelled

RULE = 'plan = "pro" and (did buy where (kind = "pro") or did sell)'
DIALECTS = [each.dialect for each in all_backends() if each.dialect is not None]
FORMS: dict[Style, tuple[str, str]] = {
    "named": ("p.plan__str = :p0", ":p1"),
    "pyformat": ("p.plan__str = %(p0)s", "%(p1)s"),
    "numeric": ("p.plan__str = $1", "$2"),
    "qmark": ("p.plan__str = ?", "= ?"),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_placeholders_are_spelled_as_asked_on_every_engine(dialect: str, style: Style) -> None:
    text, values = spelled(compile_query(RULE, dialect, as_of="2024-06-15"), style)

    assert all(each in text for each in FORMS[style])
    assert values[0] == ("p0" if style in {"named", "pyformat"} else "1", "pro")


def test_there_is_a_value_for_each_question_mark_and_one_for_each_number() -> None:
    compiled = compile_query(RULE, "duckdb", as_of="2024-06-15")
    text, values = spelled(compiled, "qmark")
    numbered, fewer = spelled(compiled, "numeric")

    assert text.count("?") == len(values)
    assert [value for _, value in values].count("pro") == 2
    assert len(fewer) == len(compiled.params)
    assert f"${len(fewer)}" in numbered


def test_without_a_style_it_is_the_engines_own() -> None:
    compiled = compile_query(RULE, "postgres", as_of="2024-06-15")

    assert spelled(compiled, None) == (compiled.pretty, list(compiled.params.items()))
