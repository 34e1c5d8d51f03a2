"""The mistakes that scalar gates invite, for every node of a graph: what to predict from its consumers' gradients.

A node is predicted from the gradients that stand downstream of it, so that a wrong number is named where it
was made and not once more at every node that inherits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import Misconception, Situation
from reference.graph import Argument, Graph

Wrong = Callable[[Any, Any, Any, Any], Any]
"""(upstream, this input, the other input, the output) -> the gradient that the mistake gives."""


@dataclass(frozen=True, slots=True)
class _Slip:
    id: str
    title: str
    numbers: Wrong


SLIPS: dict[str, tuple[_Slip, ...]] = {
    "add": (
        _Slip(
            "add-multiplies",
            "multiplied by the other input, as at a multiply gate",
            lambda g, x, y, out: g * y,
        ),
        _Slip("add-multiplies-by-itself", "multiplied by this node's own value", lambda g, x, y, out: g * x),
        _Slip("add-halves", "half of the upstream: a sum splits nothing", lambda g, x, y, out: g / 2),
        _Slip("sign", "negated", lambda g, x, y, out: -g),
        _Slip(
            "ignores-upstream", "the local gradient 1 alone, without the upstream", lambda g, x, y, out: 1.0
        ),
    ),
    "multiply": (
        _Slip(
            "multiply-not-swapped",
            "multiplied by its own value instead of by the other input",
            lambda g, x, y, out: g * x,
        ),
        _Slip("factor-missing", "the upstream as it came, without the other factor", lambda g, x, y, out: g),
        _Slip("ignores-upstream", "the other input alone, without the upstream", lambda g, x, y, out: y),
        _Slip(
            "adds-local", "upstream plus local gradient instead of their product", lambda g, x, y, out: g + y
        ),
        _Slip("sign", "negated", lambda g, x, y, out: -g * y),
    ),
    "exp": (
        _Slip(
            "exp-passes-on",
            "the upstream as it came: you used 1 as the local gradient",
            lambda g, x, y, out: g,
        ),
        _Slip(
            "derivative-at-the-output",
            "computed with the derivative taken at the output instead of at the input",
            lambda g, x, y, out: g * np.exp(out),
        ),
        _Slip(
            "exp-multiplies-by-x",
            "multiplied by the input instead of by its exponential",
            lambda g, x, y, out: g * x,
        ),
        _Slip("ignores-upstream", "the local gradient alone, without the upstream", lambda g, x, y, out: out),
        _Slip("sign", "negated", lambda g, x, y, out: -g * out),
    ),
    "reciprocal": (
        _Slip("sign", "computed without the minus of -1/x²", lambda g, x, y, out: g * out * out),
        _Slip("square-missing", "computed with -1/x where -1/x² belongs", lambda g, x, y, out: -g * out),
        _Slip(
            "square-and-sign-missing", "computed with 1/x where -1/x² belongs", lambda g, x, y, out: g * out
        ),
        _Slip(
            "factor-missing",
            "the upstream as it came: you used 1 as the local gradient",
            lambda g, x, y, out: g,
        ),
        _Slip(
            "derivative-at-the-output",
            "computed with the derivative taken at the output instead of at the input",
            lambda g, x, y, out: -g * x * x,
        ),
    ),
    "scale": (
        _Slip(
            "factor-missing", "the upstream as it came, without the gate's constant", lambda g, x, y, out: g
        ),
        _Slip(
            "scale-multiplies-by-x",
            "multiplied by the input instead of by the gate's constant",
            lambda g, x, y, out: g * x,
        ),
        _Slip("ignores-upstream", "the gate's constant alone, without the upstream", lambda g, x, y, out: y),
    ),
    "shift": (
        _Slip(
            "shift-multiplies",
            "multiplied by the input: adding a constant has local gradient 1",
            lambda g, x, y, out: g * x,
        ),
        _Slip(
            "shift-adds",
            "computed with the gate's constant added to the gradient too",
            lambda g, x, y, out: g + y,
        ),
        _Slip("sign", "negated", lambda g, x, y, out: -g),
        _Slip(
            "ignores-upstream", "the local gradient 1 alone, without the upstream", lambda g, x, y, out: 1.0
        ),
    ),
}


def gate_mistakes(
    graph: Graph, *, synonyms: Mapping[tuple[str, str], tuple[str, ...]] | None = None
) -> tuple[Misconception, ...]:
    """A misconception for each slip at each node that one gate consumes. Fan-outs are left to the author.

    `synonyms`, by (node, id), names other slips that give the same numbers at this place of this graph.
    """
    same = synonyms or {}
    found = (misconception for name in graph.nodes for misconception in _at(graph, name))
    return tuple(replace(one, synonyms=same.get((one.node, one.id), ())) for one in found)


def _at(graph: Graph, name: str) -> Iterator[Misconception]:
    if len(graph.consumers[name]) != 1:
        return
    (consumer,) = graph.consumers[name]
    arguments = graph.nodes[consumer].arguments
    if arguments.count(name) != 1:
        return
    others = [argument for argument in arguments if argument != name]
    other = others[0] if others else None
    for slip in SLIPS.get(graph.operation(consumer).name, ()):
        if slip.id == "ignores-upstream" and consumer == graph.output:
            continue  # its upstream is 1, so ignoring it changes nothing
        yield mistake(slip.id, slip.title, f"d{name}", _numbers(slip.numbers, name, other, consumer))


def _numbers(wrong: Wrong, name: str, other: Argument | None, consumer: str) -> Callable[[Situation], Any]:
    def numbers(s: Situation) -> Any:
        beside = s[other] if isinstance(other, str) else other
        return wrong(s[f"d{consumer}"], s[name], beside, s[consumer])

    return numbers
