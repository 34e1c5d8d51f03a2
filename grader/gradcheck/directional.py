"""Directional mode, for large arguments: one derivative along a random direction says whether all is right.

    Σ gradient · v   against   the derivative along v

Every entry of v has a size between half and one and a half steps and a random sign, so no entry is drowned and
none cancels another but by chance. If they disagree, halves of the entries are tried, and halves of the wrong
half: about log2(n) more evaluations name one wrong entry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.findings import Verdict
from grader.gradcheck.differences import TIGHT, Derivative, central, differentiate, moved_noise, weigh
from grader.gradcheck.full import AGREEMENT, Point
from grader.gradcheck.subject import Array


@dataclass(frozen=True, slots=True)
class DirectionResult:
    """The claim and the measurement along the direction, and one wrong entry where they disagree."""

    verdict: Verdict
    claimed: float
    derivative: Derivative
    slack: float
    direction: Array
    index: tuple[int, ...] | None = None
    entry: Derivative | None = None


def check_direction(
    point: Point, place: int, steps: Array, gradient: Array, own: Array, rng: np.random.Generator
) -> DirectionResult:
    """One argument along one random direction."""
    direction = steps * rng.choice((-1.0, 1.0), steps.shape) * (rng.integers(4, 13, steps.shape) / 8)
    claimed, slack = claim(gradient, own, direction)
    found, t = _along(point, place, direction, claimed, slack)
    verdict = _judged(claimed, found, slack, gradient, direction)
    if verdict is not Verdict.FAIL:
        return DirectionResult(verdict, claimed, found, slack, direction)
    index = _bisect(point, place, direction, gradient, own, claimed - found.estimate, t)
    entry = point.entry(place, steps, index, claimed=float(gradient[index]), slack=float(own[index]))
    return DirectionResult(verdict, claimed, found, slack, direction, index, entry)


def claim(gradient: Array, own: Array, direction: Array) -> tuple[float, float]:
    """What the gradient says of the direction, and the rounding that this may carry.

    Roundings of different entries add like a random walk; 4 standard deviations of it, and those of the sum.
    """
    products = gradient * direction
    walk = 4 * float(np.sqrt(np.sum((own * direction) ** 2)))
    summing = 8 * float(np.finfo(np.float64).eps) * float(np.sqrt(np.sum(products**2)))
    return float(products.sum()), walk + summing


def _along(
    point: Point, place: int, direction: Array, claimed: float, slack: float
) -> tuple[Derivative, float]:
    """The derivative along the direction, at the least cost that is enough; and the multiple it was taken at."""
    evaluate = point.along(place, direction, None)
    plus, minus, half_plus, half_minus = evaluate((1.0, -1.0, 0.5, -0.5))
    if all(np.isfinite(out).all() for outs in (plus, minus, half_plus, half_minus) for out in outs):
        whole = weigh(point.weights, central(plus, minus, 1.0))
        half = weigh(point.weights, central(half_plus, half_minus, 0.5))
        value = (4 * half - whole) / 3
        moved = [np.asarray((p != m) | (p != b)) for p, m, b in zip(plus, minus, point.base, strict=True)]
        bound = 3 * moved_noise(point.weights, point.noise, moved) + AGREEMENT * abs(value)
        if abs(claimed - value) <= bound + slack:
            return Derivative(value, bound), 0.5
    found = differentiate(point.weights, point.noise, point.base, evaluate, claimed=claimed, slack=slack)
    return found, 0.25


def _judged(claimed: float, found: Derivative, slack: float, gradient: Array, direction: Array) -> Verdict:
    allowed = found.bound + slack
    if found.kink:
        inside = found.low - slack <= claimed <= found.high + slack
        return Verdict.KINK if inside else Verdict.FAIL
    if not np.isfinite(allowed):
        return Verdict.INCONCLUSIVE
    if abs(claimed - found.estimate) > allowed:
        return Verdict.FAIL
    size = float(np.sqrt(np.sum((gradient * direction) ** 2)))
    if allowed > TIGHT * max(size, abs(claimed)) and size > 0:
        return Verdict.INCONCLUSIVE
    return Verdict.PASS


def _bisect(
    point: Point, place: int, direction: Array, gradient: Array, own: Array, residual: float, t: float
) -> tuple[int, ...]:
    """An entry where claim and function differ: keep the half whose residual is the larger part.

    Derivatives along the two halves add up to that along both, so one measurement an halving is enough.
    """
    entries = np.arange(direction.size)
    flat = direction.ravel()
    while len(entries) > 1:
        left, right = entries[: len(entries) // 2], entries[len(entries) // 2 :]
        part = np.zeros_like(flat)
        part[left] = flat[left]
        shaped = part.reshape(direction.shape)
        plus, minus = point.along(place, shaped, None)((t, -t))
        measured = weigh(point.weights, central(plus, minus, t))
        here = float((gradient * shaped).sum()) - measured
        left_own = claim(gradient, own, shaped)[1]
        there = residual - here
        # Relative to what each half could owe to rounding, which matters once one half is nearly right.
        if abs(here) - left_own >= abs(there) - left_own:
            entries, residual = left, here
        else:
            entries, residual = right, there
    return tuple(int(i) for i in np.unravel_index(int(entries[0]), direction.shape))
