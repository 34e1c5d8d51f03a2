"""Inverted dropout: each entry is kept with probability p and divided by p, so that the expectation is x.

In training out = x · mask/p; in testing out = x, in the forward and so in the backward.
Sources: CS231n, assignment 2; Srivastava et al. 2014, "Dropout"; CSCI 5622, lecture 13 (as an ensemble).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.elementwise import elementwise
from reference.errors import InputError
from reference.inputs import Array, Domain, Input, constant
from reference.options import check_keys, one_of

Cache = tuple[dict[str, Any], Array | None]


def _dropout(x: Array, mask: Array, p: Array) -> Array:
    """x (...), mask (...) of 0 and 1, keep probability p () -> x · mask/p (...). Local gradient mask/p.

    The mask is given, so that the layer is a function. Source: CS231n, assignment 2.
    """
    return np.asarray(x * (mask / p), dtype=x.dtype)


DROPOUT = elementwise(
    "dropout",
    _dropout,
    lambda out, x, mask, p: (np.asarray(mask / p, dtype=out.dtype),),
    inputs=(Input("x"), constant("mask", ("...",), Domain.MASK), constant("p", (), Domain.PROBABILITY)),
    oracle=lambda xp, x, mask, p: x * mask / p,
    conventions=("p is the probability of keeping an entry", "inverted: scaled by 1/p in training"),
)


def keep_mask(rng: np.random.Generator, shape: tuple[int, ...], p: float) -> Array:
    """1 with probability p, else 0, of the given shape. Raises InputError unless 0 < p <= 1."""
    if isinstance(p, bool) or not isinstance(p, int | float | np.floating) or not 0 < p <= 1:
        raise InputError("dropout", "p", "a probability of keeping above 0, at most 1", repr(p))
    return (rng.random(shape) < p).astype(np.float64)


def dropout_forward(x: Array, dropout_param: Mapping[str, Any]) -> tuple[Array, Cache]:
    """x (...), dropout_param {mode, p, seed} -> out (...): train, x · mask/p; test, x.

    p is the probability of keeping; the same seed gives the same mask. Raises InputError.
    Source: CS231n, assignment 2.
    """
    check_keys("dropout", "dropout_param", dropout_param, required=("mode", "p"), optional=("seed",))
    mode = one_of("dropout", "mode", dropout_param["mode"], ("train", "test"))
    x = DROPOUT.inputs[0].as_array(x, layer="dropout")
    mask = keep_mask(np.random.default_rng(dropout_param.get("seed")), x.shape, dropout_param["p"])
    if mode == "test":
        return x.copy(), (dict(dropout_param), None)
    scaled = np.asarray(mask / dropout_param["p"], dtype=x.dtype)
    return x * scaled, (dict(dropout_param), scaled)


def dropout_backward(dout: Array, cache: Cache) -> Array:
    """dout (...) -> dx (...): dout times the forward's own mask/p, or dout itself in testing."""
    _, scaled = cache
    return np.array(dout) if scaled is None else dout * scaled
