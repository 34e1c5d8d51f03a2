"""Networks of the student's own layers: the layers that are wrong are named, what follows from them inherits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grader.checks.network.judge import check_network
from grader.checks.seeds import SeedSource
from grader.exercise import NetworkExercise
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from reference.activations import RELU, SIGMOID, TANH
from reference.gates import ADD
from reference.graph import Graph, Node
from reference.linear_rows import AFFINE
from reference.softmax import SOFTMAX_LOSS
from tests.grading.drawn_dags import profile

LAYERS = {"affine": AFFINE, "relu": RELU, "sigmoid": SIGMOID, "tanh": TANH, "add": ADD}
FAULTS = {
    "affine_forward": lambda out, cache: (1.1 * out, cache),
    "sigmoid_forward": lambda out, cache: (out + 0.1, cache),
    "affine_backward": lambda dx, dw, db: (2 * dx, dw, db),
    "relu_backward": lambda dx: dx * 0.5,
    "sigmoid_backward": lambda dx: -dx,
    "tanh_backward": lambda dx: dx * 1.001,
    "add_backward": lambda dx, dy: (dx, 2 * dy),
    "softmax_loss": lambda loss, dx: (loss, dx * 3),
}
"""What a student's layer makes of the right numbers."""


def network(depth: int, acts: list[str], *, shared: bool, around: bool) -> NetworkExercise:
    """`depth` affine layers of one width with activations between; with one weight for all; with a way around."""
    nodes, parameters, h = [Node("X"), Node("y")], [], "X"
    for number in range(depth):
        w, b = ("W", "b") if shared else (f"W{number}", f"b{number}")
        if w not in parameters:
            nodes += [Node(w), Node(b)]
            parameters += [w, b]
        nodes.append(Node(f"z{number}", AFFINE, (h, w, b)))
        nodes.append(Node(f"h{number}", LAYERS[acts[number]], (f"z{number}",)))
        if around:
            nodes.append(Node(f"r{number}", ADD, (h, f"h{number}")))
        h = f"r{number}" if around else f"h{number}"
    nodes.append(Node("loss", SOFTMAX_LOSS, (h, "y")))
    graph = Graph(nodes, name="net")

    def draw(rng):
        count, width = int(rng.integers(2, 5)), int(rng.integers(3, 6))
        shapes = {"X": (count, width), "W": (width, width), "b": (width,)}
        values = {n: rng.uniform(-1, 1, shapes[n[0]]) for n in graph.leaves if n != "y"}
        return values | {"y": rng.integers(0, width, count)}

    functions = {name: (f"{name}_forward", f"{name}_backward") for name in LAYERS}
    return NetworkExercise(
        id="net", title="", text="", graph=graph, function="net", parameters=tuple(parameters), draw=draw,
        layers=functions | {"softmax_loss": ("softmax_loss",)}, points={f"d{p}": 1 for p in parameters},
    )  # fmt: skip


def own_layers(faults):
    """The student's layers: right ones, with faults in those that are named."""

    def spoiled(name, rule):
        def function(*args):
            found = rule(*args)
            return (
                FAULTS[name](*(found if isinstance(found, tuple) else (found,))) if name in faults else found
            )

        return function

    made = {}
    for name, layer in LAYERS.items():
        made[f"{name}_forward"] = spoiled(f"{name}_forward", layer.forward_rule)
        made[f"{name}_backward"] = spoiled(f"{name}_backward", layer.backward_rule)

    def loss(x, y):
        value, cache = SOFTMAX_LOSS.forward_rule(x, y)
        return value, SOFTMAX_LOSS.backward_rule(np.asarray(1.0), cache)

    return made | {"softmax_loss": spoiled("softmax_loss", loss)}


def put_together(exercise, functions, change=lambda gradients: gradients):
    """The network's function, built rightly from these layers."""
    graph = exercise.graph

    def net(*leaves):
        values, caches, back = dict(zip(graph.leaves, leaves, strict=True)), {}, {}
        for name in graph.order:
            op = graph.nodes[name].op
            if op is not None:
                args = [values[a] for a in graph.nodes[name].arguments]
                values[name], caches[name] = functions[exercise.layers[op.name][0]](*args)
        back[graph.nodes["loss"].arguments[0]] = caches.pop("loss")
        for name in reversed(graph.order):
            if name in caches:
                op = graph.operation(name)
                found = functions[f"{op.name}_backward"](back[name], caches[name])
                found = found if isinstance(found, tuple) else (found,)
                for argument, gradient in zip(graph.nodes[name].arguments, found, strict=True):
                    back[argument] = back[argument] + gradient if argument in back else gradient
        return values["loss"], change({p: back[p] for p in exercise.parameters})

    return net


