# ruff: noqa: RUF059 - students unpack a whole cache and wrap a call in a lambda
"""Small networks and graphs: fan-out, skip connections, dropout with a given mask, two layers, the SGD step."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed
from tests.gradcheck.bank.losses import labels


def dropout(x, mask):
    """x (N, D), mask (N, D) of bools, keep probability 0.75: inverted dropout, training mode."""
    return x * mask / 0.75, (x, mask)


def dropout_test(x, settings):
    """Course's non-inverted dropout in test mode: scales by the keep probability."""
    p = settings["keep"]
    return (x * p, (p, settings)) if settings["mode"] == "test" else (x, (1, settings))


def fan_out(x, y):
    """x serves twice: x y + sin x."""
    return x * y + np.sin(x), (x, y)


def skip(x, w):
    """A residual block: x + tanh(x w), square."""
    h = np.tanh(x @ w)
    return x + h, (x, w, h)


def small_branch(x, y):
    """A branch of 1e-6 beside a large one."""
    return np.sin(x) + 1e-6 * np.sin(3 * y), (x, y)


def shared_small_branch(x):
    """The same on one input, where x is near a flat place of the large branch."""
    return np.cos(x) + 1e-3 * x, x


def chain(x):
    """exp(sin(x^2))."""
    u = x**2
    v = np.sin(u)
    return np.exp(v), (x, u, v)


def two_layer(X, W1, b1, W2, b2):
    """X (N, D) -> scores (N, C), ReLU between."""
    pre = X @ W1 + b1
    h = np.maximum(0, pre)
    return h @ W2 + b2, (X, W1, b1, W2, b2, pre, h)


def two_layer_loss(W1, b1, W2, b2, X, y):
    """CS231n's TwoLayerNet: tanh, softmax loss, reg 0.1 on both weights."""
    h = np.tanh(X @ W1 + b1)
    scores = h @ W2 + b2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(len(y)), y])) + 0.1 * (np.sum(W1 * W1) + np.sum(W2 * W2))
    return loss, (W1, W2, X, y, h, p)


def draw_mask(rng):
    return signed(rng, 5, 4), rng.permutation(20).reshape(5, 4) > 4


def draw_test(rng):
    return signed(rng, 5, 4), {"mode": "test", "keep": 0.5}


def draw_two(rng):
    return signed(rng, 4, 3), signed(rng, 4, 3)


def draw_skip(rng):
    return signed(rng, 4, 4), signed(rng, 4, 4)


def draw_net(rng):
    """Redrawn until every pre-activation is at least 0.02 away from 0, with units on and off."""
    while True:
        X, W1, b1 = signed(rng, 4, 3), signed(rng, 3, 5), signed(rng, 5)
        pre = X @ W1 + b1
        if np.min(np.abs(pre)) > 0.02 and (pre > 0).any(axis=0).all() and (pre < 0).any():
            return X, W1, b1, signed(rng, 5, 2), signed(rng, 2)


def draw_loss(rng):
    W1, b1, W2, b2 = signed(rng, 3, 4), signed(rng, 4), signed(rng, 4, 3), signed(rng, 3)
    return W1, b1, W2, b2, signed(rng, 6, 3), labels(rng, 6, 3)


DROPOUT = Layer("dropout", dropout, ("x", "mask"), draw_mask)
DROPOUT_TEST = Layer("dropout, test mode", dropout_test, ("x", "settings"), draw_test)
FAN_OUT = Layer("fan-out", fan_out, ("x", "y"), draw_two)
SKIP = Layer("skip connection", skip, ("x", "w"), draw_skip)
BRANCH = Layer("small branch", small_branch, ("x", "y"), draw_two)
SHARED = Layer(
    "small branch on a shared input", shared_small_branch, ("x",), lambda rng: (signed(rng, 3, 4),)
)
CHAIN = Layer("chain", chain, ("x",), lambda rng: (signed(rng, 3, 4),))
NET = Layer("two-layer net", two_layer, ("X", "W1", "b1", "W2", "b2"), draw_net)
LOSS = Layer("two-layer loss", two_layer_loss, ("W1", "b1", "W2", "b2", "X", "y"), draw_loss)


def skip_with(identity=1.0, block=1.0, local=True):
    def backward(dout, cache):
        x, w, h = cache
        da = dout * (1 - h**2) if local else dout
        return identity * dout + block * da @ w.T, x.T @ da

    return backward


def net_with(mask=None, dw1=None, hidden=None):
    def backward(dout, cache):
        X, W1, b1, W2, b2, pre, h = cache
        dW2, db2 = (hidden or h).T @ dout if hidden is not None else h.T @ dout, dout.sum(axis=0)
        dh = dout @ W2.T
        dh = mask(dh, pre) if mask else dh * (pre > 0)
        dW1 = dw1(X, dh) if dw1 else X.T @ dh
        return dh @ W1.T, dW1, dh.sum(axis=0), dW2, db2

    return backward


