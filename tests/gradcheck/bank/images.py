# ruff: noqa: RUF059 - students unpack a whole cache and wrap a call in a lambda
"""Convolution, max pooling, average pooling: (N, C, H, W), H != W, windows that overlap."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed, spread


def conv(x, w, b, conv_param):
    """x (N, C, H, W), w (F, C, HH, WW), b (F,) -> (N, F, H', W'); CS231n's conv_param {"stride", "pad"}."""
    s, p = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    Ho, Wo = 1 + (xp.shape[2] - HH) // s, 1 + (xp.shape[3] - WW) // s
    out = np.zeros((x.shape[0], w.shape[0], Ho, Wo), dtype=x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            win = xp[:, :, i * s : i * s + HH, j * s : j * s + WW]
            out[:, :, i, j] = np.tensordot(win, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param)


def windows(x, pool, stride):
    """The windows of a pooling: (i, j, rows, columns)."""
    Ho, Wo = 1 + (x.shape[2] - pool) // stride, 1 + (x.shape[3] - pool) // stride
    for i in range(Ho):
        for j in range(Wo):
            yield i, j, slice(i * stride, i * stride + pool), slice(j * stride, j * stride + pool)


def pooling(reduce, pool, stride):
    """Size and stride in a closure."""

    def forward(x):
        Ho, Wo = 1 + (x.shape[2] - pool) // stride, 1 + (x.shape[3] - pool) // stride
        out = np.zeros((*x.shape[:2], Ho, Wo), dtype=x.dtype)
        for i, j, r, c in windows(x, pool, stride):
            out[:, :, i, j] = reduce(x[:, :, r, c], axis=(2, 3))
        return out, x

    return forward


def conv_draw(stride, pad, hw=(5, 4), kernel=(3, 2)):
    def draw(rng):
        x, w = signed(rng, 2, 2, *hw), signed(rng, 3, 2, *kernel)
        return x, w, signed(rng, 3), {"stride": stride, "pad": pad}

    return draw


CONV = Layer("conv", conv, ("x", "w", "b", "conv_param"), conv_draw(1, 1))
MAXPOOL = Layer(
    "max pool, overlapping", pooling(np.max, 3, 2), ("x",), lambda rng: (spread(rng, 1, 2, 7, 5),)
)
MAXPOOL2 = Layer("max pool", pooling(np.max, 2, 2), ("x",), lambda rng: (spread(rng, 2, 2, 4, 6),))
AVGPOOL = Layer("avg pool", pooling(np.mean, 2, 1), ("x",), lambda rng: (signed(rng, 2, 2, 4, 3),))


def conv_with(stride=None, pad=None, flip=False, assign=False, crop=True, db=None, border=0, swap=False):
    """The right convolution backward, with one thing as a student has it."""

    def backward(dout, cache):
        x, w, b, param = cache
        s, p = stride or param["stride"], param["pad"] if pad is None else pad
        HH, WW = w.shape[2:]
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        dxp, dw = np.zeros_like(xp), np.zeros_like(w)
        wk = w[:, :, ::-1, ::-1] if flip else w
        for i in range(dout.shape[2] - border):
            for j in range(dout.shape[3]):
                r, c = slice(i * s, i * s + HH), slice(j * s, j * s + WW)
                dwin = np.tensordot(dout[:, :, i, j], wk, axes=(1, 0))
                if assign:
                    dxp[:, :, r, c] = dwin
                else:
                    dxp[:, :, r, c] += dwin
                dw += np.tensordot(dout[:, :, i, j], xp[:, :, r, c], axes=(0, 0))
        h, v = (x.shape[3], x.shape[2]) if swap else x.shape[2:]
        dx = dxp[:, :, p : p + h, p : p + v] if crop else dxp[:, :, p:-p, p:-p]
        return dx, dw, db(dout) if db else dout.sum(axis=(0, 2, 3))

    return backward


def conv_dw_flipped(dout, cache):
    dx, dw, db = conv_with()(dout, cache)
    return dx, dw[:, :, ::-1, ::-1], db


def conv_first_channel(dout, cache):
    dx, dw, db = conv_with()(dout, cache)
    dw[:, 1:] = dw[:, :1]
    return dx, dw, db


def maxpool_with(pool, stride, assign=False, value=False, argmax_flat=False, skip=0):
    def backward(dout, x):
        dx = np.zeros_like(x)
        for n in range(x.shape[0]):
            for ch in range(x.shape[1] - skip):
                for i, j, r, c in windows(x, pool, stride):
                    win = x[n, ch, r, c]
                    at = np.unravel_index(np.argmax(win), win.shape)
                    g = dout[n, ch, i, j] * (win[at] if value else 1)
                    k = (n, ch, *at) if argmax_flat else (n, ch, r.start + at[0], c.start + at[1])
                    dx[k] = g if assign else dx[k] + g
        return dx

    return backward


def maxpool_uniform(dout, x):
    dx = np.zeros_like(x)
    for i, j, r, c in windows(x, 2, 2):
        dx[:, :, r, c] += dout[:, :, i, j][:, :, None, None] / 4
    return dx


def avgpool_with(factor=0.25, assign=False):
    def backward(dout, x):
        dx = np.zeros_like(x)
        for i, j, r, c in windows(x, 2, 1):
            g = dout[:, :, i, j][:, :, None, None] * factor
            dx[:, :, r, c] = g if assign else dx[:, :, r, c] + g
        return dx

    return backward


WRONG = (
    CONV.wrong("crop p:-p with padding 0", "x", conv_with(crop=False), "dx is empty", draw=conv_draw(1, 0)),
    CONV.wrong(
        "stride forgotten", "x w", conv_with(stride=1), "stride 2 read as 1", draw=conv_draw(2, 1, (5, 6))
    ),
    CONV.wrong("padding forgotten", "x w b", conv_with(pad=0), "windows run over the edge: raises"),
    CONV.wrong("kernel flipped in dx", "x", conv_with(flip=True), "convolution for correlation"),
    CONV.wrong("dw flipped", "w", conv_dw_flipped, "convolution for correlation"),
    CONV.wrong("= for += in dx", "x", conv_with(assign=True), "last window only"),
    CONV.wrong("last row of windows missing", "x w", conv_with(border=1), "range(H - 1)"),
    CONV.wrong("height and width confused", "x", conv_with(swap=True), "dx (N, C, W, H)"),
    CONV.wrong("db over N only", "b", conv_with(db=lambda d: d.sum(axis=0)), "(F, H', W')"),
    CONV.wrong("db a mean", "b", conv_with(db=lambda d: d.mean(axis=(0, 2, 3))), "mean for sum"),
    CONV.wrong(
        "db of the first pixel", "b", conv_with(db=lambda d: d[:, :, 0, 0].sum(axis=0)), "one position"
    ),
    CONV.wrong("db summed over the filters", "b", conv_with(db=lambda d: d.sum(axis=(1, 2, 3))), "(N,)"),
    CONV.wrong("dw of the first channel", "w", conv_first_channel, "channel index forgotten"),
    CONV.wrong(
        "border of dx kept",
        "x",
        lambda d, c: (np.pad(conv_with()(d, c)[0], 1), *conv_with()(d, c)[1:]),
        "no crop",
    ),
    MAXPOOL.wrong(
        "= for +=",
        "x",
        maxpool_with(3, 2, assign=True),
        "a pixel that wins twice keeps one",
        draw=lambda rng: (shared_winner(rng),),
    ),
    MAXPOOL.wrong("stride read as the size", "x", maxpool_with(3, 1), "windows at other places"),
    MAXPOOL.wrong("last channel missing", "x", maxpool_with(3, 2, skip=1), "range(C - 1)"),
    MAXPOOL2.wrong("uniform share", "x", maxpool_uniform, "as average pooling"),
    MAXPOOL2.wrong(
        "argmax not offset by the window", "x", maxpool_with(2, 2, argmax_flat=True), "first window"
    ),
    MAXPOOL2.wrong("times the maximum", "x", maxpool_with(2, 2, value=True), "value for indicator"),
    AVGPOOL.wrong("1/4 missing", "x", avgpool_with(factor=1.0), "as sum pooling"),
    AVGPOOL.wrong("= for +=", "x", avgpool_with(assign=True), "last window only"),
    AVGPOOL.wrong("1/2 for 1/4", "x", avgpool_with(factor=0.5), "the width, not the area"),
)


def shared_winner(rng):
    """The pixel (2, 2) belongs to four windows and wins them all."""
    x = spread(rng, 1, 2, 7, 5)
    x[:, :, 2, 2] = 10 + rng.uniform(0, 1, (1, 2))
    return x


def conv_right(dout, cache):
    x, w, b, param = cache
    s, p = param["stride"], param["pad"]
    HH, WW = w.shape[2:]
    dxp = np.pad(np.zeros_like(x), ((0, 0), (0, 0), (p, p), (p, p)))
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dw = np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            r, c = slice(i * s, i * s + HH), slice(j * s, j * s + WW)
            dxp[:, :, r, c] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
            dw += np.tensordot(dout[:, :, i, j], xp[:, :, r, c], axes=(0, 0))
    dx = dxp[:, :, p : p + x.shape[2], p : p + x.shape[3]]
    return dx, dw, dout.sum(axis=(0, 2, 3))


def avgpool_right(dout, x):
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i : i + 2, j : j + 2] += dout[:, :, i : i + 1, j : j + 1] / 4
    return dx


RIGHT = (
    CONV.right("padding 1", conv_right, "dx is a view of a larger array"),
    CONV.right("padding 0", conv_right, "p:-p would be empty", draw=conv_draw(1, 0)),
    CONV.right(
        "stride 2, last column unused", conv_right, "gradient exactly 0 there", draw=conv_draw(2, 0, (5, 5))
    ),
    MAXPOOL.right("overlapping", maxpool_with(3, 2), "exact zeros, and pixels that win twice"),
    MAXPOOL.right(
        "= for += where no pixel wins twice",
        maxpool_with(3, 3, assign=True),
        "right by its input: windows touch",
        draw=lambda rng: (spread(rng, 1, 2, 3, 3),),
    ),
    MAXPOOL2.right(
        "ties",
        maxpool_with(2, 2),
        "integers: the first of the ties",
        smooth=False,
        draw=lambda rng: (rng.integers(0, 2, (1, 2, 4, 6)) * 1.0,),
    ),
    AVGPOOL.right("plain", avgpool_right, "the control"),
    AVGPOOL.right(
        "float32", avgpool_right, "float32", draw=lambda rng: (signed(rng, 2, 2, 4, 3).astype(np.float32),)
    ),
)
