"""Exercises beside those of the other topics, written after these had been learnt from: does it carry over?"""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong
from tests.diagnosis.labelled.unseen.sibling_layers import (
    ALT,
    ELU,
    FULL,
    GROUP,
    LSTM,
    PRELU,
    SOFTMAX,
    SVM,
    TEMPORAL,
    WORDS,
)

LAST = "gamma / (N * std) * (N * dout - dbeta - xhat * dgamma)"


def each(nodes, said):
    return dict.fromkeys(nodes.split(), said)


def softmax(said, *slips):
    return wrong("softmax_loss_vectorized", SOFTMAX, {"dW": said}, *slips)


def svm(said, *slips):
    return wrong("svm_loss_vectorized", SVM, {"dW": said}, *slips)


def affine(words, *slips):
    return wrong("temporal_affine", TEMPORAL, words, *slips)


def words(said, *slips):
    return wrong("temporal_softmax_loss", WORDS, {"dx": said}, *slips)


def lstm(nodes, said, *slips):
    return wrong("lstm", LSTM, each(nodes, said), *slips)


def full(words, *slips):
    return wrong("full_loss", FULL, words, *slips)


def elu(said, after):
    return wrong("elu", ELU, {"dx": said}, ("np.where(x > 0, dout, dout * (low + a))", after))


def prelu(words, *slips):
    return wrong("prelu", PRELU, words, *slips)


def group(words, *slips):
    return wrong("spatial_groupnorm", GROUP, words, *slips)


def alt(said, after):
    return wrong("batchnorm_alt", ALT, {"dx": said}, (LAST, after))


