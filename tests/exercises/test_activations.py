"""Further activations: mistakes named at their node, formulas that overflow, corners that conventions decide."""

from __future__ import annotations

import numpy as np
import pytest

from grader.findings import Verdict
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_graded import graded

TEXT = TEXTS["activations"]

SLIPS = [
    ("tanh", "dout * (1 - out**2)", "dout * (1 - np.tanh(out)**2)", "dx", "derivative-at-the-output"),
    ("tanh", "dout * (1 - out**2)", "dout * out * (1 - out)", "dx", "derivative-of-sigmoid"),
    ("tanh", "dout * (1 - out**2)", "dout * (1 - out)", "dx", "square-missing"),
    ("tanh", "dout * (1 - out**2)", "(1 - out**2)", "dx", "ignores-dout"),
    ("tanh", "    cache = out\n", "    cache = x\n", "dx", "derivative-of-x"),
    ("softplus", "dout / (1 + np.exp(-x))", "dout / (1 + np.exp(x))", "dx", "one-over-u"),
    ("softplus", "dout / (1 + np.exp(-x))", "dout * (x > 0)", "dx", "relu-mask"),
    ("softplus", "return out, x\n\n\ndef softplus_back", "return out, out\n\n\ndef softplus_back", "dx",
     "derivative-at-the-output"),
    ("gelu", "0.5 * x * (1 - t**2) * du)", "0.5 * x * (1 - t**2))", "dx", "inner-derivative-missing"),
    ("gelu", "(0.5 * (1 + t) + 0.5 * x * (1 - t**2) * du)", "(0.5 * (1 + t))", "dx", "gate-constant"),
    ("gelu", "(1 + 3 * 0.044715", "(1 + 0.044715", "dx", "three-missing"),
    ("gelu", "    out = 0.5 * x * (1 + t)", "    out = x / (1 + np.exp(-1.702 * x))", "out", "sigmoid-form"),
    ("leaky_relu", "    dx[x <= 0] *= a", "    dx[x <= 0] = 0", "dx", "relu-mask"),
    ("leaky_relu", "    dx[x <= 0] *= a", "    dx[dout <= 0] *= a", "dx", "mask-on-dout"),
    ("leaky_relu", "    dx[x <= 0] *= a", "    dx *= a", "dx", "slope-everywhere"),
    ("elu", "np.where(x > 0, 1, out + a)", "np.where(x > 0, 1, out)", "dx", "output-for-derivative"),
    ("elu", "np.where(x > 0, 1, out + a)", "np.where(x > 0, 1, a)", "dx", "slope-of-leaky"),
    ("elu", "np.where(x > 0, 1, out + a)", "np.where(x > 0, 1, np.exp(np.minimum(x, 0)))", "dx",
     "constant-missing"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_in_an_activation_is_named_at_its_node(id, right, wrong, node, mistake):
    assert right in TEXT
    checked = graded(BY_ID[id], TEXT.replace(right, wrong))
    assert checked.nodes[node].verdict is Verdict.FAIL
    assert (node, mistake) in [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]


HARSH = [
    ("tanh", "out = np.tanh(x)", "out = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),
    ("softplus", "np.where(x > 30, x, np.log(1 + np.exp(np.minimum(x, 30))))", "np.log(1 + np.exp(x))"),
    ("elu", "    out = x.copy()\n", "    return (x > 0) * x + (x <= 0) * a * (np.exp(x) - 1), (x, x, a)\n"),
]


@pytest.mark.parametrize(("id", "right", "wrong"), HARSH)
def test_a_formula_that_is_right_on_paper_fails_where_it_overflows_and_only_there(id, right, wrong):
    assert right in TEXT
    node = graded(BY_ID[id], TEXT.replace(right, wrong)).nodes["out"]
    assert node.verdict is Verdict.FAIL
    assert node.case == "extremes"


KIND = [
    ("tanh", "out = np.tanh(x)", "out = 2 / (1 + np.exp(-2 * x)) - 1"),
    ("softplus", "np.where(x > 30, x, np.log(1 + np.exp(np.minimum(x, 30))))", "np.logaddexp(0, x)"),
    ("leaky_relu", "np.where(x > 0, x, a * x)", "np.maximum(x, a * x)"),
    ("leaky_relu", "    dx[x <= 0] *= a", "    dx[x < 0] *= a"),
    ("elu", "    neg = x <= 0", "    neg = x < 0"),
]


@pytest.mark.parametrize(("id", "right", "wrong"), KIND)
def test_another_right_form_and_either_side_of_a_corner_pass(id, right, wrong):
    assert right in TEXT
    checked = graded(BY_ID[id], TEXT.replace(right, wrong))
    assert {node.verdict for node in checked.nodes.values()} == {Verdict.PASS}


def test_masking_the_upstream_in_place_is_noticed():
    """`dx = dout; dx[...] = ...` changes what the caller may still need."""
    checked = graded(BY_ID["leaky_relu"], TEXT.replace("dx = dout.copy()", "dx = dout"))
    assert any(finding.verdict is Verdict.FAIL for finding in checked.findings)
    assert checked.deductions > 0 or checked.nodes["dx"].verdict is Verdict.FAIL


def test_gelu_has_the_numbers_of_its_paper():
    """x·Φ(x) at 1 is 0.8413; the tanh form asked for gives 0.8412, and slope 1.083."""
    out, cache = solutions.gelu_forward(np.array([1.0, -1.0]))
    assert out == pytest.approx([0.8412, -0.1588], abs=5e-5)
    assert solutions.gelu_backward(np.ones(2), cache) == pytest.approx([1.0830, -0.0830], abs=5e-5)


@pytest.mark.parametrize("id", ["leaky_relu", "elu"])
def test_the_constant_lies_between_0_and_1_in_every_case_and_example(id):
    """So that max(x, ax) is a leaky ReLU, as the text says."""
    exercise = BY_ID[id]
    for draw in (*(case.draw for case in exercise.cases), *exercise.small):
        for seed in range(5):
            assert 0 < draw(np.random.default_rng(seed))[1] < 1
