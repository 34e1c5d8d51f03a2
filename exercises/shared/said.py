"""What a judge says of an array that is not the right one: its shape, its worst entry, or the slip that it fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.inputs import Array

FINE = 1e-7
"""Of an entry's size, and of the largest entry by a hundredth: what another order of operations may cost."""


def numbers(value: Any) -> Array | None:
    """The value as an array of floats, or None where it is none."""
    try:
        array = np.asarray(value)
        return None if array.dtype.kind not in "fiu" else array.astype(np.float64)
    except (TypeError, ValueError):
        return None


def alike(a: Any, b: Any) -> bool:
    """Whether two arrays have one shape and the same numbers, up to rounding. `a` may be anything at all."""
    a, b = numbers(a), np.asarray(b, np.float64)
    if a is None or a.shape != b.shape or not np.isfinite(a).all():
        return False
    room = FINE * np.abs(b) + FINE / 100 * np.abs(b).max(initial=0.0) + 1e-15
    return bool((np.abs(a - b) <= room).all())


def differs(
    name: str, value: Any, right: Any, slips: Mapping[str, Any] | None = None, *, also: Any = None
) -> str:
    """What is wrong with `value`, empty if nothing is: if it is `right`, or what else is right (`also`).

    `slips` are wrong arrays by what they are ("without the 1/N"); a slip is named if it is the only one that fits,
    and has at least two entries or none of the right one's size to fit by chance.
    """
    right = np.asarray(right, np.float64)
    if value is None:
        return f"{name} is missing"
    array = numbers(value)
    if array is None:
        return f"{name} is no array of numbers"
    if alike(array, right) or (also is not None and alike(array, also)):
        return ""
    fitting = [text for text, slip in (slips or {}).items() if alike(array, slip) and not alike(slip, right)]
    named = f"; these are the numbers {fitting[0]}" if len(fitting) == 1 else ""
    if array.shape != right.shape:
        return f"{name} has shape {array.shape}, expected {right.shape}{named}"
    error = np.where(np.isfinite(array), np.abs(array - right), np.inf)
    worst = np.unravel_index(int(np.argmax(error)), right.shape)
    where = f"{name}[{', '.join(str(int(i)) for i in worst)}]" if right.ndim else name
    return f"{where} is {array[worst]:.6g}, expected {right[worst]:.6g}{named}"
