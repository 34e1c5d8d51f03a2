"""Written blind, first batch: dropout, convolution and pooling, as students hand them in."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

DROPOUT = """
import numpy as np

def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    if mode == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    else:
        out = x
    return out, (x, mask, dropout_param)

def dropout_backward(dout, cache):
    x, mask, dropout_param = cache
    p = dropout_param["p"]
    if dropout_param["mode"] == "train":
        dx = dout * mask
    else:
        dx = dout
    return dx
"""

CONV = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    Ho, Wo = 1 + (H + 2 * p - HH) // s, 1 + (W + 2 * p - WW) // s
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            win = xp[:, :, i * s:i * s + HH, j * s:j * s + WW]
            out[:, :, i, j] = np.tensordot(win, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param, xp)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param, xp = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    h0, w0 = i * s, j * s
                    dxp[n, :, h0:h0 + HH, w0:w0 + WW] += dout[n, f, i, j] * w[f]
                    dw[f] += dout[n, f, i, j] * xp[n, :, h0:h0 + HH, w0:w0 + WW]
                    db[f] += dout[n, f, i, j]
    dx = dxp[:, :, p:p + H, p:p + W]
    return dx, dw, db
"""

DXP, CDW, CDB = (
    "+= dout[n, f, i, j] * w[f]",
    "+= dout[n, f, i, j] * xp[n, :, h0:h0 + HH, w0:w0 + WW]",
    "db[f] += dout[n, f, i, j]",
)

MAXPOOL = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - ph) // s, 1 + (W - pw) // s
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i * s:i * s + ph, j * s:j * s + pw].max(axis=(2, 3))
    return out, (x, pool_param, out)

def max_pool_backward_naive(dout, cache):
    x, pool_param, out = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, Ho, Wo = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    r, q = i * s, j * s
                    window = x[n, c, r:r + ph, q:q + pw]
                    a, b = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, r + a, q + b] += dout[n, c, i, j]
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
            out[:, :, i, j] = x[:, :, i * s:i * s + ph, j * s:j * s + pw].mean(axis=(2, 3))
    return out, (x, pool_param)

def avg_pool_backward(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * s:i * s + ph, j * s:j * s + pw] += dout[:, :, i:i + 1, j:j + 1] / (ph * pw)
    return dx
