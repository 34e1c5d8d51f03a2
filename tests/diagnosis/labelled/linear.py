"""Affine layers and matrix products: transposes, sums over the batch, the bias."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

AFFINE = """
import numpy as np

def affine_forward(x, w, b):
    X = x.reshape(x.shape[0], -1)
    out = X.dot(w) + b
    cache = (x, w, b)
    return out, cache

def affine_backward(dout, cache):
    x, w, b = cache
    X = x.reshape(x.shape[0], -1)
    dx = dout.dot(w.T).reshape(x.shape)
    dw = X.T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db
"""
AFFINE_LOOPS = """
import numpy as np

def affine_forward(x, w, b):
    N, D = x.shape
    M = w.shape[1]
    out = np.zeros((N, M))
    for n in range(N):
        for m in range(M):
            out[n, m] = b[m]
            for d in range(D):
                out[n, m] += x[n, d] * w[d, m]
    return out, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    N, M = dout.shape
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(M)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n, m]
            dw[:, m] += x[n] * dout[n, m]
            dx[n] += w[:, m] * dout[n, m]
    return dx, dw, db
"""
AFFINE_EINSUM = """
import numpy as np

def affine_forward(x, w, b):
    return np.einsum("nd,dm->nm", x, w) + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, _ = cache
    return np.einsum("nm,dm->nd", dout, w), np.einsum("nd,nm->dm", x, dout), np.einsum("nm->m", dout)
"""
ROWS = """
def linear_rows_forward(x, w):
    return x @ w, (x, w)

def linear_rows_backward(dout, cache):
    x, w = cache
    dx = dout @ w.T
    dw = x.T @ dout
    return dx, dw
"""
COLUMNS = """
import numpy as np

def linear_columns_forward(W, a, b):
    z = np.dot(W, a) + b
    return z, (W, a)

def linear_columns_backward(dz, cache):
    W, a = cache
    dW = np.outer(dz, a)
    da = np.dot(W.T, dz)
    db = dz.copy()
    return dW, da, db
"""
MATMUL = """
import numpy as np

def matmul_forward(a, b):
    return np.matmul(a, b), (a, b)

def matmul_backward(dout, cache):
    a, b = cache
    da = dout @ np.swapaxes(b, -1, -2)
    db = np.swapaxes(a, -1, -2) @ dout
    return da, db
"""
TEMPORAL = """
import numpy as np

def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    out = x.reshape(N * T, D).dot(w).reshape(N, T, -1) + b
    return out, (x, w)

def temporal_affine_backward(dout, cache):
    x, w = cache
    N, T, D = x.shape
    M = dout.shape[2]
    dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
    dw = x.reshape(N * T, D).T.dot(dout.reshape(N * T, M))
    db = dout.sum(axis=(0, 1))
    return dx, dw, db
