"""Before any difference is taken: how exact the two functions are, and how far to step.

own rounding   backward again with inputs moved by their last digit
noise          forward along a short line (see noise.py), or from its last digits where that is too dear
precision      float32 inputs promoted to float64 where forward then really computes in it
steps          where truncation and rounding balance, smaller where f bends sooner
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from grader.gradcheck.full import Point
from grader.gradcheck.noise import PLACES, SAFETY, Noise, estimate_noise, exact_steps, line
from grader.gradcheck.passes import Passes, gradients_again
from grader.gradcheck.subject import Array, Move, Subject

OWN_SAFETY = 10.0
"""From the change seen when the inputs move by their last digit to a bound on the gradient's own rounding."""

OWN_ULPS = 64
"""Last digits of the largest entry that any gradient is allowed: a few dozen sums and products deep."""

JUMP = 1e-3
"""A change by this part of the largest entry, for a last digit of the inputs, is a jump and no rounding."""

BENT = 1e-3
"""Two difference quotients, one with half the other's step, may differ by this part at the first steps."""


def own_rounding(
    subject: Subject, passes: Passes, rng: np.random.Generator, *, reruns: int
) -> tuple[dict[str, Array], Noise]:
    """Bounds on the rounding of each gradient by name, and of the outputs. One forward a rerun.

    Raises CallFailed.
    """
    spread = {name: np.zeros(g.shape) for name, g in passes.gradients.items()}
    moved = [np.zeros(out.shape) for out in passes.outs]
    for _ in range(reruns):
        values = subject.fresh()
        for argument in subject.arguments:
            x = argument.value
            nudge = np.finfo(x.dtype).eps * rng.choice((-1, 1), x.shape)
            nudged = np.asarray(x * (1 + nudge), x.dtype)  # 0 stays 0
            values[argument.place] = nudged.item() if argument.scalar else nudged
        outs, cache = subject.call_forward(values)
        for seen, out, first in zip(moved, outs, passes.outs, strict=True):
            if out.shape == first.shape:
                np.maximum(seen, np.abs(out - first), out=seen)
        # The upstream moves too: a gradient that is a small difference of large terms shows it here.
        douts = [
            np.asarray(dout * (1 + np.finfo(dout.dtype).eps * rng.choice((-1, 1), dout.shape)), dout.dtype)
            for dout in passes.douts
        ]
        for name, gradient in gradients_again(subject, passes, cache, douts).items():
            np.maximum(spread[name], np.abs(gradient - passes.gradients[name]), out=spread[name])
    own = {
        name: _bound(subject, passes, gradient, spread[name]) for name, gradient in passes.gradients.items()
    }
    bounds, relative = [], 0.0
    for seen, out in zip(moved, passes.outs, strict=True):
        eps = float(np.finfo(out.dtype).eps)
        bounds.append(SAFETY * np.maximum(np.nan_to_num(seen), eps / 2 * np.abs(np.asarray(out, np.float64))))
        relative = max(relative, SAFETY * eps / 2)
    return own, Noise(tuple(bounds), relative)


