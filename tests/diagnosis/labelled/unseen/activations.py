"""ReLU, leaky ReLU, sigmoid, tanh: masks from the wrong array, slopes at the wrong place, lost upstreams."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

RELU = """
import numpy as np

def relu_forward(x):
    out = np.where(x > 0, x, 0.0)
    return out, x

def relu_backward(dout, cache):
    x = cache
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx
"""
KEPT = "    dx = dout.copy()\n    dx[x <= 0] = 0\n"
LEAKY = """
import numpy as np

def leaky_relu_forward(x, a):
    return np.maximum(x, a * x), (x, a)

def leaky_relu_backward(dout, cache):
    x, a = cache
    dx = np.where(x > 0, dout, a * dout)
    return dx
"""
LEAK = "np.where(x > 0, dout, a * dout)"
SIGMOID = """
import numpy as np

def sigma(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))

def sigmoid_forward(x):
    s = sigma(x)
    return s, (x, s)

def sigmoid_backward(dout, cache):
    x, s = cache
    return dout * s * (1 - s)
"""
SLOPE = "dout * s * (1 - s)"
TANH = """
import numpy as np

def tanh_forward(x):
    t = np.tanh(x)
    return t, (x, t)

def tanh_backward(dout, cache):
    x, t = cache
    return dout * (1 - t ** 2)
"""
FLAT = "dout * (1 - t ** 2)"


def relu(said, after, before=KEPT):
    return wrong("relu", RELU, {"dx": said}, (before, after))


def leaky(said, after):
    return wrong("leaky_relu", LEAKY, {"dx": said}, (LEAK, after))


def sigmoid(said, after):
    return wrong("sigmoid", SIGMOID, {"dx": said}, (SLOPE, after))


def tanh(said, after):
    return wrong("tanh", TANH, {"dx": said}, (FLAT, after))


COMMON = (
    relu("the mask is taken from dout", "    dx = np.maximum(dout, 0)\n"),
    relu("the mask alone, dout forgotten", "    dx = (x > 0).astype(float)\n"),
    relu("dout goes through everywhere", "    dx = dout.copy()\n"),
    relu("times the output instead of the slope", "    dx = dout * np.maximum(x, 0)\n"),
    relu("the mask is the wrong way round", "    dx = dout.copy()\n    dx[x > 0] = 0\n"),
    relu("masked by x and by dout (guided)", "    dx = dout * (x > 0) * (dout > 0)\n"),
    relu("the forward pass again", "    dx = np.maximum(x, 0)\n"),
    relu("times x where the mask is set, dout forgotten below", "    dx = np.where(x > 0, dout * x, 0)\n"),
    leaky("nothing goes through below 0, as in ReLU", "np.where(x > 0, dout, 0)"),
    leaky("the side is chosen by dout", "np.where(dout > 0, dout, a * dout)"),
    leaky("the two sides are swapped", "np.where(x > 0, a * dout, dout)"),
    leaky("below 0 the slope alone, dout forgotten there", "np.where(x > 0, dout, a)"),
    leaky("the slopes alone, dout forgotten", "np.where(x > 0, 1.0, a)"),
    leaky("times the output instead of the slope", "dout * np.maximum(x, a * x)"),
    leaky("times a everywhere", "a * dout"),
    leaky("a slope of 0.01 instead of a", "np.where(x > 0, dout, 0.01 * dout)"),
    leaky("dout goes through everywhere", "dout.copy()"),
    sigmoid("the slope is taken at the output", "dout * sigma(s) * (1 - sigma(s))"),
    sigmoid("x (1 - x) of the input", "dout * x * (1 - x)"),
    sigmoid("1 - s only", "dout * (1 - s)"),
    sigmoid("s only", "dout * s"),
    sigmoid("dout forgotten", "s * (1 - s)"),
    sigmoid("the slope of the upstream gradient", "dout * (1 - dout)"),
    sigmoid("the slope of tanh", "dout * (1 - s ** 2)"),
    sigmoid("the wrong sign, from exp(-x)", "-dout * s * (1 - s)"),
    sigmoid("1 - s only, the square in the quotient forgotten", "dout * (1 - sigma(x))"),
    sigmoid("upstream plus slope", "dout + s * (1 - s)"),
    sigmoid("the slope twice", "dout * (s * (1 - s)) ** 2"),
    tanh("1 - x² of the input", "dout * (1 - x ** 2)"),
    tanh("the slope is taken at the output", "dout * (1 - np.tanh(t) ** 2)"),
    tanh("1 - t, the square forgotten", "dout * (1 - t)"),
    tanh("the slope of the sigmoid", "dout * t * (1 - t)"),
    tanh("dout forgotten", "1 - t ** 2"),
    tanh("the slope of the upstream gradient", "1 - dout ** 2"),
    tanh("the wrong sign", "dout * (t ** 2 - 1)"),
    tanh("the square is outside, (1 - t)²", "dout * (1 - t) ** 2"),
    tanh("1/cosh, the square forgotten", "dout / np.cosh(x)"),
    tanh("1 + t²", "dout * (1 + t ** 2)"),
)
OWN = (
    relu("a threshold at 1", "    dx = dout * (x > 1)\n"),
    relu("a little goes through below 0", "    dx = np.where(x > 0, dout, 0.05 * dout)\n"),
    relu("the size of dout", "    dx = np.abs(dout) * (x > 0)\n"),
    relu("the first row is skipped", "    dx = dout * (x > 0)\n    dx[:1] = 0\n"),
    leaky("the leak with the wrong sign", "np.where(x > 0, dout, -a * dout)"),
    leaky("a threshold at a", "np.where(x > a, dout, a * dout)"),
    leaky("below 0 divided by a", "np.where(x > 0, dout, dout / a)"),
    sigmoid("brackets forgotten, dout s - s", "dout * s * 1 - s"),
    sigmoid("s (1 + s)", "dout * s * (1 + s)"),
    sigmoid("the output and the input mixed", "dout * s * (1 - x)"),
    sigmoid("a quarter everywhere", "dout / 4"),
    tanh("brackets forgotten, dout - t²", "dout * 1 - t ** 2"),
    tanh("the cube", "dout * (1 - t ** 3)"),
    tanh("t² only", "dout * t ** 2"),
)
