"""Circuits node by node, the delta recursion, optimisers and measured gradients, as students of courses write them."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

PRODUCT = """
def product_of_sum(x, y, z):
    q = x + y
    f = q * z
    df = 1.0
    dz = q * df
    dq = z * df
    dx = 1.0 * dq
    dy = 1.0 * dq
    return dict(dz=dz, dq=dq, dx=dx, dy=dy)
"""
CIRCUIT = """
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
    df = 1.0
    dq = -1 / q ** 2 * df
    de = dq
    dn = math.exp(n) * de
    du = -dn
    ds = du
    dw2 = du
    dp0 = ds
    dp1 = ds
    dw0 = x0 * dp0
    dx0 = w0 * dp0
    dw1 = x1 * dp1
    dx1 = w1 * dp1
    return {"dq": dq, "de": de, "dn": dn, "du": du, "ds": ds, "dw2": dw2, "dp0": dp0, "dp1": dp1,
            "dw0": dw0, "dx0": dx0, "dw1": dw1, "dx1": dx1}
"""
FUSED = """
import math

def sigmoid_circuit_fused(w0, x0, w1, x1, w2):
    u = w0 * x0 + w1 * x1 + w2
    f = 1.0 / (1.0 + math.exp(-u))
    du = (1 - f) * f
    ds = dw2 = du
    dp0, dp1 = ds, ds
    dw0, dx0 = dp0 * x0, dp0 * w0
    dw1, dx1 = dp1 * x1, dp1 * w1
    return {"du": du, "ds": ds, "dw2": dw2, "dp0": dp0, "dp1": dp1, "dw0": dw0, "dx0": dx0, "dw1": dw1, "dx1": dx1}
"""
CHAIN = """
import math

def logistic(z):
    return 1 / (1 + math.exp(-z))

def mlp_chain(w1, x, b1, w2, w3, y):
    a1 = w1 * x + b1
    f1 = logistic(a1)
    a2 = w2 * f1
    f2 = logistic(a2)
    a3 = w3 * f2
    f3 = logistic(a3)
    dy = -(f3 - y)
    df3 = f3 - y
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
    return dict(dy=dy, df3=df3, da3=da3, dw3=dw3, df2=df2, da2=da2, dw2=dw2, df1=df1, da1=da1, db1=db1, dp1=dp1,
                dw1=dw1, dx=dx)
"""
DELTA = """
import numpy as np

def squash(z):
    return 1.0 / (1.0 + np.exp(-z))

def slope(z):
    return squash(z) * (1.0 - squash(z))

def delta_recursion(x, y, weights, biases):
    acts, zs = [np.asarray(x)], []
    for W, b in zip(weights, biases):
        zs.append(W.dot(acts[-1]) + b)
        acts.append(squash(zs[-1]))
    L = len(weights)
    deltas = [None] * L
    dWs = [None] * L
    dbs = [None] * L
    delta = (acts[-1] - y) * slope(zs[-1])
    for l in range(L - 1, -1, -1):
        if l < L - 1:
            delta = weights[l + 1].T.dot(delta) * slope(zs[l])
        deltas[l] = delta
        dWs[l] = np.outer(delta, acts[l])
        dbs[l] = delta
    return deltas, dWs, dbs
"""
MOMENTUM = """
import numpy as np

def sgd_momentum(w, dw, config=None):
    config = dict(config or {})
    lr, mu = config.setdefault("learning_rate", 1e-2), config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = mu * v - lr * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config
"""
RMSPROP = """
import numpy as np

def rmsprop(w, dw, config=None):
    config = dict(config or {})
    lr, rho = config.setdefault("learning_rate", 1e-2), config.setdefault("decay_rate", 0.99)
    eps = config.setdefault("epsilon", 1e-8)
    c = config.get("cache", np.zeros_like(w))
    c = rho * c + (1 - rho) * dw ** 2
    next_w = w - lr * dw / (np.sqrt(c) + eps)
    config["cache"] = c
    return next_w, config
