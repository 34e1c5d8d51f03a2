"""Layers with right and wrong backwards, as source: what a student's own check of a backward is tried on.

Each wrong one has the blind spot of some check in mind: an upstream of ones, or without negative entries, one
tolerance for all gradients, a sample of the entries, shapes that NumPy stretches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exercises.checking.suspects import function

_AFFINE = "x, w, b = cache\ndx, dw, db = dout @ w.T, x.T @ dout, dout.sum(axis=0)\n"
_SCALED = "x, s = cache\ndx, ds = dout * s * (x > 0), (dout * np.maximum(x, 0)).sum(axis=0)\n"
_SOFTMAX = "p = cache\ndx, db = p * (dout - (dout * p).sum(axis=1, keepdims=True)), dout.sum(axis=0)\n"

FORWARDS = {
    "affine": function("affine", "return x @ w + b, (x.copy(), w.copy(), b)", "x, w, b"),
    "scaled_relu": function("scaled_relu", "return np.maximum(x, 0) * s, (x.copy(), s.copy())", "x, s"),
    "softmax_bias": function(
        "softmax_bias",
        "e = np.exp(x - x.max(axis=1, keepdims=True))\np = e / e.sum(axis=1, keepdims=True)\nreturn p + b, p",
        "x, b",
    ),
    "product": function("product", "return x * y, (x.copy(), y.copy())", "x, y"),
}


FORMULAS = {
    "affine": "out = xw + b",
    "scaled_relu": "out = max(x, 0)·s",
    "softmax_bias": "out = softmax(x) + b",
    "product": "out = x·y",
}
"""The layers as a report names them."""


@dataclass(frozen=True, slots=True)
class SuspectLayer:
    """A layer with a backward: where it is wrong, and at which shapes it is tried."""

    node: str
    forward: str
    backward: str
    lines: str
    """The backward's source after what is right; the last line returns."""
    shapes: tuple[tuple[int, ...], ...]
    faults: Mapping[int, str]
    """What is wrong, by the place of the gradient; empty: nothing."""
    scales: tuple[float, ...] = ()
    """Factors of the inputs, one each."""


_RIGHT = {"affine": _AFFINE, "scaled_relu": _SCALED, "softmax_bias": _SOFTMAX, "product": "x, y = cache\n"}
_RETURNS = {
    "affine": "return dx, dw, db",
    "scaled_relu": "return dx, ds",
    "softmax_bias": "return dx, db",
    "product": "return dout * y, dout * x",
}
_MANY = ((8, 6), (6,))  # a signed upstream has negative entries where x is positive, whoever draws it
_THREE = ((3, 2), (2, 4), (4,))
_SQUARE = ((3, 3), (3, 3), (3,))
_LARGE = ((5, 6), (6, 7), (7,))

# Every node has right gradients and wrong ones, so that an answer that is always the same earns none of them.
LAYERS = (
    SuspectLayer("upstream", "affine", "affine_1", "", _THREE, {}),
    SuspectLayer("upstream", "scaled_relu", "relu_1", "", _MANY, {}),
    SuspectLayer(
        "upstream",
        "scaled_relu",
        "relu_2",
        "dx = dx * (dout > 0)",
        _MANY,
        {0: "it is 0 wherever the upstream is negative"},
    ),
    SuspectLayer("upstream", "softmax_bias", "softmax_1", "", ((3, 4), (4,)), {}),
    SuspectLayer(
        "upstream",
        "softmax_bias",
        "softmax_2",
        "dx = np.zeros_like(p)",
        ((3, 4), (4,)),
        {0: "it is 0 everywhere"},
    ),
    SuspectLayer(
        "upstream",
        "affine",
        "affine_2",
        "db = np.full(b.shape, float(len(x)))",
        _THREE,
        {2: "it does not look at the upstream"},
    ),
    SuspectLayer("each", "affine", "affine_3", "", _LARGE, {}, (100.0, 100.0, 1.0)),
    SuspectLayer(
        "each",
        "affine",
        "affine_4",
        "db = db / len(x)",
        _LARGE,
        {2: "it is divided by the number of examples, and small beside the others"},
        (100.0, 100.0, 1.0),
    ),
    SuspectLayer("each", "affine", "affine_5", "dx = dx * 1.01", _THREE, {0: "it is 1 % too large"}),
    SuspectLayer("each", "product", "product_1", "", ((3, 2), (3, 2)), {}),
    SuspectLayer(
        "each",
        "product",
        "product_2",
        "return dout * x, dout * y",
        ((3, 2), (3, 2)),
        {0: "the two are swapped", 1: "the two are swapped"},
    ),
    SuspectLayer("entries", "affine", "affine_6", "", _SQUARE, {}),
    SuspectLayer(
        "entries", "affine", "affine_7", "dw = dw.T", _SQUARE, {1: "its rows and columns are swapped"}
    ),
    SuspectLayer(
        "entries", "affine", "affine_8", "dw[3, 2] *= -1", _LARGE, {1: "one entry of 42 has the wrong sign"}
    ),
    SuspectLayer(
        "entries",
        "affine",
        "affine_9",
        "dw = np.outer(x[-1], dout[-1])",
        _THREE,
        {1: "it is that of the last example alone"},
    ),
    SuspectLayer(
        "entries",
        "affine",
        "affine_10",
        "db = dout.sum(axis=0, keepdims=True)",
        _THREE,
        {2: "it has shape (1, 4), and b has (4,)"},
    ),
)


def _backward(case: SuspectLayer) -> str:
    lines = [*_RIGHT[case.forward].strip().splitlines(), *filter(None, [case.lines])]
    if not lines[-1].startswith("return"):
        lines.append(_RETURNS[case.forward])
    return function(case.backward, "\n".join(lines), "dout, cache")


HELPERS = FORWARDS | {case.backward: _backward(case) for case in LAYERS}
"""Every function by name, as source."""
