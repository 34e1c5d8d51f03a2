"""Right solutions of the exercises on sequences, written as students of CS231n write them. NumPy only."""

# Students unpack what they do not use and name what they return.
# ruff: noqa: RUF059

import numpy as np


def word_embedding_forward(x, W):
    out = W[x]
    cache = (x, W.shape)
    return out, cache


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape, dtype=dout.dtype)
    N, T = x.shape
    for n in range(N):
        for t in range(T):
            dW[x[n, t]] += dout[n, t]
    return dW


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    cache = x, w, b, out
    return out, cache


def temporal_affine_backward(dout, cache):
    x, w, b, out = cache
    N, T, D = x.shape
    M = b.shape[0]
    dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
    dw = dout.reshape(N * T, M).T.dot(x.reshape(N * T, D)).T
    db = dout.sum(axis=(0, 1))
    return dx, dw, db


def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    x_flat = x.reshape(N * T, V)
    y_flat = y.reshape(N * T)
    mask_flat = mask.reshape(N * T)
    probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    shifted = x_flat - np.max(x_flat, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    loss = -np.sum(mask_flat * log_probs[np.arange(N * T), y_flat]) / N
    dx_flat = probs.copy()
    dx_flat[np.arange(N * T), y_flat] -= 1
    dx_flat /= N
    dx_flat *= mask_flat[:, None]
    dx = dx_flat.reshape(N, T, V)
    return loss, dx


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = np.sum(da, axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = b.shape[0]
    h = np.zeros((N, T, H), dtype=x.dtype)
    prev_h = h0
    caches = []
    for t in range(T):
        prev_h, step_cache = rnn_step_forward(x[:, t, :], prev_h, Wx, Wh, b)
        h[:, t, :] = prev_h
        caches.append(step_cache)
    return h, caches


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x0, _, Wx, Wh, _ = cache[0]
    D = x0.shape[1]
    dx = np.zeros((N, T, D), dtype=dh.dtype)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(H, dtype=dh.dtype)
    dprev_h = np.zeros((N, H), dtype=dh.dtype)
    for t in reversed(range(T)):
        dxt, dprev_h, dWxt, dWht, dbt = rnn_step_backward(dh[:, t, :] + dprev_h, cache[t])
        dx[:, t, :] = dxt
        dWx += dWxt
        dWh += dWht
        db += dbt
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def _sig(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i = _sig(a[:, :H])
    f = _sig(a[:, H : 2 * H])
    o = _sig(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    cache = (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    do = dnext_h * tanh_c
    di = dc * g
    df = dc * prev_c
    dg = dc * i
    dprev_c = dc * f
    da = np.hstack((di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)))
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H), dtype=x.dtype)
    prev_h, prev_c = h0, np.zeros_like(h0)
    cache = []
    for t in range(T):
        prev_h, prev_c, step_cache = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = prev_h
        cache.append(step_cache)
    return h, (cache, D)


def lstm_backward(dh, cache):
    steps, D = cache
    N, T, H = dh.shape
    dx = np.zeros((N, T, D), dtype=dh.dtype)
    dprev_h = np.zeros((N, H), dtype=dh.dtype)
    dprev_c = np.zeros((N, H), dtype=dh.dtype)
    dWx = np.zeros((D, 4 * H), dtype=dh.dtype)
    dWh = np.zeros((H, 4 * H), dtype=dh.dtype)
    db = np.zeros(4 * H, dtype=dh.dtype)
    for t in range(T - 1, -1, -1):
        dx[:, t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(
            dh[:, t] + dprev_h, dprev_c, steps[t]
        )
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def _softmax_last(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(q, k, v):
    scale = np.sqrt(q.shape[2]).astype(q.dtype)
    A = np.zeros((q.shape[0], q.shape[1], k.shape[1]), dtype=q.dtype)
    out = np.zeros((q.shape[0], q.shape[1], v.shape[2]), dtype=q.dtype)
    for n in range(q.shape[0]):
        A[n] = _softmax_last(q[n].dot(k[n].T) / scale)
        out[n] = A[n].dot(v[n])
    return out, (q, k, v, A, scale)


def attention_backward(dout, cache):
    q, k, v, A, scale = cache
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for n in range(q.shape[0]):
        dv[n] = A[n].T.dot(dout[n])
        dA = dout[n].dot(v[n].T)
        dscores = np.zeros_like(dA)
        for t in range(q.shape[1]):
            a = A[n, t]
            dscores[t] = (np.diag(a) - np.outer(a, a)).dot(dA[t])
        dscores = dscores / scale
        dq[n] = dscores.dot(k[n])
        dk[n] = dscores.T.dot(q[n])
    return dq, dk, dv


def masked_attention_forward(q, k, v, mask):
    scale = np.sqrt(q.shape[2]).astype(q.dtype)
    scores = np.einsum("ntd,nsd->nts", q, k) / scale
    scores = np.where(mask == 0, scores.dtype.type(-1e9), scores)
    A = _softmax_last(scores)
    return A @ v, (q, k, v, A, scale)


def masked_attention_backward(dout, cache):
    return attention_backward(dout, cache)


def multi_head_attention_forward(q, k, v, Wq, Wk, Wv, Wo, mask, head_param):
    H = head_param["heads"]
    d = q.shape[2] // H
    Q, K, V = q @ Wq, k @ Wk, v @ Wv
    joined = np.zeros(Q.shape, dtype=Q.dtype)
    caches = []
    for h in range(H):
        own = slice(h * d, (h + 1) * d)
        joined[:, :, own], head_cache = masked_attention_forward(
            Q[:, :, own], K[:, :, own], V[:, :, own], mask
        )
        caches.append(head_cache)
    return joined @ Wo, (q, k, v, Wq, Wk, Wv, Wo, joined, caches)


def multi_head_attention_backward(dout, cache):
    q, k, v, Wq, Wk, Wv, Wo, joined, caches = cache
    E = q.shape[2]
    d = E // len(caches)
    dWo = joined.reshape(-1, E).T @ dout.reshape(-1, E)
    djoined = dout @ Wo.T
    dQ, dK, dV = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for h, head_cache in enumerate(caches):
        own = slice(h * d, (h + 1) * d)
        dQ[:, :, own], dK[:, :, own], dV[:, :, own] = masked_attention_backward(
            djoined[:, :, own], head_cache
        )
    dWq, dWk, dWv = (x.reshape(-1, E).T @ g.reshape(-1, E) for x, g in ((q, dQ), (k, dK), (v, dV)))
    return dQ @ Wq.T, dK @ Wk.T, dV @ Wv.T, dWq, dWk, dWv, dWo
