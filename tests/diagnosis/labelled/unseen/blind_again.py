"""Written blind, second batch, when diagnosis had learnt from the first: other slips, odder ones, at all layers."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong
from tests.diagnosis.labelled.unseen.blind_activations import (
    ELU,
    GELU,
    LEAKY,
    PRELU,
    RELU,
    SIGMOID,
    SOFTPLUS,
    TANH,
)
from tests.diagnosis.labelled.unseen.blind_gates import MAX, MULTIPLY, RECIPROCAL, SUM
from tests.diagnosis.labelled.unseen.blind_norms import ALT, BATCH, GROUP, LAYER, SPATIAL
from tests.diagnosis.labelled.unseen.blind_products import AFFINE, COLUMNS, MATMUL, ROWS
from tests.diagnosis.labelled.unseen.blind_scores import BCE, FULL, HALF, L2, SOFTMAX, SQUARED, SVM
from tests.diagnosis.labelled.unseen.blind_space import AVGPOOL, CONV, MAXPOOL
from tests.diagnosis.labelled.unseen.blind_weights import SOFTNAIVE, SOFTVEC, SVMNAIVE, SVMVEC

TRANSPOSE = """
import numpy as np

def transpose_forward(x, options):
    return np.transpose(x, options["axes"]), (x.shape, options["axes"])

def transpose_backward(dout, cache):
    shape, axes = cache
    back = np.argsort([a % len(axes) for a in axes])
    return np.transpose(dout, back)
"""
RESHAPE = """
import numpy as np

def reshape_forward(x, options):
    return x.reshape(options["shape"]), x.shape

def reshape_backward(dout, cache):
    return dout.reshape(cache)
"""
SHIFT = """
def shift_gate_forward(x, c):
    return c + x, (x, c)

def shift_gate_backward(dout, cache):
    x, c = cache
    return dout * 1.0
