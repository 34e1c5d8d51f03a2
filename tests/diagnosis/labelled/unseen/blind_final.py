"""Written blind, fourth batch: ordinary slips, at what was left out before."""

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong
from tests.diagnosis.labelled.unseen.blind_activations import ELU, LEAKY, PRELU, RELU, SIGMOID, SOFTPLUS, TANH
from tests.diagnosis.labelled.unseen.blind_gates import COPY, EXP, MULTIPLY, RECIPROCAL, SCALE, SUM
from tests.diagnosis.labelled.unseen.blind_last import (
    AFFINE,
    BATCH,
    BCE,
    COLUMNS,
    GELU,
    HINGE,
    LAYER,
    SOFTMAX,
    SVM,
    WEIGHTS,
)
from tests.diagnosis.labelled.unseen.blind_norms import ALT, GROUP, SPATIAL
from tests.diagnosis.labelled.unseen.blind_products import MATMUL, ROWS
from tests.diagnosis.labelled.unseen.blind_scores import FULL, HALF, L2, SQUARED
from tests.diagnosis.labelled.unseen.blind_space import AVGPOOL, CONV, MAXPOOL


def at(exercise, text, node):
    return lambda said, *slips: wrong(exercise, text, {node: said}, *slips)


COMMON = (
    at("relu", RELU, "dx")(
        "the mask squared upstream: dout times out's mask plus x", ("dout * (x > 0)", "dout * (x > 0) + x")
    ),
    at("relu", RELU, "dx")("out where dout should be", ("dout * (x > 0)", "out * (x > 0)")),
    at("leaky_relu", LEAKY, "dx")("minus a below 0", ("local[x < 0] = a", "local[x < 0] = -a")),
    at("leaky_relu", LEAKY, "dx")("the slope squared everywhere", ("local * dout", "local * local * dout")),
    at("elu", ELU, "dx")(
        "a forgotten, e^out",
        (
            "slope = np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0)))",
            "slope = np.where(x > 0, 1.0, a + np.exp(np.minimum(x, 0)))",
        ),
    ),
    at("elu", ELU, "dx")(
        "x times the slope below 0",
        ("a * np.exp(np.minimum(x, 0)))\n    return", "a * x * np.exp(np.minimum(x, 0)))\n    return"),
    ),
    at("softplus", SOFTPLUS, "dx")("x times sigmoid", ("dout * s", "dout * x * s")),
    at("sigmoid", SIGMOID, "dx")("out squared for out", ("out * (1 - out)", "out ** 2 * (1 - out)")),
    at("sigmoid", SIGMOID, "dx")("1 - out squared", ("out * (1 - out)", "out * (1 - out ** 2)")),
    at("tanh", TANH, "dx")(
        "out times 1 - out²", ("(1.0 - np.square(out)) * dout", "out * (1.0 - np.square(out)) * dout")
    ),
    at("tanh", TANH, "dx")("1 - x out", ("np.square(out)", "out * cache['x']")),
    at("prelu", PRELU, "dx")(
        "1 below 0, a above", ("np.where(pos, dout, a * dout)", "np.where(pos, a, 1) * dout")
    ),
    at("gelu", GELU, "dx")("k forgotten in du", ("du = k *", "du =")),
    at("gelu", GELU, "dx")("2 for 3", ("1 + 3 * 0.044715", "1 + 2 * 0.044715")),
    at("gelu", GELU, "dx")("th for 1 + th", ("0.5 * (1 + th)", "0.5 * th")),
    at("exp_gate", EXP, "dx")("minus", ("dout * out", "-dout * out")),
    at("reciprocal_gate", RECIPROCAL, "dx")("-1/(2x²)", ("-dout / x ** 2", "-dout / (2 * x ** 2)")),
    at("multiply_gate", MULTIPLY, "dx")("y squared", ("dout * y", "dout * y ** 2")),
    at("scale_gate", SCALE, "dx")("a added", ("a * dout", "a + dout")),
    at("sum_axes", SUM, "dx")("times the sum", ("np.ones_like(x)", "np.sum(x) * np.ones_like(x)")),
    at("affine", AFFINE, "dx")(
        "w itself where it is square, transposed dout", ('np.einsum("nm,dm->nd", dout, w)', "dout @ w")
    ),
    at("affine", AFFINE, "dw")(
        "x normalised by N squared",
        ('np.einsum("nd,nm->dm", x, dout)', 'np.einsum("nd,nm->dm", x, dout) / N ** 2'),
    ),
    at("affine", AFFINE, "dw")(
        "minus w", ('np.einsum("nd,nm->dm", x, dout)', 'np.einsum("nd,nm->dm", x, dout) - w')
    ),
    at("matmul", MATMUL, "da")(
        "b squared",
        ('np.einsum("...nm,...km->...nk", dout, b)', 'np.einsum("...nm,...km->...nk", dout, b ** 2)'),
    ),
    at("linear_columns", COLUMNS, "da")("W not transposed", ("W.T @ delta", "W @ delta")),
    at("linear_columns", COLUMNS, "dW")("the signs", ("delta @ a", "-delta @ a")),
    at("softmax_loss", SOFTMAX, "dx")("-1 everywhere but at the label", ("(j == y[i])", "(j != y[i]) * 1.0")),
    at("softmax_loss", SOFTMAX, "dx")("q squared minus one", ("q[j] - (j", "q[j] ** 2 - (j")),
    at("softmax_loss", SOFTMAX, "dx")("minus y[i]", ("(j == y[i])", "y[i]")),
    at("svm_loss", SVM, "dx")("the violated get m", ("dx[i, j] += 1", "dx[i, j] += m")),
    at("svm_loss", SVM, "dx")("the right one twice", ("dx[i, y[i]] -= 1", "dx[i, y[i]] -= 2")),
    at("svm_loss", SVM, "dx")("plus at both", ("dx[i, y[i]] -= 1", "dx[i, y[i]] += 1")),
    at("softmax_loss_vectorized", WEIGHTS, "dW")("W squared", ("reg * 2 * W", "reg * 2 * W * W")),
    at("softmax_loss_vectorized", WEIGHTS, "dW")(
        "the penalty twice", ("dW += reg * 2 * W", "dW += reg * 4 * W")
    ),
    at("svm_loss_vectorized", HINGE, "dW")(
        "+1 forgotten for the mask", ("np.where(gap > 0, 1.0, 0.0)", "np.where(gap > 1, 1.0, 0.0)")
    ),
    at("svm_loss_vectorized", HINGE, "dW")("counts from columns", ("c.sum(1)", "c.sum(0)[y]")),
    at("bce_with_logits", BCE, "dx")("p (1 - y)", ("(p - y)", "p * (1 - y)")),
    at("bce_with_logits", BCE, "dx")("divided by 2M", ("dout / y.size", "dout / (2 * y.size)")),
    at("squared_error", SQUARED, "dh")("4 for 2", ("-2 *", "-4 *")),
    at("squared_error", SQUARED, "dh")("dout squared", ("* dout\n", "* dout ** 2\n")),
    at("half_squared_error", HALF, "da")("a y - a", ("(a - y)", "(a * y - a)")),
    at("l2_penalty", L2, "dw")("w³", ("2 * lam * w", "2 * lam * w ** 3")),
    at("full_loss", FULL, "dlosses")("1/N twice", ("np.ones(N) / N", "np.ones(N) / N ** 2")),
    at("full_loss", FULL, "dW1")(
        "W2's penalty strength: lam squared", ("dout * 2 * lam * W1", "dout * 2 * lam ** 2 * W1")
    ),
    at("batchnorm", BATCH, "dx")("the power -1 in dvar", ("** -1.5", "** -1.0")),
    at("batchnorm", BATCH, "dx")(
        "gamma at the mean's path missing", ("np.sum(-dnorm / np", "np.sum(-dout / np")
    ),
    at("batchnorm", BATCH, "dx")(
        "the mean's path from dvar alone", ("np.sum(-dnorm / np.sqrt(var + eps), 0) + ", "")
    ),
    at("batchnorm_alt", ALT, "dx")(
        "gamma outside forgotten in the sums: squared", ("- xhat * dgamma", "- gamma * xhat * dgamma")
    ),
    at("layernorm", LAYER, "dx")(
        "axis 0 in both",
        ("(x - mean), 1, keepdims=True)", "(x - mean), 0, keepdims=True)"),
        ("np.sqrt(var + eps), 1, keepdims=True)", "np.sqrt(var + eps), 0, keepdims=True)"),
    ),
    at("layernorm", LAYER, "dx")("x for norm's x - mean at the end", ("2 * (x - mean) / D", "2 * x / D")),
    at("spatial_batchnorm", SPATIAL, "dx")(
        "the second sum not divided",
        ("(d * xhat).sum(axis=ax, keepdims=True) / M", "(d * xhat).sum(axis=ax, keepdims=True)"),
    ),
    at("spatial_groupnorm", GROUP, "dx")("std at the square", ("/ std).reshape", "/ std ** 2).reshape")),
    at("conv", CONV, "dw")("the upstream's sign", ("dw[f] += dout", "dw[f] -= dout")),
    at("conv", CONV, "db")(
        "sum over the filters", ("db[f] += dout[n, f, i, j]", "db[f] += dout[n, :, i, j].sum()")
    ),
)
OWN = (
    at("prelu", PRELU, "da")(
        "the values above too, times a",
        ("np.where(pos, 0, x * dout)", "np.where(pos, x * dout, a * x * dout)"),
    ),
    at("copy_gate", COPY, "dx")(
        "the larger of both",
        ("dout1 + dout2", "np.maximum(dout1, dout2)"),
        ("def copy_gate_forward", "import numpy as np\ndef copy_gate_forward"),
    ),
    at("linear_rows", ROWS, "dw")(
        "x shifted by one row", ("np.outer(x[n], dout[n])", "np.outer(x[n - 1], dout[n])")
    ),
    at("softmax_loss_vectorized", WEIGHTS, "dW")(
        "p log p", ("X.T.dot(p)", "X.T.dot(p * np.log(np.abs(p) + 1e-12))")
    ),
    at("conv", CONV, "dx")("w divided by its size", ("* w[f]\n", "* w[f] / w[f].size\n")),
    at("max_pool", MAXPOOL, "dx")("dout of the first place", ("+= dout[n, c, i, j]", "+= dout[n, c, 0, 0]")),
    at("avg_pool", AVGPOOL, "dx")("the stride's product in the divisor", ("/ (ph * pw)", "/ (ph * pw * s)")),
)
