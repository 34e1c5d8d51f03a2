"""The measuring instrument by itself: a derivative of a plain function with a bound on its error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.gradcheck.differences import Derivative
from grader.gradcheck.full import Point
from grader.gradcheck.noise import SAFETY, Noise
from grader.gradcheck.rounding import fitting_steps, measured_noise, step_scale, widened
from grader.gradcheck.subject import Argument, Move, Subject


def derivative(function: Callable[[float], float], x: float, *, seed: int = 0) -> Derivative:
    """f'(x) with a bound on its error, about 20 evaluations. The bound is infinite where none was found.

    `kink` says that the one-sided slopes stay apart. Raises CallFailed if the function raises or gives no number.
    """
    rng = np.random.default_rng(seed)
    value = np.asarray(x, np.float64)
    subject = Subject(function, None, (value,), (Argument(0, "x", value, scalar=True),))
    (base,) = subject.evaluate([[]])
    eps = float(np.finfo(np.float64).eps)
    nudged = list(subject.evaluate([[Move(0, sign * eps * x)] for sign in (1, -1)]))
    seen = [np.max([np.abs(outs[i] - out) for outs in nudged], axis=0) for i, out in enumerate(base)]
    bounds = tuple(SAFETY * np.maximum(s, eps / 2 * np.abs(out)) for s, out in zip(seen, base, strict=True))
    noise = Noise(bounds, SAFETY * eps / 2)
    point = Point(subject, base, [np.ones(())], noise)
    with np.errstate(all="ignore"):
        scale = step_scale(value)
        fit = fitting_steps(point, 0, scale, rng)
        point = measured_noise(point, [fit.steps], rng)
        return point.entry(0, widened(fit, point, scale, before=noise), (), claimed=None, slack=0.0)
