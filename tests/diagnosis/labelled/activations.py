"""Activations: the derivative left out, taken at the wrong place, of another function, or applied to the upstream."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

RELU = """
import numpy as np

def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache

def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx
"""
RELU_COPY = """
import numpy as np

def relu_forward(x):
    return x * (x > 0), x

def relu_backward(dout, cache):
    dx = np.array(dout, copy=True)
    dx[cache <= 0] = 0
    return dx
"""
SIGMOID = """
import numpy as np

def sigmoid_forward(x):
    out = np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))
    return out, (x, out)

def sigmoid_backward(dout, cache):
    x, s = cache
    ds = s * (1 - s)
    return dout * ds
"""
TANH = """
import numpy as np

def tanh_forward(x):
    a = np.tanh(x)
    return a, (x, a)

def tanh_backward(dout, cache):
    x, a = cache
    dx = (1 - a ** 2) * dout
    return dx
"""
TANH_COSH = """
import numpy as np

def tanh_forward(x):
    return np.tanh(x), x

def tanh_backward(dout, cache):
    t = np.tanh(cache)
    return dout - dout * t * t
"""
LEAKY = """
import numpy as np

def leaky_relu_forward(x, a):
    out = np.where(x > 0, x, a * x)
    return out, (x, a)

def leaky_relu_backward(dout, cache):
    x, a = cache
    slope = np.ones_like(x)
    slope[x < 0] = a
    return dout * slope
"""
ELU = """
import numpy as np

def elu_forward(x, a):
    out = np.where(x > 0, x, a * (np.exp(np.minimum(x, 0)) - 1))
    return out, (x, a, out)

def elu_backward(dout, cache):
    x, a, out = cache
    local = np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0)))
    return dout * local
"""
ELU_OUT = ELU.replace("a * np.exp(np.minimum(x, 0)))\n", "out + a)\n")
SOFTPLUS = """
import numpy as np

def softplus_forward(x):
    out = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return out, x

def softplus_backward(dout, cache):
    x = cache
    e = np.exp(-np.abs(x))
    sig = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    dx = dout * sig
    return dx
"""
GELU = """
import numpy as np

C = np.sqrt(2 / np.pi)

def gelu_forward(x):
    u = C * (x + 0.044715 * x ** 3)
    t = np.tanh(u)
    return 0.5 * x * (1 + t), (x, t)

def gelu_backward(dout, cache):
    x, t = cache
    dt = 0.5 * x * dout
    du = dt * (1 - t ** 2)
    dx = 0.5 * (1 + t) * dout
    dx = dx + du * C * (1 + 3 * 0.044715 * x ** 2)
    return dx
"""
PRELU = """
import numpy as np

def prelu_forward(x, a):
    out = np.where(x > 0, x, x * a)
    return out, (x, a)

def prelu_backward(dout, cache):
    x, a = cache
    neg = x < 0
    dx = dout * np.where(neg, a, 1)
    da = np.sum(dout * x * neg, axis=0)
    return dx, da
