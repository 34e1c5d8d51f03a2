"""Batch, layer, spatial and group normalisation: paths left out, gamma, epsilon, axes."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

BATCHNORM = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = x.mean(axis=0)
    xc = x - mu
    var = np.mean(xc ** 2, axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    out = gamma * xhat + beta
    return out, (xc, std, xhat, gamma, var, eps)

def batchnorm_backward(dout, cache):
    xc, std, xhat, gamma, var, eps = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xc, axis=0) * -0.5 * std ** -3
    dmu = np.sum(-dxhat / std, axis=0)
    dx = dxhat / std
    dx += dvar * 2 * xc / N
    dx += dmu / N
    return dx, dgamma, dbeta
"""
BATCHNORM_ALT = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    ivar = 1 / np.sqrt(np.var(x, axis=0) + eps)
    xhat = (x - np.mean(x, axis=0)) * ivar
    return gamma * xhat + beta, (xhat, gamma, ivar)

def batchnorm_backward(dout, cache):
    xhat, gamma, ivar = cache
    N, D = dout.shape
    dgamma = (dout * xhat).sum(0)
    dbeta = dout.sum(0)
    dx = gamma * ivar / N * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
"""
LAYERNORM = """
import numpy as np

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=1, keepdims=True)
    xc = x - mu
    var = (xc ** 2).mean(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = xc / std
    return gamma * xhat + beta, (xc, std, xhat, gamma)

def layernorm_backward(dout, cache):
    xc, std, xhat, gamma = cache
    N, D = dout.shape
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    g = dout * gamma
    dx = (g - g.mean(axis=1, keepdims=True) - xhat * np.mean(g * xhat, axis=1, keepdims=True)) / std
    return dx, dgamma, dbeta
"""
SPATIAL = (
    BATCHNORM
    + """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache

def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    drows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(drows, cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta
"""
)
GROUP = """
import numpy as np

def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    xg = x.reshape(N, G, C // G, H, W)
    mean = xg.mean(axis=(2, 3, 4), keepdims=True)
    var = xg.var(axis=(2, 3, 4), keepdims=True)
    std = np.sqrt(var + eps)
    xhat = ((xg - mean) / std).reshape(x.shape)
    return xhat * gamma + beta, (xhat, std, gamma, G)

def spatial_groupnorm_backward(dout, cache):
    xhat, std, gamma, G = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * xhat).sum(axis=(0, 2, 3), keepdims=True)
    g = (dout * gamma).reshape(N, G, C // G, H, W)
    xh = xhat.reshape(g.shape)
    ax = (2, 3, 4)
    dx = (g - g.mean(axis=ax, keepdims=True) - xh * (g * xh).mean(axis=ax, keepdims=True)) / std
    return dx.reshape(dout.shape), dgamma, dbeta
"""

RIGHT = (
    ("batchnorm", BATCHNORM), ("batchnorm", BATCHNORM_ALT), ("layernorm", LAYERNORM), ("spatial_batchnorm", SPATIAL),
    ("spatial_groupnorm", GROUP),
)  # fmt: skip

VAR, MEAN = "    dx += dvar * 2 * xc / N\n", "    dx += dmu / N\n"
WRONG = (
    wrong("batchnorm", BATCHNORM, {"dx": "variance path ignored"}, (VAR, "")),
    wrong("batchnorm", BATCHNORM, {"dx": "mean path ignored"}, (MEAN, "")),
    wrong("batchnorm", BATCHNORM, {"dx": "both paths ignored"}, (VAR, ""), (MEAN, "")),
    wrong("batchnorm", BATCHNORM, {"dx": "gamma ignored in dx"}, ("dxhat = dout * gamma", "dxhat = dout")),
    wrong("batchnorm", BATCHNORM, {"dx": "N - 1 in the variance's path"}, ("2 * xc / N", "2 * xc / (N - 1)")),
    wrong("batchnorm", BATCHNORM, {"dx": "1/N of the mean path missing"}, (MEAN, "    dx += dmu\n")),
    wrong("batchnorm", BATCHNORM, {"dx": "1/N of the variance path missing"}, ("2 * xc / N", "2 * xc")),
    wrong("batchnorm", BATCHNORM, {"dx": "factor 2 of the variance path missing"}, ("dvar * 2 * xc", "dvar * xc")),
    wrong("batchnorm", BATCHNORM, {"dx": "sign of the variance path"}, ("* -0.5 *", "* 0.5 *")),
    wrong("batchnorm", BATCHNORM, {"dx": "sign of the mean path"}, ("np.sum(-dxhat / std", "np.sum(dxhat / std")),
    wrong("batchnorm", BATCHNORM, {"dx": "power -1 instead of -3"}, ("std ** -3", "std ** -1")),
    wrong("batchnorm", BATCHNORM, {"dx": "epsilon omitted in backward"}, ("    N = dout.shape[0]\n", "    N = dout.shape[0]\n    std = np.sqrt(var)\n")),
    wrong("batchnorm", BATCHNORM, {"dgamma": "x hat missing: sum of dout"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout, axis=0)")),
    wrong("batchnorm", BATCHNORM, {"dgamma": "mean instead of sum over N"}, ("np.sum(dout * xhat, axis=0)", "np.mean(dout * xhat, axis=0)")),
    wrong("batchnorm", BATCHNORM, {"dgamma": "centred x instead of x hat"}, ("dout * xhat, axis", "dout * xc, axis")),
    wrong("batchnorm", BATCHNORM, {"dbeta": "mean instead of sum over N"}, ("dout.sum(axis=0)", "dout.mean(axis=0)")),
    wrong("batchnorm", BATCHNORM, {"dbeta": "not summed"}, ("dout.sum(axis=0)", "dout * 1")),
    wrong("batchnorm", BATCHNORM, {"dgamma": "kept axis", "dbeta": "kept axis"}, ("dout.sum(axis=0)", "dout.sum(axis=0, keepdims=True)"), ("dout * xhat, axis=0", "dout * xhat, axis=0, keepdims=True")),
    wrong("batchnorm", BATCHNORM, {"dbeta": "summed over the wrong axis"}, ("dbeta = dout.sum(axis=0)", "dbeta = dout.sum(axis=1)")),
    wrong("batchnorm", BATCHNORM, {"dx": "ignores the upstream in dx"}, ("dxhat = dout * gamma", "dxhat = np.ones_like(dout) * gamma")),
    wrong("batchnorm", BATCHNORM_ALT, {"dx": "gamma ignored in dx"}, ("gamma * ivar / N", "ivar / N")),
    wrong("batchnorm", BATCHNORM_ALT, {"dx": "1/std missing"}, ("gamma * ivar / N", "gamma / N")),
    wrong("batchnorm", BATCHNORM_ALT, {"dx": "1/N missing"}, ("gamma * ivar / N", "gamma * ivar")),
    wrong("batchnorm", BATCHNORM_ALT, {"dx": "gamma divided instead of multiplied"}, ("gamma * ivar / N", "ivar / gamma / N")),
    wrong("batchnorm", BATCHNORM_ALT, {"dx": "N missing at dout"}, ("(N * dout -", "(dout -")),
    wrong("batchnorm", BATCHNORM, {"out": "gamma and beta forgotten"}, ("out = gamma * xhat + beta", "out = xhat")),
    wrong("batchnorm", BATCHNORM, {"out": "beta forgotten"}, ("gamma * xhat + beta", "gamma * xhat")),
    wrong("layernorm", LAYERNORM, {"dx": "variance path ignored"}, (" - xhat * np.mean(g * xhat, axis=1, keepdims=True)", "")),
    wrong("layernorm", LAYERNORM, {"dx": "mean path ignored"}, (" - g.mean(axis=1, keepdims=True)", "")),
    wrong("layernorm", LAYERNORM, {"dx": "both paths ignored"}, ("(g - g.mean(axis=1, keepdims=True) - xhat * np.mean(g * xhat, axis=1, keepdims=True)) / std", "g / std")),
    wrong("layernorm", LAYERNORM, {"dx": "gamma ignored in dx"}, ("g = dout * gamma", "g = dout")),
    wrong("layernorm", LAYERNORM, {"dx": "over the batch, as in batchnorm"}, ("g.mean(axis=1", "g.mean(axis=0"), ("g * xhat, axis=1", "g * xhat, axis=0")),
    wrong("layernorm", LAYERNORM, {"dgamma": "summed over the features"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=1)")),
    wrong("layernorm", LAYERNORM, {"dgamma": "summed over the features", "dbeta": "summed over the features"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=1)"), ("np.sum(dout, axis=0)", "np.sum(dout, axis=1)")),
    wrong("layernorm", LAYERNORM, {"dbeta": "mean instead of sum over N"}, ("np.sum(dout, axis=0)", "np.mean(dout, axis=0)")),
    wrong("layernorm", LAYERNORM, {"dx": "gamma after the means"}, ("g = dout * gamma", "g = dout"), ("keepdims=True)) / std\n", "keepdims=True)) * gamma / std\n")),
    wrong("spatial_batchnorm", SPATIAL, {"dx": "there and back without a transpose"}, ("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)\n    return dx,", "dx.reshape(N, C, H, W)\n    return dx,")),
    wrong("spatial_batchnorm", SPATIAL, {"dx": "gamma ignored in dx"}, ("dxhat = dout * gamma", "dxhat = dout")),
    wrong("spatial_batchnorm", SPATIAL, {"dx": "variance path ignored"}, (VAR, "")),
    wrong("spatial_batchnorm", SPATIAL, {"dx": "height and width exchanged"}, ("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)\n    return dx,", "dx.reshape(N, W, H, C).transpose(0, 3, 2, 1)\n    return dx,")),
    wrong("spatial_groupnorm", GROUP, {"dx": "variance path ignored"}, (" - xh * (g * xh).mean(axis=ax, keepdims=True)", "")),
    wrong("spatial_groupnorm", GROUP, {"dx": "gamma ignored in dx"}, ("(dout * gamma).reshape", "dout.reshape")),
    wrong("spatial_groupnorm", GROUP, {"dgamma": "x hat missing: sum of dout"}, ("(dout * xhat).sum", "dout.sum")),
    wrong("spatial_groupnorm", GROUP, {"dgamma": "shape (C,)", "dbeta": "shape (C,)"}, ("axis=(0, 2, 3), keepdims=True", "axis=(0, 2, 3)")),
    wrong("spatial_groupnorm", GROUP, {"dbeta": "mean instead of sum over N"}, ("dout.sum(axis", "dout.mean(axis")),
)  # fmt: skip
