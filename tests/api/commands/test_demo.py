from __future__ import annotations

from muster.runtime.demo import demo_audiences
from tests.api.invoking import muster


def test_the_demo_sizes_every_audience_and_shows_one_rule_in_every_form() -> None:
    done = muster("demo", "--people", "200")

    assert done.code == 0
    assert all(name in done.out for name in demo_audiences())
    for form in ("as text", "as JSON", "in English", "as SQL"):
        assert form in done.out
    assert "same number of people" in done.out
