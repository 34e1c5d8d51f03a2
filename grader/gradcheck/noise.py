"""How much of a function's value is rounding: measured, output by output, not assumed from the dtype.

Source of the estimate: Moré and Wild, "Estimating computational noise" (SIAM J. Sci. Comput. 33, 2011). Along
a short straight line a smooth function is a polynomial, whose high differences vanish; what is left in a
difference of order k is noise, with variance (2k)!/(k!)² times that of one value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.gradcheck.subject import Array

ORDERS = (3, 4, 5, 6)
POINTS = 7
"""Six orders of differences; more points cost evaluations and hardly sharpen the estimate."""

SAFETY = 4.0
"""From a standard deviation (estimated from few values) to a bound on one value's error."""


@dataclass(frozen=True, slots=True)
class Noise:
    """For each output the bound on the rounding error of one of its entries (shaped as the output)."""

    bounds: tuple[Array, ...]
    relative: float
    """The typical bound beside the value: about 1e-16 for float64, 1e-7 for float32."""


def estimate_noise(table: list[list[Array]]) -> Noise:
    """Noise from POINTS evaluations at equal small distances along a line: table[point][output]."""
    assert len(table) == POINTS
    bounds: list[Array] = []
    ratios: list[float] = []
    for values in zip(*table, strict=True):
        stacked = np.stack(values)
        sigma = np.zeros(stacked.shape[1:])
        differences = stacked
        for order in range(1, POINTS):
            differences = np.diff(differences, axis=0)
            if order in ORDERS:
                gamma = math.factorial(order) ** 2 / math.factorial(2 * order)
                sigma = np.maximum(sigma, np.sqrt(gamma * np.mean(differences**2, axis=0)))
        size = np.abs(stacked).max(axis=0)
        known = (size > 0) & np.isfinite(sigma)
        ratio = float(np.median(sigma[known] / size[known])) if known.any() else 0.0
        # One entry's estimate may be small by luck; its neighbours and the rounding of the result bound it.
        least = np.maximum(ratio, float(np.finfo(np.float64).eps) / 4)
        bounds.append(np.asarray(SAFETY * np.maximum(np.nan_to_num(sigma, posinf=0.0), least * size)))
        ratios.append(max(ratio, float(least)) * SAFETY)
    return Noise(tuple(bounds), max(ratios, default=0.0))


def line(scales: list[Array], rng: np.random.Generator, spacing: float) -> list[Array]:
    """A random direction with entries near `spacing` times each entry's own scale, in eighths of a power of two."""
    return [
        power_of_two(scale * spacing)
        * rng.choice((-1.0, 1.0), scale.shape)
        * rng.integers(4, 13, scale.shape)
        / 8
        for scale in scales
    ]


GRAIN = 2.0**-44
"""Steps are multiples of this part of their entry's scale: 256 last digits of x."""


def exact_steps(size: Array, scale: Array) -> Array:
    """Steps near `size` that x can take exactly, also halved a few times: (x + h) - x is h, for |x| <= scale.

    They are multiples of a grain and not powers of two: halves of a power of two all land on the same phase of
    a function with such a period (sin 2πkx), which then looks smooth with a wrong slope.
    """
    grain = power_of_two(scale) * GRAIN
    uneven = np.maximum(size, 8 * grain) * 0.7548776662466927
    return np.asarray(np.round(uneven / grain) * grain)


def power_of_two(size: Array | float) -> Any:
    """The largest power of two that is at most `size`: adding it to x loses no digit, so (x + h) - x is h."""
    return np.exp2(np.floor(np.log2(size)))
