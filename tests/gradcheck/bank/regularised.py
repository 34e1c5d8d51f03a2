"""Losses with an L2 penalty: linear classifiers (softmax, SVM, ridge), and what students do to the penalty."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed
from tests.gradcheck.bank.losses import labels


def data_loss(W, X, y):
    """X (N, D), W (D, C), y (N,): mean cross-entropy, with the gradient of the scores."""
    scores = X @ W
    z = scores - scores.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    n = np.arange(X.shape[0])
    dscores = np.exp(logp)
    dscores[n, y] -= 1
    return -np.mean(logp[n, y]), dscores / X.shape[0]


def classifier(reg, half=False):
    """Forward(W, X, y): cross-entropy + reg * sum(W * W), or half of that penalty."""

    def forward(W, X, y):
        loss, dscores = data_loss(W, X, y)
        penalty = reg * np.sum(W * W) * (0.5 if half else 1.0)
        return loss + penalty, (W, X, dscores)

    return forward


def with_settings(W, X, y, settings):
    """The same with the penalty's weight in a dict argument."""
    loss, dscores = data_loss(W, X, y)
    return loss + settings["reg"] * np.sum(W * W), (W, X, dscores, settings)


def with_bias(W, b, X, y):
    """The bias is not regularised; reg = 0.4."""
    loss, dscores = data_loss_bias(W, b, X, y)
    return loss + 0.4 * np.sum(W * W), (W, b, X, dscores)


def data_loss_bias(W, b, X, y):
    ones = np.ones((X.shape[0], 1), dtype=X.dtype)
    return data_loss(np.vstack([W, b[None, :]]), np.hstack([X, ones]), y)


def ridge(w, X, t):
    """w (D,), X (N, D), t (N,) in a float target: mean squared error + 0.1 |w|^2."""
    r = X @ w - t
    return np.mean(r**2) + 0.1 * np.sum(w**2), (w, X, r)


def svm_classifier(W, X, y, reg):
    """reg is an int: CS231n's svm_loss_vectorized."""
    n = np.arange(X.shape[0])
    scores = X @ W
    margins = np.maximum(0, scores - scores[n, y][:, None] + 1)
    margins[n, y] = 0
    return margins.sum() / X.shape[0] + reg * np.sum(W * W), (W, X, y, margins, reg)


def draw(rng):
    return signed(rng, 4, 3), signed(rng, 6, 4), labels(rng, 6, 3)


def draw_large(rng):
    """Weights of about 5, so that a penalty of 1e-3 is a percent of dW."""
    return 5 * signed(rng, 4, 3), 0.1 * signed(rng, 6, 4), labels(rng, 6, 3)


def draw_settings(rng):
    return *draw(rng), {"reg": 0.25}


def draw_bias(rng):
    return signed(rng, 4, 3), signed(rng, 3), signed(rng, 6, 4), labels(rng, 6, 3)


def draw_ridge(rng):
    return signed(rng, 3), signed(rng, 5, 3), signed(rng, 5)


def draw_svm(rng):
    """Redrawn until no margin is within 1e-3 of the hinge."""
    while True:
        W, X, y = signed(rng, 4, 3), signed(rng, 6, 4), labels(rng, 6, 3)
        scores = X @ W
        margins = scores - scores[np.arange(6), y][:, None] + 1
        if np.min(np.abs(margins)) > 1e-3:
            return W, X, y, 2


NAMES = ("W", "X", "y")
CE = Layer("softmax classifier, reg 0.5", classifier(0.5), NAMES, draw)
HALF = Layer("softmax classifier, reg/2", classifier(0.5, half=True), NAMES, draw)
WEAK = Layer("softmax classifier, reg 1e-3", classifier(1e-3), NAMES, draw_large)
SETTINGS = Layer("softmax classifier, settings", with_settings, (*NAMES, "settings"), draw_settings)
BIAS = Layer("softmax classifier with bias", with_bias, ("W", "b", "X", "y"), draw_bias)
RIDGE = Layer("ridge regression", ridge, ("w", "X", "t"), draw_ridge)
SVM = Layer("svm classifier", svm_classifier, (*NAMES, "reg"), draw_svm)


def penalty(term):
    """The right data gradients with `term(W, N)` as the penalty's."""

    def backward(dout, cache):
        W, X, dscores = cache[:3]
        return dout * (X.T @ dscores + term(W, X.shape[0])), dout * (dscores @ W.T)

    return backward


def bias_with(dW, db):
    def backward(dout, cache):
        W, b, X, ds = cache
        return dout * (X.T @ ds + dW * W), dout * (ds.sum(axis=0) + db * b), dout * ds @ W.T

    return backward


