"""Scalar gates: the operations that the lectures' circuits are drawn with, each with its local gradient.

They work entry by entry on arrays of any shape, so the same gate serves a number on a blackboard and a batch.
Sources: CS231n, lecture 4 (gates, and the patterns distributor, swap multiplier, router, adder).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.elementwise import diagonal, elementwise, nearest
from reference.inputs import Array, Domain, Input, constant
from reference.layer import Jacobians, Layer

X, Y = Input("x"), Input("y")


def _add(x: Array, y: Array) -> Array:
    """x (...), y (...) -> x + y (...). The gradient distributor. Source: CS231n, lecture 4."""
    return x + y


ADD = elementwise(
    "add",
    _add,
    lambda out, x, y: (np.ones_like(out), np.ones_like(out)),
    inputs=(X, Y),
    oracle=lambda xp, x, y: x + y,
    symbol="+",
)


def _subtract(x: Array, y: Array) -> Array:
    """x (...), y (...) -> x - y (...). Source: the add gate with its second input negated."""
    return x - y


SUBTRACT = elementwise(
    "subtract",
    _subtract,
    lambda out, x, y: (np.ones_like(out), -np.ones_like(out)),
    inputs=(X, Y),
    oracle=lambda xp, x, y: x - y,
    symbol="−",
)


def _multiply(x: Array, y: Array) -> Array:
    """x (...), y (...) -> x · y (...). The swap multiplier. Source: CS231n, lecture 4."""
    return x * y


MULTIPLY = elementwise(
    "multiply",
    _multiply,
    lambda out, x, y: (y, x),
    inputs=(X, Y),
    oracle=lambda xp, x, y: x * y,
    symbol="×",
)


def _maximum(x: Array, y: Array) -> Array:
    """x (...), y (...) -> max(x, y) (...). The gradient router. Source: CS231n, lecture 4."""
    return np.maximum(x, y)


MAXIMUM = elementwise(
    "maximum",
    _maximum,
    # A tie goes to x alone, one input being routed to; any split that sums to 1 is a subgradient.
    lambda out, x, y: ((x >= y).astype(out.dtype), (x < y).astype(out.dtype)),
    inputs=(X, Y),
    oracle=lambda xp, x, y: xp.maximum(x, y),
    margin=lambda x, y: nearest(np.abs(x - y)) / 2,  # both may move towards each other
    conventions=("at a tie the whole gradient goes to x",),
    symbol="max",
)


def _identity(x: Array) -> Array:
    """x (...) -> x (...). A wire with a second name: x = r. Source: the copy gate with one output."""
    return x.copy()


IDENTITY = elementwise(
    "identity",
    _identity,
    lambda out, x: (np.ones_like(out),),
    oracle=lambda xp, x: x * 1.0,
    symbol="=",
)


def _scale(x: Array, a: Array) -> Array:
    """x (...), constant a () -> a · x (...). Local gradient a. Source: CS231n, lecture 4, f_a(x) = ax."""
    return np.asarray(a * x, dtype=x.dtype)


SCALE = elementwise(
    "scale",
    _scale,
    lambda out, x, a: (np.full_like(out, a),),
    inputs=(X, constant("a")),
    oracle=lambda xp, x, a: a * x,
    symbol="×a",
)


def _shift(x: Array, c: Array) -> Array:
    """x (...), constant c () -> c + x (...). Local gradient 1. Source: CS231n, lecture 4, f_c(x) = c + x."""
    return np.asarray(c + x, dtype=x.dtype)


SHIFT = elementwise(
    "shift",
    _shift,
    lambda out, x, c: (np.ones_like(out),),
    inputs=(X, constant("c")),
    oracle=lambda xp, x, c: c + x,
    symbol="+c",
)


def _reciprocal(x: Array) -> Array:
    """x (...), not 0 -> 1/x (...). Local gradient -1/x². Source: CS231n, lecture 4."""
    return np.asarray(1 / x)


RECIPROCAL = elementwise(
    "reciprocal",
    _reciprocal,
    lambda out, x: (-out * out,),
    inputs=(Input("x", domain=Domain.NONZERO),),
    oracle=lambda xp, x: 1.0 / x,
    symbol="1/x",
)


def _exp(x: Array) -> Array:
    """x (...) -> eˣ (...). Local gradient eˣ, the output itself. Source: CS231n, lecture 4."""
    return np.asarray(np.exp(x))


EXP = elementwise("exp", _exp, lambda out, x: (out,), oracle=lambda xp, x: xp.exp(x))


def _log(x: Array) -> Array:
    """x (...), above 0 -> natural logarithm (...). Local gradient 1/x. Source: calculus."""
    return np.asarray(np.log(x))


LOG = elementwise(
    "log",
    _log,
    lambda out, x: (1 / x,),
    inputs=(Input("x", domain=Domain.POSITIVE),),
    oracle=lambda xp, x: xp.log(x),
)


def _square(x: Array) -> Array:
    """x (...) -> x² (...). Local gradient 2x. Source: calculus."""
    return x * x


SQUARE = elementwise("square", _square, lambda out, x: (2 * x,), oracle=lambda xp, x: x * x, symbol="x²")


def _power(x: Array, p: Array) -> Array:
    """x (...), above 0, constant exponent p () -> xᵖ (...). Local gradient p·xᵖ⁻¹. Source: calculus."""
    return np.asarray(x**p, dtype=x.dtype)


POWER = elementwise(
    "power",
    _power,
    lambda out, x, p: (np.asarray(p * x ** (p - 1), dtype=x.dtype),),
    inputs=(Input("x", domain=Domain.POSITIVE), constant("p")),
    oracle=lambda xp, x, p: xp.exp(p * xp.log(x)),
    symbol="xᵖ",
)


def copy_forward(x: Array) -> tuple[Array, Array, None]:
    """x (...) -> out1 (...), out2 (...), both x. The gradient adder: dx = dout1 + dout2.

    Source: CS231n, lecture 4 (copy gate); a fan-out of more than two is copies of copies.
    """
    return x.copy(), x.copy(), None


def copy_backward(dout1: Array, dout2: Array, cache: None) -> Array:  # noqa: ARG001 - nothing to remember
    """dout1 (...), dout2 (...) -> dx (...), their sum: what leaves on two wires comes back on two wires."""
    return dout1 + dout2


def copy_jacobian(x: Array) -> Jacobians:
    """Two identities: each output moves exactly as x does."""
    eye = diagonal(np.ones_like(x))
    return {("out1", "x"): eye, ("out2", "x"): eye.copy()}


def copy_oracle(xp: Any, x: Any) -> Any:  # noqa: ARG001 - arithmetic needs no function of xp
    """Both outputs from x."""
    return x * 1.0, x * 1.0


COPY = Layer(
    name="copy",
    inputs=(X,),
    outputs=("out1", "out2"),
    forward_rule=copy_forward,
    backward_rule=copy_backward,
    jacobian_rule=copy_jacobian,
    oracle=copy_oracle,
    symbol="copy",
)
