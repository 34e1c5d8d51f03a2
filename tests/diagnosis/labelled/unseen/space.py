"""Convolution and pooling, loop by loop: windows, strides, borders, sums that overwrite."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

CONV = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    xpad = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    xpad[:, :, pad:pad + H, pad:pad + W] = x
    Hout, Wout = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    out = np.zeros((N, F, Hout, Wout), dtype=x.dtype)
    for i in range(Hout):
        for j in range(Wout):
            h, v = i * stride, j * stride
            window = xpad[:, :, h:h + HH, v:v + WW]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param, xpad)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param, xpad = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    _, _, Hout, Wout = dout.shape
    dxpad = np.zeros_like(xpad)
    dw = np.zeros_like(w)
    db = np.sum(dout, axis=(0, 2, 3))
    for n in range(N):
        for i in range(Hout):
            for j in range(Wout):
                h, v = i * stride, j * stride
                for f in range(F):
                    dw[f] += xpad[n, :, h:h + HH, v:v + WW] * dout[n, f, i, j]
                    dxpad[n, :, h:h + HH, v:v + WW] += w[f] * dout[n, f, i, j]
    dx = dxpad[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db
"""
TO_W = "dw[f] += xpad[n, :, h:h + HH, v:v + WW] * dout[n, f, i, j]"
TO_X = "dxpad[n, :, h:h + HH, v:v + WW] += w[f] * dout[n, f, i, j]"
CUT = "dx = dxpad[:, :, pad:pad + H, pad:pad + W]"
MAX = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - ph) // stride + 1, (W - pw) // stride + 1), dtype=x.dtype)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * stride:i * stride + ph, j * stride:j * stride + pw].max(axis=(2, 3))
    return out, (x, pool_param)

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, Hout, Wout = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(Hout):
                for j in range(Wout):
                    top, left = i * stride, j * stride
                    window = x[n, c, top:top + ph, left:left + pw]
                    r, s = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, top + r, left + s] += dout[n, c, i, j]
    return dx
"""
PICK = "dx[n, c, top + r, left + s] += dout[n, c, i, j]"
AVG = """
import numpy as np

