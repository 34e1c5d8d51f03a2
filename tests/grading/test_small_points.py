"""Points that a newcomer stumbled over: each is one promise about what is said."""

from __future__ import annotations

import re

import numpy as np
import pytest

from grader.checks.answers import number
from grader.findings import Verdict
from grader.report.report import Standing
from grader.report.wording import headline
from tests.grading.test_changed_line import graded
from tests.grading.test_hints_for_every_slip import AFFINE, RIGHT


def test_right_gradients_in_another_order_are_one_slip():
    text = AFFINE.format(**RIGHT).replace("return dx, dw, db", "return dw, db, dx")
    (exercise,) = graded(text, "affine").exercises
    assert exercise.slips == 1
    assert headline(exercise).endswith("One slip, at the order of what is returned.")
    (finding,) = [f for f in exercise.findings if f.check == "order"]
    assert finding.message.endswith("must return dx, dw, db in this order; yours come as dw, db, dx")
    assert [hint.node for hint in exercise.hints] == ["the order"]
    gradients = [node for node in exercise.nodes if node.name != "out"]
    assert sum(node.points > 0 for node in gradients) == 2
    assert all(node.strict == 0 for node in gradients)
    assert [node.message.partition(";")[0] for node in gradients] == [
        f"what stands here is {other}, and right" for other in ("dw", "db", "dx")
    ]
    assert exercise.picture == ()


def test_an_exchange_that_is_a_mistake_in_the_rule_is_none_of_the_order():
    text = """def multiply_gate_forward(x, y):
    return x*y, (x, y)
def multiply_gate_backward(dout, cache):
    x, y = cache
    return dout*x, dout*y
"""
    (exercise,) = graded(text, "multiply_gate").exercises
    assert not [f for f in exercise.findings if f.check == "order"]
    assert exercise.slips == 2


def test_an_order_with_a_wrong_gradient_among_them_is_not_claimed():
    text = AFFINE.format(**RIGHT | {"dw": "2 * x.T @ dout"}).replace("return dx, dw, db", "return dw, db, dx")
    (exercise,) = graded(text, "affine").exercises
    assert not [f for f in exercise.findings if f.check == "order"]


CHAIN = """def chain_gradients(de, between, at_weights):
    gradients = []
    up = de
    for k in range(len(at_weights) - 1, -1, -1):
        gradients.append(up @ at_weights[k])
        if k > 0:
            up = up @ between[k - 1]
    return gradients
"""


def test_the_table_and_the_example_of_an_algorithm_tell_the_same_case():
    (exercise,) = graded(CHAIN, "k_layer_chain").exercises
    wrong = [node for node in exercise.nodes if node.standing is Standing.ORIGIN]
    assert wrong
    for node in wrong:
        assert any(node.message in line for line in exercise.example)


def test_one_call_that_shows_two_faults_is_written_once_in_short_numbers():
    text = """import numpy as np
def add_penalty(data_loss, dW, db, W, b, reg, half):
    return data_loss + reg * np.sum(W * W), dW + 2 * reg * W, db
"""
    (exercise,) = graded(text, "penalty_conventions").exercises
    assert len(exercise.example) <= 2
    assert exercise.example[0].count("add_penalty(") == 1
    assert not re.search(r"\d\.\d{10,}", " ".join(exercise.example))


def test_a_mended_rule_that_is_still_wrong_is_shown_on_small_numbers_that_can_be_run():
    text = """import numpy as np
def svm_counterexample():
    return [[1., 2.]], [[1.], [2.]], [0, 2], 0
svm_wrong_node = "ds"
def svm_mended_backward(dloss, W, X, y, reg):
    scores = X @ W
    rows = np.arange(len(y))
    margins = scores - scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    ds = (margins > 0).astype(W.dtype)
    ds[rows, y] = ds.sum(axis=1)
    return dloss * (X.T @ ds / len(y) + 2 * reg * W)
"""
    (exercise,) = graded(text, "slide_svm_sign").exercises
    (line,) = exercise.example
    assert "svm_mended_backward gives dW = " in line
    names: dict[str, object] = {"np": np}
    exec(text + exercise.example_code.replace("print(", "shown = ("), names)
    assert np.shape(names["shown"]) == np.shape(names["W"])
    counterexample = next(node for node in exercise.nodes if node.name == "counterexample")
    assert "svm_loss_W" not in counterexample.message
    assert counterexample.message.startswith("y must be labels")


