"""Right solutions of the exercises on checking and on slides' mistakes, as students of such courses write them."""

# Students write old-fashioned NumPy, unpack what they do not use and name what they return.
# ruff: noqa: NPY002, B905

import numpy as np


def rel_error(a, b):
    if a.shape != b.shape:
        return float("inf")
    with np.errstate(invalid="ignore"):  # inf/inf
        return np.max(np.abs(a - b) / (np.maximum(1e-8, np.abs(a) + np.abs(b))))


def _numeric(f, x, h=1e-5):
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        pos = f(x)
        x[ix] = old - h
        neg = f(x)
        x[ix] = old
        grad[ix] = (pos - neg) / (2 * h)
        it.iternext()
    return grad


def check_gradient(f, df, x):
    analytic = np.array(df(x))
    numeric = _numeric(f, x)
    if analytic.shape != numeric.shape:
        return False
    # numbers below 1e-6 may be rounding of f
    return np.allclose(analytic, numeric, rtol=1e-3, atol=1e-6)


def check_backward(forward, backward, inputs):
    out, cache = forward(*inputs)
    dout = np.random.randn(*out.shape)
    grads = backward(dout, cache)
    verdicts = []
    for x, dx in zip(inputs, grads):
        num = _numeric(lambda _: np.sum(forward(*inputs)[0] * dout), x)
        verdicts.append(dx.shape == num.shape and bool(np.allclose(dx, num, rtol=1e-3, atol=1e-6)))
    return verdicts


def bias_counterexample():
    return [0.5, 0.5, 0.5], [1, 1, 3]


bias_wrong_node = "dw"


def bias_mended_backward(df, w, x):
    s = np.dot(w, x)
    sig = 1 / (1 + np.exp(-s))
    return x * (sig * (1 - sig) * df)


def recap_counterexample():
    return 1.0, 1.0, 0.0, 0.5, 2.0, 1.0


recap_wrong_node = "dw2"


def recap_mended_backward(dL, w1, w2, w3, b, x, y):
    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    f1 = sigmoid(w1 * x + b)
    f2 = sigmoid(w2 * f1)
    f3 = sigmoid(w3 * f2)
    df3 = -(y - f3) * dL
    dw3 = df3 * f3 * (1 - f3) * f2
    df2 = df3 * f3 * (1 - f3) * w3
    dw2 = df2 * f2 * (1 - f2) * f1
    df1 = df2 * f2 * (1 - f2) * w2
    db = df1 * f1 * (1 - f1)
    return db * x, dw2, dw3, db
