"""`Tensor`: an array that remembers what it was made from, and an automatic backward pass over that memory.

    c = a * b        remembers a, b and how a gradient of c becomes one of a and one of b
    c.backward()     walks the graph back to front; where a tensor was used several times, its gradients add

The whole of reverse-mode autodiff in one class: five operations, one topological order. The layers of this package
do not use it; their own rules are written out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt


def summed_to(gradient: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """gradient (*S) -> (*shape): summed over the axes along which an array of `shape` was stretched to S."""
    extra = gradient.ndim - len(shape)
    stretched = tuple(extra + i for i, size in enumerate(shape) if size == 1 != gradient.shape[extra + i])
    return np.asarray(gradient.sum(axis=(*range(extra), *stretched))).reshape(shape)


class Tensor:
    """data (*S), grad (*S) of zeros until `backward`; +, *, @, relu and sum make new tensors.

    Source: Baydin et al. 2018, "Automatic differentiation in machine learning", section 3.2.
    """

    def __init__(
        self,
        data: Any,
        parents: tuple[Tensor, ...] = (),
        back: Callable[[Any], tuple[Any, ...]] | None = None,
    ) -> None:
        """`back` turns this tensor's gradient into one for each of `parents`, which it was made from."""
        self.data: npt.NDArray[Any] = np.array(data, dtype=np.float64)
        self.grad: npt.NDArray[Any] = np.zeros_like(self.data)
        self.parents = parents
        self.back = back

    def __add__(self, other: Any) -> Tensor:
        other = _as_tensor(other)
        shapes = self.data.shape, other.data.shape
        return Tensor(
            self.data + other.data,
            (self, other),
            lambda g: (summed_to(g, shapes[0]), summed_to(g, shapes[1])),
        )

    def __mul__(self, other: Any) -> Tensor:
        other = _as_tensor(other)
        x, y = self.data, other.data
        return Tensor(x * y, (self, other), lambda g: (summed_to(g * y, x.shape), summed_to(g * x, y.shape)))

    __radd__ = __add__
    __rmul__ = __mul__

    def __matmul__(self, other: Tensor) -> Tensor:
        x, y = self.data, other.data
        return Tensor(x @ y, (self, other), lambda g: (g @ y.T, x.T @ g))

    def relu(self) -> Tensor:
        """max(0, x), entry by entry; the gradient at 0 is 0."""
        x = self.data
        return Tensor(np.maximum(x, 0), (self,), lambda g: (g * (x > 0),))

    def sum(self) -> Tensor:
        """The sum of all entries, a tensor of shape ()."""
        shape = self.data.shape
        return Tensor(self.data.sum(), (self,), lambda g: (np.broadcast_to(g, shape),))

    def backward(self) -> None:
        """Adds ∂self/∂t to t.grad for every tensor t that self was made from, and for self. self has shape ()."""
        gradients = {id(self): np.ones_like(self.data)}
        for tensor in reversed(_order(self)):
            g = gradients.pop(id(tensor))  # complete: all that use the tensor stand behind it
            tensor.grad = tensor.grad + g
            if tensor.back is not None:
                for parent, part in zip(tensor.parents, tensor.back(g), strict=True):
                    known = gradients.get(id(parent))
                    gradients[id(parent)] = part if known is None else known + part


def _as_tensor(value: Any) -> Tensor:
    """A plain number or array as a tensor that nothing was made of."""
    return value if isinstance(value, Tensor) else Tensor(value)


def _order(last: Tensor) -> list[Tensor]:
    """Every tensor that `last` was made from, each after its parents, `last` at the end.

    A stack of our own instead of recursion: a graph may be deeper than Python lets functions call each other.
    """
    order: list[Tensor] = []
    seen: set[int] = set()
    stack = [(last, False)]
    while stack:
        tensor, done = stack.pop()
        if done:
            order.append(tensor)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            stack.extend((parent, False) for parent in tensor.parents)
    return order
