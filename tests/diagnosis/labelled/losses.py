"""Losses of scores and of predictions: the mean over the batch, the entry at the label, signs and factors."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

SOFTMAX = """
import numpy as np

def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    loss = -logp[np.arange(N), y].mean()
    dx = np.exp(logp)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
"""
SOFTMAX_LOOPS = """
import numpy as np

def softmax_loss(x, y):
    num = len(y)
    loss = 0.0
    grad = np.zeros(x.shape)
    for i in range(num):
        s = x[i] - max(x[i])
        p = np.exp(s) / np.exp(s).sum()
        loss += -(s[y[i]] - np.log(np.exp(s).sum()))
        for j in range(x.shape[1]):
            if j == y[i]:
                grad[i, j] = p[j] - 1
            else:
                grad[i, j] = p[j]
    return loss / num, grad / num
"""
SVM = """
import numpy as np

def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, None] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    count = np.sum(margins > 0, axis=1)
    dx = np.zeros(x.shape)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= count
    dx /= N
    return loss, dx
"""
SQUARED = """
import numpy as np

def squared_error_forward(h, y):
    d = h - y
    return np.sum(d ** 2), d

def squared_error_backward(dout, cache):
    d = cache
    dh = dout * 2 * d
    return dh
"""
HALF = """
import numpy as np

def half_squared_error_forward(a, y):
    return 0.5 * np.sum(np.square(y - a)), (a, y)

def half_squared_error_backward(dout, cache):
    a, y = cache
    return dout * (a - y)
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
L2 = """
import numpy as np

def l2_forward(w, lam):
    return lam * np.sum(w * w), (w, lam)

def l2_backward(dout, cache):
    w, lam = cache
    return dout * 2 * lam * w
"""

RIGHT = (
    ("softmax_loss", SOFTMAX), ("softmax_loss", SOFTMAX_LOOPS), ("svm_loss", SVM), ("squared_error", SQUARED),
    ("half_squared_error", HALF), ("bce_with_logits", BCE), ("l2_penalty", L2),
)  # fmt: skip

