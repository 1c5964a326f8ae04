from __future__ import annotations

from muster.backends.sql.standing import NAME, in_form

TEXT = "SELECT\n  1"


def test_a_text_takes_the_form_that_is_asked_for() -> None:
    assert in_form(TEXT, "view", "v") == 'CREATE VIEW "v" AS\nSELECT\n  1;'
    assert in_form(TEXT, "cte", "v") == 'WITH "v" AS (\nSELECT\n  1\n)\nSELECT\n  *\nFROM "v"'
    assert in_form(TEXT, "dbt", "v").endswith("\n\nSELECT\n  1")


def test_no_value_is_a_template_to_dbt() -> None:
    hostile = "{% endraw %}{{ leak }}{# x #}{% raw %}"

    assert in_form(hostile, "dbt", "v").count("{{ '{' }}") == hostile.count("{")


def test_a_text_of_several_lines_stays_as_it_is() -> None:
    assert "'a\nb\u2028c'" in in_form("SELECT 'a\nb\u2028c'", "cte", "v")


def test_no_quote_is_part_of_a_name() -> None:
    assert NAME.fullmatch("big_spenders_2024")
    assert not NAME.fullmatch('a"b')
