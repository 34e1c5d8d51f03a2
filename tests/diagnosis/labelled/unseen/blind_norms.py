"""Written blind, first batch: normalisation, as students hand it in."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

BATCH = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = x.mean(axis=0)
    xc = x - mu
    var = (xc ** 2).mean(axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    out = gamma * xhat + beta
    return out, (x, mu, xc, var, std, xhat, gamma, beta, eps)

def batchnorm_backward(dout, cache):
    x, mu, xc, var, std, xhat, gamma, beta, eps = cache
    N, D = x.shape
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xc, axis=0)
    dxc = dxhat / std
    dstd = -divar / std ** 2
    dvar = 0.5 * dstd / std
    dsq = dvar * np.ones((N, D)) / N
    dxc += 2 * xc * dsq
    dx1 = dxc
    dmu = -np.sum(dxc, axis=0)
    dx2 = np.ones((N, D)) * dmu / N
    dx = dx1 + dx2
    return dx, dgamma, dbeta
"""

ALT = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu, var = x.mean(axis=0), x.var(axis=0)
    s = 1 / np.sqrt(var + eps)
    xhat = (x - mu) * s
    return gamma * xhat + beta, {"x": x, "mu": mu, "s": s, "xhat": xhat, "gamma": gamma, "var": var}

def batchnorm_backward_alt(dout, cache):
    xhat, s, gamma = cache["xhat"], cache["s"], cache["gamma"]
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(xhat * dout, axis=0)
    dx = (gamma * s / N) * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
"""

LAYER = """
import numpy as np

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    xt = x.T
    mu = xt.mean(axis=0)
    v = xt.var(axis=0)
    std = np.sqrt(v + eps)
    xhat = ((xt - mu) / std).T
    return gamma * xhat + beta, (x, xhat, std, gamma, v, eps)

def layernorm_backward(dout, cache):
    x, xhat, std, gamma, v, eps = cache
    D = x.shape[1]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    g = dout * gamma
    m1 = g.mean(axis=1, keepdims=True)
    m2 = (g * xhat).mean(axis=1, keepdims=True)
    dx = (g - m1 - xhat * m2) / std[:, None]
    return dx, dgamma, dbeta
"""

SPATIAL = """
import numpy as np

def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    ax = (0, 2, 3)
    mu = x.mean(axis=ax, keepdims=True)
    var = x.var(axis=ax, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    g = gamma.reshape(1, -1, 1, 1)
    return g * xhat + beta.reshape(1, -1, 1, 1), (x, xhat, std, g)

def spatial_batchnorm_backward(dout, cache):
    x, xhat, std, g = cache
    ax = (0, 2, 3)
    N, C, H, W = x.shape
    M = N * H * W
    dbeta = dout.sum(axis=ax)
    dgamma = (dout * xhat).sum(axis=ax)
    d = dout * g
    dx = (d - d.sum(axis=ax, keepdims=True) / M - xhat * (d * xhat).sum(axis=ax, keepdims=True) / M) / std
    return dx, dgamma, dbeta
"""

GROUP = """
import numpy as np

def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    xg = x.reshape(N, G, -1)
    mu = xg.mean(axis=2, keepdims=True)
    std = np.sqrt(xg.var(axis=2, keepdims=True) + eps)
    xh = (xg - mu) / std
    xhat = xh.reshape(x.shape)
    return gamma * xhat + beta, (G, xh, xhat, std, gamma, x)

def spatial_groupnorm_backward(dout, cache):
    G, xh, xhat, std, gamma, x = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * xhat).sum(axis=(0, 2, 3), keepdims=True)
    d = (dout * gamma).reshape(N, G, -1)
    m1 = d.mean(axis=2, keepdims=True)
    m2 = (d * xh).mean(axis=2, keepdims=True)
    dx = ((d - m1 - xh * m2) / std).reshape(x.shape)
    return dx, dgamma, dbeta
