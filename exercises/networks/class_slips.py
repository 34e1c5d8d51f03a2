"""Mistakes in a network of layers, as predictions: most are the graph with one thing in it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from exercises.shared.predictions import Prediction, mistake
from grader.exercise import Misconception, Situation
from reference.activations import RELU
from reference.graph import Backprop, Graph, Node
from reference.inputs import Array
from reference.layer import Layer
from reference.softmax import SOFTMAX_LOSS

UNMASKED = replace(RELU, forward_rule=lambda x: (np.maximum(x, 0), x), backward_rule=lambda dout, _: dout)
"""A ReLU that is forgotten on the way back."""
BY_UPSTREAM = replace(UNMASKED, backward_rule=lambda dout, _: np.maximum(dout, 0))
BY_VALUE = replace(UNMASKED, backward_rule=lambda dout, x: dout * np.maximum(x, 0))
ABSENT = replace(RELU, forward_rule=lambda x: (x, x), backward_rule=lambda dout, _: dout)
"""A ReLU that is forgotten on both ways."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What there is to go wrong: the graph, which parameters are penalised and which are not, and how strongly."""

    graph: Graph
    weights: tuple[str, ...]
    biases: tuple[str, ...]
    judged: tuple[str, ...]
    half: bool
    examples: str = "y"
    """The leaf whose length is the number of examples."""

    @property
    def slope(self) -> float:
        """The penalty's gradient is this times reg W."""
        return 1.0 if self.half else 2.0

    def passed(self, s: Situation) -> Backprop:
        """All right values and gradients of a situation."""
        return passed(self.graph, s)


def passed(graph: Graph, s: Situation) -> Backprop:
    """Values and gradients of a graph at the leaves of a situation."""
    return graph.backward({name: s[name] for name in graph.leaves})


def with_layers(graph: Graph, change: Mapping[str, Layer]) -> Graph:
    """The graph with other layers in the place of those of these names."""

    def changed(node: Node) -> Node:
        if node.op is None or node.op.name not in change:
            return node
        return replace(node, op=change[node.op.name])

    return Graph([changed(node) for node in graph.nodes.values()], output=graph.output)


def way_back(
    parts: Parts, id: str, title: str, change: Mapping[str, Layer], names: Sequence[str] = ()
) -> Iterator[Misconception]:
    """Other backwards, seen in every parameter behind such a layer; in `names` alone, where they are given."""
    wrong = with_layers(parts.graph, change)
    layers = [name for name, node in parts.graph.nodes.items() if node.op and node.op.name in change]
    behind = _leading_to(parts.graph, layers)
    for name in names or parts.judged:
        if name in behind:
            yield mistake(id, title, f"d{name}", _gradient(wrong, name))


def another_loss(id: str, title: str, wrong: Graph) -> Misconception:
    """The value of another graph with the same leaves."""
    return mistake(id, title, "loss", lambda s: passed(wrong, s).values[wrong.output])


def _gradient(graph: Graph, name: str) -> Prediction:
    return lambda s: passed(graph, s).gradients[name]


def _leading_to(graph: Graph, layers: Sequence[str]) -> set[str]:
    found: set[str] = set()
    pending = [name for layer in layers for name in graph.nodes[layer].inputs]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += graph.nodes[name].inputs
    return found


def relu_slips(parts: Parts) -> Iterator[Misconception]:
    """What is done to a ReLU."""
    yield from way_back(
        parts, "relu-forgotten-in-backward", "computed without the ReLU on the way back", {"relu": UNMASKED}
    )
    yield from way_back(
        parts,
        "mask-on-upstream",
        "computed with a ReLU on the way back that asks the gradient's sign instead of its own input's",
        {"relu": BY_UPSTREAM},
    )
    yield from way_back(
        parts,
        "value-for-mask",
        "multiplied by the ReLU's output on the way back, where its slope belongs",
        {"relu": BY_VALUE},
    )
    absent = with_layers(parts.graph, {"relu": ABSENT})
    yield another_loss("relu-forgotten", "computed without the ReLU", absent)


