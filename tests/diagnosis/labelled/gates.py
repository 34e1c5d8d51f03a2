"""Single gates: add, multiply, max, exp, reciprocal, copy, and the small layers of shapes."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

MULTIPLY = """
def multiply_gate_forward(x, y):
    return x * y, (x, y)

def multiply_gate_backward(dout, cache):
    x, y = cache
    dx = y * dout
    dy = x * dout
    return dx, dy
"""
ADD = """
def add_gate_forward(a, b):
    return a + b, None

def add_gate_backward(dout, cache):
    return 1.0 * dout, 1.0 * dout
"""
MAX = """
import numpy as np

def max_gate_forward(x, y):
    z = np.maximum(x, y)
    return z, (x, y)

def max_gate_backward(dz, cache):
    x, y = cache
    dx = np.where(x >= y, dz, 0)
    dy = np.where(y > x, dz, 0)
    return dx, dy
"""
EXP = """
import numpy as np

def exp_gate_forward(x):
    e = np.exp(x)
    return e, (x, e)

def exp_gate_backward(dout, cache):
    x, e = cache
    return dout * e
"""
RECIPROCAL = """
def reciprocal_gate_forward(x):
    return 1 / x, x

def reciprocal_gate_backward(dout, cache):
    x = cache
    return dout * (-1.0 / x ** 2)
"""
COPY = """
def copy_gate_forward(x):
    return x.copy(), x.copy(), None

def copy_gate_backward(d1, d2, cache):
    dx = d1 * 1.0
    dx += d2
    return dx
"""
SUM = """
import numpy as np

def sum_forward(x, options):
    axis = options["axis"]
    keep = options.get("keepdims", False)
    return np.sum(x, axis=axis, keepdims=keep), (x.shape, axis, keep)

def sum_backward(dout, cache):
    shape, axis, keep = cache
    if axis is not None and not keep:
        dout = np.expand_dims(dout, axis)
    dx = np.ones(shape) * dout
    return dx
"""
TRANSPOSE = """
import numpy as np

def transpose_forward(x, options):
    axes = tuple(a % x.ndim for a in options["axes"])
    return np.transpose(x, axes), axes

def transpose_backward(dout, axes):
    return np.transpose(dout, np.argsort(axes))
"""
DROPOUT = """
import numpy as np

def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    if mode == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    else:
        out = x
    return out, (mode, p, mask)

def dropout_backward(dout, cache):
    mode, p, mask = cache
    if mode == "test":
        return dout
    return dout * mask
