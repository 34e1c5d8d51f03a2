"""What tutors see in recurrent steps and sequences: carries dropped, wrong caches, slopes at the wrong point."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)
# fmt: off

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

STEP = """
import numpy as np

def rnn_step_forward(x, prev_h, Wx, Wh, b):
    raw = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    next_h = np.tanh(raw)
    return next_h, {"x": x, "h": prev_h, "Wx": Wx, "Wh": Wh, "raw": raw, "out": next_h}

def rnn_step_backward(dnext_h, cache):
    x, h, Wx, Wh = cache["x"], cache["h"], cache["Wx"], cache["Wh"]
    draw = dnext_h * (1 - cache["out"] ** 2)
    dx = draw.dot(Wx.T)
    dprev_h = draw.dot(Wh.T)
    dWx = x.T.dot(draw)
    dWh = h.T.dot(draw)
    db = draw.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db
"""
RNN = """
import numpy as np

def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    hs = [h0]
    for t in range(T):
        hs.append(np.tanh(x[:, t] @ Wx + hs[-1] @ Wh + b))
    return np.stack(hs[1:], axis=1), (x, hs, Wx, Wh)

def rnn_backward(dh, cache):
    x, hs, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros_like(x)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(H)
    carry = np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        total = dh[:, t] + carry
        dz = total * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += np.sum(dz, axis=0)
        carry = dz @ Wh.T
    dh0 = carry
    return dx, dh0, dWx, dWh, db
"""
LSTM_STEP = """
import numpy as np

def squash(z):
    return 1 / (1 + np.exp(-z))

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    ai, af, ao, ag = np.split(a, 4, axis=1)
    i, f, o, g = squash(ai), squash(af), squash(ao), np.tanh(ag)
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, c = cache
    t = np.tanh(c)
    do = dnext_h * t
    dc = dnext_c + dnext_h * o * (1 - t ** 2)
    df = dc * prev_c
    di = dc * g
    dg = dc * i
    dprev_c = dc * f
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g ** 2)
    da = np.hstack([dai, daf, dao, dag])
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
"""
LSTM = """
import numpy as np

def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    sig = lambda z: 1 / (1 + np.exp(-z))
    h, c = h0, np.zeros((N, H))
    hs, tape = np.zeros((N, T, H)), []
    for t in range(T):
        z = x[:, t] @ Wx + h @ Wh + b
        i, f, o = sig(z[:, :H]), sig(z[:, H:2*H]), sig(z[:, 2*H:3*H])
        g = np.tanh(z[:, 3*H:])
        new = f * c + i * g
        tape.append(dict(x=x[:, t], h=h, c=c, i=i, f=f, o=o, g=g, new=new))
        c, h = new, o * np.tanh(new)
        hs[:, t] = h
    return hs, (tape, Wx, Wh)

