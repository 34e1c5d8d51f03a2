"""`Graph`: a directed acyclic graph of named nodes, evaluated forwards and differentiated backwards.

    ∂ℓ/∂v = Σ over the edges (v, c) of  ∂ℓ/∂c · ∂c/∂v

taken back to front, so that each ∂ℓ/∂c is complete before v asks for it: one vector-Jacobian product an edge,
O(|V| + |E|) in all. Source: notes "Training Neural Networks", sections 1.1 and 1.2.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reference.errors import GraphError, InputError
from reference.inputs import Array
from reference.layer import Layer

Argument = str | float
"""What an operation is applied to: the name of a node, or a number written into the formula."""


@dataclass(frozen=True, slots=True)
class Node:
    """One vertex: a leaf (input or parameter; no operation), or a layer applied to nodes and numbers."""

    name: str
    op: Layer | None = None
    arguments: tuple[Argument, ...] = ()
    label: str = ""
    """How a blackboard writes the node; empty: the operation's symbol, or the name of a leaf."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the nodes that this one is computed from, in order; twice if it uses one twice."""
        return tuple(argument for argument in self.arguments if isinstance(argument, str))


@dataclass(frozen=True, slots=True)
class Message:
    """What one edge carries backwards: `gradient` = upstream · local, to be added at `target`."""

    source: str
    target: str
    position: int
    """Which argument of the source's operation the edge is, counted from 0."""
    upstream: Array
    gradient: Array


@dataclass(frozen=True, slots=True)
class Backprop:
    """A backward pass: the gradient of the output with respect to every node, and how it came about."""

    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    messages: tuple[Message, ...]
    """One for each edge on a path to the output, in the order in which they were sent."""

    @property
    def products(self) -> int:
        """Multiplications of an upstream by a local gradient: one for each message."""
        return len(self.messages)


@dataclass(frozen=True, slots=True)
class ForwardPass:
    """Every node's value and what its operation remembered for the way back."""

    graph: Graph
    values: dict[str, Array]
    caches: dict[str, Any]

    def product(self, consumer: str, position: int, upstream: Array) -> Array:
        """upstream · ∂consumer/∂argument for one edge."""
        op = self.graph.operation(consumer)
        place = sum(spec.differentiable for spec in op.inputs[:position])
        return op.backward(upstream, self.caches[consumer])[place]


