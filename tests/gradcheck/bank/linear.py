# ruff: noqa: RUF059, PLW0108 - students unpack a whole cache and wrap a call in a lambda
"""Linear layers: rows x @ w, affine rows x @ w + b, affine columns W a + b, batched matmul."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed


def linear(x, w):
    """x (N, D), w (D, M) -> out (N, M)."""
    return x.dot(w), (x, w)


def affine(x, w, b):
    """x (N, d1, ..., dk), w (D, M), b (M,) -> out (N, M); CS231n assignment 2."""
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def columns(W, a, b):
    """W (M, D), a (D, N), b (M, 1) -> z (M, N); one example in each column."""
    return W @ a + b, (W, a, b)


def matmul(x, y):
    """x (B, N, D), y (B, D, M) -> out (B, N, M)."""
    return np.matmul(x, y), {"x": x, "y": y}


def draw_linear(rng):
    return signed(rng, 4, 3), signed(rng, 3, 5)


def draw_square(rng):
    return signed(rng, 4, 4), signed(rng, 4, 4)


def draw_affine(rng):
    return signed(rng, 4, 3, 2), signed(rng, 6, 5), signed(rng, 5)


def draw_affine_square(rng):
    return signed(rng, 4, 4), signed(rng, 4, 4), signed(rng, 4)


def draw_columns(rng):
    return signed(rng, 3, 5), signed(rng, 5, 4), signed(rng, 3, 1)


def draw_columns_square(rng):
    return signed(rng, 4, 4), signed(rng, 4, 4), signed(rng, 4, 1)


def draw_matmul(rng):
    return signed(rng, 2, 4, 3), signed(rng, 2, 3, 5)


def draw_matmul_square(rng):
    return signed(rng, 3, 3, 3), signed(rng, 3, 3, 3)


LINEAR = Layer("linear rows", linear, ("x", "w"), draw_linear)
AFFINE = Layer("affine", affine, ("x", "w", "b"), draw_affine)
COLUMNS = Layer("affine columns", columns, ("W", "a", "b"), draw_columns)
MATMUL = Layer("batched matmul", matmul, ("x", "y"), draw_matmul)


def affine_with(dx=None, dw=None, db=None):
    """The right affine backward with some of its three lines replaced by a student's."""

    def backward(dout, cache):
        x, w, b = cache
        rows = x.reshape(x.shape[0], -1)
        return (
            dx(dout, x, w) if dx else (dout @ w.T).reshape(x.shape),
            dw(dout, rows) if dw else rows.T @ dout,
            db(dout) if db else dout.sum(axis=0),
        )

    return backward


