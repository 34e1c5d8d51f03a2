"""Numbers as one writes them down by hand."""

from __future__ import annotations

from collections.abc import Sequence
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
    return "0" if abs(number) <= 1e-12 else f"{number + 0.0:.4g}"


def given_as(names: Sequence[str], values: Sequence[Any]) -> str:
    """`x = [1, 2], y = 3`: inputs as one writes them down."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in zip(names, values, strict=True))
