"""Layer normalisation: each row brought to mean 0 and variance 1, then scaled and shifted column by column.

Batch normalisation with rows for columns, except that gamma and beta stay with the columns.
Sources: Ba, Kiros and Hinton 2016, "Layer normalization"; CS231n, assignment 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.inputs import Array, Input, Sizes, config, draw
from reference.layer import Jacobians, Layer
from reference.normalising import (
    EPS,
    draw_eps,
    group_jacobian,
    normalise,
    normalise_backward,
    plain_normalised,
)
from reference.options import above_zero, check_keys

Options = Mapping[str, Any]


def layernorm_forward(
    x: Array, gamma: Array, beta: Array, ln_param: Options
) -> tuple[Array, tuple[Array, Array, Array]]:
    """x (N, D), gamma (D,), beta (D,), ln_param {eps} -> out (N, D) = gamma · x̂ + beta.

    x̂ = (x - mean)/√(variance + eps), both over the row. Source: CS231n, assignment 2.
    """
    xhat, s = normalise(x, 1, ln_param.get("eps", EPS))
    return gamma * xhat + beta, (xhat, s, gamma)


def layernorm_backward(dout: Array, cache: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """dout (N, D) -> dx (N, D), dgamma (D,) = Σ_n dout · x̂, dbeta (D,) = Σ_n dout."""
    xhat, s, gamma = cache
    return normalise_backward(dout * gamma, xhat, s, 1), (dout * xhat).sum(axis=0), dout.sum(axis=0)


def layernorm_jacobian(x: Array, gamma: Array, beta: Array, ln_param: Options) -> Jacobians:
    """Rows are separate: ∂out[n, d]/∂x[n, e] = gamma[d] ∂x̂[n, d]/∂x[n, e], and 0 between rows."""
    eps = ln_param.get("eps", EPS)
    within = group_jacobian(x, eps) * gamma[:, None]
    rows = np.eye(x.shape[0], dtype=x.dtype)
    columns = np.eye(gamma.size, dtype=x.dtype)
    xhat = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    return {
        ("out", "x"): np.einsum("nde,nm->ndme", within, rows),
        ("out", "gamma"): np.einsum("nd,de->nde", xhat, columns),
        ("out", "beta"): np.broadcast_to(np.eye(beta.size, dtype=x.dtype), (*x.shape, beta.size)).copy(),
    }


def _fit(x: Array, gamma: Array, beta: Array, ln_param: Options) -> None:  # noqa: ARG001 - shapes fit already
    check_keys("layernorm", "ln_param", ln_param, optional=("eps",))
    above_zero("layernorm", "eps", ln_param.get("eps", EPS))


INPUTS = (Input("x", ("N", "D")), Input("gamma", ("D",)), Input("beta", ("D",)))


def _draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """Independent entries, and an eps with which the gradient does not vanish."""
    return (*draw(INPUTS, rng, sizes), {"eps": draw_eps(rng, sizes["D"])})


LAYERNORM = Layer(
    name="layernorm",
    inputs=(*INPUTS, config("ln_param", {"eps": 1e-5}, {})),
    forward_rule=layernorm_forward,
    backward_rule=layernorm_backward,
    jacobian_rule=layernorm_jacobian,
    oracle=lambda xp, x, gamma, beta, ln_param: (
        plain_normalised(xp, x, 1, ln_param.get("eps", EPS)) * gamma + beta
    ),
    fit_rule=_fit,
    draw_rule=_draw,
    smallest={"D": 1},
    conventions=("the variance divides by D, not D - 1", "eps is added to the variance, inside the root"),
)
