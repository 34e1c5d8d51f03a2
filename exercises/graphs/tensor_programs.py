"""What a student's autograd engine is made to differentiate: expressions from one operation to random graphs.

A program is kept as steps, so that it can be written as the Python source that runs beside the student's code,
shown in one line of a message, and run on the reference's own engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from reference.inputs import Array
from reference.tensor import Tensor

Shape = tuple[str, ...]
"""In letters, whose sizes are drawn: "N" and "M" for rows and columns, "K" between the factors of a product."""

SHAPES: dict[str, Shape] = {
    "a": ("N", "M"),
    "b": ("N", "M"),
    "p": ("N", "K"),
    "q": ("K", "M"),
    "row": ("M",),
    "column": ("N", "1"),
    "number": (),
}


@dataclass(frozen=True, slots=True)
class Step:
    """name = left op right; right is a number for a constant and empty for relu and sum."""

    name: str
    op: str
    left: str
    right: str | float = ""

    @property
    def source(self) -> str:
        """As a line of Python."""
        if self.op in ("relu", "sum"):
            return f"{self.name} = {self.left}.{self.op}()"
        return f"{self.name} = {self.left} {self.op} {self.right}"


@dataclass(frozen=True, slots=True)
class Program:
    """Steps from inputs to a number, and the nodes of the exercise that it speaks for."""

    name: str
    nodes: tuple[str, ...]
    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    repeat: int = 1
    """How often the steps but the last are run, for a graph that is deep rather than wide."""

    @property
    def source(self) -> str:
        """A function of the inputs that returns the last step's tensor."""
        head = f"def {self.name}({', '.join(self.inputs)}):\n"
        *body, last = (step.source for step in self.steps)
        if self.repeat > 1:
            head += f"    out = {self.inputs[0]}\n    for _ in range({self.repeat}):\n        {body[0]}\n"
        else:
            head += "".join(f"    {line}\n" for line in body)
        return head + f"    {last}\n    return {self.steps[-1].name}\n"

    @property
    def line(self) -> str:
        """For a message: the steps, in one line."""
        again = f", the first step {self.repeat} times" if self.repeat > 1 else ""
        return "; ".join(step.source for step in self.steps) + again

    def run(self, tensors: Sequence[Tensor]) -> tuple[Tensor, float]:
        """The result, and the entry nearest to 0 among all that went into a relu."""
        known: dict[str, Tensor] = dict(zip(self.inputs, tensors, strict=True))
        if self.repeat > 1:
            known["out"] = tensors[0]
        margin = float("inf")
        for step in (*self.steps[:-1] * self.repeat, self.steps[-1]):
            left = known[step.left]
            if step.op == "relu":
                margin = min(margin, float(np.abs(left.data).min()))
            right = known[step.right] if isinstance(step.right, str) and step.right else step.right
            known[step.name] = OPERATIONS[step.op](left, right)
        return known[self.steps[-1].name], margin


OPERATIONS: dict[str, Callable[[Tensor, Any], Tensor]] = {
    "+": lambda x, y: x + y,
    "*": lambda x, y: x * y,
    "@": lambda x, y: x @ y,
    "relu": lambda x, y: x.relu(),
    "sum": lambda x, y: x.sum(),
}


def _program(name: str, nodes: str, inputs: str, *steps: tuple[Any, ...], repeat: int = 1) -> Program:
    """Nodes and inputs separated by spaces; steps as tuples."""
    return Program(
        name, tuple(nodes.split()), tuple(inputs.split()), tuple(Step(*step) for step in steps), repeat
    )


TOTAL = ("f", "sum", "c")

