"""The gradients of a graph as straight-line code: values forwards, then each gradient from those of its consumers.

p0 = w0 * x0            dq = -df * f * f
s = p0 + p1             dr = 0.0  # r feeds x and y: their gradients add
f = 1 / q               dr += dx
                        dr += dy * s
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.solutions import elementwise
from grader.solutions.bundle import Bundle
from grader.solutions.expressions import number, times
from reference.graph import Graph, Node
from reference.layer import Layer

WIDTH = 96


@dataclass(slots=True)
class Passes:
    """The lines of a forward and a backward pass, as they are being written."""

    graph: Graph
    bundle: Bundle
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an operation's name, the functions of the exercise that it is to be made of."""
    forward: list[str] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)
    pieces: dict[tuple[str, int], str] = field(default_factory=dict)
    """What each edge (consumer, position) carries back, as source."""

    def write(self) -> None:
        """Fills both passes."""
        graph = self.graph
        for name in graph.order:
            node = graph.nodes[name]
            if node.op is not None:
                self._value(node, node.op)
        needed = self._needed()
        self.backward.append(f"d{graph.output} = {self._upstream()}")
        for name in reversed(graph.order):
            if name != graph.output:
                self._gather(name, needed)
            node = graph.nodes[name]
            if node.op is not None and name in needed:
                self._carry(node, node.op)

    def _upstream(self) -> str:
        """1, or an array of ones where a function that goes back through the output may look at its shape."""
        op = self.graph.nodes[self.graph.output].op
        if op is None or elementwise.parts(op) is not None:
            return "1.0"
        self.bundle.imports.setdefault("import numpy as np")
        return f"np.ones_like({self.graph.output})"

    def _needed(self) -> set[str]:
        """The nodes on a path to the output, along which gradients come back."""
        found = {self.graph.output}
        for name in reversed(self.graph.order):
            if any(user in found and self._edges(user, name) for user in self.graph.consumers[name]):
                found.add(name)
        return found

    def _edges(self, consumer: str, name: str) -> list[int]:
        """The arguments of the consumer that are this node and have a gradient."""
        op = self.graph.operation(consumer)
        arguments = self.graph.nodes[consumer].arguments
        return [i for i, argument in enumerate(arguments) if argument == name and op.inputs[i].differentiable]

    def _gather(self, name: str, needed: set[str]) -> None:
        """One gradient: what its consumers send, added up."""
        edges = [
            (user, i)
            for user in self.graph.consumers[name]
            if user in needed
            for i in self._edges(user, name)
        ]
        pieces = [self.pieces[edge] for edge in edges]
        if not pieces:
            if not self._is_label(name):
                self.backward.append(f"d{name} = 0.0 * {name}  # on no way to {self.graph.output}")
        elif len(pieces) > 1:
            users = list(dict.fromkeys(user for user, _ in edges))
            feeds = f"{', '.join(users[:-1])} and {users[-1]}" if users[1:] else f"{users[0]} twice"
            self.backward.append(f"d{name} = 0.0  # {name} feeds {feeds}: what they send back adds up")
            self.backward += [f"d{name} += {piece}" for piece in pieces]
        elif pieces[0] != f"d{name}":
            self.backward.append(f"d{name} = {pieces[0]}")

    def _is_label(self, name: str) -> bool:
        uses = [
            spec.differentiable
            for user in self.graph.consumers[name]
            for spec, argument in zip(
                self.graph.operation(user).inputs, self.graph.nodes[user].arguments, strict=True
            )
            if argument == name
        ]
        return bool(uses) and not any(uses)

    def _value(self, node: Node, op: Layer) -> None:
        arguments = [_shown(argument) for argument in node.arguments]
        parts = None if op.name in self.layers else elementwise.parts(op)
        if parts is None:
            forward = self.layers[op.name][0] if op.name in self.layers else self.bundle.method(op, "forward")
            single = op.name in self.layers and len(self.layers[op.name]) == 1
            second = ", ".join(self._edge_names(node, op)) if single else f"cache_{node.name}"
            self.forward.append(f"{node.name}, {second} = {forward}({', '.join(arguments)})")
            return
        found = self._expressions(node, parts)
        if found is not None:
            self.forward.append(f"{node.name} = {ast.unparse(found[0])}")
            return
        value, _ = self._functions(op, parts)
        self.forward.append(f"{node.name} = {value}({', '.join(arguments)})")

    def _expressions(
        self, node: Node, parts: elementwise.Elementwise
    ) -> tuple[ast.expr, list[ast.expr]] | None:
        names = {
            name: ast.Name(argument) if isinstance(argument, str) else number(argument)
            for name, argument in zip(parts.inputs, node.arguments, strict=True)
        }
        found = parts.expressions(names, ast.Name(node.name))
        if found is not None:
            parts.needs(self.bundle.named)
        return found

    def _functions(self, op: Layer, parts: elementwise.Elementwise) -> tuple[str, str]:
        """Names of the operation's value and slope as functions, which are added if need be."""

        def added(which: str, name: str) -> str:
            def code(called: str) -> str:
                return parts.function(which, called, self.bundle.named)

            return self.bundle.helper(name, code, ("elementwise", which, op.name))

        return added("value", op.name), added("slope", f"{op.name}_slope")

    def _carry(self, node: Node, op: Layer) -> None:
        """What a node sends back to each of its arguments."""
        positions = [i for i, spec in enumerate(op.inputs) if spec.differentiable]
        upstream = ast.Name(f"d{node.name}")
        parts = None if op.name in self.layers else elementwise.parts(op)
        if parts is not None:
            found = self._expressions(node, parts)
            if found is not None:
                products = [ast.unparse(times(upstream, local)) for local in found[1]]
            else:
                _, slope = self._functions(op, parts)
                arguments = ", ".join([node.name, *(_shown(a) for a in node.arguments)])
                call = f"d{node.name} * {slope}({arguments})"
                several = len(positions) > 1  # then the function returns a tuple
                products = [f"{call}[{place}]" if several else call for place in range(len(positions))]
            self.pieces |= dict(zip([(node.name, i) for i in positions], products, strict=True))
            return
        names = self._edge_names(node, op)
        self.pieces |= dict(zip([(node.name, i) for i in positions], names, strict=True))
        if op.name in self.layers and len(self.layers[op.name]) == 1:
            return  # its one function gave the gradients together with the value
        backward = self.layers[op.name][1] if op.name in self.layers else self.bundle.method(op, "backward")
        self.backward.append(f"{', '.join(names)} = {backward}(d{node.name}, cache_{node.name})")

    def _edge_names(self, node: Node, op: Layer) -> list[str]:
        """What the gradients that a backward returns are called: d<argument> where it has no other use."""
        names = []
        for i, spec in enumerate(op.inputs):
            if not spec.differentiable:
                continue
            argument = node.arguments[i]
            if not isinstance(argument, str):
                names.append("_")
                continue
            edges = [e for user in self.graph.consumers[argument] for e in self._edges(user, argument)]
            names.append(f"d{argument}" if len(edges) == 1 else f"d{argument}_{node.name}_{i}")
        return names


def _shown(argument: str | float) -> str:
    return argument if isinstance(argument, str) else ast.unparse(number(argument))


def dictionary(entries: Sequence[tuple[str, str]]) -> str:
    """{"dx": dx, ...}, on one line or several."""
    pairs = [f'"{key}": {value}' for key, value in entries]
    whole = "{" + ", ".join(pairs) + "}"
    if len(whole) <= WIDTH - 12:
        return whole
    lines, line = [], ""
    for pair in pairs:
        if line and len(line) + len(pair) + 2 > WIDTH - 10:
            lines.append(line)
            line = ""
        line += f"{', ' if line else ''}{pair}"
    return "{\n" + "".join(f"        {each},\n" for each in (*lines, line)) + "    }"
