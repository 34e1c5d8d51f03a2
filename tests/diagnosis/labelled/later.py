"""A second bank, written after the first had been learnt from, and measured before anything else was: what
chainmark makes of mistakes that nobody showed it.
"""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.activations import GELU, PRELU, RELU, SIGMOID, TANH
from tests.diagnosis.labelled.classifiers import SOFTMAX_VECTORIZED, SVM_NAIVE, SVM_VECTORIZED
from tests.diagnosis.labelled.gates import MAX, MULTIPLY
from tests.diagnosis.labelled.graphs import CHAIN, SQUARE, THREE, XYZ
from tests.diagnosis.labelled.label import wrong
from tests.diagnosis.labelled.linear import AFFINE, COLUMNS, MATMUL, TEMPORAL
from tests.diagnosis.labelled.losses import BCE, SOFTMAX, SQUARED, SVM
from tests.diagnosis.labelled.networks import MLP, RESIDUAL
from tests.diagnosis.labelled.normalisation import BATCHNORM, BATCHNORM_ALT, GROUP, LAYERNORM
from tests.diagnosis.labelled.sequences import ATTENTION, EMBEDDING, LSTM_STEP, RNN, RNN_STEP
from tests.diagnosis.labelled.space import AVGPOOL, CONV, MAXPOOL

ALT = BATCHNORM_ALT.replace("batchnorm_backward", "batchnorm_backward_alt")
CHAIN_U = """
def chain_u(u):
    r, s = u * u, u + 3
    x, z = r, s
    y = r * s
    t = x * y
    dt = z
    dz = t
    dy = dt * x
    dx = dt * y
    ds = dy * r + dz
    dr = dx + dy * s
    du = dr * 2 * u + ds
    return {"dt": dt, "dz": dz, "dy": dy, "dx": dx, "ds": ds, "dr": dr, "du": du}
"""
FUSED = """
import math

def sigmoid_circuit_fused(w0, x0, w1, x1, w2):
    p0, p1 = w0 * x0, w1 * x1
    s = p0 + p1
    u = s + w2
    f = 1 / (1 + math.exp(-u))
    du = f * (1 - f)
    ds = du
    dw2 = du
    dp0 = dp1 = ds
    dw0, dx0 = dp0 * x0, dp0 * w0
    dw1, dx1 = dp1 * x1, dp1 * w1
    return locals()
"""
NET = """
import numpy as np

def two_layer_net(W1, b1, W2, b2, X, y, reg):
    N = X.shape[0]
    z1 = X.dot(W1) + b1
    h = np.maximum(0, z1)
    s = h.dot(W2) + b2
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).sum() / N + reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    ds = p.copy()
    ds[np.arange(N), y] -= 1
    ds /= N
    grads = {}
    grads["W2"] = h.T.dot(ds) + 2 * reg * W2
    grads["b2"] = ds.sum(axis=0)
    dh = ds.dot(W2.T)
    dz1 = dh * (z1 > 0)
    grads["W1"] = X.T.dot(dz1) + 2 * reg * W1
    grads["b1"] = dz1.sum(axis=0)
    return loss, grads
"""
BRANCHES = """
import numpy as np

def two_branch_block(x, v1, w1, v2, w2):
    z1, z2 = x @ v1, x @ v2
    r1, r2 = np.maximum(z1, 0), np.maximum(z2, 0)
    h = x + r1 @ w1 + r2 @ w2
    dh = 1.0 * h
    ds = dh
    dF1 = dF2 = ds
    dr1, dr2 = dF1 @ w1.T, dF2 @ w2.T
    dw1, dw2 = r1.T @ dF1, r2.T @ dF2
    dz1, dz2 = dr1 * (z1 > 0), dr2 * (z2 > 0)
    dv1, dv2 = x.T @ dz1, x.T @ dz2
    dx = dh + dz1 @ v1.T + dz2 @ v2.T
    return locals()
"""
RESHAPE = """
def reshape_forward(x, options):
    return x.reshape(options["shape"]), x.shape

def reshape_backward(dout, shape):
    return dout.reshape(shape)
"""
TEMPORAL_SOFTMAX = """
import numpy as np

def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    xf, yf, mf = x.reshape(N * T, V), y.reshape(N * T), mask.reshape(N * T)
    p = np.exp(xf - xf.max(axis=1, keepdims=True))
    logp = xf - xf.max(axis=1, keepdims=True) - np.log(p.sum(axis=1, keepdims=True))
    loss = -np.sum(mf * logp[np.arange(N * T), yf]) / N
    dx = np.exp(logp)
    dx[np.arange(N * T), yf] -= 1
    dx /= N
    dx *= mf[:, None]
    return loss, dx.reshape(N, T, V)
"""

