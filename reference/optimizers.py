"""Update rules in CS231n's signature: (w, dw, config) -> (next_w, config).

A rule remembers what it needs (a velocity, running means, a step count) in the configuration that it returns;
hand that back at the next step. Neither w, dw nor the configuration given is changed. What the configuration
leaves out has a default, the same as in CS231n, assignment 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import Array
from reference.options import check_keys, whole

Config = Mapping[str, Any]
Update = Callable[[Array, Array, Config | None], tuple[Array, dict[str, Any]]]


def sgd(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, dict[str, Any]]:
    """w, dw (...), config (learning_rate = 0.01) -> next_w (...) = w - learning_rate · dw, config.

    Raises InputError. Source: CS231n, assignment 2; lecture "How to train a multi-layer network".
    """
    w, dw, filled = _arguments("sgd", w, dw, config, {"learning_rate": 1e-2})
    return _like(w, w - filled["learning_rate"] * dw), filled


def sgd_momentum(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, dict[str, Any]]:
    """w, dw (...), config (learning_rate = 0.01, momentum = 0.9, velocity = 0) -> next_w (...), config.

    velocity ← momentum · velocity - learning_rate · dw, then next_w = w + velocity. Raises InputError.
    Source: Polyak 1964; CS231n, assignment 2.
    """
    defaults = {"learning_rate": 1e-2, "momentum": 0.9}
    w, dw, filled = _arguments("sgd_momentum", w, dw, config, defaults, state=("velocity",))
    velocity = _like(w, filled["momentum"] * filled["velocity"] - filled["learning_rate"] * dw)
    return w + velocity, {**filled, "velocity": velocity}


def rmsprop(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, dict[str, Any]]:
    """w, dw (...), config (learning_rate = 0.01, decay_rate = 0.99, epsilon = 1e-8, cache = 0) -> next_w, config.

    cache ← decay_rate · cache + (1 - decay_rate) dw², then next_w = w - learning_rate · dw/(√cache + epsilon).
    Raises InputError. Source: Tieleman and Hinton 2012, lecture 6.5; CS231n, assignment 2.
    """
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    w, dw, filled = _arguments("rmsprop", w, dw, config, defaults, state=("cache",))
    decay = filled["decay_rate"]
    cache = _like(w, decay * filled["cache"] + (1 - decay) * dw**2)
    step = filled["learning_rate"] * dw / (np.sqrt(cache) + filled["epsilon"])
    return _like(w, w - step), {**filled, "cache": cache}


def adam(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, dict[str, Any]]:
    """w, dw (...), config (learning_rate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, m = v = 0, t = 0)
    -> next_w (...), config.

    t ← t + 1; m ← beta1 · m + (1 - beta1) dw; v ← beta2 · v + (1 - beta2) dw². Both start at 0 and are too small
    by 1 - betaᵗ, hence next_w = w - learning_rate · m/(1 - beta1ᵗ) / (√(v/(1 - beta2ᵗ)) + epsilon).
    t counts the steps done: CS231n's update adds 1 before it uses t, and so do we. Raises InputError.
    Source: Kingma and Ba 2015, algorithm 1; CS231n, assignment 2.
    """
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    w, dw, filled = _arguments("adam", w, dw, config, defaults, state=("m", "v"))
    beta1, beta2 = filled["beta1"], filled["beta2"]
    t = whole("adam", "config['t']", filled["t"], least=0) + 1
    m = _like(w, beta1 * filled["m"] + (1 - beta1) * dw)
    v = _like(w, beta2 * filled["v"] + (1 - beta2) * dw**2)
    step = filled["learning_rate"] * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + filled["epsilon"])
    return _like(w, w - step), {**filled, "m": m, "v": v, "t": t}


def _like(w: Array, value: Array) -> Array:
    return np.asarray(value, dtype=w.dtype)


BELOW_ONE = ("momentum", "decay_rate", "beta1", "beta2")


def _arguments(
    rule: str,
    w: object,
    dw: object,
    config: Config | None,
    defaults: Mapping[str, Any],
    *,
    state: tuple[str, ...] = (),
) -> tuple[Array, Array, dict[str, Any]]:
    """w and dw as arrays of floats, and a new configuration with defaults and, for `state`, zeros filled in."""
    weights = np.asarray(w)
    if weights.dtype.kind in "iub":
        weights = weights.astype(np.float64)
    gradient = np.asarray(dw, dtype=weights.dtype)
    if gradient.shape != weights.shape:
        raise InputError(rule, "dw", f"of w's shape {weights.shape}", str(gradient.shape))
    given = dict(config or {})
    check_keys(rule, "config", given, optional=(*defaults, *state))
    filled: dict[str, Any] = {**defaults, **given}
    for name in defaults:
        value = filled[name]
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float | np.number)
            or not 0 <= value < np.inf
        ):
            raise InputError(rule, f"config[{name!r}]", "a finite number from 0 on", repr(value))
        if name in BELOW_ONE and value >= 1:
            raise InputError(rule, f"config[{name!r}]", "below 1", repr(value))
    for name in state:
        filled[name] = np.asarray(filled.get(name, np.zeros_like(weights)), dtype=weights.dtype)
        if filled[name].shape != weights.shape:
            raise InputError(
                rule, f"config[{name!r}]", f"of w's shape {weights.shape}", str(filled[name].shape)
            )
    return weights, gradient, filled


def minibatches(n: int, size: int, rng: np.random.Generator) -> Iterator[Array]:
    """One epoch of n examples -> arrays of at most `size` indices (size,), each index once, in random order.

    The last one is smaller where size does not divide n. A minibatch drawn without preference has, on average,
    the gradient of the whole: E[mean over the batch] = mean over all. Raises InputError, before the first batch.
    Source: lecture "How to train a multi-layer network".
    """
    whole("minibatches", "n", n, least=0)
    whole("minibatches", "size", size, least=1)
    order = rng.permutation(n)
    return (order[start : start + size] for start in range(0, n, size))
