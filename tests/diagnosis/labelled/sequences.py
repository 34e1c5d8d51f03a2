"""Embedding, recurrent layers and attention: time, the state's two ways, softmax without its dot product."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

EMBEDDING = """
import numpy as np

def word_embedding_forward(x, W):
    return W[x], (x, W.shape)

def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW
"""
RNN_STEP = """
import numpy as np

def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h ** 2)
    dx = dz.dot(Wx.T)
    dprev_h = dz.dot(Wh.T)
    dWx = x.T.dot(dz)
    dWh = prev_h.T.dot(dz)
    db = dz.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db
"""
RNN = (
    RNN_STEP
    + """
def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    caches, prev = [], h0
    for t in range(T):
        prev, c = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        h[:, t] = prev
        caches.append(c)
    return h, caches

def rnn_backward(dh, caches):
    N, T, H = dh.shape
    D = caches[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dxt, dprev, dWxt, dWht, dbt = rnn_step_backward(dh[:, t] + dprev, caches[t])
        dx[:, t] = dxt
        dWx += dWxt
        dWh += dWht
        db += dbt
    return dx, dprev, dWx, dWh, db
"""
)
LSTM_STEP = """
import numpy as np

def sig(z):
    return 1 / (1 + np.exp(-z))

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = sig(a[:, :H]), sig(a[:, H:2*H]), sig(a[:, 2*H:3*H])
    g = np.tanh(a[:, 3*H:])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tc = np.tanh(next_c)
    do = dnext_h * tc
    dc = dnext_c + dnext_h * o * (1 - tc ** 2)
    df = dc * prev_c
    dprev_c = dc * f
    di = dc * g
    dg = dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
"""
ATTENTION = """
import numpy as np

def attention_forward(q, k, v):
    s = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    A = e / e.sum(axis=-1, keepdims=True)
    return A @ v, (q, k, v, A)

def attention_backward(dout, cache):
    q, k, v, A = cache
    dA = dout @ v.transpose(0, 2, 1)
    dv = A.transpose(0, 2, 1) @ dout
    ds = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))
    ds = ds / np.sqrt(q.shape[-1])
    dq = ds @ k
    dk = ds.transpose(0, 2, 1) @ q
    return dq, dk, dv
