from __future__ import annotations

import pytest

from muster.compiler.spelling import closest


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("purchse", ["purchase", "login"], ("purchase",)),
        ("pruchase", ["purchase"], ("purchase",)),
        ("Feature Used", ["feature_used"], ("feature_used",)),
        ("zzz", ["purchase"], ()),
        ("ab", ["xy"], ()),
        ("plan", ["plan"], ()),
        ("x" * 100, ["x" * 99], ()),
    ],
)
def test_near_names_are_found(name: str, known: list[str], expected: tuple[str, ...]) -> None:
    assert closest(name, known) == expected


def test_among_equally_near_names_the_heavier_comes_first() -> None:
    assert closest("plat", ["plan", "plot"], weights={"plot": 9}) == ("plot", "plan")
