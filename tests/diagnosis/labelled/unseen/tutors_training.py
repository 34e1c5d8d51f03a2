"""What tutors see in Jacobians, update rules, initialisers, loops and gradient checks."""

# ruff: noqa: E501 (a label is one line: what was changed beside what it is called)
# fmt: off

from __future__ import annotations

from tests.diagnosis.labelled.label import wrong

RELU_J = """
import numpy as np

def relu_jacobian(x):
    J = np.zeros((len(x), len(x)))
    for i in range(len(x)):
        J[i, i] = 1.0 if x[i] > 0 else 0.0
    return J
"""
SOFTMAX_J = """
import numpy as np

def softmax_jacobian(x):
    e = np.exp(x - np.max(x))
    p = e / e.sum()
    n = len(p)
    J = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            J[i, j] = p[i] * ((i == j) - p[j])
    return J
"""
SIGMOID_J = """
import numpy as np

def sigmoid_jacobian(z):
    s = 1 / (1 + np.exp(-z))
    return np.diag(s * (1 - s))
"""
ROWS = "\ndef dz_dx_rows(x, W):\n    return W.T\n"
COLUMNS = "\ndef dz_dx_columns(W, a, b):\n    return W\n"
BIAS = "\nimport numpy as np\n\ndef dz_db(W, a, b):\n    return np.eye(len(b))\n"
WEIGHTS = """
import numpy as np

def dz_dw(x, W):
    D, M = W.shape
    J = np.zeros((M, D, M))
    for j in range(M):
        J[j, :, j] = x
    return J
"""
SGD = """
def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    next_w = w - config["learning_rate"] * dw
    return next_w, config
"""
MOMENTUM = """
import numpy as np

def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-2)
    mu = config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = mu * v - lr * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config
"""
RMS = """
import numpy as np

def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-2)
    decay = config.setdefault("decay_rate", 0.99)
    eps = config.setdefault("epsilon", 1e-8)
    cache = config.get("cache", np.zeros_like(w))
    cache = decay * cache + (1 - decay) * dw ** 2
    next_w = w - lr * dw / (np.sqrt(cache) + eps)
    config["cache"] = cache
    return next_w, config
"""
ADAM = """
import numpy as np

def adam(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-3)
    b1 = config.setdefault("beta1", 0.9)
    b2 = config.setdefault("beta2", 0.999)
    eps = config.setdefault("epsilon", 1e-8)
    m = config.get("m", np.zeros_like(w))
    v = config.get("v", np.zeros_like(w))
    t = config.get("t", 0) + 1
    m = b1 * m + (1 - b1) * dw
    v = b2 * v + (1 - b2) * dw ** 2
    mt = m / (1 - b1 ** t)
    vt = v / (1 - b2 ** t)
    next_w = w - lr * mt / (np.sqrt(vt) + eps)
    config["m"], config["v"], config["t"] = m, v, t
    return next_w, config
"""
STEP = """
def sgd_step(parameters, gradients, learning_rate):
    new = {}
    for name in parameters:
        new[name] = parameters[name] - learning_rate * gradients[name]
    return new
"""
TRIAL = """
import numpy as np

def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = None
    out = x
    if mode == "train":
        mask = (rng.random(x.shape) < p) / p
        out = x * mask
    return out, (mode, mask, p)

def dropout_backward(dout, cache):
    mode, mask, p = cache
    return dout * mask if mode == "train" else dout
"""
XAVIER = """
import numpy as np

def xavier_init(n_in, n_out, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_in, n_out)) * np.sqrt(1 / n_in)
"""
HE = """
import numpy as np

def he_init(n_in, n_out, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)
"""
TRAIN = """
import numpy as np

def train(X, y, w, learning_rate, batch_size, epochs, seed):
    rng = np.random.default_rng(seed)
    N = len(X)
    path = [w.copy()]
    for epoch in range(epochs):
        order = rng.permutation(N)
        for start in range(0, N, batch_size):
            rows = order[start:start + batch_size]
            p = 1 / (1 + np.exp(-X[rows] @ w))
            grad = X[rows].T @ (p - y[rows]) / batch_size
            w = w - learning_rate * grad
            path.append(w.copy())
    return np.array(path)
"""
BATCH = """
import numpy as np

def minibatch_gradient(X, y, w, size, seed):
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(X), size=size, replace=False)
    residual = X[rows] @ w - y[rows]
    return X[rows].T @ residual / size
"""
NUMERICAL = """
import numpy as np

def numerical_grad(f, x):
    h = 1e-5
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        old = x[i]
        x[i] = old + h
        fp = f(x)
        x[i] = old - h
        fm = f(x)
        x[i] = old
        grad[i] = (fp - fm) / (2 * h)
        it.iternext()
    return grad
"""
ERROR = """
import numpy as np

def rel_error(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return float("inf")
    top = np.abs(a - b)
    bottom = np.maximum(1e-8, np.abs(a) + np.abs(b))
    return np.max(top / bottom)
"""
CHECK = """
import numpy as np

def check_backward(forward, backward, inputs):
    h = 1e-5
    inputs = [np.array(x, dtype=float) for x in inputs]
    out, cache = forward(*inputs)
    rng = np.random.default_rng(7)
    u = rng.standard_normal(out.shape)
    u = np.where(np.abs(u) < 0.3, 0.3 * np.sign(u) + 0.1, u)
    claimed = backward(u.copy(), cache)
    verdicts = []
    for x, g in zip(inputs, claimed):
        ok = np.shape(g) == x.shape
        for i in np.ndindex(*x.shape):
            if not ok:
                break
            old = x[i]
            x[i] = old + h
            plus = forward(*inputs)[0]
            x[i] = old - h
            minus = forward(*inputs)[0]
            x[i] = old
            slope = np.sum(u * (plus - minus)) / (2 * h)
            noise = 1e-15 * np.sum(np.abs(u * plus)) / h
            if not abs(g[i] - slope) <= 2e-3 * abs(slope) + noise:
                ok = False
        verdicts.append(ok)
    return verdicts
"""


