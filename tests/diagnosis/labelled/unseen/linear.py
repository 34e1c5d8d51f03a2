"""Matrix products and broadcasts: transposes, axes, means, single examples, early updates."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

AFFINE = """
import numpy as np

def affine_forward(x, w, b):
    rows = x.reshape(x.shape[0], -1)
    return rows.dot(w) + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    rows = x.reshape(N, -1)
    dw = rows.T.dot(dout)
    db = np.sum(dout, axis=0)
    dx = dout.dot(w.T).reshape(x.shape)
    return dx, dw, db
"""
DX, DW, DB = "dx = dout.dot(w.T).reshape(x.shape)", "dw = rows.T.dot(dout)", "db = np.sum(dout, axis=0)"
START = "    rows = x.reshape(N, -1)\n    dw"
LOOP = "dw = np.zeros(w.shape)\n    for n in range(N):\n        dw += np.outer(rows[n], dout[n])"
ROWS = """
import numpy as np

def linear_rows_forward(x, w):
    return np.einsum("nd,dm->nm", x, w), (x, w)

def linear_rows_backward(dout, cache):
    x, w = cache
    dx = np.einsum("nm,dm->nd", dout, w)
    dw = np.einsum("nd,nm->dm", x, dout)
    return dx, dw
"""
COLUMNS = """
import numpy as np

def linear_columns_forward(W, a, b):
    z = W @ a + b
    return z, (W, a, b, z)

def linear_columns_backward(dz, cache):
    W, a, b, z = cache
    dW = dz[:, None] @ a[None, :]
    da = W.T @ dz
    db = dz.copy()
    return dW, da, db
"""
MATMUL = """
import numpy as np

def matmul_forward(a, b):
    return np.matmul(a, b), (a, b)

def matmul_backward(dout, cache):
    a, b = cache
    da = np.matmul(dout, np.swapaxes(b, -1, -2))
    db = np.matmul(np.swapaxes(a, -1, -2), dout)
    return da, db
"""
DA = "da = np.matmul(dout, np.swapaxes(b, -1, -2))"
DBB = "db = np.matmul(np.swapaxes(a, -1, -2), dout)"
UNBROADCAST = """
import numpy as np