def forgotten_bias(parts: Parts, name: str) -> Misconception:
    """A bias that is left out on the way forward."""

    def numbers(s: Situation) -> Any:
        without = {leaf: s[leaf] for leaf in parts.graph.leaves} | {name: np.zeros(np.shape(s[name]))}
        return parts.graph.backward(without).values["loss"]

    return mistake("bias-forgotten", f"computed without {name}", "loss", numbers)


def label_slips(parts: Parts) -> Iterator[Misconception]:
    """Softmax without the -1 at the right class."""

    def forward(x: Array, y: Array) -> tuple[Any, Any]:
        return SOFTMAX_LOSS.forward_rule(x, y)

    def backward(dloss: Array, cache: tuple[Array, Array]) -> Array:
        return np.asarray(np.exp(cache[0]) * dloss / cache[1].size)

    change = {"softmax_loss": replace(SOFTMAX_LOSS, forward_rule=forward, backward_rule=backward)}
    yield from way_back(parts, "label-missing", "computed without the -1 at the right class", change)


def penalty_slips(parts: Parts) -> Iterator[Misconception]:
    """What is done to the penalty, in the loss and in the gradients."""
    told = "reg W" if parts.half else "2 reg W"
    for name in parts.weights:
        node = f"d{name}"
        for id, title, factor in (
            ("penalty-missing", f"without the penalty's part, {told}", -1.0),
            ("penalty-twice", "computed with the penalty's part counted twice", 1.0)
            if not parts.half
            else ("factor-two", "computed with 2 reg W for the penalty, where ½ reg W² gives reg W", 1.0),
            ("penalty-sign", "computed with the penalty's part taken off", -2.0),
        ):
            yield mistake(id, title, node, _more(parts, name, factor))
        if not parts.half:
            title = "computed with reg W for the penalty, where the derivative of reg W² is 2 reg W"
            yield mistake("factor-two-missing", title, node, _more(parts, name, -0.5))
        title = "computed with the penalty's part divided by the number of examples"
        yield mistake("penalty-averaged", title, node, _averaged(parts, name))
        yield mistake("data-missing", "the penalty's part alone", node, _shrink(parts, name))
        title = f"computed with the sum of all of {name} in the penalty's part, where each weight has its own"
        yield mistake("weights-summed", title, node, _summed(parts, name))
    for name in parts.biases:
        if name in parts.judged:
            title = f"computed with a penalty on {name}, which has none"
            yield mistake("bias-penalised", title, f"d{name}", _more(parts, name, 1.0))
    yield from _penalty_in_loss(parts)


def _penalty_in_loss(parts: Parts) -> Iterator[Misconception]:
    def penalty(s: Situation, names: Sequence[str]) -> float:
        return parts.slope / 2 * float(s["reg"]) * sum(float(np.sum(np.square(s[name]))) for name in names)

    yield mistake(
        "penalty-missing", "without the penalty", "loss", lambda s: s["loss"] - penalty(s, parts.weights)
    )
    other = ("penalty-doubled", "computed with the whole penalty, without its half", 1.0)
    if not parts.half:
        other = ("penalty-halved", "computed with half the penalty", -0.5)
    id, title, factor = other
    yield mistake(id, title, "loss", lambda s: s["loss"] + factor * penalty(s, parts.weights))
    yield mistake(
        "one-layer-penalised",
        f"computed with a penalty on {parts.weights[0]} only",
        "loss",
        lambda s: s["loss"] - penalty(s, parts.weights[1:]),
    )
    yield mistake(
        "bias-penalised",
        "computed with a penalty on the other parameters as well",
        "loss",
        lambda s: s["loss"] + penalty(s, parts.biases),
    )


