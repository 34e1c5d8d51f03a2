"""Graphs and networks: fan-outs, gates, delta rules, shared weights, penalties."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

CIRCUIT = """
import math

def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0, p1 = w0 * x0, w1 * x1
    s = p0 + p1
    u = s + w2
    n = -u
    e = math.exp(n)
    q = 1 + e
    f = 1 / q
    dq = -1 / q ** 2
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
"""
PRODUCT = """
def product_of_sum(x, y, z):
    q = x + y
    df = 1.0
    dq = df * z
    dz = df * q
    dx = dq * 1.0
    dy = dq * 1.0
    return {"dz": dz, "dq": dq, "dx": dx, "dy": dy}
"""
CHAIN = """
import math

def sig(a):
    return 1 / (1 + math.exp(-a))

def mlp_chain(w1, x, b1, w2, w3, y):
    p1 = w1 * x
    a1 = p1 + b1
    f1 = sig(a1)
    a2 = w2 * f1
    f2 = sig(a2)
    a3 = w3 * f2
    f3 = sig(a3)
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
USES = """
def three_uses(x, y):
    a = x * y
    b = x * x
    c = b + x
    f = a * c
    da = c
    dc = a
    db = dc
    dx = da * y
    dx += 2 * x * db
    dx += dc
    dy = da * x
    return {"da": da, "dc": dc, "db": db, "dx": dx, "dy": dy}
"""
DELTA = """
import numpy as np

def sig(z):
    return 1 / (1 + np.exp(-z))

def delta_recursion(x, y, weights, biases):
    zs, acts = [], [x]
    for W, b in zip(weights, biases):
        zs.append(W @ acts[-1] + b)
        acts.append(sig(zs[-1]))
    L = len(weights)
    deltas, dWs, dbs = [None] * L, [None] * L, [None] * L
    deltas[-1] = (acts[-1] - y) * sig(zs[-1]) * (1 - sig(zs[-1]))
    for l in range(L - 2, -1, -1):
        deltas[l] = (weights[l + 1].T @ deltas[l + 1]) * sig(zs[l]) * (1 - sig(zs[l]))
    for l in range(L):
        dWs[l] = np.outer(deltas[l], acts[l])
        dbs[l] = deltas[l].copy()
    return deltas, dWs, dbs
"""
NET = """
import numpy as np

def two_layer_net(W1, b1, W2, b2, X, y, reg):
    N = X.shape[0]
    z1 = X @ W1 + b1
    h1 = np.maximum(0, z1)
    scores = h1 @ W2 + b2
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).sum() / N + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    dscores = p.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads = {}
    grads["W2"] = h1.T @ dscores + 2 * reg * W2
    grads["b2"] = dscores.sum(axis=0)
    dh1 = dscores @ W2.T
    dh1[z1 <= 0] = 0
    grads["W1"] = X.T @ dh1 + 2 * reg * W1
    grads["b1"] = dh1.sum(axis=0)
    return loss, grads
"""


def circuit(words, *slips):
    return wrong("sigmoid_circuit", CIRCUIT, words, *slips)


def product(words, *slips):
    return wrong("product_of_sum", PRODUCT, words, *slips)


def chain(words, *slips):
    return wrong("mlp_chain", CHAIN, words, *slips)


def uses(words, *slips):
    return wrong("three_uses", USES, words, *slips)


def delta(words, *slips):
    return wrong("delta_recursion", DELTA, words, *slips)


def net(nodes, said, *slips):
    return wrong("two_layer_net", NET, dict.fromkeys(nodes.split(), said), *slips)


