"""The exercises before the checks: solutions earn everything, starters count as not begun, mistakes are named."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from grader.checks.compare import Comparison, compare
from grader.checks.diagnose import diagnose
from grader.checks.dispatch import check
from grader.checks.layer.situations import drawn_run
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise import AnswersExercise, LayerExercise, Raises, WrittenExercise
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from grader.worker.steps import Raised, Returned
from tests.exercises.shared import ALL, BY_ID, of
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.exercises.solutions import by_hand, text_for
from tests.exercises.test_paper import numbers

PAPER = SeedSource(b"assignment and student")


def by_id(exercise):
    return exercise.id


def graded(exercise, text, *, seed=b"a seed"):
    """What the checks find in a submission of this one file."""
    runner = InProcessRunner()
    try:
        runner.load(Program((Source("solutions.py", text),), (*exercise.functions, *exercise.variables)))
        return check(exercise, runner, SeedSource(seed), PAPER)
    finally:
        runner.close()


def verdicts(checked):
    return {name: node.verdict for name, node in checked.nodes.items()}


def answered(exercise, rounding):
    """The solutions, with the answers to the paper of this student."""
    if not isinstance(exercise, AnswersExercise):
        return text_for(exercise)
    if exercise.id != "circuits_by_hand":
        values = {q.id: q.value for q in exercise.paper(PAPER.rng(exercise.id))}
        return f"{exercise.variable} = {values!r}\n"
    questions = {q.id: q for q in BY_ID["circuits_by_hand"].paper(PAPER.rng("circuits_by_hand"))}
    return f"{SOLUTIONS}\ncircuit_answers = {by_hand(**numbers(questions), r=rounding)!r}\n"


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_right_solutions_earn_everything_and_no_complaint(exercise):
    for seed in (b"one", b"two", b"three"):
        checked = graded(exercise, answered(exercise, lambda v: float(f"{v:.2g}")), seed=seed)
        assert not checked.not_started
        if not isinstance(exercise, WrittenExercise):
            assert verdicts(checked) == dict.fromkeys(exercise.nodes, Verdict.PASS)
        assert [f for f in checked.findings if f.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize("exercise", [e for e in ALL if not isinstance(e, WrittenExercise)], ids=by_id)
def test_a_starter_counts_as_not_begun(exercise):
    assert graded(exercise, exercise.starter).not_started


SLIPS = [
    ("affine", "dx = dout.dot(w.T)", "dx = dout.dot(w)", "dx", "missing-transpose"),
    ("affine", "dw = x.reshape(N, -1).T.dot(dout)", "dw = x.reshape(N, -1).dot(dout)", "dw", "missing-transpose"),
    ("affine", "dw = x.reshape(N, -1).T.dot(dout)", "dw = dout.T.dot(x.reshape(N, -1))", "dw", "transposed"),
    ("affine", "db = np.sum(dout, axis=0)", "db = np.mean(dout, axis=0)", "db", "averaged"),
    ("affine", "db = np.sum(dout, axis=0)", "db = np.sum(dout, axis=1)", "db", "wrong-axis"),
    ("affine", "db = np.sum(dout, axis=0)", "db = np.ones_like(b)", "db", "ignores-dout"),
    ("affine", "db = np.sum(dout, axis=0)", "db = np.sum(dout, axis=0, keepdims=True)", "db", "kept-axis"),
    ("affine", "out = x.reshape(N, -1).dot(w) + b", "out = x.reshape(N, -1).dot(w)", "out", "bias-forgotten"),
    ("relu", "dx = dout * (x > 0)", "dx = dout * (dout > 0)", "dx", "mask-on-dout"),
    ("sigmoid", "return dout * out * (1 - out)", "return dout * out", "dx", "one-minus-missing"),
    ("sigmoid", "return dout * out * (1 - out)", "return out * (1 - out)", "dx", "ignores-dout"),
    ("sigmoid", "return dout * out * (1 - out)", "return dout * (1 - out**2)", "dx", "derivative-of-tanh"),
    ("softmax_loss", "dx[np.arange(N), y] -= 1\n    dx /= N", "dx[np.arange(N), y] -= 1", "dx", "mean-missing"),
    ("softmax_loss", "dx[np.arange(N), y] -= 1\n    dx /= N", "dx /= N", "dx", "label-missing"),
    ("softmax_loss", "loss = -np.sum(log_probs[np.arange(N), y]) / N",
     "loss = -np.sum(log_probs[np.arange(N), y])", "loss", "summed"),
    ("svm_loss", "dx[np.arange(N), y] -= num_pos", "pass", "dx", "right-class-forgotten"),
    ("svm_loss", "margins[np.arange(N), y] = 0", "pass", "loss", "right-class-counted"),
    ("softmax_loss_naive", "dW / num_train + 2 * reg * W", "dW / num_train + reg * W", "dW", "factor-two-missing"),
    ("softmax_loss_naive", "dW / num_train + 2 * reg * W", "dW / num_train", "dW", "penalty-missing"),
    ("softmax_loss_naive", "loss / num_train + reg * np.sum(W * W)", "loss / num_train + 0.5 * reg * np.sum(W * W)",
     "loss", "penalty-halved"),
    ("max_gate", "dy = dout * (x < y)", "dy = dout", "dy", "max-to-both"),
    ("reciprocal_gate", "return -dout / x**2", "return dout / x**2", "dx", "sign"),
    ("exp_gate", "return dout * cache", "return dout", "dx", "exp-passes-on"),
    ("multiply_gate", "dx = dout * y", "dx = dout * x", "dx", "multiply-not-swapped"),
    ("two_layer", "dz1 = relu_backward(dh1, relu_cache)", "dz1 = dh1", "dW1", "relu-forgotten-in-backward"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_in_a_solution_is_named_at_its_node(id, right, wrong, node, mistake):
    assert right in SOLUTIONS
    checked = graded(BY_ID[id], SOLUTIONS.replace(right, wrong))
    assert checked.nodes[node].verdict is Verdict.FAIL
    assert (node, mistake) in [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]


@pytest.mark.parametrize("exercise", of(LayerExercise), ids=by_id)
def test_every_case_decides_something(exercise):
    for seed in range(10):
        seeds = SeedSource(str(seed).encode())
        for case in exercise.cases:
            assert drawn_run(exercise, case, seeds.rng(exercise.id, case.name)).decides, case.name


@pytest.mark.parametrize("exercise", of(LayerExercise), ids=by_id)
def test_each_predicted_mistake_is_diagnosed_as_itself(exercise):
    """Whatever a prediction says is handed in as the student's numbers, on every case."""
    for seed in range(3):
        seeds = SeedSource(str(seed).encode())
        drawn = [
            (case, drawn_run(exercise, case, seeds.rng(exercise.id, case.name))) for case in exercise.cases
        ]
        for misconception in exercise.misconceptions:
            node, judged = misconception.node, {name: [] for name in exercise.nodes}
            for case, once in drawn:
                run = replace(once, got={})
                right = run.expected[node]
                number = misconception.predict(run.situation)
                if isinstance(number, Raises):
                    run.backward = Raised("ValueError", "shapes do not meet")
                    judged[node].append((run, Comparison(Verdict.FAIL, "raised")))
                    continue
                run.backward = Returned(None)
                run.got[node] = right.value if number is None else number
                judged[node].append((run, compare(node, run.got[node], right, single=case.float32)))
            checked = Checked()
            for name in exercise.nodes:
                verdict = Verdict.FAIL if name == node else Verdict.PASS
                checked.nodes[name] = NodeResult(name, verdict, Standing.ORIGIN)
            diagnose(exercise, judged, checked)
            assert [d.id for d in checked.diagnoses] == [misconception.id]


