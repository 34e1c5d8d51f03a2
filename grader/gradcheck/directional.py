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
from grader.gradcheck.noise import power_of_two
from grader.gradcheck.subject import Array

CLEAR = 20.0
"""A disagreement so many times larger than everything that could blur it needs no confirmation."""


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


@dataclass(frozen=True, slots=True)
class Along:
    """The derivative along a direction, with what is needed to go on from there."""

    derivative: Derivative
    bend: float
    """Σ |weights · (f(x + v) - 2f(x) + f(x - v))|: how far one-sided differences may be off, for a step of 1."""
    noise: float


def check_direction(
    point: Point, place: int, steps: Array, gradient: Array, own: Array, rng: np.random.Generator
) -> DirectionResult:
    """One argument along one random direction."""
    direction = steps * rng.choice((-1.0, 1.0), steps.shape) * (rng.integers(4, 13, steps.shape) / 8)
    claimed, slack = claim(gradient, own, direction)
    along = _along(point, place, direction, claimed, slack)
    found = along.derivative
    verdict = _judged(claimed, found, slack, gradient, direction)
    if verdict is not Verdict.FAIL:
        return DirectionResult(verdict, claimed, found, slack, direction)
    index = _bisect(point, place, direction, gradient, claimed - found.estimate, along)
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


def _along(point: Point, place: int, direction: Array, claimed: float, slack: float) -> Along:
    """The derivative along the direction, at the least cost that is enough."""
    evaluate = point.along(place, direction, None)
    plus, minus, half_plus, half_minus = evaluate((1.0, -1.0, 0.5, -0.5))
    noise = moved_noise(point.weights, point.noise, [np.ones(b.shape, dtype=bool) for b in point.base])
    bend = np.inf
    if all(np.isfinite(out).all() for outs in (plus, minus, half_plus, half_minus) for out in outs):
        whole = weigh(point.weights, central(plus, minus, 1.0))
        half = weigh(point.weights, central(half_plus, half_minus, 0.5))
        bend = sum(
            float(np.abs(w * (p + m - 2 * b)).sum())
            for w, p, m, b in zip(point.weights, plus, minus, point.base, strict=True)
        )
        value = (4 * half - whole) / 3
        moved = [np.asarray((p != m) | (p != b)) for p, m, b in zip(plus, minus, point.base, strict=True)]
        bound = 3 * moved_noise(point.weights, point.noise, moved) + AGREEMENT * abs(value)
        distance = abs(claimed - value)
        blurred = abs(whole - half) + bend + bound + slack
        if distance <= bound + slack or distance > CLEAR * blurred:
            return Along(Derivative(value, bound), bend, noise)
    found = differentiate(point.weights, point.noise, point.base, evaluate, claimed=claimed, slack=slack)
    return Along(found, bend, noise)


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
    point: Point, place: int, direction: Array, gradient: Array, residual: float, along: Along
) -> tuple[int, ...]:
    """An entry where claim and function differ: keep the half whose residual is the larger part.

    Derivatives along the two halves add up to that along both, so one measurement a halving is enough: a
    one-sided difference where bending and rounding leave room for one, else a central one.
    """
    entries = np.arange(direction.size)
    flat = direction.ravel()
    while len(entries) > 1:
        left, right = entries[: len(entries) // 2], entries[len(entries) // 2 :]
        part = np.zeros_like(flat)
        part[left] = flat[left]
        shaped = part.reshape(direction.shape)
        claimed = float((gradient * shaped).sum())
        measured = _slope(point, place, shaped, residual, along)
        here = claimed - measured
        there = residual - here
        entries, residual = (left, here) if abs(here) >= abs(there) else (right, there)
    return tuple(int(i) for i in np.unravel_index(int(entries[0]), direction.shape))


def _slope(point: Point, place: int, step: Array, residual: float, along: Along) -> float:
    """The derivative along a step, just well enough to see a residual of that size in it."""
    room = abs(residual) / 8
    t = min(0.25, float(power_of_two(room / along.bend))) if along.bend else 0.25
    evaluate = point.along(place, step, None)
    if np.isfinite(t) and t > 0 and 2 * along.noise / t <= room:
        (plus,) = evaluate((t,))
        return weigh(point.weights, [(p - b) / t for p, b in zip(plus, point.base, strict=True)])
    plus, minus = evaluate((0.25, -0.25))
    return weigh(point.weights, central(plus, minus, 0.25))
