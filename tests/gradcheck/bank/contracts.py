# ruff: noqa: RUF059 - students unpack a whole cache and wrap a call in a lambda
"""Broken contracts: None, too few gradients, mutated upstream or input or cache, clobbered cache, fresh masks."""

from __future__ import annotations

import numpy as np

from tests.gradcheck.bank.case import Layer, signed
from tests.gradcheck.bank.elementwise import MULTIPLY
from tests.gradcheck.bank.linear import AFFINE, affine_right
from tests.gradcheck.bank.losses import SOFTMAX_LOSS
from tests.gradcheck.bank.nets import DROPOUT
from tests.gradcheck.bank.normalisation import BN, bn_right

FRESH = np.random.default_rng()  # deliberately unseeded: the students' np.random.rand
LAST = {}  # deliberately shared: the students' global cache


def draw(rng):
    return (signed(rng, 4, 5),)


def relu(x):
    return np.maximum(0, x), x


def relu_mutates_dout(dout, x):
    dx = dout
    dx[x <= 0] = 0
    return dx


def relu_mutates_x(dout, x):
    x[x > 0] = 1
    x[x < 0] = 0
    return dout * x


def tanh_global(x):
    LAST["out"] = np.tanh(x)
    return LAST["out"]


def tanh_global_backward(dout, cache):
    return dout * (1 - LAST["out"] ** 2)


class Sigmoid:
    """A layer object that keeps what its last forward saw."""

    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout, _cache):
        return dout * self.out * (1 - self.out)


SHARED_SIGMOID = Sigmoid()

BUFFER = np.zeros((4, 5))


def square_buffer(x):
    """Saves a copy of x in a preallocated buffer, and returns that buffer as the cache."""
    BUFFER[...] = x
    return x**2, BUFFER


def bn_halves_xhat(dout, cache):
    grads = bn_right(dout, cache)
    cache[4][...] *= 0.5
    return grads


def accumulating(x, w):
    """The cache carries the gradient of w, as layer.grad does."""
    return x @ w, {"x": x, "w": w, "dw": np.zeros_like(w)}


def accumulating_backward(dout, cache):
    cache["dw"] += cache["x"].T @ dout
    return dout @ cache["w"].T, cache["dw"].copy()


def normalises_in_place(x):
    """Centres the caller's x itself."""
    x -= x.mean(axis=0)
    return x**2, x.copy()


def normalises_backward(dout, x):
    d = 2 * dout * x
    return d - d.mean(axis=0)


def noisy(x):
    """Adds noise in each forward."""
    return np.sin(x) + 1e-3 * FRESH.uniform(-1, 1, x.shape), x


def noisy_dropout(x):
    mask = FRESH.uniform(size=x.shape) < 0.5
    return x * mask, mask


def dropout_fresh_mask(dout, cache):
    mask = FRESH.uniform(size=dout.shape) < 0.75
    return dout * mask / 0.75


def softmax_loss_mutates_cache(dout, cache):
    p, y, x = cache
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    return dout * p


def norm_at_zero(x):
    out = np.sqrt(np.sum(x**2, axis=1))
    return out + x.sum(axis=1), (x, out)


def log_sum(x):
    """Naive log-sum-exp's gradient: exp(800) overflows in the backward only."""
    m = x.max(axis=1)
    return m + np.log(np.exp(x - m[:, None]).sum(axis=1)), x


def log_sum_overflows(dout, x):
    with np.errstate(all="ignore"):
        e = np.exp(x)
        return dout[:, None] * e / e.sum(axis=1, keepdims=True)


def rows_of_zero(rng):
    x = signed(rng, 4, 3)
    return (1000 + x,)


RELU = Layer("relu", relu, ("x",), draw)
GLOBAL = Layer("tanh with a global cache", tanh_global, ("x",), draw)
OBJECT = Layer("sigmoid as a shared object", SHARED_SIGMOID.forward, ("x",), draw)
REUSED = Layer("square with a reused buffer", square_buffer, ("x",), draw)
LINEAR = Layer(
    "linear with an accumulated dw", accumulating, ("x", "w"), lambda r: (signed(r, 4, 3), signed(r, 3, 5))
)
CENTRE = Layer("centred square", normalises_in_place, ("x",), lambda rng: (signed(rng, 4, 5) + 0.7,))
NOISY = Layer("sine with noise", noisy, ("x",), draw)
NOISY_DROPOUT = Layer("dropout with a fresh mask in each forward", noisy_dropout, ("x",), draw)
LSE = Layer("log-sum-exp", log_sum, ("x",), rows_of_zero)

