"""Rows as CSV: by default byte for byte what they hold, or such that a spreadsheet takes no cell for a formula.

An export that others read must not change an id, so a cell that begins like a formula is left as it is; who opens the
file in a spreadsheet asks for a mark before it. It could go wrong with a carriage return, which readers take for the
end of a line and which Python's writer leaves without quotes where lines end otherwise (seen in 3.11).
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_text(rows: Iterable[Sequence[str]], *, spreadsheet_safe: bool = False) -> str:
    """Give rows as lines of CSV (RFC 4180, ended by a line feed); `spreadsheet_safe` puts a ' before formulas."""
    text = StringIO(newline="")
    usual = csv.writer(text, lineterminator="\n")
    quoting = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        cells = [_marked(cell) for cell in row] if spreadsheet_safe else row
        (quoting if any("\r" in cell for cell in cells) else usual).writerow(cells)
    return text.getvalue()


def _marked(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
