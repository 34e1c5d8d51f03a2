"""Sigmoid, tanh, ReLU, leaky ReLU, ELU, GELU, softplus, PReLU, swish."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed


def sigmoid(x):
    z = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1 / (1 + z), z / (1 + z))
    return out, (x, out)


def tanh(x):
    out = np.tanh(x)
    return out, (x, out)


def relu(x):
    return np.maximum(0, x), x


def leaky_relu(x):
    return np.where(x > 0, x, 0.1 * x), x


def elu(x):
    alpha = 1.5
    out = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    return out, (x, out, alpha)


K = np.sqrt(2 / np.pi)  # the tanh approximation of Hendrycks and Gimpel


def gelu(x):
    t = np.tanh(K * (x + 0.044715 * x**3))
    return 0.5 * x * (1 + t), (x, t)


def softplus(x):
    out = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return out, (x, out)


def prelu(x, a):
    """x (N, C), one slope for each channel a (C,)."""
    return np.where(x > 0, x, a * x), (x, a)


def swish(x):
    s = sigmoid(x)[0]
    return x * s, (x, s)


def draw(rng):
    return (signed(rng, 4, 5),)


def draw_negative_corner(rng):
    x = signed(rng, 4, 5)
    x[-1, -1] = -np.abs(x[-1, -1])
    return (x,)


def draw_prelu(rng):
    return signed(rng, 5, 4), rng.uniform(0.1, 0.6, 4)


SIGMOID = Layer("sigmoid", sigmoid, ("x",), draw)
TANH = Layer("tanh", tanh, ("x",), draw)
RELU = Layer("relu", relu, ("x",), draw)
LEAKY = Layer("leaky relu", leaky_relu, ("x",), draw)
ELU = Layer("elu", elu, ("x",), draw)
GELU = Layer("gelu", gelu, ("x",), draw)
SOFTPLUS = Layer("softplus", softplus, ("x",), draw)
PRELU = Layer("prelu", prelu, ("x", "a"), draw_prelu)
SWISH = Layer("swish", swish, ("x",), draw)


def relu_last_column_open(dout, x):
    dx = dout.copy()
    dx[:, :-1][x[:, :-1] <= 0] = 0
    return dx


def gelu_without_inner(dout, cache):
    x, t = cache
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t**2))


def gelu_cubic_factor(dout, cache):
    x, t = cache
    inner = K * (1 + 0.044715 * x**2)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner)


def prelu_dx(dout, cache):
    x, a = cache
    return dout * np.where(x > 0, 1, a)


WRONG = (
    SIGMOID.wrong(
        "x (1 - x)", "x", lambda dout, c: dout * c[0] * (1 - c[0]), "the input where the output belongs"
    ),
    SIGMOID.wrong(
        "sigmoid applied twice",
        "x",
        lambda dout, c: dout * sigmoid(c[1])[0] * (1 - sigmoid(c[1])[0]),
        "derivative at the already activated value",
    ),
    SIGMOID.wrong("1 - s missing", "x", lambda dout, c: dout * c[1], "half of the derivative"),
    SIGMOID.wrong("derivative of dout", "x", lambda dout, c: dout * (1 - dout), "derivative of the upstream"),
    SIGMOID.wrong("ignores dout", "x", lambda dout, c: c[1] * (1 - c[1]), "local gradient only"),
    SIGMOID.wrong("1 - s^2", "x", lambda dout, c: dout * (1 - c[1] ** 2), "the derivative of tanh"),
    TANH.wrong("1 - x^2", "x", lambda dout, c: dout * (1 - c[0] ** 2), "the input where the output belongs"),
    TANH.wrong("1 - t", "x", lambda dout, c: dout * (1 - c[1]), "square forgotten"),
    TANH.wrong(
        "tanh applied twice", "x", lambda dout, c: dout * (1 - np.tanh(c[1]) ** 2), "already activated"
    ),
    TANH.wrong("t (1 - t)", "x", lambda dout, c: dout * c[1] * (1 - c[1]), "the derivative of the sigmoid"),
    TANH.wrong("squares dout", "x", lambda dout, c: 1 - (dout * c[1]) ** 2, "upstream inside the derivative"),
    TANH.wrong("1.001 times", "x", lambda dout, c: 1.001 * dout * (1 - c[1] ** 2), "a near miss"),
    RELU.wrong("mask on dout", "x", lambda dout, x: dout * (dout > 0), "deconvnet: the upstream's own sign"),
    RELU.wrong("mask on x and dout", "x", lambda dout, x: dout * (dout > 0) * (x > 0), "guided backprop"),
    RELU.wrong("no mask", "x", lambda dout, x: dout, "right where x is positive"),
    RELU.wrong(
        "multiplies by the output", "x", lambda dout, x: dout * np.maximum(0, x), "value for indicator"
    ),
    RELU.wrong("ignores dout", "x", lambda dout, x: 1.0 * (x > 0), "local gradient only"),
    RELU.wrong("mask reversed", "x", lambda dout, x: dout * (x < 0), "the dead units get the gradient"),
    RELU.wrong(
        "last column not masked",
        "x",
        relu_last_column_open,
        "slice one too short",
        draw=draw_negative_corner,
    ),
    RELU.wrong(
        "maximum(0, dout)", "x", lambda dout, x: np.maximum(0, dout), "forward applied to the upstream"
    ),
    LEAKY.wrong("zero below 0", "x", lambda dout, x: dout * (x > 0), "the derivative of ReLU"),
    LEAKY.wrong(
        "slope 0.01", "x", lambda dout, x: dout * np.where(x > 0, 1, 0.01), "not the forward's slope"
    ),
    LEAKY.wrong(
        "slope times x", "x", lambda dout, x: dout * np.where(x > 0, 1, 0.1 * x), "value for derivative"
    ),
    LEAKY.wrong(
        "slope on the wrong side", "x", lambda dout, x: dout * np.where(x < 0, 1, 0.1), "mask reversed"
    ),
    ELU.wrong("out, not out + alpha", "x", lambda dout, c: dout * np.where(c[0] > 0, 1, c[1]), "-alpha kept"),
    ELU.wrong("alpha missing", "x", lambda dout, c: dout * np.where(c[0] > 0, 1, np.exp(c[0])), "alpha = 1"),
    ELU.wrong("1 everywhere", "x", lambda dout, c: dout, "right where x is positive"),
    GELU.wrong(
        "second term missing", "x", lambda dout, c: dout * 0.5 * (1 + c[1]), "product rule, first half"
    ),
    GELU.wrong("inner derivative missing", "x", gelu_without_inner, "chain rule stops at tanh"),
    GELU.wrong("3 missing in the cubic term", "x", gelu_cubic_factor, "x^3 differentiated to x^2"),
    SOFTPLUS.wrong("exp(x)", "x", lambda dout, c: dout * np.exp(c[0]), "log forgotten"),
    SOFTPLUS.wrong("sigmoid(-x)", "x", lambda dout, c: dout * sigmoid(-c[0])[0], "sign inside"),
    SOFTPLUS.wrong(
        "sigmoid of the output", "x", lambda dout, c: dout * sigmoid(c[1])[0], "already activated"
    ),
    PRELU.wrong(
        "da is a mean",
        "a",
        lambda dout, c: (prelu_dx(dout, c), np.mean(dout * c[0] * (c[0] <= 0), axis=0)),
        "mean over the batch where the sum belongs",
    ),
    PRELU.wrong(
        "da on the positive side",
        "a",
        lambda dout, c: (prelu_dx(dout, c), np.sum(dout * c[0] * (c[0] > 0), axis=0)),
        "mask reversed",
    ),
    PRELU.wrong(
        "da not summed",
        "a",
        lambda dout, c: (prelu_dx(dout, c), dout * c[0] * (c[0] <= 0)),
        "shape (N, C): the sharing over the batch forgotten",
    ),
    PRELU.wrong(
        "dx without the slope",
        "x",
        lambda dout, c: (dout * (c[0] > 0), np.sum(dout * c[0] * (c[0] <= 0), axis=0)),
        "the derivative of ReLU",
    ),
    SWISH.wrong(
        "path through x missing", "x", lambda dout, c: dout * c[0] * c[1] * (1 - c[1]), "product rule"
    ),
    SWISH.wrong("path through sigmoid missing", "x", lambda dout, c: dout * c[1], "product rule"),
    SWISH.wrong("product of the derivatives", "x", lambda dout, c: dout * c[1] * (1 - c[1]), "(fg)' = f'g'"),
)


def relu_own_copy(dout, x):
    dx = np.array(dout)
    dx[x <= 0] = 0
    return dx


def gelu_right(dout, cache):
    x, t = cache
    inner = K * (1 + 3 * 0.044715 * x**2)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner)


def prelu_right(dout, cache):
    x, a = cache
    return dout * np.where(x > 0, 1, a), np.sum(dout * x * (x <= 0), axis=0)


def sigmoid_right(dout, cache):
    _, s = cache
    return dout * s * (1 - s)


def elu_right(dout, cache):
    x, out, alpha = cache
    return dout * np.where(x > 0, 1, out + alpha)


def swish_right(dout, cache):
    x, s = cache
    return dout * (s + x * s * (1 - s))


RIGHT = (
    SIGMOID.right("plain", sigmoid_right, "the control"),
    SIGMOID.right(
        "saturated below",
        sigmoid_right,
        "gradients from 1e-13 to 1e-18, smaller than any absolute tolerance",
        draw=lambda rng: (rng.uniform(-40, -30, (3, 4)),),
    ),
    SIGMOID.right(
        "saturated above",
        lambda dout, c: dout * c[1] * sigmoid(-c[0])[0],
        "1 - s would round to 0; out itself is constant in float64",
        draw=lambda rng: (rng.uniform(30, 40, (3, 4)),),
    ),
    SIGMOID.right(
        "float32", sigmoid_right, "noise of float32", draw=lambda rng: (signed(rng, 3, 4).astype(np.float32),)
    ),
    TANH.right("plain", lambda dout, c: dout * (1 - c[1] ** 2), "the control"),
    TANH.right(
        "four dimensions",
        lambda dout, c: dout * (1 - c[1] * c[1]),
        "an image-shaped input",
        draw=lambda rng: (signed(rng, 2, 3, 2, 4),),
    ),
    TANH.right(
        "Fortran order",
        lambda dout, c: np.asfortranarray(dout * (1 - c[1] ** 2)),
        "not C-contiguous, neither the input nor the gradient",
        draw=lambda rng: (np.asfortranarray(signed(rng, 4, 5)),),
    ),
    RELU.right(
        "in place on its own copy", relu_own_copy, "an assignment that mutates nothing of the caller's"
    ),
    RELU.right(
        "3000 units",
        relu_own_copy,
        "a step of 1e-3 on all of them would cross kinks if they were near",
        draw=lambda rng: (signed(rng, 50, 60),),
    ),
    RELU.right(
        "units at exactly 0",
        lambda dout, x: dout * (x > 0),
        "0 at the kink, as most write it",
        smooth=False,
        draw=lambda rng: (signed(rng, 4, 5) * (rng.permutation(20).reshape(4, 5) > 4),),
    ),
    RELU.right(
        "units at exactly 0, gradient 1 there",
        lambda dout, x: dout * (x >= 0),
        "1 at the kink is a subgradient too",
        smooth=False,
        draw=lambda rng: (signed(rng, 4, 5) * (rng.permutation(20).reshape(4, 5) > 4),),
    ),
    RELU.right(
        "units within 1e-7 of 0",
        relu_own_copy,
        "differentiable, but only a step below 1e-7 stays on one side",
        smooth=False,
        draw=lambda rng: (np.where(rng.permutation(20).reshape(4, 5) > 4, 1, 1e-7) * signed(rng, 4, 5),),
    ),
    RELU.right(
        "all dead",
        lambda dout, x: dout * (x > 0),
        "the gradient is exactly 0 everywhere",
        draw=lambda rng: (-np.abs(signed(rng, 4, 5)),),
    ),
    RELU.right(
        "float32", relu_own_copy, "noise of float32", draw=lambda rng: (signed(rng, 4, 5).astype(np.float32),)
    ),
    LEAKY.right("plain", lambda dout, x: np.where(x > 0, dout, 0.1 * dout), "the control"),
    ELU.right("from the output", elu_right, "out + alpha = alpha exp(x)"),
    GELU.right("plain", gelu_right, "the control"),
    SOFTPLUS.right("plain", lambda dout, c: dout * sigmoid(c[0])[0], "the control"),
    SOFTPLUS.right(
        "at -30",
        lambda dout, c: dout * sigmoid(c[0])[0],
        "gradients of 1e-13 beside an output of 1e-13",
        draw=lambda rng: (rng.uniform(-32, -28, (3, 4)),),
    ),
    PRELU.right("plain", prelu_right, "a shared parameter: its gradient is a sum over the batch"),
    SWISH.right("plain", swish_right, "the control"),
)
