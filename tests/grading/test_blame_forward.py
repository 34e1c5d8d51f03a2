"""Blame where the forward pass is the student's own: one slip on the way there is not punished on the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.result import Checked, NodeResult
from grader.exercise import GraphExercise
from grader.findings import Verdict
from grader.marks import marked, slips
from reference.formula import formula_graph
from tests.grading.drawn_dags import profile
from tests.grading.expected_blame import Student, judged, standings
from tests.grading.random_dags import RULES, Dag, random_dag
from tests.grading.shared import EXERCISES
from tests.grading.shared import judged as judged_text
from tests.grading.test_the_two_models import CIRCUIT as MODEL

SPOILED = {"add": 0.9, "multiply": 1.1, "square": 1.2, "scale": 0.8, "tanh": 0.7, "subtract": 1.15}
"""Operations whose value a student gets wrong by a factor; what is computed from it stays in the domain."""


class Forward(Student):
    """Has one forward value wrong, goes on from it rightly, there and back, and returns everything."""

    def __init__(self, dag, name):
        super().__init__(dag, {})
        self.name = name

    def __call__(self, *leaves):
        values = dict(zip(self.leaves, leaves, strict=True))
        for name, (rule, args) in self.dag.nodes.items():
            if rule:
                inputs = [values[a] if isinstance(a, str) else a for a in args]
                values[name] = RULES[rule].value(*inputs) * (SPOILED[rule] if name == self.name else 1)
        return values | {f"d{n}": g for n, g in self.dag.gradients(values).items()}


@profile
@given(st.integers(0, 2**32 - 1), st.data())
def test_a_wrong_forward_value_makes_no_gradient_an_origin(seed, data):
    dag = random_dag(np.random.default_rng(seed), data.draw(st.integers(4, 40)))
    fitting = [n for n, (rule, _) in dag.nodes.items() if rule in SPOILED and n != dag.output]
    if not fitting:
        return
    name = data.draw(st.sampled_from(fitting))
    exercise = dag.exercise()
    checked = judged(exercise, Forward(dag, name))
    assert set(standings(checked).values()) <= {"correct", "inherited", "correct_anyway"}
    told = [finding.argument for finding in checked.findings if finding.check == "forward values"]
    assert told == ([name] if checked.charged else [])
    assert slips(checked) == len(told)
    nodes = marked(checked, exercise.points, follow_through=True)
    if told and all(node.verdict == "pass" or checked.nodes[node.name].earns for node in nodes):
        assert sum(node.max_points - node.points for node in nodes) == exercise.points[f"d{name}"]


def test_a_closed_gate_behind_a_wrong_value_is_no_slip_of_its_own():
    """The wrong value closes a ReLU that should be open: its 0 is what the student's own numbers give."""
    dag = Dag({"x": ("", ()), "a": ("square", ("x",)), "b": ("subtract", ("a", 0.5)), "r": ("relu", ("b",))})
    dag.nodes |= {"s": ("add", ("r", "a")), "f": ("square", ("s",))}

    def gradients(x):
        a = 0.05 * x**2
        r = max(a - 0.5, 0)
        ds = 2 * (r + a)
        dr, db = ds, ds * (a > 0.5)
        da = db + ds
        forward = {"a": a, "b": a - 0.5, "r": r, "s": r + a, "f": (r + a) ** 2}
        return forward | {"ds": ds, "dr": dr, "db": db, "da": da, "dx": da * 2 * x}

    checked = judged(dag.exercise(count=8), gradients)
    assert "origin" not in standings(checked).values()
    assert [f.argument for f in checked.findings if f.check == "forward values"] == ["a"]
    assert slips(checked) == 1


def test_a_forward_slip_costs_its_own_gradient_or_else_the_least_that_is_earned():
    def total(charged, **verdicts):
        nodes = {name: NodeResult(name, Verdict(verdict)) for name, verdict in verdicts.items()}
        found = marked(
            Checked(nodes=nodes, charged=charged), {"da": 4, "db": 2, "dc": 1}, follow_through=True
        )
        return {node.name: node.points for node in found}

    assert total(["da"], da="pass", db="pass", dc="pass") == {"da": 0, "db": 2, "dc": 1}
    assert total(["da"], da="fail", db="pass", dc="pass") == {"da": 0, "db": 2, "dc": 0}
    assert total(["da", "df"], da="pass", db="pass", dc="pass") == {"da": 0, "db": 2, "dc": 0}
    assert total(["da", "df"], da="fail", db="fail", dc="fail") == {"da": 0, "db": 0, "dc": 0}


