"""Wording of files that are something else than lines of text: packed, of another encoding, of another program."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic


def other_encoding(encoding: str) -> Diagnostic:
    """D12: a file in another encoding than UTF-8, known by the bytes it begins with."""
    return Diagnostic(
        "D12",
        f"The file is {encoding.upper()} text; UTF-8 is expected.",
        hint=f"Try: iconv -f {encoding} -t utf-8 FILE > NEW_FILE",
    )


def packed(how: str, command: str) -> Diagnostic:
    """D03: a file that has to be unpacked first."""
    return Diagnostic("D03", f"The file is packed by {how}; only gzip is unpacked in passing.", hint=f"Try: {command}")


def archive() -> Diagnostic:
    """D03: a ZIP archive, which a workbook of Excel is too."""
    return Diagnostic(
        "D03",
        "The file is a ZIP archive, as a workbook of Excel (.xlsx) is too; lines of text are expected.",
        hint="Unpack it, or save the sheet as CSV (UTF-8).",
    )


def workbook() -> Diagnostic:
    """D03: a workbook of an old Excel."""
    return Diagnostic(
        "D03",
        "The file is a workbook of Excel (.xls); lines of text are expected.",
        hint="Save the sheet as CSV (UTF-8).",
    )


def parquet() -> Diagnostic:
    """D03: a Parquet file that is called otherwise."""
    return Diagnostic(
        "D03", "The file is a Parquet file; its name says something else.", hint="Call it FILE.parquet, and it is read."
    )
