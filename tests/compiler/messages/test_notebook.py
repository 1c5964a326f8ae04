from __future__ import annotations

from muster.compiler.messages import notebook


def test_what_is_missing_is_named_with_how_to_install_it() -> None:
    assert "pip install polars" in notebook.no_frames("polars")
    assert "pandas or polars" in notebook.no_frames(None)
