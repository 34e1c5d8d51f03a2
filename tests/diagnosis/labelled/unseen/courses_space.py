"""Normalisation, convolution and pooling: step by step, simplified, in loops."""

# ruff: noqa: E501 (a label beside its slip)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

BATCHNORM = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = x.mean(axis=0)
    xmu = x - mu
    var = np.mean(xmu ** 2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)

def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 / np.sqrt(var + eps) * dsqrtvar
    dsq = np.ones((N, D)) * dvar / N
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -np.sum(dx1, axis=0)
    dx2 = np.ones((N, D)) * dmu / N
    dx = dx1 + dx2
    return dx, dgamma, dbeta
"""
ALT = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu, var = np.mean(x, axis=0), np.var(x, axis=0)
    std = np.sqrt(var + eps)
    z = (x - mu) / std
    return gamma * z + beta, {"z": z, "std": std, "gamma": gamma}

def batchnorm_backward_alt(dout, cache):
    z, std, gamma = cache["z"], cache["std"], cache["gamma"]
    N = len(dout)
    dbeta = dout.sum(0)
    dgamma = (z * dout).sum(0)
    dz = gamma * dout
    dx = 1.0 / N / std * (N * dz - dz.sum(0) - z * (dz * z).sum(0))
    return dx, dgamma, dbeta
"""
LAYERNORM = """
import numpy as np

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    xt = x.T
    mu = xt.mean(axis=0)
    std = np.sqrt(xt.var(axis=0) + eps)
    xhat = ((xt - mu) / std).T
    return gamma * xhat + beta, (xhat, std, gamma)

def layernorm_backward(dout, cache):
    xhat, std, gamma = cache
    N, D = dout.shape
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = (dout * gamma).T
    xh = xhat.T
    dx = (D * dxhat - dxhat.sum(axis=0) - xh * (dxhat * xh).sum(axis=0)) / (D * std)
    return dx.T, dgamma, dbeta
"""
CONV = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho, Wo = 1 + (H + 2 * p - HH) // s, 1 + (W + 2 * p - WW) // s
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i * s:i * s + HH, j * s:j * s + WW]
            out[:, :, i, j] = np.einsum("nchw,fchw->nf", patch, w) + b
    return out, (x, w, b, conv_param)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, F, Ho, Wo = dout.shape
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    rows, cols = slice(i * s, i * s + HH), slice(j * s, j * s + WW)
                    db[f] += dout[n, f, i, j]
                    dw[f] += xp[n, :, rows, cols] * dout[n, f, i, j]
                    dxp[n, :, rows, cols] += w[f] * dout[n, f, i, j]
    dx = dxp[:, :, p:p + H, p:p + W]
    return dx, dw, db
"""
POOL = """
import numpy as np

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i * s:i * s + ph, j * s:j * s + pw].max(axis=(2, 3))
    return out, (x, pool_param)

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, Ho, Wo = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    window = x[n, c, i * s:i * s + ph, j * s:j * s + pw]
                    r, q = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * s + r, j * s + q] += dout[n, c, i, j]
    return dx
"""
SPATIAL = """
import numpy as np

def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    std = np.sqrt(flat.var(axis=0) + eps)
    xhat = (flat - flat.mean(axis=0)) / std
    out = (gamma * xhat + beta).reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, (xhat, std, gamma)

def spatial_batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    N, C, H, W = dout.shape
    d = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    M = d.shape[0]
    dbeta = d.sum(axis=0)
    dgamma = np.sum(d * xhat, axis=0)
    dh = d * gamma
    flat = (M * dh - dh.sum(axis=0) - xhat * np.sum(dh * xhat, axis=0)) / (M * std)
    dx = flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta
"""
GROUP = """
import numpy as np

def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    g = x.reshape(N * G, -1)
    std = np.sqrt(g.var(axis=1, keepdims=True) + eps)
    xhat = (g - g.mean(axis=1, keepdims=True)) / std
    out = gamma * xhat.reshape(x.shape) + beta
    return out, (xhat, std, gamma, G)

def spatial_groupnorm_backward(dout, cache):
    xhat, std, gamma, G = cache
    N, C, H, W = dout.shape
    full = xhat.reshape(dout.shape)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * full).sum(axis=(0, 2, 3), keepdims=True)
    dh = (dout * gamma).reshape(N * G, -1)
    K = dh.shape[1]
    dx = (K * dh - dh.sum(axis=1, keepdims=True) - xhat * (dh * xhat).sum(axis=1, keepdims=True)) / (K * std)
    return dx.reshape(dout.shape), dgamma, dbeta
