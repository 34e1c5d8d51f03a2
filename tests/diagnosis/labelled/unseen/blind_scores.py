"""Written blind, first batch: losses of scores and of numbers, and penalties."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

SOFTMAX = """
import numpy as np

def softmax_loss(x, y):
    N, C = x.shape
    shifted = x - x.max(axis=1, keepdims=True)
    Z = np.exp(shifted).sum(axis=1, keepdims=True)
    logp = shifted - np.log(Z)
    p = np.exp(logp)
    loss = -logp[np.arange(N), y].sum() / N
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
"""

SVM = """
import numpy as np

def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, None] + 1)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N
    mask = np.zeros_like(x)
    mask[margins > 0] = 1
    mask[np.arange(N), y] = -mask.sum(axis=1)
    dx = mask / N
    return loss, dx
"""

BCE = """
import numpy as np

def bce_with_logits_forward(x, y):
    loss = np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    return loss, (x, y, loss)

def bce_with_logits_backward(dout, cache):
    x, y, loss = cache
    e = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    dx = (p - y) / x.size
    return dout * dx
"""

SQUARED = """
import numpy as np

def squared_error_forward(h, y):
    r = y - h
    return np.sum(r ** 2), (h, y)

def squared_error_backward(dout, cache):
    h, y = cache
    dh = -2 * (y - h) * dout
    return dh
"""

HALF = """
import numpy as np

def half_squared_error_forward(a, y):
    return 0.5 * np.sum((y - a) ** 2), (a, y)

def half_squared_error_backward(dout, cache):
    a, y = cache
    return dout * (a - y)
"""

L2 = """
import numpy as np

def l2_forward(w, lam):
    return lam * np.sum(w * w), (w, lam)

def l2_backward(dout, cache):
    w, lam = cache
    return dout * 2 * lam * w
"""

FULL = """
import numpy as np

def full_loss_forward(losses, W1, W2, lam):
    L = losses.mean() + lam * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    return L, (losses, W1, W2, lam)

def full_loss_backward(dout, cache):
    losses, W1, W2, lam = cache
    N = losses.shape[0]
    dlosses = dout * np.ones(N) / N
    dW1 = dout * 2 * lam * W1
    dW2 = dout * 2 * lam * W2
    return dlosses, dW1, dW2
