"""How much of a function's value is rounding: measured, output by output, not assumed from the dtype.

Along a short line a smooth function is a polynomial of low degree; what a least-squares cubic leaves over is
rounding. The idea is that of Moré and Wild, "Estimating computational noise" (SIAM J. Sci. Comput. 33, 2011),
who take high differences at even distances. Ours are uneven: a function that rounds to float32 inside is a
staircase, and even distances may climb exactly one stair at each point, which looks perfectly straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.gradcheck.subject import Array

PLACES = np.array([0, 38, 93, 139, 239, 297, 373, 445, 513]) / 64
"""Where along the line: uneven, and in 64ths, so that x can be moved there exactly."""

POINTS = len(PLACES)

DEGREE = 3

_BASIS = np.linalg.qr(np.vander((PLACES - 4) / 4, DEGREE + 1))[0]
_REST = np.eye(POINTS) - _BASIS @ _BASIS.T
"""Projects values at PLACES onto what no cubic explains."""

SAFETY = 6.0
"""From a standard deviation (estimated from few values) to a bound on one value's error."""


@dataclass(frozen=True, slots=True)
class Noise:
    """For each output the bound on the rounding error of one of its entries (shaped as the output)."""

    bounds: tuple[Array, ...]
    relative: float
    """The typical bound beside the value: about 1e-16 for float64, 1e-7 for float32."""


def estimate_noise(table: list[list[Array]]) -> Noise:
    """Noise from evaluations at PLACES along a short line: table[point][output]."""
    assert len(table) == POINTS
    bounds: list[Array] = []
    ratios: list[float] = []
    eps = float(np.finfo(np.float64).eps)
    for values in zip(*table, strict=True):
        stacked = np.stack(values)
        rest = (_REST @ (stacked - stacked[0]).reshape(POINTS, -1)).reshape(stacked.shape)
        sigma = np.sqrt((rest**2).sum(axis=0) / (POINTS - DEGREE - 1))
        size = np.abs(stacked).max(axis=0)
        known = (size > 0) & np.isfinite(sigma)
        ratio = float(np.median(sigma[known] / size[known])) if known.any() else 0.0
        # One entry's estimate may be small by luck; its neighbours and the rounding of the result bound it.
        least = max(ratio, eps / 4)
        bounds.append(np.asarray(SAFETY * np.maximum(np.nan_to_num(sigma, posinf=0.0), least * size)))
        ratios.append(least * SAFETY)
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