class Graph:
    """Nodes by name, checked when built: no dangling name, no cycle, each operation with its arguments.

    `output` is the node that is differentiated (the loss); by default the last one. Raises GraphError.
    """

    def __init__(self, nodes: Iterable[Node], *, output: str = "", name: str = "") -> None:
        self.name = name
        self.nodes: dict[str, Node] = {}
        for node in nodes:
            if node.name in self.nodes:
                raise GraphError(f"two nodes are called {node.name!r}", nodes=(node.name,))
            self.nodes[node.name] = node
        if not self.nodes:
            raise GraphError("a graph needs at least one node")
        self.output = output or next(reversed(self.nodes))
        if self.output not in self.nodes:
            raise GraphError(f"the output {self.output!r} is not a node", nodes=(self.output,))
        for node in self.nodes.values():
            self._check(node)
        self.order  # noqa: B018 - finds a cycle now rather than at first use

    def __repr__(self) -> str:
        return f"Graph({self.name!r}, {len(self.nodes)} nodes, output {self.output!r})"

    def _check(self, node: Node) -> None:
        for name in node.inputs:
            if name not in self.nodes:
                raise GraphError(
                    f"node {node.name!r} uses {name!r}, which is not a node", nodes=(node.name, name)
                )
        if node.op is None:
            if node.arguments:
                raise GraphError(f"node {node.name!r} has arguments but no operation", nodes=(node.name,))
            return
        if len(node.op.outputs) != 1:
            message = (
                f"node {node.name!r}: {node.op.name} has {len(node.op.outputs)} outputs, a node has one value"
            )
            raise GraphError(message, nodes=(node.name,))
        if len(node.arguments) != len(node.op.inputs):
            names = ", ".join(spec.name for spec in node.op.inputs)
            raise GraphError(
                f"node {node.name!r}: {node.op.name} takes {len(node.op.inputs)} inputs ({names}), "
                f"not {len(node.arguments)}",
                nodes=(node.name,),
            )

    @cached_property
    def consumers(self) -> dict[str, tuple[str, ...]]:
        """out(v) for every node v: the nodes that use its value, each once."""
        found: dict[str, dict[str, None]] = {name: {} for name in self.nodes}
        for node in self.nodes.values():
            for name in node.inputs:
                found[name][node.name] = None
        return {name: tuple(users) for name, users in found.items()}

    def out(self, name: str) -> tuple[str, ...]:
        """Outgoing neighbours: the nodes that use this one's value, each once. Raises GraphError."""
        if name not in self.nodes:
            raise GraphError(f"{name!r} is not a node", nodes=(name,))
        return self.consumers[name]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """A topological order: every node after the nodes it is computed from (Kahn's algorithm, no recursion).

        Leaves come first, and nodes that become ready together in their order of definition. Raises GraphError.
        """
        waiting = {node.name: len(set(node.inputs)) for node in self.nodes.values()}
        ready = deque(name for name, count in waiting.items() if count == 0)
        order: list[str] = []
        while ready:
            name = ready.popleft()
            order.append(name)
            for user in self.consumers[name]:
                waiting[user] -= 1
                if waiting[user] == 0:
                    ready.append(user)
        if len(order) < len(self.nodes):
            cycle = self._cycle({name for name, count in waiting.items() if count})
            raise GraphError("the graph has a cycle: " + " -> ".join((*cycle, cycle[0])), nodes=cycle)
        return tuple(order)

    def _cycle(self, stuck: set[str]) -> tuple[str, ...]:
        """One cycle among nodes that never became ready: each has an input that is stuck as well."""
        seen: dict[str, int] = {}
        path: list[str] = []
        name = next(node for node in self.nodes if node in stuck)
        while name not in seen:
            seen[name] = len(path)
            path.append(name)
            name = next(source for source in self.nodes[name].inputs if source in stuck)
        return tuple(reversed(path[seen[name] :]))  # followed against the edges, told along them

    @property
    def leaves(self) -> tuple[str, ...]:
        """Nodes without an operation: the inputs and parameters, in order of definition."""
        return tuple(node.name for node in self.nodes.values() if node.op is None)

    @property
    def edges(self) -> int:
        """Number of edges; a node that uses another one twice has two."""
        return sum(len(node.inputs) for node in self.nodes.values())

    def forward(self, values: Mapping[str, object]) -> dict[str, Array]:
        """The value of every node, in topological order, from those of the leaves.

        Raises GraphError for a missing, unknown or non-finite value, naming the node, and for an operation
        that has no finite result (a division by zero, the logarithm of a negative number).
        """
        return self.forward_with_caches(values).values

    def forward_with_caches(self, given: Mapping[str, object]) -> ForwardPass:
        """As `forward`, keeping what each operation needs to go back."""
        leaves = self._leaf_values(given)
        values: dict[str, Array] = {}
        caches: dict[str, Any] = {}
        with np.errstate(all="ignore"):  # what is not finite is reported below, by name
            for name in self.order:
                node = self.nodes[name]
                if node.op is None:
                    values[name] = leaves[name]
                    continue
                arguments = [values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
                values[name], caches[name] = _apply(node, node.op, arguments)
                if not np.isfinite(values[name]).all():
                    raise GraphError(_not_finite(name, node.op, arguments), nodes=(name,))
        return ForwardPass(self, values, caches)

    def operation(self, name: str) -> Layer:
        """The operation of a node that is not a leaf."""
        op = self.nodes[name].op
        assert op is not None, f"{name} is a leaf"
        return op

    def _leaf_values(self, given: Mapping[str, object]) -> dict[str, Array]:
        leaves = self.leaves
        unknown = [name for name in given if name not in self.nodes or self.nodes[name].op is not None]
        if unknown:
            listed = ", ".join(leaves)
            raise GraphError(f"{unknown[0]!r} is not an input; the inputs are {listed}", nodes=tuple(unknown))
        missing = tuple(name for name in leaves if name not in given)
        if missing:
            raise GraphError("no value for " + ", ".join(missing), nodes=missing)
        values: dict[str, Array] = {}
        for name in leaves:
            try:
                value = np.asarray(given[name])
            except ValueError:
                value = np.asarray(None)
            if value.dtype.kind in "iub":
                # A float where a gradient could be asked for; labels stay integers.
                value = value if self._is_label(name) else value.astype(np.float64)
            if value.dtype.kind not in "fiu":
                raise GraphError(f"the value of {name} must be a number, got {given[name]!r}", nodes=(name,))
            if not np.isfinite(value).all():
                raise GraphError(f"the value of {name} must be finite, got {given[name]}", nodes=(name,))
            values[name] = value
        return values

    def _is_label(self, name: str) -> bool:
        """Whether every use of this leaf is an argument without a gradient, such as a class label."""
        uses = [
            spec.differentiable
            for user in self.consumers[name]
            for spec, argument in zip(self.operation(user).inputs, self.nodes[user].arguments, strict=True)
            if argument == name
        ]
        return bool(uses) and not any(uses)

    def backward(self, values: Mapping[str, object], *, upstream: object = 1.0) -> Backprop:
        """Values forwards, then the gradient of `upstream` · output for every node, back to front.

        Gradients accumulate at a fan-out. A node on no path to the output has gradient 0, and so has one that
        is used only where no gradient exists (a label). Raises GraphError.
        """
        run = self.forward_with_caches(values)
        forward, caches = run.values, run.caches
        gradients: dict[str, Array] = {}
        seed = np.asarray(upstream, dtype=np.result_type(forward[self.output], np.float32))
        out = forward[self.output]
        if seed.shape not in ((), out.shape):
            raise GraphError(f"the upstream must have the output's shape {out.shape}, got {seed.shape}")
        gradients[self.output] = np.broadcast_to(seed, out.shape).copy()
        messages: list[Message] = []
        with np.errstate(all="ignore"):
            for name in reversed(self.order):
                node = self.nodes[name]
                if node.op is None or name not in gradients:
                    continue
                g = gradients[name]
                products = iter(node.op.backward(g, caches[name]))
                for position, (spec, argument) in enumerate(zip(node.op.inputs, node.arguments, strict=True)):
                    if not spec.differentiable:
                        continue
                    product = next(products)
                    if isinstance(argument, str):
                        messages.append(Message(name, argument, position, g, product))
                        known = gradients.get(argument)
                        gradients[argument] = product if known is None else known + product
                        if not np.isfinite(gradients[argument]).all():
                            message = f"node {name!r} has no finite gradient with respect to {argument!r}"
                            raise GraphError(message, nodes=(name, argument))
        full = {
            name: gradients.get(name, np.zeros_like(forward[name], dtype=seed.dtype)) for name in self.order
        }
        return Backprop(forward, full, tuple(messages))


def _apply(node: Node, op: Layer, arguments: list[Array]) -> tuple[Array, Any]:
    """(value, cache) of the node's operation; its checks run unless all arguments are plain numbers."""
    if op.any_shape and all(argument.ndim == 0 for argument in arguments):
        value, cache = op.forward_rule(*arguments)
    else:
        try:
            value, cache = op.forward(*arguments)
        except InputError as error:
            raise GraphError(f"node {node.name!r}: {error}", nodes=(node.name,)) from error
    return value, cache


def _not_finite(name: str, op: Layer, arguments: list[Array]) -> str:
    """Why an operation on finite numbers has no finite result."""
    if op.name == "reciprocal":
        return f"node {name!r} divides by zero"
    shown = ", ".join(f"{argument:g}" if argument.ndim == 0 else "..." for argument in arguments)
    return f"node {name!r}: {op.name}({shown}) has no finite value"
