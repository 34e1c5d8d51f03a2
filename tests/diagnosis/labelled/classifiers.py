"""Linear classifiers with a penalty, as in the first assignment of many courses: naive and vectorised."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

SVM_NAIVE = """
import numpy as np

def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
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
SVM_VECTORIZED = """
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(N), y].reshape(N, 1)
    margin = np.maximum(0, scores - correct + 1)
    margin[np.arange(N), y] = 0
    loss = margin.sum() / N + reg * np.sum(W * W)
    mask = np.zeros(margin.shape)
    mask[margin > 0] = 1
    mask[np.arange(N), y] = -mask.sum(axis=1)
    dW = X.T.dot(mask) / N + 2 * reg * W
    return loss, dW
"""
SOFTMAX_NAIVE = """
import numpy as np

def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    num_train = X.shape[0]
    num_classes = W.shape[1]
    for i in range(num_train):
        scores = X[i].dot(W)
        scores -= scores.max()
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss += -scores[y[i]] + np.log(np.sum(np.exp(scores)))
        for j in range(num_classes):
            dW[:, j] += p[j] * X[i]
        dW[:, y[i]] -= X[i]
    loss /= num_train
    loss += reg * np.sum(W ** 2)
    dW /= num_train
    dW += 2 * reg * W
    return loss, dW
"""
SOFTMAX_VECTORIZED = """
import numpy as np

def softmax_loss_vectorized(W, X, y, reg):
    N = len(X)
    S = X @ W
    S = S - S.max(axis=1, keepdims=True)
    logZ = np.log(np.exp(S).sum(axis=1))
    loss = np.mean(logZ - S[range(N), y]) + reg * np.sum(W * W)
    P = np.exp(S - logZ[:, None])
    P[range(N), y] -= 1
    dW = X.T @ P / N + 2 * reg * W
    return loss, dW
"""

RIGHT = (
    ("svm_loss_naive", SVM_NAIVE), ("svm_loss_vectorized", SVM_VECTORIZED), ("softmax_loss_naive", SOFTMAX_NAIVE),
    ("softmax_loss_vectorized", SOFTMAX_VECTORIZED),
)  # fmt: skip

