"""Written blind, third and last batch: common slips once more, in other ways of writing a backward."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong
from tests.diagnosis.labelled.unseen.blind_space import AVGPOOL, CONV, MAXPOOL

GELU = """
import numpy as np

def gelu_forward(x):
    u = np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)
    return 0.5 * x * (1 + np.tanh(u)), x

def gelu_backward(dout, x):
    k = np.sqrt(2 / np.pi)
    u = k * (x + 0.044715 * x ** 3)
    th = np.tanh(u)
    sech2 = 1 - th ** 2
    du = k * (1 + 3 * 0.044715 * x ** 2)
    d = 0.5 * (1 + th) + 0.5 * x * sech2 * du
    return dout * d
"""
SOFTPLUS = """
import numpy as np

def softplus_forward(x):
    return np.logaddexp(0, x), x

def softplus_backward(dout, x):
    g = np.exp(x - np.logaddexp(0, x))
    return g * dout
"""
ELU = """
import numpy as np

def elu_forward(x, a):
    neg = x <= 0
    out = x.copy()
    out[neg] = a * np.expm1(x[neg])
    return out, (neg, out, a, x)

def elu_backward(dout, cache):
    neg, out, a, x = cache
    dx = dout.copy()
    dx[neg] *= out[neg] + a
    return dx
"""
PRELU = """
import numpy as np

def prelu_forward(x, a):
    return np.maximum(x, 0) + a * np.minimum(x, 0), (x, a)

def prelu_backward(dout, cache):
    x, a = cache
    dx = np.zeros_like(x)
    da = np.zeros_like(a)
    for n in range(x.shape[0]):
        for d in range(x.shape[1]):
            if x[n, d] > 0:
                dx[n, d] = dout[n, d]
            else:
                dx[n, d] = a[d] * dout[n, d]
                da[d] += x[n, d] * dout[n, d]
    return dx, da
"""
AFFINE = """
import numpy as np

