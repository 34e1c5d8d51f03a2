"""Blocks with a way around: h = x + F(x), and a sum of several branches.

At the fan-out of x the gradients of all ways add up: dx = dh + (∂F/∂x)ᵀ dh. The 1 of the way around is why deep
networks of such blocks still pass a gradient on. Sources: He et al. 2016; Xie et al. 2017 (ResNeXt).
"""

from __future__ import annotations

from reference.activations import RELU
from reference.gates import ADD
from reference.graph import Graph, Node
from reference.linear_rows import AFFINE


def _branch(number: str) -> tuple[Node, ...]:
    """F(x) = relu(x w1 + b1) w2 + b2 with leaves and nodes that end in `number`; x (N, D), w1 (D, M), w2 (M, D)."""
    w1, b1, w2, b2 = (f"{name}{number}" for name in ("v", "a", "w", "b"))
    return (
        Node(w1),
        Node(b1),
        Node(w2),
        Node(b2),
        Node(f"z{number}", AFFINE, ("x", w1, b1)),
        Node(f"r{number}", RELU, (f"z{number}",)),
        Node(f"F{number}", AFFINE, (f"r{number}", w2, b2)),
    )


RESIDUAL_BLOCK = Graph(
    (Node("x"), *_branch(""), Node("h", ADD, ("x", "F"))), name="residual_block", output="h"
)
"""h = x + F(x), F(x) = relu(xv + a)w + b: x (N, D), v (D, M), a (M,), w (M, D), b (D,). Source: He et al. 2016."""

MULTI_BRANCH_BLOCK = Graph(
    (
        Node("x"),
        *_branch("1"),
        *_branch("2"),
        *_branch("3"),
        Node("s12", ADD, ("F1", "F2")),
        Node("s", ADD, ("s12", "F3")),
        Node("h", ADD, ("x", "s")),
    ),
    name="multi_branch_block",
    output="h",
)
"""h = x + F1(x) + F2(x) + F3(x), branches of one form with weights of their own. Source: Xie et al. 2017, eq. 2."""