WRONG = (
    RELU.wrong(
        "dout zeroed in place",
        "x",
        relu_mutates_dout,
        "dx is right; the caller's dout is not any more",
        contract="mutates dout",
    ),
    RELU.wrong(
        "x overwritten by the mask",
        "x",
        relu_mutates_x,
        "the cache is the caller's x",
        contract="mutates an input",
    ),
    GLOBAL.wrong(
        "later forward wins",
        "x",
        tanh_global_backward,
        "a module's global as the cache",
        contract="clobbered cache",
    ),
    OBJECT.wrong(
        "later forward wins", "x", SHARED_SIGMOID.backward, "self.out is one slot", contract="clobbered cache"
    ),
    REUSED.wrong(
        "later forward wins",
        "x",
        lambda d, x: 2 * d * x,
        "one preallocated buffer",
        contract="clobbered cache",
    ),
    BN.wrong(
        "xhat halved in the cache",
        "x",
        bn_halves_xhat,
        "the numbers are right the first time",
        contract="mutates the cache",
    ),
    LINEAR.wrong(
        "a second backward doubles",
        "w",
        accumulating_backward,
        "+= into the cache: not zeroed",
        contract="mutates the cache",
    ),
    SOFTMAX_LOSS.wrong(
        "p -= 1 in the cache",
        "x",
        softmax_loss_mutates_cache,
        "right the first time",
        contract="mutates the cache",
    ),
    CENTRE.wrong(
        "x centred in place",
        "x",
        normalises_backward,
        "the forward changes its caller's array",
        contract="mutates an input",
    ),
    DROPOUT.wrong(
        "new mask in the backward", "x", dropout_fresh_mask, "drawn again", contract="not repeatable"
    ),
    MULTIPLY.wrong(
        "None for dy", "y", lambda d, c: (d * c[1], None), "not yet written", contract="returns None"
    ),
    MULTIPLY.wrong("None for both", "x y", lambda d, c: None, "return forgotten", contract="returns None"),
    MULTIPLY.wrong(
        "dx alone", "y", lambda d, c: d * c[1], "one gradient of two", contract="wrong number of gradients"
    ),
    AFFINE.wrong(
        "db left out",
        "b",
        lambda d, c: affine_right(d, c)[:2],
        "two of three",
        contract="wrong number of gradients",
    ),
    AFFINE.wrong(
        "a fourth gradient",
        "x w b",
        lambda d, c: (*affine_right(d, c), d),
        "dout too",
        contract="wrong number of gradients",
    ),
    BN.wrong(
        "dx alone",
        "gamma beta",
        lambda d, c: bn_right(d, c)[0],
        "one of three",
        contract="wrong number of gradients",
    ),
    AFFINE.wrong("order db, dw, dx", "x b", lambda d, c: affine_right(d, c)[::-1], "reversed: shapes differ"),
    AFFINE.wrong("dw, dx exchanged", "x w", lambda d, c: [affine_right(d, c)[k] for k in (1, 0, 2)], "order"),
    AFFINE.wrong(
        "raises NameError",
        "x w b",
        lambda d, c: affine_right(d, cached),  # noqa: F821
        "a name that is nowhere defined",
    ),
    AFFINE.wrong(
        "raises NotImplementedError", "x w b", lambda d, c: pending(), "the skeleton of the exercise"
    ),
    MULTIPLY.wrong(
        "an array of strings", "x", lambda d, c: ((d * c[1]).astype(str), d * c[0]), "not numbers"
    ),
    MULTIPLY.wrong(
        "NaN at one entry",
        "x",
        lambda d, c: (with_nan(d * c[1]), d * c[0]),
        "nan compares false",
        contract="not finite",
    ),
    LSE.wrong(
        "overflows in the backward",
        "x",
        log_sum_overflows,
        "inf / inf: nan <= tol is False, nan > tol too",
        contract="not finite",
    ),
)

# Right backwards of forwards that are no functions: a checker can only say that it cannot check them.
UNREPEATABLE = (
    NOISY_DROPOUT.right("own mask", lambda d, mask: d * mask, "no two forwards share a mask"),
    NOISY.right("cosine", lambda d, x: d * np.cos(x), "noise of 1e-3 on a sine"),
)


def pending():
    raise NotImplementedError("TODO: implement the affine backward pass")


def with_nan(dx):
    dx[1, 2] = np.nan
    return dx


def reseeded(x):
    """Dropout whose mask comes from a given seed: the same in each forward."""
    mask = np.random.default_rng(7).uniform(size=x.shape) < 0.5
    return x * mask, mask


def out_only(x):
    return x.copy()


class Cache:
    """A cache with attributes."""

    def __init__(self, x, y):
        self.x, self.y = x, y


def multiply_object(x, y):
    return x * y, Cache(x, y)


def tanh_closure(x):
    out = np.tanh(x)
    return out, lambda dout: dout * (1 - out**2)


def constant_in_y(x, y):
    return x**2 + 0 * y, (x, y)


def detached(x, y):
    """y's sign is used, never its value."""
    return x * np.sign(y), (x, y)


RESEEDED = Layer("dropout from a given seed", reseeded, ("x",), draw)
COPY = Layer("identity", out_only, ("x",), draw)
OBJECT_CACHE = Layer(
    "multiply, cache an object", multiply_object, ("x", "y"), lambda r: (signed(r, 3, 4), signed(r, 3, 4))
)
CLOSURE = Layer("tanh, cache a closure", tanh_closure, ("x",), draw)
CONSTANT = Layer("constant in y", constant_in_y, ("x", "y"), lambda r: (signed(r, 3, 4), signed(r, 3, 4)))
DETACHED = Layer("sign of y", detached, ("x", "y"), lambda r: (signed(r, 3, 4), signed(r, 3, 4)))

RIGHT = (
    RESEEDED.right("plain", lambda d, mask: d * mask, "random, and yet a function"),
    COPY.right(
        "returns dout itself", lambda d, _: d, "out alone, no cache; the gradient aliases the upstream"
    ),
    OBJECT_CACHE.right("plain", lambda d, c: (d * c.y, d * c.x), "a cache with attributes"),
    CLOSURE.right("plain", lambda d, back: back(d), "the cache is a function"),
    CONSTANT.right(
        "plain", lambda d, c: (2 * d * c[0], np.zeros_like(c[1])), "dy exactly 0: 0/0 in a relative error"
    ),
    DETACHED.right("plain", lambda d, c: (d * np.sign(c[1]), 0 * c[1]), "dy 0 away from the jump"),
    LSE.right("softmax", lambda d, x: d[:, None] * softmax(x), "at 1000: shifted before exp"),
)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