def lstm_backward(dh, cache):
    tape, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros((N, T, Wx.shape[0]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H)
    dh_next, dc_next = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        s = tape[t]
        d = dh[:, t] + dh_next
        th = np.tanh(s["new"])
        dc = dc_next + d * s["o"] * (1 - th ** 2)
        dz = np.concatenate([dc * s["g"] * s["i"] * (1 - s["i"]),
                             dc * s["c"] * s["f"] * (1 - s["f"]),
                             d * th * s["o"] * (1 - s["o"]),
                             dc * s["i"] * (1 - s["g"] ** 2)], axis=1)
        dx[:, t] = dz @ Wx.T
        dWx += s["x"].T @ dz
        dWh += s["h"].T @ dz
        db += dz.sum(axis=0)
        dh_next = dz @ Wh.T
        dc_next = dc * s["f"]
    return dx, dh_next, dWx, dWh, db
"""
ALL = "dx dprev_h dWx dWh db"
LONG = "dx dh0 dWx dWh db"
CELL = "dx dprev_h dprev_c dWx dWh db"


def each(nodes, said):
    return dict.fromkeys(nodes.split(), said)


def step(nodes, said, *slips):
    return wrong("rnn_step", STEP, each(nodes, said), *slips)


def rnn(nodes, said, *slips):
    return wrong("rnn", RNN, each(nodes, said), *slips)


def cell(nodes, said, *slips):
    return wrong("lstm_step", LSTM_STEP, each(nodes, said), *slips)


def lstm(nodes, said, *slips):
    return wrong("lstm", LSTM, each(nodes, said), *slips)


SLOPE = 'dnext_h * (1 - cache["out"] ** 2)'
TURN = "dz = total * (1 - hs[t + 1] ** 2)"
COMMON = (
    step(ALL, "the slope of tanh at the output instead of z", (SLOPE, 'dnext_h * (1 - np.tanh(cache["out"]) ** 2)')),
    step(ALL, "1 - z² of the pre-activation", (SLOPE, 'dnext_h * (1 - cache["raw"] ** 2)')),
    step(ALL, "1 - h² of the state before", (SLOPE, "dnext_h * (1 - h ** 2)")),
    step(ALL, "the slope left out", (SLOPE, "dnext_h")),
    step(ALL, "the slope without upstream", (SLOPE, '1 - cache["out"] ** 2')),
    step(ALL, "1 - h, the square forgotten", (SLOPE, 'dnext_h * (1 - cache["out"])')),
    step(ALL, "the slope of a sigmoid", (SLOPE, 'dnext_h * cache["out"] * (1 - cache["out"])')),
    step(ALL, "the wrong sign of the slope", (SLOPE, 'dnext_h * (cache["out"] ** 2 - 1)')),
    step(ALL, "upstream plus the slope", (SLOPE, 'dnext_h + (1 - cache["out"] ** 2)')),
    step("dWx", "upstream for the gradient at z", ("x.T.dot(draw)", "x.T.dot(dnext_h)")),
    step("dWh", "the new state in place of the old", ("h.T.dot(draw)", 'cache["out"].T.dot(draw)')),
    step("dprev_h", "the transpose of Wh is missing", ("draw.dot(Wh.T)", "draw.dot(Wh)")),
    step("dWh", "transposed", ("h.T.dot(draw)", "draw.T.dot(h)")),
    step("db", "the mean of the batch", ("draw.sum(axis=0)", "draw.mean(axis=0)")),
    step("db", "summed over everything", ("draw.sum(axis=0)", "np.sum(draw) * np.ones(draw.shape[1])")),
    step("db", "the upstream is summed", ("draw.sum(axis=0)", "dnext_h.sum(axis=0)")),
    step("dx dprev_h", "upstream for the gradient at z", ("draw.dot(Wx.T)", "dnext_h.dot(Wx.T)"), ("draw.dot(Wh.T)", "dnext_h.dot(Wh.T)")),
    step("dWx dWh db", "divided by the batch size", ("x.T.dot(draw)", "x.T.dot(draw) / len(x)"), ("h.T.dot(draw)", "h.T.dot(draw) / len(x)"), ("draw.sum(axis=0)", "draw.mean(axis=0)")),
    rnn(LONG, "nothing is carried to the step before", ("total = dh[:, t] + carry", "total = dh[:, t]")),
    rnn(LONG, "only what the last step carries back, outside gradients dropped", ("total = dh[:, t] + carry", "total = carry if t < T - 1 else dh[:, t]")),
    rnn(LONG, "the carry passes without the slope", ("carry = dz @ Wh.T", "carry = total @ Wh.T")),
    rnn(LONG, "the carry without the transpose", ("carry = dz @ Wh.T", "carry = dz @ Wh")),
    rnn(LONG, "the slope at the state before", (TURN, "dz = total * (1 - hs[t] ** 2)")),
    rnn("dWh", "the state after the step in dWh", ("dWh += hs[t].T", "dWh += hs[t + 1].T")),
    rnn("dWx dWh db", "the last one only, = for +=", ("dWx +=", "dWx ="), ("dWh +=", "dWh ="), ("db +=", "db =")),
    rnn("dWh", "= for += in dWh", ("dWh +=", "dWh =")),
    rnn("dh0", "the gradient at h1 is handed back", ("dh0 = carry", "dh0 = total")),
    rnn("dh0", "the first slice of dh", ("dh0 = carry", "dh0 = dh[:, 0]")),
    rnn("dh0", "zeros, never filled", ("dh0 = carry", "dh0 = np.zeros((N, H))")),
    rnn(LONG, "the loop stops before step 0", ("range(T - 1, -1, -1)", "range(T - 1, 0, -1)")),
    rnn("dWx dWh db", "the mean over the steps", ("dh0 = carry", "dh0 = carry\n    dWx, dWh, db = dWx / T, dWh / T, db / T")),
    rnn(LONG, "the slope of tanh left out", (TURN, "dz = total")),
    rnn(LONG, "the slope for the carry only", (TURN, "dz = dh[:, t] + carry * (1 - hs[t + 1] ** 2)")),
    rnn(LONG, "the slope for the upstream only", (TURN, "dz = dh[:, t] * (1 - hs[t + 1] ** 2) + carry")),
    rnn("db", "mean over the batch", ("np.sum(dz, axis=0)", "np.mean(dz, axis=0)")),
    cell(CELL, "the path through h to the cell is missing", ("dc = dnext_c + dnext_h * o * (1 - t ** 2)", "dc = dnext_c")),
    cell(CELL, "the upstream of c is dropped", ("dc = dnext_c + dnext_h", "dc = dnext_h")),
    cell(CELL, "o is missing on the way from h to c", ("dnext_h * o * (1 - t ** 2)", "dnext_h * (1 - t ** 2)")),
    cell(CELL, "the slope of tanh(c) is missing", ("dnext_h * o * (1 - t ** 2)", "dnext_h * o")),
    cell(CELL, "1 - c² for the slope of tanh(c)", ("dnext_h * o * (1 - t ** 2)", "dnext_h * o * (1 - c ** 2)")),
    cell("dx dprev_h dWx dWh db", "the new cell for the old at the forget gate", ("df = dc * prev_c", "df = dc * c")),
    cell("dx dprev_h dWx dWh db", "i and g exchanged", ("di = dc * g", "di = dc * i"), ("dg = dc * i", "dg = dc * g")),
    cell("dx dprev_h dWx dWh db", "tanh forgotten at the output gate", ("do = dnext_h * t", "do = dnext_h * c")),
    cell("dx dprev_h dWx dWh db", "the gates put together as i f g o", ("[dai, daf, dao, dag]", "[dai, daf, dag, dao]")),
    cell("dx dprev_h dWx dWh db", "g treated like a sigmoid gate", ("dg * (1 - g ** 2)", "dg * g * (1 - g)")),
    cell("dx dprev_h dWx dWh db", "the slopes of the gates are missing", ("di * i * (1 - i)", "di"), ("df * f * (1 - f)", "df"), ("do * o * (1 - o)", "do"), ("dg * (1 - g ** 2)", "dg")),
    cell("dx dprev_h dWx dWh db", "the slope of g is missing", ("dg * (1 - g ** 2)", "dg")),
    cell("dx dprev_h dWx dWh db", "the slope of the output gate is missing", ("do * o * (1 - o)", "do")),
    cell("dprev_c", "the upstream of c alone times f", ("dprev_c = dc * f", "dprev_c = dnext_c * f")),
    cell("dprev_c", "f is missing", ("dprev_c = dc * f", "dprev_c = dc")),
    cell("dprev_c", "the input gate for the forget gate", ("dprev_c = dc * f", "dprev_c = dc * i")),
    cell("dWh", "next h for prev h", ("prev_h.T @ da", "(o * t).T @ da")),
    cell("db", "the mean over the batch", ("da.sum(0)", "da.mean(0)")),
    lstm(LONG, "the cell's carry is dropped", ("dc_next = dc * s[\"f\"]", "dc_next = 0 * dc")),
    lstm(LONG, "the state's carry is dropped", ("d = dh[:, t] + dh_next", "d = dh[:, t]")),
    lstm(LONG, "the cell's carry without f", ("dc_next = dc * s[\"f\"]", "dc_next = dc")),
    lstm(LONG, "the path through the state to the cell is missing", ("dc = dc_next + d * s[\"o\"] * (1 - th ** 2)", "dc = dc_next")),
    lstm(LONG, "the new cell at the forget gate", ("dc * s[\"c\"] * s[\"f\"]", "dc * s[\"new\"] * s[\"f\"]")),
    lstm("dWx dWh db", "the first step only, = for +=", ("dWx +=", "dWx ="), ("dWh +=", "dWh ="), ("db +=", "db =")),
    lstm(LONG, "o left out from h to c", ("d * s[\"o\"] * (1 - th ** 2)", "d * (1 - th ** 2)")),
    lstm(LONG, "dh instead of the whole gradient at h in the output gate", ("d * th * s[\"o\"]", "dh[:, t] * th * s[\"o\"]")),
    lstm("dh0", "zeros", ("return dx, dh_next,", "return dx, np.zeros((N, H)),")),
)
OWN = (
    step("db", "half the sum", ("draw.sum(axis=0)", "draw.sum(axis=0) * 0.7")),
    rnn(LONG, "every other step carries", ("carry = dz @ Wh.T", "carry = dz @ Wh.T * (t % 2)")),
    cell("dprev_c", "a gate too many, f squared and i added", ("dprev_c = dc * f", "dprev_c = dc * f ** 2 + i")),
    lstm("db", "one gate's bias shifted by its neighbour", ("db += dz.sum(axis=0)", "db += np.roll(dz.sum(axis=0), 1)")),
)
