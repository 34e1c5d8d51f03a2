"""The exercises on graphs: paths against backpropagation, what is counted, and what is overwritten."""

from __future__ import annotations

import numpy as np
import pytest

from exercises.graphs.backprop_engine import BACKPROP, LONG
from exercises.graphs.graph_basics import NO_WAY, OUT_NODES, PATH_SUM
from exercises.graphs.random_wires import LOCAL, ancestors, graph_with_loss, slope, wired
from exercises.networks.residual_blocks import RESIDUAL, TWO_BRANCHES
from grader.findings import Verdict
from grader.report.report import Standing
from reference.formula import formula_graph
from reference.paths import path_sum as paths_in_a_graph
from reference.plain_graphs import backprop, out_nodes, path_sum, topological_order
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_algorithms import problems
from tests.exercises.test_graded import graded

GRAPHS = TEXTS["graphs"]


def slipped(*pairs):
    text = GRAPHS
    for right, wrong in pairs:
        assert right in text
        text = text.replace(right, wrong)
    return text


def failed(checked):
    return [name for name, node in checked.nodes.items() if node.verdict is Verdict.FAIL]


def as_plain(graph, values):
    """A Graph of scalars as a dictionary of dictionaries with its local derivatives, one for each edge."""
    forward = graph.forward_with_caches(values)
    wires = {name: {} for name in graph.nodes}
    for name in graph.nodes:
        for position, source in enumerate(graph.nodes[name].arguments):
            if isinstance(source, str):
                assert name not in wires[source], "two edges between two nodes"
                wires[source][name] = float(forward.product(name, position, np.asarray(1.0)))
    return wires


def test_on_plain_dictionaries_paths_and_backpropagation_are_what_they_are_on_graphs():
    graph = formula_graph("a = x*y; b = exp(x); c = a + b; d = c*x; f = d*a")
    values = {"x": 0.7, "y": -1.3}
    wires = as_plain(graph, values)
    right = graph.backward(values).gradients
    local = {(v, c): slope for v, fed in wires.items() for c, slope in fed.items()}
    found = backprop({v: list(fed) for v, fed in wires.items()}, lambda v, c: local[v, c], "f")
    for name in graph.nodes:
        total, paths, products = path_sum(wires, name, "f")
        summed = paths_in_a_graph(graph, values, name)
        assert total == pytest.approx(float(right[name])) == pytest.approx(found[name])
        assert (paths, products) == (summed.paths, summed.products)


def test_twenty_diamonds_in_a_row_have_a_million_paths_and_eighty_edges():
    """What the text of `backprop` says."""
    graph = {}
    for k in range(20):
        graph |= {f"s{k}": [f"l{k}", f"r{k}"], f"l{k}": [f"s{k + 1}"], f"r{k}": [f"s{k + 1}"]}
    graph["s20"] = []
    asked = []
    gradients = backprop(graph, lambda v, c: asked.append((v, c)) or 1.0, "s20")
    assert gradients["s0"] == 2**20 == 1_048_576
    assert len(asked) == len(set(asked)) == 80


def test_a_topological_order_puts_every_node_before_those_it_feeds():
    graph, _ = graph_with_loss(np.random.default_rng(3), 40)
    order = {name: place for place, name in enumerate(topological_order(graph))}
    assert order.keys() == graph.keys()
    assert all(order[v] < order[c] for v, fed in graph.items() for c in fed)


def test_drawn_graphs_lead_to_the_loss_by_several_ways_and_leave_some_nodes_out():
    left_out = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for size in BACKPROP.sizes:
            graph, loss = graph_with_loss(rng, size)
            assert len(graph) == size
            assert graph[loss] == []
            before = ancestors(graph, loss)
            left_out += len(before) < size
            if size >= 5:
                assert 2 * len(before) >= size
                assert max(path_sum(wired(graph), v, loss)[1] for v in before) >= 2
    assert left_out > 20


def test_the_derivatives_that_are_asked_for_are_the_ones_that_are_judged():
    namespace = {}
    exec(LOCAL, namespace)
    for a in range(30):
        for b in range(30):
            if a != b:
                first = namespace["local"](f"v{a}", f"v{b}")
                assert first == slope(f"v{a}", f"v{b}")
                assert 0.5 <= abs(first) <= 1.5
                assert namespace["local"](f"v{a}", f"v{b}") == pytest.approx(first * (1 + 1e-8), rel=1e-12)


# Wrong and unusual ways to find all gradients.


def by_recursion(graph, local, loss):
    """Right, but every path is walked anew."""

    def gradient(node):
        return 1.0 if node == loss else sum(gradient(c) * local(node, c) for c in graph[node])

    return {node: gradient(node) for node in graph}


def with_memory(graph, local, loss):
    """Right, and each edge once: recursion that remembers."""
    known = {loss: 1.0}

    def gradient(node):
        if node not in known:
            known[node] = sum((gradient(c) * local(node, c) for c in graph[node]), 0.0)
        return known[node]

    return {node: gradient(node) for node in graph}


