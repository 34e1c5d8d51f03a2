# ruff: noqa: RUF059 - students unpack a whole cache and wrap a call in a lambda
"""Batchnorm, layernorm, groupnorm. x (N, D) or (N, C, H, W), gamma, beta."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed

EPS = 1e-5


def batchnorm(x, gamma, beta):
    """x (N, D), gamma (D,), beta (D,) -> (N, D), training mode."""
    mu = x.mean(axis=0)
    var = np.mean((x - mu) ** 2, axis=0)
    istd = 1 / np.sqrt(var + EPS)
    xhat = (x - mu) * istd
    return gamma * xhat + beta, (x, mu, var, istd, xhat, gamma)


def layernorm(x, gamma, beta):
    """x (N, D): each row is normalised."""
    mu = x.mean(axis=1, keepdims=True)
    var = np.mean((x - mu) ** 2, axis=1, keepdims=True)
    istd = 1 / np.sqrt(var + EPS)
    xhat = (x - mu) * istd
    return gamma * xhat + beta, {"xhat": xhat, "istd": istd, "gamma": gamma, "x": x, "mu": mu, "var": var}


def groupnorm(x, gamma, beta, G):
    """x (N, C, H, W), gamma and beta (1, C, 1, 1), G groups."""
    N, C, H, W = x.shape
    g = x.reshape(N, G, -1)
    mu = g.mean(axis=2, keepdims=True)
    istd = 1 / np.sqrt(np.mean((g - mu) ** 2, axis=2, keepdims=True) + EPS)
    xhat = ((g - mu) * istd).reshape(x.shape)
    return gamma * xhat + beta, (xhat, istd, gamma, G)


def draw(rng):
    return signed(rng, 5, 3) + 0.5, signed(rng, 3), signed(rng, 3)


def draw_tiny(rng):
    """Variance of about 1e-5, as eps: dropping eps from the backward changes it by half."""
    return 3e-3 * signed(rng, 5, 3), signed(rng, 3), signed(rng, 3)


def draw_square(rng):
    return signed(rng, 4, 4) + 0.5, signed(rng, 4), signed(rng, 4)


def draw_group(rng):
    return signed(rng, 2, 6, 2, 3), signed(rng, 1, 6, 1, 1), signed(rng, 1, 6, 1, 1), 2


NAMES = ("x", "gamma", "beta")
BN = Layer("batchnorm", batchnorm, NAMES, draw)
LN = Layer("layernorm", layernorm, NAMES, draw)
GN = Layer("groupnorm", groupnorm, (*NAMES, "G"), draw_group)


def bn_with(dx=None, dgamma=None, dbeta=None):
    """The right batchnorm backward with a line replaced; dx(dxhat, cache) starts from dxhat = dout * gamma."""

    def backward(dout, cache):
        xhat = cache[4]
        return (
            (dx or bn_dx)(dout * cache[5], cache),
            (dgamma or (lambda d, xh: np.sum(d * xh, axis=0)))(dout, xhat),
            (dbeta or (lambda d: np.sum(d, axis=0)))(dout),
        )

    return backward


def bn_dx(dxhat, cache):
    x, mu, var, istd, xhat, gamma = cache
    return istd * (dxhat - dxhat.mean(axis=0) - xhat * np.mean(dxhat * xhat, axis=0))


def bn_no_mean(dxhat, cache):
    istd, xhat = cache[3:5]
    return istd * (dxhat - xhat * np.mean(dxhat * xhat, axis=0))


def bn_no_var(dxhat, cache):
    return cache[3] * (dxhat - dxhat.mean(axis=0))


def bn_n_minus_1(dxhat, cache):
    N, istd, xhat = len(dxhat), cache[3], cache[4]
    return istd * (dxhat - dxhat.sum(axis=0) / N - xhat * np.sum(dxhat * xhat, axis=0) / (N - 1))


def bn_no_eps(dxhat, cache):
    x, mu, var, istd, xhat, gamma = cache
    istd = 1 / np.sqrt(var)
    return istd * (dxhat - dxhat.mean(axis=0) - xhat * np.mean(dxhat * xhat, axis=0))


def bn_no_eps_in_dvar(dxhat, cache):
    x, mu, var, istd, xhat, gamma = cache
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * var**-1.5
    dx = dxhat * istd + dvar * 2 * (x - mu) / len(x)
    return dx - np.sum(dxhat * istd, axis=0) / len(x)


def bn_wrong_precedence(dxhat, cache):
    x, mu, var, istd, xhat, gamma = cache
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * (var + EPS) ** -3 / 2
    return dxhat * istd + dvar * 2 * (x - mu) / len(x) - np.sum(dxhat * istd, axis=0) / len(x)


def bn_wrong_axis(dxhat, cache):
    istd, xhat = cache[3:5]
    mean = dxhat.mean(axis=1, keepdims=True)
    return istd * (dxhat - mean - xhat * np.mean(dxhat * xhat, axis=1, keepdims=True))


def ln_with(axis=1, mean=1.0, var=1.0, gamma=True, eps=True, dgamma_axis=0):
    def backward(dout, c):
        dxhat = dout * c["gamma"] if gamma else dout
        istd = c["istd"] if eps else 1 / np.sqrt(c["var"])
        m = dxhat.mean(axis=axis, keepdims=True)
        v = c["xhat"] * np.mean(dxhat * c["xhat"], axis=axis, keepdims=True)
        dx = istd * (dxhat - mean * m - var * v)
        return dx, np.sum(dout * c["xhat"], axis=dgamma_axis), dout.sum(axis=dgamma_axis)

    return backward


def gn_with(groups=True, gamma=True, axes=(0, 2, 3), keepdims=True):
    def backward(dout, cache):
        xhat, istd, g, G = cache
        dxhat = (dout * g if gamma else dout).reshape(len(dout), G if groups else 1, -1)
        xh = xhat.reshape(dxhat.shape)
        inner = dxhat - dxhat.mean(axis=2, keepdims=True) - xh * np.mean(dxhat * xh, axis=2, keepdims=True)
        dx = istd.repeat(xhat[0].size // G, 2).reshape(xhat.shape) * inner.reshape(xhat.shape)
        return dx, (dout * xhat).sum(axis=axes, keepdims=keepdims), dout.sum(axis=axes, keepdims=keepdims)

    return backward


WRONG = (
    BN.wrong("mean path ignored", "x", bn_with(dx=bn_no_mean), "mu taken as a constant"),
    BN.wrong("variance path ignored", "x", bn_with(dx=bn_no_var), "var taken as a constant"),
    BN.wrong("both paths ignored", "x", bn_with(dx=lambda d, c: d * c[3]), "statistics taken as constants"),
    BN.wrong("gamma ignored in dx", "x", bn_with(dx=lambda d, c: bn_dx(d / c[5], c)), "dxhat = dout"),
    BN.wrong("N - 1", "x", bn_with(dx=bn_n_minus_1), "unbiased variance in the backward"),
    BN.wrong("epsilon omitted", "x", bn_with(dx=bn_no_eps), "variance about eps", draw=draw_tiny),
    BN.wrong(
        "epsilon omitted in dvar", "x", bn_with(dx=bn_no_eps_in_dvar), "variance about eps", draw=draw_tiny
    ),
    BN.wrong("precedence of **-3/2", "x", bn_with(dx=bn_wrong_precedence), "(v**-3)/2"),
    BN.wrong("statistics over the wrong axis", "x", bn_with(dx=bn_wrong_axis), "as layernorm"),
    BN.wrong(
        "1/N missing", "x", bn_with(dx=lambda d, c: bn_dx(d, c) * len(d)), "the compact formula's factor"
    ),
    BN.wrong("1/std twice", "x", bn_with(dx=lambda d, c: bn_dx(d, c) * c[3]), "a factor too many"),
    BN.wrong("zero dx", "x", bn_with(dx=lambda d, c: 0 * d), "passes under an all-ones upstream"),
    BN.wrong("dgamma without xhat", "gamma", bn_with(dgamma=lambda d, xh: d.sum(axis=0)), "as dbeta"),
    BN.wrong("dgamma a mean", "gamma", bn_with(dgamma=lambda d, xh: (d * xh).mean(axis=0)), "mean for sum"),
    BN.wrong(
        "dgamma (1, D)",
        "gamma",
        bn_with(dgamma=lambda d, xh: (d * xh).sum(0, keepdims=True)),
        "right numbers",
    ),
    BN.wrong(
        "dgamma with x", "gamma", lambda d, c: (bn_dx(d * c[5], c), (d * c[0]).sum(0), d.sum(0)), "x for xhat"
    ),
    BN.wrong(
        "dgamma product of sums", "gamma", bn_with(dgamma=lambda d, xh: d.sum(0) * xh.sum(0)), "sum first"
    ),
    BN.wrong(
        "dgamma, dbeta exchanged",
        "gamma beta",
        lambda d, c: (bn_dx(d * c[5], c), d.sum(0), (d * c[4]).sum(0)),
        "order",
    ),
    BN.wrong("dbeta a scalar", "beta", bn_with(dbeta=lambda d: d.sum()), "axis forgotten"),
    BN.wrong(
        "dbeta over the wrong axis (square)",
        "beta",
        bn_with(dbeta=lambda d: d.sum(1)),
        "axis",
        draw=draw_square,
    ),
    LN.wrong("statistics over the wrong axis", "x", ln_with(axis=0), "copied from batchnorm"),
    LN.wrong("mean path ignored", "x", ln_with(mean=0.0), "mu taken as a constant"),
    LN.wrong("variance path ignored", "x", ln_with(var=0.0), "var taken as a constant"),
    LN.wrong("variance path halved", "x", ln_with(var=0.5), "d(sqrt) counted twice"),
    LN.wrong("gamma ignored in dx", "x", ln_with(gamma=False), "dxhat = dout"),
    LN.wrong("epsilon omitted", "x", ln_with(eps=False), "variance about eps", draw=draw_tiny),
    LN.wrong(
        "dgamma over features (square)",
        "gamma beta",
        ln_with(dgamma_axis=1),
        "axis=1 as in dx",
        draw=draw_square,
    ),
    GN.wrong("one group", "x", gn_with(groups=False), "statistics over all channels"),
    GN.wrong("gamma ignored in dx", "x", gn_with(gamma=False), "dxhat = dout"),
    GN.wrong("dgamma (C,)", "gamma beta", gn_with(keepdims=False), "right numbers, other shape"),
    GN.wrong("dgamma summed over N only", "gamma beta", gn_with(axes=0), "(1, C, H, W)"),
)


def bn_right(dout, cache):
    x, mu, var, istd, xhat, gamma = cache
    N = x.shape[0]
    dxhat = dout * gamma
    dx = istd / N * (N * dxhat - np.sum(dxhat, axis=0) - xhat * np.sum(dxhat * xhat, axis=0))
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def bn_without_dvar_dmean(dout, cache):
    x, mu, var, istd, xhat, gamma = cache
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * istd**3
    dmu = -np.sum(dxhat * istd, axis=0)
    dx = dxhat * istd + dvar * 2 * (x - mu) / len(x) + dmu / len(x)
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def ln_right(dout, cache):
    xhat, istd, gamma = cache["xhat"], cache["istd"], cache["gamma"]
    dxhat = (dout * gamma).T
    z = xhat.T
    dx = istd.T * (dxhat - dxhat.mean(axis=0) - z * np.mean(dxhat * z, axis=0))
    return dx.T, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def offset(rng):
    return signed(rng, 5, 3) + 1e6, signed(rng, 3), signed(rng, 3)


RIGHT = (
    BN.right("compact formula", bn_right, "the control"),
    BN.right("without d(var)/d(mean)", bn_without_dvar_dmean, "that term is 0: an equivalent simplification"),
    BN.right("tiny variance", bn_right, "variance about eps: curvature 1/std^3", draw=draw_tiny),
    BN.right("offset 1e6", bn_right, "x - mu loses six digits of x", draw=offset),
    BN.right(
        "one sample",
        bn_right,
        "N = 1: dx is 0, xhat is 0",
        draw=lambda r: (signed(r, 1, 3), signed(r, 3), signed(r, 3)),
    ),
    BN.right("float32", bn_right, "float32", draw=lambda r: tuple(a.astype(np.float32) for a in draw(r))),
    LN.right("batchnorm's formula on the transpose", ln_right, "views, not contiguous"),
    LN.right(
        "inputs of 1e-6",
        ln_right,
        "variance far below eps",
        draw=lambda r: (1e-6 * signed(r, 4, 6), signed(r, 6), signed(r, 6)),
    ),
    GN.right("plain", gn_with(), "an int argument in the last place"),
)
