"""Numbers as one writes them down by hand."""

from __future__ import annotations

from typing import Any

import numpy as np


def shown(value: Any) -> str:
    """An array as one writes it down: short decimals, nested brackets."""
    array = np.asarray(value)
    if not array.ndim:
        return short(float(array))
    return "[" + ", ".join(shown(part) for part in array) + "]"


def short(number: float) -> str:
    """At most four significant digits, no negative zero."""
    return f"{number + 0.0:.4g}" if abs(number) > 1e-12 else "0"
