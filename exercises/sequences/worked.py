"""The way back through steps, attention and layers over time, in formulas: see `grader.diagnosis.worked`.

The formulas of a sequence are those of one step, worked through from the first step to the last and back again:
`grader.diagnosis.worked_steps` says how.
"""

from __future__ import annotations

RNN_STEP = (
    """
    z = x @ Wx + prev_h @ Wh + b
    ---
    dz = dnext_h * (1 - next_h ** 2)
    dx = dz @ T(Wx)
    dprev_h = dz @ T(Wh)
    dWx = T(x) @ dz
    dWh = T(prev_h) @ dz
    db = sum(dz, 0)
    """,
    """
    ---
    z = x @ Wx + prev_h @ Wh + b
    next_h = tanh(z)
    """,
)

LSTM_STEP = (
    """
    z = x @ Wx + prev_h @ Wh + b
    i = σ(part(z, 0, 4))
    f = σ(part(z, 1, 4))
    o = σ(part(z, 2, 4))
    g = tanh(part(z, 3, 4))
    ---
    tanh_c = tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tanh_c ** 2)
    di = dc * g
    df = dc * prev_c
    do = dnext_h * tanh_c
    dg = dc * i
    dprev_c = dc * f
    dzi = di * i * (1 - i)
    dzf = df * f * (1 - f)
    dzo = do * o * (1 - o)
    dzg = dg * (1 - g ** 2)
    dz = side_by_side(dzi, dzf, dzo, dzg)
    dx = dz @ T(Wx)
    dprev_h = dz @ T(Wh)
    dWx = T(x) @ dz
    dWh = T(prev_h) @ dz
    db = sum(dz, 0)
    """,
    """
    ---
    z = x @ Wx + prev_h @ Wh + b
    i = σ(part(z, 0, 4))
    f = σ(part(z, 1, 4))
    o = σ(part(z, 2, 4))
    g = tanh(part(z, 3, 4))
    next_c = f * prev_c + i * g
    next_h = o * tanh(next_c)
    """,
)

RNN = (
    """
    each step:
    h_before = h
    h = tanh(x_t @ Wx + h_before @ Wh + b)
    ---
    dstate = dh_t + dh_carried
    dz = (dh_t + dh_carried) * (1 - h ** 2)
    dx_t = dz @ T(Wx)
    dWx_t = T(x_t) @ dz
    dWh_t = T(h_before) @ dz
    db_t = sum(dz, 0)
    dh_carried = dz @ T(Wh)
    """,
)

LSTM = (
    """
    each step:
    h_before = h
    c_before = c
    z = x_t @ Wx + h_before @ Wh + b
    i = σ(part(z, 0, 4))
    f = σ(part(z, 1, 4))
    o = σ(part(z, 2, 4))
    g = tanh(part(z, 3, 4))
    c = f * c_before + i * g
    h = o * tanh(c)
    ---
    tanh_c = tanh(c)
    dstate = dh_t + dh_carried
    dc = dc_carried + dstate * o * (1 - tanh_c ** 2)
    di = dc * g
    df = dc * c_before
    do = dstate * tanh_c
    dg = dc * i
    dzi = di * i * (1 - i)
    dzf = df * f * (1 - f)
    dzo = do * o * (1 - o)
    dzg = dg * (1 - g ** 2)
    dz = side_by_side(dzi, dzf, dzo, dzg)
    dx_t = dz @ T(Wx)
    dWx_t = T(x_t) @ dz
    dWh_t = T(h_before) @ dz
    db_t = sum(dz, 0)
    dh_carried = dz @ T(Wh)
    dc_carried = dc * f
    """,
)

_SOFTMAX = """
    e = exp(scores - largest(scores, 2))
    A = e / total(e, 2)
    ---
    dA = dout @ T(v)
    dv = T(A) @ dout
    dscores = A * (dA - total(dA * A, 2))
    ds = dscores / sqrt(D)
    dq = ds @ k
    dk = T(ds) @ q
    """

_FORWARD = """
    ---
    raw = q @ T(k) / sqrt(D)
    scores = {seen}
    e = exp(scores - largest(scores, 2))
    A = e / total(e, 2)
    out = A @ v
    """

ATTENTION = (
    "D = size(q, 2)\n S = size(k, 1)\n scores = q @ T(k) / sqrt(D)\n" + _SOFTMAX,
    "D = size(q, 2)\nS = size(k, 1)" + _FORWARD.format(seen="raw"),
)

MASKED_ATTENTION = (
    "D = size(q, 2)\n S = size(k, 1)\n scores = where(mask > 0, q @ T(k) / sqrt(D), -1e9)\n" + _SOFTMAX,
    "D = size(q, 2)\nS = size(k, 1)" + _FORWARD.format(seen="where(mask > 0, raw, -1e9)"),
)

MULTI_HEAD_ATTENTION = (
    """
    H = option(head_param, 'heads', 1)
    E = size(q, 2)
    Q = heads(q @ Wq, H)
    D = size(Q, 3)
    K = heads(k @ Wk, H)
    V = heads(v @ Wv, H)
    scores = where(column(mask) > 0, Q @ T(K) / sqrt(D), -1e9)
    e = exp(scores - largest(scores, 3))
    A = e / total(e, 3)
    Y = joined(A @ V)
    ---
    dWo = over_steps(Y, dout)
    dY = dout @ T(Wo)
    dheads = heads(dY, H)
    dA = dheads @ T(V)
    dV = T(A) @ dheads
    dscores = A * (dA - total(dA * A, 3))
    ds = dscores / sqrt(D)
    dQ = ds @ K
    dK = T(ds) @ Q
    dWq = over_steps(q, joined(dQ))
    dWk = over_steps(k, joined(dK))
    dWv = over_steps(v, joined(dV))
    dq = joined(dQ) @ T(Wq)
    dk = joined(dK) @ T(Wk)
    dv = joined(dV) @ T(Wv)
    """,
)

TEMPORAL_AFFINE = (
    """
    N = size(x, 0)
    t = size(x, 1)
    X = reshape(x, N * t, size(x, 2))
    D = reshape(dout, N * t, size(dout, 2))
    ---
    dx = dout @ T(w)
    dw = T(X) @ D
    db = sum(D, 0)
    """,
    """
    ---
    dx = dout @ T(w)
    dw = over_steps(x, dout)
    db = sum(dout, (0, 1))
    """,
)

TEMPORAL_SOFTMAX_LOSS = (
    """
    N = size(x, 0)
    t = size(x, 1)
    words = t * N
    kept = sum(mask, (0, 1))
    e = exp(x - largest(x, 2))
    hit = onehot(y, x)
    m = reshape(mask, N, t, 1)
    ---
    p = e / total(e, 2)
    loss = -sum(hit * log(p) * m, (0, 1, 2)) / N
    dx = (p - hit) * m / N
    """,
)
