"""Written blind, first batch: activations, in the styles in which students hand them in."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

RELU = """
import numpy as np

def relu_forward(x):
    out = np.maximum(0, x)
    cache = {"x": x, "out": out}
    return out, cache

def relu_backward(dout, cache):
    x, out = cache["x"], cache["out"]
    dx = dout * (x > 0)
    return dx
"""

LEAKY = """
import numpy as np

def leaky_relu_forward(x, a):
    out = x.copy()
    out[x < 0] *= a
    return out, (x, a, out)

def leaky_relu_backward(dout, cache):
    x, a, out = cache
    local = np.ones_like(x)
    local[x < 0] = a
    return local * dout
"""

ELU = """
import numpy as np

def elu_forward(x, a):
    out = np.where(x > 0, x, a * (np.exp(np.minimum(x, 0)) - 1))
    return out, (x, a, out)

def elu_backward(dout, cache):
    x, a, out = cache
    slope = np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0)))
    return dout * slope
"""

SOFTPLUS = """
import numpy as np

def softplus_forward(x):
    out = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return out, (x, out)

def sig(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))

def softplus_backward(dout, cache):
    x, out = cache
    s = sig(x)
    return dout * s
"""

PRELU = """
import numpy as np

def prelu_forward(x, a):
    out = np.where(x > 0, x, a * x)
    return out, (x, a)

def prelu_backward(dout, cache):
    x, a = cache
    pos = x > 0
    dx = np.where(pos, dout, a * dout)
    da = np.sum(np.where(pos, 0, x * dout), axis=0)
    return dx, da
"""

PDX, PDA = "np.where(pos, dout, a * dout)", "np.sum(np.where(pos, 0, x * dout), axis=0)"

GELU = """
import numpy as np

C, K = np.sqrt(2 / np.pi), 0.044715

def gelu_forward(x):
    u = C * (x + K * x ** 3)
    t = np.tanh(u)
    out = 0.5 * x * (1 + t)
    return out, (x, u, t)

def gelu_backward(dout, cache):
    x, u, t = cache
    left = 0.5 * (1 + t)
    dt = 0.5 * x
    du = dt * (1 - t ** 2)
    right = du * C * (1 + 3 * K * x ** 2)
    return dout * (left + right)
"""

SIGMOID = """
import numpy as np