FIXED = (
    _program("total", "sum", "a", ("f", "sum", "a")),
    _program("add", "add", "a b", ("c", "+", "a", "b"), TOTAL),
    _program("add_constant", "add", "a", ("c", "+", "a", 1.5), TOTAL),
    _program("multiply", "multiply", "a b", ("c", "*", "a", "b"), TOTAL),
    _program("multiply_constant", "multiply", "a", ("c", "*", "a", -2.5), TOTAL),
    _program("matmul", "matmul", "p q", ("c", "@", "p", "q"), TOTAL),
    _program("relu", "relu", "a", ("c", "relu", "a"), TOTAL),
    _program("add_upstream", "add", "a b", ("d", "+", "a", "b"), ("c", "*", "d", "a"), TOTAL),
    _program("matmul_upstream", "matmul", "p q a", ("d", "@", "p", "q"), ("c", "*", "d", "a"), TOTAL),
    _program("relu_upstream", "relu", "a b", ("d", "relu", "a"), ("c", "*", "d", "b"), TOTAL),
    _program("sum_upstream", "sum", "a number", ("d", "sum", "a"), ("f", "*", "d", "number")),
    _program("twice_in_a_sum", "fan_out", "a", ("c", "+", "a", "a"), TOTAL),
    _program("square", "fan_out", "a", ("c", "*", "a", "a"), TOTAL),
    _program("two_ways", "fan_out", "a b", ("d", "*", "a", "b"), ("c", "+", "d", "a"), TOTAL),
    _program("diamond", "fan_out", "a b", ("d", "+", "a", "b"), ("e", "*", "d", "d"), ("c", "*", "e", "d"), TOTAL),
    _program("add_row", "broadcast", "a row", ("c", "+", "a", "row"), TOTAL),
    _program("multiply_row", "broadcast", "a row", ("c", "*", "row", "a"), TOTAL),
    _program("multiply_column", "broadcast", "a column", ("c", "*", "a", "column"), TOTAL),
    _program("row_and_column", "broadcast", "row column", ("c", "*", "row", "column"), TOTAL),
    _program("add_number", "broadcast", "a number", ("c", "+", "number", "a"), TOTAL),
    _program("layer", "broadcast", "p q row",
             ("d", "@", "p", "q"), ("e", "+", "d", "row"), ("g", "relu", "e"), ("c", "*", "g", -1.5), TOTAL),
    _program("long_sum", "deep", "a b", ("out", "+", "out", "b"), ("f", "sum", "out"), repeat=2000),
)  # fmt: skip
"""One idea each; `nodes` says which part of the exercise pays for it."""

RANDOM = 12
"""How many random graphs there are."""


def random_program(number: int) -> Program:
    """A graph over seven inputs, with fan-outs and stretched axes, always the same for a number.

    It is drawn again until nearly all inputs and steps lead to its result.
    """
    rng = np.random.default_rng([number, 26])
    steps = _random_steps(rng)
    while len(_reached(steps)) < len(SHAPES) + len(steps) - 2:
        steps = _random_steps(rng)
    return Program(f"graph_{number}", ("graphs",), tuple(SHAPES), tuple(steps))


def _random_steps(rng: np.random.Generator) -> list[Step]:
    """A matrix product, seven steps that use what is there, a last fan-out, and the sum of it all."""
    full = ["a", "b", "c0"]
    steps = [Step("c0", "@", "p", "q")]
    for place in range(1, 8):
        name = f"c{place}"
        left = full[int(rng.integers(max(0, len(full) - 3), len(full)))]
        # Products are few, so that numbers stay small enough to compare.
        op = ("+", "*", "+", "relu", "+", "*", "+")[place - 1]
        if op == "relu":
            steps.append(Step(name, op, left))
        else:
            others = [*full, "row", "column", "number"]
            steps.append(Step(name, op, left, others[int(rng.integers(len(others)))]))
        full.append(name)
    return [*steps, Step("c", "+", "c7", "c3"), Step("f", "sum", "c")]


def _reached(steps: Sequence[Step]) -> set[str]:
    """Every input and step that the last step depends on, and itself."""
    found = {steps[-1].name}
    for step in reversed(steps):
        if step.name in found:
            found |= {name for name in (step.left, step.right) if isinstance(name, str) and name}
    return found


@cache
def programs() -> tuple[Program, ...]:
    """All programs, the simple ones first."""
    return (*FIXED, *(random_program(number) for number in range(RANDOM)))


CLEARANCE = 0.02


def draw_arrays(program: Program, rng: np.random.Generator) -> list[Array]:
    """Arrays for its inputs in short decimals, of sizes that differ, with no relu near its kink."""
    rows, inner, columns = (int(size) for size in 2 + rng.permutation(3))
    sizes = {"N": rows, "K": inner, "M": columns, "1": 1}
    while True:
        arrays = [
            rng.choice((-1.0, 1.0), shape) * rng.integers(30, 200, shape) / 100
            for shape in (tuple(sizes[letter] for letter in SHAPES[name]) for name in program.inputs)
        ]
        _, margin = program.run([Tensor(array) for array in arrays])
        if margin >= CLEARANCE:
            return [np.asarray(array) for array in arrays]