"""

RIGHT = (
    ("word_embedding", EMBEDDING), ("rnn_step", RNN_STEP), ("rnn", RNN), ("lstm_step", LSTM_STEP),
    ("attention", ATTENTION),
)  # fmt: skip

ALL_FIVE = ("dx", "dprev_h", "dWx", "dWh", "db")
STATE = "dh[:, t] + dprev"
DOT = "A * (dA - np.sum(dA * A, axis=-1, keepdims=True))"
WRONG = (
    wrong("word_embedding", EMBEDDING, {"dW": "repeated words overwritten"}, ("np.add.at(dW, x, dout)", "dW[x] = dout")),
    wrong("word_embedding", EMBEDDING, {"dW": "repeated words counted once (+= by index)"}, ("np.add.at(dW, x, dout)", "dW[x] += dout")),
    wrong("word_embedding", EMBEDDING, {"dW": "averaged over how often a word occurs"}, ("    return dW\n", "    n = np.bincount(x.ravel(), minlength=shape[0])\n    return dW / np.maximum(n, 1)[:, None]\n")),
    wrong("word_embedding", EMBEDDING, {"dW": "counts: ignores dout"}, ("np.add.at(dW, x, dout)", "np.add.at(dW, x, 1)")),
    wrong("rnn_step", RNN_STEP, dict.fromkeys(ALL_FIVE, "tanh's derivative missing"), ("dnext_h * (1 - next_h ** 2)", "dnext_h")),
    wrong("rnn_step", RNN_STEP, dict.fromkeys(ALL_FIVE, "derivative at the output"), ("1 - next_h ** 2", "1 - np.tanh(next_h) ** 2")),
    wrong("rnn_step", RNN_STEP, {"dprev_h": "missing transpose of Wh"}, ("Wh.T", "Wh")),
    wrong("rnn_step", RNN_STEP, {"db": "mean instead of sum over N"}, ("dz.sum(axis=0)", "dz.mean(axis=0)")),
    wrong("rnn_step", RNN_STEP, {"dWh": "next_h instead of prev_h"}, ("prev_h.T.dot(dz)", "next_h.T.dot(dz)")),
    wrong("rnn_step", RNN_STEP, {"dprev_h": "tanh's derivative missing"}, ("dz.dot(Wh.T)", "dnext_h.dot(Wh.T)")),
    wrong("rnn_step", RNN_STEP, {"dWh": "transposed"}, ("prev_h.T.dot(dz)", "dz.T.dot(prev_h)")),
    wrong("rnn_step", RNN_STEP, {"db": "tanh's derivative missing"}, ("dz.sum(axis=0)", "dnext_h.sum(axis=0)")),
    wrong("rnn", RNN, dict.fromkeys(("dx", "dWx", "dWh", "db"), "no gradient through time") | {"dh0": "no gradient through time"}, (STATE, "dh[:, t]")),
    wrong("rnn", RNN, {"dWh": "overwritten: first step alone"}, ("dWh += dWht", "dWh = dWht")),
    wrong("rnn", RNN, {"db": "overwritten: first step alone"}, ("db += dbt", "db = dbt")),
    wrong("rnn", RNN, {"dWx": "overwritten: first step alone"}, ("dWx += dWxt", "dWx = dWxt")),
    wrong("rnn", RNN, dict.fromkeys(("dx", "dWx", "dWh", "db", "dh0"), "only the last step's upstream"), (STATE, "(dh[:, t] if t == T - 1 else 0) + dprev")),
    wrong("rnn", RNN, {"dh0": "zero"}, ("return dx, dprev,", "return dx, np.zeros_like(dprev),")),
    wrong("lstm_step", LSTM_STEP, {"dprev_c": "path through h missing"}, ("dprev_c = dc * f", "dprev_c = dnext_c * f")),
    wrong("lstm_step", LSTM_STEP, {"dprev_c": "forget gate missing"}, ("dprev_c = dc * f", "dprev_c = dc")),
    wrong("lstm_step", LSTM_STEP, dict.fromkeys(("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"), "path through h missing"), ("dc = dnext_c + dnext_h * o * (1 - tc ** 2)", "dc = dnext_c")),
    wrong("lstm_step", LSTM_STEP, dict.fromkeys(("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"), "upstream of the cell ignored"), ("dc = dnext_c + dnext_h", "dc = dnext_h")),
    wrong("lstm_step", LSTM_STEP, dict.fromkeys(("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"), "tanh's derivative at the cell missing"), ("o * (1 - tc ** 2)", "o")),
    wrong("lstm_step", LSTM_STEP, {"db": "mean instead of sum over N"}, ("da.sum(0)", "da.mean(0)")),
    wrong("lstm_step", LSTM_STEP, dict.fromkeys(("dx", "dprev_h", "dWx", "dWh", "db"), "tanh's derivative at g missing"), ("dg * (1 - g ** 2)", "dg")),
    wrong("lstm_step", LSTM_STEP, dict.fromkeys(("dx", "dprev_h", "dWx", "dWh", "db"), "sigmoid's derivative for g"), ("dg * (1 - g ** 2)", "dg * g * (1 - g)")),
    wrong("attention", ATTENTION, {"dq": "dot term missing", "dk": "dot term missing"}, (DOT, "A * dA")),
    wrong("attention", ATTENTION, {"dq": "scale missing in backward", "dk": "scale missing in backward"}, ("    ds = ds / np.sqrt(q.shape[-1])\n", "")),
    wrong("attention", ATTENTION, {"dq": "diagonal only: A(1 - A)", "dk": "diagonal only: A(1 - A)"}, (DOT, "A * (1 - A) * dA")),
    wrong("attention", ATTENTION, {"dq": "softmax's derivative missing", "dk": "softmax's derivative missing"}, (DOT, "dA")),
    wrong("attention", ATTENTION, {"dq": "sum over the wrong axis", "dk": "sum over the wrong axis"}, ("dA * A, axis=-1", "dA * A, axis=1")),
    wrong("attention", ATTENTION, {"dv": "missing transpose of A"}, ("A.transpose(0, 2, 1) @ dout", "A @ dout")),
    wrong("attention", ATTENTION, {"dk": "missing transpose of ds"}, ("ds.transpose(0, 2, 1) @ q", "ds @ q")),
)  # fmt: skip
