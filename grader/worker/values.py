"""Plain values: what may cross between the grader and the student's code, and how anything becomes plain.

    None, bool, int, float, str, arrays of real numbers, and lists, tuples and dictionaries of these

Everything else stays where it is: an object, a cache or a function is only named, as `Opaque`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import islice
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
    """A function of our source made beside the student's code: something to differentiate, or to call a class with.

    It finds the student's own names in `submission`.
    """

    name: str
    source: str


LISTED: tuple[type, ...] = (deque, type({}.keys()), type({}.values()), type({}.items()))
"""What is as good as a list to whoever returns it: a queue, the keys of a dictionary."""


class TooLargeError(ValueError):
    """A value has more parts or bytes than may cross. It is refused, never cut short."""


@dataclass(slots=True)
class Budget:
    """What is left of the parts, bytes and text that one answer may have."""

    parts: int = 200_000
    bytes: int = 64 << 20
    text: int = 16 << 20
    """Characters as the description writes them, escaped."""
    on_the_way: set[int] = field(default_factory=set)
    """The containers being walked: one that holds itself is noticed."""

    @property
    def left(self) -> int:
        """One number for all of it, in parts: what it falls by is the weight of what was taken."""
        return self.parts + (self.bytes + self.text) // 16

    def take(self, parts: int, size: int = 0, text: int = 0) -> None:
        """Raises TooLargeError when nothing is left."""
        self.parts -= parts
        self.bytes -= size
        self.text -= text
        if self.parts < 0 or self.bytes < 0 or self.text < 0:
            raise TooLargeError("the returned value is too large")

    def room(self, parts: int) -> None:
        """Raises TooLargeError before anything is made of so many parts, where they would not fit."""
        if parts > self.parts:
            raise TooLargeError("the returned value is too large")


SCALARS = frozenset(
    kind for kind in np.sctypeDict.values() if issubclass(kind, (np.bool_, np.integer, np.floating))
)
"""NumPy's own scalar types; a subclass of a student's may do anything when it is asked for its value."""


def plain(value: Any, budget: Budget | None = None, depth: int = 0) -> Any:
    """The value with every array copied and everything that is not plain replaced by Opaque.

    Raises TooLargeError. The value itself is never asked for anything: a subclass's own `__eq__`, `__len__`,
    `__iter__` or `__class__` is not called, only what Python's and NumPy's own types do.
    """
    budget = budget or Budget()
    budget.take(1, 8)
    kind = type(value)
    if value is None or kind is bool or kind is float or kind in (Opaque, Failed):
        return value
    if issubclass(kind, np.ndarray):
        return _array(value, budget)
    if kind in SCALARS:
        return _array(np.asarray(value), budget)
    if kind is np.str_:
        return _text(str(value), budget)
    if issubclass(kind, np.generic):
        return Opaque(described(value))
    if kind in (Fraction, Decimal):
        return float(value)
    if kind in LISTED:
        # Read no further than the budget goes, however long it says it is.
        value, kind = list(islice(value, budget.parts + 1)), list
    if issubclass(kind, int):
        whole = int.__int__(value)
        return whole if -(2**63) <= whole < 2**64 else Opaque(f"an integer of {whole.bit_length()} bits")
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, str):
        return _text(value, budget)
    for container in (tuple, list, dict):
        if issubclass(kind, container):
            if depth >= DEEPEST or id(value) in budget.on_the_way:
                return Opaque(f"a {container.__name__} nested too deeply")
            budget.on_the_way.add(id(value))
            try:
                return (
                    _dictionary(value, budget, depth) if container is dict else _items(value, budget, depth)
                )
            finally:
                budget.on_the_way.discard(id(value))
    return Opaque(described(value))


def exact(text: Any) -> str:
    """The characters of a str or of a subclass's instance, as a str."""
    return text if type(text) is str else "".join([text])


def _text(value: str, budget: Budget) -> str:
    length = str.__len__(value)
    if length > LONGEST_TEXT:
        raise TooLargeError(f"a text of {length} characters is too long")
    budget.take(0, length, (6 if str.isascii(value) else 12) * length)
    return exact(value)


def _items(value: Any, budget: Budget, depth: int) -> Any:
    base: Any = tuple if issubclass(type(value), tuple) else list
    budget.room(base.__len__(value))
    return base([plain(item, budget, depth + 1) for item in base.__iter__(value)])


def _dictionary(value: dict[Any, Any], budget: Budget, depth: int) -> dict[Any, Any]:
    budget.room(dict.__len__(value))
    kept: dict[Any, Any] = {}
    for key, item in dict.items(value):
        kind = type(key)
        if kind in SCALARS and issubclass(kind, np.integer):
            name: Any = int(key)
        else:
            name = plain(key, budget) if issubclass(kind, (str, int)) else None
        # A key that is no text and no whole number names nothing that anybody asks for.
        if type(name) is str or type(name) is int:
            kept[name] = plain(item, budget, depth + 1)
    return kept


def _array(value: np.ndarray[Any, Any], budget: Budget) -> Any:
    if issubclass(type(value), np.ma.MaskedArray):
        return Opaque("a masked array")
    value = np.ndarray.view(value, np.ndarray)  # from here on NumPy's own type, whatever a subclass overrides
    dtype = value.dtype
    if dtype.kind == "f" and dtype.itemsize > 8:
        dtype = np.dtype(np.float64)
    if f"{dtype.kind}{dtype.itemsize}" not in DTYPES:
        return Opaque(f"an array of dtype {str(value.dtype)[:40]}")
    if value.ndim > MOST_DIMENSIONS:
        return Opaque(f"an array of {value.ndim} dimensions")
    budget.take(0, value.size * dtype.itemsize)  # before the copy: a broadcast view takes no memory yet
    return np.array(value, dtype=dtype.newbyteorder("="), order="C")


def class_name(kind: type) -> str:
    """A class's own name, whatever its metaclass says."""
    return exact(_NAME.__get__(kind))[:60]


_NAME = vars(type)["__name__"]


def described(value: Any) -> str:
    """What a value is, for a message; asks the value itself for nothing."""
    name = class_name(type(value))
    if name in ("function", "builtin_function_or_method", "method", "ufunc"):
        return "a function"
    if name == "module":
        return "a module"
    return f"an object of class {name}"
