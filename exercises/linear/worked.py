"""The way back through products of matrices, in formulas: see `grader.diagnosis.worked`."""

from __future__ import annotations

AFFINE = (
    """
    N = rows(x)
    X = reshape(x, N, size(w, 0))
    ---
    dX = dout @ T(w)
    dx = like(dX, x)
    dw = T(X) @ dout
    db = sum(dout, 0)
    """,
)
MATMUL = ("da = dout @ T(b)\ndb = T(a) @ dout",)
LINEAR_ROWS = ("N = rows(x)\n---\ndx = dout @ T(w)\ndw = T(x) @ dout",)
LINEAR_COLUMNS = ("dW = outer(dz, a)\nda = T(W) @ dz\ndb = dz",)
