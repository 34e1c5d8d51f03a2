"""The mistakes that scores s = uᵀh over layers h = σ(Wx + b) invite, for every node of such a graph."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import Misconception, Situation
from reference.graph import Graph
from reference.inputs import Array


def score_mistakes(graph: Graph) -> tuple[Misconception, ...]:
    """For every node, from the gradients of the nodes that use it."""
    return tuple(one for name in graph.nodes if name != graph.output for one in _at(graph, name))


def _slope(s: Situation, h: str) -> Array:
    value = np.asarray(s[h])
    return np.asarray(value * (1 - value))


def _at(graph: Graph, name: str) -> Iterator[Misconception]:
    (user,) = graph.consumers[name]
    arguments = graph.nodes[user].inputs
    node, up = f"d{name}", f"d{user}"
    match graph.operation(user).name, arguments.index(name):
        case "score", place:
            yield mistake(
                "not-swapped", "this node itself instead of the other factor", node, lambda s: s[name]
            )
            other = arguments[1 - place]
            yield mistake("summed", "the score's other factor summed up", node, lambda s: np.sum(s[other]))
            yield mistake("sign", "negated", node, lambda s: -np.asarray(s[other]))
        case "sigmoid", _:
            yield mistake(
                "factor-missing", "the upstream as it came, without the slope", node, lambda s: s[up]
            )
            yield mistake(
                "activation-for-slope",
                "multiplied by the activation instead of by its slope",
                node,
                lambda s: s[up] * s[user],
            )
            yield mistake(
                "one-minus-missing",
                "multiplied by 1 - σ instead of by σ(1 - σ)",
                node,
                lambda s: s[up] * (1 - np.asarray(s[user])),
            )
            yield mistake(
                "derivative-of-the-input",
                "computed with z(1 - z): the formula wants the sigmoid's value, not its input",
                node,
                lambda s: s[up] * np.asarray(s[name]) * (1 - np.asarray(s[name])),
            )
            yield mistake(
                "derivative-of-tanh",
                "computed with 1 - σ², the derivative of tanh",
                node,
                lambda s: s[up] * (1 - np.asarray(s[user]) ** 2),
            )
            yield mistake(
                "ignores-upstream", "the slope alone, without the upstream", node, lambda s: _slope(s, user)
            )
        case "affine_columns", 0:
            a = arguments[1]
            yield mistake(
                "transposed", "the outer product the wrong way round", node, lambda s: np.outer(s[a], s[up])
            )
            yield mistake(
                "after-the-activation",
                "taken with this layer's output where its input belongs",
                node,
                lambda s: np.outer(s[up], 1 / (1 + np.exp(-np.asarray(s[user])))),
            )
            yield mistake(
                "inner-for-outer", "one number: an inner product", node, lambda s: np.dot(s[up], s[a])
            )
            yield mistake(
                "ignores-upstream",
                "the input in every row, without the upstream",
                node,
                lambda s: np.outer(np.ones_like(s[up]), s[a]),
            )
        case "affine_columns", 1:
            W = arguments[0]
            yield mistake(
                "missing-transpose",
                f"computed without the transpose of {W}",
                node,
                lambda s: np.asarray(s[W]) @ s[up],
            )
            yield mistake(
                "ignores-upstream",
                "the sums of the weights, without the upstream",
                node,
                lambda s: np.sum(s[W], axis=0),
            )
            yield mistake(
                "factor-missing", "the upstream as it came, without the weights", node, lambda s: s[up]
            )
        case "affine_columns", _:
            yield mistake("summed", "summed up into one number", node, lambda s: np.sum(s[up]))
            yield mistake(
                "ignores-upstream", "ones, without the upstream", node, lambda s: np.ones_like(s[up])
            )
            yield mistake("times-bias", "multiplied by the bias", node, lambda s: s[up] * s[name])
