"""Recurrent steps, a whole recurrence, LSTM, attention, embeddings: gates, paths through time, softmax rows."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

STEP = """
import numpy as np

def rnn_step_forward(x, prev_h, Wx, Wh, b):
    z = x @ Wx + prev_h @ Wh + b
    next_h = np.tanh(z)
    return next_h, (x, prev_h, Wx, Wh, z, next_h)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, z, next_h = cache
    dz = dnext_h * (1 - next_h ** 2)
    db = dz.sum(axis=0)
    dWx = x.T @ dz
    dWh = prev_h.T @ dz
    dx = dz @ Wx.T
    dprev_h = dz @ Wh.T
    return dx, dprev_h, dWx, dWh, db
"""
RNN = """
import numpy as np

def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    hs, h = np.zeros((N, T, h0.shape[1])), h0
    for t in range(T):
        h = np.tanh(x[:, t] @ Wx + h @ Wh + b)
        hs[:, t] = h
    return hs, (x, h0, Wx, Wh, b, hs)

def rnn_backward(dh, cache):
    x, h0, Wx, Wh, b, hs = cache
    N, T, D = x.shape
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dprev = np.zeros_like(h0)
    for t in reversed(range(T)):
        prev = hs[:, t - 1] if t > 0 else h0
        dnow = dh[:, t] + dprev
        dz = dnow * (1 - hs[:, t] ** 2)
        dx[:, t] = dz @ Wx.T
        dprev = dz @ Wh.T
        dWx += x[:, t].T @ dz
        dWh += prev.T @ dz
        db += dz.sum(axis=0)
    return dx, dprev, dWx, dWh, db
"""
LSTM = """
import numpy as np

def sigma(z):
    return 1 / (1 + np.exp(-z))

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = sigma(a[:, :H]), sigma(a[:, H:2 * H]), sigma(a[:, 2 * H:3 * H])
    g = np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    tc = np.tanh(next_c)
    next_h = o * tc
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c, tc, next_h)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c, tc, next_h = cache
    do = dnext_h * tc
    dc = dnext_c + dnext_h * o * (1 - tc ** 2)
    df = dc * prev_c
    di = dc * g
    dg = dc * i
    dprev_c = dc * f
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g ** 2)
    da = np.hstack((dai, daf, dao, dag))
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
"""
ATTENTION = """
import numpy as np

def attention_forward(q, k, v):
    scale = 1 / np.sqrt(q.shape[-1])
    s = q @ k.transpose(0, 2, 1) * scale
    s = s - s.max(axis=-1, keepdims=True)
    A = np.exp(s)
    A = A / A.sum(axis=-1, keepdims=True)
    return A @ v, (q, k, v, A, s, scale)

def attention_backward(dout, cache):
    q, k, v, A, s, scale = cache
    dv = A.transpose(0, 2, 1) @ dout
    dA = dout @ v.transpose(0, 2, 1)
    ds = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))
    dq = ds @ k * scale
    dk = ds.transpose(0, 2, 1) @ q * scale
    return dq, dk, dv
"""
EMBEDDING = """
import numpy as np

def word_embedding_forward(x, W):
    return W[x], (x, W.shape, W)

def word_embedding_backward(dout, cache):
    x, shape, W = cache
    dW = np.zeros(shape, dtype=dout.dtype)
    np.add.at(dW, x, dout)
    return dW