NODES = "dx dh0 dWx dWh db"
COMMON = (
    softmax("1/N is missing", ("/ N + 2", "+ 2")),
    softmax("the penalty is missing", (" + 2 * reg * W\n", "\n")),
    softmax("the penalty's factor 2 is missing", ("2 * reg * W\n", "reg * W\n")),
    softmax("the penalty is divided by N as well", ("X.T.dot(p) / N + 2 * reg * W", "(X.T.dot(p) + 2 * reg * W) / N")),
    softmax("no 1 is taken off at the label", ("    p[np.arange(N), y] -= 1\n", "")),
    softmax("the wrong sign of the data's part", ("X.T.dot(p) / N", "-X.T.dot(p) / N")),
    softmax("1 is taken off in whole columns", ("p[np.arange(N), y] -= 1", "p[:, y] -= 1")),
    softmax("the label's entry is set to -1", ("-= 1", "= -1")),
    softmax("λ is missing", ("2 * reg * W\n", "2 * W\n")),
    softmax("the scores instead of probabilities", ("p = np.exp(logp)", "p = scores.copy()")),
    svm("1 at the label, not the count", ("= -B.sum(axis=1)", "= -1")),
    svm("nothing at the label", ("    B[np.arange(N), y] = -B.sum(axis=1)\n", "")),
    svm("1/N is missing", ("/ N + 2 * reg * W\n", "+ 2 * reg * W\n")),
    svm("the penalty is missing", ("/ N + 2 * reg * W\n", "/ N\n")),
    svm("the margins instead of whether they count", ("B = (M > 0) * 1.0", "B = M.copy()")),
    svm("the penalty's factor 2 is missing", ("2 * reg * W\n", "reg * W\n")),
    svm("the count is taken over the batch", ("-B.sum(axis=1)", "-B.sum(axis=0)[y]")),
    svm("the label has + count", ("= -B.sum", "= B.sum")),
    affine({"db": "summed over the batch only"}, ("axis=(0, 1)", "axis=0")),
    affine({"db": "summed over the steps only"}, ("axis=(0, 1)", "axis=1")),
    affine({"db": "a mean over batch and steps"}, ("dout.sum(axis=(0, 1))", "dout.mean(axis=(0, 1))")),
    affine({"dw": "the last step only, = instead of +="}, ("dw = x.reshape(N * T, D).T.dot(flat)", "for t in range(T):\n        dw = x[:, t].T @ dout[:, t]")),
    affine({"dw": "a mean over the batch"}, ("T.dot(flat)", "T.dot(flat) / N")),
    affine({"dx": "w is not transposed"}, ("flat.dot(w.T)", "flat.dot(w)")),
    affine({"dw": "the last step is left out"}, ("dw = x.reshape(N * T, D).T.dot(flat)", "dw = np.einsum('ntd,ntm->dm', x[:, :-1], dout[:, :-1])")),
    affine({"dw": "dout is ignored"}, ("T.dot(flat)", "T.dot(np.ones_like(flat))")),
    words("the mask is forgotten", ("    dflat *= keep[:, None]\n", "")),
    words("divided by N times T", ("    dflat /= N\n", "    dflat /= N * T\n")),
    words("divided by the number of words", ("    dflat /= N\n", "    dflat /= keep.sum()\n")),
    words("1/N is missing", ("    dflat /= N\n", "")),
    words("no 1 is taken off at the label", ("    dflat[np.arange(N * T), labels] -= 1\n", "")),
    words("the wrong sign", ("    dflat /= N\n", "    dflat /= -N\n")),
    lstm(NODES, "the gradient of the next state is not added", ("now = dh[:, t] + back_h", "now = dh[:, t]")),
    lstm(NODES, "the gradient of the next cell is not added", ("dc = back_c + now", "dc = now")),
    lstm(NODES, "the slope of tanh(c) is missing", ("now * o * (1 - tc ** 2)", "now * o")),
    lstm(NODES, "the path from h to c is forgotten", ("dc = back_c + now * o * (1 - tc ** 2)", "dc = back_c")),
    lstm(NODES, "the forget gate is missing in the cell's way back", ("back_c = dc * f", "back_c = dc")),
    lstm("dWh", "the first step only, = instead of +=", ("dWh += h.T", "dWh = h.T")),
    lstm("db", "the first step only, = instead of +=", ("db += da", "db = da")),
    lstm(NODES, "the quarters in the order i, f, g, o", ("now * tc * o * (1 - o), dc * i * (1 - g ** 2)]", "dc * i * (1 - g ** 2), now * tc * o * (1 - o)]")),
    lstm(NODES, "the slope of the sigmoid for g", ("dc * i * (1 - g ** 2)", "dc * i * g * (1 - g)")),
    full({"dlosses": "1/N is missing"}, (" / losses.size", "")),
    full({"dW1": "the factor 2 is missing", "dW2": "the factor 2 is missing"}, ("2 * lam * W1", "lam * W1"), ("2 * lam * W2", "lam * W2")),
    full({"dlosses": "dout is ignored"}, ("dout * np.ones", "np.ones")),
    full({"dW1": "λ is missing"}, ("2 * lam * W1", "2 * W1")),
    full({"dW1": "the penalty is averaged"}, ("2 * lam * W1", "2 * lam * W1 / losses.size")),
    full({"dlosses": "times the losses"}, ("np.ones_like(losses)", "losses")),
    elu("the exponential without a", "np.where(x > 0, dout, dout * np.exp(np.minimum(x, 0)))"),
    elu("the output as slope", "np.where(x > 0, dout, dout * low)"),
    elu("dout is forgotten below 0", "np.where(x > 0, dout, low + a)"),
    elu("a itself as slope", "np.where(x > 0, dout, dout * a)"),
    elu("the side is chosen by dout", "np.where(dout > 0, dout, dout * (low + a))"),
    prelu({"da": "not summed over the batch"}, (".sum(axis=0)", "")),
    prelu({"da": "a mean over the batch"}, (".sum(axis=0)", ".mean(axis=0)")),
    prelu({"da": "the positive side instead"}, ("np.where(x > 0, 0, x)", "np.where(x > 0, x, 0)")),
    prelu({"da": "x everywhere"}, ("np.where(x > 0, 0, x)", "x")),
    prelu({"da": "dout is forgotten"}, ("(np.where(x > 0, 0, x) * dout)", "np.where(x > 0, 0, x)")),
    prelu({"dx": "nothing goes through below 0"}, ("a * dout", "0")),
    group({"dx": "gamma is forgotten"}, ("(dout * gamma)", "dout")),
    group({"dgamma": "the images are not summed"}, ("dgamma = (dout * xhat).sum(axis=(0, 2, 3), keepdims=True)", "dgamma = (dout * xhat).sum(axis=(2, 3), keepdims=True)")),
    group({"dbeta": "axes of size 1 are lost"}, ("dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)", "dbeta = dout.sum(axis=(0, 2, 3))")),
    group({"dx": "the path through the mean is forgotten"}, ("- d.mean(axis=2, keepdims=True) ", "")),
    group({"dx": "the path through the variance is forgotten"}, (" - z * (d * z).mean(axis=2, keepdims=True)", "")),
    group({"dx": "the variance instead of the deviation"}, ("/ std\n    return dx.", "/ std ** 2\n    return dx.")),
    alt("x-hat is missing before dgamma", LAST.replace("xhat * dgamma", "dgamma")),
    alt("x-hat times dbeta", LAST.replace("xhat * dgamma", "xhat * dbeta")),
    alt("N is missing before dout", LAST.replace("N * dout", "dout")),
    alt("gamma is forgotten", LAST.replace("gamma /", "1 /")),
    alt("1/N is missing", LAST.replace("(N * std)", "std")),
    alt("the sign of the last term", LAST.replace("- xhat", "+ xhat")),
)  # fmt: skip
OWN = (
    softmax("the weights' size", ("2 * reg * W\n", "2 * reg * np.abs(W)\n")),
    svm("only the largest margin", ("B = (M > 0) * 1.0", "B = ((M > 0) & (M == M.max(axis=1)[:, None])) * 1.0")),
    affine({"dx": "the steps in reverse order"}, (".reshape(N, T, D)\n    dw", ".reshape(N, T, D)[:, ::-1]\n    dw")),
    affine({"db": "b is added"}, ("dout.sum(axis=(0, 1))", "dout.sum(axis=(0, 1)) + b")),
    words("the first word counts twice", ("    dflat *= keep[:, None]\n", "    dflat *= keep[:, None]\n    dflat[0] *= 2\n")),
    lstm("dx", "the first step is left out", ("    return dx, back_h", "    dx[:, 0] = 0\n    return dx, back_h")),
    lstm("dh0", "the cell's gradient instead", ("return dx, back_h", "return dx, back_c")),
    full({"dW2": "W1's sum is added"}, ("2 * lam * W2", "2 * lam * W2 + W1.sum()")),
    elu("the exponential of -x", "np.where(x > 0, dout, dout * a * np.exp(-np.abs(x)) ** 2)"),
    prelu({"dx": "the wrong sign below 0"}, ("a * dout", "-a * dout")),
    group({"dx": "z squared"}, ("- z * (d * z)", "- z ** 2 * (d * z)")),
    alt("the root of N", LAST.replace("(N * std)", "(N ** 0.5 * std)")),
)  # fmt: skip
