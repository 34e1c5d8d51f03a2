# ruff: noqa: PLW0108 - students unpack a whole cache and wrap a call in a lambda
"""Broadcasting, reductions, reshape, transpose, concatenation, padding, cumulative sums."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed, spread


def add_row(x, b):
    """x (N, D), b (D,)."""
    return x + b, None


def mul_row(x, g):
    """x (N, D), g (D,)."""
    return x * g, (x, g)


def add_column(x, c):
    """x (N, D), c (N, 1)."""
    return x + c, None


def mul_scalar(x, s):
    """x (N, D), s a 0-d array or a float."""
    return x * s, (x, s)


def outer(u, v):
    """u (N, 1), v (1, M) -> (N, M)."""
    return u * v, (u, v)


def sum_rows(x):
    return np.sum(x, axis=0), x.shape


def mean_rows(x):
    return np.mean(x, axis=0), x.shape


def mean_all(x):
    return np.mean(x), x.shape


def max_rows(x):
    """x (N, D) -> (N,)."""
    return np.max(x, axis=1), x


def variance(x):
    """x (N, D) -> (D,), the biased variance."""
    return np.mean((x - x.mean(axis=0)) ** 2, axis=0), x


def permute(x):
    """x (A, B, C) -> (B, C, A)."""
    return x.transpose(1, 2, 0), x.shape


def flatten(x):
    return x.reshape(x.shape[0], -1), x.shape


def concatenate(x, y):
    return np.concatenate([x, y], axis=1), x.shape[1]


def pad(x):
    return np.pad(x, ((1, 1), (1, 1))), x.shape


def cumsum(x):
    return np.cumsum(x, axis=1), None


def repeat(x):
    """x (D,) -> (3 D,), each entry three times in a row."""
    return np.repeat(x, 3), x.shape


def norm(x):
    out = np.sqrt(np.sum(x**2, axis=1))
    return out, (x, out)


def draw_one(rng):
    return (signed(rng, 4, 5),)


def draw_square(rng):
    return (signed(rng, 4, 4),)


def draw_row(rng):
    return signed(rng, 4, 5), signed(rng, 5)


def draw_row_square(rng):
    return signed(rng, 4, 4), signed(rng, 4)


def draw_outer(rng):
    return signed(rng, 4, 1), signed(rng, 1, 5)


ADD_ROW = Layer("broadcast add", add_row, ("x", "b"), draw_row)
MUL_ROW = Layer("broadcast multiply", mul_row, ("x", "g"), draw_row)
ADD_COL = Layer(
    "broadcast column", add_column, ("x", "c"), lambda rng: (signed(rng, 4, 5), signed(rng, 4, 1))
)
SCALAR = Layer(
    "broadcast scalar", mul_scalar, ("x", "s"), lambda rng: (signed(rng, 4, 5), float(rng.uniform(0.5, 2)))
)
OUTER = Layer("outer product", outer, ("u", "v"), draw_outer)
SUM = Layer("sum", sum_rows, ("x",), draw_one)
MEAN = Layer("mean", mean_rows, ("x",), draw_one)
MEAN_ALL = Layer("mean of all", mean_all, ("x",), draw_one)
MAX = Layer("max over an axis", max_rows, ("x",), lambda rng: (spread(rng, 4, 5),))
VARIANCE = Layer("variance", variance, ("x",), draw_one)
PERMUTE = Layer("transpose", permute, ("x",), lambda rng: (signed(rng, 2, 3, 4),))
FLATTEN = Layer("reshape", flatten, ("x",), lambda rng: (signed(rng, 2, 3, 4),))
CONCAT = Layer("concatenate", concatenate, ("x", "y"), lambda rng: (signed(rng, 3, 2), signed(rng, 3, 4)))
PAD = Layer("pad", pad, ("x",), draw_one)
CUMSUM = Layer("cumsum", cumsum, ("x",), draw_one)
REPEAT = Layer("repeat", repeat, ("x",), lambda rng: (signed(rng, 4),))
NORM = Layer("norm", norm, ("x",), draw_one)


def draw_two_winners(rng):
    """The entry (0, 1) is the maximum of its row and of its column, and (0, 2) of its column only."""
    x = spread(rng, 4, 4)
    x[0, 1:3] = 11.0, 10.0
    return (x,)


def max_everywhere_flat(dout, x):
    dx = np.zeros_like(x)
    dx.flat[np.argmax(x, axis=1)] = dout
    return dx


def max_column_argmax(dout, x):
    dx = np.zeros_like(x)
    dx[np.arange(4), np.argmax(x, axis=0)] = dout
    return dx


def variance_n_minus_1(dout, x):
    return dout * 2 * (x - x.mean(axis=0)) / (x.shape[0] - 1)


def pad_shifted(dout, shape):
    return dout[: shape[0], : shape[1]]


WRONG = (
    ADD_ROW.wrong("db not summed", "b", lambda d, _: (d, d), "(N, D): un-broadcast forgotten"),
    ADD_ROW.wrong("db a mean", "b", lambda d, _: (d, d.mean(axis=0)), "mean for sum"),
    ADD_ROW.wrong("db of the first row", "b", lambda d, _: (d, d[0]), "shape repaired by taking a row"),
    ADD_ROW.wrong(
        "db over the wrong axis (square)",
        "b",
        lambda d, _: (d, d.sum(1)),
        "keeps its shape",
        draw=draw_row_square,
    ),
    ADD_ROW.wrong("db (1, D)", "b", lambda d, _: (d, d.sum(axis=0, keepdims=True)), "numbers are right"),
    MUL_ROW.wrong("dg without x", "g", lambda d, c: (d * c[1], d.sum(axis=0)), "as an addition"),
    MUL_ROW.wrong(
        "dg a product of sums",
        "g",
        lambda d, c: (d * c[1], d.sum(axis=0) * c[0].sum(axis=0)),
        "sum before product",
    ),
    MUL_ROW.wrong("dx without g", "x", lambda d, c: (d, (d * c[0]).sum(axis=0)), "gamma ignored"),
    MUL_ROW.wrong(
        "dg (1, D)", "g", lambda d, c: (d * c[1], (d * c[0]).sum(0, keepdims=True)), "right numbers"
    ),
    MUL_ROW.wrong(
        "dg over the wrong axis (square)",
        "g",
        lambda d, c: (d * c[1], (d * c[0]).sum(axis=1)),
        "keeps its shape",
        draw=draw_row_square,
    ),
    ADD_COL.wrong("dc summed to (N,)", "c", lambda d, _: (d, d.sum(axis=1)), "keepdims forgotten"),
    ADD_COL.wrong("dc summed to a scalar", "c", lambda d, _: (d, np.sum(d)), "no axis"),
    ADD_COL.wrong("dc of the last column", "c", lambda d, _: (d, d[:, -1:]), "last path only"),
    SCALAR.wrong("ds not summed", "s", lambda d, c: (d * c[1], d * c[0]), "(N, D) for a scalar"),
    SCALAR.wrong("ds a mean", "s", lambda d, c: (d * c[1], float(np.mean(d * c[0]))), "mean for sum"),
    OUTER.wrong("du not summed", "u", lambda d, c: (d * c[1], (d * c[0]).sum(0, keepdims=True)), "(N, M)"),
    OUTER.wrong(
        "dv summed without u",
        "v",
        lambda d, c: ((d * c[1]).sum(1, keepdims=True), d.sum(0, keepdims=True)),
        "factor",
    ),
    SUM.wrong("dx not broadcast", "x", lambda d, shape: d, "(D,) for (N, D)"),
    SUM.wrong("dx ones", "x", lambda d, shape: np.ones(shape), "ignores dout"),
    SUM.wrong("dx divided by N", "x", lambda d, shape: np.ones(shape) * d / shape[0], "as a mean"),
    SUM.wrong(
        "dx along the wrong axis (square)",
        "x",
        lambda d, s: np.ones(s) * d[:, None],
        "transposed",
        draw=draw_square,
    ),
    MEAN.wrong("1/N missing", "x", lambda d, shape: np.ones(shape) * d, "as a sum"),
    MEAN.wrong("divided by the size", "x", lambda d, shape: np.ones(shape) * d / np.prod(shape), "N D for N"),
    MEAN_ALL.wrong("divided by N only", "x", lambda d, shape: np.full(shape, d / shape[0]), "size is N D"),
    MEAN_ALL.wrong(
        "ignores dout", "x", lambda d, shape: np.full(shape, 1 / np.prod(shape)), "dout = 1 assumed"
    ),
    MAX.wrong("all get the gradient", "x", lambda d, x: d[:, None] * np.ones_like(x), "as a sum"),
    MAX.wrong("argmax into the flat array", "x", max_everywhere_flat, "row offset forgotten"),
    MAX.wrong("one maximum for all", "x", lambda d, x: d[:, None] * (x == x.max()), "axis forgotten"),
    MAX.wrong(
        "argmax along the other axis (square)",
        "x",
        max_column_argmax,
        "axis=0",
        draw=draw_two_winners,
    ),
    VARIANCE.wrong("divided by N - 1", "x", variance_n_minus_1, "the unbiased estimate's factor"),
    VARIANCE.wrong("mean not subtracted", "x", lambda d, x: d * 2 * x / x.shape[0], "E[x^2] only"),
    VARIANCE.wrong("factor 2 missing", "x", lambda d, x: d * (x - x.mean(axis=0)) / x.shape[0], "power rule"),
    PERMUTE.wrong(
        "same permutation again", "x", lambda d, s: d.transpose(1, 2, 0), "not the inverse: (4, 2, 3)"
    ),
    PERMUTE.wrong(
        "same permutation again (cube)",
        "x",
        lambda d, s: d.transpose(1, 2, 0),
        "keeps its shape",
        draw=lambda rng: (signed(rng, 3, 3, 3),),
    ),
    PERMUTE.wrong("reshaped back", "x", lambda d, shape: d.reshape(shape), "right shape, entries permuted"),
    FLATTEN.wrong("Fortran order", "x", lambda d, shape: d.reshape(shape, order="F"), "entries permuted"),
    FLATTEN.wrong("not reshaped", "x", lambda d, shape: d, "(N, D)"),
    CONCAT.wrong("halves exchanged", "x y", lambda d, k: (d[:, k:], d[:, :k]), "dy, dx: other shapes"),
    CONCAT.wrong("split in the middle", "x y", lambda d, k: tuple(np.split(d, 2, axis=1)), "equal halves"),
    PAD.wrong("not shifted by the padding", "x", pad_shifted, "[:H, :W] for [1:H+1, 1:W+1]"),
    PAD.wrong("border kept", "x", lambda d, shape: d, "(H + 2, W + 2)"),
    CUMSUM.wrong("not reversed", "x", lambda d, _: np.cumsum(d, axis=1), "sums the past, not the future"),
    CUMSUM.wrong(
        "result left reversed", "x", lambda d, _: np.cumsum(d[:, ::-1], axis=1), "second flip forgotten"
    ),
    REPEAT.wrong("tile order", "x", lambda d, s: d.reshape(3, -1).sum(axis=0), "sum over the wrong axis"),
    REPEAT.wrong("first copy only", "x", lambda d, s: d[::3], "fan-out not summed"),
    NORM.wrong("not normalised", "x", lambda d, c: d[:, None] * c[0], "1/|x| forgotten"),
    NORM.wrong(
        "factor 2", "x", lambda d, c: 2 * d[:, None] * c[0] / c[1][:, None], "half of the root forgotten"
    ),
)


def max_right(dout, x):
    dx = np.zeros_like(x)
    dx[np.arange(x.shape[0]), np.argmax(x, axis=1)] = dout
    return dx


def variance_right(dout, x):
    return dout * 2 * (x - x.mean(axis=0)) / x.shape[0]


RIGHT = (
    ADD_ROW.right("plain", lambda d, _: (d, d.sum(axis=0)), "dx is dout itself"),
    MUL_ROW.right("plain", lambda d, c: (d * c[1], np.sum(d * c[0], axis=0)), "the control"),
    ADD_COL.right("plain", lambda d, _: (d, d.sum(axis=1, keepdims=True)), "the control"),
    SCALAR.right("ds a Python float", lambda d, c: (d * c[1], float(np.sum(d * c[0]))), "no .shape"),
    OUTER.right("plain", lambda d, c: ((d * c[1]).sum(1, keepdims=True), (d * c[0]).sum(0)[None]), "control"),
    SUM.right(
        "a broadcast view", lambda d, s: np.broadcast_to(d, s), "read-only, stride 0: still a gradient"
    ),
    SUM.right(
        "near-cancelling",
        lambda d, s: np.broadcast_to(d, s).copy(),
        "1e8 and -1e8 leave 1: rounding in the forward alone",
        draw=lambda rng: (np.array([[1e8], [-1e8], [1.0]]) + signed(rng, 3, 4),),
    ),
    MEAN_ALL.right("plain", lambda d, s: np.full(s, d / (s[0] * s[1])), "a scalar output"),
    MAX.right("plain", max_right, "exact zeros"),
    MAX.right(
        "ties, the first wins",
        max_right,
        "a subgradient",
        smooth=False,
        draw=lambda rng: (np.repeat(spread(rng, 4, 3), 2, axis=1),),
    ),
    VARIANCE.right("d(mean) dropped", variance_right, "that term is a sum of x - mean, which is 0"),
    VARIANCE.right(
        "at an offset of 1e6",
        variance_right,
        "catastrophic cancellation in a forward that is otherwise well posed",
        draw=lambda rng: (1e6 + signed(rng, 4, 5),),
    ),
    PERMUTE.right("a transposed view", lambda d, s: d.transpose(2, 0, 1), "not contiguous"),
    CONCAT.right("views of dout", lambda d, k: (d[:, :k], d[:, k:]), "aliases of the upstream"),
    CUMSUM.right("two flips", lambda d, _: np.cumsum(d[:, ::-1], axis=1)[:, ::-1], "negative strides"),
    NORM.right("plain", lambda d, c: d[:, None] * c[0] / c[1][:, None], "complex step would say 0"),
    NORM.right(
        "long vectors",
        lambda d, c: (d / c[1])[:, None] * c[0],
        "1e6 beside 1e-3",
        draw=lambda rng: (signed(rng, 3, 4) * np.array([1e6, 1, 1, 1e-3]),),
    ),
    SUM.right("plain", lambda d, s: np.ones(s) * d, "the control"),
    MEAN.right("plain", lambda d, s: np.ones(s) * d / s[0], "the control"),
    FLATTEN.right("plain", lambda d, s: d.reshape(s), "the control"),
    PAD.right("plain", lambda d, s: d[1:-1, 1:-1], "a view of dout"),
    REPEAT.right("plain", lambda d, s: d.reshape(-1, 3).sum(axis=1), "the control"),
)
