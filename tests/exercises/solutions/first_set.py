"""Right solutions of every exercise, written as students of CS231n write them. NumPy and the standard library only.

The paper (`circuits_by_hand`) has numbers of its own for each student, so its answers come from `by_hand`, which
rounds every number on the way to two digits; the written exercise has no code.
"""

# Students write old-fashioned NumPy, unpack what they do not use and name what they return.
# ruff: noqa: NPY002, RET504, RUF059

import math

import numpy as np


def add_gate_forward(x, y):
    return x + y, None


def add_gate_backward(dout, cache):
    return dout.copy(), dout.copy()


def multiply_gate_forward(x, y):
    cache = (x, y)
    return x * y, cache


def multiply_gate_backward(dout, cache):
    x, y = cache
    dx = dout * y
    dy = dout * x
    return dx, dy


def max_gate_forward(x, y):
    return np.maximum(x, y), (x, y)


def max_gate_backward(dout, cache):
    x, y = cache
    dx = dout * (x >= y)
    dy = dout * (x < y)
    return dx, dy


def copy_gate_forward(x):
    return x.copy(), x.copy(), None


def copy_gate_backward(dout1, dout2, cache):
    dx = dout1.copy()
    dx += dout2
    return dx


def exp_gate_forward(x):
    out = np.exp(x)
    return out, out


def exp_gate_backward(dout, cache):
    return dout * cache


def reciprocal_gate_forward(x):
    out = 1.0 / x
    return out, x


def reciprocal_gate_backward(dout, cache):
    x = cache
    return -dout / x**2


def sigmoid_forward(x):
    # split by sign so that exp never overflows
    out = np.empty_like(x)
    pos = x >= 0
    out[pos] = 1 / (1 + np.exp(-x[pos]))
    ex = np.exp(x[~pos])
    out[~pos] = ex / (1 + ex)
    return out, out


def sigmoid_backward(dout, cache):
    out = cache
    return dout * out * (1 - out)


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def affine_forward(x, w, b):
    N = x.shape[0]
    out = x.reshape(N, -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(N, -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    num_train = X.shape[0]
    num_classes = W.shape[1]
    for i in range(num_train):
        scores = X[i].dot(W)
        scores = scores - np.max(scores)
        sum_exp = np.sum(np.exp(scores))
        loss += -scores[y[i]] + np.log(sum_exp)
        for j in range(num_classes):
            p = np.exp(scores[j]) / sum_exp
            dW[:, j] += (p - (j == y[i])) * X[i]
    loss = loss / num_train + reg * np.sum(W * W)
    dW = dW / num_train + 2 * reg * W
    return loss, dW


def product_of_sum(x, y, z):
    q = x + y
    f = q * z
    dz = q
    dq = z
    dx = 1.0 * dq
    dy = 1.0 * dq
    return {"q": q, "f": f, "dz": dz, "dq": dq, "dx": dx, "dy": dy}


def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0 * x0
    p1 = w1 * x1
    s = p0 + p1
    u = s + w2
    n = -u
    e = math.exp(n)
    q = 1 + e
    f = 1 / q
    dq = -1 / q**2
    de = dq
    dn = de * e
    du = -dn
    ds = du
    dw2 = du
    dp0 = ds
    dp1 = ds
    dw0 = dp0 * x0
    dx0 = dp0 * w0
    dw1 = dp1 * x1
    dx1 = dp1 * w1
    return locals()


def chain_rs(r, s):
    x = r
    y = r * s
    z = s
    t = x * y
    f = t * z
    dt = z
    dz = t
    dx = dt * y
    dy = dt * x
    dr = dx  # r goes to x and to y
    dr += dy * s
    ds = dy * r
    ds += dz
    return {"f": f, "dt": dt, "dz": dz, "dx": dx, "dy": dy, "dr": dr, "ds": ds}


def two_layer_loss(W1, b1, W2, b2, X, y):
    z1, fc1_cache = affine_forward(X, W1, b1)
    h1, relu_cache = relu_forward(z1)
    scores, fc2_cache = affine_forward(h1, W2, b2)
    loss, dscores = softmax_loss(scores, y)
    grads = {}
    dh1, grads["W2"], grads["b2"] = affine_backward(dscores, fc2_cache)
    dz1 = relu_backward(dh1, relu_cache)
    _, grads["W1"], grads["b1"] = affine_backward(dz1, fc1_cache)
    return loss, grads


def topo_sort(graph):
    incoming = dict.fromkeys(graph, 0)
    for node in graph:
        for nxt in graph[node]:
            incoming[nxt] += 1
    ready = [node for node in graph if incoming[node] == 0]
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for nxt in graph[node]:
            incoming[nxt] -= 1
            if incoming[nxt] == 0:
                ready.append(nxt)
    return order


def numerical_grad(f, x):
    h = 1e-5
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        grad[ix] = (fp - fm) / (2 * h)
        it.iternext()
    return grad


def he_init(n_in, n_out, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_in, n_out)) * np.sqrt(2.0 / n_in)


def xavier_init(n_in, n_out, seed):
    np.random.seed(seed)
    return np.random.randn(n_in, n_out) * np.sqrt(2.0 / (n_in + n_out))


def relu_jacobian(x):
    return np.diag((x > 0).astype(float))


def softmax_jacobian(x):
    e = np.exp(x - np.max(x))
    p = e / np.sum(e)
    return np.diag(p) - np.outer(p, p)


def svm_counterexample():
    W = np.array([[3.0, 0.0]])
    X = np.array([[1.0]])
    y = np.array([0])
    return W, X, y, 0.0


svm_wrong_node = "dW"


def svm_mended_backward(dloss, W, X, y, reg):
    scores = X @ W
    rows = np.arange(len(y))
    margins = scores - scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    ds = (margins > 0).astype(W.dtype)
    ds[rows, y] = -ds.sum(axis=1)
    return dloss * (X.T @ ds / len(y) + 2 * reg * W)


def rate_counterexample():
    return [3.0], [1.0]


rate_wrong_node = "da"


def rate_mended_backward(de, a, y):
    return (a - y) * de


def two_digits(v):
    return float(f"{v:.2g}")


def by_hand(x, y, z, u, v, w0, x0, w1, x1, w2, r=two_digits):
    """The answers of a paper with these numbers, `r` being what a student keeps of each number."""
    p = r(x * y)
    q = r(p + z)
    m = max(u, v)
    g = r(1 / (1 + math.exp(-(w0 * x0 + w1 * x1 + w2))))
    ds = r(g * r(1 - g))
    return {
        "f": r(q * m),
        "dx": r(m * y),
        "dy": r(m * x),
        "dz": m,
        "du": q if u > v else 0,
        "dv": q if v > u else 0,
        "g": g,
        "ds": ds,
        "dw0": r(ds * x0),
        "dx0": r(ds * w0),
        "dw1": r(ds * x1),
        "dw2": ds,
    }
