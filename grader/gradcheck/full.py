"""Full mode: every entry of an argument is measured.

First a cheap round for all: central differences at two steps, entries that structure allows moved together.
Where the claimed gradient agrees with the extrapolation to within rounding (and a billionth of itself), the
entry is settled: a coincidence to nine digits is not a mistake. Every other entry is measured again on its own,
with ever smaller steps, until it is clearly right, clearly wrong, at a kink, or beyond what the digits can say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.gradcheck.differences import Derivative, differentiate
from grader.gradcheck.judge import KINKED, KNOWN, UNKNOWN, Measured
from grader.gradcheck.noise import Noise
from grader.gradcheck.structure import Grouping
from grader.gradcheck.subject import Array, Move, Subject

AGREEMENT = 1e-9
"""Relative: the truncation that the cheap round is trusted with where the claim agrees with it."""

TRUSTED = AGREEMENT + 8 * float(np.finfo(np.float64).eps)

SECOND_LOOKS = 64
"""Entries of one argument that are measured again on their own, the most suspicious first."""

CONFIRMED = 3
"""After so many entries that are wrong beyond doubt the others need no second look."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where and how the check measures: the function with its outputs, weights and noise at the point."""

    subject: Subject
    base: list[Array]
    weights: Sequence[Array]
    """The upstream gradients: the derivative of Σ weights · outputs is what backward claims."""
    noise: Noise

    def along(self, place: int, step: Array | float, index: Any) -> Any:
        """Evaluations at multiples of a step of some entries (index None: of the whole argument)."""

        def evaluate(multiples: Sequence[float]) -> list[list[Array]]:
            moves = [[Move(place, multiple * step, index)] for multiple in multiples]
            return list(self.subject.evaluate(moves))

        return evaluate

    def entry(
        self,
        place: int,
        steps: Array,
        index: Any,
        *,
        claimed: float | None,
        slack: float,
        grouping: Grouping = Grouping(()),  # noqa: B008 - frozen
    ) -> Derivative:
        """The derivative by one entry, from as many attempts as it takes."""
        weights = self.weights
        if grouping.pairs:  # what the entry does not reach cannot hide a part of its derivative
            weights = [np.zeros_like(self.weights[0])]
            weights[0][grouping.outputs_of(index)] = self.weights[0][grouping.outputs_of(index)]
        step = float(steps[index])
        x = float(self.subject.arguments[place].value[index])
        grain = 16 * float(np.spacing(max(abs(x), step)))
        return differentiate(
            [w / step for w in weights],
            self.noise,
            self.base,
            self.along(place, step, index),
            claimed=claimed,
            slack=slack,
            exact=lambda t: max(1.0, round(t * step / grain)) * grain / step,
        )


def measure(
    point: Point, place: int, steps: Array, grouping: Grouping, gradient: Array, own: Array
) -> Measured:
    """Differences for all entries of one argument, looked at as closely as the claimed gradient makes necessary.

    `steps` holds each entry's own first step, a power of two; `own` the rounding of the gradient itself.
    """
    alone = not grouping.pairs and len(point.base) == 1
    first_round = _entries_alone if alone else _first_round
    measured, suspects = first_round(point, place, steps, grouping, gradient, own)
    for _ in range(3):
        confirmed = _second_looks(point, place, steps, grouping, measured, suspects, gradient, own)
        if confirmed >= CONFIRMED or not suspects.any():
            break
        # More suspects than there are looks, and those that were looked at are right: f bends too much for
        # these steps, everywhere. The whole round again, with smaller ones.
        steps = steps / 8
        again, still_suspect = first_round(point, place, steps, grouping, gradient, own)
        settled = suspects & ~still_suspect
        for name in ("value", "bound", "state", "still"):
            getattr(measured, name)[settled] = getattr(again, name)[settled]
        suspects &= still_suspect
    return measured


