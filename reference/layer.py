"""`Layer`: an operation with its forward, its backward and its local Jacobian.

    x ──▶ forward ──▶ out, cache          out      = f(x)
    dx ◀── backward ◀── dout, cache       dx       = dout · ∂out/∂x      (vector-Jacobian product)
                                          jacobian = ∂out/∂x             (out's shape + x's shape)

The three are written separately so that they can prove each other: backward never forms the Jacobian, and the
Jacobian is not made by calling backward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import Array, Input, Sizes, draw, fit

Jacobians = dict[tuple[str, str], Array]
"""For each pair (output, differentiable input) the array of shape out_shape + in_shape."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One operation: the mathematics as four plain functions, and what a reader or a test must know of them.

    `forward_rule(*inputs) -> (*outputs, cache)` and `backward_rule(*douts, cache) -> gradients` follow CS231n's
    convention: a single gradient is returned as itself, several as a tuple in the order of the differentiable
    inputs. They check nothing. The methods of the same names check the arguments first.

    `oracle(xp, *inputs)` states the forward once more, as plainly as possible, in the functions of an array
    module `xp`; an independent autodiff (HIPS autograd, torch) differentiates it in the tests.

    `margin_rule(*inputs)` is the kink margin: the largest r such that no kink or tie is met while every entry
    of every input moves by less than r. None: the layer is smooth on its domain.
    """

    name: str
    inputs: tuple[Input, ...]
    forward_rule: Callable[..., tuple[Any, ...]]
    backward_rule: Callable[..., Any]
    jacobian_rule: Callable[..., Jacobians]
    oracle: Callable[..., Any]
    outputs: tuple[str, ...] = ("out",)
    margin_rule: Callable[..., float] | None = None
    conventions: tuple[str, ...] = ()
    symbol: str = ""
    """How a blackboard writes it; empty: its name."""
    smallest: Mapping[str, int] = field(default_factory=dict)
    """The smallest size of a dimension that makes sense, where that is not 0 (a mean over N needs 1)."""
    fit_rule: Callable[..., None] | None = None
    """Raises InputError where arguments that fit one by one do not fit together (a window and its image)."""
    draw_rule: Callable[[np.random.Generator, Sizes], tuple[Any, ...]] | None = None
    """Draws inputs where independent short decimals would not do (a window must fit its image)."""

    @property
    def differentiable(self) -> tuple[str, ...]:
        """Names of the inputs that have a gradient, in the order in which backward returns them."""
        return tuple(spec.name for spec in self.inputs if spec.differentiable)

    @property
    def any_shape(self) -> bool:
        """Whether the rules take arrays of any one shape, so that plain numbers need no check."""
        return all(spec.shape in (("...",), ()) for spec in self.inputs)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of all dimensions, in order of appearance; "...", "*" and fixed sizes are none of them."""
        names = (name for spec in self.inputs for name in (*spec.shape, spec.below))
        return tuple(
            dict.fromkeys(name for name in names if name not in ("...", "*", "") and not name.isdigit())
        )

    @property
    def text(self) -> str:
        """Shapes, formula and source: the docstring of the forward rule."""
        return (self.forward_rule.__doc__ or "").strip()

    def check(self, *inputs: object) -> tuple[Any, ...]:
        """The inputs as the rules want them. Raises InputError naming the argument that does not fit."""
        values, sizes = fit(self.name, self.inputs, inputs)
        for name, least in self.smallest.items():
            if sizes.get(name, least) < least:
                raise InputError(self.name, f"dimension {name}", f"at least {least}", str(sizes[name]))
        if self.fit_rule is not None:
            self.fit_rule(*values)
        return values

    def forward(self, *inputs: object) -> tuple[Any, ...]:
        """(*outputs, cache). Raises InputError."""
        return self.forward_rule(*self.check(*inputs))

    def backward(self, *douts_and_cache: Any) -> tuple[Array, ...]:
        """The gradients as a tuple, also where there is only one: what the chain rule hands on.

        Takes one upstream gradient for each output, then forward's cache.
        """
        gradients = self.backward_rule(*douts_and_cache)
        return gradients if isinstance(gradients, tuple) else (gradients,)

    def vjp(self, inputs: tuple[object, ...], *douts: object) -> dict[str, Array]:
        """Gradient by name for these inputs and upstream gradients. Raises InputError for a misfit."""
        *outs, cache = self.forward(*inputs)
        if len(douts) != len(outs):
            raise InputError(self.name, "the upstream", f"{len(outs)} gradients", str(len(douts)))
        upstream = [np.asarray(dout, dtype=out.dtype) for dout, out in zip(douts, outs, strict=True)]
        for name, out, dout in zip(self.outputs, outs, upstream, strict=True):
            if dout.shape != out.shape:
                raise InputError(self.name, f"d{name}", f"of shape {out.shape}", str(dout.shape))
        return dict(zip(self.differentiable, self.backward(*upstream, cache), strict=True))

    def jacobian(self, *inputs: object) -> Jacobians:
        """Each ∂output/∂input in full, as an array of shape out_shape + in_shape. Raises InputError."""
        return self.jacobian_rule(*self.check(*inputs))

    def kink_margin(self, *inputs: object) -> float:
        """How far every entry may move before a kink or tie is met; infinite where the layer is smooth."""
        values = self.check(*inputs)
        return float("inf") if self.margin_rule is None else float(self.margin_rule(*values))

    def draw(self, rng: np.random.Generator, sizes: Sizes | None = None, **more: Any) -> tuple[Any, ...]:
        """Inputs in short decimals, from the layer's domain. Dimensions not given are 2, 3, 4, ... in order."""
        filled = {name: 2 + place for place, name in enumerate(self.dimensions)} | dict(sizes or {})
        return (
            draw(self.inputs, rng, filled, **more) if self.draw_rule is None else self.draw_rule(rng, filled)
        )
