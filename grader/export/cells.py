"""Text in a cell that a spreadsheet shows and does not compute."""

from __future__ import annotations

from grader.text import one_line

LONGEST = 500
STARTS = frozenset("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20\u2212")
"""What may open a formula in Excel, LibreOffice, Sheets or Numbers, in full width too (OWASP, "CSV injection")."""


def cell(text: str) -> str:
    """The text on one line; with an apostrophe before it where a spreadsheet would take it for a formula."""
    shown = one_line(text, limit=LONGEST)
    opens = text[:1] in STARTS or shown.lstrip()[:1] in STARTS
    return f"'{shown}" if opens else shown


def number(value: float | None) -> str:
    """A number as every program reads it; nothing where there is none, which is not 0."""
    return "" if value is None else f"{round(value, 6) + 0.0:.10g}"
