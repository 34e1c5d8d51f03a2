"""An algorithm's example: the smallest arguments that still fail, found in bounded calls, and runnable."""

from __future__ import annotations

import contextlib
import io

import pytest

from grader.checks.algorithm.example import MOST_CUT, MOST_DRAWN, Failure, smallest_failure, weight
from grader.checks.algorithm.plain_graphs import edges_of, nodes_of, without_edge, without_nodes
from grader.checks.seeds import SeedSource
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from grader.worker.steps import Returned, TimedOut
from tests.exercises.solutions import text_for
from tests.grading.shared import EXERCISES, judged

ONE_EDGE = (
    "def out_nodes(nodes, edges):\n    return {n: [b for a, b in edges if a == n][:1] for n in nodes}\n"
)
OUT = "\n\n_right = {name}\n\n\ndef {name}(*args):\n{body}"


def altered(id, body):
    """The right solution, handed to a function of the same name that spoils it."""
    return text_for(EXERCISES[id]) + OUT.format(name=EXERCISES[id].function, body=body)


def printed(text, code):
    said, namespace = io.StringIO(), {}
    exec(text, namespace)
    with contextlib.redirect_stdout(said):
        exec(code, namespace)
    return said.getvalue().strip()


def test_two_nodes_and_an_edge_are_enough_for_a_lost_order():
    checked = judged(EXERCISES["topo_sort"], "def topo_sort(graph):\n    return sorted(graph)\n")
    assert checked.example == [
        "topo_sort({'v1': ['v0'], 'v0': []}) returned ['v0', 'v1']: v1 feeds v0 and stands after it"
    ]


def test_what_needs_many_nodes_keeps_as_many_and_a_single_edge():
    body = "    order = _right(*args)\n    return order[::-1] if len(order) > 6 else order\n"
    checked = judged(EXERCISES["topo_sort"], altered("topo_sort", body))
    (graph,) = [eval(line[16:-2]) for line in checked.example_code.splitlines()]
    assert len(graph) == 7
    assert sum(map(len, graph.values())) == 1


def test_of_three_hundred_nodes_those_that_matter_are_found():
    """Wrong from 100 nodes on: half of them go at once, and what is left is near the hundred."""
    body = "    order = _right(*args)\n    return order[::-1] if len(order) >= 100 else order\n"
    exercise, size = EXERCISES["topo_sort"], 300
    runner = InProcessRunner()
    try:
        runner.load(Program((Source("cell 1", altered("topo_sort", body)),), ("topo_sort",)))
        arguments = exercise.draw(SeedSource(b"a").rng("x"), size)
        first = Failure(arguments, Returned([]), "")
        found = smallest_failure(exercise, "order", size, first, runner, SeedSource(b"a"))
    finally:
        runner.close()
    assert 100 <= len(found.arguments[0]) < 150
    assert found.message


def test_a_graph_that_raises_is_cut_to_where_it_still_raises():
    body = (
        "    if any(len(fed) == 2 for fed in args[0].values()):\n        raise KeyError('two')\n"
        "    return _right(*args)\n"
    )
    checked = judged(EXERCISES["topo_sort"], altered("topo_sort", body))
    (graph,) = [eval(line[16:-2]) for line in checked.example_code.splitlines()]
    assert sorted(map(len, graph.values())) == [0, 0, 2]
    assert "KeyError" in checked.example[0]


@pytest.mark.parametrize(
    ("id", "text", "most"),
    [
        ("out_nodes", ONE_EDGE, 7),
        ("path_sum", altered("path_sum", "    g, paths, n = _right(*args)\n    return g, min(paths, 1), n\n"), 11),
        ("backprop", altered("backprop", "    return {v: abs(g) for v, g in _right(*args).items()}\n"), 5),
    ],
)  # fmt: skip
def test_graphs_in_every_form_are_cut_and_the_code_prints_what_is_told(id, text, most):
    checked = judged(EXERCISES[id], text)
    assert printed(text, checked.example_code) in checked.example[0]
    call = checked.example_code.splitlines()[-1]
    arguments = eval(call.partition(EXERCISES[id].function)[2][:-1], {"local": ""})
    assert weight(arguments) <= most


def test_the_ends_of_a_path_stay_when_nodes_are_cut():
    arguments = ({"a": {"b": 1.0, "c": 2.0}, "b": {"c": 3.0}, "c": {}}, "a", "c")
    assert nodes_of(arguments) == ["b"]
    assert without_nodes(arguments, {"b"}) == ({"a": {"c": 2.0}, "c": {}}, "a", "c")
    assert without_edge(arguments, ("b", "c"))[0] == {"a": {"b": 1.0, "c": 2.0}, "b": {}, "c": {}}
    assert edges_of(arguments) == [("a", "b"), ("a", "c"), ("b", "c")]


def test_arguments_that_are_no_graph_are_left_as_they_are():
    for arguments in (([1.0, 2.0], 3), ({"learning_rate": 0.1},), (["a", "b"], ["c"]), ({"a": ["x"]},)):
        assert nodes_of(arguments) == []
        assert edges_of(arguments) == []


class Counting(InProcessRunner):
    """Counts the calls that it is asked for."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def run(self, program):
        self.calls += len(program)
        return super().run(program)


def test_the_search_is_bounded():
    """A fault that no smaller graph shows: everything is tried that may be, and no more."""
    exercise, runner = EXERCISES["topo_sort"], Counting()
    body = "    order = _right(*args)\n    return order[::-1] if len(order) == 300 else order\n"
    checked = judged(exercise, altered("topo_sort", body), runner=runner)
    assert checked.example[0].startswith("topo_sort({")
    assert checked.example_code == ""  # too long to be read
    judging = sum(3 for _ in exercise.sizes)
    assert judging < runner.calls <= judging + 2 * (MOST_DRAWN + MOST_CUT)


def test_what_hangs_is_not_tried_again():
    exercise, runner = EXERCISES["topo_sort"], Counting()
    first = Failure(({"a": ["b"], "b": []},), TimedOut(1.0), "")
    assert smallest_failure(exercise, "order", 2, first, runner, SeedSource(b"")) is first
    assert runner.calls == 0


def test_right_work_has_no_example():
    checked = judged(EXERCISES["topo_sort"], text_for(EXERCISES["topo_sort"]))
    assert checked.example == []
    assert checked.example_code == ""
