"""Right solutions of the exercises on training, written as students write them. NumPy and the standard library.

The papers (`unstable_gradients`, `variance_by_hand`) have numbers of their own for each student; the tests work
those out.
"""

# Students write old-fashioned NumPy.
# ruff: noqa: NPY002

import math

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = None
    if mode == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    elif mode == "test":
        out = x
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param["mode"]
    dx = None
    if mode == "train":
        dx = dout * mask
    elif mode == "test":
        dx = dout
    return dx


def dropout_ensemble(x, w, p):
    n = len(x)
    linear, mean, g, g_bar = 0.0, 0.0, 1.0, 1.0
    for number in range(2**n):
        mask = np.array([(number >> i) & 1 for i in range(n)])
        prob = np.prod(np.where(mask == 1, p, 1 - p))
        z = w.dot(x * mask / p)
        a = 1 / (1 + math.exp(-z))
        linear += prob * z
        mean += prob * a
        g *= a**prob
        g_bar *= (1 - a) ** prob
    return linear, mean, g / (g + g_bar)


def small_init(n_in, n_out, seed):
    np.random.seed(seed)
    return 0.1 * np.random.randn(n_in, n_out)


def train_two_layers(W1, W2, X, Y, rate, steps):
    W1, W2 = W1.copy(), W2.copy()
    for _ in range(steps):
        z = X.dot(W1)
        h = 1.0 / (1.0 + np.exp(-z))
        s = h.dot(W2)
        ds = (s - Y) / X.shape[0]
        dh = ds.dot(W2.T)
        dz = dh * h * (1 - h)
        W2 -= rate * h.T.dot(ds)
        W1 -= rate * X.T.dot(dz)
    return W1, W2


def gradient_norms(weights, x, da, activation):
    g = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }[activation]
    slope = {
        "sigmoid": lambda a: a * (1 - a),
        "tanh": lambda a: 1 - a**2,
        "relu": lambda a: (a > 0).astype(float),
    }[activation]
    activations = [x]
    for W in weights:
        activations.append(g(W.dot(activations[-1])))
    L = len(weights)
    norms = np.zeros(L)
    delta = da * slope(activations[L])
    norms[L - 1] = np.linalg.norm(delta)
    for l in range(L - 1, 0, -1):  # noqa: E741
        delta = weights[l].T.dot(delta) * slope(activations[l])
        norms[l - 1] = np.linalg.norm(delta)
    return norms


def norms_by_depth(depth, width, variance, activation, seed):
    np.random.seed(seed)
    weights = [np.random.randn(width, width) * np.sqrt(variance) for _ in range(depth)]
    x = np.random.randn(width)
    da = np.random.randn(width)
    return gradient_norms(weights, x, da, activation)


def weighted_sums(n, var_w, mean_x, var_x, count, seed):
    rng = np.random.RandomState(seed)
    z = np.zeros(count)
    for _ in range(n):
        z += np.sqrt(var_w) * rng.randn(count) * (mean_x + np.sqrt(var_x) * rng.randn(count))
    return z