def judged(exercise, functions, net):
    runner = InProcessRunner()
    try:
        runner.load(Program((Source("cell 1", ""),), ()))
        runner._session.namespace.update(functions | {"net": net})
        return check_network(exercise, runner, SeedSource(b"a seed"))
    finally:
        runner.close()


@st.composite
def networks(draw):
    depth = draw(st.integers(1, 5))
    acts = draw(st.lists(st.sampled_from(["relu", "sigmoid", "tanh"]), min_size=depth, max_size=depth))
    return network(depth, acts, shared=draw(st.booleans()), around=draw(st.booleans()))


def used(exercise) -> set[str]:
    ops = [node.op.name for node in exercise.graph.nodes.values() if node.op is not None]
    return {function for op in ops for function in exercise.layers[op]}


@profile
@given(networks())
def test_right_layers_put_together_rightly_are_right(exercise):
    functions = own_layers(())
    checked = judged(exercise, functions, put_together(exercise, functions))
    assert {str(node.standing) for node in checked.nodes.values()} == {"correct"}
    assert checked.findings == []


@profile
@given(networks(), st.sets(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=2))
def test_one_or_two_wrong_layers_are_named_and_cost_the_network_nothing(exercise, faults):
    faults &= used(exercise)
    # Of a layer whose output is wrong already, only that is said.
    assume(faults and len({fault.split("_")[0] for fault in faults}) == len(faults))
    functions = own_layers(faults)
    checked = judged(exercise, functions, put_together(exercise, functions))
    standings = {str(node.standing) for node in checked.nodes.values()}
    assert standings <= {"correct", "inherited"}
    wrong = [node for node in checked.nodes.values() if node.standing == "inherited"]
    assert all(node.earns for node in wrong)
    if wrong:
        (said,) = [finding.message for finding in checked.findings if finding.check == "own layers"]
        assert set(said.split(": wrong on its own")[0].split(", ")) == faults
        assert said.endswith("from it")


@profile
@given(networks(), st.sampled_from(sorted(FAULTS)), st.data())
def test_a_slip_of_the_network_itself_is_an_origin_beside_a_wrong_layer(exercise, fault, data):
    slipped = data.draw(st.sampled_from(exercise.parameters))
    functions = own_layers({fault} & used(exercise))
    net = put_together(exercise, functions, lambda g: g | {slipped: 1.5 * g[slipped]})
    checked = judged(exercise, functions, net)
    origins = [name for name, node in checked.nodes.items() if node.standing == "origin"]
    assert origins == [f"d{slipped}"]


@pytest.mark.parametrize("number", [0.0, 1.0, 1e-14, np.nan, 1e300])
def test_layers_that_make_everything_trivial_earn_the_network_nothing(number):
    exercise = network(3, ["relu", "tanh", "relu"], shared=False, around=False)
    functions = own_layers(())
    for name in ("relu_backward", "tanh_backward"):
        functions[name] = lambda dout, cache: np.full_like(dout, number)
    functions["affine_backward"] = lambda dout, cache: tuple(np.full_like(a, number) for a in cache)
    checked = judged(exercise, functions, put_together(exercise, functions))
    assert not any(node.earns for node in checked.nodes.values())
    assert sum(node.verdict == "pass" for node in checked.nodes.values()) == 1  # the loss


def test_a_network_that_does_without_layers_of_its_own_blames_none():
    exercise = network(1, ["tanh"], shared=False, around=False)

    def net(X, y, W0, b0):
        h = np.tanh(X @ W0 + b0)
        p = np.exp(h) / np.exp(h).sum(1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        dz = p / len(y)  # without the slope of tanh
        loss = -np.log((np.exp(h) / np.exp(h).sum(1, keepdims=True))[np.arange(len(y)), y]).mean()
        return loss, {"W0": X.T @ dz, "b0": dz.sum(0)}

    checked = judged(exercise, {}, net)
    assert {name for name, node in checked.nodes.items() if node.standing == "origin"} == {"dW0", "db0"}
    assert checked.findings == []


def test_one_draw_is_enough_for_follow_through():
    exercise = network(2, ["tanh", "sigmoid"], shared=False, around=False)
    once = replace(exercise, count=1)
    functions = own_layers({"tanh_backward"})
    checked = judged(once, functions, put_together(once, functions))
    assert all(node.earns for node in checked.nodes.values() if node.standing == "inherited")
    assert any(node.standing == "inherited" for node in checked.nodes.values())
