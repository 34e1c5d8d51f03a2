"""Written blind, first batch: gates and sums over axes, in the styles in which students hand them in."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

SUM = """
import numpy as np

def sum_forward(x, options):
    out = np.sum(x, axis=options["axis"], keepdims=options.get("keepdims", False))
    return out, (x, options)

def sum_backward(dout, cache):
    x, options = cache
    axis = options["axis"]
    if axis is None:
        axis = tuple(range(x.ndim))
    if np.isscalar(axis):
        axis = (axis,)
    shape = list(x.shape)
    for a in axis:
        shape[a] = 1
    dx = np.ones_like(x) * np.reshape(dout, shape)
    return dx
"""

MULTIPLY = """
def multiply_gate_forward(x, y):
    return x * y, (x, y)

def multiply_gate_backward(dout, cache):
    x, y = cache
    dx = dout * y
    dy = dout * x
    return dx, dy
"""

ADD = """
import numpy as np

def add_gate_forward(x, y):
    return x + y, (x, y)

def add_gate_backward(dout, cache):
    x, y = cache
    dx = dout.copy()
    dy = dout.copy()
    return dx, dy
"""

MAX = """
import numpy as np

def max_gate_forward(x, y):
    return np.maximum(x, y), (x, y)

def max_gate_backward(dout, cache):
    x, y = cache
    dx = np.where(x >= y, dout, 0)
    dy = np.where(x >= y, 0, dout)
    return dx, dy
"""

EXP = """
import numpy as np

def exp_gate_forward(x):
    out = np.exp(x)
    return out, (x, out)

def exp_gate_backward(dout, cache):
    x, out = cache
    return dout * out
"""

RECIPROCAL = """
def reciprocal_gate_forward(x):
    return 1 / x, (x, 1 / x)

def reciprocal_gate_backward(dout, cache):
    x, out = cache
    return -dout / x ** 2
"""

COPY = """
def copy_gate_forward(x):
    return x.copy(), x.copy(), x

def copy_gate_backward(dout1, dout2, cache):
    x = cache
    dx = dout1 + dout2
    return dx
"""

SCALE = """
def scale_gate_forward(x, a):
    return a * x, (x, a)

def scale_gate_backward(dout, cache):
    x, a = cache
    return a * dout
"""


def summed(said, *slips):
    return wrong("sum_axes", SUM, {"dx": said}, *slips)


COMMON = (
    summed(
        "dout divided by how many were summed",
        ("np.reshape(dout, shape)", "np.reshape(dout, shape) / (x.size / dout.size)"),
    ),
    summed("times x", ("np.ones_like(x)", "x")),
    summed("ones, dout forgotten", ("np.ones_like(x) * np.reshape(dout, shape)", "np.ones_like(x)")),
    summed("the total upstream to every entry", ("np.reshape(dout, shape)", "np.sum(dout)")),
    summed(
        "only into the first entry of the axis",
        (
            "dx = np.ones_like(x) * np.reshape(dout, shape)",
            "dx = np.zeros_like(x)\n    dx[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)] = np.reshape(dout, shape)",
        ),
    ),
    summed(
        "times the number of the entries", ("np.ones_like(x)", "np.ones_like(x) * (x.size / np.size(dout))")
    ),
    wrong(
        "multiply_gate",
        MULTIPLY,
        {"dx": "added to the other input", "dy": "added to the other input"},
        ("dout * y", "dout + y"),
        ("dout * x", "dout + x"),
    ),
    wrong(
        "multiply_gate",
        MULTIPLY,
        {"dx": "the gradients exchanged", "dy": "the gradients exchanged"},
        ("return dx, dy", "return dy, dx"),
    ),
    wrong(
        "multiply_gate",
        MULTIPLY,
        {"dx": "the product of both", "dy": "the product of both"},
        ("dout * y", "dout * x * y"),
        ("dout * x\n", "dout * x * y\n"),
    ),
    wrong("multiply_gate", MULTIPLY, {"dy": "computed with the dx above"}, ("dy = dout * x", "dy = dx * x")),
    wrong(
        "add_gate",
        ADD,
        {"dx": "half the upstream", "dy": "half the upstream"},
        ("dx = dout.copy()", "dx = dout / 2"),
        ("dy = dout.copy()", "dy = dout / 2"),
    ),
    wrong(
        "add_gate",
        ADD,
        {"dx": "ones", "dy": "ones"},
        ("dx = dout.copy()", "dx = np.ones_like(x)"),
        ("dy = dout.copy()", "dy = np.ones_like(y)"),
    ),
    wrong(
        "add_gate",
        ADD,
        {"dx": "times its own input", "dy": "times its own input"},
        ("dx = dout.copy()", "dx = dout * x"),
        ("dy = dout.copy()", "dy = dout * y"),
    ),
    wrong("add_gate", ADD, {"dy": "negative, as for a difference"}, ("dy = dout.copy()", "dy = -dout")),
    wrong(
        "max_gate",
        MAX,
        {"dx": "times the larger input", "dy": "times the larger input"},
        ("np.where(x >= y, dout, 0)", "np.where(x >= y, dout * x, 0)"),
        ("np.where(x >= y, 0, dout)", "np.where(x >= y, 0, dout * y)"),
    ),
    wrong(
        "max_gate",
        MAX,
        {"dx": "compared with 0, as ReLU", "dy": "compared with 0, as ReLU"},
        ("np.where(x >= y, dout, 0)", "np.where(x > 0, dout, 0)"),
        ("np.where(x >= y, 0, dout)", "np.where(y > 0, dout, 0)"),
    ),
    wrong("max_gate", MAX, {"dy": "goes to both"}, ("np.where(x >= y, 0, dout)", "dout")),
    wrong(
        "max_gate",
        MAX,
        {"dx": "the mask alone", "dy": "the mask alone"},
        ("np.where(x >= y, dout, 0)", "(x >= y) * 1.0"),
        ("np.where(x >= y, 0, dout)", "(x < y) * 1.0"),
    ),
    wrong("exp_gate", EXP, {"dx": "e to the output"}, ("dout * out", "dout * np.exp(np.minimum(out, 50))")),
    wrong("exp_gate", EXP, {"dx": "e to the upstream"}, ("dout * out", "np.exp(dout)")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "minus sign lost"}, ("-dout", "dout")),
    wrong(
        "reciprocal_gate",
        RECIPROCAL,
        {"dx": "the square of the output's inverse"},
        ("-dout / x ** 2", "-dout / out ** 2"),
    ),
    wrong(
        "reciprocal_gate", RECIPROCAL, {"dx": "-1/x, the square forgotten"}, ("-dout / x ** 2", "-dout / x")
    ),
    wrong("copy_gate", COPY, {"dx": "the average of both"}, ("dout1 + dout2", "(dout1 + dout2) / 2")),
    wrong("copy_gate", COPY, {"dx": "the product of both"}, ("dout1 + dout2", "dout1 * dout2")),
    wrong("copy_gate", COPY, {"dx": "times x"}, ("dout1 + dout2", "(dout1 + dout2) * x")),
    wrong("scale_gate", SCALE, {"dx": "the gradient of a"}, ("a * dout", "x * dout")),
    wrong("scale_gate", SCALE, {"dx": "divided by a"}, ("a * dout", "dout / a")),
    wrong("scale_gate", SCALE, {"dx": "a squared"}, ("a * dout", "a * a * dout")),
)

OWN = (wrong("reciprocal_gate", RECIPROCAL, {"dx": "the logarithm"}, ("-dout / x ** 2", "dout * abs(x)")),)
