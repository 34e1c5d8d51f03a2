"""HIPS autograd: one random direction, one random upstream, two scalars compared.

Source: HIPS/autograd, autograd/test_util.py (1.9.1): check_grads(f, argnum, modes=["rev"], order=1) is
check_vjp. Normal vectors for the direction and the upstream gradient, (f(x + v e/2) - f(x - v e/2)) / e
with e = EPS = 1e-6, scalar_close: |a - b| < TOL = 1e-6 or |a - b| / |a + b| < RTOL = 1e-6. argnum names
every floating-point input (the default, 0, would check the first alone). With one such input the gradient
must have its very shape and dtype; with several they pass through container_untake, which adds each into
zeros of the input's shape, so that one which broadcasts into it (a mean where a row is due) is accepted.
float32 gets no special treatment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .rule import Answer, Student, differentiable, like


@np.errstate(all="ignore")
def scalar_close(a: float, b: float, tol: float, rtol: float) -> bool:
    """Absolutely or relatively near."""
    return bool(abs(a - b) < tol or abs(a - b) / abs(a + b) < rtol)


def collected(found: list, originals: list) -> list[np.ndarray]:
    """The gradients as autograd's vector spaces accept them."""
    if len(found) == 1:
        gradient, x = np.asarray(found[0]), np.asarray(originals[0])
        if (gradient.shape, gradient.dtype) != (x.shape, x.dtype):
            raise ValueError(f"{gradient.dtype}{gradient.shape} is not {x.dtype}{x.shape}")
        return [gradient]
    return [added(gradient, x) for gradient, x in zip(found, originals, strict=True)]


def added(gradient: Any, x: Any) -> np.ndarray:
    """0 += gradient, in the input's shape and dtype."""
    total = np.zeros(np.shape(x), dtype=np.asarray(x).dtype)
    total += gradient
    return total


@dataclass(frozen=True, slots=True)
class Hips:
    """A single direction through all tensors at once, absolute or relative tolerance."""

    eps: float = 1e-6
    tol: float = 1e-6
    rtol: float = 1e-6
    name: str = "HIPS check_vjp"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        def decide(student: Student) -> bool:
            places = differentiable(inputs)
            out, cache = student.run(inputs)
            student.run(inputs)  # make_numerical_jvp evaluates once more for the output's space
            originals = [inputs[p] for p in places]
            direction = [like(np.asarray(x), rng.standard_normal(np.shape(x))) for x in originals]
            dout = like(out, rng.standard_normal(out.shape))
            found = collected(student.gradients(dout.copy(), cache, len(places)), originals)
            exact = sum(np.dot(v.ravel(), g.ravel()) for v, g in zip(direction, found, strict=True))

            def moved(step: float) -> list:
                values = list(inputs)
                for p, v in zip(places, direction, strict=True):
                    values[p] = like(inputs[p], inputs[p] + v * step)
                return values

            above, below = student.out(moved(self.eps / 2)), student.out(moved(-self.eps / 2))
            slope = (above - below) * (1 / self.eps)
            return scalar_close(np.dot(dout.ravel(), slope.ravel()), exact, self.tol, self.rtol)

        return Student(forward, backward).answer(decide)
