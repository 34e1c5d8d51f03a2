"""The multi-layer perceptron in column vectors, z^l = W^l a^{l-1} + b^l, a^l = g(z^l), by delta recursion.

    δ^L = ∂L/∂a^L ⊙ g'(z^L)          δ^{l-1} = (W^l)ᵀ δ^l ⊙ g'(z^{l-1})
    ∂L/∂W^l = δ^l (a^{l-1})ᵀ         ∂L/∂b^l = δ^l

Source: CSCI 5622, lecture 13. Layers are counted from 1, as there; Python's index 0 is layer 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reference.activations import SIGMOID
from reference.errors import InputError
from reference.inputs import Array
from reference.layer import Layer
from reference.linear_columns import AFFINE_COLUMNS


@dataclass(frozen=True, slots=True)
class MlpPass:
    """What the forward loop leaves behind: z^1 .. z^L, and a^0 .. a^L (a^0 is the input)."""

    z: tuple[Array, ...]
    a: tuple[Array, ...]


@dataclass(frozen=True, slots=True)
class MlpGradients:
    """δ^1 .. δ^L with the gradients of the weights and biases, and ∂L/∂a^0."""

    delta: tuple[Array, ...]
    dW: tuple[Array, ...]
    db: tuple[Array, ...]
    dx: Array


def mlp_forward(
    x: Array, weights: Sequence[Array], biases: Sequence[Array], *, activation: Layer = SIGMOID
) -> MlpPass:
    """x (D,), W^l (n_l, n_{l-1}), b^l (n_l,) -> every z^l and a^l (n_l,). Raises InputError.

    Source: CSCI 5622, lecture 13, forward propagation algorithm.
    """
    if len(weights) != len(biases):
        raise InputError("mlp", "biases", f"as many as weights, {len(weights)}", str(len(biases)))
    z: list[Array] = []
    a = [np.asarray(x)]
    for W, b in zip(weights, biases, strict=True):
        z.append(AFFINE_COLUMNS.forward(W, a[-1], b)[0])
        a.append(activation.forward(z[-1])[0])
    return MlpPass(tuple(z), tuple(a))


def mlp_backward(
    da: Array, weights: Sequence[Array], run: MlpPass, *, activation: Layer = SIGMOID
) -> MlpGradients:
    """da = ∂L/∂a^L (n_L,) -> deltas, dW^l (n_l, n_{l-1}), db^l (n_l,), dx (D,). Raises InputError.

    Source: CSCI 5622, lecture 13, delta recursion.
    """
    delta: list[Array] = []
    dW: list[Array] = []
    upstream = np.asarray(da)
    for W, z, a in zip(reversed(weights), reversed(run.z), reversed(run.a[:-1]), strict=True):
        delta.insert(0, activation.vjp((z,), upstream)[activation.differentiable[0]])
        dW.insert(0, np.outer(delta[0], a))
        upstream = W.T @ delta[0]
    return MlpGradients(tuple(delta), tuple(dW), tuple(d.copy() for d in delta), upstream)
