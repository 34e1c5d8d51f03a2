"""Layers that work entry by entry: a value and its local gradients are all there is to say.

out[i] = f(x[i], y[i]),   dx[i] = dout[i] · ∂f/∂x,   ∂out/∂x = diag(∂f/∂x)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer


def diagonal(local: Array) -> Array:
    """local (*S) -> Jacobian (*S, *S) with the local gradients on its diagonal, zero elsewhere."""
    flat = np.zeros((local.size, local.size), dtype=local.dtype)
    np.fill_diagonal(flat, local.ravel())
    return flat.reshape(local.shape + local.shape)


def elementwise(
    name: str,
    value: Callable[..., Array],
    local: Callable[..., tuple[Array, ...]],
    *,
    oracle: Callable[..., Any],
    inputs: tuple[Input, ...] = (Input("x"),),
    margin: Callable[..., float] | None = None,
    conventions: tuple[str, ...] = (),
    symbol: str = "",
) -> Layer:
    """A Layer from `value(*inputs) -> out` and `local(out, *inputs) -> one local gradient an input`.

    Local gradients stand in the order of the differentiable inputs and have out's shape.
    """
    names = tuple(spec.name for spec in inputs if spec.differentiable)

    def forward(*arrays: Array) -> tuple[Array, tuple[Array, ...]]:
        out = value(*arrays)
        return out, (out, *arrays)

    def backward(dout: Array, cache: tuple[Array, ...]) -> Array | tuple[Array, ...]:
        gradients = tuple(dout * gradient for gradient in local(*cache))
        return gradients if len(gradients) > 1 else gradients[0]

    def jacobian(*arrays: Array) -> Jacobians:
        gradients = local(value(*arrays), *arrays)
        return {("out", name): diagonal(np.asarray(g)) for name, g in zip(names, gradients, strict=True)}

    forward.__doc__ = value.__doc__
    return Layer(
        name=name,
        inputs=inputs,
        forward_rule=forward,
        backward_rule=backward,
        jacobian_rule=jacobian,
        oracle=oracle,
        margin_rule=margin,
        conventions=conventions,
        symbol=symbol,
    )


def nearest(distances: Array) -> float:
    """The smallest of the distances to a kink; infinite when there are none."""
    return float(distances.min()) if distances.size else float("inf")
