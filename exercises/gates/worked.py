"""The way back through gates, in formulas: see `grader.diagnosis.worked`."""

from __future__ import annotations

ADD = ("dx = dout\ndy = dout",)
MULTIPLY = ("dx = dout * y\ndy = dout * x",)
MAX = (
    "dx = dout * (x > y)\ndy = dout * (y > x)",
    "dx = where(x > y, dout, 0)\ndy = where(x > y, 0, dout)",
)
EXP = ("dx = dout * exp(x)", "dx = dout * out")
RECIPROCAL = ("dx = -dout / x ** 2", "dx = -dout * out ** 2", "dx = -1 * dout * x ** -2")
COPY = ("dx = dout1 + dout2",)
SCALE = ("dx = a * dout",)
SHIFT = ("dx = dout",)