"""


def one(exercise, text, node):
    return lambda said, *slips: wrong(exercise, text, {node: said}, *slips)


softmax, svm = one("softmax_loss", SOFTMAX, "dx"), one("svm_loss", SVM, "dx")

bce, squared, half = (
    one("bce_with_logits", BCE, "dx"),
    one("squared_error", SQUARED, "dh"),
    one("half_squared_error", HALF, "da"),
)

l2 = one("l2_penalty", L2, "dw")

COMMON = (
    softmax("1/C for 1/N", ("dx /= N", "dx /= C")),
    softmax("-1 in every class", ("dx[np.arange(N), y] -= 1", "dx -= 1")),
    softmax("the labels subtracted", ("dx[np.arange(N), y] -= 1", "dx -= y[:, None]")),
    softmax("p (1 - p)", ("dx[np.arange(N), y] -= 1", "dx = p * (1 - p)")),
    softmax("+1 at the label", ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] += 1")),
    softmax("the exponentials, not divided", ("dx = p.copy()", "dx = np.exp(shifted)")),
    softmax("log p in place of p", ("dx = p.copy()", "dx = logp.copy()")),
    softmax(
        "1/p at the label, through the log only",
        (
            "dx = p.copy()\n    dx[np.arange(N), y] -= 1",
            "dx = np.zeros_like(p)\n    dx[np.arange(N), y] = -1 / np.maximum(p[np.arange(N), y], 1e-300)",
        ),
    ),
    softmax("-1 at the class before", ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y - 1] -= 1")),
    softmax(
        "the label's entry alone",
        (
            "dx[np.arange(N), y] -= 1",
            "keep = np.zeros_like(p)\n    keep[np.arange(N), y] = p[np.arange(N), y] - 1\n    dx = keep",
        ),
    ),
    softmax("the label's entry set to -1", ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] = -1")),
    softmax("1 - p everywhere, label 0", ("dx[np.arange(N), y] -= 1", "dx = 1 - dx")),
    softmax("divided by N twice", ("dx /= N", "dx /= N * N")),
    softmax("times the loss", ("dx /= N", "dx *= loss / N")),
    svm("the sum instead of the mean", ("mask / N", "mask")),
    svm("-1 at the right class whatever the number", ("-mask.sum(axis=1)", "-1")),
    svm("plus at the right class", ("-mask.sum(axis=1)", "mask.sum(axis=1)")),
    svm("the margins themselves", ("mask[margins > 0] = 1", "mask = margins.copy()")),
    svm("the right class untouched", ("    mask[np.arange(N), y] = -mask.sum(axis=1)\n", "")),
    svm(
        "the count is summed over the examples",
        ("mask[np.arange(N), y] = -mask.sum(axis=1)", "mask[np.arange(N), y] = -mask.sum(axis=0)[y]"),
    ),
    svm("the signs exchanged", ("mask / N", "-mask / N")),
    svm(
        "the mask from scores above 0",
        ("mask[margins > 0] = 1", "mask[x > 0] = 1\n    mask[np.arange(N), y] = 0"),
    ),
    svm(
        "margin without the 1 in the mask",
        ("mask[margins > 0] = 1", "mask[x > correct[:, None]] = 1\n    mask[np.arange(N), y] = 0"),
    ),
    svm(
        "only the worst class counts",
        (
            "mask[margins > 0] = 1",
            "worst = margins.argmax(axis=1)\n    mask[np.arange(N), worst] = margins[np.arange(N), worst] > 0",
        ),
    ),
    svm("the count keeps the right class itself", ("-mask.sum(axis=1)", "-mask.sum(axis=1) - 1")),
    bce("no mean", ("(p - y) / x.size", "p - y")),
    bce("y - p", ("(p - y)", "(y - p)")),
    bce("times p (1 - p)", ("(p - y) / x.size", "(p - y) * p * (1 - p) / x.size")),
    bce("divided by the examples only", ("x.size", "x.shape[0]")),
    bce("dout forgotten", ("dout * dx", "dx")),
    bce("x for p", ("(p - y)", "(x - y)")),
    bce("the loss for the yes only", ("(p - y) / x.size", "y * (p - 1) / x.size")),
    bce("p alone, the target forgotten", ("(p - y)", "p")),
    bce("both terms with the same sign", ("(p - y) / x.size", "((1 - y) * p + y * (1 - p)) / x.size")),
    bce("the loss multiplied in", ("dout * dx", "dout * loss * dx")),
    bce(
        "-y/p + (1-y)/(1-p), the sigmoid forgotten",
        ("(p - y) / x.size", "((p - y) / np.maximum(p * (1 - p), 1e-12)) / x.size"),
    ),
    squared("the sign forgotten", ("-2 *", "2 *")),
    squared("the square kept", ("-2 * (y - h)", "-2 * (y - h) ** 2")),
    squared("a mean", ("-2 * (y - h) * dout", "-2 * (y - h) * dout / h.size")),
    squared("the error without the square: -1", ("-2 * (y - h)", "-2 * np.ones_like(h)")),
    squared("2h, the target forgotten", ("-2 * (y - h)", "2 * h")),
    squared("dout added", ("-2 * (y - h) * dout", "-2 * (y - h) + dout")),
    half("the 2 left in", ("(a - y)", "2 * (a - y)")),
    half("the half kept", ("(a - y)", "0.5 * (a - y)")),
    half("the size of the difference", ("(a - y)", "np.abs(a - y)")),
    half("the sum of all differences", ("(a - y)", "np.sum(a - y) * np.ones_like(a)")),
    half("the average over rows", ("(a - y)", "(a - y) / a.shape[0]")),
    wrong(
        "full_loss",
        FULL,
        {"dW1": "the mean applied to the penalty", "dW2": "the mean applied to the penalty"},
        ("2 * lam * W1", "2 * lam * W1 / N"),
        ("2 * lam * W2", "2 * lam * W2 / N"),
    ),
    wrong(
        "full_loss",
        FULL,
        {"dW2": "W1's sum for W2"},
        ("2 * lam * W2", "2 * lam * np.sum(W2) * np.ones_like(W2)"),
    ),
    wrong("full_loss", FULL, {"dlosses": "times the losses"}, ("np.ones(N) / N", "losses / N")),
    wrong("full_loss", FULL, {"dlosses": "1/N forgotten"}, ("np.ones(N) / N", "np.ones(N)")),
    wrong(
        "full_loss",
        FULL,
        {"dlosses": "dout forgotten", "dW1": "dout forgotten", "dW2": "dout forgotten"},
        ("dout * np", "np"),
        ("dout * 2 * lam * W1", "2 * lam * W1"),
        ("dout * 2 * lam * W2", "2 * lam * W2"),
    ),
    wrong(
        "full_loss", FULL, {"dlosses": "the mean's inverse, times N"}, ("np.ones(N) / N", "np.ones(N) * N")
    ),
)

OWN = (
    softmax("0.9 for the 1 at the label", ("-= 1", "-= 0.9")),
    svm(
        "a margin of 2 in the gradient only",
        ("mask[margins > 0] = 1", "mask[x - correct[:, None] + 2 > 0] = 1\n    mask[np.arange(N), y] = 0"),
    ),
    bce(
        "the second half of the entries negative",
        ("dout * dx", "dout * np.where(np.arange(x.size).reshape(x.shape) * 2 < x.size, dx, -dx)"),
    ),
    squared("the cube's rule", ("-2 * (y - h)", "-3 * (y - h) ** 2")),
    half("a learning rate", ("(a - y)", "0.1 * (a - y)")),
)
