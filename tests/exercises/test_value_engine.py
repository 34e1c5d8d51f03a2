"""`Value`, a number that finds its own gradients: its programs, and the slips that are found in it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from exercises.graphs.value_engine import PROGRAMS, VALUE_ENGINE
from exercises.graphs.value_engine import run as run_program
from grader.findings import Verdict
from reference.formula import formula_graph
from reference.value import Value
from tests.exercises.test_graded import graded
from tests.exercises.test_graphs import GRAPHS, failed, slipped


def test_the_reference_value_has_the_gradients_of_the_graph():
    a, b, c = Value(2.0), Value(-3.0), Value(0.5)
    f = (a * b + c) * a + a
    f.backward()
    right = formula_graph("(a*b + c)*a + a").backward({"a": 2.0, "b": -3.0, "c": 0.5}).gradients
    assert [v.grad for v in (a, b, c)] == [float(right[name]) for name in "abc"]


def test_the_programs_have_no_fan_out_where_none_is_announced():
    rng = np.random.default_rng(0)
    for size, program in enumerate(PROGRAMS, start=1):
        _, numbers = VALUE_ENGINE.draw(rng, size)
        value, gradients = run_program(program, numbers)
        assert len(gradients) == len(numbers)
        assert np.isfinite([value, *gradients]).all()
        if program.node in ("sum", "product", "chain") and not program.body:
            assert len(re.findall(r"\b[a-e]\b", program.line)) == len(numbers)


ENGINE_SLIPS = [
    (
        [
            (
                "            self.grad += out.grad\n            other.grad += out.grad\n",
                "            self.grad = out.grad\n            other.grad = out.grad\n",
            ),
            (
                "            self.grad += other.data * out.grad\n            other.grad += self.data * out.grad\n",
                "            self.grad = other.data * out.grad\n            other.grad = self.data * out.grad\n",
            ),
        ],
        ["fan_out", "second"],
    ),
    ([("        for v in topo:\n            v.grad = 0.0\n", "")], ["second"]),
    ([("            v.grad = 0.0\n", "            v.grad = 0.0 if v.children else v.grad\n")], ["second"]),
    (
        [("        for v in reversed(topo):\n", "        for v in topo:\n")],
        ["chain", "fan_out", "second"],
    ),
    (
        [("self.grad += other.data * out.grad", "self.grad += self.data * out.grad")],
        ["product", "chain", "fan_out", "second"],
    ),
]


@pytest.mark.parametrize(("pairs", "nodes"), ENGINE_SLIPS)
def test_a_slip_in_the_engine_is_found_at_the_nodes_it_touches(pairs, nodes):
    assert failed(graded(VALUE_ENGINE, slipped(*pairs))) == nodes


def test_a_second_backward_that_doubles_is_told_as_that():
    checked = graded(VALUE_ENGINE, slipped(("            v.grad = 0.0\n", "            pass\n")))
    assert failed(checked) == ["second"]
    assert "after a second backward" in checked.nodes["second"].message


def test_a_missing_operation_does_not_cost_the_others():
    times = GRAPHS[GRAPHS.index("    def __mul__") : GRAPHS.index("    def backward")]
    checked = graded(VALUE_ENGINE, slipped((times, "")))
    assert checked.nodes["sum"].verdict is Verdict.PASS
    assert "TypeError" in checked.nodes["product"].message