def scale_slips(parts: Parts) -> Iterator[Misconception]:
    """The data's part divided by N once too often, or not at all."""
    for name in parts.judged:
        penalty = _shrink(parts, name) if name in parts.weights else (lambda _: 0.0)
        again = "divided by N once more: the loss is a mean already"
        yield mistake("averaged-again", again, f"d{name}", _scaled(parts, name, penalty, -1))
        summed = "summed over the examples instead of averaged"
        yield mistake("summed", summed, f"d{name}", _scaled(parts, name, penalty, 1))


def _shrink(parts: Parts, name: str) -> Prediction:
    return lambda s: parts.slope * s["reg"] * np.asarray(s[name])


def _more(parts: Parts, name: str, factor: float) -> Prediction:
    shrink = _shrink(parts, name)
    return lambda s: np.asarray(s[f"d{name}"]) + factor * shrink(s)


def _summed(parts: Parts, name: str) -> Prediction:
    shrink = _shrink(parts, name)
    return lambda s: np.asarray(s[f"d{name}"]) - shrink(s) + np.sum(shrink(s))


def _averaged(parts: Parts, name: str) -> Prediction:
    shrink = _shrink(parts, name)
    return lambda s: np.asarray(s[f"d{name}"]) + shrink(s) * (1 / len(s[parts.examples]) - 1)


def _scaled(parts: Parts, name: str, penalty: Callable[[Situation], Any], power: int) -> Prediction:
    def numbers(s: Situation) -> Array:
        data = np.asarray(s[f"d{name}"]) - penalty(s)
        return np.asarray(data * float(len(s[parts.examples])) ** power + penalty(s))

    return numbers


def without_relu(parts: Parts, weight: str, consumer: str, relu: str) -> Misconception:
    """A weight's gradient taken with what came before the ReLU, where its output belongs."""
    before = parts.graph.nodes[relu].inputs[0]
    penalty = _shrink(parts, weight)

    def numbers(s: Situation) -> Array:
        back = parts.passed(s)
        return np.asarray(back.values[before].T @ back.gradients[consumer] + penalty(s))

    title = f"computed with {before}, from before the ReLU, where {relu} belongs"
    return mistake("relu-forgotten", title, f"d{weight}", numbers)


def statistics_slips(parts: Parts, layer: str, names: Sequence[str], axis: int) -> Iterator[Misconception]:
    """Mean and variance taken for constants on the way back, as they are in test mode."""

    def forward(x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
        s = 1 / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-5)
        xhat = (x - x.mean(axis=axis, keepdims=True)) * s
        return gamma * xhat + beta, (xhat, s, gamma)

    def backward(dout: Array, cache: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        xhat, s, gamma = cache
        return dout * gamma * s, (dout * xhat).sum(axis=0), dout.sum(axis=0)

    rules = {node.op.name: node.op for node in parts.graph.nodes.values() if node.op}
    change = {layer: replace(rules[layer], forward_rule=forward, backward_rule=backward)}
    of = "batch" if axis == 0 else "row"
    title = f"computed as if mean and variance of the {of} were constants"
    yield from way_back(parts, "statistics-constant", title, change, names)


def relu_first(parts: Parts, depth: int) -> Misconception:
    """Normalised after the ReLU, where it belongs before."""
    nodes = dict(parts.graph.nodes)
    for number in range(1, depth):
        z, n, h = f"z{number}", f"n{number}", f"h{number}"
        normalised = nodes[n]
        nodes[n] = replace(nodes[h], name=n, arguments=(z,))
        nodes[h] = replace(normalised, name=h, arguments=(n, *normalised.arguments[1:]))
    wrong = Graph(nodes.values(), output="loss")
    return another_loss("relu-first", "computed with the ReLU before the normalisation", wrong)


__all__ = [
    "Parts",
    "another_loss",
    "forgotten_bias",
    "label_slips",
    "passed",
    "penalty_slips",
    "relu_first",
    "relu_slips",
    "scale_slips",
    "statistics_slips",
    "way_back",
    "with_layers",
    "without_relu",
]
