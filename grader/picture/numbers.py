"""Numbers as short as they may be without saying something else."""

from __future__ import annotations

import re


def short(value: float, digits: int = 4) -> str:
    """`digits` significant digits; whole digits are never rounded away below ten million, 1e-05 is 1e-5."""
    if 10**digits <= abs(value) < 1e7:
        return f"{value:.0f}"
    shown = re.sub(r"e([+-])0*", lambda match: "e" + match[1].replace("+", ""), f"{value:.{digits}g}")
    return "0" if shown == "-0" else shown
