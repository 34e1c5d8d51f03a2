"""Right and wrong layers, small enough to run through every rival, ours and the real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np


@dataclass(frozen=True, slots=True)
class Sample:
    """A layer with its own inputs; right says whether backward is the derivative of forward."""

    name: str
    forward: Callable
    backward: Callable
    draw: Callable[[np.random.Generator], tuple]
    right: bool = False


def decimals(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Short decimals in [-1.5, 1.5], none nearer to zero than 0.1, so that no kink at zero is near."""
    return rng.choice([-1, 1], shape) * rng.integers(10, 151, shape) / 100


def affine(x, w, b):
    return x @ w + b, (x, w, b)


def affine_back(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def sigmoid(x):
    out = 1 / (1 + np.exp(-x))
    return out, out


def sigmoid_back(dout, out):
    return dout * out * (1 - out)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    out = e / e.sum(axis=1, keepdims=True)
    return out, out


def softmax_back(dout, p):
    return p * (dout - (dout * p).sum(axis=1, keepdims=True))


def entropy(x, y):
    p = softmax(x)[0]
    return -np.log(p[np.arange(len(y)), y]).mean(), (p, y)


def entropy_back(dout, cache):
    p, y = cache
    dx = p.copy()
    dx[np.arange(len(y)), y] -= 1
    return dout * dx / len(y)


def of(index: int, change: Callable) -> Callable:
    """affine_back with one gradient changed."""

    def backward(dout, cache):
        found = list(affine_back(dout, cache))
        found[index] = change(found[index], dout)
        return tuple(found)

    return backward


def restless(dout, out, calls=count()):  # noqa: B008 - a backward that remembers is the point
    """Off by 0 to 4e-9, never twice in a row the same."""
    return sigmoid_back(dout, out) * (1 + 1e-9 * (next(calls) % 5))


def three(rng):
    return decimals(rng, 3, 2), decimals(rng, 2, 4), decimals(rng, 4)


def square(rng):
    return decimals(rng, 2, 3), decimals(rng, 3, 3), decimals(rng, 3)


def matrix(rng):
    return (decimals(rng, 3, 4),)


def pair(rng):
    return decimals(rng, 3, 4), decimals(rng, 3, 4)


def labelled(rng):
    return decimals(rng, 3, 4), rng.integers(0, 4, 3)


def scaled(rng):
    return decimals(rng, 3, 2), 1.25


def relu(x):
    return np.maximum(x, 0), x


def tanh(x):
    out = np.tanh(x)
    return out, (x, out)


def scale(x, k):
    return x * k, (x, k)


SAMPLES: tuple[Sample, ...] = (
    Sample("affine", affine, affine_back, three, right=True),
    Sample(
        "affine float32", affine, affine_back, lambda r: tuple(a.astype("f4") for a in three(r)), right=True
    ),
    Sample("affine -dw", affine, of(1, lambda dw, _: -dw), three),
    Sample("affine 2dw", affine, of(1, lambda dw, _: 2 * dw), three),
    Sample("affine dw 0.05 % off", affine, of(1, lambda dw, _: 1.0005 * dw), three),
    Sample("affine db mean of all", affine, of(2, lambda _, dout: dout.mean()), three),
    Sample("affine db mean of rows", affine, of(2, lambda _, dout: dout.mean(axis=0)), three),
    Sample("affine db not summed", affine, of(2, lambda _, dout: dout), three),
    Sample("affine dw transposed", affine, of(1, lambda dw, _: dw.T), three),
    Sample("affine dw transposed, square", affine, of(1, lambda dw, _: dw.T), square),
    Sample("affine dx without w.T", affine, lambda d, c: (d @ c[1], c[0].T @ d, d.sum(axis=0)), three),
    Sample("affine db forgotten", affine, lambda d, c: affine_back(d, c)[:2], three),
    Sample("affine db None", affine, of(2, lambda _, __: None), three),
    Sample("affine dx + 1e-7", affine, of(0, lambda dx, _: dx + 1e-7), three),
    Sample(
        "faint bias",
        lambda x, b: (x + 1e-7 * b, None),
        lambda d, _: (d, 1e-7 * d),
        pair,
        True,
    ),
    Sample(
        "faint bias dropped",
        lambda x, b: (x + 1e-7 * b, None),
        lambda d, _: (d, 0 * d),
        pair,
    ),
    Sample("sigmoid", sigmoid, sigmoid_back, matrix, right=True),
    Sample("sigmoid without factor", sigmoid, lambda d, out: d * out, matrix),
    Sample("sigmoid masks dout > 0", sigmoid, lambda d, out: (d > 0) * sigmoid_back(d, out), matrix),
    Sample("sigmoid ignores dout", sigmoid, lambda d, out: sigmoid_back(np.ones_like(d), out), matrix),
    Sample("sigmoid NaN", sigmoid, lambda d, out: sigmoid_back(d, out) * np.nan, matrix),
    Sample("sigmoid restless", sigmoid, restless, matrix),
    Sample("tanh", tanh, lambda d, c: d * (1 - c[1] ** 2), matrix, right=True),
    Sample("tanh 1 - x²", tanh, lambda d, c: d * (1 - c[0] ** 2), matrix),
    Sample("relu", relu, lambda d, x: d * (x > 0), matrix, right=True),
    Sample("softmax", softmax, softmax_back, matrix, right=True),
    Sample("softmax diagonal", softmax, lambda d, p: d * p * (1 - p), matrix),
    Sample("cross-entropy", entropy, entropy_back, labelled, right=True),
    Sample("cross-entropy summed", entropy, lambda d, c: entropy_back(d, c) * len(c[1]), labelled),
    Sample("cross-entropy ignores dout", entropy, lambda _, c: entropy_back(1.0, c), labelled),
    Sample("scale", scale, lambda d, c: (d * c[1], (d * c[0]).sum()), scaled, right=True),
    Sample("scale dk not summed", scale, lambda d, c: (d * c[1], d * c[0]), scaled),
    Sample("scale dk mean", scale, lambda d, c: (d * c[1], (d * c[0]).mean()), scaled),
)
