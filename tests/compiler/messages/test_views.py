from __future__ import annotations

import pytest

from muster.compiler.messages import views


@pytest.mark.parametrize("said", [views.months_in_zone("Europe/London"), views.midnights("X/Y"), views.too_far(50)])
def test_a_refusal_says_what_would_work(said: str) -> None:
    assert "--as-of" in said