def made(exercise, text):
    def one(nodes, said, *slips):
        return wrong(exercise, text, dict.fromkeys(nodes.split(), said), *slips)

    return one


relu_j, softmax_j, sigmoid_j = made("relu_jacobian", RELU_J), made("softmax_jacobian", SOFTMAX_J), made("sigmoid_jacobian", SIGMOID_J)
rows, columns, bias, weights = made("dz_dx_rows", ROWS), made("dz_dx_columns", COLUMNS), made("dz_db", BIAS), made("dz_dw", WEIGHTS)
sgd, momentum, rms, adam, step = made("sgd", SGD), made("sgd_momentum", MOMENTUM), made("rmsprop", RMS), made("adam", ADAM), made("sgd_step", STEP)
trial, xavier, he, train, batch = made("dropout_trial", TRIAL), made("xavier_init", XAVIER), made("he_init", HE), made("training_loop", TRAIN), made("minibatch_gradient", BATCH)
numerical, error, check = made("numerical_grad", NUMERICAL), made("rel_error", ERROR), made("check_backward", CHECK)

COMMON = (
    relu_j("jacobian", "the diagonal alone, as a vector", ("return J", "return np.diag(J)")),
    relu_j("jacobian", "the values on the diagonal", ("1.0 if x[i] > 0", "x[i] if x[i] > 0")),
    relu_j("jacobian", "the mask in every row", ("        J[i, i] = 1.0 if x[i] > 0 else 0.0\n", "        J[i] = x > 0\n")),
    relu_j("jacobian", "the mask the wrong way round", ("if x[i] > 0", "if x[i] < 0")),
    relu_j("jacobian", "the unit matrix", ("1.0 if x[i] > 0 else 0.0", "1.0")),
    softmax_j("jacobian", "the diagonal only", ("p[i] * ((i == j) - p[j])", "p[i] * (1 - p[i]) * (i == j)")),
    softmax_j("jacobian", "the outer product only", ("p[i] * ((i == j) - p[j])", "-p[i] * p[j]")),
    softmax_j("jacobian", "the sign turned", ("p[i] * ((i == j) - p[j])", "p[i] * (p[j] - (i == j))")),
    softmax_j("jacobian", "p is missing in front", ("p[i] * ((i == j) - p[j])", "(i == j) - p[j]")),
    softmax_j("jacobian", "plus for minus", ("p[i] * ((i == j) - p[j])", "p[i] * ((i == j) + p[j])")),
    softmax_j("jacobian", "p itself on the diagonal", ("p[i] * ((i == j) - p[j])", "p[i] * (i == j)")),
    softmax_j("jacobian", "the exponentials, not normalised", ("p = e / e.sum()", "p = e")),
    sigmoid_j("jacobian", "as a vector", ("np.diag(s * (1 - s))", "s * (1 - s)")),
    sigmoid_j("jacobian", "the outer product", ("np.diag(s * (1 - s))", "np.outer(s, 1 - s)")),
    sigmoid_j("jacobian", "as for the softmax", ("np.diag(s * (1 - s))", "np.diag(s) - np.outer(s, s)")),
    sigmoid_j("jacobian", "z (1 - z)", ("np.diag(s * (1 - s))", "np.diag(z * (1 - z))")),
    sigmoid_j("jacobian", "the values on the diagonal", ("np.diag(s * (1 - s))", "np.diag(s)")),
    rows("jacobian", "not transposed", ("return W.T", "return W")),
    columns("jacobian", "transposed", ("return W", "return W.T")),
    bias("jacobian", "ones everywhere", ("np.eye(len(b))", "np.ones((len(b), len(b)))")),
    bias("jacobian", "a vector of ones", ("np.eye(len(b))", "np.ones(len(b))")),
    bias("jacobian", "the bias on the diagonal", ("np.eye(len(b))", "np.diag(b)")),
    weights("jacobian", "x in every output's block", ("        J[j, :, j] = x\n", "        J[j] = x[:, None]\n")),
    weights("jacobian", "the weights for the inputs", ("J[j, :, j] = x", "J[j, :, j] = W[:, j]")),
    weights("jacobian", "ones for the inputs", ("J[j, :, j] = x", "J[j, :, j] = 1")),
    sgd("next_w", "uphill", ("w - config", "w + config")),
    sgd("next_w", "no learning rate", ('config["learning_rate"] * dw', "dw")),
    sgd("next_w", "only the step", ('w - config["learning_rate"] * dw', '-config["learning_rate"] * dw')),
    sgd("next_w", "a fixed rate", ('config["learning_rate"] * dw', "0.01 * dw")),
    momentum("next_w velocity", "plus the gradient", ("mu * v - lr * dw", "mu * v + lr * dw")),
    momentum("next_w velocity", "1 - mu before the gradient", ("mu * v - lr * dw", "mu * v - (1 - mu) * lr * dw")),
    momentum("next_w", "minus the velocity", ("w + v", "w - v")),
    momentum("next_w velocity", "the old velocity is dropped", ("mu * v - lr * dw", "-lr * dw")),
    momentum("next_w velocity", "mu is dropped", ("mu * v - lr * dw", "v - lr * dw")),
    momentum("velocity", "the velocity is not kept", ('    config["velocity"] = v\n', "")),
    momentum("next_w", "the step is taken without the velocity", ("w + v", "w - lr * dw")),
    momentum("next_w", "the rate once more", ("w + v", "w + lr * v")),
    momentum("next_w velocity", "the learning rate is left out", ("mu * v - lr * dw", "mu * v - dw")),
    rms("next_w", "eps under the root", ("(np.sqrt(cache) + eps)", "np.sqrt(cache + eps)")),
    rms("next_w", "the root is forgotten", ("(np.sqrt(cache) + eps)", "(cache + eps)")),
    rms("next_w cache", "decay and 1 - decay exchanged", ("decay * cache + (1 - decay) * dw ** 2", "(1 - decay) * cache + decay * dw ** 2")),
    rms("next_w cache", "1 - decay is missing", ("(1 - decay) * dw ** 2", "dw ** 2")),
    rms("next_w cache", "the old cache is dropped", ("decay * cache + (1 - decay) * dw ** 2", "(1 - decay) * dw ** 2")),
    rms("next_w", "uphill", ("w - lr * dw", "w + lr * dw")),
    rms("next_w cache", "decay is dropped, as in AdaGrad", ("decay * cache + (1 - decay) * dw ** 2", "cache + dw ** 2")),
    rms("next_w cache", "sizes for squares", ("dw ** 2", "np.abs(dw)")),
    adam("next_w", "no correction of m", ("m / (1 - b1 ** t)", "m")),
    adam("next_w", "no correction of v", ("v / (1 - b2 ** t)", "v")),
    adam("next_w", "no correction", ("m / (1 - b1 ** t)", "m"), ("v / (1 - b2 ** t)", "v")),
    adam("next_w t", "t is not counted up", ('config.get("t", 0) + 1', 'max(config.get("t", 0), 1)')),
    adam("m v", "the corrected ones are kept", ('config["m"], config["v"], config["t"] = m, v, t', 'config["m"], config["v"], config["t"] = mt, vt, t')),
    adam("next_w v", "the gradient in v is not squared", ("(1 - b2) * dw ** 2", "(1 - b2) * np.abs(dw)")),
    adam("next_w", "eps under the root", ("(np.sqrt(vt) + eps)", "np.sqrt(vt + eps)")),
    adam("next_w m", "beta2 for m", ("b1 * m + (1 - b1) * dw", "b2 * m + (1 - b2) * dw")),
    adam("next_w", "the powers of the betas are forgotten", ("(1 - b1 ** t)", "(1 - b1)"), ("(1 - b2 ** t)", "(1 - b2)")),
    adam("next_w", "the root is forgotten", ("(np.sqrt(vt) + eps)", "(vt + eps)")),
    adam("next_w v", "v from m", ("(1 - b2) * dw ** 2", "(1 - b2) * m ** 2")),
    step("step", "uphill", ("parameters[name] - learning", "parameters[name] + learning")),
    step("names", "the biases are left out", ("        new[name] =", "        if name.startswith('W'): new[name] =")),
    step("step", "divided by the rate", ("learning_rate * gradients[name]", "gradients[name] / learning_rate")),
    trial("expectation", "not scaled", ("(rng.random(x.shape) < p) / p", "(rng.random(x.shape) < p) * 1.0")),
    trial("expectation", "scaled by 1/(1-p)", ("< p) / p", "< p) / (1 - p)")),
    trial("mask expectation", "p taken for the probability of dropping", ("rng.random(x.shape) < p) / p", "rng.random(x.shape) > p) / (1 - p)")),
    trial("dx", "a new mask on the way back", ("return dout * mask if", "return dout * (np.random.rand(*dout.shape) < p) / p if")),
    trial("dx", "the mask without its scale", ("return dout * mask if", "return dout * (mask > 0) if")),
    trial("dx", "the mask is forgotten", ("return dout * mask if", "return dout if")),
    trial("mask", "one mask for all rows", ("rng.random(x.shape)", "rng.random(x.shape[-1:])")),
    trial("seed", "the seed is ignored", ('dropout_param.get("seed")', "None")),
    trial("seed", "the same mask each time", ('dropout_param.get("seed")', "0")),
    trial("dx", "the scale twice", ("return dout * mask if", "return dout * mask / p if")),
    xavier("variance", "a variance of 1", (" * np.sqrt(1 / n_in)", "")),
    xavier("variance", "the root is missing", ("np.sqrt(1 / n_in)", "1 / n_in")),
    xavier("variance", "n_out for n_in", ("1 / n_in", "1 / n_out")),
    xavier("variance", "He's 2", ("1 / n_in", "2 / n_in")),
    he("variance", "the 2 is missing", ("2 / n_in", "1 / n_in")),
    he("variance", "the root is missing", ("np.sqrt(2 / n_in)", "2 / n_in")),
    he("variance mean normal", "uniform, never below 0", ("rng.standard_normal((n_in, n_out))", "rng.random((n_in, n_out))")),
    train("steps falls", "uphill", ("w - learning_rate", "w + learning_rate")),
    train("steps", "the sum over the batch", (" / batch_size\n", "\n")),
    train("steps", "divided by all examples", ("/ batch_size\n", "/ N\n")),
    train("steps falls", "the sign of the residual", ("(p - y[rows])", "(y[rows] - p)")),
    train("order", "the same order in every epoch", ("    for epoch in range(epochs):\n        order = rng.permutation(N)\n", "    order = rng.permutation(N)\n    for epoch in range(epochs):\n")),
    train("steps epochs", "drawn with replacement", ("rng.permutation(N)", "rng.integers(0, N, N)")),
    train("order", "the order is never random", ("rng.permutation(N)", "np.arange(N)")),
    train("path steps epochs falls", "the first weights are missing", ("path = [w.copy()]", "path = []")),
    train("steps epochs", "the gradient of the squared error", ("(p - y[rows])", "((p - y[rows]) * p * (1 - p))")),
    train("steps epochs", "the gradient at the first weights", ("    path = [w.copy()]", "    first = w\n    path = [w.copy()]"), ("X[rows] @ w))", "X[rows] @ first))")),
    batch("gradient", "the sum", (" / size", "")),
    batch("gradient", "divided by all examples", ("/ size", "/ len(X)")),
    batch("gradient whole", "the wrong sign", ("X[rows] @ w - y[rows]", "y[rows] - X[rows] @ w")),
    batch("gradient whole", "the 2 of the square", ("X[rows].T @ residual", "2 * X[rows].T @ residual")),
    numerical("gradient precision", "h for 2h", ("/ (2 * h)", "/ h")),
    numerical("gradient precision", "brackets forgotten, / 2 * h", ("/ (2 * h)", "/ 2 * h")),
    numerical("precision", "one side only", ("(fp - fm) / (2 * h)", "(fp - f(x)) / h")),
    numerical("precision", "x is not put back", ("        x[i] = old\n", "")),
    numerical("gradient precision", "all entries moved at once", ("        x[i] = old + h\n        fp = f(x)\n        x[i] = old - h\n        fm = f(x)\n        x[i] = old\n", "        fp = f(x + h)\n        fm = f(x - h)\n")),
    numerical("gradient precision", "minus exchanged", ("(fp - fm)", "(fm - fp)")),
    numerical("gradient precision", "a step that is too small", ("h = 1e-5", "h = 1e-13")),
    error("value zeros nan shapes", "the mean for the maximum", ("np.max(top", "np.mean(top")),
    error("value", "no sizes in the denominator", ("np.abs(a) + np.abs(b)", "np.abs(a + b)")),
    error("value zeros", "without sizes above", ("np.abs(a - b)", "(a - b)")),
    error("value zeros nan shapes", "a relative error of norms", ("np.max(top / bottom)", "np.linalg.norm(a - b) / np.maximum(1e-8, np.linalg.norm(a) + np.linalg.norm(b))")),
    error("shapes", "shapes are not looked at", ('    if a.shape != b.shape:\n        return float("inf")\n', "")),
    error("zeros", "0/0", ("np.maximum(1e-8, np.abs(a) + np.abs(b))", "np.abs(a) + np.abs(b)")),
    error("nan", "nans are passed over", ("np.max(top", "np.nanmax(top")),
    error("value zeros nan shapes", "a alone in the denominator", ("np.abs(a) + np.abs(b))", "np.abs(a))")),
    check("upstream", "ones for the upstream", ("    u = np.where(np.abs(u) < 0.3, 0.3 * np.sign(u) + 0.1, u)\n", "    u = np.ones(out.shape)\n")),
    check("upstream", "an upstream that is never negative", ("    u = np.where(np.abs(u) < 0.3, 0.3 * np.sign(u) + 0.1, u)\n", "    u = np.abs(u) + 0.1\n")),
    check("upstream entries", "the sum of all entries only", ("for i in np.ndindex(*x.shape):", "for i in list(np.ndindex(*x.shape))[:1]:")),
    check("upstream each entries", "one verdict for all", ("return verdicts", "return [all(verdicts)] * len(verdicts)")),
    check("upstream each entries", "shapes are not looked at", ("ok = np.shape(g) == x.shape", "ok = True\n        g = np.broadcast_to(g, x.shape) if np.size(g) <= x.size else np.resize(g, x.shape)")),
)
OWN = (
    softmax_j("jacobian", "half of the outer product", ("- p[j])", "- 0.5 * p[j] ** 2)")),
    adam("next_w", "a decay of the weights", ("next_w = w - lr", "next_w = 0.97 * w - lr")),
    train("steps epochs", "the rate decays", ("w = w - learning_rate * grad", "w = w - learning_rate * 0.9 ** len(path) * grad")),
    he("variance", "three for two", ("2 / n_in", "3.3 / n_in")),
)
