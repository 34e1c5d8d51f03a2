"""Batch normalisation of images: each channel over the batch and all pixels.

An image batch (N, C, H, W) is N·H·W rows of C columns, and then it is batch normalisation.
Sources: Ioffe and Szegedy 2015, section 3.2; CS231n, assignment 2.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy as np

from reference.batchnorm import KEYS, batchnorm_backward_alt, batchnorm_forward
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
from reference.options import above_zero, check_keys, one_of

Options = Mapping[str, Any]
Cache = tuple[Array, Array, Array]
AXES = (0, 2, 3)


def _forward(x: Array, gamma: Array, beta: Array, bn_param: Options) -> tuple[Array, Cache]:
    """x (N, C, H, W), gamma (C,), beta (C,), bn_param {mode: train, eps} -> out (N, C, H, W).

    out = gamma · x̂ + beta, x̂ normalised over n, h and w, a channel at a time. Source: CS231n, assignment 2.
    """
    xhat, s = normalise(x, AXES, bn_param.get("eps", EPS))
    return gamma[:, None, None] * xhat + beta[:, None, None], (xhat, s, gamma)


def _backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, C, H, W) -> dx (N, C, H, W), dgamma (C,), dbeta (C,): sums over n, h and w."""
    xhat, s, gamma = cache
    dx = normalise_backward(dout * gamma[:, None, None], xhat, s, AXES)
    return dx, (dout * xhat).sum(axis=AXES), dout.sum(axis=AXES)


def _jacobian(x: Array, gamma: Array, beta: Array, bn_param: Options) -> Jacobians:
    """Channels are separate; within one, all N·H·W entries act on each other."""
    N, C, H, W = x.shape
    eps = bn_param.get("eps", EPS)
    columns = x.transpose(1, 0, 2, 3).reshape(C, N * H * W)
    within = (group_jacobian(columns, eps) * gamma[:, None, None]).reshape(C, N, H, W, N, H, W)
    xhat = (columns - columns.mean(axis=1, keepdims=True)) / np.sqrt(columns.var(axis=1, keepdims=True) + eps)
    eye = np.eye(C, dtype=x.dtype)
    ones = np.ones_like(x)
    return {
        ("out", "x"): np.einsum("cnhwmij,ce->nchwmeij", within, eye),
        ("out", "gamma"): np.einsum("cnhw,ce->nchwe", xhat.reshape(C, N, H, W), eye),
        ("out", "beta"): np.einsum("nchw,ce->nchwe", ones, np.eye(beta.size, dtype=x.dtype)),
    }


def _oracle(xp: Any, x: Any, gamma: Any, beta: Any, bn_param: Options) -> Any:
    N, C, H, W = x.shape
    rows = xp.reshape(xp.einsum("nchw->nhwc", x), (N * H * W, C))
    out = plain_normalised(xp, rows, 0, bn_param.get("eps", EPS)) * gamma + beta
    return xp.einsum("nhwc->nchw", xp.reshape(out, (N, H, W, C)))


def _fit(x: Array, gamma: Array, beta: Array, bn_param: Options) -> None:  # noqa: ARG001 - shapes fit already
    check_keys("spatial_batchnorm", "bn_param", bn_param, required=("mode",), optional=KEYS)
    one_of("spatial_batchnorm", "mode", bn_param["mode"], ("train",))
    above_zero("spatial_batchnorm", "eps", bn_param.get("eps", EPS))


INPUTS = (Input("x", ("N", "C", "H", "W")), Input("gamma", ("C",)), Input("beta", ("C",)))


def _draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """Independent entries, and an eps with which the gradient does not vanish."""
    eps = draw_eps(rng, sizes["N"] * sizes["H"] * sizes["W"])
    return (*draw(INPUTS, rng, sizes), {"mode": "train", "eps": eps})


SPATIAL_BATCHNORM = Layer(
    name="spatial_batchnorm",
    inputs=(*INPUTS, config("bn_param", {"mode": "train", "eps": 1e-5}, {"mode": "train", "eps": 1e-3})),
    forward_rule=_forward,
    backward_rule=_backward,
    jacobian_rule=_jacobian,
    oracle=_oracle,
    fit_rule=_fit,
    draw_rule=_draw,
    smallest={"N": 1, "H": 1, "W": 1},
    conventions=("the variance divides by N·H·W", "eps is added to the variance, inside the root"),
)


def _rows(x: Array) -> Array:
    """x (N, C, H, W) -> (N·H·W, C)."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def _images(rows: Array, shape: tuple[int, ...]) -> Array:
    """rows (N·H·W, C) -> (N, C, H, W)."""
    N, C, H, W = shape
    return rows.reshape(N, H, W, C).transpose(0, 3, 1, 2)


def spatial_batchnorm_forward(
    x: Array, gamma: Array, beta: Array, bn_param: MutableMapping[str, Any]
) -> tuple[Array, tuple[Any, ...]]:
    """x (N, C, H, W), gamma (C,), beta (C,), bn_param as in `batchnorm_forward` -> out (N, C, H, W), cache.

    Updates the running averages in bn_param in training. Raises InputError. Source: CS231n, assignment 2.
    """
    x, gamma, beta, _ = SPATIAL_BATCHNORM.check(x, gamma, beta, {"mode": "train"})
    out, cache = batchnorm_forward(_rows(x), gamma, beta, bn_param)
    return _images(out, x.shape), cache


def spatial_batchnorm_backward(dout: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Array]:
    """dout (N, C, H, W) -> dx (N, C, H, W), dgamma (C,), dbeta (C,). Source: CS231n, assignment 2."""
    dx, dgamma, dbeta = batchnorm_backward_alt(_rows(dout), cache)
    return _images(dx, dout.shape), dgamma, dbeta
