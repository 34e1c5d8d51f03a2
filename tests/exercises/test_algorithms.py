"""Wrong algorithms are found at the node they are wrong at; unusual but right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

from exercises.checking.numerical_grad import GRADIENTS, NUMERICAL_GRAD
from exercises.graphs.topo_sort import TOPO_SORT, random_graph
from tests.exercises import solutions
from tests.exercises.test_solutions import made


def problems(exercise, function, seed=0):
    """The nodes at which the function is found wrong, over all sizes."""
    rng = np.random.default_rng(seed)
    found = set()
    for size in exercise.sizes:
        arguments = exercise.draw(rng, size)
        found |= {node for node, _ in exercise.judge(arguments, function(*made(exercise, arguments)))}
    return found


def depth_first(graph):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for following in graph[node]:
                visit(following)
            order.append(node)

    for node in graph:
        visit(node)
    return order[::-1]


def breadth_first(graph):
    fed = {target for targets in graph.values() for target in targets}
    queue = [node for node in graph if node not in fed]
    for node in queue:
        queue.extend(target for target in graph[node] if target not in queue)
    return queue


def eager(graph):
    """Writes a node down every time it is reached."""
    order = []
    for node in solutions.topo_sort(graph):
        order.append(node)
        order.extend(graph[node])
    return order


WRONG_ORDERS = {
    "reversed": (lambda graph: solutions.topo_sort(graph)[::-1], {"order"}),
    "as given": (list, {"order"}),
    "breadth first": (breadth_first, {"order"}),
    "depth first, not reversed": (lambda graph: depth_first(graph)[::-1], {"order"}),
    "one missing": (lambda graph: solutions.topo_sort(graph)[:-1], {"nodes"}),
    "empty": (lambda graph: [], {"nodes", "order"}),
    "a node twice": (
        lambda graph: [*solutions.topo_sort(graph), *solutions.topo_sort(graph)[-1:]],
        {"nodes"},
    ),
    "written each time it is reached": (eager, {"nodes", "order"}),
    "a stranger": (lambda graph: [*solutions.topo_sort(graph), "v_999"], {"nodes"}),
    "None": (lambda graph: None, {"nodes", "order"}),
    "numbers": (lambda graph: list(range(len(graph))), {"nodes", "order"}),
}


@pytest.mark.parametrize("name", WRONG_ORDERS)
def test_a_wrong_order_is_found_at_its_node(name):
    function, nodes = WRONG_ORDERS[name]
    for seed in range(5):
        assert problems(TOPO_SORT, function, seed) == nodes


@pytest.mark.parametrize("function", [depth_first, lambda graph: tuple(solutions.topo_sort(graph))])
def test_any_right_order_passes(function):
    for seed in range(5):
        assert problems(TOPO_SORT, function, seed) == set()


def test_random_graphs_hold_chains_fan_outs_lone_nodes_and_no_cycle():
    rng = np.random.default_rng(1)
    graph = random_graph(rng, 60)
    fed = {target for targets in graph.values() for target in targets}
    assert len(depth_first(graph)) == len(graph) == 60
    assert any(len(targets) > 1 for targets in graph.values())
    assert any(not targets and node not in fed for node, targets in graph.items())
    order = {node: place for place, node in enumerate(solutions.topo_sort(graph))}
    assert len(order) == 60, "a cycle would leave nodes out"
    assert list(graph) != list(order)


def one_sided(h):
    def grad(f, x):
        out = np.zeros_like(x)
        base = f(x)
        for i in np.ndindex(x.shape):
            old = x[i]
            x[i] = old + h
            out[i] = (f(x) - base) / h
            x[i] = old
        return out

    return grad


def central(h, restore=True, divide=2.0):
    def grad(f, x):
        out = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            old = x[i]
            x[i] = old + h
            up = f(x)
            x[i] = old - h
            down = f(x)
            if restore:
                x[i] = old
            out[i] = (up - down) / (divide * h)
        return out

    return grad


@pytest.mark.parametrize("h", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
def test_central_differences_pass_with_any_sensible_step(h):
    for seed in range(20):
        assert problems(NUMERICAL_GRAD, central(h), seed) == set()


def test_adding_and_taking_off_again_instead_of_saving_passes():
    """x += h; x -= 2h; x += h leaves an error of one rounding, which this exercise does not judge."""

    def grad(f, x):
        out = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            x[i] += 1e-5
            up = f(x)
            x[i] -= 2e-5
            out[i] = (up - f(x)) / 2e-5
            x[i] += 1e-5
        return out

    assert problems(NUMERICAL_GRAD, grad) == set()


@pytest.mark.parametrize("h", [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
def test_one_sided_differences_lose_the_precision_and_nothing_else(h):
    for seed in range(20):
        assert problems(NUMERICAL_GRAD, one_sided(h), seed) == {"precision"}


def test_entries_that_stay_moved_lose_the_precision():
    for seed in range(20):
        assert problems(NUMERICAL_GRAD, central(1e-5, restore=False), seed) == {"precision"}


WRONG_GRADIENTS = {
    "divided by h": (central(1e-5, divide=1.0), {"gradient", "precision"}),
    "a step that drowns in rounding": (central(1e-13), {"gradient", "precision"}),
    "flattened": (lambda f, x: central(1e-5)(f, x).ravel(), {"shape", "gradient", "precision"}),
    "zeros": (lambda f, x: np.zeros_like(x), {"gradient", "precision"}),
    "nan": (lambda f, x: np.full_like(x, np.nan), {"gradient", "precision"}),
    "None": (lambda f, x: None, {"shape", "gradient", "precision"}),
    "all moved at once": (
        lambda f, x: np.full_like(x, (f(x + 1e-5) - f(x - 1e-5)) / 2e-5), {"gradient", "precision"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_GRADIENTS)
def test_a_wrong_gradient_is_found_at_its_node(name):
    function, nodes = WRONG_GRADIENTS[name]
    assert problems(NUMERICAL_GRAD, function) == nodes


def test_every_helper_is_drawn_and_its_gradient_known_exactly():
    rng = np.random.default_rng(0)
    drawn = [NUMERICAL_GRAD.draw(rng, size) for size in NUMERICAL_GRAD.sizes]
    assert {helper.name for helper, _ in drawn} == set(NUMERICAL_GRAD.helpers) == set(GRADIENTS)
    assert sum(helper.name == "coupled" and x.size > 2 for helper, x in drawn) >= 3
    assert {x.ndim for _, x in drawn} == {1, 2, 3}
    for helper, x in drawn:
        f, x = made(NUMERICAL_GRAD, (helper, x))
        assert np.allclose(central(1e-4)(f, x), GRADIENTS[helper.name](x), rtol=1e-6, atol=1e-6)