"""


def batch(said, *slips):
    return wrong("batchnorm", BATCH, said, *slips)


def alt(said, *slips):
    return wrong("batchnorm_alt", ALT, said, *slips)


def layer(said, *slips):
    return wrong("layernorm", LAYER, said, *slips)


def spatial(said, *slips):
    return wrong("spatial_batchnorm", SPATIAL, said, *slips)


def group(said, *slips):
    return wrong("spatial_groupnorm", GROUP, said, *slips)


COMMON = (
    batch({"dx": "the path through the square overwrites the direct one"}, ("dxc += 2 * xc", "dxc = 2 * xc")),
    batch({"dx": "the 2 of the square forgotten"}, ("2 * xc * dsq", "xc * dsq")),
    batch({"dx": "the half of the root forgotten"}, ("0.5 * dstd", "dstd")),
    batch({"dx": "the mean's 1/N forgotten"}, ("* dmu / N", "* dmu")),
    batch({"dx": "the variance's 1/N forgotten"}, ("np.ones((N, D)) / N\n", "np.ones((N, D))\n")),
    batch({"dx": "the mean's path with the wrong sign"}, ("dmu = -np", "dmu = np")),
    batch({"dx": "the variance path with the wrong sign"}, ("-divar", "divar")),
    batch({"dx": "dout taken for dxhat"}, ("dxhat = dout * gamma", "dxhat = dout")),
    batch({"dx": "x for x - mean in the product"}, ("dxhat * xc", "dxhat * x")),
    batch({"dx": "xhat for x - mean in the product"}, ("dxhat * xc", "dxhat * xhat")),
    batch({"dx": "the power of the root: 1/std instead of 1/std²"}, ("std ** 2", "std")),
    batch({"dx": "not divided by the std, direct path"}, ("dxc = dxhat / std", "dxc = dxhat.copy()")),
    batch(
        {"dx": "the variance's path ends at the mean: dx1 from before"},
        ("dxc += 2 * xc * dsq\n    dx1 = dxc", "dx1 = dxc.copy()\n    dxc += 2 * xc * dsq"),
    ),
    batch(
        {"dgamma": "dxhat for dout"}, ("(dout * xhat).sum(axis=0)\n", "(dout * gamma * xhat).sum(axis=0)\n")
    ),
    batch({"dgamma": "x - mean, not divided"}, ("(dout * xhat)", "(dout * xc)")),
    batch({"dgamma": "the output instead of xhat"}, ("(dout * xhat)", "(dout * (gamma * xhat + beta))")),
    batch(
        {"dgamma": "mean for sum", "dbeta": "mean for sum"},
        ("dout.sum(axis=0)", "dout.mean(axis=0)"),
        ("(dout * xhat).sum", "(dout * xhat).mean"),
    ),
    batch({"dbeta": "times beta"}, ("dbeta = dout.sum(axis=0)", "dbeta = (dout * beta).sum(axis=0)")),
    batch(
        {"dgamma": "xhat summed alone, dout outside"},
        ("(dout * xhat).sum(axis=0)", "dout.sum(axis=0) * xhat.sum(axis=0)"),
    ),
    alt({"dx": "gamma forgotten"}, ("(gamma * s / N)", "(s / N)")),
    alt({"dx": "N forgotten before dout"}, ("N * dout", "dout")),
    alt({"dx": "1/N forgotten outside"}, ("(gamma * s / N)", "(gamma * s)")),
    alt({"dx": "the mean's term forgotten"}, ("- dbeta - ", "- ")),
    alt({"dx": "the variance's term forgotten"}, (" - xhat * dgamma)", ")")),
    alt({"dx": "xhat forgotten before dgamma"}, ("xhat * dgamma", "dgamma")),
    alt({"dx": "the signs of both sums"}, ("- dbeta - xhat", "+ dbeta + xhat")),
    alt({"dx": "s the wrong way up"}, ("gamma * s / N", "gamma / s / N")),
    alt({"dx": "variance for its root"}, ("gamma * s / N", "gamma * s ** 2 / N")),
    alt(
        {"dx": "sums over the features"},
        (
            "- dbeta - xhat * dgamma",
            "- dout.sum(axis=1, keepdims=True) - xhat * (dout * xhat).sum(axis=1, keepdims=True)",
        ),
    ),
    alt({"dx": "gamma counted twice"}, ("(gamma * s / N)", "(gamma ** 2 * s / N)")),
    alt({"dx": "x for xhat"}, ("xhat * dgamma)", 'cache["x"] * dgamma)')),
    layer({"dx": "gamma is forgotten"}, ("g = dout * gamma", "g = dout")),
    layer(
        {"dx": "gamma is put on at the end"},
        ("g = dout * gamma", "g = dout"),
        ("/ std[:, None]", "/ std[:, None] * gamma"),
    ),
    layer({"dx": "mean over the batch in the first"}, ("m1 = g.mean(axis=1", "m1 = g.mean(axis=0")),
    layer(
        {"dx": "mean over the batch in both"},
        ("m1 = g.mean(axis=1", "m1 = g.mean(axis=0"),
        ("(g * xhat).mean(axis=1", "(g * xhat).mean(axis=0"),
    ),
    layer({"dx": "sums for means"}, ("m1 = g.mean", "m1 = g.sum"), ("(g * xhat).mean", "(g * xhat).sum")),
    layer(
        {"dgamma": "summed over the features"},
        ("dgamma = np.sum(dout * xhat, axis=0)", "dgamma = np.sum(dout * xhat, axis=1)"),
    ),
    layer(
        {"dbeta": "summed over the features"},
        ("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout, axis=1)"),
    ),
    layer({"dx": "divided by the variance"}, ("/ std[:, None]", "/ (v + eps)[:, None]")),
    layer({"dx": "the std forgotten"}, (" / std[:, None]", "")),
    layer({"dx": "m2 without xhat in front"}, ("xhat * m2", "m2")),
    layer(
        {"dx": "D - 1 in the means"},
        ("dx = (g - m1 - xhat * m2)", "k = D / max(D - 1, 1)\n    dx = (g - k * m1 - xhat * k * m2)"),
    ),
    layer({"dx": "the mean of the product without the upstream"}, ("m2 = (g * xhat)", "m2 = (gamma * xhat)")),
    spatial({"dx": "N instead of N H W"}, ("M = N * H * W", "M = N")),
    spatial({"dx": "H W instead of N H W"}, ("M = N * H * W", "M = H * W")),
    spatial(
        {"dx": "the sums over the pixels only"},
        ("d.sum(axis=ax, keepdims=True) / M", "d.mean(axis=(2, 3), keepdims=True)"),
        ("(d * xhat).sum(axis=ax, keepdims=True) / M", "(d * xhat).mean(axis=(2, 3), keepdims=True)"),
    ),
    spatial(
        {"dx": "the sums over the batch only"},
        ("d.sum(axis=ax, keepdims=True) / M", "d.mean(axis=0, keepdims=True)"),
        ("(d * xhat).sum(axis=ax, keepdims=True) / M", "(d * xhat).mean(axis=0, keepdims=True)"),
    ),
    spatial({"dx": "gamma forgotten"}, ("d = dout * g\n", "d = dout\n")),
    spatial(
        {"dgamma": "a mean", "dbeta": "a mean"},
        ("dbeta = dout.sum", "dbeta = dout.mean"),
        ("(dout * xhat).sum(axis=ax)\n", "(dout * xhat).mean(axis=ax)\n"),
    ),
    spatial(
        {"dx": "the variance's term forgotten"}, (" - xhat * (d * xhat).sum(axis=ax, keepdims=True) / M", "")
    ),
    spatial({"dx": "the mean's term forgotten"}, (" - d.sum(axis=ax, keepdims=True) / M", "")),
    spatial({"dgamma": "x for xhat"}, ("(dout * xhat).sum(axis=ax)\n", "(dout * x).sum(axis=ax)\n")),
    group({"dx": "gamma forgotten"}, ("(dout * gamma).reshape", "dout.reshape")),
    group({"dx": "the mean's term forgotten"}, ("d - m1 - xh", "d - xh")),
    group({"dx": "the variance's term forgotten"}, ("d - m1 - xh * m2", "d - m1")),
    group(
        {"dx": "all channels one group"},
        ("m1 = d.mean(axis=2", "m1 = d.mean(axis=(1, 2)"),
        ("(d * xh).mean(axis=2", "(d * xh).mean(axis=(1, 2)"),
    ),
    group(
        {"dx": "the means over the batch too"},
        ("m1 = d.mean(axis=2", "m1 = d.mean(axis=(0, 2)"),
        ("(d * xh).mean(axis=2", "(d * xh).mean(axis=(0, 2)"),
    ),
    group({"dx": "the std forgotten"}, (" / std).reshape", ").reshape")),
    group(
        {"dgamma": "not summed over the batch"},
        ("dgamma = (dout * xhat).sum(axis=(0, 2, 3)", "dgamma = (dout * xhat).sum(axis=(2, 3)"),
    ),
    group(
        {"dbeta": "a mean over pixels"},
        ("dbeta = dout.sum(axis=(0, 2, 3)", "dbeta = dout.mean(axis=(2, 3), keepdims=True).sum(axis=(0,)"),
    ),
)

OWN = (
    batch(
        {"dx": "the last row is left as dxhat"},
        ("    dx = dx1 + dx2\n", "    dx = dx1 + dx2\n    dx[-1] = dxhat[-1]\n"),
    ),
    layer({"dx": "a third of the second mean"}, ("xhat * m2", "xhat * m2 / 3")),
    alt({"dx": "a third of the mean's term"}, ("- dbeta -", "- dbeta / 3 -")),
    batch(
        {"dx": "var for var + eps", "dgamma": "x for xhat"},
        ("dxc = dxhat / std", "dxc = dxhat / np.sqrt(var + 1e-2)"),
        ("(dout * xhat)", "(dout * x)"),
    ),
)
