"""Batchnorm by its graph and in closed form, layernorm with batchnorm's axes, dropout."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

STEPS = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = x.mean(axis=0)
    xmu = x - mu
    var = np.mean(xmu ** 2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    return gamma * xhat + beta, (x, xhat, gamma, xmu, ivar, sqrtvar, var, eps)

def batchnorm_backward(dout, cache):
    x, xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / sqrtvar ** 2 * divar
    dvar = 0.5 / np.sqrt(var + eps) * dsqrtvar
    dsq = np.ones((N, D)) / N * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -np.sum(dx1, axis=0)
    dx2 = np.ones((N, D)) / N * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta
"""
CLOSED = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu, var = np.mean(x, axis=0), np.var(x, axis=0)
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (x, mu, var, std, xhat, gamma, beta, eps)

def batchnorm_backward(dout, cache):
    x, mu, var, std, xhat, gamma, beta, eps = cache
    N = dout.shape[0]
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    g = dout * gamma
    dx = (N * g - g.sum(axis=0) - xhat * (g * xhat).sum(axis=0)) / (N * std)
    return dx, dgamma, dbeta
"""
LAYER = """
import numpy as np

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (x, mu, var, std, xhat, gamma, eps)

def layernorm_backward(dout, cache):
    x, mu, var, std, xhat, gamma, eps = cache
    N, D = x.shape
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * (dxhat * xhat).mean(axis=1, keepdims=True)) / std
    return dx, dgamma, dbeta
"""
DROPOUT = """
import numpy as np

def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = x
    if mode == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    return out.astype(x.dtype, copy=False), (dropout_param, mask)

def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param["mode"]
    if mode == "train":
        dx = dout * mask
    elif mode == "test":
        dx = dout
    return dx
