"""What is added to a student's layers on our side: told apart where it only adds, and refused where it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grader.checks.network.rest import layered, with_rest
from reference.gates import ADD, MULTIPLY
from reference.graph import Graph, Node
from reference.l2 import L2
from tests.exercises.shared import BY_ID

NETWORK = BY_ID["two_layer"]
NET = BY_ID["fully_connected_net"]


def with_tail(*tail):
    graph = Graph([*NETWORK.graph.nodes.values(), Node("reg"), *tail])
    return replace(NETWORK, graph=graph, points={"total": 1}, misconceptions=())


def test_a_network_of_layers_alone_ends_in_its_loss():
    found = layered(NETWORK)
    assert found.end == "loss"
    assert found.nodes == {"z1", "h1", "s", "loss"}


def test_a_penalty_that_is_added_stands_beside_the_layers():
    found = layered(NET)
    assert found.end == "data"
    assert found.nodes == {"z1", "h1", "z2", "h2", "s", "data"}


@pytest.mark.parametrize(
    "tail",
    [
        (Node("total", MULTIPLY, ("loss", "reg")),),
        (Node("total", ADD, ("loss", "loss")),),
        (Node("penalty", L2, ("h1", "reg")), Node("total", ADD, ("loss", "penalty"))),
    ],
    ids=["scaled", "added to itself", "a penalty on what a layer gives"],
)
def test_what_does_more_than_add_to_the_layers_is_not_told_apart(tail):
    assert layered(with_tail(*tail)) is None


def test_a_layer_of_ours_before_one_of_theirs_is_not_told_apart():
    nodes = {**NETWORK.graph.nodes, "twice": Node("twice", ADD, ("X", "X"))}
    nodes["z1"] = replace(nodes["z1"], arguments=("twice", "W1", "b1"))
    assert layered(replace(NETWORK, graph=Graph(nodes.values(), output="loss"))) is None


def test_the_penalty_is_added_to_the_loss_and_to_the_weights_alone():
    values = NET.draw(np.random.default_rng(1))
    values = {name: values[name] for name in NET.graph.leaves}
    mine = {"loss": np.asarray(2.0), "dW1": np.ones_like(values["W1"]), "db1": np.ones_like(values["b1"])}
    found = with_rest(NET, values, mine, "data")
    squares = sum(float(np.sum(values[name] ** 2)) for name in ("W1", "W2", "W3"))
    assert found["loss"] == pytest.approx(2 + values["reg"] / 2 * squares)
    np.testing.assert_allclose(found["dW1"], 1 + values["reg"] * values["W1"])
    np.testing.assert_array_equal(found["db1"], mine["db1"])


def test_a_gradient_of_another_shape_stays_as_it_came():
    values = NET.draw(np.random.default_rng(1))
    values = {name: values[name] for name in NET.graph.leaves}
    found = with_rest(NET, values, {"dW1": np.ones(3)}, "data")
    np.testing.assert_array_equal(found["dW1"], np.ones(3))
