"""A course's own layer: the squared distance of each row from a centre. chainmark has no such layer."""

import numpy as np

from reference.inputs import Input
from reference.layer import Layer


def centre_forward(x, c):
    """x (N, D), c (D,) -> out (N,), out_n = the sum over d of (x_nd - c_d)^2."""
    away = x - c
    return (away * away).sum(axis=1), away


def centre_backward(dout, cache):
    """dout (N,) -> dx (N, D) = 2 dout (x - c), dc (D,) = minus its sum over the rows."""
    away = cache
    dx = 2 * dout[:, None] * away
    return dx, -dx.sum(axis=0)


def centre_jacobian(x, c):
    """d out_n / d x_nd = 2 (x_nd - c_d), and minus that for c_d."""
    rows, away = np.eye(len(x)), 2 * (x - c)
    return {("out", "x"): rows[:, :, None] * away[:, None, :], ("out", "c"): -away}


CENTRE = Layer(
    name="centre",
    inputs=(Input("x", ("N", "D")), Input("c", ("D",))),
    forward_rule=centre_forward,
    backward_rule=centre_backward,
    jacobian_rule=centre_jacobian,
    oracle=lambda xp, x, c: xp.sum((x - c) ** 2, axis=1),
    symbol="|x-c|²",
)