def affine_forward(x, w, b):
    return np.dot(x, w) + b[None, :], (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    N, M = dout.shape
    dx = np.einsum("nm,dm->nd", dout, w)
    dw = np.einsum("nd,nm->dm", x, dout)
    db = np.ones(N) @ dout
    return dx, dw, db
"""
COLUMNS = """
import numpy as np

def linear_columns_forward(W, a, b):
    return W.dot(a) + b, (W, a, b)

def linear_columns_backward(dz, cache):
    W, a, b = cache
    delta = dz.reshape(-1, 1)
    dW = delta @ a.reshape(1, -1)
    da = (W.T @ delta).ravel()
    db = delta.ravel()
    return dW, da, db
"""
SOFTMAX = """
import numpy as np

def softmax_loss(x, y):
    N = len(x)
    dx = np.zeros_like(x)
    loss = 0
    for i in range(N):
        e = np.exp(x[i] - np.max(x[i]))
        q = e / np.sum(e)
        loss += np.log(e.sum()) - (x[i, y[i]] - x[i].max())
        for j in range(x.shape[1]):
            dx[i, j] = q[j] - (j == y[i])
    return loss / N, dx / N
"""
SVM = """
import numpy as np

def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros(x.shape)
    for i in range(N):
        for j in range(C):
            if j != y[i]:
                m = x[i, j] - x[i, y[i]] + 1
                if m > 0:
                    loss += m
                    dx[i, j] += 1
                    dx[i, y[i]] -= 1
    loss /= N
    dx /= N
    return loss, dx
"""
WEIGHTS = """
import numpy as np

def softmax_loss_vectorized(W, X, y, reg):
    N = len(y)
    f = X.dot(W)
    f -= np.amax(f, 1)[:, None]
    p = np.exp(f)
    p /= p.sum(1)[:, None]
    rows = list(range(N))
    ef = np.log(np.exp(f).sum(1)) - f[rows, y]
    loss = ef.sum() / N + reg * np.sum(W * W)
    p[rows, y] -= 1
    dW = X.T.dot(p)
    dW /= N
    dW += reg * 2 * W
    return loss, dW
"""
HINGE = """
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    f = X @ W
    t = f[np.arange(N), y]
    gap = f - t[:, None] + 1
    gap[np.arange(N), y] = 0
    loss = gap[gap > 0].sum() / N + reg * np.sum(W ** 2)
    c = np.where(gap > 0, 1.0, 0.0)
    c[np.arange(N), y] -= c.sum(1)
    dW = X.T @ c / N + 2 * reg * W
    return loss, dW
"""
BCE = """
import numpy as np

def bce_with_logits_forward(x, y):
    return np.mean(np.logaddexp(0, x) - x * y), (x, y)

def bce_with_logits_backward(dout, cache):
    x, y = cache
    p = 0.5 * (1 + np.tanh(x / 2))
    return dout / y.size * (p - y)
"""
BATCH = """
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mean, var = np.mean(x, 0), np.var(x, 0)
    norm = (x - mean) / np.sqrt(var + eps)
    return gamma * norm + beta, (x, norm, mean, var, gamma, beta, eps)

def batchnorm_backward(dout, cache):
    x, norm, mean, var, gamma, beta, eps = cache
    m = x.shape[0]
    dbeta = dout.sum(0)
    dgamma = np.sum(dout * norm, 0)
    dnorm = dout * gamma
    dvar = np.sum(dnorm * (x - mean), 0) * -0.5 * (var + eps) ** -1.5
    dmean = np.sum(-dnorm / np.sqrt(var + eps), 0) + dvar * np.mean(-2 * (x - mean), 0)
    dx = dnorm / np.sqrt(var + eps) + dvar * 2 * (x - mean) / m + dmean / m
    return dx, dgamma, dbeta
"""
LAYER = """
import numpy as np

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mean, var = x.mean(1, keepdims=True), x.var(1, keepdims=True)
    norm = (x - mean) / np.sqrt(var + eps)
    return gamma * norm + beta, (x, norm, mean, var, gamma, eps)

def layernorm_backward(dout, cache):
    x, norm, mean, var, gamma, eps = cache
    D = x.shape[1]
    dbeta = dout.sum(0)
    dgamma = np.sum(dout * norm, 0)
    dnorm = dout * gamma
    dvar = np.sum(dnorm * (x - mean), 1, keepdims=True) * -0.5 * (var + eps) ** -1.5
    dmean = np.sum(-dnorm / np.sqrt(var + eps), 1, keepdims=True)
    dx = dnorm / np.sqrt(var + eps) + dvar * 2 * (x - mean) / D + dmean / D
    return dx, dgamma, dbeta
"""


def at(exercise, text, node):
    return lambda said, *slips: wrong(exercise, text, {node: said}, *slips)


gelu, softplus, elu = at("gelu", GELU, "dx"), at("softplus", SOFTPLUS, "dx"), at("elu", ELU, "dx")
softmax, svm, bce = (
    at("softmax_loss", SOFTMAX, "dx"),
    at("svm_loss", SVM, "dx"),
    at("bce_with_logits", BCE, "dx"),
)
weights, hinge = at("softmax_loss_vectorized", WEIGHTS, "dW"), at("svm_loss_vectorized", HINGE, "dW")
batch, layer = at("batchnorm", BATCH, "dx"), at("layernorm", LAYER, "dx")
maxpool, avgpool = at("max_pool", MAXPOOL, "dx"), at("avg_pool", AVGPOOL, "dx")


def prelu(said, *slips):
    return wrong("prelu", PRELU, said, *slips)


def affine(said, *slips):
    return wrong("affine", AFFINE, said, *slips)


def columns(said, *slips):
    return wrong("linear_columns", COLUMNS, said, *slips)


def conv(said, *slips):
    return wrong("conv", CONV, said, *slips)


COMMON = (
    gelu("the square of tanh forgotten", ("1 - th ** 2", "1 - th")),
    gelu("u's slope without the 1", ("(1 + 3 * 0.044715 * x ** 2)", "3 * 0.044715 * x ** 2")),
    gelu("x forgotten beside sech²", ("0.5 * x * sech2", "0.5 * sech2")),
    gelu("the ½ of the second term forgotten", ("0.5 * x * sech2", "x * sech2")),
    gelu("1 + th without the half", ("0.5 * (1 + th)", "(1 + th)")),
    gelu("minus for plus", ("(1 + th) + 0.5", "(1 + th) - 0.5")),
    gelu(
        "dout only in the first term",
        ("return dout * d", "return dout * 0.5 * (1 + th) + 0.5 * x * sech2 * du"),
    ),
    softplus("e^x, without the denominator", ("np.exp(x - np.logaddexp(0, x))", "np.exp(np.minimum(x, 30))")),
    softplus("the sign of the exponent", ("np.exp(x - np.logaddexp(0, x))", "np.exp(-np.logaddexp(0, x))")),
    softplus("dout squared", ("g * dout", "g * dout ** 2")),
    elu("a taken off", ("out[neg] + a", "out[neg] - a")),
    elu("the slope written with =, dout lost below 0", ("dx[neg] *= out", "dx[neg] = out")),
    elu("x + a instead of out + a", ("out[neg] + a", "x[neg] + a")),
    elu("the mask the other way round", ("dx[neg] *= out[neg] + a", "dx[~neg] *= out[~neg] + a")),
    prelu({"da": "= for +="}, ("da[d] += x", "da[d] = x")),
    prelu({"da": "a sum over the upstream, x forgotten"}, ("x[n, d] * dout[n, d]", "dout[n, d]")),
    prelu({"dx": "the slope of a neighbour: a[0]"}, ("a[d] * dout", "a[0] * dout")),
    prelu({"dx": "a forgotten"}, ("a[d] * dout", "dout")),
    prelu(
        {"da": "over every entry"},
        (
            "            if x[n, d] > 0:",
            "            da[d] += x[n, d] * dout[n, d]\n            if x[n, d] > 0:",
        ),
        ("                da[d] += x[n, d] * dout[n, d]\n    return", "    return"),
    ),
    affine({"db": "divided by N"}, ("np.ones(N) @ dout", "np.ones(N) / N @ dout")),
    affine(
        {"dw": "x summed before, dout summed before"},
        ('np.einsum("nd,nm->dm", x, dout)', "np.outer(x.sum(0), dout.sum(0))"),
    ),
    affine({"dw": "not summed over the batch"}, ("nd,nm->dm", "nd,nm->ndm")),
    affine({"db": "the bias added"}, ("np.ones(N) @ dout", "np.ones(N) @ dout + b")),
    affine({"dx": "x added"}, ("dx = np", "dx = x + np")),
    columns({"dW": "a and delta exchanged"}, ("delta @ a.reshape(1, -1)", "(delta @ a.reshape(1, -1)).T")),
    columns({"dW": "the bias for a"}, ("delta @ a.reshape(1, -1)", "delta * W")),
    columns({"da": "W's sum"}, ("W.T @ delta", "W.T @ np.ones_like(delta)")),
    columns({"db": "negative"}, ("db = delta.ravel()", "db = -delta.ravel()")),
    softmax("the condition the wrong way round", ("(j == y[i])", "(j != y[i])")),
    softmax("the label added", ("q[j] - (j", "q[j] + (j")),
    softmax("e instead of q", ("q[j] - ", "e[j] - ")),
    softmax(
        "only where j is the label", ("dx[i, j] = q[j] - (j == y[i])", "dx[i, j] = (q[j] - 1) * (j == y[i])")
    ),
    softmax("i for y[i]: the diagonal", ("(j == y[i])", "(j == i)")),
    softmax("divided by N and by C", ("dx / N", "dx / N / x.shape[1]")),
    svm("= for += and -=", ("dx[i, j] += 1", "dx[i, j] = 1"), ("dx[i, y[i]] -= 1", "dx[i, y[i]] = -1")),
    svm("the margin for 1", ("+= 1\n", "+= m\n"), ("-= 1", "-= m")),
    svm(
        "the right class outside the loop's if",
        ("                    dx[i, y[i]] -= 1", "                dx[i, y[i]] -= 1"),
    ),
    svm("only the right class", ("                    dx[i, j] += 1\n", "")),
    svm("divided by N for the loss only", ("    dx /= N\n", "")),
    weights("N forgotten", ("    dW /= N\n", "")),
    weights("the label's 1 forgotten", ("    p[rows, y] -= 1\n", "")),
    weights(
        "the penalty divided by N",
        ("    dW /= N\n    dW += reg * 2 * W\n", "    dW += reg * 2 * W\n    dW /= N\n"),
    ),
    weights("reg forgotten", ("reg * 2 * W", "2 * W")),
    weights("half of the penalty", ("reg * 2 * W", "reg * 0.5 * W")),
    weights("the sign", ("p[rows, y] -= 1", "p = -p\n    p[rows, y] += 1")),
    hinge("the count with plus", ("-= c.sum(1)", "+= c.sum(1)")),
    hinge("= for -=", ("c[np.arange(N), y] -= c.sum(1)", "c[np.arange(N), y] = -1")),
    hinge("gap where c belongs", ("X.T @ c", "X.T @ (gap * c)")),
    hinge("N forgotten", ("X.T @ c / N", "X.T @ c")),
    hinge("penalty missing", (" + 2 * reg * W\n", "\n")),
    bce("1 - y", ("(p - y)", "(p - (1 - y))")),
    bce("the sum", ("dout / y.size", "dout")),
    bce("tanh(x) for tanh(x/2)", ("np.tanh(x / 2)", "np.tanh(x)")),
    bce("the ½ of p's tanh form forgotten", ("0.5 * (1 + np", "(1 + np")),
    batch("eps at the wrong place, in dvar without the half", ("-0.5 *", "-1.0 *")),
    batch("power -0.5 in dvar", ("** -1.5", "** -0.5")),
    batch("x for x - mean in dvar", ("dnorm * (x - mean), 0)", "dnorm * x, 0)")),
    batch("m forgotten in the variance's path", ("2 * (x - mean) / m", "2 * (x - mean)")),
    batch("m forgotten in the mean's path", ("dmean / m", "dmean")),
    batch("the mean's path left out", (" + dmean / m", "")),
    batch("plus in dmean", ("np.sum(-dnorm", "np.sum(dnorm")),
    batch("norm for x - mean in the last line", ("dvar * 2 * (x - mean)", "dvar * 2 * norm")),
    batch(
        "var without its root in the first term",
        ("dx = dnorm / np.sqrt(var + eps)", "dx = dnorm / (var + eps)"),
    ),
    layer("the axis in dvar", ("(x - mean), 1, keepdims=True)", "(x - mean), 0, keepdims=True)")),
    layer(
        "the axis in dmean",
        ("np.sqrt(var + eps), 1, keepdims=True)", "np.sqrt(var + eps), 0, keepdims=True)"),
    ),
    layer("N instead of D", ("D = x.shape[1]", "D = x.shape[0]")),
    layer("the 2 forgotten", ("dvar * 2 *", "dvar *")),
    layer("the variance's path left out", (" + dvar * 2 * (x - mean) / D", "")),
    conv(
        {"dx": "the padding cut on one axis only"}, ("dxp[:, :, p:p + H, p:p + W]", "dxp[:, :, p:p + H, :W]")
    ),
    conv(
        {"dw": "the last image only"},
        ("dw[f] += dout[n, f, i, j]", "dw[f] += (n == N - 1) * dout[n, f, i, j]"),
    ),
    conv(
        {"dw": "x where the padded image belongs, pixel by pixel clipped"},
        ("dout[n, f, i, j] * xp[n", "dout[n, f, i, j] ** 2 * xp[n"),
    ),
    conv({"db": "= for +="}, ("db[f] += ", "db[f] = ")),
    conv(
        {"db": "the average over places and images"},
        ("db[f] += dout[n, f, i, j]", "db[f] += dout[n, f, i, j] / (N * Ho * Wo)"),
    ),
    maxpool("the last of the window", ("np.argmax(window)", "window.size - 1")),
    maxpool("halved", ("+= dout[n, c, i, j]", "+= 0.5 * dout[n, c, i, j]")),
    maxpool(
        "a mask of the whole window, squared upstream", ("+= dout[n, c, i, j]", "+= dout[n, c, i, j] ** 2")
    ),
    avgpool("divided by the width only", ("/ (ph * pw)", "/ pw")),
    avgpool("divided twice", ("/ (ph * pw)", "/ (ph * pw) ** 2")),
)
OWN = (
    affine({"dw": "the weights instead of x"}, ('np.einsum("nd,nm->dm", x, dout)', "w * dout.sum(0)")),
    weights("p and the scores multiplied", ("X.T.dot(p)", "X.T.dot(p * f)")),
    conv({"dx": "the sum of w instead of w"}, ("* w[f]\n", "* w[f].sum()\n")),
    avgpool(
        "x's share, dout forgotten",
        (
            "dout[:, :, i:i + 1, j:j + 1] / (ph * pw)",
            "x[:, :, i * s:i * s + ph, j * s:j * s + pw] / (ph * pw)",
        ),
    ),
)