ALL = "dW1 db1 dW2 db2"
LAST = "deltas[-1] = (acts[-1] - y) * sig(zs[-1]) * (1 - sig(zs[-1]))"
COMMON = (
    circuit({"dq": "the square is missing"}, ("-1 / q ** 2", "-1 / q")),
    circuit({"dq": "the sign is missing"}, ("-1 / q ** 2", "1 / q ** 2")),
    circuit({"dn": "the slope of exp is missing"}, ("dn = de * e", "dn = de")),
    circuit({"dn": "times the exponent instead of its exponential"}, ("dn = de * e", "dn = de * n")),
    circuit({"du": "the sign of times -1 is missing"}, ("du = -dn", "du = dn")),
    circuit({"dw0": "its own factor, not the other", "dx0": "its own factor, not the other"}, ("dw0 = dp0 * x0", "dw0 = dp0 * w0"), ("dx0 = dp0 * w0", "dx0 = dp0 * x0")),
    circuit({"dw1": "the upstream is missing"}, ("dw1 = dp1 * x1", "dw1 = x1")),
    circuit({"dp0": "the add gate multiplies by its input"}, ("dp0 = ds", "dp0 = ds * p0")),
    circuit({"dw2": "the add gate multiplies by its input"}, ("dw2 = du", "dw2 = du * w2")),
    product({"dz": "the upstream goes through unchanged"}, ("dz = df * q", "dz = df")),
    product({"dq": "its own factor, not the other", "dz": "its own factor, not the other"}, ("dq = df * z", "dq = df * q"), ("dz = df * q", "dz = df * z")),
    product({"dx": "the upstream is missing, 1", "dy": "the upstream is missing, 1"}, ("dx = dq * 1.0", "dx = 1.0"), ("dy = dq * 1.0", "dy = 1.0")),
    product({"dx": "the add gate multiplies by its input"}, ("dx = dq * 1.0", "dx = dq * x")),
    product({"dy": "the wrong sign"}, ("dy = dq * 1.0", "dy = -dq")),
    chain({"df3": "the wrong sign, y - f3"}, ("df3 = f3 - y", "df3 = y - f3")),
    chain({"df3": "a factor 2"}, ("df3 = f3 - y", "df3 = 2 * (f3 - y)")),
    chain({"da3": "the slope of the sigmoid is missing"}, ("da3 = df3 * f3 * (1 - f3)", "da3 = df3")),
    chain({"da2": "the slope is taken at the input"}, ("df2 * f2 * (1 - f2)", "df2 * a2 * (1 - a2)")),
    chain({"dw2": "the output of the layer instead of its input"}, ("dw2 = da2 * f1", "dw2 = da2 * f2")),
    chain({"df1": "the weight is missing"}, ("df1 = da2 * w2", "df1 = da2")),
    chain({"da1": "the slope alone, upstream missing"}, ("da1 = df1 * f1", "da1 = f1")),
    chain({"dw1": "its own factor, not the other"}, ("dw1 = dp1 * x", "dw1 = dp1 * w1")),
    chain({"dy": "the same sign as at the prediction"}, ("dy = y - f3", "dy = f3 - y")),
    uses({"dx": "the first path only"}, ("    dx += 2 * x * db\n    dx += dc\n", "")),
    uses({"dx": "the last path only, = instead of +="}, ("dx += dc", "dx = dc")),
    uses({"dx": "the path through c is missing"}, ("    dx += dc\n", "")),
    uses({"dx": "the square gate counts once"}, ("dx += 2 * x * db", "dx += x * db")),
    uses({"dy": "its own factor, not the other"}, ("dy = da * x", "dy = da * y")),
    uses({"db": "the add gate multiplies by its input"}, ("db = dc", "db = dc * b")),
    delta({"delta": "the slope is missing at the last layer"}, (LAST, "deltas[-1] = acts[-1] - y")),
    delta({"delta": "the wrong sign, y - a"}, ("(acts[-1] - y)", "(y - acts[-1])")),
    delta({"delta": "the slope is missing in the hidden layers"}, (") * sig(zs[l]) * (1 - sig(zs[l]))", ")")),
    delta({"delta": "W is not transposed", "dW": "W is not transposed", "db": "W is not transposed"}, ("weights[l + 1].T @", "weights[l + 1] @")),
    delta({"dW": "transposed"}, ("np.outer(deltas[l], acts[l])", "np.outer(acts[l], deltas[l])")),
    delta({"dW": "the layer's own output instead of its input"}, ("np.outer(deltas[l], acts[l])", "np.outer(deltas[l], acts[l + 1])")),
    delta({"delta": "the activation instead of its slope"}, (" * sig(zs[l]) * (1 - sig(zs[l]))", " * sig(zs[l])")),
    delta({"delta": "the slope at the activation, σ'(a)"}, ("sig(zs[l]) * (1 - sig(zs[l]))", "sig(acts[l + 1]) * (1 - sig(acts[l + 1]))")),
    delta({"delta": "a factor 2"}, (LAST, LAST.replace("= (", "= 2 * ("))),
    delta({"dW": "z instead of the activation"}, ("acts[l])\n", "([x] + zs)[l])\n")),
    delta({"delta": "last layer first", "dW": "last layer first", "db": "last layer first"}, ("return deltas, dWs, dbs", "return deltas[::-1], dWs[::-1], dbs[::-1]")),
    net("dW1 dW2", "the penalty is missing", (" + 2 * reg * W2", ""), (" + 2 * reg * W1", "")),
    net("dW1 dW2", "the penalty's factor 2 is missing", ("2 * reg * W2", "reg * W2"), ("2 * reg * W1", "reg * W1")),
    net("dW1 dW2", "the penalty is counted twice", ("2 * reg * W2", "4 * reg * W2"), ("2 * reg * W1", "4 * reg * W1")),
    net(ALL, "1/N is missing", ("    dscores /= N\n", "")),
    net("dW1 db1", "the mask of ReLU is missing", ("    dh1[z1 <= 0] = 0\n", "")),
    net("dW1 db1", "the mask is taken from the gradient", ("dh1[z1 <= 0] = 0", "dh1[dh1 <= 0] = 0")),
    net("db1 db2", "means over the batch", ("dscores.sum(axis=0)", "dscores.mean(axis=0)"), ("dh1.sum(axis=0)", "dh1.mean(axis=0)")),
    net("db1 db2", "the biases are penalised", ("dscores.sum(axis=0)", "dscores.sum(axis=0) + 2 * reg * b2"), ("dh1.sum(axis=0)", "dh1.sum(axis=0) + 2 * reg * b1")),
    net(ALL, "no 1 is taken off at the label", ("    dscores[np.arange(N), y] -= 1\n", "")),
    net("dW2", "z1 instead of h1", ("h1.T @ dscores", "z1.T @ dscores")),
    net("dW2", "the penalty's gradient is squared", ("2 * reg * W2", "reg * W2 ** 2")),
    net("dW1 dW2", "the penalty is divided by N", ("2 * reg * W2", "2 * reg * W2 / N"), ("2 * reg * W1", "2 * reg * W1 / N")),
    net(ALL, "1/N twice, again in the weights and biases", ("    dscores /= N\n", "    dscores /= N * N\n")),
)  # fmt: skip
OWN = (
    circuit({"de": "q is added"}, ("de = dq", "de = dq + q")),
    circuit({"dx1": "the two weights are added"}, ("dx1 = dp1 * w1", "dx1 = dp1 * (w0 + w1)")),
    product({"dz": "the difference instead of the sum"}, ("dz = df * q", "dz = df * (x - y)")),
    product({"dy": "y is added"}, ("dy = dq * 1.0", "dy = dq + y")),
    chain({"db1": "the bias is added"}, ("db1 = da1", "db1 = da1 + b1")),
    chain({"dw3": "the square of the activation"}, ("dw3 = da3 * f2", "dw3 = da3 * f2 ** 2")),
    chain({"dx": "both weights"}, ("dx = dp1 * w1", "dx = dp1 * w1 * w2")),
    uses({"dx": "the square gate counts three times"}, ("dx += 2 * x * db", "dx += 3 * x * db")),
    uses({"dx": "y is forgotten in the first path"}, ("dx = da * y", "dx = da")),
    delta({"db": "the bias is added"}, ("dbs[l] = deltas[l].copy()", "dbs[l] = deltas[l] + biases[l]")),
    delta({"dW": "the weights are added"}, ("np.outer(deltas[l], acts[l])", "np.outer(deltas[l], acts[l]) + weights[l]")),
    net("dW2", "the wrong sign of the penalty", ("+ 2 * reg * W2", "- 2 * reg * W2")),
    net("dW1", "the penalty of the other layer's sum", ("2 * reg * W1", "2 * reg * W1 + reg * np.sum(W2)")),
)  # fmt: skip
