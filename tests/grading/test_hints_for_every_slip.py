"""Hints for each independent slip: of every node that is wrong by itself, by degrees, fitting what is wrong."""

from __future__ import annotations

from grader.report.redact import redact
from grader.report.report import Reader
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES
from tests.grading.test_changed_line import graded

AFFINE = """import numpy as np
def affine_forward(x, w, b):
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    dx = {dx}
    dw = {dw}
    db = {db}
    return dx, dw, db
"""
RIGHT = {"dx": "dout @ w.T", "dw": "x.T @ dout", "db": "dout.sum(axis=0)"}


def affine(**lines):
    return graded(AFFINE.format(**RIGHT | lines), "affine").exercises[0]


def of(exercise, node):
    return [(hint.degree, hint.text) for hint in exercise.hints if hint.node == node]


def test_every_node_that_is_wrong_by_itself_has_its_hints_the_first_first():
    exercise = affine(dw="dout.T @ x", db="dout.sum(axis=1)")
    assert list(dict.fromkeys(hint.node for hint in exercise.hints)) == ["dw", "db"]
    assert [degree for degree, _ in of(exercise, "db")] == [1, 2, 3]
    assert [text for _, text in of(exercise, "db")] == list(EXERCISES["affine"].hints["db"])


def test_a_name_that_is_not_there_is_asked_about_and_not_the_derivative():
    exercise = affine(dw="xx.T @ dout", db="dout.sum(axis=1)")
    dw = " ".join(text for _, text in of(exercise, "dw"))
    assert "`xx`" in dw
    assert not any(own in dw for own in EXERCISES["affine"].hints["dw"])
    assert [text for _, text in of(exercise, "db")] == list(EXERCISES["affine"].hints["db"])


def test_each_line_that_raises_is_told_with_its_own_error():
    exercise = affine(dw="xx.T @ dout", db="dout.summ(axis=0)")
    messages = {node.name: node.message for node in exercise.nodes}
    assert "name 'xx' is not defined" in messages["dw"]
    assert "no attribute 'summ'" in messages["db"]
    assert "`summ`" in of(exercise, "db")[0][1]


def test_what_needs_a_value_that_is_lost_has_no_hints_of_its_own():
    exercise = affine(dw="xx.T @ dout", db="dw.sum(axis=0)")
    assert {hint.node for hint in exercise.hints} == {"dw"}


def test_shapes_that_do_not_meet_keep_the_hints_of_the_node():
    exercise = affine(dx="dout @ w", db="dout.sum(axis=1)")
    assert [text for _, text in of(exercise, "dx")] == list(EXERCISES["affine"].hints["dx"])


def test_a_comparison_of_an_array_is_asked_about_entry_by_entry():
    text = SOLUTIONS.replace("return dout * (cache > 0)", "return dout if cache > 0 else 0")
    relu = """import numpy as np
def relu_forward(x):
    return np.maximum(0, x), x
def relu_backward(dout, cache):
    if cache > 0:
        return dout
    return 0 * dout
"""
    assert text
    (exercise,) = graded(relu, "relu").exercises
    assert "an answer for each entry" in exercise.hints[0].text
    assert all("without the output noticing" not in hint.text for hint in exercise.hints)


def test_a_forgotten_return_is_asked_about():
    relu = SOLUTIONS + "\ndef relu_backward(dout, cache):\n    dx = dout * (cache > 0)\n"
    (exercise,) = graded(relu, "relu").exercises
    assert any("return" in hint.text for hint in exercise.hints)
    assert any("`return`" in finding.message for finding in exercise.findings)


def test_an_upstream_that_is_forgotten_is_asked_for_by_its_name():
    exercise = affine(dx="np.ones_like(dout) @ w.T")
    assert of(exercise, "dx")[0][1] == "Is dout in your formula for dx?"
    l2 = """import numpy as np
def l2_forward(w, lam):
    return lam * np.sum(w**2), (w, lam)
def l2_backward(dout, cache):
    w, lam = cache
    return 2 * lam * w
"""
    (exercise,) = graded(l2, "l2_penalty").exercises
    assert of(exercise, "dw")[0][1] == "Is dout in your formula for dw?"


