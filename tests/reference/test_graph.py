"""Graphs: order, values, gradients, and what is said of one that cannot be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import Graph, GraphError, Node, formula_graph, layers
from reference.paths import path_counts, path_sum, paths_from

ADD, MULTIPLY, SCALE, COPY = (layers()[name] for name in ("add", "multiply", "scale", "copy"))


def ladder(depth: int) -> Graph:
    """`depth` diamonds in a row: v_{k+1} = 0.5 v_k + 0.7 v_k on two wires, so 2^depth paths."""
    nodes = [Node("v0")]
    for k in range(depth):
        nodes += [
            Node(f"a{k}", SCALE, (f"v{k}", 0.5)),
            Node(f"b{k}", SCALE, (f"v{k}", 0.7)),
            Node(f"v{k + 1}", ADD, (f"a{k}", f"b{k}")),
        ]
    return Graph(nodes)


def test_out_lists_each_consumer_once():
    graph = formula_graph("q = x*x; f = q + x")
    assert graph.out("x") == ("q", "f")
    assert graph.out("f") == ()
    assert graph.edges == 4
    with pytest.raises(GraphError, match="'p' is not a node"):
        graph.out("p")


def test_every_node_comes_after_what_it_is_computed_from_in_whatever_order_it_was_defined():
    nodes = list(formula_graph("1/(1+exp(-(w0*x0+w1*x1+w2)))").nodes.values())
    for shift in range(len(nodes)):
        graph = Graph(nodes[shift:] + nodes[:shift], output="reciprocal1")
        place = {name: i for i, name in enumerate(graph.order)}
        assert sorted(place) == sorted(graph.nodes)
        assert all(place[source] < place[node.name] for node in nodes for source in node.inputs)


def test_a_hundred_thousand_nodes_in_a_row_do_not_overflow():
    depth = 100_000
    nodes = [Node("v0"), *(Node(f"v{k}", SCALE, (f"v{k - 1}", 1.0)) for k in range(1, depth))]
    graph = Graph(reversed(nodes), output=f"v{depth - 1}")
    result = graph.backward({"v0": 3.0})
    assert result.values[graph.output] == 3
    assert result.gradients["v0"] == 1
    assert result.products == depth - 1
    assert path_counts(graph)["v0"] == (1, depth - 1)


def test_a_cycle_is_named_along_its_edges():
    nodes = [
        Node("x"),
        Node("a", ADD, ("x", "c")),
        Node("b", SCALE, ("a", 2.0)),
        Node("c", SCALE, ("b", 2.0)),
    ]
    with pytest.raises(GraphError, match="cycle") as caught:
        Graph(nodes)
    cycle = caught.value.nodes
    assert sorted(cycle) == ["a", "b", "c"]
    by_name = {node.name: node for node in nodes}
    assert all(a in by_name[b].inputs for a, b in itertools.pairwise((*cycle, cycle[0])))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([], "at least one node"),
        ([Node("x"), Node("x")], "two nodes are called 'x'"),
        ([Node("f", ADD, ("f", "f"))], "cycle: f -> f"),
        ([Node("x"), Node("f", ADD, ("x", "y"))], "node 'f' uses 'y', which is not a node"),
        ([Node("x"), Node("f", ADD, ("x",))], r"node 'f': add takes 2 inputs \(x, y\), not 1"),
        ([Node("x"), Node("f", None, ("x",))], "node 'f' has arguments but no operation"),
        ([Node("x"), Node("f", COPY, ("x",))], "node 'f': copy has 2 outputs"),
    ],
)
def test_a_graph_that_cannot_be_is_refused_when_it_is_built(nodes, message):
    with pytest.raises(GraphError, match=message):
        Graph(nodes)


@pytest.mark.parametrize(
    ("formula", "values", "message"),
    [
        ("x + y", {"x": 1}, "no value for y"),
        ("x + y", {"x": 1, "y": 2, "z": 3}, "'z' is not an input; the inputs are x, y"),
        ("x + y", {"x": 1, "y": float("nan")}, "the value of y must be finite"),
        ("x + y", {"x": 1, "y": "two"}, "the value of y must be a number, got 'two'"),
        ("x + y", {"x": 1, "y": [[1], [2, 3]]}, "the value of y must be a number"),
        ("x + y", {"x": 1, "y": 1j}, "the value of y must be a number"),
        ("1/(x - 1)", {"x": 1}, "node 'reciprocal1' divides by zero"),
        ("log(x)", {"x": -1}, r"node 'log1': log\(-1\) has no finite value"),
        ("exp(exp(x))", {"x": 10}, r"node 'exp2': exp\(22026.5\) has no finite value"),
        ("x + y", {"x": [1.0, 2.0], "y": [1.0, 2.0, 3.0]}, r"node 'add1': add: y must be of shape \(2,\)"),
        ("sqrt(x)", {"x": 0}, "node 'power1' has no finite gradient with respect to 'x'"),
    ],
)
def test_a_value_that_does_not_do_is_named_with_its_node(formula, values, message):
    with pytest.raises(GraphError, match=message) as caught:
        formula_graph(formula).backward(values)
    assert "\n" not in str(caught.value)
    assert caught.value.nodes


def test_gradients_accumulate_at_a_fan_out():
    result = formula_graph("q = x*x; f = q + 3*x").backward({"x": 2.0})
    assert result.gradients["x"] == 2 * 2 + 3
    assert [float(m.gradient) for m in result.messages if m.target == "x"] == [3, 2, 2]


def test_a_node_that_does_not_reach_the_output_has_gradient_zero():
    graph = Graph([Node("x"), Node("dead", SCALE, ("x", 2.0)), Node("f", SCALE, ("x", 3.0))])
    result = graph.backward({"x": 1.0})
    assert result.gradients == {"x": 3, "dead": 0, "f": 1}
    assert result.products == 1


def test_the_upstream_gradient_scales_everything_and_must_fit():
    graph = formula_graph("x*y")
    assert graph.backward({"x": 2, "y": 5}, upstream=-0.5).gradients["x"] == -2.5
    with pytest.raises(GraphError, match="upstream must have the output's shape"):
        graph.backward({"x": 2, "y": 5}, upstream=np.ones(3))


def test_tensors_and_labels_flow_through_a_graph():
    graph = Graph(
        [
            *(Node(name) for name in ("x", "w", "b", "y")),
            Node("s", layers()["affine"], ("x", "w", "b")),
            Node("loss", layers()["softmax_loss"], ("s", "y")),
        ]
    )
    rng = np.random.default_rng(1)
    values = {"x": rng.normal(size=(3, 4)), "w": rng.normal(size=(4, 2)), "b": np.zeros(2), "y": [0, 1, 1]}
    g = graph.backward(values).gradients
    assert g["w"].shape == (4, 2)
    assert g["y"].shape == (3,)
    assert not g["y"].any()
    assert path_sum(graph, values, "w").gradient == pytest.approx(g["w"])


@pytest.mark.parametrize("depth", [0, 1, 3, 8])
def test_the_sum_over_all_paths_is_the_gradient_at_exponential_cost(depth):
    graph = ladder(depth)
    backprop = graph.backward({"v0": 1.0})
    by_paths = path_sum(graph, {"v0": 1.0}, "v0")
    assert by_paths.gradient == pytest.approx(backprop.gradients["v0"])
    assert by_paths.gradient == pytest.approx(1.2**depth)
    assert by_paths.paths == 2**depth
    assert by_paths.products == 2**depth * 2 * depth
    assert backprop.products == graph.edges == 4 * depth


def test_the_number_of_products_is_counted_not_computed():
    """`products` is what an enumeration really does: one for each edge of each path."""
    graph = formula_graph("q = x*x; f = q*x + q")
    for name in graph.nodes:
        walked = list(paths_from(graph, name))
        counted = path_sum(graph, {"x": 2.0}, name)
        assert (len(walked), sum(len(path) for path in walked)) == (counted.paths, counted.products)
        assert counted.gradient == pytest.approx(graph.backward({"x": 2.0}).gradients[name])


def test_too_many_paths_are_refused_with_their_number():
    with pytest.raises(GraphError, match=f"{2**40} paths lead from 'v0' to 'v40'"):
        path_sum(ladder(40), {"v0": 1.0}, "v0")
    assert path_counts(ladder(400))["v0"][0] == 2**400
    with pytest.raises(GraphError, match="'nope' is not a node"):
        path_sum(ladder(1), {"v0": 1.0}, "nope")


@st.composite
def random_graph(draw):
    leaves = draw(st.integers(1, 3))
    nodes = [Node(f"n{i}") for i in range(leaves)]
    for i in range(leaves, leaves + draw(st.integers(1, 8))):
        op = draw(st.sampled_from(["add", "multiply", "subtract", "maximum", "tanh", "sigmoid", "square"]))
        earlier = st.sampled_from([node.name for node in nodes])
        arguments = tuple(draw(earlier) for _ in layers()[op].inputs)
        nodes.append(Node(f"n{i}", layers()[op], arguments))
    values = {f"n{i}": draw(st.integers(-9, 9)) / 10 for i in range(leaves)}
    return Graph(nodes), values


@settings(max_examples=150, deadline=None, derandomize=True)
@given(random_graph())
def test_on_random_graphs_backpropagation_equals_the_sum_over_paths(case):
    graph, values = case
    result = graph.backward(values)
    for name in graph.nodes:
        assert path_sum(graph, values, name).gradient == pytest.approx(
            result.gradients[name], rel=1e-12, abs=1e-12
        )
