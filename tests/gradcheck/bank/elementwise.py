"""Gates: add, multiply, maximum, scale, shift, reciprocal, exp, log, square, divide, sqrt, abs, cube."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, positive, signed


def add(x, y):
    return x + y, None


def multiply(x, y):
    return x * y, (x, y)


def maximum(x, y):
    return np.maximum(x, y), (x, y)


def scale(x):
    return -3.5 * x, None


def shift(x):
    return x - 5.0, x


def reciprocal(x):
    out = 1 / x
    return out, (x, out)


def exp(x):
    out = np.exp(x)
    return out, (x, out)


def log(x):
    out = np.log(x)
    return out, (x, out)


def square(x):
    out = x**2
    return out, (x, out)


def divide(x, y):
    return x / y, (x, y)


def sqrt(x):
    out = np.sqrt(x)
    return out, (x, out)


def absolute(x):
    return np.abs(x), x


def cube(x):
    return x**3, x


def rsqrt(x):
    return x**-0.5, x


def draw_one(rng):
    return (signed(rng, 3, 5),)


def draw_two(rng):
    return signed(rng, 3, 5), signed(rng, 3, 5)


def draw_apart(rng):
    x = signed(rng, 3, 5)
    return x, x + 0.5 * np.sign(signed(rng, 3, 5))


def draw_positive(rng):
    return (positive(rng, 3, 5),)


ADD = Layer("add", add, ("x", "y"), draw_two)
MULTIPLY = Layer("multiply", multiply, ("x", "y"), draw_two)
MAXIMUM = Layer("max gate", maximum, ("x", "y"), draw_apart)
SCALE = Layer("scale", scale, ("x",), draw_one)
SHIFT = Layer("shift", shift, ("x",), draw_one)
RECIPROCAL = Layer("reciprocal", reciprocal, ("x",), draw_one)
EXP = Layer("exp", exp, ("x",), draw_one)
LOG = Layer("log", log, ("x",), draw_positive)
SQUARE = Layer("square", square, ("x",), draw_one)
DIVIDE = Layer("divide", divide, ("x", "y"), draw_two)
SQRT = Layer("sqrt", sqrt, ("x",), draw_positive)
ABS = Layer("abs", absolute, ("x",), draw_one)
CUBE = Layer("cube", cube, ("x",), draw_one)
RSQRT = Layer("rsqrt", rsqrt, ("x",), draw_positive)


def multiply_last_row_lost(dout, cache):
    x, y = cache
    dx, dy = np.zeros(x.shape), np.zeros(y.shape)
    for i in range(x.shape[0] - 1):
        dx[i] = dout[i] * y[i]
        dy[i] = dout[i] * x[i]
    return dx, dy


def multiply_half_precision(dout, cache):
    x, y = cache
    return (dout * y).astype(np.float16).astype(np.float64), dout * x


def exp_one_entry_zero(dout, cache):
    _, out = cache
    dx = dout * out
    dx[-1, -1] = 0
    return dx


def max_winner_by_sum(dout, cache):
    x, y = cache
    if x.sum() > y.sum():
        return dout, np.zeros_like(dout)
    return np.zeros_like(dout), dout


WRONG = (
    ADD.wrong("doubles the upstream", "x y", lambda dout, _: (dout * 2, dout * 2), "a path counted twice"),
    ADD.wrong(
        "halves the upstream", "x y", lambda dout, _: (dout / 2, dout / 2), "shares dout out among inputs"
    ),
    ADD.wrong("dy negated", "y", lambda dout, _: (dout, -dout), "the sign of a subtraction"),
    ADD.wrong("second path lost", "y", lambda dout, _: (dout, np.zeros_like(dout)), "only one path goes on"),
    ADD.wrong(
        "ignores dout", "x y", lambda dout, _: (np.ones_like(dout), np.ones_like(dout)), "local gradient only"
    ),
    MULTIPLY.wrong(
        "not swapped", "x y", lambda dout, c: (dout * c[0], dout * c[1]), "own value, not the other's"
    ),
    MULTIPLY.wrong("dx is dout", "x", lambda dout, c: (dout, dout * c[0]), "treats it as an add gate"),
    MULTIPLY.wrong(
        "ignores dout", "x y", lambda dout, c: (c[1], c[0]), "local gradient without the upstream"
    ),
    MULTIPLY.wrong("dx 1.001 times", "x", lambda dout, c: (1.001 * dout * c[1], dout * c[0]), "a near miss"),
    MULTIPLY.wrong("dy 0.999 times", "y", lambda dout, c: (dout * c[1], 0.999 * dout * c[0]), "a near miss"),
    MULTIPLY.wrong("last row never visited", "x y", multiply_last_row_lost, "range(N - 1)"),
    MULTIPLY.wrong(
        "dx of |y|", "x", lambda dout, c: (dout * np.abs(c[1]), dout * c[0]), "wrong only where y is negative"
    ),
    MULTIPLY.wrong(
        "dx rounded to float16",
        "x",
        multiply_half_precision,
        "relative error 5e-4 at most: only the bound of a float64 computation shows it",
    ),
    MAXIMUM.wrong("sends to both", "x y", lambda dout, c: (dout, dout), "routes like an add gate"),
    MAXIMUM.wrong(
        "sends to the smaller",
        "x y",
        lambda dout, c: (dout * (c[0] < c[1]), dout * (c[0] > c[1])),
        "mask reversed",
    ),
    MAXIMUM.wrong(
        "compares with 0",
        "x y",
        lambda dout, c: (dout * (c[0] > 0), dout * (c[1] > 0)),
        "mask copied from ReLU",
    ),
    MAXIMUM.wrong("one winner for the whole array", "x y", max_winner_by_sum, "if instead of a mask"),
    MAXIMUM.wrong(
        "multiplies by the winner",
        "x y",
        lambda dout, c: (dout * c[0] * (c[0] > c[1]), dout * c[1] * (c[1] > c[0])),
        "the value where the indicator belongs",
    ),
    SCALE.wrong("factor missing", "x", lambda dout, _: dout, "d(ax)/dx taken as 1"),
    SCALE.wrong(
        "divides by the factor", "x", lambda dout, _: dout / -3.5, "inverts the map, not its gradient"
    ),
    SCALE.wrong("sign of the factor", "x", lambda dout, _: 3.5 * dout, "minus forgotten"),
    SHIFT.wrong(
        "subtracts the constant again", "x", lambda dout, x: dout - 5.0, "backward as the same operation"
    ),
    SHIFT.wrong("multiplies by x", "x", lambda dout, x: dout * x, "shift taken for a product"),
    SHIFT.wrong("zero", "x", lambda dout, x: np.zeros_like(x), "the derivative of the constant"),
    RECIPROCAL.wrong("sign missing", "x", lambda dout, c: dout / c[0] ** 2, "minus forgotten"),
    RECIPROCAL.wrong("not squared", "x", lambda dout, c: -dout * c[1], "-1/x"),
    RECIPROCAL.wrong(
        "of the output", "x", lambda dout, c: -dout / c[1] ** 2, "at the already computed value"
    ),
    RECIPROCAL.wrong(
        "sign wrong where x < 0",
        "x",
        lambda dout, c: -dout / (c[0] * np.abs(c[0])),
        "right on positive inputs",
    ),
    EXP.wrong("power rule", "x", lambda dout, c: dout * c[0] * np.exp(c[0] - 1), "x exp(x - 1)"),
    EXP.wrong(
        "exp of the output", "x", lambda dout, c: dout * np.exp(c[1]), "at the already activated value"
    ),
    EXP.wrong("factor missing", "x", lambda dout, c: dout, "no local derivative"),
    EXP.wrong("derivative of dout", "x", lambda dout, c: np.exp(dout), "derivative applied to the upstream"),
    EXP.wrong("last entry zero", "x", exp_one_entry_zero, "one entry in a corner"),
    LOG.wrong(
        "divides by the output", "x", lambda dout, c: dout / (c[1] + 10), "1/log(x), shifted away from 0"
    ),
    LOG.wrong("multiplies", "x", lambda dout, c: dout * c[0], "x instead of 1/x"),
    LOG.wrong("ignores dout", "x", lambda dout, c: 1 / c[0], "local gradient only"),
    LOG.wrong(
        "epsilon only in the backward",
        "x",
        lambda dout, c: dout / (c[0] + 1e-5),
        "1e-2 off at the small entries, invisible at the large ones",
        draw=lambda rng: (10.0 ** rng.permuted(np.linspace(-3, 0, 12)).reshape(3, 4),),
    ),
    SQUARE.wrong("factor 2 missing", "x", lambda dout, c: dout * c[0], "x"),
    SQUARE.wrong(
        "2 times the output", "x", lambda dout, c: 2 * dout * c[1], "at the already activated value"
    ),
    SQUARE.wrong("2 |x|", "x", lambda dout, c: 2 * dout * np.sqrt(c[1]), "wrong only where x is negative"),
    SQUARE.wrong("power not lowered", "x", lambda dout, c: 2 * dout * c[0] ** 2, "n x^n"),
    DIVIDE.wrong("dy sign", "y", lambda dout, c: (dout / c[1], dout * c[0] / c[1] ** 2), "minus forgotten"),
    DIVIDE.wrong("dy not squared", "y", lambda dout, c: (dout / c[1], -dout * c[0] / c[1]), "1/y"),
    DIVIDE.wrong(
        "dx multiplied", "x", lambda dout, c: (dout * c[1], -dout * c[0] / c[1] ** 2), "as multiply"
    ),
    DIVIDE.wrong(
        "gradients in the wrong order",
        "x y",
        lambda dout, c: (-dout * c[0] / c[1] ** 2, dout / c[1]),
        "dy, dx: the same shapes, so that nothing else shows it",
    ),
    SQRT.wrong("not inverted", "x", lambda dout, c: 0.5 * dout * c[1], "sqrt(x) / 2"),
    SQRT.wrong("half missing", "x", lambda dout, c: dout / c[1], "1 / sqrt(x)"),
    ABS.wrong("sign ignored", "x", lambda dout, x: dout, "right where x is positive"),
    ABS.wrong("sign of the upstream", "x", lambda dout, x: np.abs(dout), "abs applied to dout"),
    CUBE.wrong("power not lowered", "x", lambda dout, x: 3 * dout * x**3, "3 x^3"),
    CUBE.wrong("not squared", "x", lambda dout, x: 3 * dout * x, "3 x"),
    RSQRT.wrong("precedence of **-3/2", "x", lambda dout, x: -0.5 * dout * x**-3 / 2, "x**-3/2 is (x**-3)/2"),
    RSQRT.wrong("power raised", "x", lambda dout, x: -0.5 * dout * x**0.5, "-1/2 + 1"),
)


RIGHT = (
    ADD.right("aliased gradients", lambda dout, _: (dout, dout), "return dout, dout: aliases are legal"),
    MULTIPLY.right("plain", lambda dout, c: (dout * c[1], dout * c[0]), "the control"),
    MULTIPLY.right("a list", lambda dout, c: [dout * c[1], dout * c[0]], "a list is as good as a tuple"),
    MAXIMUM.right("mask", lambda dout, c: (dout * (c[0] >= c[1]), dout * (c[0] < c[1])), "exact zeros in it"),
    MAXIMUM.right(
        "ties, first wins",
        lambda dout, c: (dout * (c[0] >= c[1]), dout * (c[0] < c[1])),
        "a subgradient at each tie",
        smooth=False,
        draw=lambda rng: (rng.integers(-2, 3, (4, 5)) / 2, np.zeros((4, 5))),
    ),
    RECIPROCAL.right("plain", lambda dout, c: -dout * c[1] ** 2, "from the output"),
    RECIPROCAL.right(
        "near 0",
        lambda dout, c: -dout / c[0] ** 2,
        "gradients of 1e8: a step relative to 1 crosses the pole",
        draw=lambda rng: (1e-4 * signed(rng, 3, 4),),
    ),
    EXP.right("plain", lambda dout, c: dout * c[1], "the control"),
    EXP.right(
        "exp(20) beside exp(-20)",
        lambda dout, c: dout * c[1],
        "17 orders of magnitude in one tensor",
        draw=lambda rng: (rng.permuted(np.linspace(-20, 20, 12)).reshape(3, 4),),
    ),
    LOG.right(
        "near 0",
        lambda dout, c: dout / c[0],
        "x about 1e-5: a step of 1e-5 leaves the domain",
        draw=lambda rng: (1e-5 * positive(rng, 3, 4),),
    ),
    SQUARE.right(
        "of numbers about 1e6",
        lambda dout, c: 2 * dout * c[0],
        "an absolute step is lost in rounding",
        draw=lambda rng: (1e6 * signed(rng, 3, 4),),
    ),
    SQUARE.right(
        "of numbers about 1e-6",
        lambda dout, c: 2 * dout * c[0],
        "gradients of 1e-6 are judged on their own scale",
        draw=lambda rng: (1e-6 * signed(rng, 3, 4),),
    ),
    SQUARE.right(
        "float32",
        lambda dout, c: 2 * dout * c[0],
        "the noise is that of float32",
        draw=lambda rng: (signed(rng, 3, 4).astype(np.float32),),
    ),
    DIVIDE.right("plain", lambda dout, c: (dout / c[1], -dout * c[0] / c[1] ** 2), "the control"),
    ABS.right("sign", lambda dout, x: dout * np.sign(x), "not differentiable at 0 only"),
    ABS.right(
        "at 0",
        lambda dout, x: dout * np.sign(x),
        "0 at the kink: a subgradient",
        smooth=False,
        draw=lambda rng: (np.array([[0.0, 1.5, -2.0], [0.0, 0.25, 0.0]]) * rng.uniform(1, 2, (2, 3)),),
    ),
    CUBE.right(
        "a Python float",
        lambda dout, x: 3.0 * float(dout) * x**2,
        "float in, float out: no .shape",
        draw=lambda rng: (float(rng.uniform(0.5, 1.5)),),
    ),
    CUBE.right(
        "a 0-d array",
        lambda dout, x: 3 * dout * x**2,
        "numpy returns a scalar, not a 0-d array",
        draw=lambda rng: (np.array(rng.uniform(0.5, 1.5)),),
    ),
    CUBE.right(
        "zero inputs",
        lambda dout, x: 3 * dout * x**2,
        "the gradient is exactly 0 and a step relative to x is 0",
        draw=lambda rng: (np.zeros((3, 4)),),
    ),
    RSQRT.right("plain", lambda dout, x: -0.5 * dout * x**-1.5, "the control"),
)
