# ruff: noqa: RUF059 - students unpack a whole cache and wrap a call in a lambda
"""Embedding, RNN step and sequence, LSTM step, attention."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed


def embedding(idx, W):
    """idx (N, T) of ints, W (V, D) -> (N, T, D)."""
    return W[idx], (idx, W.shape)


def rnn_step(x, h, Wx, Wh, b):
    """x (N, D), h (N, H) -> next h (N, H)."""
    out = np.tanh(x @ Wx + h @ Wh + b)
    return out, (x, h, Wx, Wh, out)


def rnn(x, h0, Wx, Wh, b):
    """x (N, T, D), h0 (N, H) -> h (N, T, H)."""
    h, hs, caches = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_step(x[:, t], h, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def lstm_step(x, h, c, Wx, Wh, b):
    """Gates i, f, o, g in that order -> (2, N, H): next h above next c."""
    H = h.shape[1]
    a = x @ Wx + h @ Wh + b
    i, f, o = (sigmoid(a[:, k * H : (k + 1) * H]) for k in range(3))
    g = np.tanh(a[:, 3 * H :])
    nc = f * c + i * g
    t = np.tanh(nc)
    return np.stack([o * t, nc]), (x, h, c, Wx, Wh, i, f, o, g, t)


def attention(q, k, v):
    """q (N, D), k (M, D), v (M, E) -> (N, E), one head."""
    s = q @ k.T / np.sqrt(q.shape[1])
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p @ v, (q, k, v, p)


def draw_embedding(rng):
    """Rows 1 and 4 occur more than once; rows 0 and 5 never."""
    return rng.permutation(np.array([1, 1, 4, 2, 4, 3])).reshape(2, 3), signed(rng, 6, 4)


def draw_step(rng):
    return (
        signed(rng, 4, 3),
        signed(rng, 4, 5),
        0.5 * signed(rng, 3, 5),
        0.5 * signed(rng, 5, 5),
        signed(rng, 5),
    )


def draw_rnn(rng):
    return (
        signed(rng, 2, 3, 4),
        signed(rng, 2, 3),
        0.4 * signed(rng, 4, 3),
        0.4 * signed(rng, 3, 3),
        signed(rng, 3),
    )


def draw_lstm(rng):
    x, h, c = signed(rng, 3, 4), signed(rng, 3, 2), signed(rng, 3, 2)
    return x, h, c, 0.4 * signed(rng, 4, 8), 0.4 * signed(rng, 2, 8), signed(rng, 8)


def draw_attention(rng):
    return signed(rng, 3, 4), signed(rng, 5, 4), signed(rng, 5, 2)


STEP_NAMES = ("x", "h", "Wx", "Wh", "b")
EMBEDDING = Layer("embedding", embedding, ("idx", "W"), draw_embedding)
STEP = Layer("rnn step", rnn_step, STEP_NAMES, draw_step)
RNN = Layer("rnn", rnn, ("x", "h0", "Wx", "Wh", "b"), draw_rnn)
LSTM = Layer("lstm step", lstm_step, ("x", "h", "c", "Wx", "Wh", "b"), draw_lstm)
ATTENTION = Layer("attention", attention, ("q", "k", "v"), draw_attention)


def embedding_plain_index(dout, cache):
    idx, shape = cache
    dW = np.zeros(shape)
    dW[idx] += dout
    return dW


def embedding_mean(dout, cache):
    idx, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, idx, dout)
    return dW / np.maximum(1, np.bincount(idx.ravel(), minlength=shape[0]))[:, None]


def embedding_first_step(dout, cache):
    idx, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, idx[:, 1:], dout[:, 1:])
    return dW


def embedding_right(dout, cache):
    idx, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, idx, dout)
    return dW


def step_with(local=None, dh=None, db=None):
    def backward(dout, cache):
        x, h, Wx, Wh, out = cache
        da = (local or (lambda d, c: d * (1 - c[4] ** 2)))(dout, cache)
        return (
            da @ Wx.T,
            (dh or (lambda a, W: a @ W.T))(da, Wh),
            x.T @ da,
            h.T @ da,
            (db or (lambda a: a.sum(axis=0)))(da),
        )

    return backward


def step_right(dout, cache):
    x, h, Wx, Wh, out = cache
    da = dout * (1 - out * out)
    return da @ Wx.T, da @ Wh.T, x.T @ da, h.T @ da, da.sum(axis=0)


def rnn_with(carry=True, accumulate=True, own=True, order=-1, truncate=0):
    def backward(dout, caches):
        x, h, Wx, Wh, _ = caches[0]
        T = len(caches)
        dx, dprev = np.zeros((x.shape[0], T, x.shape[1])), np.zeros_like(h)
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wx.shape[1])
        for t in range(truncate, T)[::order]:
            dh = (dout[:, t] if own or t == T - 1 else 0) + (dprev if carry else 0)
            dx[:, t], dprev, gx, gh, gb = step_right(dh, caches[t])
            if accumulate:
                dWx, dWh, db = dWx + gx, dWh + gh, db + gb
            else:
                dWx, dWh, db = gx, gh, gb
        return dx, dprev, dWx, dWh, db

    return backward


def lstm_with(through_h=True, swap=False, forget=True, tanh_c=True, dc=True, gates=True):
    def backward(dout, cache):
        x, h, c, Wx, Wh, i, f, o, g, t = cache
        dh, dnc = dout
        if through_h:
            dnc = dnc + dh * o * ((1 - t**2) if tanh_c else 1)
        di, df, do, dg = dnc * g, dnc * c, dh * t, dnc * i
        if gates:
            di, df, do = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)
        parts = [di, do, df, dg * (1 - g**2)] if swap else [di, df, do, dg * (1 - g**2)]
        da = np.concatenate(parts, axis=1)
        dprev_c = dnc * f if forget else dnc
        return da @ Wx.T, da @ Wh.T, dprev_c, x.T @ da, h.T @ da, da.sum(axis=0)

    return backward


def lstm_dprev_c_without_h(dout, cache):
    f = cache[6]
    dx, dh, dc, dWx, dWh, db = lstm_with()(dout, cache)
    return dx, dh, dout[1] * f, dWx, dWh, db


def attention_with(scale=True, dot=True, axis=1, dk_transposed=True, v_path=True):
    def backward(dout, cache):
        q, k, v, p = cache
        dp = dout @ v.T
        ds = p * (dp - np.sum(dp * p, axis=axis, keepdims=True)) if dot else p * dp
        if scale:
            ds = ds / np.sqrt(q.shape[1])
        dk = ds.T @ q if dk_transposed else ds @ q
        return ds @ k, dk, p.T @ dout if v_path else np.ones_like(p).T @ dout

    return backward


def attention_scale_of_n(dout, cache):
    q, k, v, p = cache
    dq, dk, dv = attention_with(scale=False)(dout, cache)
    return dq / np.sqrt(q.shape[0]), dk / np.sqrt(q.shape[0]), dv


EVERY = "x h Wx Wh b"
WRONG = (
    EMBEDDING.wrong(
        "dW[idx] += dout", "W", embedding_plain_index, "a repeated index counts once: needs add.at"
    ),
    EMBEDDING.wrong("divided by the count", "W", embedding_mean, "wrong only at repeated indices"),
    EMBEDDING.wrong("first time step missing", "W", embedding_first_step, "[:, 1:]"),
    EMBEDDING.wrong("not scattered", "W", lambda d, c: d, "(N, T, D)"),
    STEP.wrong("1 - tanh missing", EVERY, step_with(local=lambda d, c: d), "no local derivative"),
    STEP.wrong(
        "1 - dout^2", EVERY, step_with(local=lambda d, c: d * (1 - d**2)), "derivative of the upstream"
    ),
    STEP.wrong(
        "1 - h^2 of the previous h", EVERY, step_with(local=lambda d, c: d * (1 - c[1] ** 2)), "wrong h"
    ),
    STEP.wrong(
        "Wh not transposed", "h", step_with(dh=lambda a, W: a @ W), "Wh is always square: keeps its shape"
    ),
    STEP.wrong("db a mean", "b", step_with(db=lambda a: a.mean(axis=0)), "mean for sum"),
    STEP.wrong("db of the upstream", "b", lambda d, c: (*step_right(d, c)[:4], d.sum(axis=0)), "before tanh"),
    RNN.wrong("time not carried", "x h0 Wx Wh b", rnn_with(carry=False), "each step alone: dh[t+1] is lost"),
    RNN.wrong("weights of the last step", "Wx Wh b", rnn_with(accumulate=False), "= for +="),
    RNN.wrong("last output only", "x h0 Wx Wh b", rnn_with(own=False), "dout[:, t] ignored for t < T - 1"),
    RNN.wrong("time runs forwards", "x h0 Wx Wh b", rnn_with(order=1), "before its consumers"),
    RNN.wrong("truncated at step 1", "x h0 Wx Wh b", rnn_with(truncate=1), "range(T - 1, 0, -1)"),
    LSTM.wrong("dprev_c without the path through h", "c", lstm_dprev_c_without_h, "dnext_c only"),
    LSTM.wrong("dnext_c not joined with h", "x h c Wx Wh b", lstm_with(through_h=False), "one of two paths"),
    LSTM.wrong("gates f and o exchanged", "x h Wx Wh b", lstm_with(swap=True), "order of the concatenation"),
    LSTM.wrong("dprev_c without f", "c", lstm_with(forget=False), "as if nothing were forgotten"),
    LSTM.wrong("1 - tanh(c)^2 missing", "x h c Wx Wh b", lstm_with(tanh_c=False), "chain rule stops at tanh"),
    LSTM.wrong("sigmoid's derivative missing", "x h Wx Wh b", lstm_with(gates=False), "at the gates"),
    ATTENTION.wrong("scale forgotten", "q k", attention_with(scale=False), "1/sqrt(D) in the forward only"),
    ATTENTION.wrong("scale of N", "q k", attention_scale_of_n, "shape[0] for shape[1]"),
    ATTENTION.wrong("softmax diagonal", "q k", attention_with(dot=False), "dot term missing"),
    ATTENTION.wrong("softmax over queries", "q k", attention_with(axis=0), "wrong axis"),
    ATTENTION.wrong(
        "dk not transposed", "q k v", attention_with(dk_transposed=False), "raises: (N, M) @ (N, D)"
    ),
    ATTENTION.wrong("dv unweighted", "v", attention_with(v_path=False), "p taken as ones"),
)


def lstm_right(dout, cache):
    x, h, c, Wx, Wh, i, f, o, g, t = cache
    dh, dnc = dout
    dnc = dnc + dh * o * (1 - t**2)
    di, df, do = dnc * g * i * (1 - i), dnc * c * f * (1 - f), dh * t * o * (1 - o)
    da = np.concatenate([di, df, do, dnc * i * (1 - g**2)], axis=1)
    return da @ Wx.T, da @ Wh.T, dnc * f, x.T @ da, h.T @ da, np.sum(da, axis=0)


def attention_right(dout, cache):
    q, k, v, p = cache
    dv = p.T @ dout
    dp = dout @ v.T
    ds = p * (dp - np.sum(dp * p, axis=1, keepdims=True))
    ds = ds / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, dv


def single(draw):
    return lambda rng: tuple(a.astype(np.float32) for a in draw(rng))


RIGHT = (
    EMBEDDING.right("add.at", embedding_right, "rows never used: gradient exactly 0"),
    EMBEDDING.right(
        "no repetition",
        embedding_plain_index,
        "+= is right here",
        draw=lambda r: (np.arange(6).reshape(2, 3), signed(r, 6, 4)),
    ),
    STEP.right("plain", step_right, "the control"),
    RNN.right("plain", rnn_with(), "the cache is a list"),
    RNN.right("float32", rnn_with(), "float32", draw=single(draw_rnn)),
    LSTM.right("plain", lstm_right, "two upstreams stacked in one"),
    LSTM.right(
        "saturated gates",
        lstm_right,
        "gates at 1e-3",
        draw=lambda rng: (*draw_lstm(rng)[:5], 4 * signed(rng, 8)),
    ),
    ATTENTION.right("plain", attention_right, "the control"),
    ATTENTION.right(
        "one key",
        attention_right,
        "p = 1: dq and dk exactly 0",
        draw=lambda r: (signed(r, 3, 4), signed(r, 1, 4), signed(r, 1, 2)),
    ),
    ATTENTION.right(
        "hard attention",
        attention_right,
        "scores of 20",
        draw=lambda r: (5 * signed(r, 3, 4), signed(r, 5, 4), signed(r, 5, 2)),
    ),
)
