"""Networks of L layers for the forward loop and the delta recursion: widths, numbers, and σ with its slope."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from reference.inputs import Array

DEPTHS = (1, 2, 3, 4, 6)
SQUARE = 3
"""The depth at which all layers have one width, so that a matrix the wrong way round runs."""


def draw_network(rng: np.random.Generator, layers: int) -> tuple[Array, list[Array], list[Array]]:
    """x, weights and biases in column vectors; neighbouring layers differ in width, but for SQUARE ones."""
    widths = [3] * (layers + 1)
    if layers != SQUARE:
        widths = [int(rng.integers(1, 4))]
        while len(widths) <= layers:
            width = int(rng.integers(2, 4))
            if width != widths[-1]:
                widths.append(width)
    weights = [_some(rng, (n, m)) for m, n in pairwise(widths)]
    return _some(rng, (widths[0],)), weights, [_some(rng, (n,)) for n in widths[1:]]


def _some(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.choice((-1.0, 1.0), shape) * rng.integers(2, 13, shape) / 10)


def sigma(z: Any) -> Array:
    """σ(z), for numbers that are not large."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(z, np.float64))))


def slope(z: Any) -> Array:
    """σ'(z) = σ(1 - σ)."""
    return np.asarray(sigma(z) * (1 - sigma(z)))


def listed(returned: Any, names: Sequence[str]) -> list[list[Any]] | str:
    """What was returned as one list for each name, or what is wrong with its form."""
    wanted = f"returns no {', '.join(names)}"
    if isinstance(returned, dict) and all(name in returned for name in names):
        parts = [returned[name] for name in names]
    elif isinstance(returned, (tuple, list)) and len(returned) == len(names):
        parts = list(returned)
    else:
        return wanted
    if not all(isinstance(part, (tuple, list)) for part in parts):
        return f"{wanted} as lists"
    return [list(part) for part in parts]


FORWARD = """def {name}(x, weights, biases):
    a = x
    zs, activations = [], [x]
    for W, b in zip(weights, biases):
        z, _ = affine_columns_forward(W, a, b)
        a = 1 / (1 + np.exp(-z))
        zs.append(z)
        activations.append(a)
    return zs, activations
"""
"""The forward loop as a solution writes it, one layer of the reference after the other."""
