"""Batch normalisation: each column brought to mean 0 and variance 1 over the batch, then scaled and shifted.

Three backwards that must agree: the simplified formula (the layer's, and `batchnorm_backward_alt`), and
`batchnorm_backward`, which goes back through a graph of ten simple steps, as lecture 4 of CS231n has it.
Sources: Ioffe and Szegedy 2015; CS231n, assignment 2.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy as np

from reference.elementwise import diagonal
from reference.errors import InputError
from reference.inputs import Array, Domain, Input, Sizes, config, constant, draw
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
Cache = tuple[Any, ...]
KEYS = ("eps", "momentum", "running_mean", "running_var")
INPUTS = (Input("x", ("N", "D")), Input("gamma", ("D",)), Input("beta", ("D",)))


def _train_forward(x: Array, gamma: Array, beta: Array, bn_param: Options) -> tuple[Array, Cache]:
    """x (N, D), gamma (D,), beta (D,), bn_param {mode: train, eps} -> out (N, D) = gamma · x̂ + beta.

    x̂ = (x - mean)/√(variance + eps), both over the batch. Source: CS231n, assignment 2.
    """
    xhat, s = normalise(x, 0, bn_param.get("eps", EPS))
    return gamma * xhat + beta, (xhat, s, gamma)


def _train_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, D) -> dx (N, D), dgamma (D,) = Σ_n dout · x̂, dbeta (D,) = Σ_n dout."""
    xhat, s, gamma = cache
    return normalise_backward(dout * gamma, xhat, s, 0), (dout * xhat).sum(axis=0), dout.sum(axis=0)


def _train_jacobian(x: Array, gamma: Array, beta: Array, bn_param: Options) -> Jacobians:
    """Columns are separate: ∂out[n, d]/∂x[m, d] = gamma[d] ∂x̂[n, d]/∂x[m, d], and 0 between columns."""
    eps = bn_param.get("eps", EPS)
    eye = np.eye(gamma.size, dtype=x.dtype)
    within = group_jacobian(x.T, eps) * gamma[:, None, None]
    xhat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return {
        ("out", "x"): np.einsum("dnm,de->ndme", within, eye),
        ("out", "gamma"): np.einsum("nd,de->nde", xhat, eye),
        ("out", "beta"): np.broadcast_to(np.eye(beta.size, dtype=x.dtype), (*x.shape, beta.size)).copy(),
    }


def _train_fit(x: Array, gamma: Array, beta: Array, bn_param: Options) -> None:  # noqa: ARG001 - shapes fit
    check_keys("batchnorm", "bn_param", bn_param, required=("mode",), optional=KEYS)
    one_of("batchnorm", "mode", bn_param["mode"], ("train",))
    above_zero("batchnorm", "eps", bn_param.get("eps", EPS))


def _train_draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """Independent entries, and an eps with which the gradient does not vanish."""
    return (*draw(INPUTS, rng, sizes), {"mode": "train", "eps": draw_eps(rng, sizes["N"])})


BATCHNORM = Layer(
    name="batchnorm",
    inputs=(*INPUTS, config("bn_param", {"mode": "train", "eps": 1e-5}, {"mode": "train", "eps": 1e-3})),
    forward_rule=_train_forward,
    backward_rule=_train_backward,
    jacobian_rule=_train_jacobian,
    oracle=lambda xp, x, gamma, beta, bn_param: (
        plain_normalised(xp, x, 0, bn_param.get("eps", EPS)) * gamma + beta
    ),
    fit_rule=_train_fit,
    draw_rule=_train_draw,
    smallest={"N": 1},
    conventions=("the variance divides by N, not N - 1", "eps is added to the variance, inside the root"),
)


def _test_forward(
    x: Array, gamma: Array, beta: Array, running_mean: Array, running_var: Array, eps: Array
) -> tuple[Array, Cache]:
    """x (N, D), gamma (D,), beta (D,), constants running_mean (D,), running_var (D,), eps () -> out (N, D).

    out = gamma · (x - running_mean)/√(running_var + eps) + beta. Source: CS231n, assignment 2 (mode test).
    """
    s = 1 / np.sqrt(running_var + x.dtype.type(eps))
    xhat = (x - running_mean) * s
    return np.asarray(gamma * xhat + beta, dtype=x.dtype), (xhat, s, gamma)