def net_pre_for_hidden(dout, cache):
    X, W1, b1, W2, b2, pre, h = cache
    dX, dW1, db1, dW2, db2 = net_with()(dout, cache)
    return dX, dW1, db1, pre.T @ dout, db2


def net_mutated_hidden(dout, cache):
    """Zeroes a view of dh after db1 and before dW1: two gradients from different numbers."""
    X, W1, b1, W2, b2, pre, h = cache
    dh = dout @ W2.T
    db1 = dh.sum(axis=0)
    dh[pre <= 0] = 0
    return dh @ W1.T, X.T @ dh, db1, h.T @ dout, dout.sum(axis=0)


def loss_with(reg1=0.2, reg2=0.2, over=True, local=True, upstream=True, bias=0.0):
    def backward(dout, cache):
        W1, W2, X, y, h, p = cache
        ds = p - np.eye(p.shape[1])[y]
        if over:
            ds = ds / len(y)
        dh = ds @ W2.T
        if local:
            dh = dh * (1 - h**2)
        grads = X.T @ dh + reg1 * W1, dh.sum(0) + bias, h.T @ ds + reg2 * W2, ds.sum(0), dh @ W1.T
        return tuple((dout if upstream else 1.0) * g for g in grads)

    return backward


def relu_in_place(dout, mask):
    dx = dout
    dx[mask] = 0
    return dx


def skip_relu(x):
    return x + np.maximum(0, x), x


def skip_relu_in_place(dout, x):
    dx = relu_in_place(dout, x <= 0)
    return dout + dx


def sum_and_relu(x, b):
    return np.maximum(0, x) + b, x


def bias_after_in_place(dout, x):
    dx = relu_in_place(dout, x <= 0)
    return dx, dout.sum(axis=0)


SKIP_RELU = Layer("relu with a skip", skip_relu, ("x",), lambda rng: (signed(rng, 4, 5),))
RELU_BIAS = Layer(
    "relu, then bias", sum_and_relu, ("x", "b"), lambda rng: (signed(rng, 4, 5), signed(rng, 5))
)