WRONG = (
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "correct class forgotten"}, ("                dW[:, y[i]] -= X[i]\n", "")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "1/N missing"}, ("    dW /= num_train\n", "")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "penalty missing"}, ("    dW += 2 * reg * W\n", "")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "factor 2 of the penalty missing"}, ("dW += 2 * reg * W", "dW += reg * W")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "penalty divided by N"}, ("    dW /= num_train\n", ""), ("dW += 2 * reg * W", "dW += 2 * reg * W\n    dW /= num_train")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "sign: minus at the wrong classes, plus at the right one"}, ("dW[:, j] += X[i]", "dW[:, j] -= X[i]"), ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] += X[i]")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "penalty subtracted"}, ("dW += 2 * reg * W", "dW -= 2 * reg * W")),
    wrong("svm_loss_naive", SVM_NAIVE, {"loss": "penalty missing"}, ("    loss += reg * np.sum(W * W)\n", "")),
    wrong("svm_loss_naive", SVM_NAIVE, {"loss": "half of the penalty"}, ("reg * np.sum(W * W)", "0.5 * reg * np.sum(W * W)")),
    wrong("svm_loss_naive", SVM_NAIVE, {"loss": "half of the penalty", "dW": "factor 2 of the penalty missing"}, ("reg * np.sum(W * W)", "0.5 * reg * np.sum(W * W)"), ("2 * reg * W", "reg * W")),
    wrong("svm_loss_naive", SVM_NAIVE, {"loss": "correct class counted"}, ("                continue\n", "                loss += 1\n                continue\n")),
    wrong("svm_loss_naive", SVM_NAIVE, {"loss": "margin forgotten", "dW": "margin forgotten"}, ("correct_class_score + 1", "correct_class_score")),
    wrong("svm_loss_naive", SVM_NAIVE, {"loss": "sum instead of mean"}, ("    loss /= num_train\n", "")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "zero: never written"}, ("dW[:, j] += X[i]", "pass"), ("dW[:, y[i]] -= X[i]", "pass"), ("dW += 2 * reg * W", "pass")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "correct class once per example, not per margin"}, ("                dW[:, y[i]] -= X[i]\n", ""), ("        for j in range(num_classes):\n", "        dW[:, y[i]] -= X[i]\n        for j in range(num_classes):\n")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"dW": "1/N missing"}, ("X.T.dot(mask) / N", "X.T.dot(mask)")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"dW": "correct class forgotten"}, ("    mask[np.arange(N), y] = -mask.sum(axis=1)\n", "")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"dW": "-1 instead of the count"}, ("= -mask.sum(axis=1)", "= -1")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"dW": "penalty missing"}, (" + 2 * reg * W", "")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"dW": "factor 2 of the penalty missing"}, ("+ 2 * reg * W", "+ reg * W")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"dW": "margins instead of 1"}, ("    mask = np.zeros(margin.shape)\n    mask[margin > 0] = 1\n", "    mask = margin.copy()\n")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"loss": "correct class counted"}, ("    margin[np.arange(N), y] = 0\n    loss = margin.sum() / N", "    loss = margin.sum() / N"), ("mask[margin > 0] = 1\n", "mask[margin > 0] = 1\n    mask[np.arange(N), y] = 0\n")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"dW": "no -1 at the label"}, ("        dW[:, y[i]] -= X[i]\n", "")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"dW": "1/N missing"}, ("    dW /= num_train\n", "")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"dW": "factor 2 of the penalty missing"}, ("2 * reg * W", "reg * W")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"dW": "penalty missing"}, ("    dW += 2 * reg * W\n", "")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"dW": "sign at the label"}, ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] += X[i]")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"dW": "-1 at the label once per class"}, ("            dW[:, j] += p[j] * X[i]\n        dW[:, y[i]] -= X[i]\n", "            dW[:, j] += p[j] * X[i]\n            dW[:, y[i]] -= X[i]\n")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"loss": "penalty missing"}, ("    loss += reg * np.sum(W ** 2)\n", "")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"loss": "sum instead of mean"}, ("    loss /= num_train\n", "")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"loss": "penalty divided by N"}, ("    loss /= num_train\n    loss += reg * np.sum(W ** 2)\n", "    loss += reg * np.sum(W ** 2)\n    loss /= num_train\n")),
    wrong("softmax_loss_naive", SOFTMAX_NAIVE, {"dW": "overwritten: last example alone"}, ("dW[:, j] += p[j] * X[i]", "dW[:, j] = (p[j] - (j == y[i])) * X[i]"), ("        dW[:, y[i]] -= X[i]\n", "")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "1/N missing"}, ("X.T @ P / N", "X.T @ P")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "no -1 at the label"}, ("    P[range(N), y] -= 1\n", "")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "penalty missing"}, ("dW = X.T @ P / N + 2 * reg * W", "dW = X.T @ P / N")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "factor 2 of the penalty missing"}, ("+ 2 * reg * W", "+ reg * W")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "penalty divided by N"}, ("X.T @ P / N + 2 * reg * W", "(X.T @ P + 2 * reg * W) / N")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "dW transposed"}, ("X.T @ P / N + 2 * reg * W", "(P.T @ X) / N + 2 * reg * W.T")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "1/N on the label alone missing"}, ("    P[range(N), y] -= 1\n    dW = X.T @ P / N", "    P /= N\n    P[range(N), y] -= 1\n    dW = X.T @ P")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"loss": "half of the penalty"}, ("+ reg * np.sum(W * W)", "+ 0.5 * reg * np.sum(W * W)")),
)  # fmt: skip
