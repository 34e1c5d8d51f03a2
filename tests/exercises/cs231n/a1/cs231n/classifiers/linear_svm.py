# ruff: noqa
from builtins import range
import numpy as np
from random import shuffle
from past.builtins import xrange


def svm_loss_naive(W, X, y, reg):
    """
    Structured SVM loss, with loops.
    """
    dW = np.zeros(W.shape)

    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        count = 0
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i, :]
                count += 1
        dW[:, y[i]] -= count * X[i, :]

    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W

    return loss, dW


def svm_loss_vectorized(W, X, y, reg):
    """
    The same without loops.
    """
    loss = 0.0
    dW = np.zeros(W.shape)

    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[range(num_train), list(y)].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + 1)
    margins[range(num_train), list(y)] = 0
    loss = np.sum(margins) / num_train + reg * np.sum(W * W)

    coeff = np.zeros(margins.shape)
    coeff[margins > 0] = 1
    coeff[range(num_train), list(y)] = -np.sum(coeff, axis=1)
    dW = (X.T).dot(coeff)
    dW = dW / num_train + 2 * reg * W

    return loss, dW
