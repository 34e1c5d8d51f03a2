"""The judge of the banks: differences of the case's own forward in extended precision, no grader code.

Directional derivatives of sum(dout * forward) by central differences with Richardson extrapolation over five
steps, in longdouble (64-bit mantissa), from a ladder of first steps; the one whose tableau agrees best wins.

The steps shrink by the golden ratio. Halved steps alias: with sin(x) at 1e8 and h = 240.078 pi, the halvings
h/2, h/4, h/8 fall on the same phase, and the tableau agrees to 2e-13 on a derivative that is 3000 times too small.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tests.gradcheck.bank.case import Case, differentiable, upstream

LEVELS = 5
RATIO = (1 + 5**0.5) / 2
LADDER = [0.05 * 10.0**-k for k in range(12)]  # of the input's largest magnitude


class Raised(Exception):
    """The student's backward raised."""


def fresh(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Copies that keep memory order, so that a case which mutates its inputs does not reach ours."""
    return tuple(v.copy(order="K") if isinstance(v, np.ndarray) else copy.deepcopy(v) for v in inputs)


def run_forward(case: Case, inputs: tuple[Any, ...]) -> tuple[Any, Any]:
    result = case.forward(*inputs)
    return result if isinstance(result, tuple) else (result, None)


def run_backward(case: Case, dout: Any, cache: Any) -> tuple[Any, ...]:
    """The gradients as a tuple, whatever the student's container."""
    dout = dout.copy() if isinstance(dout, np.ndarray) else dout
    try:
        with np.errstate(all="ignore"):
            grads = case.backward(dout, cache)
    except Exception as error:  # student code may raise anything
        raise Raised(str(error)) from error
    return tuple(grads) if isinstance(grads, tuple | list) else (grads,)


def arguments(case: Case, inputs: tuple[Any, ...]) -> list[int]:
    """Positions of the arguments that have a gradient."""
    return [k for k, value in enumerate(inputs) if differentiable(value)]


def directional(
    case: Case, inputs: tuple[Any, ...], position: int, direction: np.ndarray, dout: Any
) -> tuple[float, float]:
    """The derivative of sum(dout * forward) along `direction` in one argument, and a bound on its error."""
    wide = [np.asarray(v, np.longdouble) if differentiable(v) else v for v in inputs]
    dout = np.asarray(dout, np.longdouble)
    direction = np.asarray(direction, np.longdouble)
    at = wide[position]
    size = float(np.max(np.abs(at), initial=0)) or 1.0
    magnitude = 0.0
    eps = 0.0

    def value(t: float) -> np.longdouble:
        nonlocal magnitude, eps
        moved = list(wide)
        moved[position] = at + np.longdouble(t) * direction
        with np.errstate(all="ignore"):
            out = np.asarray(run_forward(case, fresh(tuple(moved)))[0])
            eps = float(np.finfo(out.dtype).eps)
            terms = dout * out
            magnitude = max(magnitude, float(np.sum(np.abs(terms))))
            return np.sum(terms)

    best = (0.0, np.inf)
    for step in LADDER:
        h = step * size
        rows: list[list[np.longdouble]] = []
        for level in range(LEVELS):
            t = h / RATIO**level
            row = [(value(t) - value(-t)) / (2 * np.longdouble(t))]
            for j in range(level):
                row.append(row[j] + (row[j] - rows[-1][j]) / (np.longdouble(RATIO) ** (2 * j + 2) - 1))
            rows.append(row)
        with np.errstate(all="ignore"):
            noise = 8 * eps * magnitude / (h / RATIO ** (LEVELS - 1))
            error = float(abs(rows[-1][-1] - rows[-2][-1])) + noise
        # Where the steps span periods the quotients vanish like 1/h, and their differences too: relative test.
        settled = error - noise <= max(1e-4 * abs(float(rows[-1][-1])), 10 * noise)
        if settled and error < best[1]:
            best = (float(rows[-1][-1]), error)
        if best[1] <= max(1e-10 * abs(best[0]), 1e-15 * magnitude / size):
            break
    return best


def one_sided(case: Case, inputs: tuple[Any, ...], position: int, dout: Any) -> tuple[np.ndarray, np.ndarray]:
    """Each entry's left and right derivative, for kinks and ties."""
    wide = [np.asarray(v, np.longdouble) if differentiable(v) else v for v in inputs]
    at = wide[position]

    def value(entry: tuple[int, ...], t: float) -> np.longdouble:
        moved = list(wide)
        moved[position] = at.copy()
        moved[position][entry] += t
        return np.sum(dout * run_forward(case, tuple(moved))[0])

    left, right = np.zeros(at.shape), np.zeros(at.shape)
    for entry in np.ndindex(at.shape):
        left[entry] = (value(entry, 0) - value(entry, -1e-9)) / 1e-9
        right[entry] = (value(entry, 1e-9) - value(entry, 0)) / 1e-9
    return left, right


def full(case: Case, inputs: tuple[Any, ...], position: int, dout: Any) -> tuple[np.ndarray, np.ndarray]:
    """Every entry's derivative and its error bound."""
    shape = np.shape(inputs[position])
    grad, error = np.zeros(shape), np.zeros(shape)
    for entry in np.ndindex(shape):
        basis = np.zeros(shape)
        basis[entry] = 1.0
        grad[entry], error[entry] = directional(case, inputs, position, basis, dout)
    return grad, error


def malformed(grad: Any, value: Any) -> bool:
    """True for None, strings, another shape than the input's, nan and inf."""
    if grad is None:
        return True
    array = np.asarray(grad)
    if array.dtype.kind not in "fiub" or array.shape != np.shape(value):
        return True
    return not np.all(np.isfinite(array))


def found_wrong(case: Case, seed: int, threshold: float) -> dict[str, float]:
    """Each argument whose gradient is off by more than `threshold` of its largest entry: name -> how much.

    An error between 1e-7 (conditioning; float32: 1e-5) and `threshold` is nobody's: it raises AssertionError.
    """
    rng = np.random.default_rng(seed)
    inputs = case.draw(rng)
    out, cache = run_forward(case, fresh(inputs))
    dout = upstream(rng, out)
    positions = arguments(case, inputs)
    names = [case.names[k] for k in positions]
    try:
        grads = run_backward(case, dout, cache)
    except Raised:
        return dict.fromkeys(names, np.inf)
    if len(grads) != len(positions):
        return dict.fromkeys(names, np.inf)
    errors = {}
    for k, name, grad in zip(positions, names, grads, strict=True):
        off = (
            np.inf if malformed(grad, inputs[k]) else discrepancy(case, inputs, k, grad, dout, rng, threshold)
        )
        if off > threshold:
            errors[name] = off
        else:
            single = np.asarray(out).dtype == np.float32
            assert off < (1e-5 if single else 1e-7), (
                f"{case.name}: d{name} is off by {off:.1e}, neither right nor wrong"
            )
    return errors


def discrepancy(
    case: Case,
    inputs: tuple[Any, ...],
    k: int,
    grad: Any,
    dout: Any,
    rng: np.random.Generator,
    threshold: float,
) -> float:
    """|<grad - truth, v>| over the largest entry, for a random v, then for random v with the signs of grad."""
    grad = np.asarray(grad, np.float64)
    off = 0.0
    for attempt in range(3):
        v = rng.uniform(0.5, 1.5, grad.shape) * rng.choice([-1.0, 1.0], grad.shape)
        if attempt == 1:
            v = np.abs(v) * np.where(grad < 0, -1, 1)
        truth, error = directional(case, inputs, k, v, dout)
        gap = abs(float(np.sum(grad * v)) - truth)
        scale = max(float(np.max(np.abs(grad), initial=0)), abs(truth) / max(1, grad.size), 1e-300)
        off = max(off, max(0.0, gap - error) / scale)
        if off > threshold or case.names[k] not in case.wrong:
            break
    return off
