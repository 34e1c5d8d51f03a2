"""From numbers to a verdict on one argument: entry by entry, each against its own bound.

The same function judges a student's gradient and the errors that we plant to prove that it can say no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.findings import Verdict
from grader.gradcheck.differences import TIGHT
from grader.gradcheck.subject import Array

KNOWN, KINKED, UNKNOWN = 0, 1, 2

NEGLIGIBLE = 1e-4
"""An entry this much smaller than the largest of its argument need not be told from 1.001 times itself."""


@dataclass(slots=True)
class Measured:
    """What differences say of one argument, entry by entry.

    `bound` holds the error of `value` alone; `state` is KNOWN, KINKED (then `low` .. `high` holds the
    subgradients) or UNKNOWN (no smooth step was found, or it was not looked for).
    """

    value: Array
    bound: Array
    state: Array
    low: Array
    high: Array
    still: Array
    """Where no output moved at all: the derivative is 0 as far as the function's own digits go."""
    natural: float = 0.0
    """A slope of f over long steps, where it was asked for: the measure of a gradient that is 0 everywhere."""

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> Measured:
        """Nothing known yet."""
        return cls(
            np.full(shape, np.nan),
            np.full(shape, np.inf),
            np.full(shape, UNKNOWN),
            np.full(shape, np.nan),
            np.full(shape, np.nan),
            np.zeros(shape, dtype=bool),
        )

    def slopes(self, index: tuple[int, ...]) -> tuple[float, float] | None:
        """The one-sided slopes by one entry, if it is at a kink."""
        if self.state[index] != KINKED:
            return None
        return float(self.low[index]), float(self.high[index])


@dataclass(frozen=True, slots=True)
class Judgement:
    """One argument's verdict and the entry that carries it."""

    verdict: Verdict
    index: tuple[int, ...] | None
    disagreeing: int = 0
    checked: int = 0


def judge(gradient: Array, measured: Measured, own: Array) -> Judgement:
    """The verdict on a gradient. `own` is the rounding that the gradient itself may carry, entry by entry.

    Fail: some entry lies outside its bound (at a kink: outside the subgradients). Inconclusive: an entry's
    bound is too wide to tell it from 1.001 times itself, and it is not negligible either.
    """
    if not gradient.size:
        return Judgement(Verdict.PASS, None)
    known, kinked = measured.state == KNOWN, measured.state == KINKED
    allowed = measured.bound + own
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(gradient - measured.value)
        wrong = known & ~(distance <= allowed)
        outside = kinked & ((gradient < measured.low - own) | (gradient > measured.high + own))
    wrong |= outside | ~np.isfinite(gradient)
    checked = int((known | kinked).sum())
    if wrong.any():
        excess = np.where(wrong, np.nan_to_num(distance, nan=np.inf, posinf=np.inf), -1.0)
        return Judgement(Verdict.FAIL, _at(excess.argmax(), gradient), int(wrong.sum()), checked)
    size = np.abs(np.where(known, measured.value, 0.0))
    scale = NEGLIGIBLE * size.max(initial=0.0)
    if (size <= allowed).all():
        # Nothing stands out from the error: a gradient of 0, if the error is small beside what f does elsewhere.
        scale = max(scale, measured.natural / 100)
    wide = known & ~(allowed <= TIGHT * np.maximum(size, scale)) & (allowed > 0) & ~measured.still
    unsure = wide | (measured.state == UNKNOWN)
    if unsure.any():
        return Judgement(
            Verdict.INCONCLUSIVE, _at(np.where(unsure, allowed, -1.0).argmax(), gradient), 0, checked
        )
    if kinked.any():
        return Judgement(Verdict.KINK, _at(kinked.argmax(), gradient), 0, checked)
    with np.errstate(invalid="ignore", divide="ignore"):
        closeness = np.where(allowed > 0, distance / allowed, 0.0)
    return Judgement(Verdict.PASS, _at(closeness.argmax(), gradient), 0, checked)


def _at(flat: Any, array: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(flat), array.shape))
