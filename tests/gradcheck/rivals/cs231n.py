"""CS231n: central differences entry by entry against a random upstream gradient, by relative error.

Source: the course's `cs231n/gradient_check.py` (eval_numerical_gradient_array, h = 1e-5, in place, the
entry is assigned back) and `rel_error` in its notebooks: max |a - n| / max(1e-8, |a| + |n|), each tensor on
its own. The notebooks draw dout = randn(*out.shape); for a loss (0-d out) they use eval_numerical_gradient,
which has no upstream gradient at all, so it is 1 here. Threshold: the notebooks print the error and let the
student judge. FullyConnectedNets.ipynb says to "expect errors around 1e-6 or less", hence 1e-6; the course
notes (neural-networks-3) call 1e-7 happy, 1e-4 okay with kinks and 1e-2 probably wrong. A shape that
broadcasts against the numeric gradient's is compared by broadcasting. float32 gets no special treatment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .rule import Answer, Student, differentiable


def numeric(student: Student, inputs: list, place: int, dout: np.ndarray, h: float) -> np.ndarray:
    """d sum(out * dout) / d inputs[place], in the input's own dtype."""
    x = inputs[place]
    gradient = np.zeros_like(x)
    for index in np.ndindex(gradient.shape):
        entry = x[index] if isinstance(x, np.ndarray) else x
        above = student.out_with(inputs, place, index, entry + h)
        below = student.out_with(inputs, place, index, entry - h)
        gradient[index] = np.sum((above - below) * dout) / (2 * h)
    return gradient


@np.errstate(all="ignore")
def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    """max over entries of |a - n| / max(1e-8, |a| + |n|)"""
    return float(np.max(np.abs(expected - found) / np.maximum(1e-8, np.abs(expected) + np.abs(found))))


@dataclass(frozen=True, slots=True)
class Cs231n:
    """Every entry, central, relative error under a threshold."""

    threshold: float = 1e-6
    h: float = 1e-5
    name: str = "CS231n"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        def decide(student: Student) -> bool:
            places, values = differentiable(inputs), list(inputs)
            out, cache = student.run(values)
            dout = rng.standard_normal(out.shape) if out.ndim else np.ones(())
            expected = [numeric(student, values, place, dout, self.h) for place in places]
            # the notebooks hand the same dout to every call; a backward that overwrites it harms later ones
            found = student.gradients(dout, cache, len(places))
            pairs = zip(found, expected, strict=True)
            return all(relative_error(np.asarray(a), n) < self.threshold for a, n in pairs)

        return Student(forward, backward).answer(decide)
