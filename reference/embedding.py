"""Word embedding: a row of a table for each word.

out[n, t] = W[x[n, t]]: a word that occurs k times fans its row out k times, so that its gradients add up.
Source: CS231n, assignment 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input, label
from reference.layer import Jacobians, Layer


def word_embedding_forward(x: Array, W: Array) -> tuple[Array, tuple[Array, Array]]:
    """words x (N, T), table W (V, D) -> out (N, T, D), the row of each word. Source: CS231n, assignment 3."""
    return W[x], (x, W)


def word_embedding_backward(dout: Array, cache: tuple[Array, Array]) -> Array:
    """dout (N, T, D) -> dW (V, D) = Σ of dout[n, t] over all places with x[n, t] = v.

    np.add.at adds once for each occurrence; dW[x] += dout would keep the last one only.
    """
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW


def word_embedding_jacobian(x: Array, W: Array) -> Jacobians:
    """∂out[n, t, d]/∂W[v, e] = [x[n, t] = v] [d = e]."""
    rows, columns = np.eye(W.shape[0], dtype=W.dtype), np.eye(W.shape[1], dtype=W.dtype)
    return {("out", "W"): np.einsum("ntv,de->ntdve", rows[x], columns)}


def _oracle(xp: Any, x: Any, W: Any) -> Any:  # noqa: ARG001 - every array module indexes alike
    return W[x]


WORD_EMBEDDING = Layer(
    name="word_embedding",
    inputs=(label("x", ("N", "T"), below="V"), Input("W", ("V", "D"))),
    forward_rule=word_embedding_forward,
    backward_rule=word_embedding_backward,
    jacobian_rule=word_embedding_jacobian,
    oracle=_oracle,
    conventions=("words are integers from 0; a negative one is refused, not counted from the end",),
    smallest={"V": 1},
)
