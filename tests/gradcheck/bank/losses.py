# ruff: noqa: RUF059 - students unpack a whole cache and wrap a call in a lambda
"""Squared error, binary cross-entropy, softmax, softmax loss, SVM loss, and losses with an L2 penalty."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed, spread


def squared_error(a, y):
    """a (N, M), y (N, M) -> half the squared distance, averaged over N."""
    return 0.5 * np.sum((a - y) ** 2) / a.shape[0], (a, y)


def bce(x, y):
    """x (N,) logits, y (N,) of 0 and 1 -> scalar."""
    loss = np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    return loss, (x, y)


def softmax(x):
    """x (N, C) -> probabilities (N, C)."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, (x, p)


def softmax_loss(x, y):
    """x (N, C) scores, y (N,) labels -> scalar."""
    z = x - x.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    n = np.arange(x.shape[0])
    return -np.mean(logp[n, y]), (np.exp(logp), y, x)


def svm_loss(x, y):
    """x (N, C) scores, y (N,) labels -> scalar; margin 1."""
    n = np.arange(x.shape[0])
    margins = np.maximum(0, x - x[n, y][:, None] + 1.0)
    margins[n, y] = 0
    return np.sum(margins) / x.shape[0], (margins, y, x)


def labels(rng, n, c):
    """Every class at least once where N allows it; not sorted, with repetitions."""
    return rng.permutation(np.arange(n) % c)


def draw_squared(rng):
    return signed(rng, 4, 3), signed(rng, 4, 3)


def draw_bce(rng):
    return signed(rng, 6), labels(rng, 6, 2)


def draw_softmax(rng):
    return (signed(rng, 5, 4),)


def draw_labelled(rng):
    return signed(rng, 5, 4), labels(rng, 5, 4)


def draw_svm(rng):
    """Scores at least 0.1 apart and no margin within 0.02 of the hinge."""
    return spread(rng, 5, 4) * 0.7, labels(rng, 5, 4)


SQUARED = Layer("squared error", squared_error, ("a", "y"), draw_squared)
BCE = Layer("bce with logits", bce, ("x", "y"), draw_bce)
SOFTMAX = Layer("softmax", softmax, ("x",), draw_softmax)
SOFTMAX_LOSS = Layer("softmax loss", softmax_loss, ("x", "y"), draw_labelled)
SVM = Layer("svm loss", svm_loss, ("x", "y"), draw_svm)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def onehot(p, y):
    return np.eye(p.shape[1])[y]


def softmax_sum_wrong_axis(dout, cache):
    _, p = cache
    return p * (dout - np.sum(dout * p, axis=0))


def softmax_without_keepdims(dout, cache):
    _, p = cache
    return p * (dout - np.sum(dout * p, axis=1))


def softmax_shifted(dout, cache):
    dx = softmax_right(dout, cache)
    dx[-1] += 0.05
    return dx


def softmax_loss_copy(dout, cache):
    p, y, x = cache
    dx = p / x.shape[0]
    dx[range(x.shape[0]), y][:5] -= 1 / x.shape[0]
    return dout * dx


def softmax_loss_all_rows(dout, cache):
    p, y, x = cache
    dx = p.copy()
    dx[:, y] -= 1
    return dout * dx / x.shape[0]


def softmax_loss_last_row(dout, cache):
    p, y, x = cache
    dx = p.copy()
    for i in range(len(y) - 1):
        dx[i, y[i]] -= 1
    return dout * dx / x.shape[0]


def svm_with(correct, positive=1.0, over=True):
    """`correct(indicator)`: what the label's column gets."""

    def backward(dout, cache):
        margins, y, x = cache
        dx = positive * (margins > 0)
        dx[np.arange(len(y)), y] = correct(dx)
        return dout * dx / (len(y) if over else 1)

    return backward


def svm_values(dout, cache):
    margins, y, x = cache
    dx = margins.copy()
    dx[np.arange(len(y)), y] = -np.sum(margins > 0, axis=1)
    return dout * dx / len(y)