def affine_overwrites_dout(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    dout = dout @ w.T
    return dout.reshape(x.shape), rows.T @ dout, dout.sum(axis=0)


def affine_off_by_one_row(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    dw = np.zeros_like(w)
    for i in range(1, rows.shape[0]):
        dw += np.outer(rows[i], dout[i])
    return (dout @ w.T).reshape(x.shape), dw, dout.sum(axis=0)


def affine_last_sample_only(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    for i in range(rows.shape[0]):
        dw = np.outer(rows[i], dout[i])
    return (dout @ w.T).reshape(x.shape), dw, dout.sum(axis=0)


def columns_with(dW=None, da=None, db=None):
    def backward(dz, cache):
        W, a, b = cache
        return (
            dW(dz, a) if dW else dz @ a.T,
            da(dz, W) if da else W.T @ dz,
            db(dz) if db else np.sum(dz, axis=1, keepdims=True),
        )

    return backward


def matmul_with(dx=None, dy=None):
    def backward(dout, c):
        return (
            dx(dout, c["y"]) if dx else dout @ c["y"].swapaxes(1, 2),
            dy(dout, c["x"]) if dy else c["x"].swapaxes(1, 2) @ dout,
        )

    return backward


def linear_dx_square(dout, cache):
    x, w = cache
    return dout @ w, x.T @ dout


WRONG = (
    LINEAR.wrong("dx without the transpose", "x w", linear_dx_square, "raises: the shapes do not fit"),
    LINEAR.wrong(
        "dx without the transpose (square)", "x", linear_dx_square, "keeps its shape", draw=draw_square
    ),
    LINEAR.wrong(
        "dw transposed (square)", "w", lambda d, c: (d @ c[1].T, d.T @ c[0]), "dout.T @ x", draw=draw_square
    ),
    LINEAR.wrong("dw transposed", "w", lambda d, c: (d @ c[1].T, d.T @ c[0]), "shape (M, D)"),
    LINEAR.wrong(
        "dw a mean", "w", lambda d, c: (d @ c[1].T, c[0].T @ d / len(c[0])), "1/N in the layer as well"
    ),
    LINEAR.wrong(
        "gradients in the wrong order (square)",
        "x w",
        lambda d, c: (c[0].T @ d, d @ c[1].T),
        "dw, dx: the same shapes",
        draw=draw_square,
    ),
    LINEAR.wrong(
        "ignores dout", "x w", lambda d, c: (np.ones_like(d) @ c[1].T, c[0].T @ np.ones_like(d)), "ones"
    ),
    LINEAR.wrong(
        "one entry of dw zero among 2400",
        "w",
        lambda d, c: (d @ c[1].T, (c[0].T @ d) * (np.arange(2400).reshape(40, 60) != 1234)),
        "a norm over the tensor drowns it",
        draw=lambda rng: (np.abs(signed(rng, 1, 40)), signed(rng, 40, 60)),
    ),
    AFFINE.wrong("dx without the transpose", "x w b", affine_with(dx=lambda d, x, w: d @ w), "raises"),
    AFFINE.wrong(
        "dx without the transpose (square)",
        "x",
        affine_with(dx=lambda d, x, w: d @ w),
        "keeps its shape",
        draw=draw_affine_square,
    ),
    AFFINE.wrong("dx not reshaped", "x", affine_with(dx=lambda d, x, w: d @ w.T), "(N, D), not x's shape"),
    AFFINE.wrong(
        "dx reshaped in Fortran order",
        "x",
        affine_with(dx=lambda d, x, w: (d @ w.T).reshape(x.shape, order="F")),
        "right shape, entries permuted",
    ),
    AFFINE.wrong("dw transposed", "w", affine_with(dw=lambda d, r: d.T @ r), "(M, D)"),
    AFFINE.wrong(
        "dw without the transpose (square)",
        "w",
        affine_with(dw=lambda d, r: r @ d),
        "keeps its shape",
        draw=draw_affine_square,
    ),
    AFFINE.wrong("dw divided by N", "w", affine_with(dw=lambda d, r: r.T @ d / len(d)), "mean for sum"),
    AFFINE.wrong("first row missing in dw", "w", affine_off_by_one_row, "range(1, N)"),
    AFFINE.wrong("dw of the last sample", "w", affine_last_sample_only, "= for +="),
    AFFINE.wrong("db a mean", "b", affine_with(db=lambda d: d.mean(axis=0)), "mean for sum"),
    AFFINE.wrong("db over the wrong axis", "b", affine_with(db=lambda d: d.sum(axis=1)), "(N,)"),
    AFFINE.wrong(
        "db over the wrong axis (square)",
        "b",
        affine_with(db=lambda d: d.sum(axis=1)),
        "keeps its shape",
        draw=draw_affine_square,
    ),
    AFFINE.wrong(
        "db (1, M)", "b", affine_with(db=lambda d: d.sum(axis=0, keepdims=True)), "numbers are right"
    ),
    AFFINE.wrong("db all ones", "b", affine_with(db=lambda d: np.ones(d.shape[1])), "ignores dout"),
    AFFINE.wrong("db not summed", "b", affine_with(db=lambda d: d), "(N, M)"),
    AFFINE.wrong("db of the first row", "b", affine_with(db=lambda d: d[0]), "one sample of the batch"),
    AFFINE.wrong("db a scalar", "b", affine_with(db=lambda d: np.sum(d)), "no axis: broadcasting hides it"),
    AFFINE.wrong("db zero", "b", affine_with(db=lambda d: np.zeros(d.shape[1])), "bias forgotten"),
    AFFINE.wrong("last row missing in db", "b", affine_with(db=lambda d: d[:-1].sum(axis=0)), "[:-1]"),
    AFFINE.wrong(
        "dx overwrites dout (square)",
        "w b",
        affine_overwrites_dout,
        "dout rebound before dw is computed",
        draw=draw_affine_square,
    ),
    AFFINE.wrong("dx overwrites dout", "w b", affine_overwrites_dout, "dw (D, D) and db (D,)"),
    AFFINE.wrong(
        "float32, db a mean",
        "b",
        affine_with(db=lambda d: d.mean(axis=0)),
        "float32",
        draw=lambda rng: single(rng, draw_affine),
    ),
    AFFINE.wrong(
        "float32, dw 0.995 times",
        "w",
        affine_with(dw=lambda d, r: np.float32(0.995) * (r.T @ d)),
        "half a percent, 1e4 times the noise of float32",
        draw=lambda rng: single(rng, draw_affine),
    ),
    COLUMNS.wrong("dW transposed", "W", columns_with(dW=lambda dz, a: a @ dz.T), "(D, M)"),
    COLUMNS.wrong(
        "dW transposed (square)",
        "W",
        columns_with(dW=lambda dz, a: a @ dz.T),
        "keeps its shape",
        draw=draw_columns_square,
    ),
    COLUMNS.wrong(
        "da without the transpose (square)",
        "a",
        columns_with(da=lambda dz, W: W @ dz),
        "keeps its shape",
        draw=draw_columns_square,
    ),
    COLUMNS.wrong("da without the transpose", "W a b", columns_with(da=lambda dz, W: W @ dz), "raises"),
    COLUMNS.wrong("db without keepdims", "b", columns_with(db=lambda dz: dz.sum(axis=1)), "(M,), not (M, 1)"),
    COLUMNS.wrong("db a mean", "b", columns_with(db=lambda dz: dz.mean(axis=1, keepdims=True)), "1/m twice"),
    COLUMNS.wrong(
        "dW divided by m", "W", columns_with(dW=lambda dz, a: dz @ a.T / a.shape[1]), "dz has it already"
    ),
    COLUMNS.wrong(
        "db a scalar", "b", columns_with(db=lambda dz: np.sum(dz, keepdims=True)), "(1, 1) broadcasts"
    ),
    MATMUL.wrong(
        "transposes the batch too", "x y", matmul_with(dx=lambda d, y: d @ y.T), ".T on three axes: raises"
    ),
    MATMUL.wrong(
        "transposes the batch too (cube)",
        "x",
        matmul_with(dx=lambda d, y: d @ y.T),
        ".T reverses all the axes",
        draw=draw_matmul_square,
    ),
    MATMUL.wrong(
        "dx without the transpose (cube)",
        "x",
        matmul_with(dx=lambda d, y: d @ y),
        "keeps its shape",
        draw=draw_matmul_square,
    ),
    MATMUL.wrong(
        "dy summed over the batch",
        "y",
        matmul_with(dy=lambda d, x: np.tile((x.swapaxes(1, 2) @ d).sum(axis=0), (len(x), 1, 1))),
        "as if the weights were shared",
    ),
    MATMUL.wrong(
        "dy with the first sample's x",
        "y",
        matmul_with(dy=lambda d, x: np.matmul(x[0].T, d)),
        "broadcasts silently",
    ),
)


def affine_right(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def linear_right(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def columns_right(dz, cache):
    W, a, b = cache
    return np.dot(dz, a.T), np.dot(W.T, dz), np.sum(dz, axis=1, keepdims=True)


def single(rng, draw):
    return tuple(a.astype(np.float32) for a in draw(rng))


RIGHT = (
    LINEAR.right("plain", linear_right, "the control"),
    LINEAR.right("square", linear_right, "the control of the square cases", draw=draw_square),
    LINEAR.right(
        "1 by 1", linear_right, "N = D = M = 1", draw=lambda rng: (signed(rng, 1, 1), signed(rng, 1, 1))
    ),
    LINEAR.right(
        "weights of 1e-6 beside inputs of 1e6",
        linear_right,
        "dx about 1e-6, dw about 1e6: one tolerance fits neither",
        draw=lambda rng: (1e6 * signed(rng, 4, 3), 1e-6 * signed(rng, 3, 5)),
    ),
    LINEAR.right(
        "float32 sums of 400", linear_right, "rounding grows with D", draw=lambda rng: single(rng, draw_long)
    ),
    AFFINE.right("plain", affine_right, "the control"),
    AFFINE.right(
        "one sample",
        affine_right,
        "N = 1",
        draw=lambda r: (signed(r, 1, 2, 3), signed(r, 6, 4), signed(r, 4)),
    ),
    AFFINE.right(
        "one feature", affine_right, "D = 1", draw=lambda r: (signed(r, 4, 1), signed(r, 1, 3), signed(r, 3))
    ),
    AFFINE.right("float32", affine_right, "noise of float32", draw=lambda rng: single(rng, draw_affine)),
    COLUMNS.right("plain", columns_right, "the control"),
    COLUMNS.right(
        "one column",
        columns_right,
        "N = 1",
        draw=lambda r: (signed(r, 3, 5), signed(r, 5, 1), signed(r, 3, 1)),
    ),
    MATMUL.right("cache a dict", matmul_with(), "any object may be the cache"),
    MATMUL.right(
        "transposed views in",
        matmul_with(),
        "inputs that are not contiguous",
        draw=lambda rng: (signed(rng, 2, 3, 4).swapaxes(1, 2), signed(rng, 5, 3, 2).T),
    ),
)


def draw_long(rng):
    return signed(rng, 2, 400), signed(rng, 400, 2)
