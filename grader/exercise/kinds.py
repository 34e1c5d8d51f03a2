"""The nine kinds of exercise. Each says what a submission must define and what is drawn; how each is judged is in
`grader.checks`, one module a kind.

Here are those that are about gradients: of layers (one rule, its Jacobian, a wrong rule to be found) and of graphs
(one function, a whole network). The others come from `grader.exercise.kinds_without_gradients`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from grader.exercise.cases import Case, Draw, cases_of
from grader.exercise.exercise import Array, Exercise, Situation
from grader.exercise.kinds_without_gradients import (
    AlgorithmExercise,
    AnswersExercise,
    ExperimentExercise,
    Question,
    Trial,
    WrittenExercise,
)
from reference.graph import Graph
from reference.layer import Layer

Compose = Callable[
    [Callable[..., Any], Callable[..., Any], tuple[Any, ...], tuple[Array, ...]], Sequence[Array]
]
"""(a step's forward, its backward, inputs, upstreams) -> the nodes' values, in their order."""


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """A step that an exercise is built from and that is judged by itself, and how to build rightly from it.

    `compose` is given two functions in the step's own form, forward(*inputs) -> (outputs..., cache) and
    backward(*upstreams, cache) -> gradients.
    """

    exercise: LayerExercise
    compose: Compose


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerExercise(Exercise):
    """forward(*inputs) -> (out, cache) and backward(dout, cache) -> gradients, in CS231n's convention.

    With `one_call`, one function of that name returns the outputs and then the gradients: softmax_loss(x, y) ->
    (loss, dx). The cache always comes from the student's own forward.
    """

    kind: ClassVar[str] = "layer"

    layer: Layer
    forward: str = ""
    backward: str = ""
    one_call: str = ""
    cases: tuple[Case, ...] = ()
    """Empty: those that every layer gets."""
    joint: Callable[[Situation], bool] | None = None
    """At a kink, what the gradients owe to each other besides being subgradients one by one (each split adds up):
    looks at the student's own d<input> in place of the right ones."""
    small: tuple[Draw, ...] = ()
    """Draws of few entries, from the smallest on, for an example by hand; empty: by the layer's sizes."""
    builds_on: BuiltOn | None = None
    """The student's own step: what is right but for its slip earns by follow-through."""
    worked: tuple[str, ...] = ()
    """The way back in formulas, in one or several forms: one change to one of them explains wrong numbers
    (`grader.diagnosis.worked`)."""

    def __post_init__(self) -> None:
        if not self.one_call:
            object.__setattr__(self, "forward", self.forward or f"{self.layer.name}_forward")
            object.__setattr__(self, "backward", self.backward or f"{self.layer.name}_backward")
        object.__setattr__(self, "cases", self.cases or cases_of(self.layer))
        Exercise.__post_init__(self)

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.one_call,) if self.one_call else (self.forward, self.backward)

    @property
    def gradients(self) -> tuple[str, ...]:
        """Names of the gradients, in the order in which backward returns them."""
        return tuple(f"d{name}" for name in self.layer.differentiable)

    @property
    def nodes(self) -> tuple[str, ...]:
        return (*self.layer.outputs, *self.gradients)


@dataclass(frozen=True, slots=True, kw_only=True)
class JacobianExercise(Exercise):
    """function(*inputs) -> the full local Jacobian ∂out/∂in, of shape out_shape + in_shape."""

    kind: ClassVar[str] = "jacobian"

    layer: Layer
    function: str
    output: str = "out"
    wrt: str = "x"
    cases: tuple[Case, ...] = ()
    worked: tuple[str, ...] = ()
    """The Jacobian in formulas (`grader.diagnosis.worked`), in one or several forms."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cases", self.cases or cases_of(self.layer))
        Exercise.__post_init__(self)

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.function,)

    @property
    def nodes(self) -> tuple[str, ...]:
        return ("jacobian",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTheBugExercise(Exercise):
    """A wrong backward is shown. The student gives inputs where it is wrong, names the node, and mends it.

    Nodes: `counterexample` (a function without arguments returning the inputs, a tuple or a dictionary by name),
    `node` (a variable holding the name of the first wrong gradient), `mended` (backward(dout, *inputs)).
    """

    kind: ClassVar[str] = "find the bug"

    layer: Layer
    shown: Callable[..., Any]
    """The wrong rule: shown(dout, *inputs) -> gradients as the layer's."""
    wrong: tuple[str, ...]
    """Names of the gradients that the shown rule gets wrong."""
    counterexample: str = "counterexample"
    answer: str = "wrong_node"
    mended: str = "mended_backward"
    cases: tuple[Case, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cases", self.cases or cases_of(self.layer))
        Exercise.__post_init__(self)

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.counterexample, self.mended)

    @property
    def variables(self) -> tuple[str, ...]:
        return (self.answer,)

    @property
    def nodes(self) -> tuple[str, ...]:
        return ("counterexample", "node", "mended")