WRONG = (
    SQUARED.wrong("y - a", "a y", lambda d, c: (d * (c[1] - c[0]) / 4, d * (c[0] - c[1]) / 4), "sign"),
    SQUARED.wrong(
        "factor 2", "a y", lambda d, c: (d * (c[0] - c[1]) / 2, d * (c[1] - c[0]) / 2), "half forgotten"
    ),
    SQUARED.wrong("1/N missing", "a y", lambda d, c: (d * (c[0] - c[1]), d * (c[1] - c[0])), "sum for mean"),
    SQUARED.wrong(
        "divided by the size",
        "a y",
        lambda d, c: (d * (c[0] - c[1]) / 12, d * (c[1] - c[0]) / 12),
        "N M for N",
    ),
    SQUARED.wrong("dy the same as da", "y", lambda d, c: (d * (c[0] - c[1]) / 4,) * 2, "sign of the second"),
    SQUARED.wrong(
        "ignores dout", "a y", lambda d, c: ((c[0] - c[1]) / 4, (c[1] - c[0]) / 4), "dout = 1 assumed"
    ),
    BCE.wrong("1/N missing", "x", lambda d, c: d * (sigmoid(c[0]) - c[1]), "sum for mean"),
    BCE.wrong(
        "extra s (1 - s)",
        "x",
        lambda d, c: d * (sigmoid(c[0]) - c[1]) * sigmoid(c[0]) * sigmoid(-c[0]) / 6,
        "the sigmoid's derivative is in p - y already",
    ),
    BCE.wrong("sign", "x", lambda d, c: d * (c[1] - sigmoid(c[0])) / 6, "y - p"),
    BCE.wrong("logits for probabilities", "x", lambda d, c: d * (c[0] - c[1]) / 6, "sigmoid forgotten"),
    BCE.wrong("labels ignored", "x", lambda d, c: d * sigmoid(c[0]) / 6, "no - y"),
    BCE.wrong("ignores dout", "x", lambda d, c: (sigmoid(c[0]) - c[1]) / 6, "dout = 1 assumed"),
    SOFTMAX.wrong("diagonal only", "x", lambda d, c: d * c[1] * (1 - c[1]), "as a sigmoid"),
    SOFTMAX.wrong("dot term missing", "x", lambda d, c: d * c[1], "p dout"),
    SOFTMAX.wrong("sum over the wrong axis", "x", softmax_sum_wrong_axis, "axis=0: broadcasts silently"),
    SOFTMAX.wrong(
        "sum without keepdims (square)",
        "x",
        softmax_without_keepdims,
        "keeps its shape where N = C",
        draw=lambda rng: (signed(rng, 4, 4),),
    ),
    SOFTMAX.wrong("sum without keepdims", "x", softmax_without_keepdims, "raises"),
    SOFTMAX.wrong("dot over everything", "x", lambda d, c: c[1] * (d - np.sum(d * c[1])), "axis forgotten"),
    SOFTMAX.wrong("mean for dot", "x", lambda d, c: c[1] * (d - d.mean(axis=1, keepdims=True)), "unweighted"),
    SOFTMAX.wrong(
        "zero",
        "x",
        lambda d, c: np.zeros_like(d),
        "passes under an all-ones upstream, whose true gradient is 0",
    ),
    SOFTMAX.wrong(
        "a constant added to a row", "x", softmax_shifted, "the softmax does not see it, the gradient does"
    ),
    SOFTMAX_LOSS.wrong("1/N missing", "x", lambda d, c: d * (c[0] - onehot(*c[:2])), "sum for mean"),
    SOFTMAX_LOSS.wrong(
        "1/N twice", "x", lambda d, c: d * (c[0] - onehot(*c[:2])) / 25, "in the loss and here"
    ),
    SOFTMAX_LOSS.wrong("no -1 at the label", "x", lambda d, c: d * c[0] / 5, "p only"),
    SOFTMAX_LOSS.wrong("writes to a copy", "x", softmax_loss_copy, "dx[rows, y][:5] -= 1 changes nothing"),
    SOFTMAX_LOSS.wrong("-1 in the columns of all labels", "x", softmax_loss_all_rows, "dx[:, y] -= 1"),
    SOFTMAX_LOSS.wrong("last row without its -1", "x", softmax_loss_last_row, "range(N - 1)"),
    SOFTMAX_LOSS.wrong(
        "extra p (1 - p)",
        "x",
        lambda d, c: d * (c[0] - onehot(*c[:2])) * c[0] * (1 - c[0]) / 5,
        "softmax twice",
    ),
    SOFTMAX_LOSS.wrong("sign", "x", lambda d, c: d * (onehot(*c[:2]) - c[0]) / 5, "y - p"),
    SOFTMAX_LOSS.wrong("upstream ignored", "x", lambda d, c: (c[0] - onehot(*c[:2])) / 5, "dout = 1 assumed"),
    SOFTMAX_LOSS.wrong("divided by C", "x", lambda d, c: d * (c[0] - onehot(*c[:2])) / 4, "shape[1]"),
    SOFTMAX_LOSS.wrong(
        "scores for probabilities", "x", lambda d, c: d * (c[2] - onehot(*c[:2])) / 5, "no softmax"
    ),
    SOFTMAX_LOSS.wrong(
        "label + 1", "x", lambda d, c: d * (c[0] - onehot(c[0], c[1] - 1)) / 5, "1-based labels"
    ),
    SVM.wrong(
        "count missing at the label", "x", svm_with(lambda m: -1.0), "-1 whatever the number of margins"
    ),
    SVM.wrong("label's column zero", "x", svm_with(lambda m: 0.0), "only the wrong classes move"),
    SVM.wrong("sign at the label", "x", svm_with(lambda m: m.sum(axis=1)), "minus forgotten"),
    SVM.wrong("1/N missing", "x", svm_with(lambda m: -m.sum(axis=1), over=False), "sum for mean"),
    SVM.wrong("count of the whole batch", "x", svm_with(lambda m: -m.sum()), "axis forgotten"),
    SVM.wrong("margins for indicators", "x", svm_values, "value where 1 belongs"),
    SVM.wrong("factor 2", "x", svm_with(lambda m: -m.sum(axis=1), positive=2.0), "squared hinge half-done"),
)