def unbroadcast(gradient, shape):
    g = np.asarray(gradient)
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
"""


def affine(words, *slips):
    return wrong("affine", AFFINE, words, *slips)


def rows(words, *slips):
    return wrong("linear_rows", ROWS, words, *slips)


def columns(words, *slips):
    return wrong("linear_columns", COLUMNS, words, *slips)


def matmul(words, *slips):
    return wrong("matmul", MATMUL, words, *slips)


def unbroadcast(words, *slips):
    return wrong("unbroadcast", UNBROADCAST, words, *slips)


COMMON = (
    affine({"dx": "w is not transposed"}, (DX, "dx = dout.dot(w).reshape(x.shape)")),
    affine({"dx": "transposed, w times doutᵀ"}, (DX, "dx = w.dot(dout.T)")),
    affine({"dw": "transposed"}, (DW, "dw = dout.T.dot(rows)")),
    affine({"dw": "x is not transposed"}, (DW, "dw = rows.dot(dout)")),
    affine({"dw": "a mean over the batch"}, (DW, "dw = rows.T.dot(dout) / N")),
    affine({"db": "a mean over the batch"}, (DB, "db = dout.mean(axis=0)")),
    affine({"db": "summed over the units"}, (DB, "db = np.sum(dout, axis=1)")),
    affine({"db": "summed over everything"}, (DB, "db = np.sum(dout)")),
    affine({"db": "an axis too many, keepdims"}, (DB, "db = np.sum(dout, axis=0, keepdims=True)")),
    affine({"db": "the first example only"}, (DB, "db = dout[0]")),
    affine({"db": "not summed"}, (DB, "db = dout")),
    affine({"db": "ones, dout forgotten"}, (DB, "db = np.ones(w.shape[1])")),
    affine({"db": "ones for every example, dout forgotten"}, (DB, "db = np.ones_like(dout).sum(axis=0)")),
    affine({"db": "times the bias"}, (DB, "db = np.sum(dout, axis=0) * b")),
    affine({"dw": "dout forgotten"}, (DW, "dw = rows.T.dot(np.ones_like(dout))")),
    affine({"dx": "dout forgotten"}, (DX, "dx = np.ones_like(dout).dot(w.T).reshape(x.shape)")),
    affine({"dx": "a mean over the batch", "dw": "a mean over the batch", "db": "a mean over the batch"}, (START, "    rows = x.reshape(N, -1)\n    dout = dout / N\n    dw")),
    affine({"dw": "the last example only, = instead of +="}, (DW, LOOP.replace("+=", "="))),
    affine({"dw": "the last example is left out"}, (DW, LOOP.replace("range(N)", "range(N - 1)"))),
    affine({"dw": "the first example is left out"}, (DW, LOOP.replace("range(N)", "range(1, N)"))),
    affine({"dw": "the first example only"}, (DW, "dw = np.outer(rows[0], dout[0])")),
    affine({"dw": "the product of sums over the batch"}, (DW, "dw = np.outer(rows.sum(axis=0), dout.sum(axis=0))")),
    affine({"dw": "the wrong sign"}, (DW, "dw = -rows.T.dot(dout)")),
    affine({"dw": "the weights are added, a penalty's gradient"}, (DW, "dw = rows.T.dot(dout) + w")),
    affine({"dw": "a mean over the batch", "db": "a mean over the batch"}, (DW, "dw = rows.T.dot(dout) / N"), (DB, "db = np.sum(dout, axis=0) / N")),
    rows({"dw": "not summed over the batch but averaged"}, ('dw = np.einsum("nd,nm->dm", x, dout)', 'dw = np.einsum("nd,nm->ndm", x, dout).mean(axis=0)')),
    rows({"dx": "w is not transposed"}, ('"nm,dm->nd", dout, w', '"nm,md->nd", dout, w')),
    rows({"dx": "the gradients swapped", "dw": "the gradients swapped"}, ("return dx, dw", "return dw, dx")),
    rows({"dw": "dout forgotten"}, ('x, dout)', 'x, np.ones_like(dout))')),
    rows({"dw": "transposed"}, ("nd,nm->dm", "nd,nm->md")),
    columns({"dW": "transposed"}, ("dz[:, None] @ a[None, :]", "np.outer(a, dz)")),
    columns({"da": "W is not transposed"}, ("W.T @ dz", "W @ dz")),
    columns({"db": "summed to one number"}, ("dz.copy()", "dz.sum()")),
    columns({"db": "ones, dz forgotten"}, ("dz.copy()", "np.ones_like(dz)")),
    columns({"da": "dz forgotten"}, ("W.T @ dz", "W.sum(axis=0)")),
    columns({"dW": "dz forgotten"}, ("dz[:, None] @ a[None, :]", "np.ones_like(dz)[:, None] @ a[None, :]")),
    columns({"dW": "a product entry by entry"}, ("dz[:, None] @ a[None, :]", "dz * a")),
    columns({"dW": "z instead of dz"}, ("dz[:, None] @ a[None, :]", "np.outer(z, a)")),
    matmul({"da": "all axes reversed, .T of a stack"}, (DA, "da = dout @ b.T")),
    matmul({"da": "b is not transposed"}, (DA, "da = dout @ b")),
    matmul({"db": "transposed, doutᵀ a"}, (DBB, "db = np.swapaxes(dout, -1, -2) @ a")),
    matmul({"da": "the gradients swapped", "db": "the gradients swapped"}, ("return da, db", "return db, da")),
    matmul({"da": "dout forgotten"}, (DA, "da = np.ones_like(dout) @ np.swapaxes(b, -1, -2)")),
    matmul({"db": "the factors the wrong way round"}, (DBB, "db = np.matmul(dout, np.swapaxes(a, -1, -2))")),
    unbroadcast({"sums": "means instead of sums"}, ("g.sum(axis=axis", "g.mean(axis=axis"), ("g.sum(axis=0)", "g.mean(axis=0)")),
    unbroadcast({"sums": "the first copy only"}, ("g.sum(axis=0)", "g[0]"), ("g = g.sum(axis=axis, keepdims=True)", "g = np.take(g, [0], axis=axis)")),
    unbroadcast({"shape": "axes of size 1 are not summed", "sums": "axes of size 1 are not summed"}, ("size == 1", "False")),
    unbroadcast({"shape": "axes of size 1 disappear", "sums": "axes of size 1 disappear"}, (", keepdims=True", "")),
    unbroadcast({"shape": "axes in front are not summed", "sums": "axes in front are not summed"}, ("while g.ndim > len(shape)", "while False")),
    unbroadcast({"shape": "axes in front are taken from the end", "sums": "axes in front are taken from the end"}, ("g.sum(axis=0)", "g.sum(axis=-1)")),
)  # fmt: skip
OWN = (
    affine({"dw": "the output instead of dout"}, (DW, "dw = rows.T.dot(rows.dot(w) + b)")),
    affine({"dx": "times x as well"}, (DX, "dx = (dout.dot(w.T) * rows).reshape(x.shape)")),
    affine({"dx": "the weights are updated before dx"}, (DX, "w = w - 0.1 * dw\n    dx = dout.dot(w.T).reshape(x.shape)")),
    affine({"db": "half of it"}, (DB, "db = np.sum(dout, axis=0) / 2")),
    affine({"db": "the largest of each column"}, (DB, "db = dout.max(axis=0)")),
    affine({"dx": "the last column of w is left out"}, (DX, "dx = dout[:, :-1].dot(w[:, :-1].T).reshape(x.shape)")),
    affine({"db": "the square of dout"}, (DB, "db = np.sum(dout ** 2, axis=0)")),
    affine({"dw": "divided by the number of inputs"}, (DW, "dw = rows.T.dot(dout) / w.shape[0]")),
    affine({"db": "every second example"}, (DB, "db = np.sum(dout[::2], axis=0)")),
    rows({"dx": "x is added, as of a skip connection"}, ("return dx, dw", "return dx + x, dw")),
    columns({"db": "times b"}, ("dz.copy()", "dz * b")),
    columns({"da": "a product with the bias added"}, ("W.T @ dz", "W.T @ (dz + b)")),
    matmul({"da": "twice"}, (DA, "da = 2 * dout @ np.swapaxes(b, -1, -2)")),
    unbroadcast({"sums": "the largest instead of the sum"}, ("g.sum(axis=axis", "g.max(axis=axis"), ("g.sum(axis=0)", "g.max(axis=0)")),
)  # fmt: skip
