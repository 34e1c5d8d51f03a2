"""`Trace`: everything that a forward and a backward pass through a graph of numbers compute, as plain data.

For every wire (v, c):  contribution = upstream · local = ∂ℓ/∂c · ∂c/∂v;  for every node, the gradient is the sum
of the contributions on the wires that leave it. Source: notes "Training Neural Networks", section 1.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from reference.errors import GraphError
from reference.graph import Argument, Graph, Node

SCHEMA = "chainmark/trace/1"

PYTHON: Mapping[int, str] = {ord("×"): "*", ord("−"): "-", ord("²"): "**2"}
"""How Python writes the signs of a blackboard."""


@dataclass(frozen=True, slots=True)
class TracedWire:
    """One use of `source`'s value by `target`, as its argument number `position` (from 0)."""

    source: str
    target: str
    position: int
    upstream: float
    """The gradient of the output with respect to the target."""
    local: float
    """∂target/∂source through this argument alone."""
    contribution: float
    """upstream · local; 0 where the target lies on no path to the output."""


@dataclass(frozen=True, slots=True)
class TracedNode:
    """One node with its value and its gradient (the output's, with respect to this value)."""

    name: str
    op: str
    """The operation's name; empty for an input."""
    label: str
    """How a blackboard writes the operation; an input's name."""
    expression: str
    """The operation as a student writes it: `x + y`; empty for an input."""
    arguments: tuple[Argument, ...]
    value: float
    gradient: float

    @property
    def named(self) -> bool:
        """Whether the name is the author's, rather than counted up from the operation's."""
        return not self.op or re.fullmatch(re.escape(self.op) + r"\d+", self.name) is None


@dataclass(frozen=True)
class Trace:
    """A forward and a backward pass. Nodes are in topological order, wires in the order of their targets."""

    title: str
    output: str
    nodes: tuple[TracedNode, ...]
    wires: tuple[TracedWire, ...]
    on_path: frozenset[str] = field(repr=False)
    """The nodes that the output depends on, itself included."""
    remarks: tuple[str, ...] = ()
    """What the numbers alone do not say: ties and kinks, results that the output does not use."""

    @cached_property
    def backward_order(self) -> tuple[str, ...]:
        """Every node after the nodes that use it: the order in which gradients become complete."""
        return tuple(node.name for node in reversed(self.nodes))

    @cached_property
    def leaving(self) -> dict[str, tuple[TracedWire, ...]]:
        """For each node the wires that leave it."""
        found: dict[str, list[TracedWire]] = {node.name: [] for node in self.nodes}
        for wire in self.wires:
            found[wire.source].append(wire)
        return {name: tuple(wires) for name, wires in found.items()}

    def as_json(self) -> dict[str, Any]:
        """The trace in the schema `chainmark/trace/1`, as `chainmark trace --help` describes it."""
        locals_: dict[str, list[dict[str, Any]]] = {node.name: [] for node in self.nodes}
        for wire in self.wires:
            local = {"input": wire.source, "position": wire.position, "value": wire.local}
            locals_[wire.target].append(local)
        return {
            "schema": SCHEMA,
            "formula": self.title,
            "output": self.output,
            "inputs": {node.name: node.value for node in self.nodes if not node.op},
            "nodes": [
                {
                    "name": node.name,
                    "op": node.op or None,
                    "label": node.label,
                    "expression": node.expression or None,
                    "inputs": [argument for argument in node.arguments if isinstance(argument, str)],
                    "arguments": list(node.arguments),
                    "value": node.value,
                    "gradient": node.gradient,
                    "local": locals_[node.name],
                }
                for node in self.nodes
            ],
            "edges": [
                {
                    "source": wire.source,
                    "target": wire.target,
                    "position": wire.position,
                    "upstream": wire.upstream,
                    "local": wire.local,
                    "contribution": wire.contribution,
                }
                for wire in self.wires
            ],
            "backward_order": list(self.backward_order),
        }