def sigmoid_forward(x):
    out = np.zeros_like(x, dtype=float)
    out[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
    z = np.exp(x[x < 0])
    out[x < 0] = z / (1 + z)
    return out, (x, out)

def sigmoid_backward(dout, cache):
    x, out = cache
    ds = out * (1 - out)
    return ds * dout
"""

TANH = """
import numpy as np

def tanh_forward(x):
    out = np.tanh(x)
    return out, {"x": x, "out": out}

def tanh_backward(dout, cache):
    out = cache["out"]
    dx = (1.0 - np.square(out)) * dout
    return dx
"""


def relu(said, after, before="dout * (x > 0)"):
    return wrong("relu", RELU, {"dx": said}, (before, after))


def leaky(said, after, before="return local * dout"):
    return wrong("leaky_relu", LEAKY, {"dx": said}, (before, after))


def elu(said, after, before="np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0)))"):
    return wrong("elu", ELU, {"dx": said}, (before, after))


def softplus(said, after, before="dout * s"):
    return wrong("softplus", SOFTPLUS, {"dx": said}, (before, after))


def prelu(said, *slips):
    return wrong("prelu", PRELU, said, *slips)


def gelu(said, *slips):
    return wrong("gelu", GELU, {"dx": said}, *slips)


def sigmoid(said, after, before="ds * dout"):
    return wrong("sigmoid", SIGMOID, {"dx": said}, (before, after))


def tanh(said, after, before="(1.0 - np.square(out)) * dout"):
    return wrong("tanh", TANH, {"dx": said}, (before, after))


COMMON = (
    relu("0 and 1 for what dout's sign says", "(dout > 0).astype(float)"),
    relu("the output times the upstream", "dout * out"),
    relu("the sign of x, -1 below 0", "dout * np.sign(x)"),
    relu("the upstream plus the mask", "dout + (x > 0)"),
    leaky("the slope everywhere minus the mask", "np.where(x < 0, dout - a, dout)", "local * dout"),
    leaky("dout where x is above 0, elsewhere a x", "np.where(x > 0, dout, a * x)", "local * dout"),
    leaky("the negative side kept alone", "np.where(x < 0, a * dout, 0)", "local * dout"),
    leaky("the leak squared", "dout * np.where(x < 0, a ** 2, 1)", "local * dout"),
    leaky("1 - a below 0", "dout * np.where(x < 0, 1 - a, 1)", "local * dout"),
    leaky("dout forgotten", "return local"),
    elu("the output itself for the slope below 0", "np.where(x > 0, 1.0, out)"),
    elu("out + 1 below 0, a forgotten", "np.where(x > 0, 1.0, out + 1)"),
    elu("out + a, but a squared", "np.where(x > 0, 1.0, a * (out + a))"),
    elu("a (e^x - 1), the slope of the forward", "np.where(x > 0, 1.0, a * (np.exp(np.minimum(x, 0)) - 1))"),
    elu("the derivative at the output", "np.where(x > 0, 1.0, a * np.exp(np.minimum(out, 0)))"),
    elu("x e^x, the power rule", "np.where(x > 0, 1.0, a * x * np.exp(np.minimum(x - 1, 0)))"),
    elu("the side chosen by dout", "np.where(dout > 0, 1.0, a * np.exp(np.minimum(x, 0)))"),
    softplus("1 - σ instead of σ", "dout * (1 - s)"),
    softplus("the sigmoid of the output", "dout * sig(out)"),
    softplus("the sigmoid's own slope", "dout * s * (1 - s)"),
    softplus("1/(1 + e^x), the inner derivative forgotten", "dout * sig(-x)"),
    softplus("dout forgotten", "s"),
    softplus("ReLU's mask", "dout * (x > 0)"),
    prelu({"dx": "nothing goes through below 0"}, (PDX, "dout * pos")),
    prelu({"da": "summed over the positive side"}, (PDA, "np.sum(np.where(pos, x * dout, 0), axis=0)")),
    prelu({"da": "summed over all entries, no mask"}, (PDA, "np.sum(x * dout, axis=0)")),
    prelu({"da": "x forgotten"}, (PDA, "np.sum(dout * ~pos, axis=0)")),
    prelu({"da": "dout forgotten"}, (PDA, "np.sum(x * ~pos, axis=0)")),
    prelu({"da": "a mean over the rows"}, (PDA, "np.mean(np.where(pos, 0, x * dout), axis=0)")),
    prelu({"da": "not summed over the rows"}, (PDA, "np.where(pos, 0, x * dout)")),
    prelu(
        {"da": "one number for all columns"}, (PDA, "np.sum(np.where(pos, 0, x * dout)) * np.ones_like(a)")
    ),
    prelu({"da": "times a"}, (PDA, "a * np.sum(np.where(pos, 0, x * dout), axis=0)")),
    prelu({"dx": "the sides exchanged"}, (PDX, "np.where(pos, a * dout, dout)")),
    prelu({"dx": "the mask from dout"}, (PDX, "np.where(dout > 0, dout, a * dout)")),
    prelu(
        {"da": "only the last row counts"},
        (PDA, "0\n    for i in range(len(x)):\n        da = np.where(pos[i], 0, x[i] * dout[i])"),
    ),
    gelu("the path through tanh is missing", ("(left + right)", "left")),
    gelu("the factor's own path is missing", ("(left + right)", "right")),
    gelu("the inner derivative is missing", ("right = du * C * (1 + 3 * K * x ** 2)", "right = du")),
    gelu("the 3 of the cube is missing", ("3 * K", "K")),
    gelu("x for x² in the cube's slope", ("K * x ** 2)", "K * x)")),
    gelu("the root of 2/π is missing inside", ("du * C *", "du *")),
    gelu("1 - t, the square forgotten", ("(1 - t ** 2)", "(1 - t)")),
    gelu("the slope of tanh at x instead of u", ("(1 - t ** 2)", "(1 - np.tanh(x) ** 2)")),
    gelu("the slope of tanh at t", ("(1 - t ** 2)", "(1 - np.tanh(t) ** 2)")),
    gelu("1 - u²", ("(1 - t ** 2)", "(1 - u ** 2)")),
    gelu("the two paths are multiplied", ("(left + right)", "left * right")),
    gelu("minus between the two paths", ("(left + right)", "(left - right)")),
    gelu("x forgotten in the product rule", ("dt = 0.5 * x", "dt = 0.5")),
    gelu("the half forgotten in the second path", ("dt = 0.5 * x", "dt = x")),
    gelu("dout forgotten", ("dout * (left + right)", "left + right")),
    gelu("the upstream into the first path only", ("dout * (left + right)", "dout * left + right")),
    gelu("the constant term 1 of the inner slope is missing", ("(1 + 3 * K * x ** 2)", "(3 * K * x ** 2)")),
    sigmoid("added to the upstream", "ds + dout"),
    sigmoid("the slope times the upstream squared", "ds * dout ** 2"),
    sigmoid("the slope times the output", "ds * out"),
    sigmoid("sigmoid of dout", "1 / (1 + np.exp(-dout))"),
    sigmoid("out (1 - x)", "dout * out * (1 - x)"),
    sigmoid("out squared forgotten: out - out", "dout * (out - out ** 3)"),
    tanh("2 for the square: 1 - 2 out", "(1.0 - 2 * out) * dout"),
    tanh("the square of the whole", "(1.0 - np.square(out)) ** 2 * dout"),
    tanh("the output for the slope", "out * dout"),
    tanh("added to the upstream", "(1.0 - np.square(out)) + dout"),
)

OWN = (
    relu("a slope of x/(1+x)", "dout * (x > 0) * x / (1 + x ** 2)"),
    gelu("0.7 for the root of 2/π", ("du * C *", "du * 0.7 *")),
    tanh("1 minus the size of out", "(1 - np.abs(out)) * dout"),
    prelu({"da": "the first row is left out"}, (PDA, "np.sum(np.where(pos, 0, x * dout)[1:], axis=0)")),
    relu("the output's numbers instead of dout's", "out * (dout > 0)"),
    softplus("e^out, the log undone", "dout * (1 + np.exp(np.minimum(x, 50)))"),
    tanh("-2 out, the square's own derivative", "-2 * out * dout"),
)
