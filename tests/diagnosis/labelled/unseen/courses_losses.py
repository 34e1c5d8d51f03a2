"""Scores, classifiers, small networks: one-call losses and what they give back, in many hands' styles."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

SOFTMAX = """
import numpy as np

def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -sum(logp[i, y[i]] for i in range(N)) / N
    dx = np.exp(logp)
    for i in range(N):
        dx[i, y[i]] -= 1.0
    dx = dx / N
    return loss, dx
"""
SVM = """
import numpy as np

def svm_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros((N, C))
    for i in range(N):
        correct = x[i, y[i]]
        for j in range(C):
            if j == y[i]:
                continue
            margin = x[i, j] - correct + 1.0
            if margin > 0:
                loss += margin
                dx[i, j] += 1.0
                dx[i, y[i]] -= 1.0
    return loss / N, dx / N
"""
SVM_NAIVE = """
import numpy as np

def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
"""
SVM_VECTOR = """
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    N = len(y)
    rows = np.arange(N)
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / N + reg * (W ** 2).sum()
    binary = (margins > 0).astype(float)
    binary[rows, y] = -binary.sum(axis=1)
    dW = X.T @ binary / N + 2 * reg * W
    return loss, dW
"""
SOFT_NAIVE = """
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    N, C = X.shape[0], W.shape[1]
    for i in range(N):
        f = X[i] @ W
        f = f - np.max(f)
        total = np.sum(np.exp(f))
        loss += np.log(total) - f[y[i]]
        for c in range(C):
            p = np.exp(f[c]) / total
            dW[:, c] += (p - (c == y[i])) * X[i]
    loss = loss / N + reg * np.sum(W ** 2)
    dW = dW / N + 2 * reg * W
    return loss, dW
"""
SOFT_VECTOR = """
import numpy as np

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    S = X.dot(W)
    S -= np.max(S, axis=1)[:, np.newaxis]
    logsum = np.log(np.sum(np.exp(S), axis=1))
    loss = np.mean(logsum - S[np.arange(N), y]) + reg * np.sum(W * W)
    P = np.exp(S - logsum[:, np.newaxis])
    onehot = np.zeros_like(P)
    onehot[np.arange(N), y] = 1
    dS = (P - onehot) / N
    dW = X.T.dot(dS) + 2 * reg * W
    return loss, dW
"""
NET = """
import numpy as np

def two_layer_net(W1, b1, W2, b2, X, y, reg):
    N = X.shape[0]
    Z = X.dot(W1) + b1
    H = np.maximum(Z, 0)
    S = H.dot(W2) + b2
    S = S - S.max(axis=1, keepdims=True)
    E = np.exp(S)
    P = E / E.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(E.sum(axis=1)) - S[range(N), y]) + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grads = {}
    dS = P.copy()
    dS[range(N), y] -= 1
    dS /= N
    grads["W2"] = H.T.dot(dS) + 2 * reg * W2
    grads["b2"] = dS.sum(axis=0)
    dH = dS.dot(W2.T)
    dZ = dH * (Z > 0)
    grads["W1"] = X.T.dot(dZ) + 2 * reg * W1
    grads["b1"] = dZ.sum(axis=0)
    return loss, grads
"""
TEMPORAL = """
import numpy as np

def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    flat, labels, keep = x.reshape(N * T, V), y.reshape(N * T), mask.reshape(N * T)
    p = np.exp(flat - flat.max(axis=1, keepdims=True))
    total = p.sum(axis=1)
    p /= total[:, None]
    own = flat[np.arange(N * T), labels] - flat.max(axis=1)
    loss = np.sum(keep * (np.log(total) - own)) / N
    d = p.copy()
    d[np.arange(N * T), labels] -= 1
    d /= N
    d *= keep[:, None]
    return loss, d.reshape(N, T, V)
"""
BCE = """
import numpy as np

def bce_with_logits_forward(x, y):
    loss = np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    return loss, (x, y)

