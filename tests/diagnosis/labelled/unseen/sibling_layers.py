"""Right functions of the exercises in `siblings`, in which one thing is changed at a time."""

# ruff: noqa: E501 (as students write it)

from __future__ import annotations

SOFTMAX = """
import numpy as np

def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    scores = X.dot(W)
    scores = scores - scores.max(axis=1, keepdims=True)
    logp = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(N), y].mean() + reg * np.sum(W * W)
    p = np.exp(logp)
    p[np.arange(N), y] -= 1
    dW = X.T.dot(p) / N + 2 * reg * W
    return loss, dW
"""
SVM = """
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    S = X @ W
    M = np.maximum(0, S - S[np.arange(N), y].reshape(-1, 1) + 1)
    M[np.arange(N), y] = 0
    loss = M.sum() / N + reg * np.sum(W ** 2)
    B = (M > 0) * 1.0
    B[np.arange(N), y] = -B.sum(axis=1)
    dW = X.T @ B / N + 2 * reg * W
    return loss, dW
"""
TEMPORAL = """
import numpy as np

def temporal_affine_forward(x, w, b):
    return x @ w + b, (x, w, b)

def temporal_affine_backward(dout, cache):
    x, w, b = cache
    N, T, D = x.shape
    M = w.shape[1]
    flat = dout.reshape(N * T, M)
    dx = flat.dot(w.T).reshape(N, T, D)
    dw = x.reshape(N * T, D).T.dot(flat)
    db = dout.sum(axis=(0, 1))
    return dx, dw, db
"""
WORDS = """
import numpy as np

def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    flat, labels, keep = x.reshape(N * T, V), y.reshape(-1), mask.reshape(-1)
    z = flat - flat.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    loss = -np.sum(keep * logp[np.arange(N * T), labels]) / N
    dflat = np.exp(logp)
    dflat[np.arange(N * T), labels] -= 1
    dflat /= N
    dflat *= keep[:, None]
    return loss, dflat.reshape(N, T, V)
"""
LSTM = """
import numpy as np

def sig(z):
    return 1 / (1 + np.exp(-z))

def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h, c = h0, np.zeros_like(h0)
    hs, steps = np.zeros((N, T, H)), []
    for t in range(T):
        a = x[:, t] @ Wx + h @ Wh + b
        i, f, o, g = sig(a[:, :H]), sig(a[:, H:2*H]), sig(a[:, 2*H:3*H]), np.tanh(a[:, 3*H:])
        before = (h, c)
        c = f * c + i * g
        h = o * np.tanh(c)
        hs[:, t] = h
        steps.append((before, i, f, o, g, c))
    return hs, (x, Wx, Wh, steps)

def lstm_backward(dh, cache):
    x, Wx, Wh, steps = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros(x.shape), np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(4 * H)
    back_h, back_c = np.zeros((N, H)), np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        (h, prev_c), i, f, o, g, c = steps[t]
        now = dh[:, t] + back_h
        tc = np.tanh(c)
        dc = back_c + now * o * (1 - tc ** 2)
        da = np.concatenate([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), now * tc * o * (1 - o), dc * i * (1 - g ** 2)], axis=1)
        back_c = dc * f
        back_h = da @ Wh.T
        dx[:, t] = da @ Wx.T
        dWx += x[:, t].T @ da
        dWh += h.T @ da
        db += da.sum(axis=0)
    return dx, back_h, dWx, dWh, db
"""
FULL = """
import numpy as np

def full_loss_forward(losses, W1, W2, lam):
    return losses.mean() + lam * (W1 ** 2).sum() + lam * (W2 ** 2).sum(), (losses, W1, W2, lam)

def full_loss_backward(dout, cache):
    losses, W1, W2, lam = cache
    dlosses = dout * np.ones_like(losses) / losses.size
    dW1 = dout * 2 * lam * W1
    dW2 = dout * 2 * lam * W2
    return dlosses, dW1, dW2
"""
ELU = """
import numpy as np

def elu_forward(x, a):
    low = a * (np.exp(np.minimum(x, 0)) - 1)
    return np.where(x > 0, x, low), (x, a, low)

def elu_backward(dout, cache):
    x, a, low = cache
    return np.where(x > 0, dout, dout * (low + a))
"""
PRELU = """
import numpy as np

def prelu_forward(x, a):
    return np.where(x > 0, x, a * x), (x, a)

def prelu_backward(dout, cache):
    x, a = cache
    dx = np.where(x > 0, dout, a * dout)
    da = (np.where(x > 0, 0, x) * dout).sum(axis=0)
    return dx, da
"""
GROUP = """
import numpy as np

def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    g = x.reshape(N, G, -1)
    mu, var = g.mean(axis=2, keepdims=True), g.var(axis=2, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = ((g - mu) / std).reshape(x.shape)
    return gamma * xhat + beta, (xhat, std, gamma, G)

def spatial_groupnorm_backward(dout, cache):
    xhat, std, gamma, G = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * xhat).sum(axis=(0, 2, 3), keepdims=True)
    d = (dout * gamma).reshape(N, G, -1)
    z = xhat.reshape(N, G, -1)
    dx = (d - d.mean(axis=2, keepdims=True) - z * (d * z).mean(axis=2, keepdims=True)) / std
    return dx.reshape(dout.shape), dgamma, dbeta
"""
ALT = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = np.mean(x, axis=0)
    std = np.sqrt(np.var(x, axis=0) + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, std, gamma)

def batchnorm_backward_alt(dout, cache):
    xhat, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
"""