def avg_pool_forward(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Hout, Wout = (H - ph) // stride + 1, (W - pw) // stride + 1
    out = np.zeros((N, C, Hout, Wout), dtype=x.dtype)
    for i in range(Hout):
        for j in range(Wout):
            out[:, :, i, j] = x[:, :, i * stride:i * stride + ph, j * stride:j * stride + pw].mean(axis=(2, 3))
    return out, (x, ph, pw, stride)

def avg_pool_backward(dout, cache):
    x, ph, pw, stride = cache
    _, _, Hout, Wout = dout.shape
    dx = np.zeros_like(x)
    for i in range(Hout):
        for j in range(Wout):
            top, left = i * stride, j * stride
            dx[:, :, top:top + ph, left:left + pw] += dout[:, :, i:i + 1, j:j + 1] / (ph * pw)
    return dx
"""
SHARE = "dx[:, :, top:top + ph, left:left + pw] += dout[:, :, i:i + 1, j:j + 1] / (ph * pw)"


def conv(words, *slips):
    return wrong("conv", CONV, words, *slips)


def pool(said, *slips):
    return wrong("max_pool", MAX, {"dx": said}, *slips)


def avg(said, *slips):
    return wrong("avg_pool", AVG, {"dx": said}, *slips)


COMMON = (
    conv({"dw": "the last window only, = instead of +="}, (TO_W, TO_W.replace("+=", "="))),
    conv({"dx": "windows overwrite each other, = instead of +="}, (TO_X, TO_X.replace("+=", "="))),
    conv({"db": "the batch is not summed"}, ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout, axis=(2, 3))")),
    conv({"db": "summed over the batch only"}, ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout, axis=0)")),
    conv({"db": "one number, summed over the filters too"}, ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout)")),
    conv({"db": "a mean over the batch"}, ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout, axis=(0, 2, 3)) / N")),
    conv({"db": "a mean over batch and pixels"}, ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.mean(dout, axis=(0, 2, 3))")),
    conv({"dw": "the stride is ignored", "dx": "the stride is ignored"}, ("                h, v = i * stride, j * stride\n                for", "                h, v = i, j\n                for")),
    conv({"dx": "the border is not cut off"}, (CUT, "dx = dxpad")),
    conv({"dx": "cut with -pad, empty when there is none"}, (CUT, "dx = dxpad[:, :, pad:-pad, pad:-pad]")),
    conv({"dx": "the border is cut off at one end only"}, (CUT, "dx = dxpad[:, :, :H, :W]")),
    conv({"dx": "the border is always taken for 1"}, (CUT, "dx = dxpad[:, :, 1:-1, 1:-1]")),
    conv({"dx": "the kernel is turned over"}, (TO_X, TO_X.replace("w[f]", "w[f, :, ::-1, ::-1]"))),
    conv({"dw": "dout is ignored"}, (TO_W, TO_W.replace(" * dout[n, f, i, j]", ""))),
    conv({"dx": "dout is ignored"}, (TO_X, TO_X.replace(" * dout[n, f, i, j]", ""))),
    conv({"dw": "a mean over the batch"}, ("    dx = dxpad", "    dw /= N\n    dx = dxpad")),
    conv({"dw": "the last column of windows is left out", "dx": "the last column of windows is left out"}, ("            for j in range(Wout):\n                h", "            for j in range(Wout - 1):\n                h")),
    conv({"dw": "the first example only", "dx": "the first example only"}, ("for n in range(N)", "for n in range(1)")),
    pool("windows overwrite each other, = instead of +=", (PICK, PICK.replace("+=", "="))),
    pool("the stride is ignored", ("top, left = i * stride, j * stride", "top, left = i, j")),
    pool("every pixel of the window gets the gradient", (PICK, "dx[n, c, top:top + ph, left:left + pw] += dout[n, c, i, j]")),
    pool("shared out as in average pooling", (PICK, "dx[n, c, top:top + ph, left:left + pw] += dout[n, c, i, j] / (ph * pw)")),
    pool("dout is ignored", (PICK, PICK.replace("dout[n, c, i, j]", "1"))),
    pool("times the largest value", (PICK, PICK.replace("dout[n, c, i, j]", "dout[n, c, i, j] * window.max()"))),
    pool("the last row of windows is left out", ("range(Hout)", "range(Hout - 1)")),
    pool("the place in the window is taken for the place in the image", (PICK, "dx[n, c, r, s] += dout[n, c, i, j]")),
    pool("always the window's first pixel", (PICK, "dx[n, c, top, left] += dout[n, c, i, j]")),
    avg("not divided by the size of the window", (SHARE, SHARE.replace(" / (ph * pw)", ""))),
    avg("windows overwrite each other, = instead of +=", (SHARE, SHARE.replace("+=", "="))),
    avg("the stride is ignored", ("            top, left = i * stride, j * stride\n", "            top, left = i, j\n")),
    avg("divided by the number of windows", (SHARE, SHARE.replace("(ph * pw)", "(Hout * Wout)"))),
    avg("dout is ignored", (SHARE, SHARE.replace("dout[:, :, i:i + 1, j:j + 1]", "1.0"))),
    avg("divided by the height only", (SHARE, SHARE.replace("(ph * pw)", "ph"))),
    avg("the last row of windows is left out", ("dx = np.zeros_like(x)\n    for i in range(Hout)", "dx = np.zeros_like(x)\n    for i in range(Hout - 1)")),
    avg("the whole gradient to one pixel", (SHARE, "dx[:, :, top, left] += dout[:, :, i, j]")),
)  # fmt: skip
OWN = (
    conv({"dw": "height and width are swapped in the window"}, (TO_W, "dw[f] += np.flip(xpad[n, :, h:h + HH, v:v + WW], axis=2) * dout[n, f, i, j]")),
    conv({"dx": "only the first channel"}, (TO_X, "dxpad[n, 0, h:h + HH, v:v + WW] += w[f, 0] * dout[n, f, i, j]")),
    conv({"db": "the first pixel only"}, ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout[:, :, 0, 0], axis=0)")),
    conv({"dw": "the last filter has all"}, (TO_W, TO_W.replace("dw[f]", "dw[-1]"))),
    pool("the smallest pixel", ("np.argmax(window)", "np.argmin(window)")),
    pool("half goes to the largest pixel", (PICK, PICK.replace("dout[n, c, i, j]", "dout[n, c, i, j] / 2"))),
    pool("the gradient of the window beside it", (PICK, PICK.replace("dout[n, c, i, j]", "dout[n, c, i, j - 1]"))),
    avg("divided by height plus width", (SHARE, SHARE.replace("(ph * pw)", "(ph + pw)"))),
    avg("the window is a pixel too narrow", (SHARE, SHARE.replace("left + pw]", "left + pw - 1]"))),
)  # fmt: skip