"""


def graph(words, *slips):
    return wrong("batchnorm", BATCHNORM, words, *slips)


def alt(words, *slips):
    return wrong("batchnorm_alt", ALT, words, *slips)


def layer(words, *slips):
    return wrong("layernorm", LAYERNORM, words, *slips)


def conv(words, *slips):
    return wrong("conv", CONV, words, *slips)


def pool(said, *slips):
    return wrong("max_pool", POOL, {"dx": said}, *slips)


def spatial(words, *slips):
    return wrong("spatial_batchnorm", SPATIAL, words, *slips)


def group(words, *slips):
    return wrong("spatial_groupnorm", GROUP, words, *slips)


COMMON = (
    graph({"dx": "the mean's branch is forgotten"}, ("dx = dx1 + dx2", "dx = dx1")),
    graph({"dx": "the variance's branch is forgotten"}, ("dx1 = dxmu1 + dxmu2", "dx1 = dxmu1")),
    graph({"dx": "mean and variance taken as constants"}, ("dx = dx1 + dx2", "dx = dxmu1")),
    graph({"dx": "gamma is forgotten"}, ("dxhat = dout * gamma", "dxhat = dout")),
    graph({"dx": "the 2 of the square is missing"}, ("2 * xmu * dsq", "xmu * dsq")),
    graph({"dx": "the half of the root is missing"}, ("0.5 / np.sqrt", "1.0 / np.sqrt")),
    graph({"dx": "the mean's branch without 1/N"}, ("dmu / N", "dmu")),
    graph({"dx": "the variance's branch without 1/N"}, ("dvar / N", "dvar")),
    graph({"dx": "the mean's branch with a plus"}, ("dmu = -np.sum", "dmu = np.sum")),
    graph({"dx": "the minus of 1/x is lost"}, ("-1.0 / (sqrtvar ** 2)", "1.0 / (sqrtvar ** 2)")),
    graph({"dgamma": "x - mean instead of x̂"}, ("dout * xhat, axis", "dout * xmu, axis")),
    graph({"dgamma": "summed over the features"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=1)")),
    graph({"dbeta": "means over the batch", "dgamma": "means over the batch"}, ("np.sum(dout, axis=0)", "np.mean(dout, axis=0)"), ("np.sum(dout * xhat, axis=0)", "np.mean(dout * xhat, axis=0)")),
    graph({"dgamma": "xhat alone, dout forgotten"}, ("np.sum(dout * xhat, axis=0)", "np.sum(xhat, axis=0)")),
    alt({"dx": "the third term is forgotten"}, (" - z * (dz * z).sum(0)", "")),
    alt({"dx": "the second term is forgotten"}, (" - dz.sum(0)", "")),
    alt({"dx": "dout where gamma dout belongs"}, ("dz = gamma * dout", "dz = dout")),
    alt({"dx": "1/N is forgotten"}, ("1.0 / N / std", "1.0 / std")),
    alt({"dx": "times the deviation instead of divided by it"}, ("1.0 / N / std", "1.0 / N * std")),
    alt({"dx": "divided by the variance instead of its root"}, ("1.0 / N / std", "1.0 / N / std ** 2")),
    alt({"dx": "N is missing before the first term"}, ("N * dz -", "dz -")),
    alt({"dgamma": "the sum is over nothing, (N, D)"}, ("(z * dout).sum(0)", "z * dout")),
    layer({"dx": "the batch's N for D"}, ("(D * dxhat", "(N * dxhat"), ("(D * std)", "(N * std)")),
    layer({"dx": "the sums are over the batch"}, ("dxhat.sum(axis=0)", "dxhat.sum(axis=1, keepdims=True)"), ("(dxhat * xh).sum(axis=0)", "(dxhat * xh).sum(axis=1, keepdims=True)")),
    layer({"dgamma": "summed over the features", "dbeta": "summed over the features"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=1)"), ("np.sum(dout, axis=0)", "np.sum(dout, axis=1)")),
    layer({"dx": "gamma is forgotten"}, ("(dout * gamma).T", "dout.T")),
    layer({"dx": "only divided by the deviation"}, ("(D * dxhat - dxhat.sum(axis=0) - xh * (dxhat * xh).sum(axis=0)) / (D * std)", "dxhat / std")),
    conv({"dw": "the last position only, = for +="}, ("dw[f] +=", "dw[f] =")),
    conv({"dx": "the last position only, = for +="}, ("dxp[n, :, rows, cols] +=", "dxp[n, :, rows, cols] =")),
    conv({"dx": "the padding is not cut off"}, ("dxp[:, :, p:p + H, p:p + W]", "dxp")),
    conv({"dx": "the padding is cut off at one side only"}, ("dxp[:, :, p:p + H, p:p + W]", "dxp[:, :, :H, :W]")),
    conv({"dw": "a mean over the batch", "db": "a mean over the batch"}, ("    return dx, dw, db", "    dw, db = dw / N, db / N\n    return dx, dw, db")),
    conv({"dx": "the filter is turned round"}, ("+= w[f] *", "+= w[f][:, ::-1, ::-1] *")),
    conv({"dx": "the stride is forgotten", "dw": "the stride is forgotten"}, ("slice(i * s, i * s + HH), slice(j * s, j * s + WW)", "slice(i, i + HH), slice(j, j + WW)")),
    conv({"db": "the last example only"}, ("db[f] += dout[n, f, i, j]", "db[f] = dout[n, f].sum()")),
    conv({"db": "the last entry only"}, ("db[f] +=", "db[f] =")),
    pool("overwritten where windows overlap", ("+= dout", "= dout")),
    pool("spread evenly over the window", ("dx[n, c, i * s + r, j * s + q] += dout[n, c, i, j]", "dx[n, c, i * s:i * s + ph, j * s:j * s + pw] += dout[n, c, i, j] / (ph * pw)")),
    pool("to every entry of the window", ("dx[n, c, i * s + r, j * s + q] += dout[n, c, i, j]", "dx[n, c, i * s:i * s + ph, j * s:j * s + pw] += dout[n, c, i, j]")),
    pool("the largest value itself", ("+= dout[n, c, i, j]", "+= window.max()")),
    pool("the place of the maximum gets 1, dout forgotten", ("+= dout[n, c, i, j]", "+= 1.0")),
    pool("the smallest entry gets it", ("np.argmax", "np.argmin")),
    pool("the place in the window is taken for the place in x", ("dx[n, c, i * s + r, j * s + q]", "dx[n, c, r, q]")),
    spatial({"dx": "N alone is taken for the number of entries"}, ("(M * dh", "(N * dh"), ("(M * std)", "(N * std)")),
    spatial({"dgamma": "means over batch and pixels", "dbeta": "means over batch and pixels"}, ("d.sum(axis=0)", "d.mean(axis=0)"), ("np.sum(d * xhat, axis=0)", "np.mean(d * xhat, axis=0)")),
    spatial({"dx": "reshaped without moving the axes back"}, ("flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "flat.reshape(N, C, H, W)")),
    spatial({"dx": "gamma is forgotten"}, ("dh = d * gamma", "dh = d")),
    group({"dx": "gamma is forgotten"}, ("(dout * gamma)", "dout")),
    group({"dx": "only divided by the deviation"}, ("(K * dh - dh.sum(axis=1, keepdims=True) - xhat * (dh * xhat).sum(axis=1, keepdims=True)) / (K * std)", "dh / std")),
    group({"dgamma": "summed over the batch only at each pixel's mean", "dbeta": "summed over the batch only at each pixel's mean"}, ("dout.sum(axis=(0, 2, 3), keepdims=True)", "dout.mean(axis=(2, 3), keepdims=True).sum(axis=0, keepdims=True)"), ("(dout * full).sum(axis=(0, 2, 3), keepdims=True)", "(dout * full).mean(axis=(2, 3), keepdims=True).sum(axis=0, keepdims=True)")),
    group({"dx": "the variance's term is forgotten"}, (" - xhat * (dh * xhat).sum(axis=1, keepdims=True)", "")),
)  # fmt: skip
OWN = (
    conv({"db": "summed over the batch only, at one pixel"}, ("db[f] += dout[n, f, i, j]", "db[f] += dout[n, f, 0, 0] / (Ho * Wo)")),
    graph({"dx": "three for two"}, ("2 * xmu * dsq", "3 * xmu * dsq")),
    pool("the first row of windows is skipped", ("for i in range(Ho):\n                for j in range(Wo):\n                    window", "for i in range(1, Ho):\n                for j in range(Wo):\n                    window")),
    conv({"dw": "the first filter is left out"}, ("    return dx, dw, db", "    dw[0] = 0\n    return dx, dw, db")),
)  # fmt: skip
