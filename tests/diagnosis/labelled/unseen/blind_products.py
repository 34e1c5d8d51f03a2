"""Written blind, first batch: products of matrices, in the styles in which students hand them in."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

AFFINE = """
import numpy as np

def affine_forward(x, w, b):
    out = x.dot(w) + b
    cache = {"x": x, "w": w, "b": b, "out": out}
    return out, cache

def affine_backward(dout, cache):
    x, w, b, out = cache["x"], cache["w"], cache["b"], cache["out"]
    N = x.shape[0]
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db
"""

MATMUL = """
import numpy as np

def matmul_forward(a, b):
    out = a @ b
    return out, (a, b, out)

def matmul_backward(dout, cache):
    a, b, out = cache
    da = np.einsum("...nm,...km->...nk", dout, b)
    db = np.einsum("...nk,...nm->...km", a, dout)
    return da, db
"""

ROWS = """
import numpy as np

def linear_rows_forward(x, w):
    return x @ w, (x, w)

def linear_rows_backward(dout, cache):
    x, w = cache
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    for n in range(x.shape[0]):
        dx[n] = w @ dout[n]
        dw += np.outer(x[n], dout[n])
    return dx, dw
"""

COLUMNS = """
import numpy as np

def linear_columns_forward(W, a, b):
    z = W @ a + b
    return z, (W, a, b, z)

def linear_columns_backward(dz, cache):
    W, a, b, z = cache
    dW = np.outer(dz, a)
    da = W.T @ dz
    db = dz.copy()
    return dW, da, db
"""

DX, DW, DB = "dx = dout.dot(w.T)", "dw = x.T.dot(dout)", "db = dout.sum(axis=0)"

DA, DBB = 'np.einsum("...nm,...km->...nk", dout, b)', 'np.einsum("...nk,...nm->...km", a, dout)'


def affine(said, *slips):
    return wrong("affine", AFFINE, said, *slips)


COMMON = (
    affine({"dx": "the output used for the upstream"}, (DX, "dx = out.dot(w.T)")),
    affine({"dw": "the output used for the upstream"}, (DW, "dw = x.T.dot(out)")),
    affine({"dw": "x of shape (N, D) repeated, dout forgotten"}, (DW, "dw = x.T.dot(np.ones_like(dout))")),
    affine({"db": "the mean over the batch"}, (DB, "db = dout.mean(axis=0)")),
    affine({"db": "ones, dout forgotten"}, (DB, "db = np.ones_like(b)")),
    affine({"db": "times b"}, (DB, "db = (dout * b).sum(axis=0)")),
    affine(
        {"dw": "divided by N", "db": "divided by N"},
        (DW, "dw = x.T.dot(dout) / N"),
        (DB, "db = dout.sum(axis=0) / N"),
    ),
    affine({"dw": "the weight gradient is added to w"}, (DW, "dw = w + x.T.dot(dout)")),
    affine(
        {"dw": "only the last example, = for +="},
        (DW, "dw = np.zeros_like(w)\n    for i in range(N):\n        dw = np.outer(x[i], dout[i])"),
    ),
    affine({"db": "only the first row"}, (DB, "db = dout[0]")),
    affine(
        {"dx": "dx overwritten with x's sum"}, (DX, "dx = dout.sum(axis=1, keepdims=True) * np.ones_like(x)")
    ),
    affine({"dw": "dx in place of x"}, (DW, "dw = dx.T.dot(dout)")),
    affine({"db": "the sum of all of dout, one number"}, (DB, "db = dout.sum() * np.ones_like(b)")),
    wrong("matmul", MATMUL, {"da": "dout forgotten"}, (DA, "np.ones_like(dout) @ np.swapaxes(b, -1, -2)")),
    wrong(
        "matmul",
        MATMUL,
        {"db": "the factors the wrong way round, transposed"},
        (DBB, 'np.einsum("...nk,...nm->...mk", a, dout)'),
    ),
    wrong(
        "matmul",
        MATMUL,
        {"db": "divided by the number of rows"},
        (DBB, 'np.einsum("...nk,...nm->...km", a, dout) / a.shape[-2]'),
    ),
    wrong("matmul", MATMUL, {"da": "the result out in place of dout"}, (DA, "out @ np.swapaxes(b, -1, -2)")),
    wrong("linear_rows", ROWS, {"dw": "= in the loop, the last row only"}, ("dw += np", "dw = np")),
    wrong("linear_rows", ROWS, {"dw": "the mean over the rows"}, ("return dx, dw", "return dx, dw / len(x)")),
    wrong("matmul", MATMUL, {"da": "the transpose forgotten"}, (DA, "dout @ b")),
    wrong("matmul", MATMUL, {"db": "the transpose forgotten"}, (DBB, "a @ dout")),
    wrong("linear_rows", ROWS, {"dx": "the first row's for all"}, ("w @ dout[n]", "w @ dout[0]")),
    wrong(
        "linear_rows",
        ROWS,
        {"dx": "the rows of dx are added up"},
        ("dx[n] = w @ dout[n]", "dx += w @ dout[n]"),
    ),
    wrong(
        "linear_rows",
        ROWS,
        {"dw": "range starts at 1", "dx": "range starts at 1"},
        ("range(x.shape[0])", "range(1, x.shape[0])"),
    ),
    wrong(
        "linear_columns",
        COLUMNS,
        {"dW": "dz forgotten, a in every row"},
        ("np.outer(dz, a)", "np.outer(np.ones_like(dz), a)"),
    ),
    wrong("linear_columns", COLUMNS, {"db": "the sum of dz"}, ("dz.copy()", "np.sum(dz)")),
    wrong(
        "linear_columns",
        COLUMNS,
        {"da": "the columns of W added up, dz forgotten"},
        ("W.T @ dz", "W.sum(axis=0)"),
    ),
    wrong("linear_columns", COLUMNS, {"db": "ones"}, ("dz.copy()", "np.ones_like(b)")),
    wrong("linear_columns", COLUMNS, {"db": "times b"}, ("dz.copy()", "dz * b")),
)

OWN = (
    affine({"dx": "a threshold on dx"}, (DX, "dx = np.maximum(dout.dot(w.T), -1)")),
    affine(
        {"dx": "the bias added", "dw": "minus sign"},
        (DX, "dx = dout.dot(w.T) + b.sum()"),
        (DW, "dw = -x.T.dot(dout)"),
    ),
)
