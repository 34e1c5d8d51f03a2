"""The way back through activations, in formulas: see `grader.diagnosis.worked`."""

from __future__ import annotations

from reference.smooth_activations import CUBIC, ROOT

RELU = ("dx = dout * (x > 0)",)

LEAKY_RELU = ("dx = where(x > 0, dout, a * dout)", "slope = where(x > 0, 1, a)\ndx = dout * slope")

ELU = (
    "slope = where(x > 0, 1, a * exp(least(x, 0)))\ndx = dout * slope",
    "slope = where(x > 0, 1, out + a)\ndx = dout * slope",
)

SOFTPLUS = ("dx = dout * σ(x)", "dx = dout * exp(x) / (1 + exp(x))", "dx = dout / (1 + exp(-x))")

PRELU = (
    "dx = where(x > 0, dout, a * dout)\nda = sum(where(x > 0, 0, x * dout), 0)",
    "dx = dout * where(x > 0, 1, a)\nda = sum(dout * x * (x < 0), 0)",
)

GELU = (
    f"""
    root = {ROOT!r}
    u = root * (x + {CUBIC} * x ** 3)
    t = tanh(u)
    ---
    gate = 0.5 * (1 + t)
    slope_of_tanh = 1 - tanh(u) ** 2
    slope_of_u = root * (1 + 3 * {CUBIC} * x ** 2)
    dx = dout * (gate + 0.5 * x * slope_of_tanh * slope_of_u)
    """,
    f"""
    root = {ROOT!r}
    u = root * (x + {CUBIC} * x ** 3)
    ---
    t = tanh(u)
    dx = dout * 0.5 * (1 + t) + dout * 0.5 * x * (1 - t ** 2) * (root + 3 * root * {CUBIC} * x ** 2)
    """,
)

SIGMOID = (
    "dx = dout * out * (1 - out)",
    "dx = dout * σ(x) * (1 - σ(x))",
    "dx = dout * (out - out ** 2)",
    "dx = dout * exp(-x) / (1 + exp(-x)) ** 2",
)

TANH = (
    "dx = dout * (1 - out ** 2)",
    "dx = dout * (1 - out * out)",
    "dx = dout * (1 - tanh(x) ** 2)",
    "dx = dout / cosh(x) ** 2",
)