ALL5 = "W1 b1 W2 b2 X"
WRONG = (
    DROPOUT.wrong("mask missing", "x", lambda d, c: d / 0.75, "dropped units get a gradient"),
    DROPOUT.wrong("scale missing", "x", lambda d, c: d * c[1], "1/keep in the forward only"),
    DROPOUT.wrong("1/(1 - keep)", "x", lambda d, c: d * c[1] / 0.25, "p against 1 - p"),
    DROPOUT.wrong("scale twice", "x", lambda d, c: d * c[1] / 0.75**2, "in the mask and again"),
    DROPOUT.wrong("mask inverted", "x", lambda d, c: d * ~c[1] / 0.75, "the dropped ones"),
    DROPOUT.wrong("mask from the values", "x", lambda d, c: d * (c[0] > 0) / 0.75, "as ReLU"),
    DROPOUT_TEST.wrong("not scaled at test time", "x", lambda d, c: d, "forward scales, backward does not"),
    DROPOUT_TEST.wrong("zero at test time", "x", lambda d, c: 0 * d, "no backward written for this mode"),
    FAN_OUT.wrong(
        "last path only", "x", lambda d, c: (d * np.cos(c[0]), d * c[0]), "overwritten, not accumulated"
    ),
    FAN_OUT.wrong("first path only", "x", lambda d, c: (d * c[1], d * c[0]), "the second path never visited"),
    FAN_OUT.wrong(
        "product of the paths", "x", lambda d, c: (d * c[1] * np.cos(c[0]), d * c[0]), "times, not plus"
    ),
    FAN_OUT.wrong(
        "a path counted twice", "x", lambda d, c: (d * (2 * c[1] + np.cos(c[0])), d * c[0]), "twice"
    ),
    FAN_OUT.wrong(
        "mean of the paths", "x", lambda d, c: (d * (c[1] + np.cos(c[0])) / 2, d * c[0]), "averaged"
    ),
    SKIP.wrong("identity path missing", "x", skip_with(identity=0), "only through the block"),
    SKIP.wrong("block path missing", "x", skip_with(block=0), "only through the identity"),
    SKIP.wrong("tanh skipped", "x w", skip_with(local=False), "local derivative missing"),
    SKIP_RELU.wrong(
        "dout zeroed in place",
        "x",
        skip_relu_in_place,
        "dx = dout; dx[x <= 0] = 0, then dout + dx",
        contract="mutates dout",
    ),
    RELU_BIAS.wrong(
        "dout zeroed in place before db",
        "b",
        bias_after_in_place,
        "dx is right, db reads what is left",
        contract="mutates dout",
    ),
    BRANCH.wrong(
        "small branch dropped", "y", lambda d, c: (d * np.cos(c[0]), 0 * d), "1e-6 of the whole, all of dy"
    ),
    BRANCH.wrong(
        "small branch without its 3",
        "y",
        lambda d, c: (d * np.cos(c[0]), 1e-6 * d * np.cos(3 * c[1])),
        "1e-6",
    ),
    SHARED.wrong("small branch dropped", "x", lambda d, x: -d * np.sin(x), "an error of 1e-3 in each entry"),
    CHAIN.wrong(
        "f'(x) g'(x)", "x", lambda d, c: d * np.exp(c[0]) * np.cos(c[0]) * 2 * c[0], "all taken at x"
    ),
    CHAIN.wrong(
        "sum of the local gradients", "x", lambda d, c: d * (np.exp(c[2]) + np.cos(c[1]) + 2 * c[0]), "plus"
    ),
    CHAIN.wrong("innermost factor missing", "x", lambda d, c: d * np.exp(c[2]) * np.cos(c[1]), "no 2x"),
    NET.wrong("ReLU forgotten", "X W1 b1", net_with(mask=lambda dh, pre: dh), "dh passed through"),
    NET.wrong("mask on dh", "X W1 b1", net_with(mask=lambda dh, pre: dh * (dh > 0)), "the upstream's sign"),
    NET.wrong(
        "mask of the first sample", "X W1 b1", net_with(mask=lambda dh, pre: dh * (pre[0] > 0)), "pre[0]"
    ),
    NET.wrong("pre-activation for hidden in dW2", "W2", net_pre_for_hidden, "before ReLU"),
    NET.wrong("db1 before the mask", "b1", net_mutated_hidden, "order of two lines"),
    LOSS.wrong("1/N missing", ALL5, loss_with(over=False), "sum for mean: the penalty is right"),
    LOSS.wrong("W1 not regularised", "W1", loss_with(reg1=0), "last layer only"),
    LOSS.wrong("reg W for 2 reg W", "W1 W2", loss_with(reg1=0.1, reg2=0.1), "factor 2 missing"),
    LOSS.wrong("tanh forgotten", "W1 b1 X", loss_with(local=False), "local derivative missing"),
    LOSS.wrong("ignores dout", ALL5, loss_with(upstream=False), "dout = 1 assumed"),
    LOSS.wrong("constant added to db1", "b1", loss_with(bias=0.1), "regularised bias, as a constant"),
)


def net_right(dout, cache):
    X, W1, b1, W2, b2, pre, h = cache
    dh = dout @ W2.T
    dh[pre <= 0] = 0
    return dh @ W1.T, X.T @ dh, dh.sum(axis=0), h.T @ dout, dout.sum(axis=0)


def loss_right(dout, cache):
    W1, W2, X, y, h, p = cache
    ds = p.copy()
    ds[np.arange(len(y)), y] -= 1
    ds = dout * ds / len(y)
    dh = ds @ W2.T * (1 - h**2)
    dW1, dW2 = X.T @ dh, h.T @ ds
    dW1 += 0.2 * dout * W1
    dW2 += 0.2 * dout * W2
    return dW1, dh.sum(axis=0), dW2, ds.sum(axis=0), dh @ W1.T


def fan_out_right(dout, cache):
    x, y = cache
    dx = dout * y
    dx += dout * np.cos(x)
    return dx, dout * x


def chain_right(dout, cache):
    x, u, v = cache
    return dout * np.exp(v) * np.cos(u) * 2 * x


RIGHT = (
    DROPOUT.right(
        "given mask", lambda d, c: d * c[1] / 0.75, "exact zeros; the mask is no argument of the gradient"
    ),
    DROPOUT_TEST.right("scaled", lambda d, c: c[0] * d, "settings in a dict"),
    FAN_OUT.right("accumulated", fan_out_right, "+= on its own array"),
    SKIP.right("plain", skip_with(), "the control"),
    SKIP_RELU.right("plain", lambda d, x: d + d * (x > 0), "dout serves twice"),
    BRANCH.right(
        "plain", lambda d, c: (d * np.cos(c[0]), 3e-6 * d * np.cos(3 * c[1])), "dy a millionth of dx"
    ),
    SHARED.right("plain", lambda d, x: d * (1e-3 - np.sin(x)), "the control"),
    CHAIN.right("plain", chain_right, "the control"),
    NET.right("plain", net_right, "in place on its own dh; kinks 0.02 away"),
    LOSS.right("plain", loss_right, "five gradients"),
    RELU_BIAS.right("plain", lambda d, x: (d * (x > 0), d.sum(axis=0)), "dout serves twice"),
)
