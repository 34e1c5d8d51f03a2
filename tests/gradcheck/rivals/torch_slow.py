"""torch.autograd.gradcheck in slow mode: whole Jacobians, entry by entry.

Source: pytorch/pytorch, torch/autograd/gradcheck.py (2.13), `_slow_gradcheck`: eps 1e-6, atol 1e-5, rtol
1e-3, nondet_tol 0; |a - n| <= atol + rtol |n| for every entry of the Jacobian. Rows of the analytical
Jacobian come from one-hot upstream gradients, twice, and must be identical; a zero upstream must give
exactly zero (the check "backward not multiplied by grad_output", and again, after one more forward, that of
undefined gradients). A layer is wrapped in a torch.autograd.Function, whose engine (validate_outputs)
treats None as zero, casts a gradient to the input's dtype, and silently sums one whose shape the input's
expands to: db before its sum passes. Inputs are perturbed in place, in their own dtype; float32 only warns
and uses the same constants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .rule import Answer, Student, differentiable


def admitted(gradient: Any, x: Any) -> np.ndarray:
    """The gradient as torch's engine hands it on: summed to the input's shape if that expands to the gradient's."""
    x = np.asarray(x)
    if gradient is None:
        return np.zeros_like(x)
    found = np.asarray(gradient)
    if found.shape != x.shape:
        if np.broadcast_shapes(found.shape, x.shape) != found.shape:
            raise ValueError(f"gradient of shape {found.shape} for an input of shape {x.shape}")
        lead = found.ndim - x.ndim
        stretched = [lead + axis for axis, size in enumerate(x.shape) if size == 1]
        found = found.sum(axis=(*range(lead), *stretched), keepdims=True).reshape(x.shape)
    return found.astype(x.dtype)


@np.errstate(all="ignore")
def same(found: np.ndarray, again: np.ndarray, tolerance: float) -> bool:
    """Whether backward repeats itself; NaN, which exceeds nothing, counts as repeated."""
    return not (found.size and np.abs(found - again).max() > tolerance)


@dataclass(frozen=True, slots=True)
class TorchSlow:
    """Every entry of the Jacobian, central, allclose."""

    eps: float = 1e-6
    atol: float = 1e-5
    rtol: float = 1e-3
    nondet_tol: float = 0.0
    name: str = "torch slow"

    def __call__(
        self, forward: Callable, backward: Callable, inputs: tuple, rng: np.random.Generator
    ) -> Answer:
        del rng  # nothing is drawn: upstream gradients are one-hot

        def decide(student: Student) -> bool:
            places, values = differentiable(inputs), list(inputs)
            out, cache = student.run(values)

            def vjp(dout: np.ndarray, cache: Any) -> list[np.ndarray]:
                found = student.gradients(dout, cache, len(places))
                return [admitted(g, values[p]) for g, p in zip(found, places, strict=True)]

            def rows() -> list[np.ndarray]:
                """Jacobians (entries of out, entries of input), one of each input."""
                one_hot = np.eye(out.size, dtype=out.dtype).reshape(out.size, *out.shape)
                gradients = [vjp(dout, cache) for dout in one_hot]
                return [np.array([row[i].ravel() for row in gradients]) for i in range(len(places))]

            expected = [self._numeric(student, values, place) for place in places]
            found, again = rows(), rows()
            repeats = all(same(f, a, self.nondet_tol) for f, a in zip(found, again, strict=True))
            pairs = zip(found, expected, strict=True)
            close = all(np.allclose(a, n, rtol=self.rtol, atol=self.atol) for a, n in pairs)
            zero = np.zeros_like(out)
            silent = all((g == 0).all() for c in (cache, student.run(values)[1]) for g in vjp(zero, c))
            return repeats and close and silent

        return Student(forward, backward).answer(decide)

    def _numeric(self, student: Student, values: list, place: int) -> np.ndarray:
        """Jacobian (entries of out, entries of input) by central differences."""
        x = values[place]
        columns = []
        for index in np.ndindex(np.shape(x)):
            entry = x[index] if isinstance(x, np.ndarray) else x
            below = student.out_with(values, place, index, entry - self.eps)
            above = student.out_with(values, place, index, entry + self.eps)
            columns.append(((above - below) / (2 * self.eps)).ravel())
        return np.array(columns).T
