"""The lecture's small network entry by entry: three hidden units, two outputs, every weight a node of its own.

    a_k = σ(z_k), k = 1, 2, 3         z²_j = w_j1 a_1 + w_j2 a_2 + w_j3 a_3 + b_j        a²_j = σ(z²_j)
    L = ½(a²_1 - 1)² + ½(a²_2 - 0)²

A node's name has the layer first and the unit second: z1_2 is unit 2 of layer 1, and dz1_2 is its δ.
Source: CSCI 5622, lecture 13, the simplified network.
"""

from __future__ import annotations

import numpy as np

from reference.activations import SIGMOID
from reference.elementwise import elementwise
from reference.graph import Graph, Node
from reference.inputs import Array, Input, constant

TARGETS = (1.0, 0.0)
"""What the two outputs ought to be."""


def _weighted_sum(w1: Array, w2: Array, w3: Array, a1: Array, a2: Array, a3: Array, b: Array) -> Array:
    """w1, w2, w3, a1, a2, a3, b, each (...) -> w1 a1 + w2 a2 + w3 a3 + b (...). Local gradients: the partner, 1.

    Source: CSCI 5622, lecture 13.
    """
    return np.asarray(w1 * a1 + w2 * a2 + w3 * a3 + b)


WEIGHTED_SUM = elementwise(
    "weighted_sum",
    _weighted_sum,
    lambda out, w1, w2, w3, a1, a2, a3, b: (a1, a2, a3, w1, w2, w3, np.ones_like(out)),
    inputs=tuple(Input(name) for name in ("w1", "w2", "w3", "a1", "a2", "a3", "b")),
    oracle=lambda xp, w1, w2, w3, a1, a2, a3, b: w1 * a1 + w2 * a2 + w3 * a3 + b,
    symbol="Σwa+b",
)


def _pair_error(a1: Array, a2: Array, y1: Array, y2: Array) -> Array:
    """outputs a1, a2 (...), targets y1, y2 () -> ½(a1 - y1)² + ½(a2 - y2)² (...). Local gradients a - y.

    Source: CSCI 5622, lecture 13.
    """
    return np.asarray(((a1 - y1) ** 2 + (a2 - y2) ** 2) / 2, dtype=a1.dtype)


PAIR_ERROR = elementwise(
    "pair_error",
    _pair_error,
    lambda out, a1, a2, y1, y2: (
        np.asarray(a1 - y1, dtype=a1.dtype),
        np.asarray(a2 - y2, dtype=a2.dtype),
    ),
    inputs=(Input("a1"), Input("a2"), constant("y1"), constant("y2")),
    oracle=lambda xp, a1, a2, y1, y2: 0.5 * (a1 - y1) ** 2 + 0.5 * (a2 - y2) ** 2,
    conventions=("sum over the outputs with the half, no mean",),
    symbol="½Σ(a−y)²",
)

HIDDEN = ("a1_1", "a1_2", "a1_3")

THREE_TWO = Graph(
    (
        *(Node(f"z1_{k}") for k in (1, 2, 3)),
        *(Node(f"w{j}{k}") for j in (1, 2) for k in (1, 2, 3)),
        *(Node(f"b{j}") for j in (1, 2)),
        *(Node(f"a1_{k}", SIGMOID, (f"z1_{k}",)) for k in (1, 2, 3)),
        *(Node(f"z2_{j}", WEIGHTED_SUM, (f"w{j}1", f"w{j}2", f"w{j}3", *HIDDEN, f"b{j}")) for j in (1, 2)),
        *(Node(f"a2_{j}", SIGMOID, (f"z2_{j}",)) for j in (1, 2)),
        Node("L", PAIR_ERROR, ("a2_1", "a2_2", *TARGETS)),
    ),
    name="three_two",
)
