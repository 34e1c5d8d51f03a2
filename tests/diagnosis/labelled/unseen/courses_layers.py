"""Affine and linear layers, activations, gates, sums, dropout: as students of several courses write them, loops and all."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

AFFINE = """
import numpy as np

def affine_forward(x, w, b):
    cache = {"x": x, "w": w, "b": b}
    return x.reshape(x.shape[0], -1).dot(w) + b, cache

def affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    N = x.shape[0]
    dx = dout.dot(w.T).reshape(x.shape)
    dw = np.zeros_like(w)
    for n in range(N):
        dw += np.outer(x[n], dout[n])
    db = np.zeros(w.shape[1])
    for n in range(N):
        db += dout[n]
    return dx, dw, db
"""
ROWS = """
import numpy as np

def linear_rows_forward(x, w):
    return np.einsum("nd,dm->nm", x, w), (x, w)

def linear_rows_backward(dout, cache):
    x, w = cache
    dx = np.einsum("nm,dm->nd", dout, w)
    dw = np.einsum("nd,nm->dm", x, dout)
    return dx, dw
"""
COLUMNS = """
import numpy as np

def linear_columns_forward(W, a, b):
    return W.dot(a) + b, (W, a)

def linear_columns_backward(dz, cache):
    W, a = cache
    dW = np.zeros(W.shape)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            dW[i, j] = dz[i] * a[j]
    da = np.zeros(a.shape)
    for j in range(W.shape[1]):
        for i in range(W.shape[0]):
            da[j] += W[i, j] * dz[i]
    db = dz.copy()
    return dW, da, db
"""
MATMUL = """
import numpy as np

def matmul_forward(a, b):
    return np.matmul(a, b), (a, b)

def matmul_backward(dout, cache):
    a, b = cache
    da = np.matmul(dout, np.swapaxes(b, -1, -2))
    db = np.matmul(np.swapaxes(a, -1, -2), dout)
    return da, db
"""
RELU = """
import numpy as np

def relu_forward(x):
    mask = x > 0
    return x * mask, {"x": x, "mask": mask}

def relu_backward(dout, cache):
    x, mask = cache["x"], cache["mask"]
    slope = np.zeros_like(x)
    slope[mask] = 1.0
    return slope * dout
"""
LEAKY = """
import numpy as np

def leaky_relu_forward(x, a):
    return np.where(x < 0, a * x, x), (x, a)

def leaky_relu_backward(dout, cache):
    x, a = cache
    slope = np.ones_like(x)
    slope[x < 0] = a
    return dout * slope
"""
SIGMOID = """
import numpy as np

def sigmoid_forward(x):
    small = np.exp(-np.abs(x))
    out = np.where(x < 0, small, 1.0) / (1.0 + small)
    return out, {"out": out, "x": x}

def sigmoid_backward(dout, cache):
    out, x = cache["out"], cache["x"]
    local = out * (1.0 - out)
    dx = dout * local
    return dx
"""
TANH = """
import numpy as np

def tanh_forward(x):
    out = np.tanh(x)
    return out, {"out": out, "x": x}

def tanh_backward(dout, cache):
    out, x = cache["out"], cache["x"]
    local = 1.0 - out * out
    dx = local * dout
    return dx
"""
MULTIPLY = """
import numpy as np

def multiply_gate_forward(x, y):
    return x * y, {"x": x, "y": y}

def multiply_gate_backward(dout, cache):
    dx = cache["y"] * dout
    dy = cache["x"] * dout
    return dx, dy
"""
MAX = """
import numpy as np

def max_gate_forward(x, y):
    return np.maximum(x, y), (x, y)

def max_gate_backward(dout, cache):
    x, y = cache
    dx = (x > y) * dout
    dy = (y > x) * dout
    return dx, dy
"""
RECIPROCAL = """
import numpy as np

def reciprocal_gate_forward(x):
    return 1.0 / x, x

def reciprocal_gate_backward(dout, cache):
    x = cache
    local = -1.0 / x ** 2
    return local * dout
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
    count = 1
    return np.broadcast_to(dout, shape) * np.ones(shape) / count
"""
DROPOUT = """
import numpy as np

def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    mask = None
    out = x
    if mode == "train":
        np.random.seed(dropout_param["seed"])
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    return out, (dropout_param, mask, x)

def dropout_backward(dout, cache):
    param, mask, x = cache
    if param["mode"] == "train":
        dx = dout * mask
    else:
        dx = dout
    return dx
