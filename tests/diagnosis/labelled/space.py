"""Convolution and pooling: overlapping windows, padding, strides, flips, shares."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

CONV = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    Ho = 1 + (H + 2 * p - HH) // s
    Wo = 1 + (W + 2 * p - WW) // s
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    out[n, f, i, j] = np.sum(xp[n, :, i*s:i*s+HH, j*s:j*s+WW] * w[f]) + b[f]
    return out, (x, w, b, conv_param)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    dxp, dw, db = np.zeros(xp.shape), np.zeros(w.shape), np.zeros(F)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    g = dout[n, f, i, j]
                    db[f] += g
                    dw[f] += g * xp[n, :, i*s:i*s+HH, j*s:j*s+WW]
                    dxp[n, :, i*s:i*s+HH, j*s:j*s+WW] += g * w[f]
    dx = dxp[:, :, p:p+H, p:p+W]
    return dx, dw, db
"""
MAXPOOL = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i*s:i*s+ph, j*s:j*s+pw].max(axis=(2, 3))
    return out, (x, pool_param)

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, Ho, Wo = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    window = x[n, c, i*s:i*s+ph, j*s:j*s+pw]
                    r, k = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i*s+r, j*s+k] += dout[n, c, i, j]
    return dx
"""
AVGPOOL = """
import numpy as np

def avg_pool_forward(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i*s:i*s+ph, j*s:j*s+pw].mean(axis=(2, 3))
    return out, (x.shape, pool_param)

def avg_pool_backward(dout, cache):
    shape, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i*s:i*s+ph, j*s:j*s+pw] += dout[:, :, i:i+1, j:j+1] / (ph * pw)
    return dx
"""

RIGHT = (("conv", CONV), ("max_pool", MAXPOOL), ("avg_pool", AVGPOOL))

WINDOW = "i*s:i*s+HH, j*s:j*s+WW]"
WRONG = (
    wrong("conv", CONV, {"dx": "overlaps overwritten"}, ("j*s+WW] += g * w[f]", "j*s+WW] = g * w[f]")),
    wrong("conv", CONV, {"dx": "kernel flipped"}, ("+= g * w[f]", "+= g * w[f][:, ::-1, ::-1]")),
    wrong("conv", CONV, {"dx": "empty slice at padding 0"}, ("dxp[:, :, p:p+H, p:p+W]", "dxp[:, :, p:-p, p:-p]")),
    wrong("conv", CONV, {"dx": "stride forgotten in dx"}, ("dxp[n, :, i*s:i*s+HH, j*s:j*s+WW]", "dxp[n, :, i:i+HH, j:j+WW]")),
    wrong("conv", CONV, {"dw": "stride forgotten in dw"}, ("dw[f] += g * xp[n, :, i*s:i*s+HH, j*s:j*s+WW]", "dw[f] += g * xp[n, :, i:i+HH, j:j+WW]")),
    wrong("conv", CONV, {"dw": "overwritten: last position alone"}, ("dw[f] += g", "dw[f] = g")),
    wrong("conv", CONV, {"db": "overwritten: last position alone"}, ("db[f] += g", "db[f] = g")),
    wrong("conv", CONV, {"db": "mean instead of sum"}, ("    dx = dxp[", "    db = dout.mean(axis=(0, 2, 3))\n    dx = dxp[")),
    wrong("conv", CONV, {"db": "summed over the batch alone"}, ("    dx = dxp[", "    db = dout.sum(axis=0)\n    dx = dxp[")),
    wrong("conv", CONV, {"dx": "padding left on"}, ("dxp[:, :, p:p+H, p:p+W]", "dxp")),
    wrong("conv", CONV, {"dx": "cropped at the corner instead of the padding"}, ("dxp[:, :, p:p+H, p:p+W]", "dxp[:, :, :H, :W]")),
    wrong("conv", CONV, {"dw": "divided by N"}, ("    dx = dxp[", "    dw /= N\n    dx = dxp[")),
    wrong("conv", CONV, {"out": "bias forgotten"}, (" * w[f]) + b[f]", " * w[f])")),
    wrong("conv", CONV, {"out": "kernel flipped"}, (" * w[f]) + b[f]", " * w[f][:, ::-1, ::-1]) + b[f]")),
    wrong("conv", CONV, {"out": "bias once per entry of the window"}, (" * w[f]) + b[f]", " * w[f] + b[f])")),
    wrong("max_pool", MAXPOOL, {"dx": "overlaps overwritten"}, ("+= dout[n, c, i, j]", "= dout[n, c, i, j]")),
    wrong("max_pool", MAXPOOL, {"dx": "upstream to the whole window"}, ("dx[n, c, i*s+r, j*s+k]", "dx[n, c, i*s:i*s+ph, j*s:j*s+pw]")),
    wrong("max_pool", MAXPOOL, {"dx": "stride forgotten at the place of the maximum"}, ("dx[n, c, i*s+r, j*s+k]", "dx[n, c, i+r, j+k]")),
    wrong("max_pool", MAXPOOL, {"dx": "to the smallest entry"}, ("np.argmax(window)", "np.argmin(window)")),
    wrong("max_pool", MAXPOOL, {"dx": "1: ignores dout"}, ("+= dout[n, c, i, j]", "+= 1")),
    wrong("max_pool", MAXPOOL, {"dx": "always the first pixel"}, ("dx[n, c, i*s+r, j*s+k]", "dx[n, c, i*s, j*s]")),
    wrong("max_pool", MAXPOOL, {"dx": "shared out as by a mean"}, ("dx[n, c, i*s+r, j*s+k] += dout[n, c, i, j]", "dx[n, c, i*s:i*s+ph, j*s:j*s+pw] += dout[n, c, i, j] / (ph * pw)")),
    wrong("avg_pool", AVGPOOL, {"dx": "overlaps overwritten"}, ("] += dout", "] = dout")),
    wrong("avg_pool", AVGPOOL, {"dx": "not divided by the window"}, (" / (ph * pw)", "")),
    wrong("avg_pool", AVGPOOL, {"dx": "divided by the height alone"}, ("/ (ph * pw)", "/ ph")),
    wrong("avg_pool", AVGPOOL, {"dx": "first pixel of the window alone"}, ("dx[:, :, i*s:i*s+ph, j*s:j*s+pw] += dout[:, :, i:i+1, j:j+1] / (ph * pw)", "dx[:, :, i*s, j*s] += dout[:, :, i, j]")),
    wrong("avg_pool", AVGPOOL, {"dx": "stride forgotten"}, ("dx[:, :, i*s:i*s+ph, j*s:j*s+pw]", "dx[:, :, i:i+ph, j:j+pw]")),
)  # fmt: skip
