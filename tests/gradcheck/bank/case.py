"""One case of the bank: a layer as a student writes it, and which of its gradients are wrong.

Conventions that every case keeps, so that a checker needs no special knowledge of a layer:

- `forward(*inputs)` returns `out`, or `(out, cache)`; a forward that returns `out` alone has the cache None.
- An argument has a gradient if it is a floating array or a float; ints, bools, dicts and None have none.
- The upstream has the shape of `out`; for a scalar loss it is a scalar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Case:
    """A forward, a backward, inputs for them, and the verdict that a checker must reach."""

    name: str
    layer: str
    forward: Callable[..., Any]
    backward: Callable[[Any, Any], Any]
    draw: Callable[[np.random.Generator], tuple[Any, ...]]
    wrong: tuple[str, ...]  # arguments whose gradient is wrong; empty: the case is right
    names: tuple[str, ...]  # arguments of forward, in order
    why: str  # the misconception, or why a naive checker would misjudge it
    smooth: bool = True  # False: on a kink or a tie, where "kink" is as good an answer as "pass"
    contract: str = ""  # the rule that is broken, where the fault is not (only) a number; see CONTRACTS


CONTRACTS = {
    "returns None": "a gradient is None",
    "wrong number of gradients": "one gradient for each differentiable argument, no more and no fewer",
    "mutates dout": "the upstream still serves the other consumers",
    "mutates an input": "the caller's x has changed after the backward, or after the forward",
    "mutates the cache": "a second backward on the same cache gives other numbers",
    "clobbered cache": "a later forward changes what an earlier forward's backward returns",
    "not repeatable": "the same dout and cache give other numbers each time",
    "not finite": "nan or inf where the gradient is a plain number",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A forward with its inputs, on which several backwards are tried."""

    name: str
    forward: Callable[..., Any]
    names: tuple[str, ...]
    draw: Callable[[np.random.Generator], tuple[Any, ...]]

    def wrong(
        self,
        fault: str,
        args: str,
        backward: Callable[[Any, Any], Any],
        why: str,
        *,
        contract: str = "",
        draw: Callable[[np.random.Generator], tuple[Any, ...]] | None = None,
    ) -> Case:
        """`args`: names separated by spaces."""
        lost = tuple(args.split())
        name = f"{self.name}: {fault}"
        return Case(
            name=name,
            layer=self.name,
            forward=self.forward,
            backward=backward,
            draw=draw or self.draw,
            wrong=lost,
            names=self.names,
            why=why,
            contract=contract,
        )

    def right(
        self,
        title: str,
        backward: Callable[[Any, Any], Any],
        why: str,
        *,
        smooth: bool = True,
        draw: Callable[[np.random.Generator], tuple[Any, ...]] | None = None,
    ) -> Case:
        name = f"{self.name}: {title}"
        return Case(
            name=name,
            layer=self.name,
            forward=self.forward,
            backward=backward,
            draw=draw or self.draw,
            wrong=(),
            names=self.names,
            why=why,
            smooth=smooth,
        )


def differentiable(value: Any) -> bool:
    """True for a floating array or a float; labels, masks, shapes and settings have no gradient."""
    if isinstance(value, np.ndarray | np.generic):
        return bool(np.issubdtype(value.dtype, np.floating))
    return isinstance(value, float)


def signed(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Magnitudes in [0.3, 1.7], half of them negative: away from the kink at 0, and on both sides of it."""
    size = int(np.prod(shape))
    signs = rng.permutation(np.where(np.arange(size) % 2 == 0, 1.0, -1.0))
    return (signs * rng.uniform(0.3, 1.7, size)).reshape(shape)


def positive(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0.5, 2.0, shape)


def spread(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """All entries at least 0.1 apart, in random order, around 0: no ties in a maximum."""
    size = int(np.prod(shape))
    values = 0.2 * (np.arange(size) - size / 2) + rng.uniform(-0.05, 0.05, size)
    return rng.permutation(values).reshape(shape)


def upstream(rng: np.random.Generator, out: Any) -> Any:
    """Random and signed, magnitudes in [0.5, 1.5], of out's shape and dtype; a scalar for a scalar."""
    out = np.asarray(out)
    dout = (rng.uniform(0.5, 1.5, out.shape) * rng.choice([-1.0, 1.0], out.shape)).astype(out.dtype)
    return dout if out.ndim else dout[()]
