"""What is wrong with returned numbers, in a line: their form, the worst entry, and whose numbers they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.checks.compare import told
from reference.inputs import Array

RELATIVE = 1e-7
"""Of each entry: room for another order of the same sums, and none for another formula."""
ABSOLUTE = 1e-10
"""Of the largest entry, below which an entry of a sum is rounding."""


def fault(
    name: str,
    returned: Any,
    right: Array | float,
    lookalikes: Mapping[str, Any] | None = None,
    *,
    each: bool = False,
) -> str:
    """Empty where `returned` is `right`; else what is wrong with it, in words that follow "returned ...:".

    `lookalikes` are the numbers of known mistakes by their description. With `each`, every entry is judged on its
    own scale, however small it is beside the others.
    """
    wanted = np.asarray(right, dtype=np.float64)
    if returned is None:
        return f"{name} is None"
    try:
        got = np.asarray(returned, dtype=np.float64)
    except (TypeError, ValueError):
        return f"{name} is no array of numbers" if wanted.ndim else f"{name} is no number"
    if got.shape != wanted.shape:
        return f"{name} is of shape {got.shape}, expected {wanted.shape}"
    if _same(got, wanted, each=each):
        return ""
    with np.errstate(all="ignore"):
        error = np.abs(got - wanted) / (np.abs(wanted) + ABSOLUTE * np.abs(wanted).max(initial=0) + 1e-300)
    index = np.unravel_index(int(np.argmax(np.nan_to_num(error, nan=np.inf, posinf=np.inf))), wanted.shape)
    at = f"{name}[{', '.join(str(int(i)) for i in index)}]" if index else name
    mine, theirs = told(float(got[index]), float(wanted[index]))
    said = f"{at} is {mine}, expected {theirs}"
    fitting = [title for title, other in (lookalikes or {}).items() if _is(got, other, wanted, each=each)]
    return f"{said}: {fitting[0]}" if len(fitting) == 1 else said


def _is(got: Array, other: Any, right: Array, *, each: bool) -> bool:
    numbers = np.asarray(other, dtype=np.float64)
    if numbers.shape != got.shape or not np.isfinite(numbers).all():
        return False  # an overflow would be like everything
    return _same(got, numbers, each=each) and not _same(numbers, right, each=each)


def _same(got: Array, right: Array, *, each: bool) -> bool:
    size = np.abs(right)
    room = RELATIVE * size + (0.0 if each else ABSOLUTE * size.max(initial=0.0))
    with np.errstate(all="ignore"):
        return bool((np.abs(got - right) <= room).all())
