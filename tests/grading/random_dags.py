"""Random computational graphs with an arithmetic of their own, to judge the judge by.

Nothing here differentiates through `reference.graph`: values, right gradients and those of a student with planted
faults come from the table below, so that an error in the reference cannot hide one in the blame.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.exercise import GraphExercise
from reference.activations import RELU, SIGMOID, TANH
from reference.gates import ADD, EXP, IDENTITY, MAXIMUM, MULTIPLY, RECIPROCAL, SCALE, SQUARE, SUBTRACT
from reference.graph import Graph, Node

FARTHEST = 12.0
"""No value leaves ±FARTHEST: an operation that could is not drawn."""
CLEARANCE = 1e-4
"""How far every max and ReLU is kept from its kink."""


def _squash(low, high, f):
    return f(low), f(high)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _corners(f):
    def interval(a, b):
        ends = [f(x, y) for x in a for y in b]
        return min(ends), max(ends)

    return interval


@dataclass(frozen=True)
class Rule:
    """An operation: its layer, f, the local gradients, and the interval that it maps intervals to (None: never)."""

    layer: object
    value: Callable
    locals: tuple[Callable, ...]
    interval: Callable


RULES = {
    "add": Rule(ADD, lambda x, y: x + y, (lambda x, y: 1.0 + 0 * x, lambda x, y: 1.0 + 0 * y),
                _corners(lambda x, y: x + y)),
    "subtract": Rule(SUBTRACT, lambda x, y: x - y, (lambda x, y: 1.0 + 0 * x, lambda x, y: -1.0 + 0 * y),
                     _corners(lambda x, y: x - y)),
    "multiply": Rule(MULTIPLY, lambda x, y: x * y, (lambda x, y: y, lambda x, y: x), _corners(lambda x, y: x * y)),
    "max": Rule(MAXIMUM, np.maximum, (lambda x, y: 1.0 * (x > y), lambda x, y: 1.0 * (y > x)), _corners(max)),
    "relu": Rule(RELU, lambda x: np.maximum(x, 0), (lambda x: 1.0 * (x > 0),),
                 lambda a: (max(a[0], 0), max(a[1], 0)) if a[1] > 0 else None),
    "sigmoid": Rule(SIGMOID, _sigmoid, (lambda x: _sigmoid(x) * (1 - _sigmoid(x)),),
                    lambda a: _squash(*a, lambda v: 1 / (1 + math.exp(-v)))),
    "tanh": Rule(TANH, np.tanh, (lambda x: 1 - np.tanh(x) ** 2,), lambda a: _squash(*a, math.tanh)),
    "exp": Rule(EXP, np.exp, (np.exp,), lambda a: _squash(*a, math.exp)),
    "square": Rule(SQUARE, lambda x: x * x, (lambda x: 2 * x,), lambda a: (0, max(a[0] ** 2, a[1] ** 2))),
    "reciprocal": Rule(RECIPROCAL, lambda x: 1 / x, (lambda x: -1 / x**2,),
                       lambda a: (1 / a[1], 1 / a[0]) if a[0] * a[1] > 0 and min(map(abs, a)) > 0.2 else None),
    "identity": Rule(IDENTITY, lambda x: 1.0 * x, (lambda x: 1.0 + 0 * x,), lambda a: a),
    "scale": Rule(SCALE, lambda x, k: k * x, (lambda x, k: k + 0 * x, None), _corners(lambda x, k: k * x)),
}  # fmt: skip
KINKS = {"max": lambda x, y: np.abs(x - y), "relu": np.abs}
CALMING = ("tanh", "sigmoid", "scale")
"""Operations that always fit: they bring large values back."""


@dataclass(frozen=True)
class Fault:
    """What a student does at one node instead of adding up `terms`, what each use of the node sends back."""

    name: str
    apply: Callable[[list], object]
    branches: int = 1
    """The least number of uses at which it makes sense."""


FAULTS = (
    Fault("twice", lambda terms: 2 * sum(terms)),
    Fault("a thousandth too much", lambda terms: 1.001 * sum(terms)),
    Fault("divided by eight", lambda terms: sum(terms) / 8),
    Fault("sign", lambda terms: -sum(terms)),
    Fault("zero", lambda terms: 0 * sum(terms)),
    Fault("wrong number", lambda terms: sum(terms) * 0 + 0.37),
    Fault("shifted", lambda terms: sum(terms) + 0.37),
    Fault("path dropped", lambda terms: sum(terms[1:]), 2),
    Fault("overwritten", lambda terms: terms[-1], 2),
    Fault("first path only", lambda terms: terms[0], 2),
    Fault("path counted twice", lambda terms: sum(terms) + terms[0], 2),
)


@dataclass
class Dag:
    """(rule, arguments) by node, in a topological order; leaves have the rule "". The last node is the output."""

    nodes: dict[str, tuple[str, tuple]] = field(default_factory=dict)
    shape: tuple[int, ...] = ()

    def __post_init__(self):
        self._edges: tuple[int, dict] = (-1, {})

    @property
    def leaves(self) -> list[str]:
        return [name for name, (rule, _) in self.nodes.items() if not rule]

    @property
    def output(self) -> str:
        return next(reversed(self.nodes))

    def uses(self, name: str) -> list[tuple[str, int]]:
        if self._edges[0] != len(self.nodes):
            found: dict[str, list] = {node: [] for node in self.nodes}
            for consumer, (_, args) in self.nodes.items():
                for place, argument in enumerate(args):
                    if isinstance(argument, str):
                        found[argument].append((consumer, place))
            self._edges = len(self.nodes), found
        return self._edges[1][name]

    def values(self, leaves: Mapping) -> dict:
        values = dict(leaves)
        for name, (rule, args) in self.nodes.items():
            if rule:
                values[name] = RULES[rule].value(*(values[a] if isinstance(a, str) else a for a in args))
        return values

    def terms(self, values: Mapping, gradients: Mapping, name: str) -> list:
        """What each use of a node sends back to it: the consumer's gradient times the local one."""
        found = []
        for consumer, place in self.uses(name):
            rule, args = self.nodes[consumer]
            inputs = [values[a] if isinstance(a, str) else a for a in args]
            found.append(gradients[consumer] * RULES[rule].locals[place](*inputs))
        return found

    def gradients(self, values: Mapping, faults: Mapping[str, Fault] = {}) -> dict:
        """Every node's gradient, with `faults` at some nodes and right work on whatever they leave behind."""
        found = {self.output: np.ones(self.shape) if self.shape else 1.0}
        for name in reversed(self.nodes):
            if name != self.output:
                terms = self.terms(values, found, name)
                found[name] = faults[name].apply(terms) if name in faults else sum(terms)
        return found

    def clear(self, values: Mapping) -> bool:
        """Whether every max and ReLU is far enough from its kink."""
        return all(
            np.min(KINKS[rule](*(values[a] for a in args))) > CLEARANCE
            for rule, args in self.nodes.values()
            if rule in KINKS
        )

    def draw(self, rng: np.random.Generator) -> dict:
        while True:
            sizes = {name: rng.integers(3, 21, self.shape) / 10 for name in self.leaves}
            leaves = {n: s * rng.choice((-1, 1), self.shape) for n, s in sizes.items()}
            leaves = {n: v if self.shape else float(v) for n, v in leaves.items()}
            if self.clear(self.values(leaves)):
                return leaves

    def exercise(self, names: Mapping[str, str] | None = None, **more) -> GraphExercise:
        """The exercise; with `names`, its nodes called otherwise and declared in that mapping's order."""
        names = names or {name: name for name in self.nodes}
        back = {new: old for old, new in names.items()}
        nodes = [self._node(old, names) for old in names]
        graph = Graph(nodes, output=names[self.output], name="random")
        points = {f"d{new}": 1 + len(old) % 3 for old, new in names.items() if old != self.output}

        def draw(rng):
            # As the original draws them, whatever the leaves are called here.
            drawn = self.draw(rng)
            return {new: drawn[back[new]] for new in graph.leaves}

        return GraphExercise(
            id="random",
            title="",
            text="",
            graph=graph,
            function="gradients",
            draw=draw,
            points=points,
            **more,
        )

    def _node(self, name: str, names: Mapping[str, str]) -> Node:
        rule, args = self.nodes[name]
        if not rule:
            return Node(names[name])
        return Node(
            names[name], RULES[rule].layer, tuple(names[a] if isinstance(a, str) else a for a in args)
        )


