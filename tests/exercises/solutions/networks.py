"""Right solutions of the exercises on networks and their training, as students write them. NumPy only."""

# Students name what they return, shadow names, and count layers with l.
# ruff: noqa: RUF059, E741

import math

import numpy as np


def _logistic(z):
    return 1 / (1 + np.exp(-z))


def forward_loop(x, weights, biases):
    a = x
    zs, activations = [], [x]
    for W, b in zip(weights, biases, strict=True):
        z = W @ a + b
        a = _logistic(z)
        zs.append(z)
        activations.append(a)
    return zs, activations


def delta_recursion(x, y, weights, biases):
    zs, activations = forward_loop(x, weights, biases)
    L = len(weights)
    deltas, dWs, dbs = [None] * L, [None] * L, [None] * L
    for l in range(L - 1, -1, -1):
        a = activations[l + 1]
        upstream = a - y if l == L - 1 else weights[l + 1].T @ deltas[l + 1]
        deltas[l] = upstream * a * (1 - a)
        dWs[l] = np.outer(deltas[l], activations[l])
        dbs[l] = deltas[l]
    return deltas, dWs, dbs


def _squash(z):
    return 1 / (1 + math.exp(-z))


def mlp_chain(w1, x, b1, w2, w3, y):
    p1 = w1 * x
    a1 = p1 + b1
    f1 = _squash(a1)
    a2 = w2 * f1
    f2 = _squash(a2)
    a3 = w3 * f2
    f3 = _squash(a3)
    L = 0.5 * (f3 - y) ** 2
    df3 = f3 - y
    dy = -df3
    da3 = df3 * f3 * (1 - f3)
    dw3 = da3 * f2
    df2 = da3 * w3
    da2 = df2 * f2 * (1 - f2)
    dw2 = da2 * f1
    df1 = da2 * w2
    da1 = df1 * f1 * (1 - f1)
    db1 = da1
    dp1 = da1
    dw1 = dp1 * x
    dx = dp1 * w1
    return locals()


def network_3_2(z1_1, z1_2, z1_3, w11, w12, w13, w21, w22, w23, b1, b2):
    a1_1, a1_2, a1_3 = _squash(z1_1), _squash(z1_2), _squash(z1_3)
    z2_1 = w11 * a1_1 + w12 * a1_2 + w13 * a1_3 + b1
    z2_2 = w21 * a1_1 + w22 * a1_2 + w23 * a1_3 + b2
    a2_1, a2_2 = _squash(z2_1), _squash(z2_2)
    da2_1, da2_2 = a2_1 - 1, a2_2
    dz2_1 = da2_1 * a2_1 * (1 - a2_1)
    dz2_2 = da2_2 * a2_2 * (1 - a2_2)
    dw11, dw12, dw13 = dz2_1 * a1_1, dz2_1 * a1_2, dz2_1 * a1_3
    dw21, dw22, dw23 = dz2_2 * a1_1, dz2_2 * a1_2, dz2_2 * a1_3
    db1, db2 = dz2_1, dz2_2
    da1_1 = dz2_1 * w11 + dz2_2 * w21
    da1_2 = dz2_1 * w12 + dz2_2 * w22
    da1_3 = dz2_1 * w13 + dz2_2 * w23
    dz1_1 = da1_1 * a1_1 * (1 - a1_1)
    dz1_2 = da1_2 * a1_2 * (1 - a1_2)
    dz1_3 = da1_3 * a1_3 * (1 - a1_3)
    return locals()


def two_layer_net(W1, b1, W2, b2, X, y, reg):
    N = X.shape[0]
    z1 = X.dot(W1) + b1
    h1 = np.maximum(0, z1)
    scores = h1.dot(W2) + b2
    scores = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    loss = np.mean(-np.log(probs[range(N), y])) + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dscores = probs.copy()
    dscores[range(N), y] -= 1
    dscores /= N
    grads = {}
    grads["W2"] = h1.T.dot(dscores) + 2 * reg * W2
    grads["b2"] = dscores.sum(axis=0)
    dh1 = dscores.dot(W2.T)
    dh1[z1 <= 0] = 0
    grads["W1"] = X.T.dot(dh1) + 2 * reg * W1
    grads["b1"] = dh1.sum(axis=0)
    return loss, grads


def sgd_step(parameters, gradients, learning_rate):
    stepped = {}
    for name in parameters:
        stepped[name] = parameters[name] - learning_rate * gradients[name]
    return stepped


def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    config["cache"] = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2
    w += -config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return w, config


def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * (dw * dw)
    mt = config["m"] / (1 - config["beta1"] ** config["t"])
    vt = config["v"] / (1 - config["beta2"] ** config["t"])
    next_w = w - config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
    return next_w, config


def minibatch_gradient(X, y, w, size, seed):
    rng = np.random.default_rng(seed)
    batch = rng.permutation(len(y))[:size]
    grad = np.zeros_like(w)
    for n in batch:
        grad += (X[n] @ w - y[n]) * X[n]
    return grad / size


def train(X, y, w, learning_rate, batch_size, epochs, seed):
    rng = np.random.default_rng(seed)
    path = [w.copy()]
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for start in range(0, len(y), batch_size):
            batch = order[start : start + batch_size]
            p = _logistic(X[batch] @ w)
            grad = X[batch].T @ (p - y[batch]) / batch_size
            w = w - learning_rate * grad
            path.append(w.copy())
    return np.array(path)


def slope_counterexample():
    return [0.0, 1.0], [1.0, 0.0]


slope_wrong_node = "dz"


def slope_mended_backward(dL, z, y):
    a = _logistic(z)
    return dL * (a - y) * a * (1 - a)


def labels_counterexample():
    return 0.5, -0.5, 1.0, [[1, 2, 3], [4, 5, 6]]


labels_wrong_node = "dz3"


def labels_mended_backward(dz, z1, z2, z3, W):
    s = _logistic(np.array([z1, z2, z3]))
    delta = (np.transpose(W) @ dz) * s * (1 - s)
    return delta[0], delta[1], delta[2]


def outer_counterexample():
    return [[1.0, 2.0], [0.5, -1.0]], [2.0, -1.0], [0.0, 0.5]


outer_wrong_node = "dW"


def outer_mended_backward(dout, W, a, b):
    out = _logistic(W @ a + b)
    delta = dout * out * (1 - out)
    return np.outer(delta, a), W.T @ delta, delta
