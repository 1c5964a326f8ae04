"""The wording about JSON that was made for something else."""

from __future__ import annotations

from muster.compiler.diagnostics import Pointer
from muster.compiler.messages import foreign_json as say

AT = Pointer("")


def test_the_body_of_a_request_is_told_with_the_rule_alone() -> None:
    short = say.audience_body_instead("rules", {"audience": "VIP"}, AT)
    listed = say.audience_body_instead("rules", [{"audience": "VIP"}], AT)
    long = say.audience_body_instead("rules", {"audience": "V" * 100}, AT)

    assert short.hint == 'Give the rule alone: {"audience": "VIP"}.'
    assert listed.hint == 'Give the rule alone: {"all": [{"audience": "VIP"}]}.'
    assert long.hint == "Give the rule alone: what stands under `rules`."


def test_what_a_query_builder_says_is_shown_beside_what_a_rule_says() -> None:
    hint = say.query_builder_instead(AT).hint or ""

    assert {'{"combinator": "and"', '{"all": […]}', '{"field": "plan"', '{"trait": "plan"'} == {
        each
        for each in ('{"combinator": "and"', '{"all": […]}', '{"field": "plan"', '{"trait": "plan"')
        if each in hint
    }
