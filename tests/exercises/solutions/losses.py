"""Right solutions of the exercises on losses, written as students of such courses write them."""

# Students write old-fashioned NumPy, unpack what they do not use and name what they return.
# ruff: noqa: RET504

import numpy as np


def squared_error_forward(h, y):
    e = np.sum((y - h) ** 2)
    return e, (h, y)


def squared_error_backward(dout, cache):
    h, y = cache
    dh = -2 * (y - h) * dout
    return dh


def half_squared_error_forward(a, y):
    diff = y - a
    return 0.5 * np.sum(diff * diff), diff


def half_squared_error_backward(dout, cache):
    diff = cache
    da = -diff * dout
    return da


def bce_with_logits_forward(x, y):
    # y = 1: log(1 + e^-x), y = 0: log(1 + e^x)
    losses = y * np.logaddexp(0, -x) + (1 - y) * np.logaddexp(0, x)
    loss = np.mean(losses)
    return loss, (x, y)


def bce_with_logits_backward(dout, cache):
    x, y = cache
    p = 0.5 * (1 + np.tanh(x / 2))
    dx = dout * (p - y) / x.size
    return dx


def l2_forward(w, lam):
    return lam * np.sum(w * w), (w, lam)


def l2_backward(dout, cache):
    w, lam = cache
    dw = dout * 2 * lam * w
    return dw


def full_loss_forward(losses, W1, W2, lam):
    data = np.mean(losses)
    penalty = lam * np.sum(W1**2) + lam * np.sum(W2**2)
    return data + penalty, (losses.shape[0], W1, W2, lam)


def full_loss_backward(dout, cache):
    N, W1, W2, lam = cache
    dlosses = dout * np.ones(N) / N
    dW1 = dout * 2 * lam * W1
    dW2 = dout * 2 * lam * W2
    return dlosses, dW1, dW2


def add_penalty(data_loss, dW, db, W, b, reg, half):
    if half:
        return data_loss + 0.5 * reg * np.sum(W**2), dW + reg * W, db
    return data_loss + reg * np.sum(W**2), dW + 2 * reg * W, db


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


def svm_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train + reg * np.sum(W * W)
    mask = np.zeros(margins.shape)
    mask[margins > 0] = 1
    mask[np.arange(num_train), y] = -np.sum(mask, axis=1)
    dW = X.T.dot(mask) / num_train + 2 * reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    scores -= np.max(scores, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(scores), axis=1))
    loss = np.mean(log_sum - scores[np.arange(num_train), y])
    loss += reg * np.sum(W * W)
    dscores = np.exp(scores - log_sum[:, None])
    dscores[np.arange(num_train), y] -= 1
    dW = X.T.dot(dscores) / num_train + 2 * reg * W
    return loss, dW
