# ruff: noqa: RUF059 - students unpack a whole cache and wrap a call in a lambda
"""Right backwards at inputs where difference quotients are poor: oscillation, cancellation, extreme scales."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed


def sine(x):
    return np.sin(x), x


def fast_sine(x):
    return np.sin(1e4 * x), x


def power(x):
    """x**10."""
    return x**10, x


def smoothed_abs(x):
    """sqrt(x^2 + 1e-12): smooth, curvature 1e6 at 0."""
    r = np.sqrt(x**2 + 1e-12)
    return r, (x, r)


def bump(x):
    """A Gaussian of width 1e-4 on a slope of 1."""
    e = np.exp(-((x / 1e-4) ** 2))
    return x + 1e-4 * e, (x, e)


def offset(x):
    """A large constant in the output: f + 1e8."""
    return np.sin(x) + 1e8, x


def cancelling(x, y):
    """x^2 - y^2 where x and y agree to six digits."""
    return x**2 - y**2, (x, y)


def telescoping(x):
    """Sum over a row of +1e6 x - 1e6 x + x, term by term."""
    return np.sum((1e6 * x - 1e6 * x) + x, axis=1), x.shape


def mixed(x, y, z):
    """Three inputs whose gradients differ by 1e10."""
    return 1e6 * np.sin(x) * np.cos(1e-5 * y) + z, (x, y, z)


def logistic_sum(x):
    """A scalar of 2000 inputs."""
    s = 0.5 * (1 + np.tanh(0.5 * x))
    return np.sum(s), s


def step_plateau(x):
    """x^3 for x > 0, else 0: twice differentiable at 0."""
    return np.where(x > 0, x**3, 0 * x), x


def huber(x):
    """Quadratic within 1, linear beyond: a kink in the second derivative."""
    small = np.abs(x) <= 1
    return np.where(small, 0.5 * x**2, np.abs(x) - 0.5), x


def gaussian_tail(x):
    e = np.exp(-(x**2) / 2)
    return e, (x, e)


def single(rng):
    return (signed(rng, 3, 4).astype(np.float32),)


def draw(rng):
    return (signed(rng, 3, 4),)


def mild(rng):
    return (rng.permuted(np.linspace(-1.9, 1.8, 12)).reshape(3, 4),)


SINE = Layer("sine", sine, ("x",), draw)
FAST = Layer("sine of 1e4 x", fast_sine, ("x",), draw)
POWER = Layer("tenth power", power, ("x",), lambda rng: (10 * signed(rng, 3, 4),))
SMOOTHED = Layer("smoothed abs", smoothed_abs, ("x",), lambda rng: (1e-5 * signed(rng, 3, 4),))
BUMP = Layer("narrow bump", bump, ("x",), lambda rng: (1e-4 * signed(rng, 3, 4),))
OFFSET = Layer("sine + 1e8", offset, ("x",), draw)
CANCEL = Layer("difference of squares", cancelling, ("x", "y"), lambda rng: near(rng, 1e-6))
TELESCOPE = Layer("cancelling terms", telescoping, ("x",), draw)
MIXED = Layer("mixed scales", mixed, ("x", "y", "z"), lambda rng: tuple(signed(rng, 3, 4) for _ in range(3)))
LOGISTIC = Layer("sum of 2000 sigmoids", logistic_sum, ("x",), lambda rng: (signed(rng, 40, 50),))
PLATEAU = Layer("cubic on one side", step_plateau, ("x",), draw)
HUBER = Layer("huber", huber, ("x",), mild)
TAIL = Layer("gaussian tail", gaussian_tail, ("x",), lambda rng: (rng.uniform(8, 12, (3, 4)),))


def near(rng, distance):
    x = signed(rng, 3, 4)
    return x, x + distance * signed(rng, 3, 4)


def sine_right(dout, x):
    return dout * np.cos(x)


def power_right(dout, x):
    return 10 * dout * x**9


def huber_right(dout, x):
    return dout * np.clip(x, -1, 1)


def mixed_right(dout, cache):
    x, y, z = cache
    dx = dout * 1e6 * np.cos(x) * np.cos(1e-5 * y)
    dy = -dout * np.sin(x) * 10 * np.sin(1e-5 * y)
    return dx, dy, dout


RIGHT = (
    SINE.right("plain", sine_right, "the control"),
    SINE.right(
        "arguments about 1e8",
        sine_right,
        "a step relative to x spans many periods",
        draw=lambda r: (1e8 * signed(r, 3, 4),),
    ),
    SINE.right(
        "arguments about 1e-6", sine_right, "linear to the last bit", draw=lambda r: (1e-6 * signed(r, 3, 4),)
    ),
    SINE.right("three axes of length 1", sine_right, "(1, 1, 1)", draw=lambda rng: (signed(rng, 1, 1, 1),)),
    SINE.right("five axes", sine_right, "(2, 1, 3, 1, 2)", draw=lambda rng: (signed(rng, 2, 1, 3, 1, 2),)),
    SINE.right(
        "read-only input", sine_right, "may not be written to", draw=lambda rng: (frozen(signed(rng, 3, 4)),)
    ),
    SINE.right(
        "strided input",
        sine_right,
        "every second column of a larger array",
        draw=lambda rng: (signed(rng, 3, 8)[:, ::2],),
    ),
    SINE.right("float32", sine_right, "noise of float32", draw=single),
    SINE.right(
        "float32 about 1e3",
        sine_right,
        "x itself has an error of 3e-5",
        draw=lambda r: (1000 * single(r)[0],),
    ),
    FAST.right("plain", lambda d, x: 1e4 * d * np.cos(1e4 * x), "period 6e-4"),
    POWER.right("plain", power_right, "values up to 1e12, gradients from 1e5"),
    SMOOTHED.right("plain", lambda d, c: d * c[0] / c[1], "looks like a kink to any step above 1e-6"),
    BUMP.right("plain", lambda d, c: d * (1 - 2e4 * c[0] * c[1]), "a step above 1e-4 sees only the slope"),
    OFFSET.right("plain", sine_right, "the output's last digit is 1e-8"),
    CANCEL.right("plain", lambda d, c: (2 * d * c[0], -2 * d * c[1]), "outputs of 1e-6 from terms of 1"),
    TELESCOPE.right(
        "plain", lambda d, s: np.repeat(d[:, None], s[1], axis=1), "rounding of 1e-10 in the forward"
    ),
    MIXED.right("plain", mixed_right, "dy is 1e-10 of dx: near the rounding of the output"),
    LOGISTIC.right("plain", lambda d, s: d * s * (1 - s), "each entry a 1000th of the output"),
    PLATEAU.right("plain", lambda d, x: 3 * d * np.maximum(x, 0) ** 2, "exact zeros beside a cubic"),
    PLATEAU.right(
        "at 0",
        lambda d, x: 3 * d * np.maximum(x, 0) ** 2,
        "differentiable there",
        draw=lambda r: (signed(r, 3, 4) * (r.permutation(12).reshape(3, 4) > 3),),
    ),
    HUBER.right(
        "plain",
        huber_right,
        "piecewise, no kink in f'",
    ),
    HUBER.right(
        "at the seam",
        huber_right,
        "f' is continuous, f'' is not",
        smooth=False,
        draw=lambda r: (np.sign(signed(r, 3, 4)),),
    ),
    TAIL.right("plain", lambda d, c: -d * c[0] * c[1], "gradients of 1e-13 to 1e-30"),
)


def frozen(x):
    x.flags.writeable = False
    return x


def unit(g):
    return g / np.sqrt(np.sum(g**2))


def two_exchanged(dout, x):
    dx = dout * np.cos(x)
    dx[0, 0], dx[0, 1] = dx[0, 1], dx[0, 0]
    return dx


WRONG = (
    SINE.wrong(
        "sign of the cosine at 1e8",
        "x",
        lambda d, x: -d * np.cos(x),
        "as d cos",
        draw=lambda r: (1e8 * signed(r, 3, 4),),
    ),
    SINE.wrong(
        "cosine where cos > 0",
        "x",
        lambda d, x: d * np.abs(np.cos(x)),
        "|cos|",
        draw=lambda r: (3 * signed(r, 5, 6),),
    ),
    FAST.wrong("inner factor missing", "x", lambda d, x: d * np.cos(1e4 * x), "1e4 forgotten"),
    OFFSET.wrong(
        "1.001 times", "x", lambda d, x: 1.001 * d * np.cos(x), "a near miss under an output noise of 1e-8"
    ),
    SMOOTHED.wrong(
        "sign",
        "x",
        lambda d, c: d * np.sign(c[0]),
        "as abs: 1 - 5e-3 at most",
        draw=lambda r: (1e-6 * signed(r, 3, 4),),
    ),
    BUMP.wrong("bump ignored", "x", lambda d, c: d, "right to any coarse step"),
    POWER.wrong("x**10", "x", lambda d, x: 10 * d * x**10, "power not lowered"),
    TAIL.wrong("zero", "x", lambda d, c: 0 * d, "below any absolute tolerance"),
    LOGISTIC.wrong(
        "one entry of 2000 doubled",
        "x",
        lambda d, s: d * s * (1 - s) * np.where(np.arange(2000).reshape(40, 50) == 777, 2, 1),
        "norms drown it",
    ),
    MIXED.wrong("dz doubled", "z", lambda d, c: (*mixed_right(d, c)[:2], 2 * d), "a millionth of dx"),
    HUBER.wrong("not clipped", "x", lambda d, x: d * x, "right within 1"),
    CANCEL.wrong("dy sign", "y", lambda d, c: (2 * d * c[0], 2 * d * c[1]), "x^2 + y^2"),
    SINE.wrong("two entries exchanged", "x", two_exchanged, "the sum and the norm are right"),
    SINE.wrong("rows reversed", "x", lambda d, x: (d * np.cos(x))[::-1], "the same numbers in other places"),
    SINE.wrong(
        "clipped", "x", lambda d, x: np.clip(d * np.cos(x), -0.3, 0.3), "gradient clipping in the layer"
    ),
    SINE.wrong("of unit length", "x", lambda d, x: unit(d * np.cos(x)), "normalised: the direction is right"),
    SINE.wrong("rounded to 2 decimals", "x", lambda d, x: np.round(d * np.cos(x), 2), "5e-3 at most"),
    SINE.wrong("dout |dout|", "x", lambda d, x: d * np.abs(d) * np.cos(x), "not linear in dout"),
    SINE.wrong(
        "dout over its maximum", "x", lambda d, x: d / np.max(d) * np.cos(x), "right where max dout = 1"
    ),
    SINE.wrong("mean of dout", "x", lambda d, x: np.mean(d) * np.cos(x), "right for a constant upstream"),
    SINE.wrong(
        "float32, 1.01 times", "x", lambda d, x: d * np.cos(x) * x.dtype.type(1.01), "float32", draw=single
    ),
    SINE.wrong("float32, mask on dout", "x", lambda d, x: d * (d > 0) * np.cos(x), "float32", draw=single),
    SINE.wrong(
        "float32, one entry zero",
        "x",
        lambda d, x: d * np.cos(x) * (np.arange(12) != 7).reshape(3, 4),
        "float32",
        draw=single,
    ),
)
