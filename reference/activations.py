"""Activations: elementwise functions between the linear layers, in forms that neither overflow nor cancel.

Sources of sigmoid' and ReLU': CS231n, lecture 4; CSCI 5622, lecture 13.
"""

from __future__ import annotations

import numpy as np

from reference.elementwise import elementwise, nearest
from reference.inputs import Array


def _sigmoid(x: Array) -> Array:
    """x (...) -> σ(x) = 1/(1 + e⁻ˣ) (...). Local gradient σ(1 - σ). Source: CS231n, lecture 4."""
    # e^-|x| never overflows; for x < 0 the fraction is expanded by eˣ.
    z = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, z) / (1 + z))


def _sigmoid_local(out: Array, x: Array) -> tuple[Array]:
    # σ(1 - σ) = z/(1 + z)² with z = e^-|x|: 1 - σ itself would lose every digit once σ rounds to 1 (x > 37).
    z = np.exp(-np.abs(x))
    return (np.asarray(z / (1 + z) ** 2, dtype=out.dtype),)


SIGMOID = elementwise(
    "sigmoid", _sigmoid, _sigmoid_local, oracle=lambda xp, x: 0.5 * (xp.tanh(0.5 * x) + 1), symbol="σ"
)


def _tanh(x: Array) -> Array:
    """x (...) -> tanh x (...). Local gradient 1 - tanh² x. Source: calculus."""
    return np.asarray(np.tanh(x))


def _tanh_local(out: Array, x: Array) -> tuple[Array]:
    # 1 - tanh² = 4z/(1 + z)² with z = e^-2|x|, for the same reason as in the sigmoid.
    z = np.exp(-2 * np.abs(x))
    return (np.asarray(4 * z / (1 + z) ** 2, dtype=out.dtype),)


TANH = elementwise("tanh", _tanh, _tanh_local, oracle=lambda xp, x: xp.tanh(x))


def _relu(x: Array) -> Array:
    """x (...) -> max(0, x) (...). Local gradient 1 where x > 0, else 0. Source: CS231n, lecture 4."""
    return np.asarray(np.maximum(x, 0))


RELU = elementwise(
    "relu",
    _relu,
    lambda out, x: ((x > 0).astype(out.dtype),),
    oracle=lambda xp, x: x * (x > 0),
    margin=lambda x: nearest(np.abs(x)),
    conventions=("the gradient at exactly 0 is 0; any value from 0 to 1 is a subgradient",),
    symbol="ReLU",
)


def _neg_log_sigmoid(x: Array) -> Array:
    """x (...) -> -log σ(x) (...), the loss of a positive example with score x. Local gradient σ(x) - 1.

    Source: lecture "How to train a multi-layer network", e = -log σ(w·x); stable as log(1 + e⁻ˣ).
    """
    return np.asarray(np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x))))


NEG_LOG_SIGMOID = elementwise(
    "neg_log_sigmoid",
    _neg_log_sigmoid,
    lambda out, x: (-_sigmoid(-x),),  # σ(x) - 1 = -σ(-x), without the cancellation
    oracle=lambda xp, x: xp.log(1 + xp.exp(-x)),
    symbol="−log σ",
)