def pushed(graph, local, loss):
    """Right: every node hands its gradient to those that feed it, once it is complete."""
    feeders = {node: [v for v in graph if node in graph[v]] for node in graph}
    gradients = dict.fromkeys(graph, 0.0) | {loss: 1.0}
    for node in solutions.topo_sort(graph)[::-1]:
        for v in feeders[node]:
            gradients[v] += gradients[node] * local(v, node)
    return gradients


def too_early(graph, local, loss):
    """In the order of the dictionary: gradients are handed on before they are complete."""
    gradients = dict.fromkeys(graph, 0.0) | {loss: 1.0}
    for node in graph:
        for v in graph:
            if node in graph[v]:
                gradients[v] += gradients[node] * local(v, node)
    return gradients


def overwritten(graph, local, loss):
    gradients = dict.fromkeys(graph, 0.0) | {loss: 1.0}
    for node in solutions.topo_sort(graph)[::-1]:
        for c in graph[node]:
            gradients[node] = gradients[c] * local(node, c)
    return gradients


def every_end_a_loss(graph, local, loss):
    gradients = {}
    for node in solutions.topo_sort(graph)[::-1]:
        parts = [gradients[c] * local(node, c) for c in graph[node]]
        gradients[node] = sum(parts) if parts else 1.0
    return gradients


def reached_only(graph, local, loss):
    before = ancestors(graph, loss)
    return {v: g for v, g in solutions.backprop(graph, local, loss).items() if v in before}


def asked_before_use(graph, local, loss):
    """Looks at every edge first, then once more."""
    for v in graph:
        for c in graph[v]:
            local(v, c)
    return solutions.backprop(graph, local, loss)


ENGINES = {
    "with memory": (with_memory, set()),
    "pushed": (pushed, set()),
    "by recursion": (by_recursion, {"edges"}),
    "asked before use": (asked_before_use, {"edges"}),
    "too early": (too_early, {"reached", "edges"}),
    "overwritten": (overwritten, {"reached", "edges"}),
    "every end a loss": (every_end_a_loss, {"reached", "unreached", "edges"}),
    "reached nodes only": (reached_only, {"unreached"}),
    "nothing": (lambda graph, local, loss: dict.fromkeys(graph, 0.0), {"reached", "edges"}),
    "nan": (lambda graph, local, loss: dict.fromkeys(graph, np.nan), {"reached", "unreached", "edges"}),
    "a list": (lambda graph, local, loss: list(graph), {"reached", "unreached", "edges"}),
}


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_found_wrong_at_its_node_and_right_however_it_goes_about_it(name):
    function, nodes = ENGINES[name]
    for seed in range(10):
        assert problems(BACKPROP, function, seed) == nodes


def test_the_long_graph_is_within_the_reach_of_a_sum_over_all_paths():
    graph, _, loss = BACKPROP.draw(np.random.default_rng(0), LONG)
    assert max(path_sum(wired(graph), v, loss)[1] for v in graph) <= 64


def test_asking_twice_is_told_as_that_and_costs_the_edges_alone():
    once = "            g += done[nxt] * local(node, nxt)\n"
    checked = graded(BACKPROP, slipped((once, "            local(node, nxt)\n" + once)))
    assert failed(checked) == ["edges"]
    assert "asked for more than once" in checked.nodes["edges"].message