def _test_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, D) -> dx (N, D) = dout · gamma · s: mean and variance are constants here; dgamma, dbeta (D,)."""
    xhat, s, gamma = cache
    return dout * (gamma * s), (dout * xhat).sum(axis=0), dout.sum(axis=0)


def _test_jacobian(
    x: Array, gamma: Array, beta: Array, running_mean: Array, running_var: Array, eps: Array
) -> Jacobians:
    """Entry by entry: gamma/√(running_var + eps) on the diagonal of ∂out/∂x."""
    sigma = np.sqrt(running_var + x.dtype.type(eps))
    eye = np.eye(gamma.size, dtype=x.dtype)
    return {
        ("out", "x"): diagonal(np.broadcast_to(gamma / sigma, x.shape)),
        ("out", "gamma"): np.einsum("nd,de->nde", (x - running_mean) / sigma, eye),
        ("out", "beta"): np.broadcast_to(np.eye(beta.size, dtype=x.dtype), (*x.shape, beta.size)).copy(),
    }


BATCHNORM_TEST = Layer(
    name="batchnorm_test",
    inputs=(
        *INPUTS,
        constant("running_mean", ("D",)),
        constant("running_var", ("D",), Domain.POSITIVE),
        constant("eps", (), Domain.POSITIVE),
    ),
    forward_rule=_test_forward,
    backward_rule=_test_backward,
    jacobian_rule=_test_jacobian,
    oracle=lambda xp, x, gamma, beta, mean, var, eps: gamma * (x - mean) / xp.sqrt(var + eps) + beta,
    conventions=("mean and variance are given constants, so dx has one term",),
)


def batchnorm_forward(
    x: Array, gamma: Array, beta: Array, bn_param: MutableMapping[str, Any]
) -> tuple[Array, Cache]:
    """x (N, D), gamma (D,), beta (D,), bn_param {mode, eps, momentum, running_*} -> out (N, D), cache.

    In training the running mean and variance in bn_param are updated in place, as CS231n does:
    running = momentum · running + (1 - momentum) · batch. Raises InputError. Source: CS231n, assignment 2.
    """
    check_keys("batchnorm", "bn_param", bn_param, required=("mode",), optional=KEYS)
    mode = one_of("batchnorm", "mode", bn_param["mode"], ("train", "test"))
    eps = above_zero("batchnorm", "eps", bn_param.get("eps", EPS))
    momentum = bn_param.get("momentum", 0.9)
    if not isinstance(momentum, int | float | np.floating) or not 0 <= momentum <= 1:
        raise InputError("batchnorm", "momentum", "a number from 0 to 1", repr(momentum))
    x, gamma, beta, _ = BATCHNORM.check(x, gamma, beta, {"mode": "train", "eps": eps})
    mean, variance = (_running(bn_param, name, x) for name in ("running_mean", "running_var"))
    if mode == "test":
        out, cache = _test_forward(x, gamma, beta, mean, variance, x.dtype.type(eps))
        return out, ("test", *cache)
    steps = graph_forward(x, gamma, beta, eps)
    momentum = float(momentum)  # np.float64 would widen float32 averages
    bn_param["running_mean"] = momentum * mean + (1 - momentum) * steps["mean"]
    bn_param["running_var"] = momentum * variance + (1 - momentum) * steps["variance"]
    return steps["out"], ("train", steps)


def _running(bn_param: Options, name: str, x: Array) -> Array:
    """A running average as an array (D,) of x's dtype, 0 where bn_param has none yet."""
    D = x.shape[1]
    value = np.asarray(bn_param.get(name, np.zeros(D)), dtype=x.dtype)
    if value.shape != (D,):
        raise InputError("batchnorm", name, f"of shape (D,) = ({D},)", str(value.shape))
    if name == "running_var" and not (value >= 0).all():
        raise InputError("batchnorm", name, "at least 0", str(value.min()))
    return value


def graph_forward(x: Array, gamma: Array, beta: Array, eps: float) -> dict[str, Array]:
    """x (N, D), gamma (D,), beta (D,), eps -> every node of the graph by name, in order, `out` (N, D) last."""
    mean = x.mean(axis=0)
    centred = x - mean
    square = centred * centred
    variance = square.mean(axis=0)
    shifted = variance + eps
    root = np.sqrt(shifted)
    inverse = 1 / root
    xhat = centred * inverse
    scaled = gamma * xhat
    out = scaled + beta
    return {
        "x": x, "gamma": gamma, "beta": beta, "mean": mean, "centred": centred, "square": square,
        "variance": variance, "shifted": shifted, "root": root, "inverse": inverse, "xhat": xhat,
        "scaled": scaled, "out": out,
    }  # fmt: skip


def graph_backward(dout: Array, steps: Mapping[str, Array]) -> dict[str, Array]:
    """dout (N, D) -> the gradient of every node of `graph_forward`, each from those of its consumers."""
    N = dout.shape[0]
    d: dict[str, Array] = {"out": dout}
    d["scaled"] = dout
    d["beta"] = dout.sum(axis=0)
    d["xhat"] = d["scaled"] * steps["gamma"]
    d["gamma"] = (d["scaled"] * steps["xhat"]).sum(axis=0)
    d["inverse"] = (d["xhat"] * steps["centred"]).sum(axis=0)
    d["root"] = -d["inverse"] * steps["inverse"] ** 2
    d["shifted"] = d["root"] / (2 * steps["root"])
    d["variance"] = d["shifted"]
    d["square"] = np.broadcast_to(d["variance"] / N, dout.shape)
    d["centred"] = d["xhat"] * steps["inverse"] + 2 * steps["centred"] * d["square"]  # a fan-out of two
    d["mean"] = -d["centred"].sum(axis=0)
    d["x"] = d["centred"] + d["mean"] / N
    return d


def batchnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, D) -> dx (N, D), dgamma (D,), dbeta (D,), through the graph. Source: CS231n, assignment 2."""
    mode, *rest = cache
    if mode == "test":
        return _test_backward(dout, tuple(rest))
    d = graph_backward(dout, rest[0])
    return d["x"], d["gamma"], d["beta"]


def batchnorm_backward_alt(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, D) -> dx (N, D), dgamma (D,), dbeta (D,), simplified on paper. Source: CS231n, assignment 2."""
    mode, *rest = cache
    if mode == "test":
        return _test_backward(dout, tuple(rest))
    steps = rest[0]
    return _train_backward(dout, (steps["xhat"], steps["inverse"], steps["gamma"]))
