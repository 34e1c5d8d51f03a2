"""A block and a chain node by node, two layers of one's own, and whole Jacobians."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

RESIDUAL = """
import numpy as np

def residual_block(x, v, a, w, b):
    z = x @ v + a
    r = np.maximum(0, z)
    F = r @ w + b
    h = x + F
    dh = h.copy()
    dF = dh
    db = dF.sum(axis=0)
    dw = r.T @ dF
    dr = dF @ w.T
    dz = dr * (z > 0)
    da = dz.sum(axis=0)
    dv = x.T @ dz
    dx = dz @ v.T + dh
    return locals()
"""
MLP = """
import math

def g(t):
    return 1 / (1 + math.exp(-t))

def mlp_chain(w1, x, b1, w2, w3, y):
    p1 = w1 * x
    a1 = p1 + b1
    f1 = g(a1)
    a2 = w2 * f1
    f2 = g(a2)
    a3 = w3 * f2
    f3 = g(a3)
    L = 0.5 * (f3 - y) ** 2
    df3 = f3 - y
    dy = y - f3
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
"""
LAYERS = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, x):
    return dout * (x > 0)

def softmax_loss(x, y):
    s = x - x.max(1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(1, keepdims=True))
    N = len(x)
    dx = np.exp(logp)
    dx[range(N), y] -= 1
    return -logp[range(N), y].mean(), dx / N
"""
TWO = (
    LAYERS
    + """
def two_layer_loss(W1, b1, W2, b2, X, y):
    z1, c1 = affine_forward(X, W1, b1)
    h1, cr = relu_forward(z1)
    s, c2 = affine_forward(h1, W2, b2)
    loss, ds = softmax_loss(s, y)
    dh1, dW2, db2 = affine_backward(ds, c2)
    dz1 = relu_backward(dh1, cr)
    _, dW1, db1 = affine_backward(dz1, c1)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""
)
SOFTMAX_J = """
import numpy as np

def softmax_jacobian(x):
    e = np.exp(x - x.max())
    p = e / e.sum()
    J = np.diag(p) - np.outer(p, p)
    return J
"""
RELU_J = """
import numpy as np

def relu_jacobian(x):
    return np.diag((x > 0).astype(float))
"""
DZ_DW = """
import numpy as np

def dz_dw(x, W):
    D, M = W.shape
    J = np.zeros((M, D, M))
    for k in range(M):
        J[k, :, k] = x
    return J
"""

RIGHT = (
    ("residual_block", RESIDUAL),
    ("mlp_chain", MLP),
    ("two_layer", TWO),
    ("softmax_jacobian", SOFTMAX_J),
    ("relu_jacobian", RELU_J),
    ("dz_dw", DZ_DW),
)

WRONG = (
    wrong("residual_block", RESIDUAL, {"dx": "the way around missing"}, ("dz @ v.T + dh", "dz @ v.T")),
    wrong("residual_block", RESIDUAL, {"dx": "the branch missing"}, ("dz @ v.T + dh", "dh")),
    wrong("residual_block", RESIDUAL, {"dz": "mask left out"}, ("dr * (z > 0)", "dr")),
    wrong("residual_block", RESIDUAL, {"dz": "mask on the upstream"}, ("dr * (z > 0)", "dr * (dr > 0)")),
    wrong("residual_block", RESIDUAL, {"db": "mean instead of sum over N"}, ("dF.sum(axis=0)", "dF.mean(axis=0)")),
    wrong("residual_block", RESIDUAL, {"dw": "divided by N"}, ("r.T @ dF", "r.T @ dF / len(x)")),
    wrong("mlp_chain", MLP, {"df3": "y - a instead of a - y"}, ("df3 = f3 - y", "df3 = y - f3")),
    wrong("mlp_chain", MLP, {"da3": "derivative left out"}, ("df3 * f3 * (1 - f3)", "df3")),
    wrong("mlp_chain", MLP, {"da2": "derivative at a: a(1-a)"}, ("df2 * f2 * (1 - f2)", "df2 * a2 * (1 - a2)")),
    wrong("mlp_chain", MLP, {"da1": "(1 - f) missing: output as derivative"}, ("df1 * f1 * (1 - f1)", "df1 * f1")),
    wrong("mlp_chain", MLP, {"df3": "factor 2"}, ("df3 = f3 - y", "df3 = 2 * (f3 - y)")),
    wrong("mlp_chain", MLP, {"dw2": "weight instead of activation"}, ("dw2 = da2 * f1", "dw2 = da2 * w2")),
    wrong("two_layer", TWO, {"dW1": "relu forgotten in backward", "db1": "relu forgotten in backward"}, ("dz1 = relu_backward(dh1, cr)", "dz1 = dh1")),
    wrong("two_layer", TWO, {"dW2": "divided by N once more", "db2": "divided by N once more", "dW1": "divided by N once more", "db1": "divided by N once more"}, ("    dh1, dW2", "    ds = ds / len(X)\n    dh1, dW2")),
    wrong("two_layer", TWO, {"dW1": "zero"}, ('"W1": dW1', '"W1": np.zeros_like(W1)')),
    wrong("two_layer", TWO, {"db1": "multiplied by N"}, ('"b1": db1', '"b1": db1 * len(X)')),
    wrong("softmax_jacobian", SOFTMAX_J, {"jacobian": "diagonal only"}, ("np.diag(p) - np.outer(p, p)", "np.diag(p * (1 - p))")),
    wrong("softmax_jacobian", SOFTMAX_J, {"jacobian": "sign off the diagonal"}, ("J = np.diag(p) - np.outer(p, p)", "J = np.outer(p, p)\n    J[range(len(x)), range(len(x))] = p * (1 - p)")),
    wrong("softmax_jacobian", SOFTMAX_J, {"jacobian": "diag(p) alone"}, ("np.diag(p) - np.outer(p, p)", "np.diag(p)")),
    wrong("softmax_jacobian", SOFTMAX_J, {"jacobian": "a vector: elementwise p(1-p)"}, ("np.diag(p) - np.outer(p, p)", "p * (1 - p)")),
    wrong("softmax_jacobian", SOFTMAX_J, {"jacobian": "negated"}, ("np.diag(p) - np.outer(p, p)", "np.outer(p, p) - np.diag(p)")),
    wrong("relu_jacobian", RELU_J, {"jacobian": "a vector: the diagonal alone"}, ("np.diag((x > 0).astype(float))", "(x > 0).astype(float)")),
    wrong("relu_jacobian", RELU_J, {"jacobian": "the values on the diagonal"}, ("np.diag((x > 0).astype(float))", "np.diag(np.maximum(x, 0))")),
    wrong("dz_dw", DZ_DW, {"jacobian": "ones instead of x"}, ("= x\n", "= 1\n")),
    wrong("dz_dw", DZ_DW, {"jacobian": "full: no zeros"}, ("J[k, :, k] = x", "J[k] = x[:, None]")),
)  # fmt: skip