def bce_with_logits_backward(dout, cache):
    x, y = cache
    p = 1.0 / (1.0 + np.exp(-np.clip(x, -500, 500)))
    return dout * (p - y) / x.size
"""
SQUARED = """
import numpy as np

def squared_error_forward(h, y):
    return np.sum(np.square(h - y)), {"h": h, "y": y}

def squared_error_backward(dout, cache):
    return dout * 2.0 * (cache["h"] - cache["y"])
"""


def softmax(said, *slips):
    return wrong("softmax_loss", SOFTMAX, {"dx": said}, *slips)


def svm(said, *slips):
    return wrong("svm_loss", SVM, {"dx": said}, *slips)


def naive(said, *slips):
    return wrong("svm_loss_naive", SVM_NAIVE, {"dW": said}, *slips)


def vector(said, *slips):
    return wrong("svm_loss_vectorized", SVM_VECTOR, {"dW": said}, *slips)


def soft(said, *slips):
    return wrong("softmax_loss_naive", SOFT_NAIVE, {"dW": said}, *slips)


def softer(said, *slips):
    return wrong("softmax_loss_vectorized", SOFT_VECTOR, {"dW": said}, *slips)


def net(words, *slips):
    return wrong("two_layer_net", NET, {f"d{name}": said for name, said in words.items()}, *slips)


def temporal(said, *slips):
    return wrong("temporal_softmax_loss", TEMPORAL, {"dx": said}, *slips)


ONE_OFF = "    for i in range(N):\n        dx[i, y[i]] -= 1.0\n"
COMMON = (
    softmax("not divided by N", ("dx = dx / N", "dx = dx")),
    softmax("the one at the label is not taken off", (ONE_OFF, "")),
    softmax("the one is taken off every class", ("dx[i, y[i]] -= 1.0", "dx[i] -= 1.0")),
    softmax("only the last example's label", (ONE_OFF, "    dx[N - 1, y[N - 1]] -= 1.0\n")),
    softmax("p times one minus p at the label, as if softmax were sigmoid", ("dx[i, y[i]] -= 1.0", "dx[i, y[i]] = dx[i, y[i]] * (1 - dx[i, y[i]])")),
    softmax("the log probabilities, exp forgotten", ("np.exp(logp)", "logp.copy()")),
    softmax("divided by the classes instead of the examples", ("dx / N", "dx / x.shape[1]")),
    softmax("one minus p, the sign turned", ("dx = dx / N", "dx = -dx / N")),
    svm("the own class is left out", ("                dx[i, y[i]] -= 1.0\n", "")),
    svm("the own class is counted once", ("dx[i, y[i]] -= 1.0", "dx[i, y[i]] = -1.0")),
    svm("the margin itself instead of 1", ("dx[i, j] += 1.0", "dx[i, j] += margin"), ("dx[i, y[i]] -= 1.0", "dx[i, y[i]] -= margin")),
    svm("not divided by N", ("dx / N", "dx")),
    svm("the wrong sign", ("dx[i, j] += 1.0", "dx[i, j] -= 1.0"), ("dx[i, y[i]] -= 1.0", "dx[i, y[i]] += 1.0")),
    naive("the penalty's factor 2 is missing", ("2 * reg * W", "reg * W")),
    naive("the penalty is forgotten", ("    dW += 2 * reg * W\n", "")),
    naive("not divided by N", ("    dW /= num_train\n", "")),
    naive("the own class is left out", ("                dW[:, y[i]] -= X[i]\n", "")),
    naive("the own class is added instead of taken off", ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] += X[i]")),
    naive("divided by N after the penalty", ("    dW /= num_train\n", ""), ("dW += 2 * reg * W", "dW += 2 * reg * W\n    dW /= num_train")),
    naive("only the last example's inputs, = for +=", ("dW[:, j] += X[i]", "dW[:, j] = X[i]"), ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] = -X[i]")),
    vector("the own class gets -1 only", ("-binary.sum(axis=1)", "-1")),
    vector("the own class is left at zero", ("    binary[rows, y] = -binary.sum(axis=1)\n", "")),
    vector("the margins instead of ones", ("(margins > 0).astype(float)", "margins.copy()")),
    vector("reg added as a number", ("2 * reg * W\n", "2 * reg\n")),
    vector("the sum of the weights, W summed in the penalty", ("2 * reg * W\n", "2 * reg * np.sum(W)\n")),
    vector("not divided by N", ("binary / N", "binary")),
    soft("the one at the label is not taken off", ("(p - (c == y[i]))", "p")),
    soft("not divided by N", ("dW = dW / N +", "dW = dW +")),
    soft("the penalty without its 2", ("dW / N + 2 * reg", "dW / N + reg")),
    soft("only the label's column is filled", ("            dW[:, c] +=", "            if c == y[i]: dW[:, c] +=")),
    soft("the score is not exponentiated", ("(p - (c == y[i]))", "(f[c] / total - (c == y[i]))")),
    softer("the penalty is divided by N too", ("+ 2 * reg * W\n", "+ 2 * reg * W / N\n")),
    softer("one minus p, the sign turned", ("(P - onehot)", "(onehot - P)")),
    softer("squared weights in the penalty's gradient", ("+ 2 * reg * W\n", "+ reg * W ** 2\n")),
    net({"W1": "the mask of the ReLU is missing", "b1": "the mask of the ReLU is missing"}, ("dH * (Z > 0)", "dH")),
    net({"W2": "the penalty without its 2", "W1": "the penalty without its 2"}, ("2 * reg", "reg")),
    net({"W1": "the penalty is left out", "W2": "the penalty is left out"}, (" + 2 * reg * W1", ""), (" + 2 * reg * W2", "")),
    net({"b1": "the mean over the batch", "b2": "the mean over the batch"}, ("sum(axis=0)", "mean(axis=0)")),
    net({"W2": "Z for H, before the ReLU"}, ("H.T.dot(dS)", "Z.T.dot(dS)")),
    net({"W1": "not divided by N", "W2": "not divided by N", "b1": "not divided by N", "b2": "not divided by N"}, ("    dS /= N\n", "")),
    net({"W1": "the mask is taken from dH", "b1": "the mask is taken from dH"}, ("(Z > 0)", "(dH > 0)")),
    temporal("the mask is forgotten", ("    d *= keep[:, None]\n", "")),
    temporal("divided by N and T", ("d /= N\n", "d /= N * T\n")),
    temporal("divided by the number of kept steps", ("d /= N\n", "d /= keep.sum()\n")),
    temporal("not divided at all", ("    d /= N\n", "")),
    wrong("bce_with_logits", BCE, {"dx": "not divided by the number of entries"}, (" / x.size", "")),
    wrong("bce_with_logits", BCE, {"dx": "the slope of the sigmoid on top"}, ("(p - y)", "(p - y) * p * (1 - p)")),
    wrong("bce_with_logits", BCE, {"dx": "the logit instead of the probability"}, ("(p - y)", "(x - y)")),
    wrong("squared_error", SQUARED, {"dh": "the 2 is missing"}, ("2.0 * ", "")),
    wrong("squared_error", SQUARED, {"dh": "y - h, the sign turned"}, ('(cache["h"] - cache["y"])', '(cache["y"] - cache["h"])')),
    wrong("squared_error", SQUARED, {"dh": "2 h, the target forgotten"}, ('(cache["h"] - cache["y"])', 'cache["h"]')),
)  # fmt: skip
OWN = (
    softmax("two taken off at the label", ("dx[i, y[i]] -= 1.0", "dx[i, y[i]] -= 2.0")),
    naive("a threshold at 1 instead of 0", ("if margin > 0:\n                loss += margin\n", "if margin > 0:\n                loss += margin\n            if margin > 1:\n")),
    net({"W1": "the first column is skipped"}, ('    grads["b1"]', '    grads["W1"][:, 0] = 0\n    grads["b1"]')),
)  # fmt: skip