def random_dag(rng: np.random.Generator, size: int, *, shape: tuple[int, ...] = (), leaves: int = 0) -> Dag:
    """`size` nodes or a few more: gates of every kind, fan-outs, several leaves, all ending in one output."""
    dag = Dag(shape=shape)
    reach: dict[str, tuple[float, float]] = {}
    samples: dict[str, np.ndarray] = {}
    for number in range(leaves or int(rng.integers(2, 3 + max(1, size // 8)))):
        dag.nodes[f"x{number}"] = "", ()
        reach[f"x{number}"] = -2.0, 2.0
        samples[f"x{number}"] = rng.uniform(-2, 2, 64)
    local = rng.random() < 0.5  # deep graphs, or wide ones
    while len(dag.nodes) < size or len(_ends(dag)) > 1:
        ends = _ends(dag)
        joining = len(dag.nodes) + len(ends) > size
        names = ends if joining else list(dag.nodes)[-6 if local else 0 :]
        _grow(dag, reach, samples, rng, names, joining=joining)
    return dag


def _ends(dag: Dag) -> list[str]:
    used = {a for _, args in dag.nodes.values() for a in args}
    return [name for name in dag.nodes if name not in used]


def _grow(dag: Dag, reach: dict, samples: dict, rng, names: list[str], *, joining: bool) -> None:
    """One node more, or none where what was drawn does not fit."""
    rule = str(rng.choice(["add", "subtract", "multiply", "max"] if joining else list(RULES)))
    count = len(RULES[rule].locals)
    chosen = [names[int(i)] for i in rng.choice(len(names), min(count, len(names)), replace=False)]
    if len(chosen) < count or (not joining and rng.random() < 0.1):
        chosen = chosen[:1] * count  # one value used twice by one gate
    args: tuple = (chosen[0], float(rng.choice((-3, -0.5, 0.25, 2)))) if rule == "scale" else tuple(chosen)
    interval = _interval(rule, args, reach)
    if interval is None or max(map(abs, interval)) > FARTHEST:
        rule, args = ("scale", (chosen[0], 0.25)) if joining else (str(rng.choice(CALMING[:2])), (chosen[0],))
        interval = _interval(rule, args, reach)
    inputs = [samples[a] if isinstance(a, str) else a for a in args]
    if rule in KINKS and np.mean(KINKS[rule](*inputs) < 0.01) > 0.05:
        return  # two values that are nearly always the same: no draw would be clear of the kink
    name = f"v{len(dag.nodes)}"
    dag.nodes[name] = rule, args
    reach[name] = interval
    samples[name] = RULES[rule].value(*inputs)


def _interval(rule: str, args: tuple, reach: dict) -> tuple[float, float] | None:
    return RULES[rule].interval(*(reach[a] if isinstance(a, str) else (a, a) for a in args))