def _bound(subject: Subject, passes: Passes, gradient: Array, spread: Array) -> Array:
    kinds = [gradient.dtype, *(out.dtype for out in passes.outs), *(a.value.dtype for a in subject.arguments)]
    eps = max(float(np.finfo(kind).eps) for kind in kinds)
    size = np.abs(np.nan_to_num(np.asarray(gradient, np.float64), posinf=0, neginf=0))
    largest = size.max(initial=0.0)
    # A jump is a tie that was broken or a mask that flipped; the differences will see it as a kink.
    seen = np.where(spread <= JUMP * largest, spread, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        typical = size * np.nan_to_num(np.median(np.where(size > 0, seen / size, 0.0))) if seen.size else 0.0
    widest = max((float(np.abs(a.value).max(initial=0.0)) for a in subject.arguments), default=0.0)
    # What is left where even the rounding underflows: nobody's error, and far below anything measured.
    reach = max(float(np.abs(d * o).max(initial=0.0)) for d, o in zip(passes.douts, passes.outs, strict=True))
    return np.asarray(
        eps**2 * reach / (widest or 1.0)
        + OWN_SAFETY * np.maximum(seen, typical)
        + OWN_ULPS * eps * np.maximum(size, largest / 2)
    )


@dataclass(frozen=True, slots=True)
class Promoted:
    """float32 functions run in float64: the same code, judged with all its digits."""

    subject: Subject
    passes: Passes
    own: dict[str, Array]
    noise: Noise


def nearer(own: Array, gradient: Array, apart: tuple[int, ...], eps: float) -> Array:
    """`own` with its floor from the entries that an entry can share sums with, no longer from the largest of all.

    `apart` are the axes along which entries are known to go separate ways (samples, columns, all for a function
    that works entry by entry): an entry owes nothing to the rounding of one a million times larger elsewhere.
    """
    size = np.abs(gradient)
    together = tuple(axis for axis in range(size.ndim) if axis not in apart)
    floor_of_all = OWN_ULPS * eps * np.maximum(size, size.max(initial=0.0) / 2)
    largest = size.max(axis=together, keepdims=True, initial=0.0)
    floor = OWN_ULPS * eps * np.maximum(size, largest / 2)
    return np.asarray(np.maximum(own - floor_of_all, 0.0) + floor)


def promoted(
    subject: Subject, passes: Passes, own: dict[str, Array], rng: np.random.Generator, *, reruns: int
) -> Promoted | None:
    """The functions on float64 copies of float32 inputs, if they agree with what they gave in float32.

    None where nothing is float32, where the code itself computes in float32 whatever comes in, or where it does
    something else for float64. Raises CallFailed. Costs a forward, and one a rerun.
    """
    narrow = [a.value.dtype == np.float32 for a in subject.arguments]
    if not any(narrow):
        return None
    arguments = tuple(replace(a, value=a.value.astype(np.float64)) for a in subject.arguments)
    inputs = list(subject.inputs)
    for argument in arguments:
        inputs[argument.place] = argument.value
    wide = replace(subject, inputs=tuple(inputs), arguments=arguments)
    outs, cache = wide.call_forward(wide.fresh())
    # A few digits more than float32 has, so that a gradient which ends where float32's do gives itself away.
    douts = tuple(
        dout.astype(np.float64) * (1 + 2.0**-33 * rng.integers(1, 64, dout.shape)) for dout in passes.douts
    )
    second = Passes(tuple(out.copy() for out in outs), douts, dict(passes.gradients))
    second.gradients = gradients_again(wide, second, cache)
    for out, first in zip(outs, passes.outs, strict=True):
        if out.shape != first.shape or (np.abs(out - first) > 1e-3 * np.abs(first).max(initial=0.0)).any():
            return None
    for name, gradient in second.gradients.items():
        if _only_float32(gradient) or (np.abs(gradient - passes.gradients[name]) > own[name]).any():
            return None
    if set(second.gradients) != set(passes.gradients):
        return None
    finer, noise = own_rounding(wide, second, rng, reruns=reruns)
    return Promoted(wide, second, finer, noise)


def _only_float32(gradient: Array) -> bool:
    """Whether its digits end where float32's do, though the upstream's do not."""
    return bool(gradient.any()) and np.array_equal(gradient, gradient.astype(np.float32))


def measured_noise(point: Point, steps: list[Array], rng: np.random.Generator) -> Point:
    """The point with its noise measured along a line much shorter than the steps. Costs 9 evaluations or more.

    A function that rounds inside (to float32, say) is a staircase: where the line stays on one stair and the
    steps do not, a longer line is taken.
    """
    moves = [
        Move(place, 0.7 * step * rng.choice((-1.0, 1.0), step.shape)) for place, step in enumerate(steps)
    ]
    (stepped,) = point.subject.evaluate([moves])
    bounds: list[Array] = []
    flat = [np.ones(b.shape, dtype=bool) for b in point.base]
    relative = 0.0
    for spacing in (2.0**-11, 2.0**-7, 2.0**-3):
        direction = line(steps, rng, spacing)
        along = [[Move(place, t * v) for place, v in enumerate(direction)] for t in PLACES[1:]]
        table = [point.base, *point.subject.evaluate(along)]
        found = estimate_noise(table)
        relative = relative or found.relative
        bounds = [
            np.where(f, new, old)
            for f, new, old in zip(flat, found.bounds, bounds or found.bounds, strict=True)
        ]
        flat = [
            f & (np.ptp(np.stack(values), axis=0) == 0) & (far != values[0])
            for f, far, *values in zip(flat, stepped, *table, strict=True)
        ]
        if not any(f.any() for f in flat):
            break
    # An estimate from few values may be small by luck. What a last digit of the inputs does to an output is, as a
    # rule, what the roundings on the way do as well.
    both = (np.maximum(e, known / 3) for e, known in zip(bounds, point.noise.bounds, strict=True))
    return replace(point, noise=Noise(tuple(both), relative))


def first_steps(point: Point, scale: Array) -> Array:
    """Steps at which truncation and rounding balance, for differences that are extrapolated once."""
    return exact_steps(scale * _eta(point.noise.relative), scale)


@dataclass(frozen=True, slots=True)
class Fit:
    """Steps over which f is nearly linear, and how much it would change over a whole scale at that slope."""

    steps: Array
    variation: float


def fitting_steps(point: Point, place: int, scale: Array, rng: np.random.Generator) -> Fit:
    """The first steps, or smaller ones where f bends too much over them. Costs 4 evaluations an attempt."""
    first = steps = first_steps(point, scale)
    best, least = Fit(first, 0.0), np.inf
    for _ in range(7):
        # Unequal sizes: equal ones could cancel exactly in a sum. Eighths of a step lose no digit.
        direction = steps * rng.choice((-1.0, 1.0), steps.shape) * (rng.integers(4, 13, steps.shape) / 8)
        plus, minus, half_plus, half_minus = point.along(place, direction, None)((1.0, -1.0, 0.5, -0.5))
        change = size = noise = 0.0
        for w, e, p, m, hp, hm in zip(
            point.weights, point.noise.bounds, plus, minus, half_plus, half_minus, strict=True
        ):
            whole, half = np.abs(w) * (p - m) / 2, np.abs(w) * (hp - hm)
            change += float(np.abs(whole - half).sum())
            size += float(np.abs(half).sum())
            noise += 3 * float((np.abs(w) * e).sum())
        fit = Fit(steps, size / _eta(point.noise.relative))
        if not size and np.isfinite(least):
            break  # so short a step that nothing moves: rounding, not a gentle slope
        if np.isfinite(change) and change <= max(BENT * size, noise):
            return fit
        if np.isfinite(change) and change < least * size:
            best, least = fit, change / size
        steps = exact_steps(steps / 16, scale)
    return best


def widened(fit: Fit, point: Point, scale: Array, *, before: Noise) -> Array:
    """Longer steps where rounding turned out to be large beside what f changes over them."""
    noise = sum(float((np.abs(w) * e).sum()) for w, e in zip(point.weights, point.noise.bounds, strict=True))
    if not noise or not fit.variation:
        return fit.steps
    factor = _eta(noise / fit.variation) / _eta(before.relative)
    return exact_steps(fit.steps * factor, scale) if factor > 1 else fit.steps


def _eta(relative_noise: float) -> float:
    """The step as a part of the scale: with noise ε, ε/h = h⁴ gives h = ε^(1/5)."""
    return float(min(2.0 * relative_noise**0.2, 2.0**-4))


def reached(point: Point, place: int, steps: Array, scale: Array, rng: np.random.Generator) -> Point:
    """The point with less noise on outputs that the argument does not seem to reach. Costs one evaluation.

    What a step leaves in place by rounding hides up to noise/step of the derivative; what a step of the size of
    the argument leaves in place as well hides only noise/that size.
    """
    v = scale * rng.uniform(0.2, 0.6, scale.shape) * rng.choice((-1.0, 1.0), scale.shape)
    (outs,) = point.subject.evaluate([[Move(place, v)]])
    bounds = tuple(
        np.where(out != base, e, e * min(1.0, float((steps / scale).max()) / 0.2))
        for out, base, e in zip(outs, point.base, point.noise.bounds, strict=True)
    )
    return replace(point, noise=Noise(bounds, point.noise.relative))


def natural_slope(point: Point, place: int, scale: Array, rng: np.random.Generator) -> float:
    """How steep f is over a step as long as the argument's own scale: what a gradient of 0 is small beside."""
    steepest = 0.0
    for length in (0.5, 1.0, 2.0):
        v = length * scale * rng.choice((-1.0, 1.0), scale.shape)
        (outs,) = point.subject.evaluate([[Move(place, v)]])
        for w, out, b in zip(point.weights, outs, point.base, strict=True):
            slope = float((np.abs(w) * np.abs(out - b)).max(initial=0.0)) / (length * float(scale.max()))
            steepest = max(steepest, slope if np.isfinite(slope) else 0.0)
    return steepest


def step_scale(x: Array) -> Array:
    """The scale of each entry: its own size, but not far below what is usual in its array (1 for zeros)."""
    wide = np.asarray(x, np.float64)
    usual = float(np.sqrt(np.mean(wide**2))) if wide.size else 1.0
    return np.maximum(np.abs(wide), usual / 64 or 1.0)