def _second_looks(
    point: Point,
    place: int,
    steps: Array,
    grouping: Grouping,
    measured: Measured,
    suspects: Array,
    gradient: Array,
    own: Array,
) -> int:
    """Looks at the most suspicious entries alone, strikes them off the list; how many are certainly wrong."""
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.nan_to_num(np.abs(gradient - measured.value) / (measured.bound + own), nan=np.inf)
    order = sorted(map(tuple, np.argwhere(suspects)), key=lambda index: -distance[index])
    confirmed = 0
    for index in order[:SECOND_LOOKS]:
        claimed, slack = float(gradient[index]), float(own[index])
        found = point.entry(place, steps, index, claimed=claimed, slack=slack, grouping=grouping)
        suspects[index] = False
        if found.kink:
            measured.state[index] = KINKED
            measured.low[index], measured.high[index] = found.low, found.high
            confirmed += not found.low - slack <= claimed <= found.high + slack
        elif np.isfinite(found.bound):
            measured.state[index] = KNOWN
            confirmed += abs(claimed - found.estimate) > found.bound + slack
        else:
            measured.state[index] = UNKNOWN
        measured.value[index], measured.bound[index] = found.estimate, found.bound
        if confirmed >= CONFIRMED:
            break
    return confirmed


def _first_round(
    point: Point, place: int, steps: Array, grouping: Grouping, gradient: Array, own: Array
) -> tuple[Measured, Array]:
    """One or two steps for every entry: what agrees is settled, the rest comes back as suspects.

    A claim that agrees with a single difference quotient needs no extrapolation (f is linear there, or nearly);
    once one did not, the argument's other entries are taken at two steps from the start.
    """
    measured = Measured.empty(steps.shape)
    suspects = np.zeros(steps.shape, dtype=bool)
    out_noise = [np.abs(w) * e for w, e in zip(point.weights, point.noise.bounds, strict=True)]
    linear = True
    with np.errstate(invalid="ignore", over="ignore"):
        for group in grouping.groups():
            h = steps[group]
            evaluate = point.along(place, h, group)
            outs = evaluate((1.0, -1.0) if linear else (1.0, -1.0, 0.5, -0.5))
            if linear:
                value, noise, still = _quotient(point, grouping, outs, out_noise, h)
                bound = noise + TRUSTED * np.abs(value)
                agrees = np.abs(gradient[group] - value) <= bound + own[group]
                linear = bool(agrees.all())
                if not linear:
                    outs += evaluate((0.5, -0.5))
            if not linear:
                value, noise, still = _extrapolated(point, grouping, outs, out_noise, h)
                # Weights of the extrapolation on the two differences: (1 + 2 · 4)/3 = 3 times the noise over h.
                bound = 3 * noise + TRUSTED * np.abs(value)
                agrees = np.abs(gradient[group] - value) <= bound + own[group]
            measured.value[group], measured.bound[group] = value, np.nan_to_num(bound, nan=np.inf)
            measured.still[group] = still
            if agrees.all():
                measured.state[group] = KNOWN
                continue
            kinked, low, high = _one_sided(point, grouping, outs, noise, h)
            measured.low[group], measured.high[group] = low, high
            # A kink that the second look has no time for keeps this round's word.
            measured.state[group] = np.where(agrees, KNOWN, np.where(kinked, KINKED, UNKNOWN))
            suspects[group] = ~agrees
    return measured, suspects


