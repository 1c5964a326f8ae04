"""Wording of what is wrong with a cell of a notebook."""

from __future__ import annotations


def no_frames(wanted: str | None) -> str:
    """Say what makes DataFrames."""
    if wanted is None:
        return "DataFrames are made by pandas or polars, and neither is installed: pip install pandas."
    return f"{wanted} is not installed: pip install {wanted}."


def no_variable(name: str) -> str:
    """Say what a result can be called."""
    return f'"{name}" is no name of a variable; the line is %%audience NAME --db URL --map FILE, say.'