def _short_decimals(graph: Graph) -> Callable[[np.random.Generator], dict[str, Any]]:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {name: float(rng.choice((-1, 1)) * rng.integers(3, 31) / 10) for name in graph.leaves}

    return draw


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphExercise(Exercise):
    """function(**leaves) -> a dictionary with the gradient of every named node, as d<node>; more keys are welcome.

    Values that the dictionary gives under a node's own name are the student's forward pass. `shown` are the
    lecture's own numbers; they are judged first, so that a report speaks of numbers that can be looked up.
    """

    kind: ClassVar[str] = "graph"

    graph: Graph
    function: str
    shown: Mapping[str, Any] = field(default_factory=dict)
    draw: Callable[[np.random.Generator], Mapping[str, Any]] | None = None
    count: int = 3
    """How many drawn inputs are judged besides the shown ones."""

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.function,)

    @property
    def nodes(self) -> tuple[str, ...]:
        """d<node> for every node but the output, in the order in which gradients become complete."""
        return tuple(f"d{name}" for name in reversed(self.graph.order) if name != self.graph.output)

    def drawn(self, rng: np.random.Generator) -> Mapping[str, Any]:
        """Values for the leaves."""
        return (self.draw or _short_decimals(self.graph))(rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkExercise(Exercise):
    """function(*leaves) -> (loss, gradients by parameter name): a network built from the student's own layers.

    `layers` names, for each operation of the graph by its layer's name, the student's functions it is built from:
    (forward, backward), or a single name for one that returns the loss and its gradient.
    """

    kind: ClassVar[str] = "network"

    graph: Graph
    function: str
    layers: Mapping[str, tuple[str, ...]]
    parameters: tuple[str, ...]
    draw: Callable[[np.random.Generator], Mapping[str, Any]]
    count: int = 3
    options: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """By layer: what its forward takes after the graph's arguments, as `conv_param`."""
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By layer: other functions of theirs that do the same, and may be called in its place."""
    adapter: str = ""
    """Where `function` is a class: source of `called(*leaves)`, which makes one and calls it. It finds the names of
    the submission in `submission`; see `exercises.networks.class_adapters` for what else it may answer with."""

    given: Callable[..., tuple[Any, ...]] | None = None
    """What a class's `loss` is given, as leaves; None: they are the leaves."""
    cut: bool = True
    """Whether the leaves may be cut to any size, each by itself, for an example by hand."""

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.function, *dict.fromkeys(name for names in self.layers.values() for name in names))

    @property
    def required(self) -> tuple[str, ...]:
        return (self.function,)

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.graph.output, *(f"d{name}" for name in self.parameters))

    def called(self, names: Mapping[str, Any]) -> Callable[..., Any]:
        """What takes the leaves and returns loss and gradients, where `names` is what a submission defines."""
        if not self.adapter:
            found: Callable[..., Any] = names[self.function]
            return found
        made: dict[str, Any] = {"np": np, "submission": names}
        exec(self.adapter, made)  # noqa: S102 - the author's own source
        called: Callable[..., Any] = made["called"]
        return called


__all__ = [
    "AlgorithmExercise",
    "AnswersExercise",
    "BuiltOn",
    "Compose",
    "ExperimentExercise",
    "FindTheBugExercise",
    "GraphExercise",
    "JacobianExercise",
    "LayerExercise",
    "NetworkExercise",
    "Question",
    "Trial",
    "WrittenExercise",
]
