"""Putting another array in place of one, wherever a value of the student's holds it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

DEEPEST = 6


def replaced(
    value: Any, old: np.ndarray[Any, Any], new: np.ndarray[Any, Any], depth: int = 0
) -> tuple[Any, bool]:
    """(the value with `new` for each array equal to `old`, whether there was one). Containers are copied."""
    if isinstance(value, (np.ndarray, np.generic, float)):
        array = np.asarray(value)
        if (
            array.shape != old.shape
            or array.dtype.kind != "f"
            or not np.array_equal(array, old, equal_nan=True)
        ):
            return value, False
        other = new.astype(array.dtype)
        return other if other.ndim else other[()], True
    if depth >= DEEPEST:
        return value, False
    kind = type(value)
    if kind in (tuple, list):
        parts = [replaced(part, old, new, depth + 1) for part in value]
        return kind(part for part, _ in parts), any(found for _, found in parts)
    if kind is dict:
        pairs = {key: replaced(part, old, new, depth + 1) for key, part in value.items()}
        return {key: part for key, (part, _) in pairs.items()}, any(found for _, found in pairs.values())
    held = getattr(value, "__dict__", None)
    if type(held) is not dict or callable(value) or isinstance(value, type):
        return value, False
    inside, found = replaced(held, old, new, depth + 1)
    if not found:
        return value, False
    twin = copy.copy(value)
    twin.__dict__.update(inside)
    return twin, True
