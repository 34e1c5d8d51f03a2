"""Chainer: one unit direction through all tensors, a wide step, one scalar compared.

Source: chainer/chainer, chainer/gradient_check.py (7.8.1), check_backward: eps 1e-3, atol 1e-5, rtol 1e-4,
a normal direction scaled to norm 1 over all inputs together and kept away from zero (|d| = sqrt(0.99 r² +
0.01 / size)), (f(x + e d) - f(x - e d)) . gy / 2e in float64 after the inputs were cast back to their own
dtype; numpy.testing.assert_allclose(numeric, backward), so NaN equals NaN. detect_nondifferentiable is off
by default. Upstream gradient: uniform in [-1, 1], as chainer.testing's FunctionTestCase draws it; a 0-d
loss gets y_grad=None, that is 1. Variable refuses a gradient of another type, shape or dtype; None counts
as zero. float32 gets the same constants (its users usually pass dtype=float64 or wider tolerances
themselves).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .rule import Answer, Student, differentiable, like


def unit_directions(shapes: list[tuple], rng: np.random.Generator) -> list[np.ndarray]:
    """One vector of norm 1 cut into the shapes; no entry is smaller than 0.1 / sqrt(its length)."""
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
    drawn = rng.standard_normal(ends[-1])
    squared = np.square(drawn)
    unit = np.copysign(np.sqrt(0.99 / squared.sum() * squared + 0.01 / drawn.size), drawn)
    return [unit[a:b].reshape(shape) for shape, a, b in zip(shapes, ends, ends[1:], strict=False)]


def slope_along(direction: np.ndarray, gradient: Any, x: Any) -> float:
    """gradient . direction, after Chainer's check of the gradient's kind."""
    if gradient is None:
        return 0.0
    found, x = np.asarray(gradient), np.asarray(x)
    if (found.shape, found.dtype) != (x.shape, x.dtype):
        raise ValueError(f"{found.dtype}{found.shape} is not {x.dtype}{x.shape}")
    return float((found.astype(np.float64) * direction).sum())


@dataclass(frozen=True, slots=True)
class ChainerBackward:
    """A single unit direction, allclose."""

    eps: float = 1e-3
    atol: float = 1e-5
    rtol: float = 1e-4
    name: str = "Chainer"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        def decide(student: Student) -> bool:
            places = differentiable(inputs)
            out, cache = student.run(inputs)
            dout = like(out, rng.uniform(-1, 1, out.shape) if out.ndim else 1.0)
            direction = unit_directions([np.shape(inputs[p]) for p in places], rng)
            found = student.gradients(dout.copy(), cache, len(places))
            exact = sum(
                slope_along(d, g, inputs[p]) for d, g, p in zip(direction, found, places, strict=True)
            )

            def moved(step: float) -> list:
                values = list(inputs)
                for p, d in zip(places, direction, strict=True):
                    values[p] = like(inputs[p], np.asarray(inputs[p], dtype=np.float64) + step * d)
                return values

            below = student.out(moved(-self.eps)).astype(np.float64)
            above = student.out(moved(self.eps)).astype(np.float64)
            if below.shape != dout.shape or above.shape != dout.shape:
                return False
            numeric = ((above - below) * dout.astype(np.float64)).sum() / (2 * self.eps)
            return bool(np.isclose(numeric, exact, rtol=self.rtol, atol=self.atol, equal_nan=True))

        return Student(forward, backward).answer(decide)
