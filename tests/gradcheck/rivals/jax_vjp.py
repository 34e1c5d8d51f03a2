"""JAX: one random direction, one random upstream, two scalars compared.

Source: jax-ml/jax, jax/_src/public_test_util.py (0.10.2): check_vjp, which check_grads(order=1,
modes=["rev"]) calls. EPS = 1e-4; atol = rtol = 1e-5 in float64, 2e-3 in float32, 1e-2 in float16
(default_gradient_tolerance), the looser of the two sides' dtypes, both multiplied by the SIZE of what is
compared (_assert_numpy_close). In check_vjp the compared projections are scalars, so the size is 1; what
grows with size is the "primal" comparison of two forwards here, and every comparison of check_jvp. Normal
directions from RandomState(0): always the same ones. Taken as check_vjp(f, f_vjp, args), where f_vjp may be
plain NumPy, with args the floating-point inputs (others closed over), and x64 enabled, without which JAX
compares float64 with float32's tolerance. There is no shape check but that of the dot product: gradients
are flattened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .rule import Answer, Student, differentiable, like

TOLERANCE = {np.dtype(np.float16): 1e-2, np.dtype(np.float32): 2e-3, np.dtype(np.float64): 1e-5}


def close(found: np.ndarray, expected: np.ndarray) -> bool:
    """|a - b| <= tol * size + tol * size * |b|, NaN equal to NaN (numpy.testing.assert_allclose)."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        return False
    tolerance = max(TOLERANCE.get(side.dtype, 0.0) for side in (found, expected))
    bound = tolerance * found.size
    with np.errstate(invalid="ignore"):
        return bool(np.isclose(found, expected, rtol=bound or 1e-7, atol=bound, equal_nan=True).all())


def inner(xs: list, ys: list) -> np.ndarray:
    """Sum over pairs of the dot product of their entries."""
    return np.add.reduce([np.dot(np.reshape(x, -1), np.reshape(y, -1)) for x, y in zip(xs, ys, strict=True)])


@dataclass(frozen=True, slots=True)
class JaxVjp:
    """A single direction through all tensors at once, tolerance by dtype and size."""

    eps: float = 1e-4
    seed: int = 0
    name: str = "JAX check_vjp"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        del rng  # JAX draws from its own, always the same

        def decide(student: Student) -> bool:
            places = differentiable(inputs)
            out, cache = student.run(inputs)
            if not close(out, student.out(inputs)):
                return False
            draw = np.random.RandomState(self.seed)
            direction = [like(np.asarray(inputs[p]), draw.randn(*np.shape(inputs[p]))) for p in places]

            def moved(step: float) -> list:
                values = list(inputs)
                for p, d in zip(places, direction, strict=True):
                    values[p] = like(inputs[p], inputs[p] + d * d.dtype.type(step))
                return values

            above, below = student.out(moved(self.eps)), student.out(moved(-self.eps))
            rise = np.where(above == below, 0, above - below).astype(above.dtype)  # inf - inf counts as 0
            slope = np.multiply(rise, above.dtype.type(0.5 / self.eps))
            dout = like(out, draw.randn(*out.shape))
            found = student.gradients(dout.copy(), cache, len(places))
            if any(gradient is None for gradient in found):
                return False  # another tree structure than the arguments'
            return close(inner(direction, found), inner([slope], [dout]))

        return Student(forward, backward).answer(decide)
