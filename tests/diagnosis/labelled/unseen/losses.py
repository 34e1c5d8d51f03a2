"""Losses: lost and doubled 1/N, labels, margins, factors of 2, signs, upstreams."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

SOFTMAX = """
import numpy as np

def softmax_loss(x, y):
    N, C = x.shape
    z = x - np.max(x, axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    p = e / total
    loss = -np.mean((z - np.log(total))[np.arange(N), y])
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
"""
GRADIENT = "    dx = p.copy()\n    dx[np.arange(N), y] -= 1\n    dx /= N\n"
SVM = """
import numpy as np

def svm_loss(x, y):
    N, C = x.shape
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1.0)
    margins[rows, y] = 0
    loss = margins.sum() / N
    hit = (margins > 0).astype(float)
    count = hit.sum(axis=1)
    dx = hit
    dx[rows, y] -= count
    dx = dx / N
    return loss, dx
"""
BCE = """
import numpy as np

def bce_with_logits_forward(x, y):
    loss = np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    return loss, (x, y)

def bce_with_logits_backward(dout, cache):
    x, y = cache
    e = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    dx = dout * (p - y) / x.size
    return dx
"""
CROSS = "dout * (p - y) / x.size"
L2 = """
import numpy as np

def l2_forward(w, lam):
    return lam * np.sum(w * w), (w, lam)

def l2_backward(dout, cache):
    w, lam = cache
    return dout * 2 * lam * w
"""
PENALTY = "dout * 2 * lam * w"
SQUARED = """
import numpy as np

def squared_error_forward(h, y):
    return np.sum((h - y) ** 2), (h, y)

def squared_error_backward(dout, cache):
    h, y = cache
    return 2 * dout * (h - y)
"""
SQUARE = "2 * dout * (h - y)"
HALF = """
import numpy as np

def half_squared_error_forward(a, y):
    return 0.5 * np.sum((a - y) ** 2), (a, y)

def half_squared_error_backward(dout, cache):
    a, y = cache
    return dout * (a - y)