"""

RIGHT = (
    ("relu", RELU), ("relu", RELU_COPY), ("sigmoid", SIGMOID), ("tanh", TANH), ("tanh", TANH_COSH),
    ("leaky_relu", LEAKY), ("elu", ELU), ("elu", ELU_OUT), ("softplus", SOFTPLUS), ("gelu", GELU), ("prelu", PRELU),
)  # fmt: skip

WRONG = (
    wrong("relu", RELU, {"dx": "mask on dout instead of x"}, ("(x > 0)", "(dout > 0)")),
    wrong("relu", RELU_COPY, {"dx": "mask on dout instead of x"}, ("dx[cache <= 0]", "dx[dout <= 0]")),
    wrong("relu", RELU, {"dx": "guided: both masks"}, ("(x > 0)", "(x > 0) * (dout > 0)")),
    wrong("relu", RELU, {"dx": "no mask: the upstream as it came"}, ("dout * (x > 0)", "dout")),
    wrong("relu", RELU, {"dx": "ignores dout: the mask alone"}, ("dx = dout * (x > 0)", "dx = (x > 0).astype(float)")),
    wrong("relu", RELU, {"dx": "relu applied to the upstream"}, ("dx = dout * (x > 0)", "dx = np.maximum(0, dout)")),
    wrong("relu", RELU, {"dx": "mask the wrong way round"}, ("(x > 0)", "(x < 0)")),
    wrong("relu", RELU, {"dx": "times x: value for derivative"}, ("dx = dout * (x > 0)", "dx = dout * np.maximum(x, 0)")),
    wrong("sigmoid", SIGMOID, {"dx": "derivative at the output"}, ("ds = s * (1 - s)", "g = 1/(1+np.exp(-s))\n    ds = g * (1 - g)")),
    wrong("sigmoid", SIGMOID, {"dx": "x(1-x) instead of s(1-s)"}, ("ds = s * (1 - s)", "ds = x * (1 - x)")),
    wrong("sigmoid", SIGMOID, {"dx": "derivative missing: the upstream as it came"}, ("ds = s * (1 - s)", "ds = 1")),
    wrong("sigmoid", SIGMOID, {"dx": "ignores dout"}, ("return dout * ds", "return ds")),
    wrong("sigmoid", SIGMOID, {"dx": "the value as derivative: (1 - s) missing"}, ("ds = s * (1 - s)", "ds = s")),
    wrong("sigmoid", SIGMOID, {"dx": "s missing, only (1 - s)"}, ("ds = s * (1 - s)", "ds = 1 - s")),
    wrong("sigmoid", SIGMOID, {"dx": "negated"}, ("ds = s * (1 - s)", "ds = s * (s - 1)")),
    wrong("sigmoid", SIGMOID, {"dx": "derivative of the upstream"}, ("return dout * ds", "s = 1 / (1 + np.exp(-dout))\n    return s * (1 - s)")),
    wrong("sigmoid", SIGMOID, {"dx": "added instead of multiplied"}, ("return dout * ds", "return dout + ds")),
    wrong("sigmoid", SIGMOID, {"dx": "derivative of tanh"}, ("ds = s * (1 - s)", "ds = 1 - s * s")),
    wrong("sigmoid", SIGMOID, {"dx": "derivative squared"}, ("return dout * ds", "dout = dout * ds\n    return dout * ds")),
    wrong("tanh", TANH, {"dx": "1 - x^2"}, ("1 - a ** 2", "1 - x ** 2")),
    wrong("tanh", TANH, {"dx": "1 - a: square forgotten"}, ("1 - a ** 2", "1 - a")),
    wrong("tanh", TANH, {"dx": "derivative at the output"}, ("1 - a ** 2", "1 - np.tanh(a) ** 2")),
    wrong("tanh", TANH, {"dx": "derivative of sigmoid"}, ("(1 - a ** 2)", "a * (1 - a)")),
    wrong("tanh", TANH, {"dx": "upstream squared along with it: (1 - a^2) on the wrong thing"}, ("(1 - a ** 2) * dout", "(1 - dout ** 2)")),
    wrong("tanh", TANH_COSH, {"dx": "upstream missing from the second term"}, ("dout - dout * t * t", "dout - t * t")),
    wrong("tanh", TANH, {"dx": "ignores dout"}, ("(1 - a ** 2) * dout", "1 - a ** 2")),
    wrong("tanh", TANH, {"dx": "precedence: (1 - a)^2"}, ("1 - a ** 2", "(1 - a) ** 2")),
    wrong("leaky_relu", LEAKY, {"dx": "plain relu: 0 below 0"}, ("slope[x < 0] = a", "slope[x < 0] = 0")),
    wrong("leaky_relu", LEAKY, {"dx": "mask on dout instead of x"}, ("slope[x < 0]", "slope[dout < 0]")),
    wrong("leaky_relu", LEAKY, {"dx": "ignores dout"}, ("dout * slope", "slope")),
    wrong("leaky_relu", LEAKY, {"dx": "slopes exchanged"}, ("slope[x < 0] = a", "slope[x > 0] = a")),
    wrong("leaky_relu", LEAKY, {"dx": "a without the upstream below 0"}, ("dout * slope", "np.where(x > 0, dout, a)")),
    wrong("leaky_relu", LEAKY, {"dx": "upstream as it came"}, ("dout * slope", "dout")),
    wrong("elu", ELU, {"dx": "a missing"}, ("1.0, a * np.exp(np.minimum(x, 0))", "1.0, np.exp(np.minimum(x, 0))")),
    wrong("elu", ELU, {"dx": "out instead of out + a"}, ("1.0, a * np.exp(np.minimum(x, 0))", "1.0, out")),
    wrong("elu", ELU, {"dx": "exp of the output"}, ("1.0, a * np.exp(np.minimum(x, 0))", "1.0, a * np.exp(np.minimum(out, 0))")),
    wrong("elu", ELU, {"dx": "leaky: a below 0"}, ("1.0, a * np.exp(np.minimum(x, 0))", "1.0, a")),
    wrong("elu", ELU, {"dx": "ignores dout"}, ("dout * local", "local")),
    wrong("softplus", SOFTPLUS, {"dx": "derivative of the sigmoid"}, ("dout * sig", "dout * sig * (1 - sig)")),
    wrong("softplus", SOFTPLUS, {"dx": "1 - sigmoid"}, ("dout * sig", "dout * (1 - sig)")),
    wrong("softplus", SOFTPLUS, {"dx": "ignores dout"}, ("dout * sig", "sig")),
    wrong("softplus", SOFTPLUS, {"dx": "relu's derivative"}, ("dout * sig", "dout * (x > 0)")),
    wrong("gelu", GELU, {"dx": "path through u missing"}, ("dx = dx + du * C * (1 + 3 * 0.044715 * x ** 2)", "pass")),
    wrong("gelu", GELU, {"dx": "only the path through u (overwritten)"}, ("dx = dx + du", "dx = du")),
    wrong("gelu", GELU, {"dx": "inner derivative missing"}, ("du * C * (1 + 3 * 0.044715 * x ** 2)", "du")),
    wrong("gelu", GELU, {"dx": "factor 3 missing"}, ("1 + 3 * 0.044715", "1 + 0.044715")),
    wrong("gelu", GELU, {"dx": "1 - t^2 missing"}, ("du = dt * (1 - t ** 2)", "du = dt")),
    wrong("gelu", GELU, {"dx": "sqrt(2/pi) missing"}, ("du * C *", "du *")),
    wrong("prelu", PRELU, {"da": "mean instead of sum over N"}, ("da = np.sum", "da = np.mean")),
    wrong("prelu", PRELU, {"da": "mask missing"}, ("dout * x * neg", "dout * x")),
    wrong("prelu", PRELU, {"da": "not summed"}, ("da = np.sum(dout * x * neg, axis=0)", "da = dout * x * neg")),
    wrong("prelu", PRELU, {"da": "x missing"}, ("dout * x * neg", "dout * neg")),
    wrong("prelu", PRELU, {"da": "summed to one number"}, ("dout * x * neg, axis=0", "dout * x * neg")),
    wrong("prelu", PRELU, {"da": "mask the wrong way round"}, ("np.sum(dout * x * neg, axis=0)", "np.sum(dout * x * (x > 0), axis=0)")),
    wrong("prelu", PRELU, {"dx": "plain relu: 0 below 0"}, ("np.where(neg, a, 1)", "np.where(neg, 0, 1)")),
    wrong("prelu", PRELU, {"dx": "slope everywhere", "da": "ignores dout"}, ("np.where(neg, a, 1)", "a"), ("np.sum(dout * x * neg", "np.sum(x * neg")),
)  # fmt: skip
