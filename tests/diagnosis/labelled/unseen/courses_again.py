"""Smooth activations, penalties, a two-layer network, averages over windows: written after the other courses' files."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

ELU = """
import numpy as np

def elu_forward(x, a):
    e = a * (np.exp(np.minimum(x, 0)) - 1)
    return np.where(x > 0, x, e), (x, a, e)

def elu_backward(dout, cache):
    x, a, e = cache
    slope = np.where(x > 0, 1.0, e + a)
    return slope * dout
"""
SOFTPLUS = """
import numpy as np

def softplus_forward(x):
    out = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return out, (x, out)

def softplus_backward(dout, cache):
    x, out = cache
    small = np.exp(-np.abs(x))
    sig = np.where(x < 0, small, 1.0) / (1.0 + small)
    return dout * sig
"""
AVERAGE = """
import numpy as np

def avg_pool_forward(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i * s:i * s + ph, j * s:j * s + pw].mean(axis=(2, 3))
    return out, (x.shape, ph, pw, s)

def avg_pool_backward(dout, cache):
    shape, ph, pw, s = cache
    dx = np.zeros(shape)
    _, _, Ho, Wo = dout.shape
    for i in range(Ho):
        for j in range(Wo):
            share = dout[:, :, i, j][:, :, None, None] / (ph * pw)
            dx[:, :, i * s:i * s + ph, j * s:j * s + pw] += share
    return dx
"""
PENALTY = """
import numpy as np

def l2_forward(w, lam):
    return lam * np.sum(w ** 2), (w, lam)

def l2_backward(dout, cache):
    w, lam = cache
    return 2 * lam * w * dout
"""
FULL = """
import numpy as np

def full_loss_forward(losses, W1, W2, lam):
    return np.mean(losses) + lam * (np.sum(W1 ** 2) + np.sum(W2 ** 2)), (losses, W1, W2, lam)

def full_loss_backward(dout, cache):
    losses, W1, W2, lam = cache
    dlosses = dout * np.ones_like(losses) / len(losses)
    dW1 = dout * 2 * lam * W1
    dW2 = dout * 2 * lam * W2
    return dlosses, dW1, dW2
"""
NET = """
import numpy as np

def two_layer_loss(W1, b1, W2, b2, X, y):
    N = len(y)
    a = X @ W1 + b1
    h = np.where(a > 0, a, 0)
    s = h @ W2 + b2
    s = s - s.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(N), y].mean()
    ds = np.exp(logp)
    ds[np.arange(N), y] -= 1
    ds = ds / N
    dh = ds @ W2.T
    da = np.where(a > 0, dh, 0)
    return loss, {"W1": X.T @ da, "b1": da.sum(axis=0), "W2": h.T @ ds, "b2": ds.sum(axis=0)}
"""
TRANSPOSE = """
import numpy as np

def transpose_forward(x, options):
    return np.transpose(x, options["axes"]), (x.shape, options["axes"])

def transpose_backward(dout, cache):
    shape, axes = cache
    back = np.argsort(axes)
    return np.transpose(dout, back)
"""
SQUARE = """
import numpy as np

def sq_err_grad(w, x, y):
    h = w @ x
    r = y - h
    e = r ** 2
    dr = 2 * r
    dh = -dr
    dy = dr
    dw = dh * x
    dx = dh * w
    return {"dr": dr, "dh": dh, "dy": dy, "dw": dw, "dx": dx}
"""
MASKED = """
import numpy as np

def masked_attention_forward(q, k, v, mask):
    scale = np.sqrt(q.shape[-1])
    s = np.where(mask > 0, q @ k.transpose(0, 2, 1) / scale, -np.inf)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    a = e / e.sum(axis=-1, keepdims=True)
    return a @ v, (q, k, v, a, scale)

def masked_attention_backward(dout, cache):
    q, k, v, a, scale = cache
    da = dout @ v.transpose(0, 2, 1)
    ds = a * da - a * (a * da).sum(axis=-1, keepdims=True)
    ds = ds / scale
    return ds @ k, ds.transpose(0, 2, 1) @ q, a.transpose(0, 2, 1) @ dout
