"""The JSON is what the lectures write on the blackboard, in full precision."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from grader.passes import expression, trace
from reference.formula import formula_graph
from reference.gates import ADD, MULTIPLY
from reference.graph import Graph, Node
from tests.trace.examples import CHAIN, EXAMPLES, arguments, run, traced


def answer(*args: str) -> dict[str, Any]:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def by_name(data: dict[str, Any], key: str) -> dict[str, float]:
    return {node["name"]: node[key] for node in data["nodes"]}


def test_product_of_a_sum_has_the_numbers_of_cs231n_lecture_4() -> None:
    data = answer("trace", "q = x + y; f = q*z", "x=-2", "y=5", "z=-4")
    assert data["schema"] == "chainmark/trace/1"
    assert data["formula"] == "q = x + y; f = q*z"
    assert data["output"] == "f"
    assert data["inputs"] == {"x": -2, "y": 5, "z": -4}
    assert by_name(data, "value") == {"x": -2, "y": 5, "q": 3, "z": -4, "f": -12}
    assert by_name(data, "gradient") == {"x": -4, "y": -4, "q": -4, "z": 3, "f": 1}
    assert data["nodes"][2] == {
        "name": "q",
        "op": "add",
        "label": "+",
        "expression": "x + y",
        "inputs": ["x", "y"],
        "arguments": ["x", "y"],
        "value": 3,
        "gradient": -4,
        "local": [
            {"input": "x", "position": 0, "value": 1},
            {"input": "y", "position": 1, "value": 1},
        ],
    }
    assert data["edges"][-1] == {
        "source": "z", "target": "f", "position": 1, "upstream": 1, "local": 3, "contribution": 3,
    }  # fmt: skip
    assert data["backward_order"] == ["f", "z", "q", "y", "x"]


def test_the_sigmoid_circuit_has_the_numbers_of_cs231n_lecture_4() -> None:
    """The lecture rounds to two decimals at every gate, which moves its numbers by up to 0.011."""
    data = answer(*arguments("sigmoid circuit"))
    values, gradients = by_name(data, "value"), by_name(data, "gradient")
    lecture_values = {
        "multiply1": -2, "multiply2": 6, "add1": 4, "add2": 1, "scale1": -1, "exp1": 0.37, "shift1": 1.37,
        "reciprocal1": 0.73,
    }  # fmt: skip
    for name, value in lecture_values.items():
        assert values[name] == pytest.approx(value, abs=0.005), name
    lecture = {
        "reciprocal1": 1, "shift1": -0.53, "exp1": -0.53, "scale1": -0.20, "add2": 0.20, "w2": 0.20, "add1": 0.20,
        "multiply1": 0.20, "multiply2": 0.20, "w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59,
    }  # fmt: skip
    assert gradients.keys() == lecture.keys() | gradients.keys()
    for name, gradient in lecture.items():
        assert gradients[name] == pytest.approx(gradient, abs=0.011), name
    s = 1 / (1 + math.exp(-1))
    assert gradients["w2"] == pytest.approx(s * (1 - s), rel=1e-14)


def test_the_fused_sigmoid_is_one_gate() -> None:
    data = answer(*arguments("sigmoid circuit", "--sigmoid", "fused"))
    assert [node["op"] for node in data["nodes"] if node["op"]] == ["multiply"] * 2 + ["add"] * 2 + [
        "sigmoid"
    ]


def test_sigmoid_as_gates_are_four() -> None:
    data = answer("trace", "sigmoid(u)", "u=1", "--sigmoid", "gates")
    assert [node["op"] for node in data["nodes"]] == [None, "scale", "exp", "shift", "reciprocal"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_gradient_is_the_sum_of_the_contributions_on_its_wires(name: str) -> None:
    data = answer(*arguments(name))
    sums = dict.fromkeys(by_name(data, "value"), 0.0)
    for edge in data["edges"]:
        assert edge["contribution"] == edge["upstream"] * edge["local"]
        sums[edge["source"]] += edge["contribution"]
    for node, gradient in by_name(data, "gradient").items():
        if node != data["output"]:
            assert gradient == pytest.approx(sums[node], rel=1e-15), node


def test_a_value_used_twice_by_one_gate_has_two_edges() -> None:
    data = answer("trace", "x*x", "x=3")
    assert [(edge["position"], edge["contribution"]) for edge in data["edges"]] == [(0, 3), (1, 3)]
    assert by_name(data, "gradient")["x"] == 6


def test_a_node_that_the_output_does_not_use_has_gradient_zero() -> None:
    data = answer(*arguments("a leaf on no path"))
    assert by_name(data, "gradient") == {"u": 2, "v": 0, "a": 0, "f": 1}


def test_numbers_keep_every_bit() -> None:
    data = answer("trace", "x*y", "x=0.1", "y=0.3")
    assert by_name(data, "value")["multiply1"] == 0.1 * 0.3


def test_no_gradient_is_a_negative_zero() -> None:
    data = answer("trace", "x*y", "x=-3", "y=0")
    assert all(math.copysign(1, node["gradient"]) > 0 for node in data["nodes"] if not node["gradient"])
    assert math.copysign(1, by_name(data, "value")["multiply1"]) > 0


@pytest.mark.parametrize("name", EXAMPLES)
def test_nodes_come_in_topological_order_and_backwards_in_the_reverse(name: str) -> None:
    data = answer(*arguments(name))
    seen: set[str] = set()
    for node in data["nodes"]:
        assert seen.issuperset(node["inputs"])
        seen.add(node["name"])
    assert data["backward_order"] == list(reversed([node["name"] for node in data["nodes"]]))


def test_a_graph_defined_in_any_order_is_traced_in_a_topological_one() -> None:
    graph = Graph(
        [Node("f", MULTIPLY, ("q", "z")), Node("q", ADD, ("x", "y")), Node("x"), Node("y"), Node("z")],
        output="f",
    )
    names = [node.name for node in trace(graph, {"x": 1, "y": 2, "z": 3}).nodes]
    assert names.index("q") < names.index("f") == 4


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("x + y", "x + y"), ("x - y", "x - y"), ("x*y", "x * y"), ("-x", "x * -1"), ("x + 1", "x + 1"),
        ("x - 1", "x - 1"), ("1/x", "1/x"), ("1/exp_x", "1/exp_x"), ("x**2", "x**2"), ("q**2", "q**2"),
        ("x**3", "x**3"), ("exp(x)", "exp(x)"), ("max(x, y)", "max(x, y)"), ("3*x", "x * 3"),
    ],
)  # fmt: skip
def test_an_operation_is_written_as_in_python(formula: str, written: str) -> None:
    graph = formula_graph(formula)
    assert expression(graph.nodes[graph.output]) == written


def test_a_step_that_renames_is_written_as_in_python() -> None:
    assert {node.name: node.expression for node in traced("fan-outs").nodes}["x"] == "r"
    assert traced("fan-outs").title == CHAIN[0]
