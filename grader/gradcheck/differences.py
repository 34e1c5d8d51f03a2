"""A derivative along one direction, with a bound on its error, or the news that there is none.

Central differences at h, h/2 and h/4 give two Richardson extrapolations; what the last one changed bounds
the truncation, the measured noise over h bounds the rounding:

    bound = |D2 - D1| + noise · (sum of the weights) / h

That holds where f is smooth. Two tests see a kink: successive differences must shrink like h² (ratio ¼), and
the two one-sided slopes must approach each other like h. Source: NUMERICS as measured by us; the extrapolation
is Richardson's, the weights follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from grader.gradcheck.noise import Noise
from grader.gradcheck.subject import Array

Evaluate = Callable[[Sequence[float]], list[list[Array]]]
"""Outputs at the point moved by each multiple of the direction."""

SHRINK = 0.35
"""The largest ratio of successive differences that still counts as smooth (¼ for h², with room for h⁴ terms)."""

NEXT = 16.0
"""How much smaller the next attempt's steps are when this one's met a kink."""

ATTEMPTS = 8

KINKS = 4
"""Attempts at which the one-sided slopes stayed apart, over a factor of 4096 in the step: a kink."""

TIGHT = 2e-4
"""A bound decides only if it is below this part of the derivative: 1.001 times the right one must fail."""


@dataclass(frozen=True, slots=True)
class Triple:
    """What six evaluations at ±t, ±t/2, ±t/4 say, for a weighted sum of the outputs."""

    estimate: float
    bound: float
    smooth: bool
    kinked: bool
    """The one-sided slopes stay apart: a kink sits at the point itself."""
    low: float
    high: float
    """Between the one-sided slopes, output by output: where a subgradient may lie."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """A directional derivative: an estimate with its bound, or a kink with the interval of its subgradients."""

    estimate: float
    bound: float
    kink: bool = False
    low: float = 0.0
    high: float = 0.0


def central(plus: list[Array], minus: list[Array], t: float) -> list[Array]:
    """(f(x + tv) - f(x - tv)) / 2t, output by output."""
    return [(p - m) / (2 * t) for p, m in zip(plus, minus, strict=True)]


def weigh(weights: Sequence[Array], values: Sequence[Array]) -> float:
    """Σ weights · values over all outputs."""
    return float(sum(np.sum(w * v) for w, v in zip(weights, values, strict=True)))


def moved_noise(weights: Sequence[Array], noise: Noise, moved: Sequence[Array]) -> float:
    """Σ |weights| · noise over the outputs that moved; of those that did not, the largest alone.

    An output that depends on the entry but moved by less than its last digit hides at most its own rounding.
    """
    total, hidden = 0.0, 0.0
    for w, bound, m in zip(weights, noise.bounds, moved, strict=True):
        parts = np.abs(w) * bound
        total += float(parts[m].sum())
        hidden = max(hidden, float(parts[~m].max(initial=0.0)))
    return total + hidden


def triple(
    weights: Sequence[Array], noise: Noise, base: list[Array], evaluate: Evaluate, t: float
) -> Triple | None:
    """Six evaluations around the point. None where one of them is not finite."""
    outs = evaluate((t, -t, t / 2, -t / 2, t / 4, -t / 4))
    if not all(np.isfinite(out).all() for point in outs for out in point):
        return None
    steps = (t, t / 2, t / 4)
    pairs = [(outs[0], outs[1]), (outs[2], outs[3]), (outs[4], outs[5])]
    moved = [np.logical_or.reduce([p[i] != m[i] for p, m in pairs]) for i in range(len(base))]
    e = moved_noise(weights, noise, moved)
    d = [weigh(weights, central(p, m, s)) for (p, m), s in zip(pairs, steps, strict=True)]
    near = (4 * d[1] - d[0]) / 3
    far = (4 * d[2] - d[1]) / 3
    best = (16 * far - near) / 15
    # Weights of D2 on the three central differences, each of which carries e/step: (1 + 2·20 + 4·64)/45 = 6.6.
    rounding = 6.6 * e / t + 8 * np.finfo(np.float64).eps * abs(best)
    first, second = abs(d[0] - d[1]), abs(d[1] - d[2])
    falling = second <= max(SHRINK * first, 6 * e / t) and (second >= 0.03 * first or first <= 12 * e / t)
    gaps = [
        sum(
            float(np.abs(w * (p + m - 2 * b)).sum()) / s
            for w, p, m, b in zip(weights, plus, minus, base, strict=True)
        )
        for (plus, minus), s in zip(pairs, steps, strict=True)
    ]
    gap_noise = 16 * e / t
    apart = gaps[2] > max(SHRINK * gaps[0], gap_noise)
    low, high = _hull(weights, base, pairs[2], t / 4)
    slack = 4 * gap_noise
    return Triple(
        estimate=best,
        bound=abs(best - far) + rounding,
        smooth=falling and not apart,
        # A gap that grows as the step shrinks is rounding.
        kinked=max(0.7 * gaps[0], gap_noise) < gaps[2] < 1.5 * gaps[0],
        low=low - slack,
        high=high + slack,
    )


def _hull(
    weights: Sequence[Array], base: list[Array], pair: tuple[list[Array], list[Array]], t: float
) -> tuple[float, float]:
    low = high = 0.0
    for w, p, m, b in zip(weights, *pair, base, strict=True):
        right, left = w * (p - b) / t, w * (b - m) / t
        low += float(np.minimum(right, left).sum())
        high += float(np.maximum(right, left).sum())
    return low, high


def differentiate(
    weights: Sequence[Array],
    noise: Noise,
    base: list[Array],
    evaluate: Evaluate,
    *,
    claimed: float | None = None,
    slack: float = 0.0,
    exact: Callable[[float], float] = float,
) -> Derivative:
    """The derivative along a direction, from ever smaller steps until one is smooth.

    `evaluate` moves the point by multiples of the direction, 1 being the generous first step; `exact` gives the
    nearest multiple that the point can really be moved by. With a `claimed`
    value that the first smooth attempt rejects by more than `slack`, a second attempt at other steps has to
    agree before it is believed: a kink in just the wrong place can look smooth once, not twice.
    """
    best: Derivative | None = None
    kinked: list[Triple] = []
    t = 1.0
    for _ in range(ATTEMPTS):
        found = triple(weights, noise, base, evaluate, exact(t))
        t /= NEXT
        if found is None:
            continue
        if not found.smooth:
            if found.kinked:
                kinked.append(found)
            if len(kinked) == KINKS:
                break
            continue
        if kinked and found.bound > (kinked[-1].high - kinked[-1].low) / 20:
            break  # not smooth: so small a step that rounding swallows the kink
        here = Derivative(found.estimate, found.bound)
        if claimed is None or abs(claimed - here.estimate) <= here.bound + slack:
            return here
        if best is not None and abs(best.estimate - here.estimate) <= best.bound + here.bound:
            return min(best, here, key=lambda derivative: derivative.bound)
        best = here
        t *= NEXT * 13 / 64  # the confirmation needs other steps, not much smaller ones
    if len(kinked) > 1:
        least = min(kinked, key=lambda triple: triple.high - triple.low)
        return Derivative(least.estimate, (least.high - least.low) / 2, True, least.low, least.high)
    if best is not None:
        return Derivative(best.estimate, float("inf"))
    return Derivative(float("nan"), float("inf"))