"""


def elu(said, after):
    return wrong("elu", ELU, {"dx": said}, ("np.where(x > 0, 1.0, e + a)", after))


def softplus(said, after):
    return wrong("softplus", SOFTPLUS, {"dx": said}, ("dout * sig", after))


def average(said, *slips):
    return wrong("avg_pool", AVERAGE, {"dx": said}, *slips)


def penalty(said, after):
    return wrong("l2_penalty", PENALTY, {"dw": said}, ("2 * lam * w * dout", after))


def full(words, *slips):
    return wrong("full_loss", FULL, words, *slips)


def net(words, *slips):
    return wrong("two_layer", NET, {f"d{name}": said for name, said in words.items()}, *slips)


def square(words, *slips):
    return wrong("sq_err_grad", SQUARE, words, *slips)


def masked(words, *slips):
    return wrong("masked_attention", MASKED, words, *slips)


COMMON = (
    elu("the value for the slope below 0", "np.where(x > 0, 1.0, e)"),
    elu("a alone below 0, as in leaky ReLU", "np.where(x > 0, 1.0, a)"),
    elu("a is forgotten below 0", "np.where(x > 0, 1.0, np.exp(x))"),
    elu("0 below 0, as in ReLU", "np.where(x > 0, 1.0, 0.0)"),
    elu("1 is added instead of a", "np.where(x > 0, 1.0, e + 1)"),
    softplus("the slope of the sigmoid instead of the sigmoid", "dout * sig * (1 - sig)"),
    softplus("dout is forgotten", "sig"),
    softplus("the sigmoid of -x", "dout * (1 - sig)"),
    softplus("the mask of ReLU", "dout * (x > 0)"),
    softplus("the sigmoid of the output", "dout / (1 + np.exp(-out))"),
    softplus("divided by 1 + e^x, the inner slope forgotten", "dout / (1 + np.exp(np.minimum(x, 700)))"),
    average("not divided by the window's size", (" / (ph * pw)", "")),
    average("overwritten where windows overlap", ("+= share", "= share")),
    average("divided by the height alone", ("/ (ph * pw)", "/ ph")),
    average("the stride is forgotten", ("i * s:i * s + ph, j * s:j * s + pw] += share", "i:i + ph, j:j + pw] += share")),
    average("divided by the number of windows", ("/ (ph * pw)", "/ (Ho * Wo)")),
    average("all of it to the corner of the window", ("dx[:, :, i * s:i * s + ph, j * s:j * s + pw] += share", "dx[:, :, i * s, j * s] += dout[:, :, i, j]")),
    penalty("the 2 is missing", "lam * w * dout"),
    penalty("dout is forgotten", "2 * lam * w"),
    penalty("lam is forgotten", "2 * w * dout"),
    penalty("the weights are forgotten", "2 * lam * dout * np.ones_like(w)"),
    penalty("the square itself", "lam * w ** 2 * dout"),
    penalty("the sum of the weights everywhere", "2 * lam * np.sum(w) * dout * np.ones_like(w)"),
    full({"dlosses": "not divided by N"}, (" / len(losses)", "")),
    full({"dlosses": "the losses themselves"}, ("np.ones_like(losses)", "losses")),
    full({"dW1": "the 2 is missing", "dW2": "the 2 is missing"}, ("dout * 2 * lam * W1", "dout * lam * W1"), ("dout * 2 * lam * W2", "dout * lam * W2")),
    full({"dW1": "divided by N as well", "dW2": "divided by N as well"}, ("lam * W1\n", "lam * W1 / len(losses)\n"), ("lam * W2\n", "lam * W2 / len(losses)\n")),
    full({"dW1": "dout is forgotten", "dW2": "dout is forgotten", "dlosses": "dout is forgotten"}, ("dout * 2 * lam * W1", "2 * lam * W1"), ("dout * 2 * lam * W2", "2 * lam * W2"), ("dout * np.ones_like(losses)", "np.ones_like(losses)")),
    net({"W1": "the ReLU is forgotten", "b1": "the ReLU is forgotten"}, ("np.where(a > 0, dh, 0)", "dh")),
    net({"W1": "the mask from dh", "b1": "the mask from dh"}, ("np.where(a > 0, dh, 0)", "np.maximum(dh, 0)")),
    net({"W1": "1/N is missing", "b1": "1/N is missing", "W2": "1/N is missing", "b2": "1/N is missing"}, ("    ds = ds / N\n", "")),
    net({"b1": "a mean over the batch", "b2": "a mean over the batch"}, ("da.sum(axis=0)", "da.mean(axis=0)"), ("ds.sum(axis=0)", "ds.mean(axis=0)")),
    net({"W2": "a before the ReLU"}, ("h.T @ ds", "a.T @ ds")),
    net({"W1": "times h's values at the ReLU", "b1": "times h's values at the ReLU"}, ("np.where(a > 0, dh, 0)", "dh * h")),
    net({"b2": "only the last example"}, ("ds.sum(axis=0)", "ds[-1]")),
    wrong("transpose", TRANSPOSE, {"dx": "the same axes again"}, ("back = np.argsort(axes)", "back = axes")),
    wrong("transpose", TRANSPOSE, {"dx": "reshaped instead of moved"}, ("np.transpose(dout, back)", "dout.reshape(shape)")),
    wrong("transpose", TRANSPOSE, {"dx": "dout as it came"}, ("np.transpose(dout, back)", "dout")),
    square({"dr": "the 2 is missing"}, ("dr = 2 * r", "dr = r")),
    square({"dh": "the minus is missing"}, ("dh = -dr", "dh = dr")),
    square({"dw": "w for x", "dx": "x for w"}, ("dw = dh * x", "dw = dh * w"), ("dx = dh * w", "dx = dh * x")),
    square({"dw": "the upstream is forgotten", "dx": "the upstream is forgotten"}, ("dh * x", "x"), ("dh * w", "w")),
    square({"dr": "the square for its slope"}, ("dr = 2 * r", "dr = r ** 2")),
    masked({"dq": "the scale is forgotten", "dk": "the scale is forgotten"}, ("    ds = ds / scale\n", "")),
    masked({"dq": "the sum of the softmax is left out", "dk": "the sum of the softmax is left out"}, (" - a * (a * da).sum(axis=-1, keepdims=True)", "")),
    masked({"dq": "the factor before the sum is forgotten", "dk": "the factor before the sum is forgotten"}, (" - a * (a * da)", " - (a * da)")),
    masked({"dv": "a mean over the queries"}, ("a.transpose(0, 2, 1) @ dout", "np.einsum('nts,nte->nse', a, dout) / a.shape[1]")),
)  # fmt: skip
OWN = (
    elu("the two sides are swapped", "np.where(x < 0, 1.0, a * np.exp(np.minimum(x, 700)))"),
    full({"dW2": "the other layer's weights"}, ("2 * lam * W2", "2 * lam * np.resize(W1, W2.shape)")),
    elu("the exponential of 2x", "np.where(x > 0, 1.0, a * np.exp(2 * np.minimum(x, 0)))"),
    net({"b2": "the first class is skipped"}, ('"b2": ds.sum(axis=0)', '"b2": ds.sum(axis=0) * (np.arange(ds.shape[1]) > 0)')),
)  # fmt: skip
