"""What batch, layer and group normalisation share: groups of entries, each brought to mean 0 and variance 1.

With μ and v the mean and (biased) variance of a group of K entries, s = 1/√(v + eps) and x̂ = (x - μ)s:

    ∂x̂_i/∂x_j = s([i = j] - 1/K - x̂_i x̂_j/K)        dx = s(dx̂ - mean(dx̂) - x̂ · mean(dx̂ ⊙ x̂))

x_j acts directly, through the mean and through the variance; these are the three terms.
Source: Ioffe and Szegedy 2015, "Batch normalization", section 3, simplified with Σ(x - μ) = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array

EPS = 1e-5
"""Added to the variance where the options say nothing, as in CS231n."""

Axes = int | tuple[int, ...]


def normalise(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """x -> x̂ of x's shape, and s = 1/√(v + eps) with size 1 along the axes of a group."""
    centred = x - x.mean(axis=axes, keepdims=True)
    s = 1 / np.sqrt((centred * centred).mean(axis=axes, keepdims=True) + eps)
    return centred * s, s


def normalise_backward(dxhat: Array, xhat: Array, s: Array, axes: Axes) -> Array:
    """dx̂ -> dx, both of x's shape."""
    along = (dxhat * xhat).mean(axis=axes, keepdims=True)
    return np.asarray(s * (dxhat - dxhat.mean(axis=axes, keepdims=True) - xhat * along))


def group_jacobian(x: Array, eps: float) -> Array:
    """x (R, K), a group a row -> ∂x̂/∂x (R, K, K), row by row, by the quotient rule on (x - μ)/σ.

    ∂(x_i - μ)/∂x_j = [i = j] - 1/K;  ∂σ/∂x_j = (x_j - μ)/(Kσ).
    """
    count = x.shape[1]
    centred = x - x.mean(axis=1, keepdims=True)
    sigma = np.sqrt((centred * centred).mean(axis=1) + eps)[:, None, None]
    top = np.eye(count, dtype=x.dtype) - x.dtype.type(1) / count
    slope = centred[:, None, :] / (count * sigma)
    return np.asarray((top * sigma - centred[:, :, None] * slope) / sigma**2)


def draw_eps(rng: np.random.Generator, count: int) -> float:
    """An eps for test inputs. A pair becomes ±1 whatever it was, unless eps is noticed beside its variance:

    with a small one dx would be 0 but for rounding, and a test of it would test nothing.
    """
    return 0.5 if count <= 2 else float(rng.choice((1e-5, 1e-3)))


def plain_normalised(xp: Any, x: Any, axis: int, eps: float) -> Any:
    """For oracles: x̂ along one axis as the definition has it."""
    mean = xp.sum(x, axis=axis, keepdims=True) / x.shape[axis]
    variance = xp.sum((x - mean) ** 2, axis=axis, keepdims=True) / x.shape[axis]
    return (x - mean) / xp.sqrt(variance + eps)