"""

RIGHT = (
    ("affine", AFFINE), ("affine", AFFINE_LOOPS), ("affine", AFFINE_EINSUM), ("linear_rows", ROWS),
    ("linear_columns", COLUMNS), ("matmul", MATMUL), ("temporal_affine", TEMPORAL),
)  # fmt: skip

DB = "db = np.sum(dout, axis=0)"
WRONG = (
    wrong("affine", AFFINE, {"dx": "missing transpose of w"}, ("w.T", "w")),
    wrong("affine", AFFINE, {"dw": "missing transpose of x"}, ("X.T.dot(dout)", "X.dot(dout)")),
    wrong("affine", AFFINE, {"dw": "dW transposed"}, ("X.T.dot(dout)", "dout.T.dot(X)")),
    wrong("affine", AFFINE, {"db": "mean instead of sum over N"}, ("np.sum(dout, axis=0)", "np.mean(dout, axis=0)")),
    wrong("affine", AFFINE, {"db": "summed over the wrong axis"}, (DB, "db = np.sum(dout, axis=1)")),
    wrong("affine", AFFINE, {"db": "summed to one number"}, (DB, "db = np.sum(dout)")),
    wrong("affine", AFFINE, {"db": "not summed"}, (DB, "db = dout")),
    wrong("affine", AFFINE, {"db": "first row alone"}, (DB, "db = dout[0]")),
    wrong("affine", AFFINE, {"db": "ones: ignores dout"}, (DB, "db = np.ones(w.shape[1])")),
    wrong("affine", AFFINE, {"db": "kept axis"}, ("axis=0)", "axis=0, keepdims=True)")),
    wrong("affine", AFFINE, {"dw": "divided by N"}, ("X.T.dot(dout)", "X.T.dot(dout) / x.shape[0]")),
    wrong("affine", AFFINE, {"dw": "divided by N", "db": "mean instead of sum over N"}, ("X.T.dot(dout)", "X.T.dot(dout) / len(x)"), ("np.sum(dout, axis=0)", "np.sum(dout, axis=0) / len(x)")),
    wrong("affine", AFFINE, {"dx": "negated"}, ("dout.dot(w.T)", "-dout.dot(w.T)")),
    wrong("affine", AFFINE, {"dw": "upstream ignored"}, ("X.T.dot(dout)", "X.T.dot(np.ones_like(dout))")),
    wrong("affine", AFFINE, {"dx": "upstream ignored"}, ("dx = dout.dot", "dx = np.ones(dout.shape).dot")),
    wrong("affine", AFFINE, {"out": "bias forgotten"}, ("X.dot(w) + b", "X.dot(w)")),
    wrong("affine", AFFINE, {"db": "zero"}, (DB, "db = np.zeros_like(b)")),
    wrong("affine", AFFINE, {"db": "b added to the gradient"}, (DB, DB + " + b")),
    wrong("affine", AFFINE_LOOPS, {"db": "overwritten: last example alone"}, ("db[m] +=", "db[m] =")),
    wrong("affine", AFFINE_LOOPS, {"dw": "overwritten: last example alone"}, ("dw[:, m] +=", "dw[:, m] =")),
    wrong("affine", AFFINE_LOOPS, {"dx": "overwritten: last neuron alone"}, ("dx[n] +=", "dx[n] =")),
    wrong("affine", AFFINE_LOOPS, {"dx": "first example missing", "dw": "first example missing", "db": "first example missing"}, ("np.zeros(M)\n    for n in range(N)", "np.zeros(M)\n    for n in range(1, N)")),
    wrong("affine", AFFINE_LOOPS, {"dx": "last example missing", "dw": "last example missing", "db": "last example missing"}, ("np.zeros(M)\n    for n in range(N)", "np.zeros(M)\n    for n in range(N - 1)")),
    wrong("affine", AFFINE_EINSUM, {"dw": "dW transposed"}, ("nd,nm->dm", "nd,nm->md")),
    wrong("affine", AFFINE_EINSUM, {"db": "summed over the wrong axis"}, ("nm->m", "nm->n")),
    wrong("linear_rows", ROWS, {"dx": "missing transpose of w"}, ("w.T", "w")),
    wrong("linear_rows", ROWS, {"dw": "missing transpose of x"}, ("x.T @", "x @")),
    wrong("linear_rows", ROWS, {"dw": "dW transposed"}, ("x.T @ dout", "dout.T @ x")),
    wrong("linear_rows", ROWS, {"dw": "divided by N"}, ("x.T @ dout", "x.T @ dout / x.shape[0]")),
    wrong("linear_rows", ROWS, {"dx": "factors exchanged"}, ("dout @ w.T", "w.T @ dout")),
    wrong("linear_columns", COLUMNS, {"dW": "dW transposed"}, ("np.outer(dz, a)", "np.outer(a, dz)")),
    wrong("linear_columns", COLUMNS, {"da": "missing transpose of w"}, ("W.T", "W")),
    wrong("linear_columns", COLUMNS, {"db": "ones: ignores dout"}, ("dz.copy()", "np.ones_like(dz)")),
    wrong("linear_columns", COLUMNS, {"db": "summed to one number"}, ("dz.copy()", "np.sum(dz)")),
    wrong("linear_columns", COLUMNS, {"dW": "upstream ignored"}, ("np.outer(dz, a)", "np.outer(np.ones_like(dz), a)")),
    wrong("matmul", MATMUL, {"da": "missing transpose of b"}, ("np.swapaxes(b, -1, -2)", "b")),
    wrong("matmul", MATMUL, {"db": "missing transpose of a"}, ("np.swapaxes(a, -1, -2)", "a")),
    wrong("matmul", MATMUL, {"da": ".T reverses all axes"}, ("np.swapaxes(b, -1, -2)", "b.T")),
    wrong("temporal_affine", TEMPORAL, {"db": "summed over the batch alone"}, ("axis=(0, 1)", "axis=0")),
    wrong("temporal_affine", TEMPORAL, {"db": "averaged"}, ("dout.sum(axis=(0, 1))", "dout.mean(axis=(0, 1))")),
    wrong("temporal_affine", TEMPORAL, {"dw": "last step alone"}, ("dw = x.reshape(N * T, D).T.dot(dout.reshape(N * T, M))", "for t in range(T):\n        dw = x[:, t].T.dot(dout[:, t])")),
)  # fmt: skip
