"""Comparing a student's numbers with the right ones, within a bound that comes from the case itself.

    bound = FINE·|g| + FLOOR·max|g| + SPREAD · (what the last digit of the inputs does to the reference)

Each entry has its own bound, each array its own scale, and neither grows with the array's size. The constants leave
room for another formula of the same value, and none for a mistake: 1.001 times the right gradient is rejected, or
else the case decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.exercise.exercise import Array
from grader.findings import Verdict

FINE, FLOOR, SPREAD = 1e-7, 1e-9, 1e3
FINE_SINGLE, FLOOR_SINGLE = 2e-5, 1e-5
"""The same for numbers that were computed in single precision."""
RERUNS = 3
PLANTED = 1e-3
"""Right numbers made wrong by this part must be rejected."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Right numbers with their bound. At a kink every number from `low` to `high` is right."""

    value: Array
    bound: Array
    single: Array
    """The bound for numbers computed in single precision."""
    low: Array
    high: Array
    sided: bool = True
    """Whether `low` and `high` are apart anywhere."""

    @property
    def decides(self) -> bool:
        """Whether the planted error would be noticed: else the case is too badly conditioned."""
        size = np.abs(self.value)
        return not size.size or bool(
            not size.max() or (self.bound < PLANTED / 2 * size)[size == size.max()].all()
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome for one array: the worst entry, and how many of how many are wrong."""

    verdict: Verdict
    message: str = ""
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    bound: float | None = None
    wrong: int = 0
    entries: int = 0
    single: bool = False
    """Right only within the bound for single precision."""

    @property
    def passed(self) -> bool:
        """Whether the numbers are right."""
        return self.verdict is Verdict.PASS


def expected_values(
    compute: Callable[[tuple[Any, ...]], Sequence[Array]],
    inputs: tuple[Any, ...],
    rng: np.random.Generator,
    *,
    kink: bool = False,
) -> list[Expected]:
    """What `compute` gives at the inputs, with bounds from runs at inputs moved by their last digit.

    At a kink the runs are moved a little further, to all sides, and whatever they give is right.
    """
    with np.errstate(all="ignore"):
        values = [np.asarray(v, np.float64) for v in compute(inputs)]
        spread = [np.zeros(v.shape) for v in values]
        for _ in range(RERUNS):
            moved = compute(_moved(inputs, rng, 2.0**-52))
            for seen, value, other in zip(spread, values, moved, strict=True):
                np.fmax(seen, np.abs(other - value), out=seen)  # NaN - NaN tells nothing
        low, high = [v.copy() for v in values], [v.copy() for v in values]
        if kink:
            spread = [np.zeros(v.shape) for v in values]  # the sides of a kink are no rounding
            for _ in range(48):
                for lo, hi, other in zip(low, high, compute(_beside(inputs, rng)), strict=True):
                    np.minimum(lo, other, out=lo)
                    np.maximum(hi, other, out=hi)
    return [_expected(*each) for each in zip(values, spread, low, high, strict=True)]


def _expected(value: Array, spread: Array, low: Array, high: Array) -> Expected:
    size = np.abs(value)
    largest = float(size.max(initial=0.0))
    tiny = 1e-12 if largest == 0 else 0.0
    bound = FINE * size + FLOOR * largest + SPREAD * spread + tiny
    single = FINE_SINGLE * size + FLOOR_SINGLE * largest + SPREAD * spread + (1e-6 if largest == 0 else 0.0)
    return Expected(value, bound, single, low, high, bool((low != high).any()))


def _moved(inputs: tuple[Any, ...], rng: np.random.Generator, by: float) -> tuple[Any, ...]:
    return tuple(
        np.asarray(v * (1 + by * rng.choice((-1.0, 1.0), v.shape)))
        if isinstance(v, np.ndarray) and v.dtype.kind == "f"
        else v
        for v in inputs
    )


def _beside(inputs: tuple[Any, ...], rng: np.random.Generator) -> tuple[Any, ...]:
    """Inputs moved off the kink by about 1e-9 of their scale, each entry by its own amount."""
    return tuple(
        np.asarray(v + 1e-9 * max(1.0, float(np.abs(v).max(initial=0.0))) * rng.uniform(-1, 1, v.shape))
        if isinstance(v, np.ndarray) and v.dtype.kind == "f"
        else v
        for v in inputs
    )


def as_numbers(value: Any) -> Array | None:
    """A returned value as an array of real numbers, or None if it is none."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return value
    if isinstance(value, (bool, int, float)):
        return np.asarray(value)
    if isinstance(value, (list, tuple)):
        try:
            array = np.asarray(value)
        except (ValueError, TypeError):
            return None
        return array if array.dtype.kind in "fiub" else None
    return None


def compare(
    name: str, value: Any, expected: Expected, *, single: bool = False, shape: str = ""
) -> Comparison:
    """The student's value for `name` against what is expected. `shape` is the shape in names, for messages."""
    array = as_numbers(value)
    right = expected.value
    if array is None:
        return Comparison(Verdict.FAIL, f"{name} is {what(value)}; expected {_shaped(right.shape, shape)}")
    if array.shape != right.shape:
        message = f"{name} is {_shown_shape(array)}; expected {_shaped(right.shape, shape)}"
        return Comparison(Verdict.FAIL, message)
    array = array.astype(np.float64, copy=False)
    if not right.size:
        return Comparison(Verdict.PASS)
    bound = expected.single if single else expected.bound
    if not expected.sided:
        # Most numbers are right; this says so at a third of the cost of saying what is wrong.
        with np.errstate(all="ignore"):
            distance = np.abs(array - right)
            if (distance <= bound).all():
                return _passed(array, right, bound, int((distance / bound).argmax()), single)
    with np.errstate(all="ignore"):
        nearest = np.asarray(np.clip(array, expected.low, expected.high))
        distance = np.where(np.isfinite(array), np.abs(array - nearest), np.inf)
    wrong = ~(distance <= bound)
    with np.errstate(all="ignore"):
        excess = np.nan_to_num(distance / bound, nan=np.inf, posinf=np.inf)
    worst = int(np.argmax(excess))
    count = int(wrong.sum())
    if not count:
        return _passed(array, nearest, bound, worst, single)
    index = tuple(int(i) for i in np.unravel_index(worst, right.shape))
    got, target = float(array[index]), float(nearest[index] if np.isfinite(array[index]) else right[index])
    at = f"{name}[{', '.join(map(str, index))}]" if index else name
    many = f"; {count} of {right.size} entries are wrong" if right.size > 1 else ""
    g, t = told(got, target)
    message = f"{at} = {g}, expected {t} (±{bound[index]:.0e}){many}"
    return Comparison(Verdict.FAIL, message, index, got, target, float(bound[index]), count, right.size)


def _passed(array: Array, target: Array, bound: Array, worst: int, single: bool) -> Comparison:
    """Right numbers, told by the entry that is the furthest off: number `worst` of all."""
    index = tuple(map(int, np.unravel_index(worst, array.shape)))
    got, near, room = float(array[index]), float(target[index]), float(bound[index])
    return Comparison(Verdict.PASS, "", index, got, near, room, 0, array.size, single)


def same_numbers(value: Array, other: Array, right: Expected, single: bool) -> bool:
    """Whether two arrays are the same numbers, as far as the case can tell: same shape, within its bounds.

    What is not finite is the same as nothing: an infinite scale would let everything pass.
    """
    if value.shape != other.shape or not np.isfinite(other).all():
        return False
    if not value.size:
        return True
    scale = float(max(np.abs(other).max(initial=0.0), np.abs(right.value).max(initial=0.0)))
    bound = (1e-3 if single else 1e-6) * np.abs(other) + (1e-3 if single else 1e-8) * scale
    with np.errstate(all="ignore"):
        return bool((np.abs(value - other) <= bound).all())


def told(got: float, expected: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    got, expected = got + 0.0, expected + 0.0  # no negative zero
    for digits in range(5, 17):
        pair = f"{got:.{digits}g}", f"{expected:.{digits}g}"
        if pair[0] != pair[1]:
            return pair
    return repr(got), repr(expected)


def is_single(value: Any) -> bool:
    """Whether the numbers end where single precision does (by their type, or by their digits)."""
    array = as_numbers(value)
    if array is None or array.dtype.kind != "f" or not array.size:
        return False
    if array.dtype.itemsize <= 4:
        return True
    with np.errstate(over="ignore"):
        return bool((array == array.astype(np.float32)).all() and (array != np.round(array, 2)).any())


def what(value: Any) -> str:
    """What a value is, for a message."""
    from grader.worker.values import Failed, Opaque

    if value is None:
        return "None"
    if isinstance(value, Opaque):
        return value.kind
    if isinstance(value, Failed):
        return f"not computed ({value.error})"
    if isinstance(value, dict):
        return "a dictionary"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, str):
        return "a text"
    return f"{type(value).__name__}"


def _shown_shape(array: Array) -> str:
    return f"of shape {array.shape}" if array.ndim else "a single number"


def _shaped(shape: tuple[int, ...], names: str) -> str:
    if not shape:
        return "a single number"
    return f"{names} = {shape}" if names else f"shape {shape}"
