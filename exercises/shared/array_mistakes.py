"""The mistakes that operations on whole arrays invite, for every node of a graph that one operation uses.

As in `gate_mistakes`, a node is predicted from the gradients that stand downstream of it, so that a wrong array is
named where it was made and not once more at every node that inherits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import Misconception, Situation
from reference.graph import Graph
from reference.inputs import Array

Wrong = Callable[[Array, tuple[Array, ...], Array], Any]
"""(upstream, all arguments of the operation, its output) -> the array that the mistake gives."""


@dataclass(frozen=True, slots=True)
class _Slip:
    id: str
    title: str
    position: int
    """At which argument of the operation the mistake is made."""
    numbers: Wrong


def _fewer(g: Any, like: Array, reduce: Callable[..., Array] = np.sum) -> Array:
    """g brought to the shape of `like` over the axes along which that was stretched, by a sum unless told."""
    g = np.asarray(g)
    extra = tuple(range(g.ndim - like.ndim))
    stretched = tuple(
        i + len(extra) for i, size in enumerate(like.shape) if size == 1 != g.shape[i + len(extra)]
    )
    return np.asarray(reduce(g, axis=(*extra, *stretched))).reshape(like.shape)


def _stretched(position: int, local: Callable[[tuple[Array, ...]], Any]) -> tuple[_Slip, ...]:
    """What goes wrong on the way back to an argument that was stretched; `local` is its local gradient."""
    return (
        _Slip(
            "not-summed",
            "not summed over the axis along which it was stretched",
            position,
            lambda g, a, out: g * local(a),
        ),
        _Slip(
            "averaged",
            "a mean over the axis along which it was stretched, where a sum belongs",
            position,
            lambda g, a, out: _fewer(g * local(a), a[position], np.mean),
        ),
    )


SLIPS: dict[str, tuple[_Slip, ...]] = {
    "matmul": (
        _Slip("missing-transpose", "computed without the transpose of the right factor", 0,
              lambda g, a, out: g @ a[1]),
        _Slip("transposed", "the right numbers, transposed", 1, lambda g, a, out: g.T @ a[0]),
        _Slip("missing-transpose", "computed without the transpose of the left factor", 1,
              lambda g, a, out: a[0] @ g),
    ),
    "affine": (
        _Slip("missing-transpose", "computed without the transpose of the weights", 0,
              lambda g, a, out: g @ a[1]),
        _Slip("transposed", "the right numbers, transposed", 1, lambda g, a, out: g.T @ a[0]),
        _Slip("missing-transpose", "computed without the transpose of the input", 1,
              lambda g, a, out: a[0] @ g),
        _Slip("not-summed", "the upstream as it came, not summed over the rows", 2, lambda g, a, out: g),
        _Slip("averaged", "a mean over the rows, where a sum belongs", 2, lambda g, a, out: g.mean(axis=0)),
    ),
    "column_mean": (
        _Slip("share-missing", "computed without the 1/N of the mean", 0,
              lambda g, a, out: np.ones_like(a[0]) * g),
        _Slip("not-spread", "the upstream as it came, not handed back to every row", 0, lambda g, a, out: g),
    ),
    "row_sum": (
        _Slip("not-spread", "the upstream as it came, not handed back to every entry of its row", 0,
              lambda g, a, out: g),
        _Slip("sum-shares", "divided by the number of entries: a sum splits nothing", 0,
              lambda g, a, out: np.ones_like(a[0]) * g / a[0].shape[1]),
    ),
    "broadcast_subtract": (
        _Slip("sign", "computed without the minus of the difference", 1, lambda g, a, out: _fewer(g, a[1])),
        *_stretched(1, lambda a: -1.0),
    ),
    "broadcast_add": (
        _Slip("add-multiplies", "multiplied by the other input, as at a product", 0, lambda g, a, out: g * a[1]),
        *_stretched(1, lambda a: 1.0),
    ),
    "broadcast_multiply": (
        _Slip("factor-missing", "the upstream as it came, without the other factor", 0, lambda g, a, out: g),
        _Slip("multiply-not-swapped", "multiplied by its own value instead of by the other factor", 0,
              lambda g, a, out: g * a[0]),
        _Slip("factor-missing", "the upstream, summed, without the other factor", 1,
              lambda g, a, out: _fewer(g, a[1])),
        *_stretched(1, lambda a: a[0]),
    ),
    "multiply": (
        *(
            _Slip("factor-missing", "the upstream as it came, without the other factor", place,
                  lambda g, a, out: g)
            for place in (0, 1)
        ),
        _Slip("multiply-not-swapped", "multiplied by its own value instead of by the other factor", 0,
              lambda g, a, out: g * a[0]),
        _Slip("multiply-not-swapped", "multiplied by its own value instead of by the other factor", 1,
              lambda g, a, out: g * a[1]),
    ),
    "square": (
        _Slip("two-missing", "computed with x where 2x belongs", 0, lambda g, a, out: g * a[0]),
    ),
    "shift": (
        _Slip("shift-multiplies", "multiplied by the input: adding a constant has local gradient 1", 0,
              lambda g, a, out: g * a[0]),
        _Slip("sign", "negated", 0, lambda g, a, out: -g),
    ),
    "power": (
        _Slip("precedence", "computed with (v**-3)/2, which is what v**-3/2 means; the power is v**(-3/2)", 0,
              lambda g, a, out: -0.5 * g * a[0] ** -3 / 2),
        _Slip("power-kept", "computed with the power itself where it should be one lower", 0,
              lambda g, a, out: a[1] * g * out),
        _Slip("factor-missing", "computed without the exponent as a factor", 0,
              lambda g, a, out: g * a[0] ** (a[1] - 1)),
        _Slip("sign", "computed without the minus of the exponent", 0,
              lambda g, a, out: -a[1] * g * a[0] ** (a[1] - 1)),
    ),
    "tanh": (
        _Slip("factor-missing", "the upstream as it came, without tanh's derivative", 0, lambda g, a, out: g),
        _Slip("derivative-of-x", "computed with 1 - a², where the output belongs into that formula", 0,
              lambda g, a, out: g * (1 - a[0] ** 2)),
        _Slip("derivative-at-the-output", "computed with tanh taken twice", 0,
              lambda g, a, out: g * (1 - np.tanh(out) ** 2)),
    ),
    "log": (
        _Slip("factor-missing", "the upstream as it came, without the 1/x of the logarithm", 0,
              lambda g, a, out: g),
        _Slip("derivative-at-the-output", "divided by the logarithm instead of by what it was taken of", 0,
              lambda g, a, out: g / out),
    ),
    "scale": (
        _Slip("factor-missing", "the upstream as it came, without the constant factor", 0, lambda g, a, out: g),
    ),
}  # fmt: skip


def array_mistakes(graph: Graph) -> tuple[Misconception, ...]:
    """A misconception for each slip at each node that one operation uses, and a lost way at each fan-out."""
    return tuple(one for name in graph.nodes for one in _at(graph, name))


def _at(graph: Graph, name: str) -> Iterator[Misconception]:
    consumers = graph.consumers[name]
    if len(consumers) > 1:
        for kept in consumers:
            yield mistake(
                f"only-from-{kept.lower()}",
                f"what {kept} sends back alone; it was used {len(consumers)} times",
                f"d{name}",
                _one_way(graph, name, kept),
            )
    elif consumers:
        (consumer,) = consumers
        place = graph.nodes[consumer].arguments.index(name)
        for slip in SLIPS.get(graph.operation(consumer).name, ()):
            if slip.position == place:
                yield mistake(slip.id, slip.title, f"d{name}", _numbers(slip.numbers, graph, consumer))


def _values(graph: Graph, consumer: str, s: Situation) -> tuple[Array, ...]:
    arguments = graph.nodes[consumer].arguments
    return tuple(np.asarray(s[a] if isinstance(a, str) else a, dtype=np.float64) for a in arguments)


def _numbers(wrong: Wrong, graph: Graph, consumer: str) -> Callable[[Situation], Any]:
    def numbers(s: Situation) -> Any:
        return wrong(np.asarray(s[f"d{consumer}"]), _values(graph, consumer, s), np.asarray(s[consumer]))

    return numbers


def _one_way(graph: Graph, name: str, consumer: str) -> Callable[[Situation], Any]:
    """The product that one of several consumers sends back, from the student's own gradient there."""

    def numbers(s: Situation) -> Any:
        op, node = graph.operation(consumer), graph.nodes[consumer]
        values = _values(graph, consumer, s)
        gradients = op.vjp(values, np.asarray(s[f"d{consumer}"]))
        return gradients[op.inputs[node.arguments.index(name)].name]

    return numbers
