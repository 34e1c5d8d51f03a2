"""Binary cross-entropy with logits: one score an example, whose sigmoid is the probability of label 1.

-y log σ(x) - (1 - y) log(1 - σ(x)) = max(x, 0) - xy + log(1 + e^-|x|), which overflows never.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import ANY, Array, Domain, Input, constant, draw
from reference.layer import Jacobians, Layer


def bce_with_logits_forward(x: Array, y: Array) -> tuple[Array, tuple[Array, Array]]:
    """logits x (N, ...), targets y (N, ...), 0 or 1 -> loss () = mean of -y log σ(x) - (1 - y) log(1 - σ(x)).

    The mean is over all entries: over N examples, or over N examples with several labels each.

    Source: the likelihood of independent Bernoulli variables; calculus.
    """
    losses = np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
    return np.asarray(losses.mean(), dtype=x.dtype), (x, y)


def bce_with_logits_backward(dloss: Array, cache: tuple[Array, Array]) -> Array:
    """dloss () -> dx (N, ...) = dloss · (σ(x) - y)/x.size."""
    x, y = cache
    # σ(x) - 1 = -σ(-x): with the sign that makes the label 0 there is no cancellation.
    sign = 1 - 2 * y
    z = np.exp(-np.abs(x))
    wrong = np.where(sign * x >= 0, 1, z) / (1 + z)
    return np.asarray(sign * wrong * (dloss / x.size), dtype=x.dtype)


def bce_with_logits_jacobian(x: Array, y: Array) -> Jacobians:
    """∂loss/∂x = (σ(x) - y)/x.size; the loss is a scalar, so this has x's shape."""
    # σ(x) - y = ½(tanh(x/2) + 1) - y
    return {("loss", "x"): np.asarray((np.tanh(x / 2) + 1 - 2 * y) / (2 * x.size), dtype=x.dtype)}


def _oracle(xp: Any, x: Any, y: Any) -> Any:
    minus_log_p = xp.log(1 + xp.exp(-x))
    minus_log_q = xp.log(1 + xp.exp(x))
    return xp.sum(y * minus_log_p + (1 - y) * minus_log_q) / int(np.prod(x.shape))


INPUTS = (Input("x", ("N", ANY)), constant("y", ("N", ANY), Domain.MASK))


def _fit(x: Array, y: Array) -> None:  # noqa: ARG001 - y was compared with x
    if not x.size:
        raise InputError("bce_with_logits", "x", "of at least one entry, for a mean", str(x.shape))


BCE_WITH_LOGITS = Layer(
    name="bce_with_logits",
    inputs=INPUTS,
    outputs=("loss",),
    forward_rule=bce_with_logits_forward,
    backward_rule=bce_with_logits_backward,
    jacobian_rule=bce_with_logits_jacobian,
    oracle=_oracle,
    fit_rule=_fit,
    draw_rule=lambda rng, sizes: draw(INPUTS, rng, sizes, free=(3,)),
    conventions=("mean over all entries, natural logarithm",),
    smallest={"N": 1},
)