"""
LOOPED = "    for n in range(N):\n        dw += np.outer(x[n], dout[n])\n"
BIAS = "    for n in range(N):\n        db += dout[n]\n"


def affine(words, *slips):
    return wrong("affine", AFFINE, words, *slips)


def dropout(said, after):
    return wrong("dropout", DROPOUT, {"dx": said}, ("dout * mask", after))


COMMON = (
    affine({"dw": "only the last example counts, = for +="}, (LOOPED, LOOPED.replace("+=", "="))),
    affine({"db": "only the last example counts, = for +="}, (BIAS, BIAS.replace("db +=", "db ="))),
    affine({"dw": "a mean over the batch"}, (LOOPED, LOOPED + "    dw /= N\n")),
    affine({"db": "a mean over the batch"}, (BIAS, BIAS + "    db = db / N\n")),
    affine({"db": "ones, dout forgotten"}, (BIAS, "    db = np.ones(w.shape[1])\n")),
    affine({"db": "the number of examples, dout forgotten"}, (BIAS, "    db = N * np.ones(w.shape[1])\n")),
    affine({"dx": "w itself, dout summed away"}, ("dout.dot(w.T).reshape(x.shape)", "np.ones_like(dout).dot(w.T)")),
    affine({"dw": "x alone, dout taken as ones"}, ("np.outer(x[n], dout[n])", "np.outer(x[n], np.ones(dout.shape[1]))")),
    affine({"db": "the entries of dout all in one number"}, (BIAS, "    db = np.sum(dout) * np.ones(w.shape[1])\n")),
    wrong("linear_rows", ROWS, {"dw": "a mean over the batch"}, ('"nd,nm->dm", x, dout)', '"nd,nm->dm", x, dout) / len(x)')),
    wrong("linear_rows", ROWS, {"dx": "w is not transposed"}, ('np.einsum("nm,dm->nd", dout, w)', "dout @ w")),
    wrong("linear_rows", ROWS, {"dw": "the product transposed"}, ('np.einsum("nd,nm->dm", x, dout)', "np.dot(dout.T, x)")),
    wrong("linear_rows", ROWS, {"dx": "dout forgotten"}, ('np.einsum("nm,dm->nd", dout, w)', "np.tile(w.sum(axis=1), (len(x), 1))")),
    wrong("linear_columns", COLUMNS, {"da": "only the last term is kept, = for +="}, ("da[j] +=", "da[j] =")),
    wrong("linear_columns", COLUMNS, {"db": "ones, dz forgotten"}, ("dz.copy()", "np.ones_like(dz)")),
    wrong("linear_columns", COLUMNS, {"dW": "a in every row, dz forgotten"}, ("dz[i] * a[j]", "a[j]")),
    wrong("linear_columns", COLUMNS, {"dW": "W instead of a"}, ("dz[i] * a[j]", "dz[i] * W[i, j]")),
    wrong("matmul", MATMUL, {"da": "the factors the wrong way round"}, ("np.matmul(dout, np.swapaxes(b, -1, -2))", "np.matmul(np.swapaxes(b, -1, -2), dout)")),
    wrong("matmul", MATMUL, {"da": "b is not transposed"}, ("np.matmul(dout, np.swapaxes(b, -1, -2))", "np.matmul(dout, b)")),
    wrong("matmul", MATMUL, {"da": ".T turns all axes", "db": ".T turns all axes"}, ("np.swapaxes(b, -1, -2)", "b.T"), ("np.swapaxes(a, -1, -2)", "a.T")),
    wrong("relu", RELU, {"dx": "the slope alone, the upstream lost"}, ("slope * dout", "slope")),
    wrong("relu", RELU, {"dx": "the mask is inverted"}, ("slope[mask]", "slope[~mask]")),
    wrong("relu", RELU, {"dx": "masked by the sign of dout"}, ("slope[mask]", "slope[dout > 0]")),
    wrong("relu", RELU, {"dx": "-1 below zero, as of |x|"}, ("slope[mask] = 1.0", "slope[mask] = 1.0\n    slope[x < 0] = -1.0")),
    wrong("leaky_relu", LEAKY, {"dx": "the leak is missing, as in ReLU"}, ("slope[x < 0] = a", "slope[x < 0] = 0")),
    wrong("leaky_relu", LEAKY, {"dx": "a x below zero, the value for the slope"}, ("slope[x < 0] = a", "slope = np.where(x < 0, a * x, 1.0)")),
    wrong("leaky_relu", LEAKY, {"dx": "the comparison is the wrong way round"}, ("slope[x < 0]", "slope[x > 0]")),
    wrong("leaky_relu", LEAKY, {"dx": "the leak is taken off, 1 - a"}, ("slope[x < 0] = a", "slope[x < 0] = 1 - a")),
    wrong("sigmoid", SIGMOID, {"dx": "the slope of tanh, 1 - s²"}, ("out * (1.0 - out)", "1.0 - out ** 2")),
    wrong("sigmoid", SIGMOID, {"dx": "the minus becomes a plus"}, ("(1.0 - out)", "(1.0 + out)")),
    wrong("sigmoid", SIGMOID, {"dx": "e^-x forgotten in the numerator"}, ("out * (1.0 - out)", "out ** 2")),
    wrong("sigmoid", SIGMOID, {"dx": "the cached x is taken for the output"}, ("out * (1.0 - out)", "x * (1.0 - x)")),
    wrong("sigmoid", SIGMOID, {"dx": "s - 1 for 1 - s"}, ("(1.0 - out)", "(out - 1.0)")),
    wrong("tanh", TANH, {"dx": "the slope of the sigmoid"}, ("1.0 - out * out", "out * (1.0 - out)")),
    wrong("tanh", TANH, {"dx": "the cached x is taken for the output"}, ("out * out", "x * x")),
    wrong("tanh", TANH, {"dx": "the square is forgotten"}, ("1.0 - out * out", "1.0 - out")),
    wrong("tanh", TANH, {"dx": "the slope alone, the upstream lost"}, ("local * dout", "local")),
    wrong("multiply_gate", MULTIPLY, {"dx": "its own input instead of the other", "dy": "its own input instead of the other"}, ('dx = cache["y"]', 'dx = cache["x"]'), ('dy = cache["x"]', 'dy = cache["y"]')),
    wrong("multiply_gate", MULTIPLY, {"dx": "the upstream goes straight through, as at +", "dy": "the upstream goes straight through, as at +"}, ('cache["y"] * dout', "dout"), ('cache["x"] * dout', "dout")),
    wrong("max_gate", MAX, {"dx": "the smaller input gets the gradient", "dy": "the smaller input gets the gradient"}, ("x > y", "x < y"), ("y > x", "y < x")),
    wrong("max_gate", MAX, {"dx": "both get the gradient", "dy": "both get the gradient"}, ("(x > y) * dout", "dout"), ("(y > x) * dout", "dout")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "the minus is lost"}, ("-1.0 / x", "1.0 / x")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "the square is lost"}, ("x ** 2", "x")),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "the logarithm, the integral instead of the slope"}, ("-1.0 / x ** 2", "np.log(np.abs(x))")),
    wrong("exp_gate", EXP, {"dx": "the power rule, x e^(x-1)"}, ("dout * out", "dout * x * np.exp(x - 1)")),
    wrong("exp_gate", EXP, {"dx": "exp of the cached output"}, ("dout * out", "dout * np.exp(out)")),
    wrong("sum_axes", SUM, {"dx": "shared out evenly, as a mean"}, ("count = 1", "count = np.prod(shape) / np.size(dout)")),
    wrong("sum_axes", SUM, {"dx": "ones, dout forgotten"}, ("np.broadcast_to(dout, shape) * np.ones(shape)", "np.ones(shape)")),
    dropout("the mask is ignored", "dout"),
    dropout("the mask alone, dout forgotten", "mask"),
    dropout("the dropped ones get it", "dout * (mask == 0) / param['p']"),
)  # fmt: skip
OWN = (
    wrong("linear_columns", COLUMNS, {"dW": "rows and columns swapped"}, ("dW[i, j] = dz[i] * a[j]", "dW[i, j] = dz[j % len(dz)] * a[i % len(a)]")),
    wrong("tanh", TANH, {"dx": "the square of the upstream is taken off as well"}, ("local * dout", "1.0 - (out * dout) ** 2")),
    affine({"dx": "half of it"}, (".reshape(x.shape)", ".reshape(x.shape) / 2")),
    wrong("tanh", TANH, {"dx": "the fourth power"}, ("out * out", "out ** 4")),
    wrong("sigmoid", SIGMOID, {"dx": "2 s (1 - s)"}, ("out * (1.0 - out)", "2 * out * (1.0 - out)")),
)  # fmt: skip