@pytest.mark.parametrize(
    ("answer", "value"),
    [("50%", 0.5), ("12,5 %", 0.125), ("log(2)", np.log(2)), ("ln(2)", np.log(2)), ("e**2", np.e**2),
     ("exp(-1)/2", np.exp(-1) / 2), ("sqrt(2)", np.sqrt(2)), ("2/3", 2 / 3)],
)  # fmt: skip
def test_a_number_may_be_written_as_on_paper(answer, value):
    assert number(answer) == (pytest.approx(value), "")


@pytest.mark.parametrize(
    "answer", ["log(0)", "exp(1000)", "log(2, 3)", "print(1)", "%", "log", "open('x')", "e.e"]
)
def test_what_is_no_number_stays_none(answer):
    assert number(answer)[1]


def test_a_mere_sign_is_told_as_one():
    (exercise,) = graded("circuit_answers = {'f': 1}", "circuits_by_hand").exercises
    ones = dict.fromkeys((node.name for node in exercise.nodes), 1)
    (exercise,) = graded(f"circuit_answers = {ones}", "circuits_by_hand").exercises
    due = {node.name: node.expected for node in exercise.nodes}
    answers = {name: -value for name, value in due.items()}
    (exercise,) = graded(f"circuit_answers = {answers!r}", "circuits_by_hand").exercises
    assert all("has the wrong sign" in node.message for node in exercise.nodes if node.expected)
    answers = {name: 2 * value + 1 for name, value in due.items()}
    (exercise,) = graded(f"circuit_answers = {answers!r}", "circuits_by_hand").exercises
    assert not any("sign" in node.message for node in exercise.nodes)


def test_numbers_of_a_gate_stand_beside_the_names_that_have_them():
    text = "def product_of_sum(x, y, z):\n    return {'dz': x + y, 'dq': z, 'dx': z * x, 'dy': z}\n"
    (exercise,) = graded(text, "product_of_sum").exercises
    dx = next(node for node in exercise.nodes if node.name == "dx")
    assert dx.message == "in x = -2, y = 5, out q = 3, upstream dq = -4, yours 8"
    assert "q moves by 0.01" in " ".join(exercise.example)


def test_a_constant_of_a_gate_is_no_input():
    text = """import math
def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0*x0; p1 = w1*x1; s = p0+p1; u = s+w2; n = -u; e = math.exp(n); q = 1+e; f = 1/q
    dq = -1/q**2; de = dq; dn = de*e; du = dn; ds = du; dw2 = du; dp0 = ds; dp1 = ds
    dw0 = x0*dp0; dx0 = w0*dp0; dw1 = x1*dp1; dx1 = w1*dp1
    return locals()
"""
    (exercise,) = graded(text, "sigmoid_circuit").exercises
    du = next(node for node in exercise.nodes if node.name == "du")
    assert du.message.startswith("in u = 1, out n = -1, upstream dn = ")


def test_a_line_that_ends_in_a_colon_is_quoted_without_it():
    text = """import numpy as np
def relu_forward(x):
    return np.maximum(0, x), x
def relu_backward(dout, cache):
    if cache > 0:
        return dout
    return 0 * dout
"""
    (exercise,) = graded(text, "relu").exercises
    assert "if cache > 0: ValueError: The truth value" in " ".join(f.message for f in exercise.findings)


def test_an_exit_says_what_it_does():
    text = "def exp_gate_forward(x):\n    exit()\ndef exp_gate_backward(dout, cache):\n    return dout\n"
    (exercise,) = graded(text, "exp_gate").exercises
    said = " ".join(f.message for f in exercise.findings if f.verdict is Verdict.FAIL)
    assert "exit(): SystemExit ends the whole program" in said
    assert "None" not in said


def test_what_is_wrong_beside_a_line_that_always_raises_is_shown_on_few_numbers():
    text = AFFINE.format(**RIGHT | {"dw": "xx.T @ dout", "db": "dout.sum(axis=1)"})
    (exercise,) = graded(text, "affine").exercises
    shown = exercise.example[0]
    assert "you return db = " in shown
    assert len(re.findall(r"-?\d+(?:\.\d+)?", shown)) < 20
    assert not re.search(r"\d\.\d\d", shown)


def test_a_picture_shows_what_was_returned_where_it_is_no_number():
    text = """def add_gate_forward(x, y):
    return x + y, None
def add_gate_backward(dout, cache):
    return dout, "no"
"""
    (exercise,) = graded(text, "add_gate").exercises
    assert [node.gradient for node in exercise.picture if node.name == "y"] == ["a text"]