NEIGHBOURS = {
    "the wrong way round": (lambda n, e: {v: [a for a, b in e if b == v] for v in n}, {"neighbours"}),
    "both ways": (
        lambda n, e: {v: [b for a, b in e if a == v] + [a for a, b in e if b == v] for v in n}, {"neighbours"},
    ),
    "no ends": (lambda n, e: {v: [b for a, b in e if a == v] for v in n if v in dict(e)}, {"keys"}),
    "each twice": (lambda n, e: {v: 2 * [b for a, b in e if a == v] for v in n}, {"neighbours"}),
    "the last only": (lambda n, e: {v: [dict(e)[v]] if v in dict(e) else [] for v in n}, {"neighbours"}),
    "one key too many": (lambda n, e: out_nodes([*n, "w"], e), {"keys"}),
    "empty": (lambda n, e: {}, {"keys", "neighbours"}),
    "the edges again": (lambda n, e: e, {"keys", "neighbours"}),
    "tuples in another order": (
        lambda n, e: {v: tuple(fed[::-1]) for v, fed in out_nodes(n[::-1], e).items()}, set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_wrong_neighbours_are_found_and_their_order_does_not_matter(name):
    function, nodes = NEIGHBOURS[name]
    for seed in range(5):
        assert problems(OUT_NODES, function, seed) == nodes


def path_slip(gradient=lambda g: g, paths=lambda p: p, products=lambda p: p):
    def function(graph, start, end):
        g, n, p = solutions.path_sum(graph, start, end)
        return gradient(g), paths(n), products(p)

    return function


def one_path(graph, start, end):
    """Follows the last edge each time."""
    product, count, node = 1.0, 0, start
    while node != end:
        if not graph[node]:
            return 0.0, 0, 0
        node, slope_ = list(graph[node].items())[-1]
        product, count = product * slope_, count + 1
    return product, 1, count


PATH_SUMS = {
    "right": (solutions.path_sum, set()),
    "sign": (path_slip(gradient=lambda g: -g), {"gradient"}),
    "one path": (one_path, {"gradient", "paths", "products"}),
    "a path too many": (path_slip(paths=lambda n: n + 1), {"paths"}),
    "an edge too few": (path_slip(products=lambda p: p - 1), {"products"}),
    "edges of the graph": (
        lambda g, s, e: (*solutions.path_sum(g, s, e)[:2], sum(map(len, g.values()))), {"products"},
    ),
    "a thousandth": (path_slip(gradient=lambda g: 1.001 * g), {"gradient"}),
    "one number": (lambda g, s, e: solutions.path_sum(g, s, e)[0], {"gradient", "paths", "products"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PATH_SUMS)
def test_a_wrong_sum_over_paths_is_found_at_its_node(name):
    function, nodes = PATH_SUMS[name]
    for seed in range(5):
        assert problems(PATH_SUM, function, seed) == nodes


def test_paths_are_tried_with_none_with_one_and_with_several():
    counts = {size: path_sum(*PATH_SUM.draw(np.random.default_rng(1), size))[1] for size in PATH_SUM.sizes}
    assert counts[1] == 1
    assert counts[NO_WAY] == 0
    assert all(counts[size] > 1 for size in (6, 8, 12, 16))


def test_the_example_in_the_text_of_the_path_sum_is_right():
    graph = {"x": {"a": 2.0, "b": -1.0}, "a": {"f": 3.0}, "b": {"f": 0.5}, "f": {}}
    assert path_sum(graph, "x", "f") == (5.5, 2, 4)
    assert "5.5" in PATH_SUM.text


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("    dx += dc\n    dx += db * x\n    dx += db * x\n    dx += da * y\n", "    dx = da * y\n"),
        ("    dx += db * x\n    dx += db * x\n", "    dx += db * x\n"),
        ("    dx += dc\n", ""),
    ],
)
def test_a_way_that_is_overwritten_or_left_out_costs_dx_alone(right, wrong):
    assert failed(graded(BY_ID["three_uses"], slipped((right, wrong)))) == ["dx"]


def test_a_value_on_four_wires_has_the_polynomials_slope():
    """f = x³y + x²y."""
    for x, y in ((3.0, -5.0), (-0.7, 1.2)):
        found = BY_ID["three_uses"].graph.backward({"x": x, "y": y}).gradients
        assert found["x"] == pytest.approx(3 * x**2 * y + 2 * x * y)
        assert found["y"] == pytest.approx(x**3 + x**2)


BLOCK_SLIPS = [
    ("residual_block", "dx = dh + dz.dot(v.T)", "dx = dz.dot(v.T)", "dx"),
    ("residual_block", "dx = dh + dz.dot(v.T)", "dx = dh", "dx"),
    ("residual_block", "dz = dr * (z > 0)", "dz = dr * (dr > 0)", "dz"),
    ("residual_block", "dz = dr * (z > 0)", "dz = dr", "dz"),
    ("residual_block", "dr = dF.dot(w.T)", "dr = dF.dot(w)", "dr"),
    ("residual_block", "db = dF.sum(axis=0)", "db = dF.mean(axis=0)", "db"),
    ("two_branch_block", "    dx += dz2 @ v2.T\n", "    dx = dz2 @ v2.T\n", "dx"),
    ("two_branch_block", "    dx = dh.copy()\n", "    dx = 0\n", "dx"),
    ("two_branch_block", "dF1, dF2 = ds, ds", "dF1, dF2 = ds / 2, ds", "dF1"),
]


@pytest.mark.parametrize(("id", "right", "wrong", "origin"), BLOCK_SLIPS)
def test_a_slip_in_a_block_is_one_origin(id, right, wrong, origin):
    checked = graded(BY_ID[id], slipped((right, wrong)))
    origins = [name for name, node in checked.nodes.items() if node.standing is Standing.ORIGIN]
    assert origins == [origin]


@pytest.mark.parametrize("exercise", [RESIDUAL, TWO_BRANCHES], ids=lambda e: e.id)
def test_a_blocks_relus_are_open_here_and_shut_there_and_never_near_their_kink(exercise):
    for seed in range(30):
        values = exercise.drawn(np.random.default_rng(seed))
        for name, z in exercise.graph.forward(values).items():
            if name.startswith("z"):
                assert np.abs(z).min() > 0.05
                assert (z > 0).any()
                assert (z < 0).any()


@pytest.mark.parametrize("exercise", [RESIDUAL, TWO_BRANCHES], ids=lambda e: e.id)
def test_where_the_branches_are_dead_the_way_around_hands_dh_on(exercise):
    values = {name: value if name == "x" else np.zeros_like(value) for name, value in exercise.shown.items()}
    found = exercise.graph.backward(values).gradients
    assert np.array_equal(found["x"], found["h"])
    assert np.array_equal(found["h"], values["x"])
