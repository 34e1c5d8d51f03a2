"""Right solutions of the exercises on Jacobians and shapes, as students write them. NumPy only."""

# Students name what they return and write loops where an index tells them more.

import numpy as np


def sigmoid_jacobian(z):
    h = 1 / (1 + np.exp(-z))
    J = np.zeros((len(z), len(z)))
    for i in range(len(z)):
        J[i, i] = h[i] * (1 - h[i])
    return J


def dz_dx_columns(W, a, b):
    J = np.zeros((len(b), len(a)))
    for i in range(len(b)):
        for j in range(len(a)):
            J[i, j] = W[i, j]
    return J


def dz_dx_rows(x, W):
    return W.T


def dz_db(W, a, b):
    return np.eye(len(b))


def ds_du(u, h):
    return h


def dz_dw(x, W):
    D, M = W.shape
    J = np.zeros((M, D, M))
    for k in range(M):
        for i in range(D):
            J[k, i, k] = x[i]
    return J


def linear_rows_forward(x, w):
    out = x.dot(w)
    cache = (x, w)
    return out, cache


def linear_rows_backward(dout, cache):
    x, w = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    return dx, dw


def linear_columns_forward(W, a, b):
    return W @ a + b, (W, a)


def linear_columns_backward(dz, cache):
    W, a = cache
    dW = dz[:, np.newaxis] * a[np.newaxis, :]
    da = W.T @ dz
    db = dz.copy()
    return dW, da, db


def outer_gradient(x, dz):
    rows = x.reshape(-1, 1) @ dz.reshape(1, -1)
    columns = dz.reshape(-1, 1) @ x.reshape(1, -1)
    return {"rows": rows, "columns": columns}


def _sig(z):
    return 1 / (1 + np.exp(-z))


def score_gradients(x, W, b, u):
    z = W @ x + b
    h = _sig(z)
    s = u @ h
    du = h
    dh = u
    dz = dh * h * (1 - h)
    dW = np.outer(dz, x)
    db = dz
    dx = W.T @ dz
    return locals()


def score_gradients_two(x, W1, b1, W2, b2, u):
    z1 = W1 @ x + b1
    h1 = _sig(z1)
    z2 = W2 @ h1 + b2
    h2 = _sig(z2)
    du, dh2 = h2, u
    dz2 = dh2 * h2 * (1 - h2)
    dW2, db2 = np.outer(dz2, h1), dz2
    dh1 = W2.T @ dz2
    dz1 = dh1 * h1 * (1 - h1)
    dW1, db1 = np.outer(dz1, x), dz1
    dx = W1.T @ dz1
    return locals()


def score_gradients_three(x, W1, b1, W2, b2, W3, b3, u):
    W, b = {1: W1, 2: W2, 3: W3}, {1: b1, 2: b2, 3: b3}
    h = {0: x}
    for l in (1, 2, 3):  # noqa: E741 - the lecture's letter
        h[l] = _sig(W[l] @ h[l - 1] + b[l])
    grads = {"du": h[3]}
    upstream = u
    for l in (3, 2, 1):  # noqa: E741
        grads[f"dh{l}"] = upstream
        delta = upstream * h[l] * (1 - h[l])
        grads[f"dz{l}"] = delta
        grads[f"dW{l}"] = np.outer(delta, h[l - 1])
        grads[f"db{l}"] = delta
        upstream = W[l].T @ delta
    grads["dx"] = upstream
    return grads


def unbroadcast(gradient, shape):
    out = gradient
    while out.ndim > len(shape):
        out = out.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            out = out.sum(axis=axis, keepdims=True)
    return out


def sum_forward(x, options):
    out = np.sum(x, axis=options["axis"], keepdims=options.get("keepdims", False))
    return out, (x.shape, options["axis"])


def sum_backward(dout, cache):
    shape, axis = cache
    kept = np.sum(np.zeros(shape), axis=axis, keepdims=True).shape
    dx = np.reshape(dout, kept) * np.ones(shape)
    return dx.astype(np.asarray(dout).dtype)


def reshape_forward(x, options):
    return x.reshape(options["shape"]), x.shape


def reshape_backward(dout, cache):
    return dout.reshape(cache)


def transpose_forward(x, options):
    axes = options["axes"]
    return np.transpose(x, axes), axes


def transpose_backward(dout, cache):
    axes = [a % dout.ndim for a in cache]
    back = [axes.index(i) for i in range(dout.ndim)]
    return np.transpose(dout, back)


def matmul_forward(a, b):
    return np.matmul(a, b), (a, b)


def matmul_backward(dout, cache):
    a, b = cache
    da = np.einsum("...nm,...km->...nk", dout, b)
    db = np.einsum("...nk,...nm->...km", a, dout)
    return da, db


def prelu_forward(x, a):
    out = np.maximum(0, x) + a * np.minimum(0, x)
    return out, (x, a)


def prelu_backward(dout, cache):
    x, a = cache
    dx = dout * (x > 0) + dout * a * (x <= 0)
    da = np.sum(dout * np.minimum(x, 0), axis=0)
    return dx, da
