"""The lecture's perceptron of four parameters with a name for every wire, so that each gradient can be asked for.

The target is a node like any other here, with a gradient of its own. Source: lecture "Multi-layer perceptron".
"""

from __future__ import annotations

import numpy as np

from reference.elementwise import elementwise
from reference.formula import formula_graph
from reference.graph import Graph, Node
from reference.inputs import Array, Input


def _half_difference(f: Array, y: Array) -> Array:
    """prediction f (...), target y (...) -> ½(f - y)² (...). Local gradients f - y and y - f.

    Source: lecture "Multi-layer perceptron", the squared loss, with the half that cancels the 2.
    """
    error = f - y
    return np.asarray(error * error / 2)


HALF_DIFFERENCE = elementwise(
    "half_difference",
    _half_difference,
    lambda out, f, y: (f - y, y - f),
    inputs=(Input("f"), Input("y")),
    oracle=lambda xp, f, y: 0.5 * (f - y) ** 2,
    conventions=("entry by entry with the half, no mean",),
    symbol="½(f−y)²",
)

_CHAIN = formula_graph(
    "p1 = w1*x; a1 = p1 + b1; f1 = sigmoid(a1); a2 = w2*f1; f2 = sigmoid(a2); a3 = w3*f2; f3 = sigmoid(a3)"
)

MLP_CHAIN_NAMED = Graph(
    (*_CHAIN.nodes.values(), Node("y"), Node("L", HALF_DIFFERENCE, ("f3", "y"))), name="mlp_chain_named"
)
"""a1 = w1 x + b1, a2 = w2 f1, a3 = w3 f2, L = ½(f3 - y)². Source: lecture "Multi-layer perceptron"."""
