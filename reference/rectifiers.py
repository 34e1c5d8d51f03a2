"""Rectifiers that let something through below 0: leaky ReLU, PReLU with a learnable slope, and ELU."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.elementwise import diagonal, elementwise, nearest
from reference.inputs import Array, Input, constant
from reference.layer import Jacobians, Layer

X = Input("x")
A = constant("a")


def _leaky_relu(x: Array, a: Array) -> Array:
    """x (...), constant slope a () -> x where x > 0, else a·x (...). Local gradient 1 or a.

    Source: Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".
    """
    return np.where(x > 0, x, x.dtype.type(a) * x)


LEAKY_RELU = elementwise(
    "leaky_relu",
    _leaky_relu,
    lambda out, x, a: (np.where(x > 0, x.dtype.type(1), x.dtype.type(a)),),
    inputs=(X, A),
    oracle=lambda xp, x, a: x * (x > 0) + a * x * (x <= 0),
    margin=lambda x, a: nearest(np.abs(x)),
    conventions=("the gradient at exactly 0 is a, as below 0; any value from a to 1 is a subgradient",),
    symbol="LReLU",
)


def _elu(x: Array, a: Array) -> Array:
    """x (...), constant a () -> x where x > 0, else a(eˣ - 1) (...). Local gradient 1, or a·eˣ.

    Source: Clevert, Unterthiner and Hochreiter 2016, "Fast and accurate deep network learning by ELUs".
    """
    # expm1 keeps the digits that eˣ - 1 loses near 0; the minimum keeps e^x from overflowing above 0.
    return np.where(x > 0, x, x.dtype.type(a) * np.expm1(np.minimum(x, 0)))


ELU = elementwise(
    "elu",
    _elu,
    lambda out, x, a: (np.where(x > 0, x.dtype.type(1), x.dtype.type(a) * np.exp(np.minimum(x, 0))),),
    inputs=(X, A),
    oracle=lambda xp, x, a: x * (x > 0) + a * (xp.exp(x * (x <= 0)) - 1),
    margin=lambda x, a: nearest(np.abs(x)),
    conventions=("the gradient at exactly 0 is a, as below 0 (there is no kink where a = 1)",),
    symbol="ELU",
)


def prelu_forward(x: Array, a: Array) -> tuple[Array, tuple[Array, Array]]:
    """x (N, D), slopes a (D,), one a column -> out (N, D) = x where x > 0, else a·x.

    Source: He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers".
    """
    return np.where(x > 0, x, a * x), (x, a)


def prelu_backward(dout: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
    """dout (N, D) -> dx (N, D) = dout · (1 or a), da (D,) = Σ_n dout · x over the entries at or below 0."""
    x, a = cache
    above = x > 0
    return np.where(above, dout, a * dout), np.where(above, 0, dout * x).sum(axis=0)


def prelu_jacobian(x: Array, a: Array) -> Jacobians:
    """∂out[n, d]/∂x[n, d] = 1 or a[d];  ∂out[n, d]/∂a[k] = [d = k] min(x[n, d], 0)."""
    slopes = np.broadcast_to(a, x.shape).copy()
    slopes[x > 0] = 1
    return {
        ("out", "x"): diagonal(slopes),
        ("out", "a"): np.einsum("nd,dk->ndk", np.minimum(x, 0), np.eye(a.size, dtype=a.dtype)),
    }


def _prelu_oracle(xp: Any, x: Any, a: Any) -> Any:  # noqa: ARG001 - arithmetic needs no function of xp
    return x * (x > 0) + a * x * (x <= 0)


PRELU = Layer(
    name="prelu",
    inputs=(Input("x", ("N", "D")), Input("a", ("D",))),
    forward_rule=prelu_forward,
    backward_rule=prelu_backward,
    jacobian_rule=prelu_jacobian,
    oracle=_prelu_oracle,
    margin_rule=lambda x, a: nearest(np.abs(x)),
    conventions=(
        "one slope a column, shared by all rows",
        "the gradient at exactly 0 is a, as below 0; any value from a to 1 is a subgradient",
    ),
    symbol="PReLU",
)