"""


def softmax(said, *slips, node="dx"):
    return wrong("softmax_loss", SOFTMAX, {node: said}, *slips)


def softly(said, lines):
    return softmax(said, (GRADIENT, f"    {lines}\n"))


def svm(said, *slips, node="dx"):
    return wrong("svm_loss", SVM, {node: said}, *slips)


def bce(said, after):
    return wrong("bce_with_logits", BCE, {"dx": said}, (CROSS, after))


def l2(said, after):
    return wrong("l2_penalty", L2, {"dw": said}, (PENALTY, after))


def squared(said, after):
    return wrong("squared_error", SQUARED, {"dh": said}, (SQUARE, after))


def half(said, after):
    return wrong("half_squared_error", HALF, {"da": said}, ("dout * (a - y)", after))


ONE_HOT = "dx = p - np.eye(C)[y]"
COMMON = (
    softmax("1/N is missing", ("    dx /= N\n", "")),
    softmax("1/N twice", ("    dx /= N\n", "    dx /= N\n    dx /= N\n")),
    softmax("no 1 is taken off at the label", ("    dx[np.arange(N), y] -= 1\n", "")),
    softmax("1 is added at the label", ("-= 1", "+= 1")),
    softmax("the wrong sign, label minus p", ("    dx /= N", "    dx /= -N")),
    softmax("1 is taken off in whole columns, dx[:, y]", ("dx[np.arange(N), y] -= 1", "dx[:, y] -= 1")),
    softmax("the label's entry is set to -1", ("-= 1", "= -1")),
    softmax("divided by N before the 1 is taken off", ("    dx[np.arange(N), y] -= 1\n    dx /= N\n", "    dx /= N\n    dx[np.arange(N), y] -= 1\n")),
    softmax("divided by the number of classes", ("    dx /= N", "    dx /= C")),
    softmax("divided by the number of entries", ("    dx /= N", "    dx /= N * C")),
    softly("times p (1 - p) as well", f"{ONE_HOT}\n    dx = dx * p * (1 - p) / N"),
    softly("the probabilities are taken over the batch", "p = e / e.sum(axis=0)\n    " + ONE_HOT + "\n    dx /= N"),
    softly("the scores instead of probabilities", "dx = (x - np.eye(C)[y]) / N"),
    softly("the exponentials are not normalised", "dx = (e - np.eye(C)[y]) / N"),
    softly("only the label's entry has a gradient", "dx = np.zeros_like(p)\n    dx[np.arange(N), y] = (p[np.arange(N), y] - 1) / N"),
    softly("-1/p at the label, without the softmax's Jacobian", "dx = np.zeros_like(p)\n    dx[np.arange(N), y] = -1 / np.maximum(p[np.arange(N), y], 1e-300) / N"),
    softly("labels counted from 1", "dx = p.copy()\n    dx[np.arange(N), y - 1] -= 1\n    dx /= N"),
    softly("log p instead of p", "dx = z - np.log(total)\n    dx[np.arange(N), y] -= 1\n    dx /= N"),
    softly("p (1 - p), the diagonal of the softmax's Jacobian", "dx = p * (1 - p) / N"),
    svm("1 at the label, not the count", ("-= count", "-= 1")),
    svm("nothing at the label", ("    dx[rows, y] -= count\n", "")),
    svm("1/N is missing", ("dx = dx / N", "dx = dx")),
    svm("1/N twice", ("dx = dx / N", "dx = dx / N / N")),
    svm("the margins instead of whether they count", ("hit = (margins > 0).astype(float)", "hit = margins.copy()")),
    svm("the wrong sign", ("dx = dx / N", "dx = -dx / N")),
    svm("the label has + count", ("-= count", "+= count")),
    svm("divided by the number of classes", ("dx = dx / N", "dx = dx / C")),
    svm("the count is taken over the batch", ("hit.sum(axis=1)", "hit.sum(axis=0)[y]")),
    svm("the gradient of the squared hinge", ("hit = (margins > 0).astype(float)", "hit = 2 * margins")),
    svm("the label counts itself", ("count = hit.sum(axis=1)", "count = hit.sum(axis=1) + 1")),
    svm("without the margin of 1", ("hit = (margins > 0)", "hit = (margins > 1)")),
    svm("the loss counts the label's own margin", ("    loss = margins.sum() / N\n", "    loss = (margins.sum() + N) / N\n"), node="loss"),
    bce("1/M is missing", "dout * (p - y)"),
    bce("the wrong sign, y - p", "dout * (y - p) / x.size"),
    bce("dout forgotten", "(p - y) / x.size"),
    bce("times p (1 - p) as well", "dout * (p - y) * p * (1 - p) / x.size"),
    bce("the target forgotten", "dout * p / x.size"),
    bce("the logit instead of its sigmoid", "dout * (x - y) / x.size"),
    bce("divided by the batch only", "dout * (p - y) / x.shape[0]"),
    bce("only the entries with target 1", "dout * y * (p - y) / x.size"),
    bce("1/M twice", "dout * (p - y) / x.size ** 2"),
    l2("the factor 2 is missing", "dout * lam * w"),
    l2("λ is missing", "dout * 2 * w"),
    l2("dout forgotten", "2 * lam * w"),
    l2("λ w², not differentiated", "dout * lam * w ** 2"),
    l2("the gradient of the L1 penalty", "dout * lam * np.sign(w)"),
    l2("w is missing, 2λ everywhere", "dout * 2 * lam * np.ones_like(w)"),
    l2("a mean over the entries", "dout * 2 * lam * w / w.size"),
    l2("the wrong sign", "-dout * 2 * lam * w"),
    squared("the factor 2 is missing", "dout * (h - y)"),
    squared("the wrong sign, y - h", "2 * dout * (y - h)"),
    squared("dout forgotten", "2 * (h - y)"),
    squared("a mean over the entries", "2 * dout * (h - y) / h.size"),
    squared("the square, not differentiated", "dout * (h - y) ** 2"),
    squared("the target forgotten", "2 * dout * h"),
    squared("a mean over the batch", "2 * dout * (h - y) / len(np.atleast_1d(h))"),
    half("a factor 2 too many", "2 * dout * (a - y)"),
    half("the wrong sign, y - a", "dout * (y - a)"),
    half("half of it, the ½ kept", "0.5 * dout * (a - y)"),
    half("dout forgotten", "a - y"),
)  # fmt: skip
OWN = (
    softmax("times the loss", ("    dx /= N\n", "    dx *= loss / N\n")),
    softmax("half of it", ("    dx /= N\n", "    dx /= 2 * N\n")),
    softly("the other classes share what the label lacks", "dx = (1 - np.eye(C)[y]) / (C - 1) - np.eye(C)[y]\n    dx *= (1 - p[np.arange(N), y])[:, None] / N"),
    softly("the square of p", "dx = p ** 2\n    dx[np.arange(N), y] -= 1\n    dx /= N"),
    svm("only the largest margin", ("hit = (margins > 0).astype(float)", "hit = ((margins > 0) & (margins == margins.max(axis=1)[:, None])).astype(float)")),
    svm("the label has twice the count", ("-= count", "-= 2 * count")),
    bce("the square of the difference", "dout * (p - y) ** 2 / x.size"),
    bce("labels of -1 and 1", "dout * (p - (2 * y - 1)) / x.size"),
    l2("the sum of the weights everywhere", "dout * 2 * lam * np.sum(w) * np.ones_like(w)"),
    l2("λ squared", "dout * 2 * lam ** 2 * w"),
    squared("the size of the difference", "2 * dout * np.abs(h - y)"),
    squared("brackets forgotten, 2h - y", "dout * (2 * h - y)"),
    half("the sum of the differences everywhere", "dout * np.sum(a - y) * np.ones_like(a)"),
    half("times a as well", "dout * (a - y) * a"),
)  # fmt: skip