def test_in_a_graph_the_upstream_is_the_gradient_of_what_the_value_goes_into():
    text = "def product_of_sum(x, y, z):\n    return {'dz': x + y, 'dq': z, 'dx': 1, 'dy': z}\n"
    (exercise,) = graded(text, "product_of_sum").exercises
    assert of(exercise, "dx")[0][1] == "Is dq in your formula for dx?"


def test_the_same_mistake_at_two_nodes_is_led_to_once():
    exercise = affine(dx="np.ones_like(dout) @ w.T", dw="x.T @ np.ones_like(dout)")
    assert len(of(exercise, "dx")) == 3
    assert of(exercise, "dw") == [(3, EXERCISES["affine"].hints["dw"][-1])]


def test_no_hint_comes_twice():
    exercise = affine(dx="-dout @ w.T", dw="-x.T @ dout", db="-dout.sum(axis=0)")
    texts = [hint.text for hint in exercise.hints]
    assert len(set(texts)) == len(texts)


def test_what_only_follows_has_none():
    text = """import math
def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0*x0; p1 = w1*x1; s = p0+p1; u = s+w2; n = -u; e = math.exp(n); q = 1+e; f = 1/q
    dq = -1/q**2; de = dq; dn = de; du = -dn; ds = du; dw2 = du; dp0 = ds; dp1 = ds
    dw0 = x0*dp0; dx0 = w0*dp0; dw1 = x1*dp1; dx1 = w1*dp1
    return locals()
"""
    (exercise,) = graded(text, "sigmoid_circuit").exercises
    assert {hint.node for hint in exercise.hints} == {"dn"}


def test_three_nodes_at_most_are_led_to():
    text = "def chain_rs(r, s):\n    return dict(dt=7, dz=7, dx=7, dy=7, dr=7, ds=7)\n"
    (exercise,) = graded(text, "chain_rs").exercises
    assert len({hint.node for hint in exercise.hints}) == 3


def test_a_wrong_forward_value_is_asked_about_with_what_goes_into_it():
    text = """import math
def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0*x0; p1 = w1*x1; s = p0+p1; u = s+w2; n = -u; e = math.exp(u); q = 1+e; f = 1/q
    dq = -1/q**2; de = dq; dn = de*e; du = -dn; ds = du; dw2 = du; dp0 = ds; dp1 = ds
    dw0 = x0*dp0; dx0 = w0*dp0; dw1 = x1*dp1; dx1 = w1*dp1
    return locals()
"""
    (exercise,) = graded(text, "sigmoid_circuit").exercises
    (first, *_) = of(exercise, "e")
    assert "What goes into exp" in first[1]


def test_a_changed_argument_is_led_to_beside_a_wrong_node():
    text = """import numpy as np
def multiply_gate_forward(x, y):
    return x*y, (x, y)
def multiply_gate_backward(dout, cache):
    x, y = cache
    dout *= y
    return dout, x
"""
    (exercise,) = graded(text, "multiply_gate").exercises
    assert list(dict.fromkeys(hint.node for hint in exercise.hints)) == ["dy", "the changed dout"]


def test_each_degree_opens_one_step_for_every_node():
    report = graded(AFFINE.format(**RIGHT | {"dw": "dout.T @ x", "db": "dout.sum(axis=1)"}), "affine")
    for degree in range(5):
        (cut,) = redact(report, Reader.PRACTICE, hints=degree).exercises
        assert {hint.degree for hint in cut.hints} == set(range(1, min(degree, 3) + 1))
        assert {hint.node for hint in cut.hints} == ({"dw", "db"} if degree else set())
        assert cut.hints_left == 3 - min(degree, 3)


def test_an_output_without_a_cache_is_one_slip_in_the_words_of_the_text():
    relu = """import numpy as np
def relu_forward(x):
    return np.maximum(0, x)
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
    (exercise,) = graded(relu, "relu").exercises
    assert exercise.slips == 1
    messages = " ".join(node.message for node in exercise.nodes)
    assert "in the form (out, cache)" in messages
    assert "c0" not in messages
    assert any("relu_forward must return (out, cache)" in finding.message for finding in exercise.findings)
