"""PyTensor, formerly Theano: one-sided differences of a positive projection, entry by entry.

Source: pymc-devs/pytensor, pytensor/gradient.py (3.0.7), verify_grad and numeric_grad: cost = sum(r * out)
with r uniform in [0.5, 1.5], so only positive upstream gradients; n_tests = 2 projections; (f(x + e) -
f(x)) / e with e = 1e-7, 3e-4, 1e-1 in float64, float32, float16; abs_tol = rel_tol = 1e-4, 1e-2, 5e-2. Step
and tolerances are the loosest of the inputs' dtypes, while all entries are perturbed in the finest one. An
entry is wrong if its absolute error AND its relative one, |a - n| / max(|a| + |n|, 1e-8), exceed their
tolerance; a shape other than the input's, or an error that is not finite, raises. The projection is cast to
out's dtype, as the symbolic gradient of r * out casts it. Inputs that are not floating-point are closed
over, since verify_grad refuses them. The step is truly one-sided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .rule import Answer, Student, differentiable, like

STEP = {np.dtype(np.float64): 1e-7, np.dtype(np.float32): 3e-4, np.dtype(np.float16): 1e-1}
TOLERANCE = {np.dtype(np.float64): 1e-4, np.dtype(np.float32): 1e-2, np.dtype(np.float16): 5e-2}


@np.errstate(all="ignore")
def agrees(found: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    """No entry exceeds both the absolute and the relative tolerance."""
    if found.shape != expected.shape:
        return False
    absolute = np.abs(found - expected)
    relative = absolute / np.maximum(np.abs(found) + np.abs(expected), 1e-8)
    finite = np.isfinite(absolute).all() and np.isfinite(relative).all()
    return bool(finite and not ((absolute > tolerance) & (relative > tolerance)).any())


@dataclass(frozen=True, slots=True)
class PyTensorVerify:
    """Every entry, forward difference, positive projections."""

    n_tests: int = 2
    name: str = "PyTensor"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        def decide(student: Student) -> bool:
            places = differentiable(inputs)
            arrays = [np.array(inputs[p]) for p in places]
            step = max(STEP[a.dtype] for a in arrays)
            tolerance = max(TOLERANCE[a.dtype] for a in arrays)
            working = min((STEP[a.dtype], a.dtype) for a in arrays)[1]
            ends = np.cumsum([0, *(a.size for a in arrays)])
            shape = student.out(inputs).shape

            def cost(x: np.ndarray, projection: np.ndarray) -> float:
                values = list(inputs)
                for p, start, end in zip(places, ends, ends[1:], strict=False):
                    values[p] = like(inputs[p], x[start:end].reshape(np.shape(inputs[p]))[()].copy())
                return np.sum(projection * student.out(values))

            for _ in range(self.n_tests):
                projection = np.asarray(rng.random(shape) + 0.5)
                x = np.concatenate([a.ravel().astype(working) for a in arrays])
                base, numeric = cost(x, projection), np.empty(x.size, dtype=working)
                for i in range(x.size):
                    moved = x.copy()
                    moved[i] += step
                    numeric[i] = (cost(moved, projection) - base) / step
                out, cache = student.run(inputs)
                found = student.gradients(projection.astype(out.dtype), cache, len(places))
                for a, gradient, start, end in zip(arrays, found, ends, ends[1:], strict=False):
                    if not agrees(np.asarray(gradient), numeric[start:end].reshape(a.shape), tolerance):
                        return False
            return True

        return Student(forward, backward).answer(decide)
