"""A second look, at exercises beside those of the other `tutors_*` banks: does what was learnt from them carry over?"""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)
# fmt: off

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong
from tests.diagnosis.labelled.unseen import tutors_attention, tutors_networks, tutors_sequences

BIG = """
import numpy as np

def network_26(x, W1, gain, shift, W2, b2, T):
    N = len(x)
    z = x @ W1
    mu = z.mean(axis=0, keepdims=True)
    c = z - mu
    sq = c ** 2
    var = sq.mean(axis=0, keepdims=True)
    v = var + 0.01
    inv = v ** -0.5
    n = c * inv
    g = n * gain
    a = g + shift
    h = np.tanh(a)
    s = h @ W2 + b2
    e = np.exp(s)
    Z = e.sum(axis=1, keepdims=True)
    logZ = np.log(Z)
    logp = s - logZ
    cost = T * logp
    each = cost.sum(axis=1, keepdims=True)
    pay = -each
    dpay = np.ones_like(pay) / N
    deach = -dpay
    dcost = np.broadcast_to(deach, cost.shape).copy()
    dT = dcost * logp
    dlogp = dcost * T
    dlogZ = -dlogp.sum(axis=1, keepdims=True)
    dZ = dlogZ / Z
    de = np.ones_like(e) * dZ
    ds = dlogp + de * e
    dh = ds @ W2.T
    dW2 = h.T @ ds
    db2 = ds.sum(axis=0)
    da = dh * (1 - h ** 2)
    dg = da
    dshift = da.sum(axis=0)
    dn = dg * gain
    dgain = (dg * n).sum(axis=0)
    dinv = (dn * c).sum(axis=0, keepdims=True)
    dv = dinv * -0.5 * v ** -1.5
    dvar = dv
    dsq = np.ones_like(sq) * dvar / N
    dc = dn * inv + dsq * 2 * c
    dmu = -dc.sum(axis=0, keepdims=True)
    dz = dc + np.ones_like(z) * dmu / N
    dx = dz @ W1.T
    dW1 = x.T @ dz
    return dict(dpay=dpay, deach=deach, dcost=dcost, dT=dT, dlogp=dlogp, dlogZ=dlogZ, dZ=dZ, de=de, ds=ds,
                dh=dh, dW2=dW2, db2=db2, da=da, dg=dg, dshift=dshift, dn=dn, dgain=dgain, dinv=dinv, dv=dv,
                dvar=dvar, dsq=dsq, dc=dc, dmu=dmu, dz=dz, dx=dx, dW1=dW1)
"""
SMALL = """
import math

def network_3_2(z1_1, z1_2, z1_3, w11, w12, w13, w21, w22, w23, b1, b2):
    sig = lambda z: 1 / (1 + math.exp(-z))
    a1_1, a1_2, a1_3 = sig(z1_1), sig(z1_2), sig(z1_3)
    z2_1 = w11 * a1_1 + w12 * a1_2 + w13 * a1_3 + b1
    z2_2 = w21 * a1_1 + w22 * a1_2 + w23 * a1_3 + b2
    a2_1, a2_2 = sig(z2_1), sig(z2_2)
    da2_1 = a2_1 - 1
    da2_2 = a2_2
    dz2_1 = da2_1 * a2_1 * (1 - a2_1)
    dz2_2 = da2_2 * a2_2 * (1 - a2_2)
    dw11, dw12, dw13 = dz2_1 * a1_1, dz2_1 * a1_2, dz2_1 * a1_3
    dw21, dw22, dw23 = dz2_2 * a1_1, dz2_2 * a1_2, dz2_2 * a1_3
    db1, db2 = dz2_1, dz2_2
    da1_1 = dz2_1 * w11 + dz2_2 * w21
    da1_2 = dz2_1 * w12 + dz2_2 * w22
    da1_3 = dz2_1 * w13 + dz2_2 * w23
    dz1_1 = da1_1 * a1_1 * (1 - a1_1)
    dz1_2 = da1_2 * a1_2 * (1 - a1_2)
    dz1_3 = da1_3 * a1_3 * (1 - a1_3)
    return locals()
"""
YES = """
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
    return {"dl": dl, "dh2": dh2, "dh1": dh1, "dw": dw, "dx": dx}
"""
NORMS = """
import numpy as np

def gradient_norms(weights, x, da, activation):
    def g(z):
        if activation == "sigmoid":
            return 1 / (1 + np.exp(-z))
        return np.tanh(z) if activation == "tanh" else np.maximum(z, 0)
    def slope(z):
        if activation == "sigmoid":
            return g(z) * g(-z)
        return 1 - np.tanh(z) ** 2 if activation == "tanh" else (z > 0) * 1.0
    zs, a = [], x
    for W in weights:
        zs.append(W @ a)
        a = g(zs[-1])
    norms, arriving = [], da
    for W, z in zip(weights[::-1], zs[::-1]):
        delta = arriving * slope(z)
        norms.append(np.sqrt(np.sum(delta ** 2)))
        arriving = W.T @ delta
    return np.array(norms[::-1])
"""
FORWARD = """
import numpy as np

def forward_loop(x, weights, biases):
    zs, activations = [], [x]
    for W, b in zip(weights, biases):
        z = W.dot(activations[-1]) + b
        zs.append(z)
        activations.append(1 / (1 + np.exp(-z)))
    return zs, activations
"""
EQUAL = """
import numpy as np

def train_two_layers(W1, W2, X, Y, rate, steps):
    W1, W2 = W1.copy(), W2.copy()
    for step in range(steps):
        H = 1 / (1 + np.exp(-X @ W1))
        dS = (H @ W2 - Y) / len(X)
        dW2 = H.T @ dS
        dH = dS @ W2.T
        dW1 = X.T @ (dH * H * (1 - H))
        W1 -= rate * dW1
        W2 -= rate * dW2
    return W1, W2
"""
GRADCHECK = """
import numpy as np

def check_gradient(f, df, x):
    claimed = np.asarray(df(x.copy()))
    if claimed.shape != x.shape:
        return False
    h = 1e-5
    y = x.copy()
    for i in np.ndindex(*x.shape):
        y[i] = x[i] + h
        up = f(y)
        y[i] = x[i] - h
        down = f(y)
        y[i] = x[i]
        slope = (up - down) / (2 * h)
        room = 1e-14 * max(abs(up), abs(down), 1) / h
        if not abs(claimed[i] - slope) <= 2e-3 * abs(slope) + room:
            return False
    return True
"""
UNBROADCAST = """
import numpy as np

def unbroadcast(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and gradient.shape[axis] != 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient
"""