"""
ALL = "dx dprev_h dWx dWh db"
GATES = "dx dprev_h dWx dWh db"
THROUGH_C = "dx dprev_h dprev_c dWx dWh db"


def each(nodes, said):
    return dict.fromkeys(nodes.split(), said)


def step(nodes, said, *slips):
    return wrong("rnn_step", STEP, each(nodes, said), *slips)


def rnn(nodes, said, *slips):
    return wrong("rnn", RNN, each(nodes, said), *slips)


def lstm(nodes, said, *slips):
    return wrong("lstm_step", LSTM, each(nodes, said), *slips)


def attention(nodes, said, *slips):
    return wrong("attention", ATTENTION, each(nodes, said), *slips)


def embedding(said, after):
    return wrong("word_embedding", EMBEDDING, {"dW": said}, ("np.add.at(dW, x, dout)", after))


DZ, DS = "dz = dnext_h * (1 - next_h ** 2)", "ds = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))"
COMMON = (
    step(ALL, "1 - z² of the pre-activation", (DZ, "dz = dnext_h * (1 - z ** 2)")),
    step(ALL, "the slope of tanh is missing", (DZ, "dz = dnext_h")),
    step(ALL, "1 - h, the square forgotten", (DZ, "dz = dnext_h * (1 - next_h)")),
    step(ALL, "the slope of the sigmoid", (DZ, "dz = dnext_h * next_h * (1 - next_h)")),
    step(ALL, "dnext_h is ignored", (DZ, "dz = 1 - next_h ** 2")),
    step("dprev_h", "Wh is not transposed", ("dz @ Wh.T", "dz @ Wh")),
    step("dWh", "transposed", ("prev_h.T @ dz", "dz.T @ prev_h")),
    step("dWh", "next_h instead of prev_h", ("prev_h.T @ dz", "next_h.T @ dz")),
    step("db", "a mean over the batch", ("dz.sum(axis=0)", "dz.mean(axis=0)")),
    step("dx", "Wx is not transposed", ("dz @ Wx.T", "dz @ Wx")),
    rnn("dx dh0 dWx dWh db", "the gradient from the next step is not added", ("dnow = dh[:, t] + dprev", "dnow = dh[:, t]")),
    rnn("dWx", "the first step only, = instead of +=", ("dWx += x", "dWx = x")),
    rnn("db", "the first step only, = instead of +=", ("db += dz", "db = dz")),
    rnn("dWh", "next h instead of the previous", ("dWh += prev.T", "dWh += hs[:, t].T")),
    rnn("dx dh0 dWx dWh db", "Wh is not transposed", ("dprev = dz @ Wh.T", "dprev = dz @ Wh")),
    rnn("dx dh0 dWx dWh db", "the slope of tanh is missing", ("dz = dnow * (1 - hs[:, t] ** 2)", "dz = dnow")),
    rnn("dx dh0 dWx dWh db", "the upstream of later steps is ignored, only the last step's counts", ("dnow = dh[:, t] + dprev", "dnow = dh[:, t] + dprev if t == T - 1 else dprev")),
    lstm(THROUGH_C, "the path from h to c is forgotten", ("dc = dnext_c + dnext_h * o * (1 - tc ** 2)", "dc = dnext_c")),
    lstm(THROUGH_C, "dnext_c is forgotten", ("dc = dnext_c + dnext_h", "dc = dnext_h")),
    lstm(THROUGH_C, "the slope of tanh(c) is missing", ("o * (1 - tc ** 2)", "o")),
    lstm(THROUGH_C, "1 - c² of the cell instead of its tanh", ("(1 - tc ** 2)", "(1 - next_c ** 2)")),
    lstm(GATES, "the quarters in the order i, f, g, o", ("(dai, daf, dao, dag)", "(dai, daf, dag, dao)")),
    lstm(GATES, "the slope of the sigmoid for g", ("dg * (1 - g ** 2)", "dg * g * (1 - g)")),
    lstm(GATES, "1 - g, the square forgotten", ("dg * (1 - g ** 2)", "dg * (1 - g)")),
    lstm(GATES, "the slopes of the sigmoids are missing", ("di * i * (1 - i)", "di"), ("df * f * (1 - f)", "df"), ("do * o * (1 - o)", "do")),
    lstm(GATES, "the forget gate gets the new cell", ("df = dc * prev_c", "df = dc * next_c")),
    lstm(GATES, "the output gate gets c instead of tanh c", ("do = dnext_h * tc", "do = dnext_h * next_c")),
    lstm(GATES, "the input gate gets itself instead of g", ("di = dc * g", "di = dc * i")),
    lstm("dprev_c", "the forget gate is missing", ("dprev_c = dc * f", "dprev_c = dc")),
    lstm("dprev_c", "the path through h is forgotten", ("dprev_c = dc * f", "dprev_c = dnext_c * f")),
    lstm("dWh", "next_h instead of prev_h", ("prev_h.T @ da", "next_h.T @ da")),
    lstm("db", "a mean over the batch", ("da.sum(axis=0)", "da.mean(axis=0)")),
    lstm("dprev_c", "the input gate instead of the forget gate", ("dprev_c = dc * f", "dprev_c = dc * i")),
    attention("dq", "the scale is missing", ("ds @ k * scale", "ds @ k")),
    attention("dk", "the scale is missing", ("@ q * scale", "@ q")),
    attention("dq dk", "the scale is missing", ("ds @ k * scale", "ds @ k"), ("@ q * scale", "@ q")),
    attention("dq dk", "the softmax's sum is missing, A times dA", (DS, "ds = A * dA")),
    attention("dq dk", "the softmax's sum runs over the queries", (DS, DS.replace("axis=-1", "axis=1"))),
    attention("dq dk", "the softmax's slope is missing", (DS, "ds = dA")),
    attention("dq dk", "A (1 - A), the diagonal of the softmax's Jacobian", (DS, "ds = dA * A * (1 - A)")),
    attention("dq", "q instead of k", ("ds @ k * scale", "ds @ q * scale")),
    attention("dk", "ds is not transposed", ("ds.transpose(0, 2, 1) @ q", "ds @ q")),
    attention("dv", "A is not transposed", ("A.transpose(0, 2, 1) @ dout", "A @ dout")),
    attention("dv", "the scores instead of the weights", ("A.transpose(0, 2, 1) @ dout", "s.transpose(0, 2, 1) @ dout")),
    attention("dq dk", "D instead of its root", ("dq = ds", "scale = scale ** 2\n    dq = ds")),
    attention("dq dk", "the scale twice", (DS, DS + " * scale")),
    embedding("a word that comes again overwrites, dW[x] += dout", "dW[x] += dout"),
    embedding("dout is ignored, words are counted", "np.add.at(dW, x, 1.0)"),
    embedding("a mean over the uses of a word", "np.add.at(dW, x, dout)\n    dW /= np.maximum(np.bincount(x.ravel(), minlength=shape[0]), 1)[:, None]"),
    embedding("the first word of each sentence only", "np.add.at(dW, x[:, 0], dout[:, 0])"),
    embedding("a mean over the batch", "np.add.at(dW, x, dout / x.shape[0])"),
)  # fmt: skip
OWN = (
    step("dWx", "dnext_h instead of dz", ("x.T @ dz", "x.T @ dnext_h")),
    step("db", "the first example only", ("dz.sum(axis=0)", "dz[0]")),
    step("dprev_h", "dx is taken again through Wh", ("dz @ Wh.T", "(dz + prev_h) @ Wh.T")),
    rnn("dh0", "h0 is added", ("return dx, dprev,", "return dx, dprev + h0,")),
    rnn("dx", "the last step is left out", ("return dx,", "dx[:, -1] = 0\n    return dx,")),
    lstm(GATES, "the forget gate's slope is squared", ("df * f * (1 - f)", "df * f ** 2 * (1 - f)")),
    lstm("dprev_h", "dnext_h is added", ("da @ Wh.T", "da @ Wh.T + dnext_h")),
    lstm("db", "the last quarter is left out", ("db = da.sum(axis=0)", "db = da.sum(axis=0)\n    db[-g.shape[1]:] = 0")),
    attention("dv", "the transposed weights are normalised anew", ("dv = A.transpose(0, 2, 1) @ dout", "B = A.transpose(0, 2, 1)\n    dv = (B / B.sum(axis=-1, keepdims=True)) @ dout")),
    attention("dq dk", "A squared in the softmax's sum", (DS, "ds = A * (dA - np.sum(dA * A ** 2, axis=-1, keepdims=True))")),
    embedding("word 0 is skipped", "np.add.at(dW, x, dout)\n    dW[0] = 0"),
    embedding("W is added", "np.add.at(dW, x, dout)\n    dW += W"),
)  # fmt: skip
