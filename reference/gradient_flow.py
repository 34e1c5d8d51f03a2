"""How the weights' gradients shrink or grow with depth: their norms, layer by layer.

δ^{l-1} = (W^l)ᵀ δ^l ⊙ g'(z^{l-1}): each layer multiplies by weights and by a slope, for the sigmoid 1/4 at most.
Source: lecture "How to train a multi-layer network" (vanishing gradients); CSCI 5622, lecture 13.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reference.activations import SIGMOID
from reference.errors import InputError
from reference.initialisers import variance_of_sum
from reference.inputs import Array
from reference.layer import Layer
from reference.mlp import mlp_backward, mlp_forward
from reference.options import whole


def gradient_norms(
    x: Array, da: Array, weights: Sequence[Array], biases: Sequence[Array], *, activation: Layer = SIGMOID
) -> Array:
    """x (D,), da = ∂L/∂a^L (n_L,), W^l (n_l, n_{l-1}), b^l (n_l,) -> norms (L,) of ∂L/∂W^1 .. ∂L/∂W^L (Frobenius).

    Raises InputError. Source: CSCI 5622, lecture 13, delta recursion.
    """
    if not weights:
        raise InputError("gradient_norms", "weights", "those of one layer or more", "none")
    run = mlp_forward(x, weights, biases, activation=activation)
    upstream = np.asarray(da)
    if upstream.shape != run.a[-1].shape:
        raise InputError("gradient_norms", "da", f"of a^L's shape {run.a[-1].shape}", str(upstream.shape))
    gradients = mlp_backward(upstream, weights, run, activation=activation)
    return np.array([np.sqrt((dW**2).sum()) for dW in gradients.dW])


def deep_norms(
    depth: int, width: int, rng: np.random.Generator, *, variance: float, activation: Layer = SIGMOID
) -> Array:
    """depth L, width n, variance of each weight -> norms (L,) of a random network's weight gradients.

    Input and ∂L/∂a^L are drawn from N(0, 1), weights (n, n) from N(0, variance), and biases are 0.
    Raises InputError. Source: lecture "How to train a multi-layer network".
    """
    whole("deep_norms", "depth", depth, least=1)
    whole("deep_norms", "width", width, least=1)
    variance_of_sum(width, variance, 1.0)  # refuses what is no variance
    weights = [rng.normal(0.0, np.sqrt(variance), (width, width)) for _ in range(depth)]
    biases = [np.zeros(width) for _ in range(depth)]
    return gradient_norms(
        rng.normal(size=width), rng.normal(size=width), weights, biases, activation=activation
    )