"""
ADAM = """
import numpy as np

def adam(w, dw, config=None):
    config = dict(config or {})
    lr = config.setdefault("learning_rate", 1e-3)
    b1, b2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    eps = config.setdefault("epsilon", 1e-8)
    m, v = config.get("m", np.zeros_like(w)), config.get("v", np.zeros_like(w))
    t = config.get("t", 0)
    t = t + 1
    m = b1 * m + (1 - b1) * dw
    v = b2 * v + (1 - b2) * dw * dw
    mhat = m / (1 - b1 ** t)
    vhat = v / (1 - b2 ** t)
    next_w = w - lr * mhat / (np.sqrt(vhat) + eps)
    config.update(m=m, v=v, t=t)
    return next_w, config
"""
NUMERICAL = """
import numpy as np

def numerical_grad(f, x):
    h = 1e-5
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    for _ in it:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        up = f(x)
        x[ix] = old - h
        down = f(x)
        x[ix] = old
        grad[ix] = (up - down) / (2 * h)
    return grad
"""
UNBROADCAST = """
import numpy as np

def unbroadcast(gradient, shape):
    out = np.asarray(gradient)
    while out.ndim > len(shape):
        out = out.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            out = out.sum(axis=axis, keepdims=True)
    return out
"""


def product(words, *slips):
    return wrong("product_of_sum", PRODUCT, words, *slips)


def circuit(words, *slips):
    return wrong("sigmoid_circuit", CIRCUIT, words, *slips)


def fused(words, *slips):
    return wrong("sigmoid_circuit_fused", FUSED, words, *slips)


def chain(words, *slips):
    return wrong("mlp_chain", CHAIN, words, *slips)


def delta(words, *slips):
    return wrong("delta_recursion", DELTA, words, *slips)


def momentum(words, *slips):
    return wrong("sgd_momentum", MOMENTUM, words, *slips)


def rmsprop(words, *slips):
    return wrong("rmsprop", RMSPROP, words, *slips)


def adam(words, *slips):
    return wrong("adam", ADAM, words, *slips)


def numerical(words, *slips):
    return wrong("numerical_grad", NUMERICAL, words, *slips)


def unbroadcast(words, *slips):
    return wrong("unbroadcast", UNBROADCAST, words, *slips)


COMMON = (
    product({"dz": "z for the sum, the gate's own input", "dq": "q for z, the gate's own input"}, ("dz = q * df", "dz = z * df"), ("dq = z * df", "dq = q * df")),
    product({"dx": "x times the upstream, + taken for a product", "dy": "y times the upstream, + taken for a product"}, ("dx = 1.0 * dq", "dx = x * dq"), ("dy = 1.0 * dq", "dy = y * dq")),
    product({"dx": "the local slope alone", "dy": "the local slope alone"}, ("dx = 1.0 * dq", "dx = 1.0"), ("dy = 1.0 * dq", "dy = 1.0")),
    product({"dx": "the other summand times the upstream", "dy": "the other summand times the upstream"}, ("dx = 1.0 * dq", "dx = y * dq"), ("dy = 1.0 * dq", "dy = x * dq")),
    circuit({"dq": "the minus of 1/x is lost"}, ("-1 / q ** 2", "1 / q ** 2")),
    circuit({"dn": "the slope of exp is taken at the output"}, ("math.exp(n) * de", "math.exp(e) * de")),
    circuit({"dn": "the input of exp for its slope"}, ("math.exp(n) * de", "n * de")),
    circuit({"du": "the minus of the gate -u is lost"}, ("du = -dn", "du = dn")),
    circuit({"dq": "the square is lost"}, ("-1 / q ** 2", "-1 / q")),
    circuit({"dw0": "its own value instead of the other's", "dx0": "its own value instead of the other's"}, ("dw0 = x0 * dp0", "dw0 = w0 * dp0"), ("dx0 = w0 * dp0", "dx0 = x0 * dp0")),
    circuit({"dw1": "the upstream is forgotten", "dx1": "the upstream is forgotten"}, ("x1 * dp1", "x1"), ("w1 * dp1", "w1")),
    circuit({"dw2": "w2 times the upstream, + taken for a product"}, ("dw2 = du", "dw2 = w2 * du")),
    fused({"du": "1 - f alone"}, ("(1 - f) * f", "1 - f")),
    fused({"du": "u (1 - u), the input"}, ("(1 - f) * f", "(1 - u) * u")),
    fused({"du": "f itself"}, ("(1 - f) * f", "f")),
    fused({"dw1": "w and x swapped", "dx1": "w and x swapped"}, ("dw1, dx1 = dp1 * x1, dp1 * w1", "dw1, dx1 = dp1 * w1, dp1 * x1")),
    chain({"df3": "the sign turned, y - f3"}, ("df3 = f3 - y", "df3 = y - f3")),
    chain({"da3": "the slope is missing"}, ("da3 = df3 * f3 * (1 - f3)", "da3 = df3")),
    chain({"da2": "the slope is taken at a2 (1 - a2)"}, ("df2 * f2 * (1 - f2)", "df2 * a2 * (1 - a2)")),
    chain({"dw2": "the layer's own output instead of its input"}, ("dw2 = da2 * f1", "dw2 = da2 * f2")),
    chain({"dw1": "the bias's input, 1, instead of x"}, ("dw1 = dp1 * x", "dw1 = dp1")),
    chain({"df1": "f1 instead of w2"}, ("df1 = da2 * w2", "df1 = da2 * f1")),
    chain({"da1": "the output f1 alone instead of its slope"}, ("df1 * f1 * (1 - f1)", "df1 * f1")),
    delta({"delta": "the slope is missing at the output"}, (" * slope(zs[-1])", "")),
    delta({"delta": "the slope is missing below"}, (" * slope(zs[l])", "")),
    delta({"delta": "the slope at the activations"}, ("slope(zs[-1])", "slope(acts[-1])"), ("slope(zs[l])", "slope(acts[l + 1])")),
    delta({"dW": "the activations after the layer"}, ("np.outer(delta, acts[l])", "np.outer(delta, acts[l + 1])")),
    delta({"delta": "the sign turned"}, ("(acts[-1] - y)", "(y - acts[-1])")),
    delta({"dW": "the outer product turned round"}, ("np.outer(delta, acts[l])", "np.outer(acts[l], delta)")),
    momentum({"velocity": "the learning rate times the velocity too", "next_w": "the learning rate times the velocity too"}, ("v = mu * v - lr * dw", "v = mu * v - dw"), ("next_w = w + v", "next_w = w + lr * v")),
    momentum({"velocity": "a plus, uphill", "next_w": "a plus, uphill"}, ("- lr * dw", "+ lr * dw")),
    momentum({"next_w": "minus the velocity"}, ("w + v", "w - v")),
    momentum({"velocity": "1 - mu before the gradient", "next_w": "1 - mu before the gradient"}, ("- lr * dw", "- (1 - mu) * lr * dw")),
    momentum({"velocity": "the velocity is not kept"}, ('config["velocity"] = v', 'config.setdefault("velocity", np.zeros_like(w))')),
    momentum({"velocity": "the old velocity is forgotten", "next_w": "the old velocity is forgotten"}, ("mu * v - lr * dw", "-lr * dw")),
    rmsprop({"next_w": "epsilon under the root"}, ("(np.sqrt(c) + eps)", "np.sqrt(c + eps)")),
    rmsprop({"next_w": "the root is forgotten"}, ("np.sqrt(c)", "c")),
    rmsprop({"cache": "the square is forgotten", "next_w": "the square is forgotten"}, ("dw ** 2", "np.abs(dw)")),
    rmsprop({"cache": "rho and 1 - rho swapped", "next_w": "rho and 1 - rho swapped"}, ("rho * c + (1 - rho) *", "(1 - rho) * c + rho *")),
    rmsprop({"cache": "the sum without 1 - rho, as in AdaGrad", "next_w": "the sum without 1 - rho, as in AdaGrad"}, ("rho * c + (1 - rho) * dw", "c + dw")),
    rmsprop({"next_w": "the old cache is divided by"}, ("np.sqrt(c)", "np.sqrt(config.get('cache', np.zeros_like(w)))")),
    adam({"next_w": "not corrected for the start"}, ("mhat = m / (1 - b1 ** t)", "mhat = m"), ("vhat = v / (1 - b2 ** t)", "vhat = v")),
    adam({"next_w": "corrected with the new step's number one too high"}, ("(1 - b1 ** t)", "(1 - b1 ** (t + 1))"), ("(1 - b2 ** t)", "(1 - b2 ** (t + 1))")),
    adam({"m": "the corrected means are kept", "v": "the corrected means are kept"}, ("config.update(m=m, v=v, t=t)", "config.update(m=mhat, v=vhat, t=t)")),
    adam({"v": "the square is forgotten", "next_w": "the square is forgotten"}, ("(1 - b2) * dw * dw", "(1 - b2) * np.abs(dw)")),
    adam({"t": "t is not kept"}, ("config.update(m=m, v=v, t=t)", 'config.update(m=m, v=v)\n    config.setdefault("t", 0)')),
    adam({"m": "the betas are swapped", "v": "the betas are swapped", "next_w": "the betas are swapped"}, ('b1, b2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)', 'b2, b1 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)')),
    adam({"next_w": "epsilon under the root"}, ("(np.sqrt(vhat) + eps)", "np.sqrt(vhat + eps)")),
    adam({"next_w": "the root is forgotten"}, ("np.sqrt(vhat)", "vhat")),
    numerical({"precision": "one side only"}, ("down = f(x)", "x[ix] = old\n        down = f(x)"), ("(2 * h)", "h")),
    numerical({"gradient": "divided by h instead of 2h", "precision": "divided by h instead of 2h"}, ("(2 * h)", "h")),
    numerical({"gradient": "/ 2 * h, brackets forgotten", "precision": "/ 2 * h, brackets forgotten"}, ("/ (2 * h)", "/ 2 * h")),
    numerical({"precision": "entries are not put back"}, ("        x[ix] = old\n        grad", "        grad")),
    numerical({"gradient": "all entries are moved at once", "precision": "all entries are moved at once"}, ("up = f(x)", "up = f(x + h)"), ("down = f(x)", "down = f(x - h)")),
    numerical({"precision": "a step lost in rounding"}, ("1e-5", "1e-12")),
    unbroadcast({"sums": "means for sums"}, (".sum(axis=0)", ".mean(axis=0)"), (".sum(axis=axis, keepdims=True)", ".mean(axis=axis, keepdims=True)")),
    unbroadcast({"shape": "stretched axes vanish", "sums": "stretched axes vanish"}, (", keepdims=True", "")),
    unbroadcast({"shape": "front axes are taken from the end", "sums": "front axes are taken from the end"}, (".sum(axis=0)", ".sum(axis=-1)")),
    unbroadcast({"sums": "the first copy is taken"}, ("out.sum(axis=0)", "out[0]"), ("out.sum(axis=axis, keepdims=True)", "out.take([0], axis=axis)")),
)  # fmt: skip
OWN = (
    delta({"delta": "the lower layer's slope comes from the layer above"}, ("slope(zs[l])", "slope(weights[l + 1].T.dot(zs[l + 1]))")),
    circuit({"dn": "e² for e"}, ("math.exp(n) * de", "math.exp(2 * n) * de")),
    chain({"dw3": "a half"}, ("dw3 = da3 * f2", "dw3 = 0.5 * da3 * f2")),
    delta({"delta": "a third power at the output"}, ("(acts[-1] - y)", "(acts[-1] - y) ** 3")),
)  # fmt: skip
