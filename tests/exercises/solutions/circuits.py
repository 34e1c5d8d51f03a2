"""Right solutions of the exercises on scalar circuits, written by hand. NumPy and the standard library only."""

# Students name what they return.
# ruff: noqa: RET504

import math

import numpy as np


def scale_gate_forward(x, a):
    return a * x, a


def scale_gate_backward(dout, cache):
    a = cache
    return np.asarray(dout * a, dtype=dout.dtype)


def shift_gate_forward(x, c):
    return x + c, None


def shift_gate_backward(dout, cache):
    dx = dout.copy()
    return dx


def six_x(x):
    y = x**2
    dy = 3.0
    dx = dy * 2 * x
    return {"y": y, "z": 3 * y, "dy": dy, "dx": dx}


def xyz(x, y, z):
    t = x * y
    f = t * z
    dz = t
    dt = z
    dy = dt * x
    dx = dt * y
    return {"t": t, "f": f, "dz": dz, "dt": dt, "dy": dy, "dx": dx}


def sigmoid_circuit_fused(w0, x0, w1, x1, w2):
    p0 = w0 * x0
    p1 = w1 * x1
    s = p0 + p1
    u = s + w2
    f = 1 / (1 + math.exp(-u))
    du = f * (1 - f)
    dw2 = du
    ds = du
    dp0, dp1 = ds, ds
    dw0, dx0 = dp0 * x0, dp0 * w0
    dw1, dx1 = dp1 * x1, dp1 * w1
    return locals()


def chain_u(u):
    r = u * u
    s = u + 3
    x, y, z = r, r * s, s
    t = x * y
    f = t * z
    dt, dz = z, t
    dx, dy = dt * y, dt * x
    dr = dx + dy * s
    ds = dy * r + dz
    du = dr * 2 * u
    du += ds
    return locals()


def sq_err_grad(w, x, y):
    h = np.dot(w, x)
    r = y - h
    dr = 2 * r
    dy = dr
    dh = -dr
    dw = dh * x
    dx = dh * w
    return {"h": h, "r": r, "dr": dr, "dy": dy, "dh": dh, "dw": dw, "dx": dx}


def neg_log_sigmoid_grad(w, x):
    h1 = np.dot(w, x)
    h2 = 1 / (1 + np.exp(-h1))
    dl = -1.0
    dh2 = dl / h2
    dh1 = dh2 * h2 * (1 - h2)
    dw = dh1 * x
    dx = dh1 * w
    return {"h1": h1, "h2": h2, "l": np.log(h2), "dl": dl, "dh2": dh2, "dh1": dh1, "dw": dw, "dx": dx}


def chain_gradients(de, between, at_weights):
    K = len(at_weights)
    gradients = [None] * K
    upstream = de
    for k in range(K - 1, -1, -1):
        gradients[k] = at_weights[k].T.dot(upstream)
        if k > 0:
            upstream = between[k - 1].T.dot(upstream)
    return gradients


def chain_counterexample():
    return 1.0, 2.0


chain_wrong_node = "dy"


def chain_mended_backward(df, r, s):
    x, y, z = r, r * s, s
    return df * (x * z * r + x * y)
