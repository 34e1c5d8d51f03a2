"""Circuits and small networks, node by node."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

XYZ = """
def xyz(x, y, z):
    t = x * y
    f = t * z
    df = 1
    dt = z * df
    dz = t * df
    dx = y * dt
    dy = x * dt
    return {"dx": dx, "dy": dy, "dz": dz, "dt": dt}
"""
PRODUCT = """
def product_of_sum(x, y, z):
    q = x + y
    dq = z
    dz = q
    dx = 1.0 * dq
    dy = 1.0 * dq
    return {"dx": dx, "dy": dy, "dz": dz, "dq": dq}
"""
SIX = """
def six_x(x):
    y = x ** 2
    dy = 3.0
    dx = dy * 2 * x
    return {"dy": dy, "dx": dx}
"""
SIGMOID = """
import math

def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0 * x0
    p1 = w1 * x1
    s = p0 + p1
    u = s + w2
    n = -u
    e = math.exp(n)
    q = 1 + e
    f = 1 / q
    dq = -1 / q ** 2
    de = dq
    dn = de * math.exp(n)
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
"""
CHAIN = """
def chain_rs(r, s):
    x = r
    y = r * s
    z = s
    t = x * y
    dt = z
    dz = t
    dx = dt * y
    dy = dt * x
    dr = dx + dy * s
    ds = dz + dy * r
    return {"dt": dt, "dz": dz, "dx": dx, "dy": dy, "dr": dr, "ds": ds}
"""
SQUARE = """
import numpy as np

def sq_err_grad(w, x, y):
    h = np.dot(w, x)
    r = y - h
    dr = 2 * r
    dh = -dr
    dy = dr
    dw = dh * x
    dx = dh * w
    return {"dr": dr, "dh": dh, "dy": dy, "dw": dw, "dx": dx}
"""
LOGISTIC = """
import numpy as np

def neg_log_sigmoid_grad(w, x):
    h1 = w @ x
    h2 = 1 / (1 + np.exp(-h1))
    l = np.log(h2)
    dl = -1.0
    dh2 = dl / h2
    dh1 = dh2 * h2 * (1 - h2)
    dw = dh1 * x
    dx = dh1 * w
    return locals()
"""
THREE = """
def three_uses(x, y):
    a = x * y
    b = x * x
    c = b + x
    f = a * c
    da = c
    dc = a
    db = dc
    dx = 0
    dx += dc
    dx += db * 2 * x
    dx += da * y
    dy = da * x
    return locals()
"""
SCORE = """
import numpy as np

def score_gradients(x, W, b, u):
    z = W.dot(x) + b
    h = 1 / (1 + np.exp(-z))
    s = u.dot(h)
    du = h
    dh = u
    dz = dh * h * (1 - h)
    db = dz
    dW = np.outer(dz, x)
    dx = W.T.dot(dz)
    return {"du": du, "dh": dh, "dz": dz, "db": db, "dW": dW, "dx": dx}