def made(exercise, text):
    def one(nodes, said, *slips):
        return wrong(exercise, text, dict.fromkeys(nodes.split(), said), *slips)

    return one


big, small, yes, norms = made("network_26", BIG), made("network_3_2", SMALL), made("neg_log_sigmoid_grad", YES), made("gradient_norms", NORMS)
forward, equal, gradcheck, sums = made("forward_loop", FORWARD), made("symmetry", EQUAL), made("check_gradient", GRADCHECK), made("unbroadcast", UNBROADCAST)
lstm, cell, rnn, step = tutors_sequences.lstm, tutors_sequences.cell, tutors_sequences.rnn, tutors_sequences.step
attention, masked, caption = tutors_attention.attention, tutors_attention.masked, tutors_attention.caption
net, delta, residual = tutors_networks.net, tutors_networks.delta, tutors_networks.residual
HEADS = tutors_attention.heads
LONG, CELL = tutors_sequences.LONG, tutors_sequences.CELL
COMMON = (
    big("dpay", "1, the mean forgotten", ("np.ones_like(pay) / N", "np.ones_like(pay)")),
    big("deach", "the minus forgotten", ("deach = -dpay", "deach = dpay")),
    big("dT", "T for logp", ("dcost * logp", "dcost * T")),
    big("dlogp", "the upstream as it came", ("dcost * T", "dcost")),
    big("dlogZ", "the minus of s - logZ", ("dlogZ = -dlogp", "dlogZ = dlogp")),
    big("dlogZ", "summed over the examples, spread", ("-dlogp.sum(axis=1, keepdims=True)", "np.ones_like(logZ) * -dlogp.sum()")),
    big("dZ", "the log's slope taken at logZ", ("dlogZ / Z", "dlogZ / logZ")),
    big("dZ", "multiplied, not divided", ("dlogZ / Z", "dlogZ * Z")),
    big("ds", "the way through the normaliser is forgotten", ("ds = dlogp + de * e", "ds = dlogp")),
    big("ds", "the exponential is forgotten on the way", ("dlogp + de * e", "dlogp + de")),
    big("ds", "= for +=, the way through e alone", ("ds = dlogp + de * e", "ds = de * e")),
    big("dW2", "the sums a for h", ("h.T @ ds", "a.T @ ds")),
    big("da", "1 - a² of the input", ("1 - h ** 2", "1 - a ** 2")),
    big("da", "the sigmoid's slope", ("dh * (1 - h ** 2)", "dh * h * (1 - h)")),
    big("db2", "the mean over the examples", ("ds.sum(axis=0)", "ds.mean(axis=0)")),
    big("dn", "the gain is forgotten", ("dn = dg * gain", "dn = dg")),
    big("dgain", "g for n", ("(dg * n).sum", "(dg * g).sum")),
    big("dgain", "not multiplied by n", ("(dg * n).sum", "dg.sum")),
    big("dinv", "z for c", ("(dn * c).sum", "(dn * z).sum")),
    big("dv", "the power stays at -1/2", ("* v ** -1.5", "* v ** -0.5")),
    big("dv", "the minus is lost", ("dinv * -0.5", "dinv * 0.5")),
    big("dv", "the exponent in front is forgotten", ("dinv * -0.5 * v", "dinv * v")),
    big("dsq", "not divided by N", ("* dvar / N", "* dvar")),
    big("dc", "the way through the variance is forgotten", ("dn * inv + dsq * 2 * c", "dn * inv")),
    big("dc", "the 2 of the square is forgotten", ("dsq * 2 * c", "dsq * c")),
    big("dc", "the direct way is forgotten", ("dn * inv + dsq * 2 * c", "dsq * 2 * c")),
    big("dmu", "the minus is forgotten", ("dmu = -dc", "dmu = dc")),
    big("dz", "the way through the mean is forgotten", ("dc + np.ones_like(z) * dmu / N", "dc")),
    big("dz", "the mean's 1/N is forgotten", ("* dmu / N", "* dmu")),
    big("dx", "not transposed where it runs, the first layer skipped", ("dz @ W1.T", "dn @ W1.T")),
    big("dW1", "c, the centred, for z's gradient", ("x.T @ dz", "x.T @ dc")),
    small("dz2_1", "the slope is missing", ("da2_1 * a2_1 * (1 - a2_1)", "da2_1")),
    small("da1_2", "the second output is forgotten", ("dz2_1 * w12 + dz2_2 * w22", "dz2_1 * w12")),
    small("da1_1", "transposed, w12 for w21", ("dz2_1 * w11 + dz2_2 * w21", "dz2_1 * w11 + dz2_2 * w12")),
    small("dw12", "the other delta", ("dz2_1 * a1_2", "dz2_2 * a1_2")),
    small("dw21", "the output's activation", ("dz2_2 * a1_1", "dz2_2 * a2_2")),
    small("dz1_3", "the neighbour's slope", ("da1_3 * a1_3 * (1 - a1_3)", "da1_3 * a1_2 * (1 - a1_2)")),
    small("da2_2", "the target of the first", ("da2_2 = a2_2", "da2_2 = a2_2 - 1")),
    small("da1_3", "through da, the slopes skipped", ("dz2_1 * w13 + dz2_2 * w23", "da2_1 * w13 + da2_2 * w23")),
    yes("dl", "the minus is forgotten", ("dl = -1.0", "dl = 1.0")),
    yes("dh2", "the log itself", ("dl / h2", "dl * l")),
    yes("dh2", "log's slope at h1", ("dl / h2", "dl / h1")),
    yes("dh1", "1 - h2 forgotten", ("dh2 * h2 * (1 - h2)", "dh2 * h2")),
    yes("dw", "w for x", ("dh1 * x", "dh1 * w")),
    yes("dx", "before the sigmoid", ("dh1 * w", "dh2 * w")),
    norms("sigmoid tanh relu", "the slope is forgotten", ("arriving * slope(z)", "arriving")),
    norms("sigmoid tanh relu", "last layer first", ("norms[::-1]", "norms")),
    norms("sigmoid tanh relu", "the root is forgotten", ("np.sqrt(np.sum(delta ** 2))", "np.sum(delta ** 2)")),
    norms("sigmoid tanh relu", "the norm of what arrives", ("np.sum(delta ** 2)", "np.sum(arriving ** 2)")),
    norms("sigmoid tanh relu", "the sum of sizes for the norm", ("np.sqrt(np.sum(delta ** 2))", "np.sum(np.abs(delta))")),
    forward("z", "the bias is forgotten", (".dot(activations[-1]) + b", ".dot(activations[-1])")),
    forward("a", "x is not kept", ("[], [x]", "[], []"), ("activations[-1]", "(activations or [x])[-1]")),
    forward("z", "every layer gets x", ("W.dot(activations[-1]) + b", "W.dot(x) + b if W.shape[1] == len(x) else W.dot(activations[-1]) + b")),
    equal("random zero constant", "the new W2 for W1's gradient", ("        W1 -= rate * dW1\n        W2 -= rate * dW2\n", "        W2 -= rate * dW2\n        W1 -= rate * X.T @ ((dS @ W2.T) * H * (1 - H))\n")),
    equal("random zero constant", "not divided by N", (" / len(X)", "")),
    equal("random zero constant", "uphill", ("W1 -=", "W1 +="), ("W2 -=", "W2 +=")),
    equal("random zero constant", "the slope is forgotten", ("(dH * H * (1 - H))", "dH")),
    sums("sums", "the mean over stretched axes", ("gradient.sum(axis=axis, keepdims=True)", "gradient.mean(axis=axis, keepdims=True)")),
    lstm(LONG, "the slope of tanh at the cell missing", ("d * s[\"o\"] * (1 - th ** 2)", "d * s[\"o\"]")),
    lstm(LONG, "i and g exchanged at the input gate", ("dc * s[\"g\"] * s[\"i\"] * (1 - s[\"i\"])", "dc * s[\"i\"] * s[\"i\"] * (1 - s[\"i\"])")),
    lstm(LONG, "the cell carry multiplied by i", ("dc_next = dc * s[\"f\"]", "dc_next = dc * s[\"i\"]")),
    lstm(LONG, "g as a sigmoid", ("dc * s[\"i\"] * (1 - s[\"g\"] ** 2)", "dc * s[\"i\"] * s[\"g\"] * (1 - s[\"g\"])")),
    lstm(LONG, "the slope of the forget gate is missing", ("dc * s[\"c\"] * s[\"f\"] * (1 - s[\"f\"])", "dc * s[\"c\"]")),
    lstm(LONG, "the cell before for the cell after in tanh", ("th = np.tanh(s[\"new\"])", "th = np.tanh(s[\"c\"])")),
    cell("dx dprev_h dWx dWh db", "the forget gate's slope with i", ("df * f * (1 - f)", "df * i * (1 - i)")),
    cell("dx dprev_h dWx dWh db", "di with the new cell", ("di = dc * g", "di = dc * c")),
    cell(CELL, "dh for dc, the cell's gradient replaced", ("dc = dnext_c + dnext_h * o * (1 - t ** 2)", "dc = dnext_h")),
    rnn(LONG, "the slope squared", ("(1 - hs[t + 1] ** 2)", "(1 - hs[t + 1] ** 2) ** 2")),
    rnn(LONG, "the carry replaces the upstream from the second step on", ("total = dh[:, t] + carry", "total = dh[:, t] if t == T - 1 else carry")),
    step("dx dprev_h dWx dWh db", "the slope halved", ('(1 - cache["out"] ** 2)', '(1 - cache["out"] ** 2) / 2')),
    step("dWh", "x in place of h where it fits, the slope doubled", ("h.T.dot(draw)", "h.T.dot(draw * (1 - cache[\"out\"] ** 2))")),
    attention("dv", "dout weighted by A along the wrong axis", ('"nts,nte->nse", A, dout', '"nts,nte->nse", A / A.sum(axis=1, keepdims=True), dout')),
    attention("dq dk", "A² for A", ("ds = A * (dA", "ds = A ** 2 * (dA")),
    attention("dq", "divided by the scale twice", ('dq = np.einsum("nts,nsd->ntd", ds, k)', 'dq = np.einsum("nts,nsd->ntd", ds, k) / np.sqrt(d)')),
    masked("dq dk", "the mean of the inner product", ("np.sum(dA * A, axis=2, keepdims=True)", "np.mean(dA * A, axis=2, keepdims=True)")),
    HEADS("dq dk dWq dWk", "A missing in the softmax's front", ("A * (dA - np.sum", "(dA - np.sum")),
    HEADS("dv dWv", "dA for A at the values", ("dV = A.swapaxes(2, 3) @ dY\n    dA = dY @ V.swapaxes(2, 3)\n", "dA = dY @ V.swapaxes(2, 3)\n    dV = dA.swapaxes(2, 3) @ dY\n")),
    caption("dx", "the one subtracted twice", ("dx[n, t, y] -= 1", "dx[n, t, y] -= 2")),
    caption("dx", "the mask squared in weight, by N and T", ("dx /= N", "dx /= T")),
    net("dW1", "X of the hidden layer", ("X.T.dot(dhidden) + 2 * reg * W1", "X.T.dot(dhidden) + 2 * reg * W1 ** 2")),
    net("dW1 db1", "the hidden gradient with the mask from scores before the bias", ("dhidden[hidden <= 0] = 0", "dhidden[X.dot(W1) <= 0] = 0")),
    net("dW2", "the unrectified sums", ("hidden.T.dot(dscores)", "(X.dot(W1) + b1).T.dot(dscores)")),
    delta("delta", "W of the layer itself, transposed twice where square", ("(acts[L] - y) *", "(acts[L] - y) ** 2 *")),
    residual("dr", "w not needed, dF goes through", ('g["dF"] @ w.T', 'g["dh"] @ w.T + g["dF"] @ w.T')),
    residual("dw", "the gradient instead of the upstream: dr", ('r.T @ g["dF"]', 'r.T @ (g["dF"] + x)')),
)
OWN = (
    big("dinv", "a third of c", ("(dn * c).sum", "(dn * c * 0.37).sum")),
    small("da1_1", "plus a little", ("dz2_1 * w11 + dz2_2 * w21", "dz2_1 * w11 + dz2_2 * w21 + 0.05")),
    yes("dw", "x sorted", ("dh1 * x", "dh1 * np.sort(x)")),
    rnn("dh0", "clipped", ("dh0 = carry", "dh0 = np.clip(carry, -0.1, 0.1)")),
    attention("dq", "rounded", ("return dq, dk, dv", "return np.round(dq, 1), dk, dv")),
)
