"""The way back through losses, in formulas, as courses write them: see `grader.diagnosis.worked`."""

from __future__ import annotations

_SOFTMAX = """
    e = exp({x} - largest({x}, 1))
    p = e / total(e, 1)
    {ds} = (p - onehot(y, {x})) / N
    """
_THROUGH_LOG = """
    e = exp({x} - largest({x}, 1))
    p = e / total(e, 1)
    dp = -onehot(y, {x}) / p / N
    {ds} = p * (dp - total(dp * p, 1))
    """
_MARGINS = """
    score_of_right = total(right * {x}, 1)
    margins = {x} - score_of_right + 1
    violated = (margins > 0) * (1 - right)
    count = total(violated, 1)
    {ds} = (violated - count * right) / N
    """
_SCORES = "N = rows(x)\nC = columns(x)\nright = onehot(y, x)\n---\n"
_WEIGHTS = "N = rows(X)\nS = X @ W\nC = columns(S)\nright = onehot(y, S)\n---\n"
_DW = "dW = T(X) @ dS + 2 * reg * W"

SOFTMAX_LOSS = tuple(_SCORES + form.format(x="x", ds="dx") for form in (_SOFTMAX, _THROUGH_LOG))
SVM_LOSS = (_SCORES + _MARGINS.format(x="x", ds="dx"),)
SOFTMAX_WEIGHTS = tuple(_WEIGHTS + form.format(x="S", ds="dS") + _DW for form in (_SOFTMAX, _THROUGH_LOG))
SVM_WEIGHTS = (_WEIGHTS + _MARGINS.format(x="S", ds="dS") + _DW,)

BCE = (
    "dout = dloss\nM = entries(x)\nN = rows(x)\n---\np = σ(x)\ndx = dout * (p - y) / M",
    "dout = dloss\nM = entries(x)\np = σ(x)\n---\ndx = dout * ((1 - y) * p - y * (1 - p)) / M",
    """
    dout = dloss
    M = entries(x)
    p = σ(x)
    ---
    dp = -y / p + (1 - y) / (1 - p)
    slope = p * (1 - p)
    dx = dout * dp * slope / M
    """,
)

SQUARED_ERROR = ("dout = de\n---\ndh = dout * 2 * (h - y)", "dout = de\n---\ndh = dout * -2 * (y - h)")
HALF_SQUARED_ERROR = ("dout = de\n---\nda = dout * (a - y)", "dout = de\n---\nda = dout * -1 * (y - a)")
L2_PENALTY = ("dw = dout * 2 * lam * w",)
FULL_LOSS = (
    """
    dout = dL
    N = rows(losses)
    ---
    dlosses = dout * ones(losses) / N
    dW1 = dout * 2 * lam * W1
    dW2 = dout * 2 * lam * W2
    """,
)
