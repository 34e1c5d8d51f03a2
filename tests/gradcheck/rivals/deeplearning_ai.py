"""deeplearning.ai: all gradients in one vector, judged by one ratio of norms.

Source: course 2, week 1, "Gradient Checking" (gradient_check_n; e.g. david-d-an/Chapter2Week1,
gc_utils.py): epsilon = 1e-7, J(theta + e) and J(theta - e) for every entry of the concatenated parameters,
||g - n|| / (||g|| + ||n||), and "there is a mistake" if that is above 2e-7. So NaN, which is not above, is
fine by the course; this is kept. The course checks a scalar cost J; a layer with an array output becomes
one by J = sum(out * dout) with a fixed normal dout (1 for a loss). The course checks parameters only; which
arguments are parameters is not known here, so all floating-point ones count. Gradients are flattened into
one column: a transposed gradient has the right shape. float32 gets no special treatment (1e-7 is lost in a
float32 near 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .rule import Answer, Student, differentiable


def unpack(theta: np.ndarray, inputs: tuple, places: tuple[int, ...]) -> tuple:
    """inputs with the entries of the vector theta in the differentiable places, in order."""
    values, start = list(inputs), 0
    for place in places:
        size = np.size(inputs[place])
        piece = theta[start : start + size]
        values[place] = (
            piece.reshape(np.shape(inputs[place]))
            if isinstance(inputs[place], np.ndarray)
            else float(piece[0])
        )
        start += size
    return tuple(values)


def column(arrays: list) -> np.ndarray:
    """All entries of all arrays as one (n, 1) column."""
    return np.concatenate([np.reshape(array, (-1, 1)) for array in arrays], axis=0)


@np.errstate(all="ignore")
def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """||g - n|| / (||g|| + ||n||), NaN where both are zero."""
    return np.linalg.norm(found - expected) / (np.linalg.norm(found) + np.linalg.norm(expected))


@dataclass(frozen=True, slots=True)
class DeepLearningAi:
    """Every entry, central, one norm ratio for all tensors."""

    threshold: float = 2e-7
    epsilon: float = 1e-7
    name: str = "deeplearning.ai"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        def decide(student: Student) -> bool:
            places = differentiable(inputs)
            out, cache = student.run(inputs)
            dout = rng.standard_normal(out.shape) if out.ndim else np.ones(())
            found = column(student.gradients(dout.copy(), cache, len(places)))
            theta = column([inputs[place] for place in places])[:, 0]
            expected = np.zeros((theta.size, 1))
            for i in range(theta.size):
                above, below = theta.copy(), theta.copy()
                above[i] += self.epsilon
                below[i] -= self.epsilon
                rise = np.sum(student.out(unpack(above, inputs, places)) * dout)
                fall = np.sum(student.out(unpack(below, inputs, places)) * dout)
                expected[i] = (rise - fall) / (2 * self.epsilon)
            return not difference(found, expected) > self.threshold  # NaN is fine, as in the course

        return Student(forward, backward).answer(decide)