"""


def steps(words, *slips):
    words = {"dx": words} if isinstance(words, str) else words
    return wrong("batchnorm", STEPS, words, *slips)


def closed(said, *slips, node="dx"):
    return wrong("batchnorm", CLOSED, {node: said}, *slips)


def layer(words, *slips):
    words = {"dx": words} if isinstance(words, str) else words
    return wrong("layernorm", LAYER, words, *slips)


def dropout(said, *slips):
    return wrong("dropout", DROPOUT, {"dx": said}, *slips)


FORMULA = "dx = (N * g - g.sum(axis=0) - xhat * (g * xhat).sum(axis=0)) / (N * std)"
LAYERS = "dx = (dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * (dxhat * xhat).mean(axis=1, keepdims=True)) / std"
COMMON = (
    steps("the path through the mean is forgotten", ("dx = dx1 + dx2", "dx = dx1")),
    steps("the path through the variance is forgotten", ("dx1 = dxmu1 + dxmu2", "dx1 = dxmu1")),
    steps("both paths forgotten, statistics taken for constants", ("dx = dx1 + dx2", "dx = dxmu1")),
    steps("gamma is forgotten", ("dxhat = dout * gamma", "dxhat = dout")),
    steps("at x - mu the second path overwrites the first", ("dx1 = dxmu1 + dxmu2", "dx1 = dxmu2")),
    steps("only the path through the mean", ("dx = dx1 + dx2", "dx = dx2")),
    steps("the mean hands on its whole gradient, 1/N missing", ("dx2 = np.ones((N, D)) / N * dmu", "dx2 = np.ones((N, D)) * dmu")),
    steps("the mean of squares hands on its whole gradient, 1/N missing", ("dsq = np.ones((N, D)) / N * dvar", "dsq = np.ones((N, D)) * dvar")),
    steps("the square's factor 2 is missing", ("dxmu2 = 2 * xmu", "dxmu2 = xmu")),
    steps("the root's ½ is missing", ("dvar = 0.5 /", "dvar = 1.0 /")),
    steps("the sign of 1/sqrt is lost", ("dsqrtvar = -1.0 /", "dsqrtvar = 1.0 /")),
    steps("the sign of the mean is lost", ("dmu = -np.sum", "dmu = np.sum")),
    steps("the square in d(1/s) is missing", ("-1.0 / sqrtvar ** 2", "-1.0 / sqrtvar")),
    steps("dout is ignored", ("dxhat = dout * gamma", "dxhat = np.ones_like(dout) * gamma")),
    steps({"dgamma": "x-hat is forgotten"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout, axis=0)")),
    steps({"dgamma": "a mean over the batch"}, ("np.sum(dout * xhat, axis=0)", "np.mean(dout * xhat, axis=0)")),
    steps({"dgamma": "x instead of x-hat"}, ("dout * xhat", "dout * x")),
    steps({"dgamma": "x - mu instead of x-hat"}, ("dout * xhat", "dout * xmu")),
    steps({"dgamma": "summed over the features"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=1)")),
    steps({"dgamma": "dout is ignored"}, ("dout * xhat", "xhat")),
    steps({"dgamma": "not summed"}, ("np.sum(dout * xhat, axis=0)", "dout * xhat")),
    steps({"dbeta": "a mean over the batch"}, ("dbeta = np.sum(dout, axis=0)", "dbeta = np.mean(dout, axis=0)")),
    steps({"dbeta": "summed over the features"}, ("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout, axis=1)")),
    steps({"dbeta": "times gamma"}, ("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout * gamma, axis=0)")),
    steps({"dgamma": "times gamma"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout * gamma * xhat, axis=0)")),
    closed("eps is left out", (FORMULA, FORMULA.replace("(N * std)", "(N * np.sqrt(var))"))),
    closed("the variance instead of the deviation", (FORMULA, FORMULA.replace("(N * std)", "(N * (var + eps))"))),
    closed("not divided by the deviation", (FORMULA, FORMULA.replace("(N * std)", "N"))),
    closed("x-hat is missing before the second sum", (FORMULA, FORMULA.replace("- xhat * (g", "- (g"))),
    closed("x-hat is missing in the second sum", (FORMULA, FORMULA.replace("(g * xhat).sum", "g.sum"))),
    closed("N is missing before the first term", (FORMULA, FORMULA.replace("N * g", "g"))),
    closed("1/N is missing", (FORMULA, FORMULA.replace("(N * std)", "std"))),
    closed("the sums run over the features", (FORMULA, FORMULA.replace("axis=0)", "axis=1, keepdims=True)"))),
    closed("gamma twice", ("g = dout * gamma", "g = dout * gamma ** 2")),
    closed("N - 1 instead of N", ("N = dout.shape[0]", "N = dout.shape[0] - 1")),
    closed("the last term has the wrong sign", (FORMULA, FORMULA.replace("- xhat *", "+ xhat *"))),
    closed("eps is added outside the root", (FORMULA, "std = np.sqrt(var) + eps\n    " + FORMULA)),
    closed("x - mu instead of x-hat", (FORMULA, "xhat = x - mu\n    " + FORMULA)),
    layer("the means run over the examples, as in batchnorm", (LAYERS, LAYERS.replace("axis=1", "axis=0"))),
    layer("gamma is forgotten", ("dxhat = dout * gamma", "dxhat = dout")),
    layer("gamma is multiplied at the end", ("dxhat = dout * gamma", "dxhat = dout"), ("/ std\n    return dx,", "/ std * gamma\n    return dx,")),
    layer("statistics taken for constants", (LAYERS, "dx = dxhat / std")),
    layer("the path through the mean is forgotten", (LAYERS, LAYERS.replace("- dxhat.mean(axis=1, keepdims=True)", ""))),
    layer("the path through the variance is forgotten", (LAYERS, "dx = (dxhat - dxhat.mean(axis=1, keepdims=True)) / std")),
    layer("divided by N instead of D", (LAYERS, "dx = (dxhat - dxhat.sum(axis=1, keepdims=True) / N - xhat * (dxhat * xhat).sum(axis=1, keepdims=True) / N) / std")),
    layer({"dgamma": "summed over the features"}, ("dgamma = (dout * xhat).sum(axis=0)", "dgamma = (dout * xhat).sum(axis=1)")),
    layer({"dbeta": "summed over the features"}, ("dbeta = dout.sum(axis=0)", "dbeta = dout.sum(axis=1)")),
    layer({"dgamma": "x-hat is forgotten"}, ("(dout * xhat).sum(axis=0)", "dout.sum(axis=0)")),
    dropout("the mask is forgotten", ("dx = dout * mask", "dx = dout")),
    dropout("in testing it is scaled", ("        dx = dout\n", "        dx = dout * dropout_param['p']\n")),
    dropout("in testing it is zero", ("        dx = dout\n", "        dx = np.zeros_like(dout)\n")),
)  # fmt: skip
OWN = (
    steps("the variance's path is counted twice", ("dx1 = dxmu1 + dxmu2", "dx1 = dxmu1 + 2 * dxmu2")),
    steps({"dgamma": "the output instead of x-hat"}, ("dout * xhat", "dout * (gamma * xhat)")),
    steps({"dbeta": "only positive gradients"}, ("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(np.maximum(dout, 0), axis=0)")),
    closed("a bracket too early", (FORMULA, "dx = N * g - g.sum(axis=0) - xhat * (g * xhat).sum(axis=0) / (N * std)")),
    closed("the mean's path with the wrong sign", (FORMULA, FORMULA.replace("- g.sum(axis=0)", "+ g.sum(axis=0)"))),
    closed("the deviation is multiplied", (FORMULA, FORMULA.replace("/ (N * std)", "/ N * std"))),
    layer("x-hat squared", (LAYERS, LAYERS.replace("- xhat *", "- xhat ** 2 *"))),
    layer("the first example's deviation for all", (LAYERS, LAYERS.replace("/ std", "/ std[0]"))),
    layer({"dgamma": "the first example is left out"}, ("(dout * xhat).sum(axis=0)", "(dout * xhat)[1:].sum(axis=0)")),
    dropout("twice in testing", ("        dx = dout\n", "        dx = dout + dout\n")),
)  # fmt: skip
