"""Smooth relatives of the ReLU: softplus, and the GELU in its tanh approximation."""

from __future__ import annotations

import math

import numpy as np

from reference.elementwise import elementwise
from reference.inputs import Array


def _softplus(x: Array) -> Array:
    """x (...) -> log(1 + eˣ) (...). Local gradient σ(x). Source: calculus; Glorot, Bordes and Bengio 2011."""
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def _softplus_local(out: Array, x: Array) -> tuple[Array]:
    z = np.exp(-np.abs(x))
    return (np.asarray(np.where(x >= 0, 1, z) / (1 + z), dtype=out.dtype),)


SOFTPLUS = elementwise("softplus", _softplus, _softplus_local, oracle=lambda xp, x: xp.log(1 + xp.exp(x)))

ROOT = math.sqrt(2 / math.pi)
CUBIC = 0.044715
SATURATED = 20
"""Where |x| is larger, tanh of GELU's argument is ±1 to the last bit; clipping there keeps x³ finite."""


def _inner(x: Array) -> tuple[Array, Array]:
    """The argument of tanh and its derivative."""
    near = np.clip(x, -SATURATED, SATURATED)
    square = near * near
    return ROOT * near * (1 + CUBIC * square), ROOT * (1 + 3 * CUBIC * square)


def _gelu(x: Array) -> Array:
    """x (...) -> ½x(1 + tanh(√(2/π)(x + 0.044715x³))) (...), close to x·Φ(x) with the normal distribution Φ.

    Local gradient ½(1 + t) + ½x(1 - t²)·√(2/π)(1 + 3·0.044715x²) with t that tanh. Source: Hendrycks and
    Gimpel 2016, "Gaussian error linear units", section 2.
    """
    # ½(1 + tanh u) = σ(2u) = z/(1 + z) with z = e^2u below 0: 1 + tanh u would lose every digit there.
    inner, _ = _inner(x)
    z = np.exp(-2 * np.abs(inner))
    # Below -SATURATED z is 1e-262, which an x of -1e300 would make large again.
    return np.asarray(np.maximum(x, -SATURATED) * (np.where(inner >= 0, 1, z) / (1 + z)))


def _gelu_local(out: Array, x: Array) -> tuple[Array]:
    inner, slope = _inner(x)
    z = np.exp(-2 * np.abs(inner))
    half = np.where(inner >= 0, 1, z) / (1 + z)  # ½(1 + t)
    bell = 2 * z / (1 + z) ** 2  # ½(1 - t²)
    return (np.asarray(half + np.clip(x, -SATURATED, SATURATED) * bell * slope, dtype=out.dtype),)


GELU = elementwise(
    "gelu",
    _gelu,
    _gelu_local,
    oracle=lambda xp, x: 0.5 * x * (1 + xp.tanh(ROOT * (x + CUBIC * x**3))),
    conventions=("the tanh approximation, not the error function: they differ by up to 5e-4",),
)