def test_where_following_does_not_count_a_forward_slip_costs_what_follows_from_it_and_no_more():
    checked = judged(NEURON, lambda w, x, b: {"p": w * x} | from_a_wrong_sum(w, x, b))
    on = marked(checked, NEURON.points, follow_through=True)
    off = marked(checked, NEURON.points, follow_through=False)
    assert checked.charged == ["ds"]
    assert sum(node.points for node in on) == len(on) - 1
    assert [node.points for node in off] == [node.strict for node in off] == [node.strict for node in on]
    assert sum(node.points for node in off) == sum(node.verdict == "pass" for node in off)


def from_a_wrong_sum(w, x, b):
    """What follows from s = wx - b, where it should be wx + b."""
    n = -(w * x - b)
    e = np.exp(n)
    q = 1 + e
    dq = -1 / q**2
    dn = dq * e
    forward = {"s": -n, "n": n, "e": e, "q": q, "f": 1 / q}
    return forward | {
        "dq": dq,
        "de": dq,
        "dn": dn,
        "ds": -dn,
        "dp": -dn,
        "db": -dn,
        "dw": -dn * x,
        "dx": -dn * w,
    }


CIRCUIT = formula_graph("p = w*x; s = p + b; n = -s; e = exp(n); q = 1 + e; f = 1/q", name="neuron")
NEURON = GraphExercise(
    id="neuron",
    title="",
    text="",
    graph=CIRCUIT,
    function="gradients",
    points={f"d{name}": 1 for name in CIRCUIT.nodes if name != "f"},
)


@pytest.mark.parametrize("local", ["e", "np.exp(n)"])
def test_a_wrong_output_may_be_used_by_the_step_back_as_it_is_or_worked_out_anew(local):
    def gradients(w, x, b):
        p = w * x
        n = -(p + b)
        e = 1.5 * np.exp(n)
        q = 1 + e
        dq = -1 / q**2
        dn = dq * (e if local == "e" else np.exp(n))
        forward = {"p": p, "s": p + b, "n": n, "e": e, "q": q, "f": 1 / q}
        return forward | {
            "dq": dq,
            "de": dq,
            "dn": dn,
            "ds": -dn,
            "dp": -dn,
            "db": -dn,
            "dw": -dn * x,
            "dx": -dn * w,
        }

    checked = judged(NEURON, gradients)
    assert set(standings(checked).values()) == {"inherited"}
    assert slips(checked) == 1
    assert sum(node.points for node in marked(checked, NEURON.points, follow_through=True)) == 7


def neuron(w, x, b):
    """Everything right but dn, which has the wrong sign; with the forward values."""
    p = w * x
    n = -(p + b)
    e = np.exp(n)
    q = 1 + e
    dq = -1 / q**2
    dn = -dq * e
    forward = {"p": p, "s": p + b, "n": n, "e": e, "q": q, "f": 1 / q}
    return forward | {
        "dq": dq,
        "de": dq,
        "dn": dn,
        "ds": -dn,
        "dp": -dn,
        "db": -dn,
        "dw": -dn * x,
        "dx": -dn * w,
    }


@pytest.mark.parametrize("name", ["p", "s", "n", "e", "q"])
def test_a_temporary_that_is_called_like_a_node_costs_nothing_and_blames_nobody(name):
    plain = standings(judged(NEURON, neuron))
    assert plain["n"] == "origin"
    checked = judged(NEURON, lambda w, x, b: neuron(w, x, b) | {name: 7 * w + b})
    assert standings(checked) == plain
    assert checked.charged == []


def test_a_line_that_raises_hides_nothing_that_others_compute():
    broken = MODEL.replace("dn = de            #", "dn = de * undefined  #")
    checked = judged_text(EXERCISES["sigmoid_circuit"], broken)
    found = standings(checked)
    assert {name for name, standing in found.items() if standing == "correct"} == {"q", "e"}
    assert slips(checked) == 1
    assert [f.where for f in checked.findings if f.check == "runs"] == ["cell 12, line 7"]
    renamed = judged_text(EXERCISES["sigmoid_circuit"], broken.replace("dx1 =", "dxx1 ="))
    assert renamed.nodes["dx1"].message == "dx1 is missing from what sigmoid_circuit returns"
    assert slips(renamed) == 2