def trace(graph: Graph, values: Mapping[str, float]) -> Trace:
    """Both passes through a graph of plain numbers. Raises GraphError, naming the node or input."""
    run = graph.forward_with_caches(values)
    back = graph.backward(values)
    sent = {(m.source, m.target, m.position): float(m.gradient) for m in back.messages}
    wires: list[TracedWire] = []
    nodes: list[TracedNode] = []
    for name in _reading_order(graph):
        node = graph.nodes[name]
        gradient = _plain(back.gradients[name])
        nodes.append(
            TracedNode(
                name=name,
                op=node.op.name if node.op else "",
                label=_label(node),
                expression=expression(node) if node.op else "",
                arguments=node.arguments,
                value=_plain(back.values[name]),
                gradient=gradient,
            )
        )
        for position, source in enumerate(node.arguments):
            if not isinstance(source, str) or not graph.operation(name).inputs[position].differentiable:
                continue
            one = back.values[name].dtype.type(1)
            local = _plain(run.product(name, position, one))
            if not math.isfinite(local):
                raise GraphError(f"the local gradient of node {name!r} is not finite", nodes=(name,))
            contribution = _plain(sent.get((name, source, position), 0.0))
            wires.append(TracedWire(source, name, position, gradient, local, contribution))
    reached = {graph.output}
    for node_name in reversed(graph.order):
        if node_name in reached:
            reached.update(graph.nodes[node_name].inputs)
    remarks = (*_kinks(nodes, graph, back.values), *_unused(nodes, graph.output, reached))
    return Trace(graph.name, graph.output, tuple(nodes), tuple(wires), frozenset(reached), remarks)


def _kinks(nodes: Sequence[TracedNode], graph: Graph, values: Mapping[str, Any]) -> Iterator[str]:
    """A line for each operation that has no derivative at its numbers."""
    for node in nodes:
        op = graph.nodes[node.name].op
        if op is None or op.margin_rule is None:
            continue
        if op.margin_rule(*(values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments)) > 0:
            continue
        names = [argument for argument in node.arguments if isinstance(argument, str)]
        said = f"{node.expression} is at a kink, where {names[0]} is {float(values[names[0]]):g}"
        if len(names) == 2 and values[names[0]] == values[names[1]]:
            said = f"{node.expression} is at a tie: {names[0]} and {names[1]} are both {float(values[names[0]]):g}"
        yield f"{said}. It has no derivative there; the gradients shown are one of several right choices."


def _unused(nodes: Sequence[TracedNode], output: str, reached: Collection[str]) -> Iterator[str]:
    names = [node.name for node in nodes if node.op and node.named and node.name not in reached]
    if names:
        listed = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
        yield f"The output is {output}, the last step; it does not use {listed}."


def _reading_order(graph: Graph) -> tuple[str, ...]:
    """The order of definition where it is a topological one, as in a formula; it keeps related nodes together."""
    seen: set[str] = set()
    for name, node in graph.nodes.items():
        if not seen.issuperset(node.inputs):
            return graph.order
        seen.add(name)
    return tuple(graph.nodes)


def _plain(number: Any) -> float:
    return float(number) + 0.0  # no negative zero: to a reader -0 looks like a mistake


def _label(node: Node) -> str:
    return node.label or (node.op.symbol or node.op.name if node.op else node.name)


def expression(node: Node) -> str:
    """The operation on its arguments as one writes it in Python, read off its label: `x + y`, `1/q`, `exp(q)`."""
    label, names = _label(node), node.inputs
    plain = label.translate(PYTHON)
    if len(names) == 2 and label in ("+", "−", "×"):
        return f"{names[0]} {plain} {names[1]}"
    if len(names) == 1 and label == "=":
        return names[0]
    if len(names) == 1 and label[0] in "+−×" and len(label) > 1:
        return f"{names[0]} {plain[0]} {plain[1:]}"
    if len(names) == 1 and label[0] == "^":
        return f"{names[0]}**{plain[1:]}"
    if len(names) == 1 and re.search(r"\bx\b|x²", label):
        return re.sub(r"\bx(?=\b|\*)", lambda _: names[0], plain)
    return f"{label}({', '.join(map(_argument, node.arguments))})"


def _argument(argument: Argument) -> str:
    return argument if isinstance(argument, str) else repr(argument).removesuffix(".0")