def softmax_right(dout, cache):
    _, p = cache
    return p * (dout - np.sum(dout * p, axis=1, keepdims=True))


def softmax_jacobian(dout, cache):
    _, p = cache
    return np.stack([(np.diag(q) - np.outer(q, q)) @ d for q, d in zip(p, dout, strict=True)])


def softmax_loss_right(dout, cache):
    p, y, x = cache
    dx = p.copy()
    dx[np.arange(len(y)), y] -= 1
    dx = dx / x.shape[0]
    return dout * dx


def svm_right(dout, cache):
    margins, y, x = cache
    dx = (margins > 0).astype(margins.dtype)
    dx[np.arange(len(y)), y] -= np.sum(margins > 0, axis=1)
    return dout * dx / len(y)


def squared_right(dout, cache):
    a, y = cache
    da = dout * (a - y) / a.shape[0]
    return da, -da


def bce_right(dout, cache):
    x, y = cache
    return dout * (sigmoid(x) - y) / x.shape[0]


def svm_closed(dout, cache):
    _, y, x = cache
    n = np.arange(len(y))
    dx = (x - x[n, y][:, None] + 1.0 >= 0) * 1.0
    dx[n, y] = 0
    dx[n, y] = -dx.sum(axis=1)
    return dout * dx / len(y)


def draw_hinge(rng):
    """Integer scores: margins exactly on the hinge."""
    return rng.integers(-2, 3, (5, 4)).astype(float), labels(rng, 5, 4)


RIGHT = (
    SQUARED.right("plain", squared_right, "the control"),
    SQUARED.right(
        "prediction almost equal to the target",
        squared_right,
        "gradients of 1e-7 of a loss of 1e-14",
        draw=lambda rng: (lambda y: (y + 1e-7 * signed(rng, 4, 3), y))(signed(rng, 4, 3)),
    ),
    BCE.right("plain", bce_right, "the control"),
    SOFTMAX.right("plain", softmax_right, "the control"),
    SOFTMAX.right("full Jacobian", softmax_jacobian, "another formula for the same numbers"),
    SOFTMAX.right("one row", softmax_right, "N = 1", draw=lambda rng: (signed(rng, 1, 5),)),
    SOFTMAX.right("one class", softmax_right, "C = 1: constant 1", draw=lambda rng: (signed(rng, 4, 1),)),
    SOFTMAX.right(
        "logits of 1000",
        softmax_right,
        "one-hot to the last bit: gradients exactly 0",
        draw=lambda rng: (1000 * spread(rng, 3, 4),),
    ),
    SOFTMAX.right(
        "float32", softmax_right, "noise of float32", draw=lambda rng: (signed(rng, 5, 4).astype(np.float32),)
    ),
    SOFTMAX.right(
        "offset 1e6", softmax_right, "shift-invariant, x rounded", draw=lambda rng: (1e6 + signed(rng, 5, 4),)
    ),
    SOFTMAX_LOSS.right("p - onehot", softmax_loss_right, "the control"),
    SOFTMAX_LOSS.right(
        "logits of 1000",
        softmax_loss_right,
        "gradients exactly 0 or 1/N beside a loss of hundreds",
        draw=lambda rng: (1000 * spread(rng, 5, 4), labels(rng, 5, 4)),
    ),
    SOFTMAX_LOSS.right(
        "one sample", softmax_loss_right, "N = 1", draw=lambda rng: (signed(rng, 1, 3), rng.integers(0, 3, 1))
    ),
    SVM.right("plain", svm_right, "piecewise linear: exact differences, no h^2 to see"),
    SVM.right("on the hinge", svm_right, "margin exactly 0", smooth=False, draw=draw_hinge),
    SVM.right(
        "on the hinge, counted", svm_closed, ">= for >: another subgradient", smooth=False, draw=draw_hinge
    ),
)
