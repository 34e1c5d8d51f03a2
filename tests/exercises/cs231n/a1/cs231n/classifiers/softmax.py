# ruff: noqa
from builtins import range
import numpy as np
from random import shuffle
from past.builtins import xrange


def softmax_loss_naive(W, X, y, reg):
    """
    Softmax loss, with loops.
    """
    loss = 0.0
    dW = np.zeros_like(W)

    num_train, num_classes = X.shape[0], W.shape[1]
    for i in range(num_train):
        scores = X[i].dot(W)
        scores -= np.max(scores)
        log_sum = np.log(np.sum(np.exp(scores)))
        loss += -scores[y[i]] + log_sum
        for j in range(num_classes):
            p = np.exp(scores[j] - log_sum)
            dW[:, j] += (p - (j == y[i])) * X[i]
    loss = loss / num_train + reg * np.sum(W * W)
    dW = dW / num_train + 2 * reg * W

    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    """
    The same without loops.
    """
    num_train = X.shape[0]
    scores = np.matmul(X, W)
    scores -= np.amax(scores, axis=1, keepdims=True)
    log_probs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_probs[np.arange(num_train), y].mean()
    loss += reg * np.sum(W**2)

    dscores = np.exp(log_probs)
    dscores[np.arange(num_train), y] -= 1
    dscores /= num_train
    dW = np.matmul(X.T, dscores)
    dW += 2 * reg * W
    return loss, dW