RIGHT = (
    ("batchnorm_alt", ALT), ("chain_u", CHAIN_U), ("sigmoid_circuit_fused", FUSED), ("two_layer_net", NET),
    ("two_branch_block", BRANCHES), ("reshape", RESHAPE), ("temporal_softmax_loss", TEMPORAL_SOFTMAX),
)  # fmt: skip

WRONG = (
    wrong("relu", RELU, {"dx": "x itself where positive: the output returned"}, ("dout * (x > 0)", "np.maximum(x, 0)")),
    wrong("relu", RELU, {"dx": "sign of x instead of the mask"}, ("(x > 0)", "np.sign(x)")),
    wrong("sigmoid", SIGMOID, {"dx": "upstream squared"}, ("dout * ds", "dout * dout * ds")),
    wrong("sigmoid", SIGMOID, {"dx": "halved"}, ("dout * ds", "0.5 * dout * ds")),
    wrong("tanh", TANH, {"dx": "1 + a^2: sign inside"}, ("1 - a ** 2", "1 + a ** 2")),
    wrong("tanh", TANH, {"dx": "the value as derivative"}, ("(1 - a ** 2)", "a")),
    wrong("gelu", GELU, {"dx": "half of the gate missing"}, ("0.5 * (1 + t) * dout", "(1 + t) * dout")),
    wrong("gelu", GELU, {"dx": "x squared missing in the cube's derivative"}, ("0.044715 * x ** 2)", "0.044715 * x)")),
    wrong("prelu", PRELU, {"da": "over the wrong axis"}, ("neg, axis=0", "neg, axis=1")),
    wrong("prelu", PRELU, {"dx": "ignores dout"}, ("dx = dout * np", "dx = np")),
    wrong("max_gate", MAX, {"dx": "to the wrong one"}, ("x >= y", "x < y")),
    wrong("multiply_gate", MULTIPLY, {"dy": "negated"}, ("dy = x * dout", "dy = -x * dout")),
    wrong("affine", AFFINE, {"dw": "overwritten: last example alone"}, ("X.T.dot(dout)", "np.outer(X[-1], dout[-1])")),
    wrong("affine", AFFINE, {"dw": "not summed over the examples"}, ("X.T.dot(dout)", "np.einsum('nd,nm->ndm', X, dout)")),
    wrong("affine", AFFINE, {"dx": "averaged over N"}, ("dout.dot(w.T)", "(dout.dot(w.T) / x.shape[0])")),
    wrong("affine", AFFINE, {"dw": "negated", "db": "negated"}, ("X.T.dot(dout)", "-X.T.dot(dout)"), ("np.sum(dout, axis=0)", "-np.sum(dout, axis=0)")),
    wrong("affine", AFFINE, {"db": "sum of x instead of dout"}, ("np.sum(dout, axis=0)", "np.sum(X, axis=0)")),
    wrong("linear_columns", COLUMNS, {"da": "upstream ignored"}, ("np.dot(W.T, dz)", "W.sum(axis=0)")),
    wrong("linear_columns", COLUMNS, {"dW": "divided by the outputs"}, ("np.outer(dz, a)", "np.outer(dz, a) / len(dz)")),
    wrong("matmul", MATMUL, {"db": "factors exchanged"}, ("np.swapaxes(a, -1, -2) @ dout", "dout @ np.swapaxes(a, -1, -2)")),
    wrong("temporal_affine", TEMPORAL, {"dw": "averaged"}, (".dot(dout.reshape(N * T, M))", ".dot(dout.reshape(N * T, M)) / (N * T)")),
    wrong("temporal_affine", TEMPORAL, {"db": "divided by N"}, ("axis=(0, 1))", "axis=(0, 1)) / N")),
    wrong("softmax_loss", SOFTMAX, {"dx": "halved"}, ("dx /= N", "dx /= 2 * N")),
    wrong("softmax_loss", SOFTMAX, {"dx": "zero at the label"}, ("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] = 0")),
    wrong("softmax_loss", SOFTMAX, {"loss": "computed with probabilities: no logarithm"}, ("-logp[", "-np.exp(logp)[")),
    wrong("svm_loss", SVM, {"loss": "margin forgotten", "dx": "margin forgotten"}, (" + 1.0", "")),
    wrong("squared_error", SQUARED, {"dh": "upstream squared"}, ("dout * 2 * d", "dout * dout * 2 * d")),
    wrong("squared_error", SQUARED, {"dh": "signs only"}, ("dout * 2 * d", "dout * np.sign(d)")),
    wrong("bce_with_logits", BCE, {"dx": "mean missing and negated"}, ("(p - y) / x.size", "(y - p)")),
    wrong("bce_with_logits", BCE, {"dx": "divided twice by the entries"}, ("/ x.size", "/ x.size / x.size")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "transposed"}, ("return loss, dW", "return loss, dW.T")),
    wrong("svm_loss_naive", SVM_NAIVE, {"dW": "1/N missing, factor 2 of the penalty missing"}, ("    dW /= num_train\n", ""), ("2 * reg", "reg")),
    wrong("svm_loss_vectorized", SVM_VECTORIZED, {"dW": "negated"}, ("return loss, dW", "return loss, -dW")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "penalty negated"}, ("X.T @ P / N + 2", "X.T @ P / N - 2")),
    wrong("softmax_loss_vectorized", SOFTMAX_VECTORIZED, {"dW": "1/N and the penalty missing"}, ("X.T @ P / N + 2 * reg * W", "X.T @ P")),
    wrong("batchnorm", BATCHNORM, {"dx": "negated"}, ("    dx += dmu / N\n", "    dx += dmu / N\n    dx = -dx\n")),
    wrong("batchnorm", BATCHNORM, {"dx": "upstream as it came"}, ("return dx,", "return dout * 1.0,")),
    wrong("batchnorm", BATCHNORM, {"dgamma": "gamma once more"}, ("np.sum(dout * xhat", "np.sum(dout * xhat * gamma")),
    wrong("batchnorm_alt", ALT, {"dx": "the product with xhat left out"}, (" - xhat * dgamma", "")),
    wrong("batchnorm_alt", ALT, {"dx": "ivar squared"}, ("gamma * ivar / N", "gamma * ivar ** 2 / N")),
    wrong("layernorm", LAYERNORM, {"dx": "1/std missing"}, ("keepdims=True)) / std\n", "keepdims=True))\n")),
    wrong("layernorm", LAYERNORM, {"dgamma": "x hat missing: sum of dout"}, ("np.sum(dout * xhat, axis=0)", "np.sum(dout, axis=0)")),
    wrong("spatial_groupnorm", GROUP, {"dx": "mean path ignored"}, ("g - g.mean(axis=ax, keepdims=True) - xh", "g - xh")),
    wrong("conv", CONV, {"dw": "upstream ignored"}, ("dw[f] += g *", "dw[f] += 1 *")),
    wrong("conv", CONV, {"db": "divided by N"}, ("    dx = dxp[", "    db /= N\n    dx = dxp[")),
    wrong("conv", CONV, {"dx": "rows and columns of the windows exchanged"}, ("dxp[n, :, i*s:i*s+HH, j*s:j*s+WW] += g * w[f]", "dxp[n, :, i*s:i*s+HH, j*s:j*s+WW] += g * w[f, :, ::-1, :]")),
    wrong("max_pool", MAXPOOL, {"dx": "multiplied by the maximum"}, ("+= dout[n, c, i, j]", "+= dout[n, c, i, j] * window[r, k]")),
    wrong("avg_pool", AVGPOOL, {"dx": "upstream ignored"}, ("dout[:, :, i:i+1, j:j+1] /", "1.0 /")),
    wrong("word_embedding", EMBEDDING, {"dW": "table not started from zeros"}, ("dW = np.zeros(shape)\n", "dW = np.ones(shape)\n")),
    wrong("word_embedding", EMBEDDING, {"dW": "divided by N"}, ("return dW", "return dW / x.shape[0]")),
    wrong("rnn_step", RNN_STEP, dict.fromkeys(("dx", "dprev_h", "dWx", "dWh", "db"), "sigmoid's derivative"), ("(1 - next_h ** 2)", "next_h * (1 - next_h)")),
    wrong("rnn_step", RNN_STEP, {"db": "not summed"}, ("dz.sum(axis=0)", "dz")),
    wrong("rnn", RNN, {"dWx": "divided by T"}, ("return dx, dprev, dWx,", "return dx, dprev, dWx / T,")),
    wrong("lstm_step", LSTM_STEP, dict.fromkeys(("dx", "dprev_h", "dWx", "dWh", "db"), "all gate derivatives missing"), ("di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)", "di, df, do, dg")),
    wrong("lstm_step", LSTM_STEP, {"dprev_h": "zero"}, ("da @ Wh.T", "0 * (da @ Wh.T)")),
    wrong("attention", ATTENTION, {"dv": "upstream ignored"}, ("A.transpose(0, 2, 1) @ dout", "A.transpose(0, 2, 1) @ np.ones_like(dout)")),
    wrong("attention", ATTENTION, {"dq": "divided by D instead of its root", "dk": "divided by D instead of its root"}, ("ds = ds / np.sqrt(q.shape[-1])", "ds = ds / q.shape[-1]")),
    wrong("xyz", XYZ, {"dt": "negated"}, ("dt = z * df", "dt = -z")),
    wrong("chain_rs", CHAIN, {"ds": "a path counted twice"}, ("dz + dy * r", "2 * dz + dy * r")),
    wrong("chain_u", CHAIN_U, {"du": "path through s missing"}, ("dr * 2 * u + ds", "dr * 2 * u")),
    wrong("chain_u", CHAIN_U, {"du": "local gradients left out"}, ("dr * 2 * u + ds", "dr + ds")),
    wrong("sigmoid_circuit_fused", FUSED, {"du": "derivative at u: u(1-u)"}, ("f * (1 - f)", "u * (1 - u)")),
    wrong("sigmoid_circuit_fused", FUSED, {"dx1": "the multiply gate not swapped"}, ("dp1 * w1", "dp1 * x1")),
    wrong("sq_err_grad", SQUARE, {"dy": "negated"}, ("dy = dr", "dy = -dr")),
    wrong("three_uses", THREE, {"dx": "starts at 1"}, ("dx = 0\n", "dx = 1\n")),
    wrong("residual_block", RESIDUAL, {"dr": "missing transpose of w"}, ("dr = dF @ w.T", "dr = dF @ w")),
    wrong("residual_block", RESIDUAL, {"dz": "mask alone, without the upstream"}, ("dr * (z > 0)", "1.0 * (z > 0)")),
    wrong("mlp_chain", MLP, {"dx": "upstream left out"}, ("dx = dp1 * w1", "dx = w1")),
    wrong("mlp_chain", MLP, {"dw3": "halved"}, ("da3 * f2", "da3 * f2 / 2")),
    wrong("two_layer_net", NET, {"dW2": "penalty missing"}, ("h.T.dot(ds) + 2 * reg * W2", "h.T.dot(ds)")),
    wrong("two_layer_net", NET, {"dW1": "factor 2 of the penalty missing"}, ("+ 2 * reg * W1", "+ reg * W1")),
    wrong("two_layer_net", NET, {"dW1": "relu forgotten in backward", "db1": "relu forgotten in backward"}, ("dh * (z1 > 0)", "dh")),
    wrong("two_branch_block", BRANCHES, {"dx": "the way around missing"}, ("dh + dz1 @ v1.T", "dz1 @ v1.T")),
    wrong("two_branch_block", BRANCHES, {"dx": "second branch missing"}, (" + dz2 @ v2.T", "")),
    wrong("reshape", RESHAPE, {"dx": "upstream not reshaped"}, ("dout.reshape(shape)", "dout")),
    wrong("temporal_softmax_loss", TEMPORAL_SOFTMAX, {"dx": "mask forgotten"}, ("    dx *= mf[:, None]\n", "")),
    wrong("temporal_softmax_loss", TEMPORAL_SOFTMAX, {"dx": "divided by N and T"}, ("dx /= N", "dx /= N * T")),
    wrong("temporal_softmax_loss", TEMPORAL_SOFTMAX, {"dx": "no -1 at the label"}, ("    dx[np.arange(N * T), yf] -= 1\n", "")),
)  # fmt: skip