def _entries_alone(
    point: Point, place: int, steps: Array, grouping: Grouping, gradient: Array, own: Array
) -> tuple[Measured, Array]:
    """`_first_round` where each entry is moved alone and there is one output: the same sums, as few as can be."""
    measured = Measured.empty(steps.shape)
    suspects = np.zeros(steps.shape, dtype=bool)
    w = point.weights[0].ravel()
    e = np.abs(w) * point.noise.bounds[0].ravel()
    noise_of_all = float(e.sum())
    weighted = w != 0
    linear = True

    def rounding(moved: Array) -> float:
        if moved.all():
            return noise_of_all
        return float(e @ moved) + float(e[~moved].max())

    with np.errstate(invalid="ignore", over="ignore"):
        for index in np.ndindex(steps.shape):
            h, claimed, slack = float(steps[index]), float(gradient[index]), float(own[index])
            evaluate = point.along(place, h, index)
            outs = evaluate((1.0, -1.0) if linear else (1.0, -1.0, 0.5, -0.5))
            change = (outs[0][0] - outs[1][0]).ravel()
            moved = (change != 0) & weighted
            if linear:
                value = float(w @ change) / (2 * h)
                bound = rounding(moved) / h + TRUSTED * abs(value)
                linear = abs(claimed - value) <= bound + slack
                if not linear:
                    outs += evaluate((0.5, -0.5))
            if not linear:
                half = (outs[2][0] - outs[3][0]).ravel()
                moved |= (half != 0) & weighted
                value = float(8 * (w @ half) - w @ change) / (6 * h)
                bound = 3 * rounding(moved) / h + TRUSTED * abs(value)
            measured.value[index] = value
            measured.bound[index] = np.inf if math.isnan(bound) else bound
            measured.still[index] = not moved.any()
            if abs(claimed - value) <= bound + slack:
                measured.state[index] = KNOWN
                continue
            noise = np.asarray(rounding(moved) / h)
            kinked, low, high = _one_sided(point, grouping, outs, noise, steps[index])
            measured.low[index], measured.high[index] = low, high
            measured.state[index] = KINKED if kinked else UNKNOWN
            suspects[index] = True
    return measured, suspects


def _quotient(
    point: Point, grouping: Grouping, outs: list[list[Array]], out_noise: list[Array], h: Array
) -> tuple[Array, Array, Array]:
    """(central difference, noise over the step, whether nothing moved) for each entry of a group."""
    total: Any = 0.0
    rounding: Any = 0.0
    still: Any = True
    for w, e, b, p, m in zip(point.weights, out_noise, point.base, *outs, strict=True):
        total = total + grouping.shares(w * (p - m))
        moved = (p != m) | (p != b)
        if moved.all():
            rounding, still = rounding + grouping.shares(e), np.zeros(np.shape(total), dtype=bool)
        else:
            rounding = rounding + grouping.shares(np.where(moved, e, 0.0))
            rounding = rounding + grouping.shares(np.where(moved, 0.0, e), largest=True)
            still = still & (grouping.shares(moved, largest=True) == 0)
    return total / (2 * h), rounding / h, still


def _extrapolated(
    point: Point, grouping: Grouping, outs: list[list[Array]], out_noise: list[Array], h: Array
) -> tuple[Array, Array, Array]:
    """(derivative, noise over the step, whether nothing moved) for each entry of a group; NaN where not finite."""
    whole: Any = 0.0
    half: Any = 0.0
    rounding: Any = 0.0
    hidden: Any = 0.0
    still: Any = True
    for w, e, b, p, m, hp, hm in zip(point.weights, out_noise, point.base, *outs, strict=True):
        whole = whole + grouping.shares(w * (p - m))
        half = half + grouping.shares(w * (hp - hm))
        moved = (p != m) | (hp != hm) | (p != b)
        rounding = rounding + grouping.shares(np.where(moved, e, 0.0))
        if not moved.all():
            hidden = np.maximum(hidden, grouping.shares(np.where(moved, 0.0, e), largest=True))
        still = still & (grouping.shares(moved, largest=True) == 0)
    return (8 * half - whole) / (6 * h), (rounding + hidden) / h, still


def _one_sided(
    point: Point, grouping: Grouping, outs: list[list[Array]], noise: Array, h: Array
) -> tuple[Array, Array, Array]:
    """(whether the slopes on both sides stay apart, and the interval between them) for each entry of a group."""
    gap: Any = 0.0
    half_gap: Any = 0.0
    low: Any = 0.0
    high: Any = 0.0
    for w, b, p, m, hp, hm in zip(point.weights, point.base, *outs, strict=True):
        right, left = w * (hp - b), w * (b - hm)
        gap = gap + grouping.shares(np.abs(w * (p + m - 2 * b)))
        half_gap = half_gap + grouping.shares(np.abs(right - left))
        low = low + grouping.shares(np.minimum(right, left))
        high = high + grouping.shares(np.maximum(right, left))
    kinked = 2 * half_gap / h > np.maximum(0.9 * gap / h, 16 * noise)
    return kinked, 2 * low / h - 16 * noise, 2 * high / h + 16 * noise