"""


def conv(said, *slips):
    return wrong("conv", CONV, said, *slips)


def maxpool(said, *slips):
    return wrong("max_pool", MAXPOOL, {"dx": said}, *slips)


def avgpool(said, *slips):
    return wrong("avg_pool", AVGPOOL, {"dx": said}, *slips)


COMMON = (
    wrong("dropout", DROPOUT, {"dx": "the mask is lost on the way back"}, ("dx = dout * mask", "dx = dout")),
    wrong(
        "dropout",
        DROPOUT,
        {"dx": "0 in testing"},
        ("else:\n        dx = dout", "else:\n        dx = np.zeros_like(dout)"),
    ),
    wrong(
        "dropout",
        DROPOUT,
        {"dx": "divided by p in testing"},
        ("else:\n        dx = dout", "else:\n        dx = dout / p"),
    ),
    wrong(
        "dropout",
        DROPOUT,
        {"dx": "times p in testing"},
        ("else:\n        dx = dout", "else:\n        dx = dout * p"),
    ),
    wrong(
        "dropout",
        DROPOUT,
        {"dx": "times x"},
        ("dx = dout * mask", "dx = dout * mask * x"),
        ("else:\n        dx = dout", "else:\n        dx = dout * x"),
    ),
    conv({"dx": "= for +=, the last window wins"}, (DXP, "= dout[n, f, i, j] * w[f]")),
    conv({"dx": "the filter flipped"}, (DXP, "+= dout[n, f, i, j] * w[f, :, ::-1, ::-1]")),
    conv({"dw": "= for +=, the last window only"}, (CDW, CDW.replace("+=", "="))),
    conv({"dw": "the window with the flipped pixels"}, (CDW, CDW + "[:, ::-1, ::-1]")),
    conv({"db": "a mean over the pixels"}, (CDB, CDB + " / (Ho * Wo)")),
    conv({"db": "a mean over the batch"}, (CDB, CDB + " / N")),
    conv({"dw": "a mean over the batch"}, (CDW, CDW.replace("dout[n, f, i, j]", "dout[n, f, i, j] / N"))),
    conv(
        {"dx": "the stride forgotten"}, ("dxp[n, :, h0:h0 + HH, w0:w0 + WW]", "dxp[n, :, i:i + HH, j:j + WW]")
    ),
    conv(
        {"dw": "the stride forgotten"},
        (
            "xp[n, :, h0:h0 + HH, w0:w0 + WW]\n                    db",
            "xp[n, :, i:i + HH, j:j + WW]\n                    db",
        ),
    ),
    conv(
        {"dx": "cut from the corner, the padding left in"},
        ("dxp[:, :, p:p + H, p:p + W]", "dxp[:, :, :H, :W]"),
    ),
    conv({"dx": "cut from the other corner"}, ("dxp[:, :, p:p + H, p:p + W]", "dxp[:, :, 2 * p:, 2 * p:]")),
    conv({"dx": "the padding is returned too"}, ("dxp[:, :, p:p + H, p:p + W]", "dxp")),
    conv(
        {"dx": "only the last filter"},
        ("                    dxp[n, :", "                    if f == F - 1: dxp[n, :"),
    ),
    conv({"dx": "dout forgotten"}, (DXP, "+= w[f]")),
    conv({"dw": "dout forgotten"}, (CDW, CDW.replace("dout[n, f, i, j] * ", ""))),
    conv({"db": "counts the windows"}, (CDB, "db[f] += 1")),
    conv(
        {"dw": "the image without its padding"},
        (
            CDW,
            "+= dout[n, f, i, j] * np.pad(x, ((0, 0), (0, 0), (0, 2 * p), (0, 2 * p)))[n, :, h0:h0 + HH, w0:w0 + WW]",
        ),
    ),
    conv({"db": "only the last example"}, (CDB, "db[f] += dout[n, f, i, j] * (n == N - 1)")),
    maxpool("= for +=", ("+= dout[n, c, i, j]", "= dout[n, c, i, j]")),
    maxpool("the whole window gets it", ("dx[n, c, r + a, q + b] +=", "dx[n, c, r:r + ph, q:q + pw] +=")),
    maxpool(
        "the average over the window",
        (
            "dx[n, c, r + a, q + b] += dout[n, c, i, j]",
            "dx[n, c, r:r + ph, q:q + pw] += dout[n, c, i, j] / (ph * pw)",
        ),
    ),
    maxpool("the smallest entry", ("np.argmax", "np.argmin")),
    maxpool("the stride forgotten in the place", ("dx[n, c, r + a, q + b]", "dx[n, c, i + a, j + b]")),
    maxpool("the window's start forgotten", ("dx[n, c, r + a, q + b]", "dx[n, c, a, b]")),
    maxpool("times the maximum", ("+= dout[n, c, i, j]", "+= dout[n, c, i, j] * window[a, b]")),
    maxpool("1, dout forgotten", ("+= dout[n, c, i, j]", "+= 1")),
    maxpool("the largest in size", ("np.argmax(window)", "np.argmax(np.abs(window))")),
    maxpool("always the first pixel", ("dx[n, c, r + a, q + b]", "dx[n, c, r, q]")),
    maxpool(
        "all pixels of the image equal to the maximum, of the last window",
        (
            "dx[n, c, r + a, q + b] += dout[n, c, i, j]",
            "dx[n, c, r:r + ph, q:q + pw] = (window == window.max()) * dout[n, c, i, j]",
        ),
    ),
    avgpool("the 1/K forgotten", (" / (ph * pw)", "")),
    avgpool("= for +=", ("+= dout", "= dout")),
    avgpool("divided by the height only", ("/ (ph * pw)", "/ ph")),
    avgpool("divided by the outputs, not the window", ("/ (ph * pw)", "/ (dout.shape[2] * dout.shape[3])")),
    avgpool(
        "the stride forgotten",
        ("dx[:, :, i * s:i * s + ph, j * s:j * s + pw]", "dx[:, :, i:i + ph, j:j + pw]"),
    ),
    avgpool(
        "only the first pixel of each window",
        ("dx[:, :, i * s:i * s + ph, j * s:j * s + pw]", "dx[:, :, i * s:i * s + 1, j * s:j * s + 1]"),
    ),
    avgpool("divided by the stride's square", ("/ (ph * pw)", "/ s ** 2")),
    avgpool(
        "the window's largest gets it",
        (
            "+= dout[:, :, i:i + 1, j:j + 1] / (ph * pw)",
            "+= dout[:, :, i:i + 1, j:j + 1] * (x[:, :, i * s:i * s + ph, j * s:j * s + pw] == x[:, :, i * s:i * s + ph, j * s:j * s + pw].max(axis=(2, 3), keepdims=True))",
        ),
    ),
)

OWN = (
    conv(
        {"dw": "the centre weighs double"},
        ("    dx = dxp", "    dw[:, :, HH // 2, WW // 2] *= 2\n    dx = dxp"),
    ),
    maxpool(
        "the window one pixel smaller",
        ("window = x[n, c, r:r + ph, q:q + pw]", "window = x[n, c, r:r + max(ph - 1, 1), q:q + pw]"),
    ),
    avgpool(
        "the window's top row counts twice", ("    return dx\n", "    dx[:, :, 0] *= 2\n    return dx\n")
    ),
)