"""


def at(exercise, text, node):
    return lambda said, *slips: wrong(exercise, text, {node: said}, *slips)


relu, leaky, elu = at("relu", RELU, "dx"), at("leaky_relu", LEAKY, "dx"), at("elu", ELU, "dx")
softplus, gelu, sigmoid, tanh = (
    at(*one, "dx") for one in (("softplus", SOFTPLUS), ("gelu", GELU), ("sigmoid", SIGMOID), ("tanh", TANH))
)
prelu, affine, matmul = at("prelu", PRELU, "da"), at("affine", AFFINE, "dw"), at("matmul", MATMUL, "db")
alt, layer, group = (
    at("batchnorm_alt", ALT, "dx"),
    at("layernorm", LAYER, "dx"),
    at("spatial_groupnorm", GROUP, "dx"),
)
batch, spatial = at("batchnorm", BATCH, "dx"), at("spatial_batchnorm", SPATIAL, "dx")
softmax, svm, bce = (
    at("softmax_loss", SOFTMAX, "dx"),
    at("svm_loss", SVM, "dx"),
    at("bce_with_logits", BCE, "dx"),
)
softnaive, softvec = at("softmax_loss_naive", SOFTNAIVE, "dW"), at("softmax_loss_vectorized", SOFTVEC, "dW")
svmnaive, svmvec = at("svm_loss_naive", SVMNAIVE, "dW"), at("svm_loss_vectorized", SVMVEC, "dW")
maxpool, avgpool, summed = (
    at("max_pool", MAXPOOL, "dx"),
    at("avg_pool", AVGPOOL, "dx"),
    at("sum_axes", SUM, "dx"),
)

COMMON = (
    relu("the mask from the output, wrong way round", ("(x > 0)", "(out <= 0)")),
    relu("upstream squared", ("dout * (x > 0)", "dout ** 2 * (x > 0)")),
    leaky("a added below 0", ("return local * dout", "return dout + np.where(x < 0, a, 0)")),
    leaky("1/a below 0", ("local[x < 0] = a", "local[x < 0] = 1 / a")),
    elu("a forgotten in the exponential's slope", ("a * np.exp", "np.exp")),
    elu("minus sign below 0", ("a * np.exp", "-a * np.exp")),
    elu(
        "the exponential's slope everywhere",
        ("np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0)))", "a * np.exp(np.minimum(x, 0))"),
    ),
    elu(
        "the slope 1 below 0 too",
        ("slope = np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0)))", "slope = 1.0"),
    ),
    softplus("e^x forgotten above: 1/(1+e^-x) squared", ("dout * s", "dout * s ** 2")),
    softplus("divided by the sigmoid", ("dout * s", "dout / np.maximum(s, 1e-300)")),
    softplus("the output's share, out/x", ("dout * s", "dout * out * s")),
    gelu("½ forgotten in the first path", ("left = 0.5 * (1 + t)", "left = 1 + t")),
    gelu("minus in the first path", ("0.5 * (1 + t)", "0.5 * (1 - t)")),
    gelu("t for 1 + t", ("0.5 * (1 + t)", "0.5 * t")),
    gelu("x² instead of 3x²: cube's rule half done", ("3 * K * x ** 2", "3 * K * x ** 3")),
    gelu("u's slope uses u", ("3 * K * x ** 2", "3 * K * u ** 2")),
    gelu("the root of 2/π doubled", ("du * C *", "du * C * C *")),
    gelu("1 + t² for 1 - t²", ("1 - t ** 2", "1 + t ** 2")),
    sigmoid("the derivative with a minus, 1 + out", ("out * (1 - out)", "out * (1 + out)")),
    sigmoid("the root of the slope", ("out * (1 - out)", "np.sqrt(out * (1 - out))")),
    tanh(
        "1 over the slope",
        ("(1.0 - np.square(out)) * dout", "dout / np.maximum(1.0 - np.square(out), 1e-12)"),
    ),
    tanh("half of the square", ("np.square(out)", "0.5 * np.square(out)")),
    prelu("a instead of x", ("np.where(pos, 0, x * dout)", "np.where(pos, 0, a * dout)")),
    prelu("the wrong sign", ("x * dout)", "-x * dout)")),
    prelu("x squared", ("x * dout)", "x ** 2 * dout)")),
    wrong("linear_columns", COLUMNS, {"da": "z in place of dz"}, ("W.T @ dz", "W.T @ z")),
    wrong("linear_columns", COLUMNS, {"da": "a itself multiplied in"}, ("W.T @ dz", "W.T @ dz * a")),
    affine("the upstream's mean over its columns", ("x.T.dot(dout)", "x.T.dot(dout) / dout.shape[1]")),
    affine("dout squared", ("x.T.dot(dout)", "x.T.dot(dout ** 2)")),
    affine("the signs of x only", ("x.T.dot(dout)", "np.sign(x).T.dot(dout)")),
    wrong(
        "affine", AFFINE, {"db": "the largest instead of the sum"}, ("dout.sum(axis=0)", "dout.max(axis=0)")
    ),
    matmul(
        "a forgotten, dout summed",
        ('np.einsum("...nk,...nm->...km", a, dout)', "np.ones_like(a).swapaxes(-1, -2) @ dout"),
    ),
    matmul(
        "the product out for dout", ('np.einsum("...nk,...nm->...km", a, dout)', "a.swapaxes(-1, -2) @ out")
    ),
    wrong(
        "linear_rows",
        ROWS,
        {"dx": "w's own gradient times w"},
        ("    return dx, dw", "    dx = dx * 2\n    return dx, dw"),
    ),
    wrong(
        "transpose",
        TRANSPOSE,
        {"dx": "the same axes again"},
        ("np.transpose(dout, back)", "np.transpose(dout, axes)"),
    ),
    wrong("transpose", TRANSPOSE, {"dx": "all axes reversed"}, ("np.transpose(dout, back)", "dout.T")),
    wrong(
        "transpose",
        TRANSPOSE,
        {"dx": "reshaped instead of transposed"},
        ("np.transpose(dout, back)", "dout.reshape(shape)"),
    ),
    wrong(
        "reshape",
        RESHAPE,
        {"dx": "in the other order"},
        ("dout.reshape(cache)", "dout.reshape(cache, order='F')"),
    ),
    wrong("shift_gate", SHIFT, {"dx": "the constant added"}, ("dout * 1.0", "dout + c")),
    wrong("shift_gate", SHIFT, {"dx": "times the constant"}, ("dout * 1.0", "dout * c")),
    wrong("multiply_gate", MULTIPLY, {"dx": "divided by its own input"}, ("dout * y", "dout * y / x")),
    wrong(
        "max_gate",
        MAX,
        {"dx": "split in halves", "dy": "split in halves"},
        ("np.where(x >= y, dout, 0)", "dout / 2"),
        ("np.where(x >= y, 0, dout)", "dout / 2"),
    ),
    wrong(
        "max_gate",
        MAX,
        {"dx": "the smaller gets it", "dy": "the smaller gets it"},
        ("np.where(x >= y, dout, 0)", "np.where(x < y, dout, 0)"),
        ("np.where(x >= y, 0, dout)", "np.where(x < y, 0, dout)"),
    ),
    wrong(
        "reciprocal_gate", RECIPROCAL, {"dx": "out instead of out squared"}, ("-dout / x ** 2", "-dout * out")
    ),
    wrong("reciprocal_gate", RECIPROCAL, {"dx": "the cube"}, ("x ** 2", "x ** 3")),
    summed(
        "the sum's output multiplied in",
        ("np.reshape(dout, shape)", "np.reshape(dout * x.sum(axis=axis).reshape(np.shape(dout)), shape)"),
    ),
    softmax(
        "p not normalised per row but over all",
        ("dx = p.copy()", "dx = np.exp(x - x.max()) / np.exp(x - x.max()).sum()"),
    ),
    softmax("divided by N times C", ("dx /= N", "dx /= x.size")),
    softmax("the gradient of the row's maximum too", ("dx = p.copy()", "dx = p ** 2")),
    softmax("times p once more", ("dx /= N", "dx *= p / N")),
    svm(
        "0 at the right class and mean missing",
        ("    mask[np.arange(N), y] = -mask.sum(axis=1)\n", ""),
        ("mask / N", "mask"),
    ),
    svm("divided by the classes", ("mask / N", "mask / x.shape[1]")),
    svm("the count halved", ("-mask.sum(axis=1)", "-mask.sum(axis=1) / 2")),
    svm("the square hinge, without the 2", ("mask[margins > 0] = 1", "mask = margins * 2")),
    bce("p - y without the sign of the upstream", ("dout * dx", "abs(dout) * dx")),
    bce("the upstream added", ("dout * dx", "dout + dx")),
    bce("2 (p - y), as for a square", ("(p - y) / x.size", "2 * (p - y) / x.size")),
    bce("tanh for the sigmoid", ("p = np.where(x >= 0, 1 / (1 + e), e / (1 + e))", "p = np.tanh(x)")),
    bce("the weights of the two classes: y twice", ("(p - y)", "(p - 2 * y)")),
    softnaive("the penalty multiplied by N", ("2 * reg * W", "2 * reg * W * N")),
    softnaive("the scores f instead of p", ("p[j] * X[i]", "f[j] * X[i]"), ("(p[j] - 1)", "(f[j] - 1)")),
    softvec(
        "the labels one class on",
        ("onehot[np.arange(N), y] = 1", "onehot[np.arange(N), (y + 1) % P.shape[1]] = 1"),
    ),
    softvec("W added", ("2 * reg * W\n", "2 * reg * W + W\n")),
    svmnaive("X added twice for the wrong class", ("dW[:, j] += X[i]", "dW[:, j] += 2 * X[i]")),
    svmvec("the margins' threshold at 1", ("(M > 0)", "(M > 1)")),
    svmvec("the penalty's sign", ("+ 2 * reg * W", "- 2 * reg * W")),
    wrong(
        "squared_error",
        SQUARED,
        {"dh": "the mean over rows"},
        ("-2 * (y - h) * dout", "-2 * (y - h) * dout / len(h)"),
    ),
    wrong("squared_error", SQUARED, {"dh": "y + h"}, ("(y - h)", "(y + h)")),
    wrong(
        "half_squared_error",
        HALF,
        {"da": "the squared difference, halved"},
        ("(a - y)", "0.5 * (a - y) ** 2"),
    ),
    wrong("half_squared_error", HALF, {"da": "a (a - y)"}, ("(a - y)", "(a - y) * a")),
    wrong("l2_penalty", L2, {"dw": "the size of w"}, ("2 * lam * w", "2 * lam * abs(w)")),
    wrong("full_loss", FULL, {"dW2": "W1's λ only: 2 W2"}, ("dout * 2 * lam * W2", "dout * 2 * W2")),
    wrong("full_loss", FULL, {"dW1": "half the penalty"}, ("dout * 2 * lam * W1", "dout * lam * W1")),
    batch("dmu is averaged already and divided again", ("dmu / N", "dmu / N / N")),
    batch("gamma twice", ("dxhat = dout * gamma", "dxhat = dout * gamma ** 2")),
    batch("beta instead of gamma", ("dxhat = dout * gamma", "dxhat = dout * beta")),
    batch(
        "the second sum over the features",
        ("divar = np.sum(dxhat * xc, axis=0)", "divar = np.sum(dxhat * xc, axis=1, keepdims=True)"),
    ),
    alt("dgamma's term without N's share, twice", ("- dbeta - xhat", "- dbeta - 2 * xhat")),
    alt("the first sum without dout", ("- dbeta -", "- N -")),
    alt("s squared in the variance's term", ("xhat * dgamma", "xhat * s ** 2 * dgamma")),
    layer("the second mean without g", ("(g * xhat).mean", "(xhat * xhat).mean")),
    layer("plus for the first minus", ("g - m1", "g + m1")),
    layer("dout in the first mean", ("m1 = g.mean", "m1 = dout.mean")),
    layer("xhat squared in the last term", ("xhat * m2", "xhat ** 2 * m2")),
    spatial("plus for the variance's minus", ("- xhat * (d", "+ xhat * (d")),
    spatial("the variance for its root", ("/ M) / std", "/ M) / std ** 2")),
    wrong(
        "spatial_batchnorm",
        SPATIAL,
        {"dgamma": "summed over the pixels only"},
        ("dgamma = (dout * xhat).sum(axis=ax)", "dgamma = (dout * xhat).sum(axis=(2, 3))"),
    ),
    wrong(
        "spatial_batchnorm",
        SPATIAL,
        {"dbeta": "times gamma"},
        ("dbeta = dout.sum(axis=ax)", "dbeta = (dout * g).sum(axis=ax)"),
    ),
    group("the first mean's sign", ("d - m1", "d + m1")),
    group("sums instead of means", ("m1 = d.mean", "m1 = d.sum"), ("(d * xh).mean", "(d * xh).sum")),
    group("x for xh in the second mean", ("(d * xh).mean", "(d * x.reshape(xh.shape)).mean")),
    wrong(
        "spatial_groupnorm",
        GROUP,
        {"dgamma": "the upstream only"},
        ("(dout * xhat).sum(axis=(0, 2, 3)", "dout.sum(axis=(0, 2, 3)"),
    ),
    wrong(
        "conv",
        CONV,
        {"dx": "the filters' mean"},
        ("+= dout[n, f, i, j] * w[f]", "+= dout[n, f, i, j] * w[f] / F"),
    ),
    wrong(
        "conv",
        CONV,
        {"dx": "the wrong filter, the first for all"},
        ("+= dout[n, f, i, j] * w[f]", "+= dout[n, f, i, j] * w[0]"),
    ),
    wrong(
        "conv",
        CONV,
        {"db": "only the first row of pixels"},
        ("db[f] += dout[n, f, i, j]", "db[f] += dout[n, f, i, j] * (i == 0)"),
    ),
    wrong(
        "conv",
        CONV,
        {"db": "times the bias"},
        ("db[f] += dout[n, f, i, j]", "db[f] += dout[n, f, i, j] * b[f]"),
    ),
    wrong("conv", CONV, {"dw": "the channels' order reversed"}, ("* xp[n, :, h0", "* xp[n, ::-1, h0")),
    maxpool("divided by the window's size", ("+= dout[n, c, i, j]", "+= dout[n, c, i, j] / (ph * pw)")),
    avgpool(
        "times the pixel", (" / (ph * pw)", " / (ph * pw) * x[:, :, i * s:i * s + ph, j * s:j * s + pw]")
    ),
    avgpool("1 for dout", ("+= dout[:, :, i:i + 1, j:j + 1] / (ph * pw)", "+= 1 / (ph * pw)")),
)
OWN = (
    relu("the tanh of dout", ("dout * (x > 0)", "np.tanh(dout) * (x > 0)")),
    layer(
        "the last column is left out", ("    return dx, dgamma", "    dx[:, -1] = 0\n    return dx, dgamma")
    ),
    softmax(
        "0.1 of smoothing", ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] -= 0.9\n    dx -= 0.1 / C")
    ),
    tanh("a fifth of the square", ("np.square(out)", "np.square(out) / 5")),
    relu("the mask where x is not above its mean", ("(x > 0)", "(x > x.mean())")),
    leaky(
        "a on the positive side, nothing on the other",
        ("return local * dout", "return np.where(x > 0, a * dout, 0)"),
    ),
    sigmoid("out over 1 - out", ("out * (1 - out)", "out / (1 - np.minimum(out, 0.999999))")),
    prelu(
        "the sum divided by how many are below 0",
        (
            "np.sum(np.where(pos, 0, x * dout), axis=0)",
            "np.sum(np.where(pos, 0, x * dout), axis=0) / np.maximum((~pos).sum(axis=0), 1)",
        ),
    ),
    wrong(
        "linear_columns",
        COLUMNS,
        {"dW": "the outer product with the bias"},
        ("np.outer(dz, a)", "np.outer(dz, a) + b[:, None]"),
    ),
    wrong(
        "affine",
        AFFINE,
        {"dx": "the rows of w are added up, dout too"},
        ("dx = dout.dot(w.T)", "dx = dout.sum(axis=1, keepdims=True) * w.sum(axis=1)"),
    ),
    wrong(
        "reshape", RESHAPE, {"dx": "reversed"}, ("dout.reshape(cache)", "dout.ravel()[::-1].reshape(cache)")
    ),
    softmax("log-probabilities' sum", ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] -= C")),
    svm("the mean over violated margins", ("mask / N", "mask / max((margins > 0).sum(), 1)")),
    softvec(
        "no division by N, and penalty divided",
        ("(P - onehot) / N", "(P - onehot)"),
        ("2 * reg * W\n", "2 * reg * W / N\n"),
    ),
    svmnaive(
        "the penalty counted in each example",
        (
            "                dW[:, j] += X[i]",
            "                dW += 2 * reg * W\n                dW[:, j] += X[i]",
        ),
    ),
    wrong(
        "full_loss",
        FULL,
        {"dlosses": "the mean of the losses in it"},
        ("np.ones(N) / N", "np.ones(N) * losses.mean()"),
    ),
    maxpool(
        "height and width exchanged in the place",
        ("dx[n, c, r + a, q + b]", "dx[n, c, min(r + b, x.shape[2] - 1), min(q + a, x.shape[3] - 1)]"),
    ),
    maxpool(
        "only where the maximum is above 0",
        ("+= dout[n, c, i, j]", "+= dout[n, c, i, j] * (window[a, b] > 0)"),
    ),
    avgpool("divided by height plus width", ("(ph * pw)", "(ph + pw)")),
)