def ridge_with(data, reg):
    def backward(dout, cache):
        w, X, r = cache
        dr = dout * data * r / len(r)
        return X.T @ dr + dout * reg * w, np.outer(dr, w), -dr

    return backward


def svm_backward(dout, cache, count=True, reg_factor=2):
    W, X, y, margins, reg = cache
    mask = (margins > 0) * 1.0
    if count:
        mask[np.arange(len(y)), y] = -np.sum(mask, axis=1)
    mask /= len(y)
    return dout * (X.T @ mask + reg_factor * reg * W), dout * mask @ W.T


WRONG = (
    CE.wrong("penalty missing", "W", penalty(lambda W, N: 0), "in the loss and not in the gradient"),
    CE.wrong("reg W for 2 reg W", "W", penalty(lambda W, N: 0.5 * W), "factor 2 missing"),
    CE.wrong("1/N on the penalty", "W", penalty(lambda W, N: W / N), "divided with the data loss"),
    CE.wrong("sign of the penalty", "W", penalty(lambda W, N: -W), "ascent on the penalty"),
    CE.wrong("sum of the weights", "W", penalty(lambda W, N: np.sum(W)), "a scalar broadcast over dW"),
    CE.wrong("L1", "W", penalty(lambda W, N: np.sign(W)), "the derivative of |W|"),
    CE.wrong(
        "penalty outside dout",
        "W",
        lambda d, c: (d * c[1].T @ c[2] + c[0], d * c[2] @ c[0].T),
        "right when dout is 1",
    ),
    CE.wrong(
        "dX with the penalty",
        "X",
        lambda d, c: (d * (c[1].T @ c[2] + c[0]), d * (c[2] @ c[0].T + c[1])),
        "X too",
    ),
    HALF.wrong("2 reg W for reg W", "W", penalty(lambda W, N: W), "the half forgotten"),
    HALF.wrong("reg W / 2", "W", penalty(lambda W, N: 0.25 * W), "the power's 2 forgotten"),
    WEAK.wrong("penalty missing", "W", penalty(lambda W, N: 0), "a percent of dW: passes at rtol 1e-2"),
    WEAK.wrong("penalty halved", "W", penalty(lambda W, N: 1e-3 * W), "half a percent of dW"),
    WEAK.wrong("penalty doubled", "W", penalty(lambda W, N: 4e-3 * W), "a percent too much"),
    SETTINGS.wrong("penalty missing", "W", penalty(lambda W, N: 0), "settings carried and not used"),
    SETTINGS.wrong(
        "first row of W not regularised",
        "W",
        penalty(lambda W, N: 0.5 * W * (np.arange(4) > 0)[:, None]),
        "bias trick",
    ),
    BIAS.wrong("bias regularised", "b", bias_with(0.8, 0.8), "in the gradient and not in the loss"),
    BIAS.wrong("penalty on b instead of W", "W b", bias_with(0.0, 0.8), "the wrong parameter"),
    RIDGE.wrong("2 missing in the data term", "w X t", ridge_with(1, 0.2), "d(r^2) = r"),
    RIDGE.wrong("2 missing in the penalty", "w", ridge_with(2, 0.1), "d(w^2) = w"),
    SVM.wrong(
        "no count at the label", "W X", lambda d, c: svm_backward(d, c, count=False), "positive rows only"
    ),
    SVM.wrong("reg W for 2 reg W", "W", lambda d, c: svm_backward(d, c, reg_factor=1), "factor 2 missing"),
)


def classifier_right(dout, cache):
    W, X, dscores = cache
    dW = X.T @ dscores
    dW += 2 * 0.5 * W
    return dout * dW, dout * (dscores @ W.T)


def ridge_right(dout, cache):
    w, X, r = cache
    dr = 2 * dout * r / len(r)
    dw = X.T @ dr
    dw += 0.2 * dout * w
    return dw, np.outer(dr, w), -dr


RIGHT = (
    CE.right("plain", classifier_right, "the control"),
    HALF.right("plain", penalty(lambda W, N: 0.5 * W), "the other convention, in the forward too"),
    WEAK.right("plain", penalty(lambda W, N: 2e-3 * W), "the control of the weak penalty"),
    SETTINGS.right("settings in a dict", penalty(lambda W, N: 0.5 * W), "an argument that has no gradient"),
    BIAS.right("plain", bias_with(0.8, 0.0), "the control"),
    RIDGE.right("plain", ridge_right, "gradients for the data and the targets too"),
    SVM.right("plain", svm_backward, "an int argument behind the labels"),
)
