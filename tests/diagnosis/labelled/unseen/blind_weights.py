"""Written blind, first batch: losses of a linear classifier, with their penalty."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

SOFTNAIVE = """
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros(W.shape)
    N, C = X.shape[0], W.shape[1]
    for i in range(N):
        f = X[i].dot(W)
        f = f - f.max()
        p = np.exp(f) / np.exp(f).sum()
        loss += np.log(np.exp(f).sum()) - f[y[i]]
        for j in range(C):
            if j == y[i]:
                dW[:, j] += (p[j] - 1) * X[i]
            else:
                dW[:, j] += p[j] * X[i]
    loss = loss / N + reg * np.sum(W * W)
    dW = dW / N + 2 * reg * W
    return loss, dW
"""

SOFTVEC = """
import numpy as np

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    S = X @ W
    S = S - S.max(axis=1, keepdims=True)
    E = np.exp(S)
    P = E / E.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(E.sum(axis=1)) - S[np.arange(N), y]) + reg * np.sum(W ** 2)
    onehot = np.zeros_like(P)
    onehot[np.arange(N), y] = 1
    dS = (P - onehot) / N
    dW = X.T @ dS + 2 * reg * W
    return loss, dW
"""

SVMNAIVE = """
import numpy as np

def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    C, N = W.shape[1], X.shape[0]
    loss = 0.0
    for i in range(N):
        s = X[i].dot(W)
        for j in range(C):
            if j == y[i]:
                continue
            m = s[j] - s[y[i]] + 1
            if m > 0:
                loss += m
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= N
    dW /= N
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
"""

SVMVEC = """
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    r = np.arange(N)
    S = X.dot(W)
    M = np.maximum(0, S - S[r, y].reshape(-1, 1) + 1)
    M[r, y] = 0
    loss = M.sum() / N + reg * (W * W).sum()
    B = (M > 0).astype(float)
    B[r, y] = -B.sum(axis=1)
    dW = X.T.dot(B) / N + 2 * reg * W
    return loss, dW
"""


def one(exercise, text, node):
    return lambda said, *slips: wrong(exercise, text, {node: said}, *slips)


softnaive, softvec = one("softmax_loss_naive", SOFTNAIVE, "dW"), one("softmax_loss_vectorized", SOFTVEC, "dW")

svmnaive, svmvec = one("svm_loss_naive", SVMNAIVE, "dW"), one("svm_loss_vectorized", SVMVEC, "dW")

COMMON = (
    softnaive("no regularisation", (" + 2 * reg * W\n", "\n")),
    softnaive("reg W, the 2 forgotten", ("2 * reg * W\n", "reg * W\n")),
    softnaive("the penalty inside the mean", ("dW = dW / N + 2 * reg * W", "dW = (dW + 2 * reg * W) / N")),
    softnaive(
        "the loss's penalty added: a number",
        ("dW = dW / N + 2 * reg * W", "dW = dW / N + reg * np.sum(W * W)"),
    ),
    softnaive("not divided by N", ("dW = dW / N", "dW = dW")),
    softnaive("the right class gets only -X", ("(p[j] - 1) * X[i]", "-X[i]")),
    softnaive("the right class gets nothing", ("(p[j] - 1) * X[i]", "0 * X[i]")),
    softnaive(
        "= for += in the loop",
        ("dW[:, j] += p[j]", "dW[:, j] = p[j]"),
        ("dW[:, j] += (p[j] - 1)", "dW[:, j] = (p[j] - 1)"),
    ),
    softnaive(
        "p over raw exp: no sum", ("p[j] * X[i]", "np.exp(f[j]) * X[i]"), ("(p[j] - 1)", "(np.exp(f[j]) - 1)")
    ),
    softvec("sign of the whole data term", ("(P - onehot)", "(onehot - P)")),
    softvec("1/N twice", ("X.T @ dS", "X.T @ dS / N")),
    softvec("the softmax runs over the examples", ("dS = (P", "P = E / E.sum(axis=0)\n    dS = (P")),
    softvec("onehot multiplied", ("(P - onehot)", "(P * onehot)")),
    softvec("onehot forgotten", ("(P - onehot)", "P")),
    softvec("the penalty doubled: 4 reg W", ("2 * reg * W", "4 * reg * W")),
    softvec("the penalty's square: reg W²", ("2 * reg * W", "reg * W ** 2")),
    softvec("the penalty subtracted", ("+ 2 * reg * W", "- 2 * reg * W")),
    softvec("reg forgotten: 2 W", ("2 * reg * W", "2 * W")),
    svmnaive("the right class gets nothing", ("                dW[:, y[i]] -= X[i]\n", "")),
    svmnaive(
        "the right class only once",
        (
            "                dW[:, y[i]] -= X[i]\n",
            "        if (s - s[y[i]] + 1 > 0).sum() > 1:\n            dW[:, y[i]] -= X[i]\n",
        ),
    ),
    svmnaive("the others get nothing", ("                dW[:, j] += X[i]\n", "")),
    svmnaive(
        "the margin m multiplies X", ("dW[:, j] += X[i]", "dW[:, j] += m * X[i]"), ("-= X[i]", "-= m * X[i]")
    ),
    svmnaive("no regularisation", ("    dW += 2 * reg * W\n", "")),
    svmnaive("not divided by N", ("    dW /= N\n", "")),
    svmnaive(
        "divided after the penalty",
        ("    dW /= N\n", ""),
        ("dW += 2 * reg * W\n", "dW += 2 * reg * W\n    dW /= N\n"),
    ),
    svmnaive(
        "every class counts, violated or not",
        ("dW[:, j] += X[i]\n                dW[:, y[i]] -= X[i]", "pass"),
        (
            "            if m > 0:",
            "            dW[:, j] += X[i]\n            dW[:, y[i]] -= X[i]\n            if m > 0:",
        ),
    ),
    svmvec("the margins themselves in the product", ("(M > 0).astype(float)", "M.copy()")),
    svmvec("the count over the examples", ("B[r, y] = -B.sum(axis=1)", "B[r, y] = -B.sum(axis=0)[y]")),
    svmvec("the count added to the right class's own 1", ("B[r, y] = -B.sum", "B[r, y] = 1 - B.sum")),
    svmvec("reg W without the 2", ("2 * reg * W\n", "reg * W\n")),
    svmvec("the mean over classes too", ("X.T.dot(B) / N", "X.T.dot(B) / B.size")),
)

OWN = (
    svmnaive(
        "W's columns instead of X", ("dW[:, j] += X[i]", "dW[:, j] += W[:, j]"), ("-= X[i]", "-= W[:, y[i]]")
    ),
)
