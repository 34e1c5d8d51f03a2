"""The score on top of a network, s = uᵀh: the inner product in the names of its lecture.

∂s/∂u = hᵀ and ∂s/∂h = uᵀ, each a row on paper. Source: lecture "Multi-layer perceptron", the part on vectors.
"""

from __future__ import annotations

from reference.dot import DOT, dot_backward
from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer


def score_forward(u: Array, h: Array) -> tuple[Array, tuple[Array, Array]]:
    """u (D,), h (D,) -> s () = uᵀh. Source: lecture "Multi-layer perceptron", the score of a network."""
    s, cache = DOT.forward_rule(u, h)
    return s, cache


def score_jacobian(u: Array, h: Array) -> Jacobians:
    """∂s/∂u = h, ∂s/∂h = u; s is a scalar, so each has its input's shape."""
    return {("s", "u"): h.copy(), ("s", "h"): u.copy()}


SCORE = Layer(
    name="score",
    inputs=(Input("u", ("D",)), Input("h", ("D",))),
    outputs=("s",),
    forward_rule=score_forward,
    backward_rule=dot_backward,
    jacobian_rule=score_jacobian,
    oracle=DOT.oracle,
    symbol="uᵀh",
)
