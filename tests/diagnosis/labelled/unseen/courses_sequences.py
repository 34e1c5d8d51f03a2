"""Recurrent layers, words, attention: what is handed from step to step, and what is lost on the way."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

STEP = """
import numpy as np

def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, {"x": x, "h": prev_h, "Wx": Wx, "Wh": Wh, "next": next_h}

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = (cache[k] for k in ("x", "h", "Wx", "Wh", "next"))
    da = (1 - next_h * next_h) * dnext_h
    db = da.sum(axis=0)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    dprev_h = da.dot(Wh.T)
    dx = da.dot(Wx.T)
    return dx, dprev_h, dWx, dWh, db
"""
RNN = """
import numpy as np

def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    states = [h0]
    for t in range(T):
        states.append(np.tanh(x[:, t] @ Wx + states[-1] @ Wh + b))
    return np.stack(states[1:], axis=1), (x, Wx, Wh, states)

def rnn_backward(dh, cache):
    x, Wx, Wh, states = cache
    N, T, H = dh.shape
    dx = np.zeros(x.shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(H)
    carry = np.zeros((N, H))
    for t in reversed(range(T)):
        total = dh[:, t] + carry
        dz = total * (1 - states[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += states[t].T @ dz
        db += dz.sum(axis=0)
        carry = dz @ Wh.T
    return dx, carry, dWx, dWh, db
"""
LSTM_STEP = """
import numpy as np

def sig(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o, g = sig(a[:, :H]), sig(a[:, H:2 * H]), sig(a[:, 2 * H:3 * H]), np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    tc = np.tanh(next_c)
    return o * tc, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c, tc)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c, tc = cache
    do = dnext_h * tc
    dc = dnext_c + dnext_h * o * (1 - tc ** 2)
    di = dc * g
    df = dc * prev_c
    dg = dc * i
    dprev_c = dc * f
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g ** 2)
    da = np.hstack((dai, daf, dao, dag))
    dx = da.dot(Wx.T)
    dWx = x.T.dot(da)
    dprev_h = da.dot(Wh.T)
    dWh = prev_h.T.dot(da)
    db = np.sum(da, axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
"""
LSTM = (
    LSTM_STEP
    + """
def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h, c = h0, np.zeros_like(h0)
    hs, caches = [], []
    for t in range(T):
        h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches

def lstm_backward(dh, caches):
    N, T, H = dh.shape
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    dxs, dWx, dWh, db = [], 0, 0, 0
    for t in range(T - 1, -1, -1):
        dxt, dprev_h, dprev_c, dWxt, dWht, dbt = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, caches[t])
        dxs.insert(0, dxt)
        dWx = dWx + dWxt
        dWh = dWh + dWht
        db = db + dbt
    return np.stack(dxs, axis=1), dprev_h, dWx, dWh, db
"""
)
WORDS = """
import numpy as np

def word_embedding_forward(x, W):
    return W[x], (x, W.shape)

def word_embedding_backward(dout, cache):
    x, shape = cache
    N, T = x.shape
    dW = np.zeros(shape)
    for n in range(N):
        for t in range(T):
            dW[x[n, t]] += dout[n, t]
    return dW
"""
TEMPORAL = """
import numpy as np

def temporal_affine_forward(x, w, b):
    return np.einsum("ntd,dm->ntm", x, w) + b, (x, w, b)

def temporal_affine_backward(dout, cache):
    x, w, b = cache
    N, T, D = x.shape
    dx = dout.dot(w.T)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for t in range(T):
        dw += x[:, t].T.dot(dout[:, t])
        db += dout[:, t].sum(axis=0)
    return dx, dw, db
"""
ATTENTION = """
import numpy as np

def attention_forward(q, k, v):
    scale = np.sqrt(q.shape[-1])
    scores = np.einsum("ntd,nsd->nts", q, k) / scale
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    a = e / e.sum(axis=-1, keepdims=True)
    return np.einsum("nts,nse->nte", a, v), (q, k, v, a, scale)

def attention_backward(dout, cache):
    q, k, v, a, scale = cache
    dv = np.einsum("nts,nte->nse", a, dout)
    da = np.einsum("nte,nse->nts", dout, v)
    ds = a * (da - (da * a).sum(axis=-1, keepdims=True))
    dz = ds / scale
    dq = np.einsum("nts,nsd->ntd", dz, k)
    dk = np.einsum("nts,ntd->nsd", dz, q)
    return dq, dk, dv
"""


def step(words, *slips):
    return wrong("rnn_step", STEP, words, *slips)


def rnn(words, *slips):
    return wrong("rnn", RNN, words, *slips)


def cell(words, *slips):
    return wrong("lstm_step", LSTM_STEP, words, *slips)


def lstm(words, *slips):
    return wrong("lstm", LSTM, words, *slips)


def words(said, *slips):
    return wrong("word_embedding", WORDS, {"dW": said}, *slips)


def temporal(words, *slips):
    return wrong("temporal_affine", TEMPORAL, words, *slips)


def attention(words, *slips):
    return wrong("attention", ATTENTION, words, *slips)


def every(said, nodes):
    return dict.fromkeys(nodes.split(), said)


ALL = "dx dprev_h dWx dWh db"
COMMON = (
    step(every("the slope of tanh is missing", ALL), ("(1 - next_h * next_h) * dnext_h", "dnext_h")),
    step(every("tanh of the output once more", ALL), ("(1 - next_h * next_h)", "(1 - np.tanh(next_h) ** 2)")),
    step(every("the slope of the sigmoid", ALL), ("(1 - next_h * next_h)", "next_h * (1 - next_h)")),
    step(every("the state before for the state after", ALL), ("(1 - next_h * next_h)", "(1 - prev_h * prev_h)")),
    step({"dprev_h": "Wh is not transposed"}, ("da.dot(Wh.T)", "da.dot(Wh)")),
    step({"dWh": "the state after for the state before"}, ("prev_h.T.dot", "next_h.T.dot")),
    step({"db": "a mean over the batch"}, ("da.sum(axis=0)", "da.mean(axis=0)")),
    step({"dWx": "dnext_h instead of the gradient at z", "dWh": "dnext_h instead of the gradient at z"}, ("x.T.dot(da)", "x.T.dot(dnext_h)"), ("prev_h.T.dot(da)", "prev_h.T.dot(dnext_h)")),
    rnn({"dx": "nothing is carried back in time", "dh0": "nothing is carried back in time", "dWx": "nothing is carried back in time", "dWh": "nothing is carried back in time", "db": "nothing is carried back in time"}, ("total = dh[:, t] + carry", "total = dh[:, t]")),
    rnn({"dWx": "the first step's alone, = for +=", "dWh": "the first step's alone, = for +=", "db": "the first step's alone, = for +="}, ("dWx +=", "dWx ="), ("dWh +=", "dWh ="), ("db +=", "db =")),
    rnn({"dWh": "each state with its own gradient, not the one before"}, ("states[t].T @ dz", "states[t + 1].T @ dz")),
    rnn(every("the steps are gone through forwards", "dx dh0 dWx dWh db"), ("reversed(range(T))", "range(T)")),
    rnn(every("dh is left out at all but the last step", "dx dh0 dWx dWh db"), ("total = dh[:, t] + carry", "total = dh[:, t] if t == T - 1 else carry")),
    rnn({"dh0": "zeros, never filled"}, ("return dx, carry, dWx", "return dx, np.zeros_like(carry), dWx")),
    rnn({"dh0": "the gradient at the first state's z"}, ("return dx, carry, dWx", "return dx, dz, dWx")),
    rnn(every("Wh is not transposed on the way back", "dx dh0 dWx dWh db"), ("carry = dz @ Wh.T", "carry = dz @ Wh")),
    rnn(every("the carry grows, += for =", "dx dh0 dWx dWh db"), ("carry = dz @ Wh.T", "carry += dz @ Wh.T")),
    cell(every("dnext_c is forgotten", "dx dprev_h dprev_c dWx dWh db"), ("dc = dnext_c + dnext_h", "dc = dnext_h")),
    cell(every("what comes through the state is forgotten in the cell", "dx dprev_h dprev_c dWx dWh db"), ("dc = dnext_c + dnext_h * o * (1 - tc ** 2)", "dc = dnext_c")),
    cell(every("tanh's slope at the cell is missing", "dx dprev_h dprev_c dWx dWh db"), (" * (1 - tc ** 2)", "")),
    cell({"dprev_c": "dnext_c instead of the whole gradient of the cell"}, ("dprev_c = dc * f", "dprev_c = dnext_c * f")),
    cell(every("the cell for its tanh at the output gate", "dx dprev_h dWx dWh db"), ("do = dnext_h * tc", "do = dnext_h * next_c")),
    cell(every("the sigmoids' slopes are missing", "dx dprev_h dWx dWh db"), (" * i * (1 - i)", ""), (" * f * (1 - f)", ""), (" * o * (1 - o)", "")),
    cell(every("the slope of the sigmoid at g", "dx dprev_h dWx dWh db"), ("(1 - g ** 2)", "g * (1 - g)")),
    cell(every("the gates in another order: f, i", "dx dprev_h dWx dWh db"), ("(dai, daf, dao, dag)", "(daf, dai, dao, dag)")),
    cell(every("i and g swapped: di = dc i", "dx dprev_h dWx dWh db"), ("di = dc * g", "di = dc * i"), ("dg = dc * i", "dg = dc * g")),
    lstm(every("the carried cell is dropped", "dx dh0 dWx dWh db"), ("dh[:, t] + dprev_h, dprev_c, caches", "dh[:, t] + dprev_h, 0 * dprev_c, caches")),
    lstm(every("the carried state is dropped", "dx dh0 dWx dWh db"), ("dh[:, t] + dprev_h, dprev_c", "dh[:, t], dprev_c")),
    lstm({"dWx": "the first step's alone, = for +=", "dWh": "the first step's alone, = for +="}, ("dWx = dWx + dWxt", "dWx = dWxt"), ("dWh = dWh + dWht", "dWh = dWht")),
    lstm({"dx": "the list is in backward order"}, ("dxs.insert(0, dxt)", "dxs.append(dxt)")),
    lstm({"dh0": "the cell's gradient is returned"}, ("axis=1), dprev_h, dWx", "axis=1), dprev_c, dWx")),
    words("repeated words count once, = for +=", ("dW[x[n, t]] +=", "dW[x[n, t]] =")),
    words("a fancy += that keeps one of the repeats", ("    for n in range(N):\n        for t in range(T):\n            dW[x[n, t]] += dout[n, t]\n", "    dW[x] += dout\n")),
    words("counts of the words, dout forgotten", ("+= dout[n, t]", "+= 1.0")),
    words("a mean over each word's repeats", ("    return dW", "    seen = np.bincount(x.ravel(), minlength=shape[0])\n    return dW / np.maximum(seen, 1)[:, None]")),
    words("divided by the batch", ("    return dW", "    return dW / N")),
    temporal({"dw": "the last step alone", "db": "the last step alone"}, ("dw +=", "dw ="), ("db +=", "db =")),
    temporal({"db": "summed over the batch, a mean over time"}, ("    return dx, dw, db", "    return dx, dw, db / T")),
    temporal({"dw": "a mean over batch and time"}, ("    return dx, dw, db", "    return dx, dw / (N * T), db")),
    temporal({"db": "summed over the batch only, (T, M)"}, ("    return dx, dw, db", "    return dx, dw, dout.sum(axis=0)")),
    attention({"dq": "the scale is forgotten", "dk": "the scale is forgotten"}, ("dz = ds / scale", "dz = ds")),
    attention({"dq": "divided by D instead of its root", "dk": "divided by D instead of its root"}, ("dz = ds / scale", "dz = ds / scale ** 2")),
    attention({"dq": "times the scale", "dk": "times the scale"}, ("dz = ds / scale", "dz = ds * scale")),
    attention({"dq": "the softmax as if it were entry by entry, a (1 - a)", "dk": "the softmax as if it were entry by entry, a (1 - a)"}, ("ds = a * (da - (da * a).sum(axis=-1, keepdims=True))", "ds = da * a * (1 - a)")),
    attention({"dq": "the softmax's sum is left out", "dk": "the softmax's sum is left out"}, ("(da - (da * a).sum(axis=-1, keepdims=True))", "da")),
    attention({"dq": "the softmax is skipped", "dk": "the softmax is skipped"}, ("ds = a * (da - (da * a).sum(axis=-1, keepdims=True))", "ds = da")),
    attention({"dq": "the sum is over the queries", "dk": "the sum is over the queries"}, ("(da * a).sum(axis=-1, keepdims=True)", "(da * a).sum(axis=1, keepdims=True)")),
    attention({"dq": "the row sum without the weights", "dk": "the row sum without the weights"}, ("(da * a).sum(axis=-1, keepdims=True)", "da.sum(axis=-1, keepdims=True)")),
    attention({"dv": "the weights' gradient instead of the weights"}, ('"nts,nte->nse", a, dout)', '"nts,nte->nse", np.einsum("nte,nse->nts", dout, v), dout)')),
)  # fmt: skip
OWN = (
    cell({"dprev_h": "Wh is replaced by nothing, the quarters added"}, ("dprev_h = da.dot(Wh.T)", "dprev_h = dai + daf + dao + dag")),
    cell(every("a factor 2 at the forget gate", "dx dprev_h dWx dWh db"), ("daf = df *", "daf = 2 * df *")),
    rnn({"db": "the first hidden unit is skipped"}, ("    return dx, carry", "    db[0] = 0\n    return dx, carry")),
    attention({"dv": "half of the queries"}, ('"nts,nte->nse", a, dout)', '"nts,nte->nse", a[:, ::2], dout[:, ::2])')),
)  # fmt: skip