def test_a_sigmoid_that_overflows_into_a_number_is_right_and_one_that_does_not_is_wrong():
    head = "import numpy as np\n\ndef sigmoid_backward(dout, out):\n    return dout * out * (1 - out)\n\n"
    kind = "def sigmoid_forward(x):\n    out = 1 / (1 + np.exp(-x))\n    return out, out\n"
    harsh = "def sigmoid_forward(x):\n    out = np.exp(x) / (1 + np.exp(x))\n    return out, out\n"
    assert graded(BY_ID["sigmoid"], head + kind).nodes["out"].verdict is Verdict.PASS
    failed = graded(BY_ID["sigmoid"], head + harsh).nodes["out"]
    assert failed.verdict is Verdict.FAIL
    assert failed.case == "extremes"


@pytest.mark.parametrize("choice", ["x >= 0", "x > 0"])
def test_either_subgradient_of_relu_at_zero_is_accepted(choice):
    text = SOLUTIONS.replace("dx = dout * (x > 0)", f"dx = dout * ({choice})")
    assert graded(BY_ID["relu"], text).nodes["dx"].verdict is Verdict.PASS


def at_a_tie(to_x, to_y):
    text = SOLUTIONS.replace("dx = dout * (x >= y)", f"dx = dout * ({to_x})")
    return graded(BY_ID["max_gate"], text.replace("dy = dout * (x < y)", f"dy = dout * ({to_y})"))


@pytest.mark.parametrize(
    ("to_x", "to_y"), [("(x > y) + 0.5 * (x == y)", "(x < y) + 0.5 * (x == y)"), ("x > y", "x <= y")]
)
def test_any_split_at_a_tie_of_max_is_accepted_if_it_hands_everything_out_once(to_x, to_y):
    assert at_a_tie(to_x, to_y).nodes["dx"].verdict is Verdict.PASS


@pytest.mark.parametrize(("to_x", "to_y"), [("x >= y", "x <= y"), ("x > y", "x < y")])
def test_a_tie_that_hands_out_twice_or_nothing_is_wrong(to_x, to_y):
    checked = at_a_tie(to_x, to_y)
    assert checked.nodes["dx"].verdict is Verdict.FAIL
    assert checked.nodes["dx"].case == "ties"


@pytest.mark.parametrize("comparison", ["margins >= 0", "margins > 0"])
def test_a_margin_on_the_kink_may_count_or_not(comparison):
    right = "margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)\n    margins[np.arange(N), y] = 0"
    wrong = "raw = x - correct[:, np.newaxis] + 1\n    raw[np.arange(N), y] = -1\n    margins = np.maximum(0, raw)"
    text = SOLUTIONS.replace(right, wrong).replace("margins > 0", comparison.replace("margins", "raw"))
    assert graded(BY_ID["svm_loss"], text).nodes["dx"].verdict is Verdict.PASS


def test_a_naive_softmax_is_wrong_at_the_extremes_only():
    text = SOLUTIONS.replace("shifted = x - np.max(x, axis=1, keepdims=True)", "shifted = x")
    checked = graded(BY_ID["softmax_loss"], text)
    assert checked.nodes["dx"].case == "extremes"
    assert not math.isfinite(checked.nodes["loss"].got or np.nan)


def test_an_exact_step_from_a_wrong_number_counts_in_the_sigmoid_circuit():
    text = SOLUTIONS.replace("    dn = de * e\n", "    dn = de\n")
    checked = graded(BY_ID["sigmoid_circuit"], text)
    standings = {name: node.standing for name, node in checked.nodes.items()}
    assert [name for name, standing in standings.items() if standing is Standing.ORIGIN] == ["dn"]
    assert standings["dw0"] is Standing.INHERITED