"""

RIGHT = (
    ("multiply_gate", MULTIPLY), ("add_gate", ADD), ("max_gate", MAX), ("exp_gate", EXP),
    ("reciprocal_gate", RECIPROCAL), ("copy_gate", COPY), ("sum_axes", SUM), ("transpose", TRANSPOSE),
    ("dropout", DROPOUT),
)  # fmt: skip

WRONG = (
    wrong("multiply_gate", MULTIPLY, {"dx": "not swapped", "dy": "not swapped"}, ("dx = y * dout", "dx = x * dout"), ("dy = x * dout", "dy = y * dout")),
    wrong("multiply_gate", MULTIPLY, {"dx": "ignores dout"}, ("dx = y * dout", "dx = y")),
    wrong("multiply_gate", MULTIPLY, {"dy": "the upstream as it came (acts like add)"}, ("dy = x * dout", "dy = dout")),
    wrong("multiply_gate", MULTIPLY, {"dx": "product of both inputs"}, ("dx = y * dout", "dx = x * y * dout")),
    wrong("multiply_gate", MULTIPLY, {"dx": "added instead of multiplied"}, ("dx = y * dout", "dx = y + dout")),
    wrong("add_gate", ADD, {"dx": "multiplies", "dy": "multiplies"}, ("None", "(a, b)"), ("return 1.0 * dout, 1.0 * dout", "a, b = cache\n    return dout * b, dout * a")),
    wrong("add_gate", ADD, {"dx": "scaled by its own input", "dy": "scaled by its own input"}, ("None", "(a, b)"), ("return 1.0 * dout, 1.0 * dout", "a, b = cache\n    return dout * a, dout * b")),
    wrong("add_gate", ADD, {"dx": "halved: shared out", "dy": "halved: shared out"}, ("1.0 * dout, 1.0 * dout", "dout / 2, dout / 2")),
    wrong("add_gate", ADD, {"dx": "1: ignores dout", "dy": "1: ignores dout"}, ("1.0 * dout, 1.0 * dout", "dout * 0 + 1, dout * 0 + 1")),
    wrong("add_gate", ADD, {"dy": "negated (subtract)"}, ("1.0 * dout, 1.0 * dout", "dout, -dout")),
    wrong("max_gate", MAX, {"dx": "upstream to both", "dy": "upstream to both"}, ("np.where(x >= y, dz, 0)", "dz * 1"), ("np.where(y > x, dz, 0)", "dz * 1")),
    wrong("max_gate", MAX, {"dx": "to the wrong one", "dy": "to the wrong one"}, ("x >= y", "x < y"), ("y > x", "x >= y")),
    wrong("max_gate", MAX, {"dx": "local gradient alone", "dy": "local gradient alone"}, ("(x >= y, dz, 0)", "(x >= y, 1.0, 0)"), ("(y > x, dz, 0)", "(y > x, 1.0, 0)")),
    wrong("max_gate", MAX, {"dx": "half to both", "dy": "half to both"}, ("np.where(x >= y, dz, 0)", "dz / 2"), ("np.where(y > x, dz, 0)", "dz / 2")),
    wrong("max_gate", MAX, {"dy": "never anything"}, ("dy = np.where(y > x, dz, 0)", "dy = np.zeros_like(y)")),
    wrong("exp_gate", EXP, {"dx": "upstream as it came"}, ("dout * e", "dout")),
    wrong("exp_gate", EXP, {"dx": "times x"}, ("dout * e", "dout * x")),
    wrong("exp_gate", EXP, {"dx": "power rule: x e^(x-1)"}, ("dout * e", "dout * x * np.exp(x - 1)")),
    wrong("exp_gate", EXP, {"dx": "derivative at the output"}, ("dout * e", "dout * np.exp(e)")),
    wrong("exp_gate", EXP, {"dx": "ignores dout"}, ("dout * e", "e")),
    wrong("exp_gate", EXP, {"dx": "exp of the upstream"}, ("dout * e", "np.exp(dout)")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "sign missing"}, ("-1.0 / x ** 2", "1.0 / x ** 2")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "square missing"}, ("-1.0 / x ** 2", "-1.0 / x")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "logarithm: 1/x"}, ("-1.0 / x ** 2", "1.0 / x")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "ignores dout"}, ("dout * (-1.0 / x ** 2)", "-1.0 / x ** 2")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "of the upstream: -1/dout^2"}, ("dout * (-1.0 / x ** 2)", "-1.0 / dout ** 2")),
    wrong("copy_gate", COPY, {"dx": "only the first path"}, ("    dx += d2\n", "")),
    wrong("copy_gate", COPY, {"dx": "overwritten: only the second path"}, ("dx += d2", "dx = d2")),
    wrong("copy_gate", COPY, {"dx": "averaged"}, ("return dx", "return dx / 2")),
    wrong("copy_gate", COPY, {"dx": "multiplied"}, ("dx += d2", "dx = dx * d2")),
    wrong("sum_axes", SUM, {"dx": "ones: ignores dout"}, ("np.ones(shape) * dout", "np.ones(shape)")),
    wrong("sum_axes", SUM, {"dx": "divided as for a mean over all entries"}, ("np.ones(shape) * dout", "np.ones(shape) * dout / np.prod(shape)")),
    wrong("transpose", TRANSPOSE, {"dx": "the same axes again, not their inverse"}, ("np.transpose(dout, np.argsort(axes))", "np.transpose(dout, axes)")),
    wrong("transpose", TRANSPOSE, {"dx": "axes reversed"}, ("np.transpose(dout, np.argsort(axes))", "dout.T")),
    wrong("dropout", DROPOUT, {"out": "scaled at test time as well"}, ("        out = x\n", "        out = x * p\n")),
    wrong("dropout", DROPOUT, {"dx": "divided by p in test mode"}, ("        return dout\n", "        return dout / p\n")),
    wrong("dropout", DROPOUT, {"dx": "scaled by p in test mode"}, ("        return dout\n", "        return dout * p\n")),
    wrong("dropout", DROPOUT, {"dx": "zero in test mode"}, ("        return dout\n", "        return np.zeros_like(dout)\n")),
)  # fmt: skip