LABEL = "    dx[np.arange(N), y] -= 1\n"
WRONG = (
    wrong("softmax_loss", SOFTMAX, {"dx": "1/N missing"}, ("    dx /= N\n", "")),
    wrong("softmax_loss", SOFTMAX, {"dx": "1/N twice"}, ("    dx /= N\n", "    dx /= N\n    dx /= N\n")),
    wrong("softmax_loss", SOFTMAX, {"dx": "no -1 at the label"}, (LABEL, "")),
    wrong("softmax_loss", SOFTMAX, {"dx": "+1 at the label"}, ("y] -= 1", "y] += 1")),
    wrong("softmax_loss", SOFTMAX, {"dx": "negated"}, ("    dx /= N\n", "    dx = -dx / N\n")),
    wrong("softmax_loss", SOFTMAX, {"dx": "extra s(1-s)"}, ("    dx /= N\n", "    p = np.exp(logp)\n    dx = dx * p * (1 - p) / N\n")),
    wrong("softmax_loss", SOFTMAX, {"dx": "1/N before the -1 at the label"}, (LABEL + "    dx /= N\n", "    dx /= N\n" + LABEL)),
    wrong("softmax_loss", SOFTMAX, {"dx": "divided by the number of classes"}, ("dx /= N", "dx /= x.shape[1]")),
    wrong("softmax_loss", SOFTMAX, {"dx": "divided by the number of entries"}, ("dx /= N", "dx /= x.size")),
    wrong("softmax_loss", SOFTMAX, {"dx": "entry at the label alone"}, ("dx = np.exp(logp)\n" + LABEL, "dx = np.zeros_like(x)\n    dx[np.arange(N), y] = np.exp(logp)[np.arange(N), y] - 1\n")),
    wrong("softmax_loss", SOFTMAX, {"dx": "-1 in the whole column of the label"}, ("dx[np.arange(N), y] -= 1", "dx[:, y] -= 1")),
    wrong("softmax_loss", SOFTMAX, {"loss": "sum instead of mean"}, ("y].mean()", "y].sum()")),
    wrong("softmax_loss", SOFTMAX, {"loss": "sign: log probability not negated"}, ("loss = -logp", "loss = logp")),
    wrong("softmax_loss", SOFTMAX, {"loss": "sum instead of mean", "dx": "1/N missing"}, ("y].mean()", "y].sum()"), ("    dx /= N\n", "")),
    wrong("softmax_loss", SOFTMAX_LOOPS, {"dx": "-1 at the label and 1/N both missing"}, ("p[j] - 1", "p[j]"), ("grad / num", "grad")),
    wrong("softmax_loss", SOFTMAX_LOOPS, {"dx": "1/N missing"}, ("grad / num", "grad")),
    wrong("softmax_loss", SOFTMAX_LOOPS, {"dx": "1 - p at the label: sign there"}, ("p[j] - 1", "1 - p[j]")),
    wrong("softmax_loss", SOFTMAX_LOOPS, {"dx": "zero: label minus probability"}, ("grad[i, j] = p[j] - 1", "grad[i, j] = 1 - p[j]"), ("grad[i, j] = p[j]\n", "grad[i, j] = -p[j]\n")),
    wrong("svm_loss", SVM, {"dx": "margin count missing at the correct class"}, ("    dx[np.arange(N), y] -= count\n", "")),
    wrong("svm_loss", SVM, {"dx": "1 instead of the count at the correct class"}, ("-= count", "-= 1")),
    wrong("svm_loss", SVM, {"dx": "1/N missing"}, ("    dx /= N\n", "")),
    wrong("svm_loss", SVM, {"dx": "sign at the correct class"}, ("-= count", "+= count")),
    wrong("svm_loss", SVM, {"dx": "margins instead of 1"}, ("dx[margins > 0] = 1", "dx = margins.copy()")),
    wrong("svm_loss", SVM, {"dx": "1/N twice"}, ("dx /= N", "dx /= N ** 2")),
    wrong("svm_loss", SVM, {"dx": "negated"}, ("dx /= N", "dx /= -N")),
    wrong("svm_loss", SVM, {"loss": "correct class counted"}, ("    margins[np.arange(N), y] = 0\n", "")),
    wrong("svm_loss", SVM, {"loss": "sum instead of mean"}, ("np.sum(margins) / N", "np.sum(margins)")),
    wrong("squared_error", SQUARED, {"dh": "factor 2 missing"}, ("dout * 2 * d", "dout * d")),
    wrong("squared_error", SQUARED, {"dh": "negated: y - h"}, ("dout * 2 * d", "-2 * d * dout")),
    wrong("squared_error", SQUARED, {"dh": "factor 2 missing and negated"}, ("dout * 2 * d", "-d * dout")),
    wrong("squared_error", SQUARED, {"dh": "ignores dout"}, ("dout * 2 * d", "2 * d")),
    wrong("squared_error", SQUARED, {"dh": "mean instead of sum"}, ("dout * 2 * d", "dout * 2 * d / d.size")),
    wrong("squared_error", SQUARED, {"e": "mean instead of sum"}, ("np.sum(d ** 2)", "np.mean(d ** 2)")),
    wrong("squared_error", SQUARED, {"dh": "the square itself"}, ("dout * 2 * d", "dout * d ** 2")),
    wrong("squared_error", SQUARED, {"dh": "summed to one number"}, ("dout * 2 * d", "dout * np.sum(2 * d)")),
    wrong("half_squared_error", HALF, {"da": "factor 2 too many"}, ("dout * (a - y)", "2 * dout * (a - y)")),
    wrong("half_squared_error", HALF, {"da": "negated: y - a"}, ("(a - y)", "(y - a)")),
    wrong("half_squared_error", HALF, {"da": "ignores dout"}, ("dout * (a - y)", "a - y")),
    wrong("half_squared_error", HALF, {"da": "half kept"}, ("dout * (a - y)", "0.5 * dout * (a - y)")),
    wrong("half_squared_error", HALF, {"e": "half missing"}, ("0.5 * np.sum", "np.sum")),
    wrong("half_squared_error", HALF, {"da": "mean instead of sum"}, ("dout * (a - y)", "dout * (a - y) / a.size")),
    wrong("bce_with_logits", BCE, {"dx": "mean missing"}, (" / x.size", "")),
    wrong("bce_with_logits", BCE, {"dx": "extra s(1-s)"}, ("(p - y) /", "(p - y) * p * (1 - p) /")),
    wrong("bce_with_logits", BCE, {"dx": "negated: y - p"}, ("(p - y)", "(y - p)")),
    wrong("bce_with_logits", BCE, {"dx": "ignores dout"}, ("dx = dout * (p - y)", "dx = (p - y)")),
    wrong("bce_with_logits", BCE, {"dx": "x - y: no sigmoid"}, ("(p - y)", "(x - y)")),
    wrong("bce_with_logits", BCE, {"dx": "target missing"}, ("(p - y)", "p")),
    wrong("bce_with_logits", BCE, {"dx": "divided by the rows alone"}, ("/ x.size", "/ x.shape[0]")),
    wrong("l2_penalty", L2, {"dw": "factor 2 missing"}, ("dout * 2 * lam", "dout * lam")),
    wrong("l2_penalty", L2, {"dw": "lambda missing"}, ("dout * 2 * lam * w", "dout * 2 * w")),
    wrong("l2_penalty", L2, {"dw": "ignores dout"}, ("dout * 2 * lam * w", "2 * lam * w")),
    wrong("l2_penalty", L2, {"dw": "negated"}, ("dout * 2", "dout * -2")),
    wrong("l2_penalty", L2, {"out": "a half too many"}, ("return lam * np.sum", "return 0.5 * lam * np.sum")),
    wrong("l2_penalty", L2, {"dw": "square kept"}, ("2 * lam * w\n", "2 * lam * w ** 2\n")),
)  # fmt: skip
