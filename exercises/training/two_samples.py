"""Comparing a student's sample with one of the reference's, whatever the distribution, with a known false alarm.

For n independent numbers with distribution function F and any t > 0, the empirical one F_n obeys

    P( sup |F_n - F| > √(t/(2n)) ) ≤ 2e⁻ᵗ          (Dvoretzky, Kiefer and Wolfowitz 1956; Massart 1990)

so that two samples of one distribution, of n and m numbers, lie apart by more than √(t/(2n)) + √(t/(2m)) with
probability at most 4e⁻ᵗ.
"""

from __future__ import annotations

import math

import numpy as np

from reference.inputs import Array


def tail(tests: int, false_alarm: float) -> float:
    """t, so that this many comparisons together err with probability at most `false_alarm`."""
    return math.log(4 * tests / false_alarm)


def apart(one: Array, other: Array, t: float) -> bool:
    """Whether the two samples are not of one distribution."""
    n, m = len(one), len(other)
    return distance(one, other) > math.sqrt(t / (2 * n)) + math.sqrt(t / (2 * m))


def distance(one: Array, other: Array) -> float:
    """The largest difference of the two empirical distribution functions."""
    first, second = np.sort(one), np.sort(other)
    points = np.concatenate([first, second])
    below = np.searchsorted(first, points, side="right") / len(first)
    beside = np.searchsorted(second, points, side="right") / len(second)
    return float(np.abs(below - beside).max())