"""
RIGHT = (
    ("xyz", XYZ),
    ("product_of_sum", PRODUCT),
    ("six_x", SIX),
    ("sigmoid_circuit", SIGMOID),
    ("chain_rs", CHAIN),
    ("sq_err_grad", SQUARE),
    ("neg_log_sigmoid_grad", LOGISTIC),
    ("three_uses", THREE),
    ("score_gradients", SCORE),
)

SAME = "the multiply gate not swapped"
WRONG = (
    wrong("xyz", XYZ, {"dx": SAME, "dy": SAME}, ("dx = y * dt", "dx = x * dt"), ("dy = x * dt", "dy = y * dt")),
    wrong("xyz", XYZ, {"dx": "upstream left out"}, ("dx = y * dt", "dx = y")),
    wrong("xyz", XYZ, {"dx": "added instead of multiplied"}, ("dx = y * dt", "dx = y + dt")),
    wrong("xyz", XYZ, {"dz": SAME}, ("dz = t * df", "dz = z * df")),
    wrong("product_of_sum", PRODUCT, {"dx": "the add gate multiplies", "dy": "the add gate multiplies"}, ("dx = 1.0 * dq", "dx = y * dq"), ("dy = 1.0 * dq", "dy = x * dq")),
    wrong("product_of_sum", PRODUCT, {"dx": "the upstream left out: 1", "dy": "the upstream left out: 1"}, ("1.0 * dq", "1.0")),
    wrong("product_of_sum", PRODUCT, {"dq": SAME, "dz": SAME}, ("dq = z", "dq = q"), ("dz = q", "dz = z")),
    wrong("six_x", SIX, {"dx": "the upstream left out"}, ("dx = dy * 2 * x", "dx = 2 * x")),
    wrong("six_x", SIX, {"dx": "added instead of multiplied"}, ("dy * 2 * x", "dy + 2 * x")),
    wrong("six_x", SIX, {"dx": "factor 2 missing"}, ("dy * 2 * x", "dy * x")),
    wrong("sigmoid_circuit", SIGMOID, {"dq": "sign of the reciprocal"}, ("dq = -1 / q ** 2", "dq = 1 / q ** 2")),
    wrong("sigmoid_circuit", SIGMOID, {"dn": "derivative of exp left out"}, ("de * math.exp(n)", "de")),
    wrong("sigmoid_circuit", SIGMOID, {"dn": "input n as derivative"}, ("de * math.exp(n)", "de * n")),
    wrong("sigmoid_circuit", SIGMOID, {"du": "sign of the times -1 gate forgotten"}, ("du = -dn", "du = dn")),
    wrong("sigmoid_circuit", SIGMOID, {"dw0": SAME, "dx0": SAME}, ("dp0 * x0", "dp0 * W"), ("dp0 * w0", "dp0 * x0"), ("dp0 * W", "dp0 * w0")),
    wrong("sigmoid_circuit", SIGMOID, {"dw1": "upstream left out"}, ("dw1 = dp1 * x1", "dw1 = x1")),
    wrong("sigmoid_circuit", SIGMOID, {"dq": "output as derivative: square forgotten and sign"}, ("dq = -1 / q ** 2", "dq = 1 / q")),
    wrong("sigmoid_circuit", SIGMOID, {"dq": "square forgotten"}, ("dq = -1 / q ** 2", "dq = -1 / q")),
    wrong("sigmoid_circuit", SIGMOID, {"dw2": "zero"}, ("dw2 = du", "dw2 = 0.0")),
    wrong("chain_rs", CHAIN, {"dr": "path through y missing"}, ("dr = dx + dy * s", "dr = dx")),
    wrong("chain_rs", CHAIN, {"ds": "path through z missing (overwritten)"}, ("ds = dz + dy * r", "ds = dz\n    ds = dy * r")),
    wrong("chain_rs", CHAIN, {"dr": "local gradient of y's gate left out"}, ("dr = dx + dy * s", "dr = dx + dy")),
    wrong("chain_rs", CHAIN, {"ds": "paths multiplied"}, ("ds = dz + dy * r", "ds = dz * dy * r")),
    wrong("sq_err_grad", SQUARE, {"dr": "factor 2 missing"}, ("dr = 2 * r", "dr = r")),
    wrong("sq_err_grad", SQUARE, {"dh": "sign forgotten"}, ("dh = -dr", "dh = dr")),
    wrong("sq_err_grad", SQUARE, {"dw": SAME, "dx": SAME}, ("dw = dh * x", "dw = dh * w"), ("dx = dh * w", "dx = dh * x")),
    wrong("sq_err_grad", SQUARE, {"dw": "upstream left out"}, ("dw = dh * x", "dw = x")),
    wrong("neg_log_sigmoid_grad", LOGISTIC, {"dh2": "derivative of the logarithm left out"}, ("dh2 = dl / h2", "dh2 = dl")),
    wrong("neg_log_sigmoid_grad", LOGISTIC, {"dh1": "(1 - s) missing: output as derivative"}, ("dh2 * h2 * (1 - h2)", "dh2 * h2")),
    wrong("neg_log_sigmoid_grad", LOGISTIC, {"dh1": "derivative at the output"}, ("dh2 * h2 * (1 - h2)", "dh2 * (1/(1+np.exp(-h2))) * (1 - 1/(1+np.exp(-h2)))")),
    wrong("neg_log_sigmoid_grad", LOGISTIC, {"dh1": "x(1-x) at the input"}, ("dh2 * h2 * (1 - h2)", "dh2 * h1 * (1 - h1)")),
    wrong("neg_log_sigmoid_grad", LOGISTIC, {"dl": "sign forgotten"}, ("dl = -1.0", "dl = 1.0")),
    wrong("three_uses", THREE, {"dx": "overwritten: only the path through a"}, ("dx += da * y", "dx = da * y")),
    wrong("three_uses", THREE, {"dx": "path through a missing"}, ("    dx += da * y\n", "")),
    wrong("three_uses", THREE, {"dx": "square's factor 2 missing: one of two uses"}, ("db * 2 * x", "db * x")),
    wrong("three_uses", THREE, {"dx": "path through c counted twice"}, ("dx += da * y\n", "dx += da * y\n    dx += dc\n")),
    wrong("score_gradients", SCORE, {"dx": "missing transpose of w"}, ("W.T.dot", "W.dot")),
    wrong("score_gradients", SCORE, {"dW": "dW transposed"}, ("np.outer(dz, x)", "np.outer(x, dz)")),
    wrong("score_gradients", SCORE, {"dz": "derivative left out"}, ("dh * h * (1 - h)", "dh")),
    wrong("score_gradients", SCORE, {"dz": "derivative at z: z(1-z)"}, ("dh * h * (1 - h)", "dh * z * (1 - z)")),
    wrong("score_gradients", SCORE, {"dz": "derivative alone, without the upstream"}, ("dh * h * (1 - h)", "h * (1 - h)")),
    wrong("score_gradients", SCORE, {"dz": "derivative of tanh"}, ("dh * h * (1 - h)", "dh * (1 - h ** 2)")),
    wrong("score_gradients", SCORE, {"db": "ones"}, ("db = dz", "db = np.ones_like(b)")),
)  # fmt: skip
