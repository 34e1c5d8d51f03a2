"""Both passes as a lecture steps through them: one gate at a time going forward, one wire at a time coming back.

A step says in words what happens in it; the timeline says at which step each number of the picture appears.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from grader.passes import Trace, TracedNode, TracedWire
from grader.picture.numbers import short


class Pass(StrEnum):
    """Which way a step goes."""

    START = "start"
    FORWARD = "forward"
    TURN = "turn"
    """Where forward ends and backward begins: the output's gradient with respect to itself."""
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens in one step, in words."""

    direction: Pass
    heading: str
    lines: tuple[str, ...]
    """What is computed, and what is to be said about it."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps, and the step at which each number appears, counted from 0."""

    steps: tuple[Step, ...]
    value_at: tuple[int, ...]
    """For each node of the trace, in its order."""
    gradient_at: tuple[int, ...]
    """For each node: when the last of what comes back to it has arrived."""
    sent_at: tuple[int | None, ...]
    """For each wire: when its gradient comes back; None for a wire on no path to the output."""


def timeline(trace: Trace, *, digits: int) -> Timeline:
    """All steps from the inputs to the last gradient, numbers to so many significant digits."""
    return _Told(trace, digits).timeline()


class _Told:
    def __init__(self, trace: Trace, digits: int) -> None:
        self.trace, self.digits = trace, digits
        self.nodes = {node.name: node for node in trace.nodes}
        self.output = self.nodes[trace.output]

    def timeline(self) -> Timeline:
        trace = self.trace
        gates = [node for node in trace.nodes if node.op]
        back = list(self.backward_wires())
        forward_at = {node.name: number for number, node in enumerate(gates, 1)}
        turn = len(gates) + 1
        sent_at = {wire: turn + number for number, wire in enumerate(back, 1)}
        gradient_at = []
        for node in trace.nodes:
            arrived = [sent_at[wire] for wire in trace.leaving[node.name] if wire in sent_at]
            gradient_at.append(max(arrived, default=turn))
        steps = [
            self.start(),
            *(self.forward(node, number, len(gates)) for number, node in enumerate(gates, 1)),
            self.turn(),
            *self.backward(back),
        ]
        return Timeline(
            tuple(steps),
            tuple(forward_at.get(node.name, 0) for node in trace.nodes),
            tuple(gradient_at),
            tuple(sent_at.get(wire) for wire in trace.wires),
        )

    def backward_wires(self) -> Iterator[TracedWire]:
        """The wires on paths to the output, each after all wires that leave its target."""
        entering: dict[str, list[TracedWire]] = {node.name: [] for node in self.trace.nodes}
        for wire in self.trace.wires:
            entering[wire.target].append(wire)
        for name in self.trace.backward_order:
            if name in self.trace.on_path:
                yield from entering[name]

    def start(self) -> Step:
        inputs = [f"{node.name} = {self.number(node.value)}" for node in self.trace.nodes if not node.op]
        return Step(
            Pass.START, "The inputs have their values", (minus(", ".join(inputs)) or "There are none.",)
        )

    def forward(self, node: TracedNode, number: int, count: int) -> Step:
        """`q = x + y = −2 + 5 = 3`, with as much of it as has names."""
        inputs = [self.nodes[argument] for argument in node.arguments if isinstance(argument, str)]
        parts = [node.name] if node.named else []
        if all(one.named for one in inputs):
            parts.append(node.expression)
        parts += [self.in_numbers(node), self.number(node.value)]
        line = minus(" = ".join(dict.fromkeys(parts)))
        return Step(Pass.FORWARD, f"Forward, gate {number} of {count}: {called(node)}", (line,))

    def in_numbers(self, node: TracedNode) -> str:
        """The expression with numbers in place of names; the negative ones in brackets."""

        def numbered(match: re.Match[str]) -> str:
            if match[0] not in node.arguments:
                return match[0]
            text = self.number(self.nodes[match[0]].value)
            wrapped = match.start() == 0 or match.string[match.start() - 1] == "("
            power = match.string[match.end() :].startswith("**")
            return f"({text})" if text.startswith("-") and (power or not wrapped) else text

        return re.sub(r"(?<= \* )(-[\d.e-]+)", r"(\1)", re.sub(r"[^\W\d]\w*", numbered, node.expression))

    def turn(self) -> Step:
        lines = [f"{self.of_output} with respect to itself is 1."]
        idle = [node.name for node in self.trace.nodes if node.name not in self.trace.on_path and node.named]
        if idle:
            lines.append(f"{_listed(idle)}: on no path to the output, so the gradient is 0.")
        return Step(Pass.TURN, "Backward begins at the output", tuple(lines))

    @property
    def of_output(self) -> str:
        """What every gradient is the gradient of."""
        return f"The gradient of {self.output.name if self.output.named else 'the output'}"

    def backward(self, wires: list[TracedWire]) -> Iterator[Step]:
        """`upstream × local = −4 × 2 = −8`, and the sum where a value is used more than once."""
        arrived: dict[str, list[str]] = {}
        for number, wire in enumerate(wires, 1):
            source, target = self.nodes[wire.source], self.nodes[wire.target]
            upstream, local = self.number(wire.upstream), _bracketed(self.number(wire.local))
            sent = self.number(wire.contribution)
            lines = [minus(f"upstream × local = {upstream} × {local} = {sent}")]
            uses = sum(other.target in self.trace.on_path for other in self.trace.leaving[source.name])
            so_far = arrived.setdefault(source.name, [])
            so_far.append(sent)
            if uses > len(so_far):
                rest = uses - len(so_far)
                lines.append(
                    f"{called(source)} is used {uses} times: {rest} more wire{'s' * (rest > 1)} to come."
                )
            elif uses > 1:
                added = " + ".join(_bracketed(text) if place else text for place, text in enumerate(so_far))
                lines.append(minus(f"What came back adds up: {added} = {self.number(source.gradient)}"))
            heading = f"Backward, wire {number} of {len(wires)}: from {called(target)} to {called(source)}"
            yield Step(Pass.BACKWARD, heading, tuple(lines))

    def number(self, value: float) -> str:
        return short(value, self.digits)


def called(node: TracedNode) -> str:
    """A node by its author's name, or else by what is written in its gate."""
    return node.name if node.named else f"the gate {node.label}"


def minus(text: str) -> str:
    """Typeset minus signs before numbers, × for products."""
    return (
        re.sub(r"(?<![\w.])-(?=[\d.])|(?<=e)-(?=\d)", "−", text).replace(" * ", " × ").replace(" - ", " − ")
    )


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _listed(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
