"""Plain values: what may cross between the grader and the student's code, and how anything becomes plain.

    None, bool, int, float, str, arrays of real numbers, and lists, tuples and dictionaries of these

Everything else stays where it is: an object, a cache or a function is only named, as `Opaque`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

DTYPES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
"""Element types that cross, as kind and size; byte order is always little."""

MOST_DIMENSIONS = 32
DEEPEST = 24
LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that stays with the student's code: a register, and the items to take from it in turn."""

    register: str
    path: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that is no plain value, told by what it is: "object of class Cache"."""

    kind: str


@dataclass(frozen=True, slots=True)
class Failed:
    """In place of one item of a tuple: it could not be computed, though others could."""

    error: str
    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """A function made beside the student's code from our source, to be handed to it: something to differentiate."""

    name: str
    source: str


class TooLargeError(ValueError):
    """A value has more parts or bytes than may cross. It is refused, never cut short."""


@dataclass(slots=True)
class Budget:
    """What is left of the parts and bytes that one answer may have."""

    parts: int = 200_000
    bytes: int = 64 << 20
    on_the_way: set[int] = field(default_factory=set)
    """The containers being walked: one that holds itself is noticed."""

    def take(self, parts: int, size: int) -> None:
        """Raises TooLargeError when nothing is left."""
        self.parts -= parts
        self.bytes -= size
        if self.parts < 0 or self.bytes < 0:
            raise TooLargeError("the returned value is too large")


def plain(value: Any, budget: Budget | None = None, depth: int = 0) -> Any:
    """The value with every array copied and everything that is not plain replaced by Opaque.

    Raises TooLargeError. Types are compared exactly: a subclass with an `__eq__` or `__len__` of its own is never
    asked for anything.
    """
    budget = budget or Budget()
    budget.take(1, 8)
    kind = type(value)
    if value is None or kind is bool or kind is float or kind in (Ref, Opaque, Failed, Code):
        return value
    if kind is int:
        return value if -(2**63) <= value < 2**64 else Opaque(f"an integer of {value.bit_length()} bits")
    if kind is str:
        if len(value) > LONGEST_TEXT:
            raise TooLargeError(f"a text of {len(value)} characters is too long")
        budget.take(0, len(value))
        return value
    if isinstance(value, np.ndarray):
        return _array(value, budget)
    if isinstance(value, np.generic):
        return _array(np.asarray(value), budget)
    if kind in (tuple, list, dict):
        if depth >= DEEPEST or id(value) in budget.on_the_way:
            return Opaque(f"a {kind.__name__} nested too deeply")
        budget.on_the_way.add(id(value))
        try:
            return _container(value, budget, depth)
        finally:
            budget.on_the_way.discard(id(value))
    return Opaque(described(value))


def _container(value: Any, budget: Budget, depth: int) -> Any:
    budget.take(len(value), 8 * len(value))
    if type(value) is dict:
        # Keys that are no text or number are told by their type; what they hold is of no use to anybody.
        kept = {}
        for key, item in value.items():
            if type(key) is str or type(key) is int:
                kept[plain(key, budget)] = plain(item, budget, depth + 1)
        return kept
    items = [plain(item, budget, depth + 1) for item in value]
    return tuple(items) if type(value) is tuple else items


def _array(value: np.ndarray[Any, Any], budget: Budget) -> Any:
    if isinstance(value, np.ma.MaskedArray):
        return Opaque("a masked array")
    dtype = value.dtype
    if dtype.kind == "f" and dtype.itemsize > 8:
        dtype = np.dtype(np.float64)
    if f"{dtype.kind}{dtype.itemsize}" not in DTYPES:
        return Opaque(f"an array of dtype {str(value.dtype)[:40]}")
    if value.ndim > MOST_DIMENSIONS:
        return Opaque(f"an array of {value.ndim} dimensions")
    budget.take(0, value.size * dtype.itemsize)  # before the copy: a broadcast view takes no memory yet
    return np.array(value, dtype=dtype.newbyteorder("="), subok=False, order="C")


def described(value: Any) -> str:
    """What a value is, for a message; asks the value itself for nothing."""
    kind = type(value)
    name = str(getattr(kind, "__name__", "?"))[:60]
    if callable(value) and name in ("function", "builtin_function_or_method", "method"):
        return "a function"
    if name == "module":
        return "a module"
    return f"an object of class {name}"
