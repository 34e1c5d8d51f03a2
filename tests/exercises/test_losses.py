"""Losses: the lectures' numbers, mistakes named at their node, and where code fails in silence."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from exercises.losses.losses_by_hand import LOSSES_BY_HAND
from exercises.losses.penalty_conventions import PENALTY_CONVENTIONS
from grader.findings import Verdict
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import FIRST_SET, TEXTS
from tests.exercises.test_algorithms import problems
from tests.exercises.test_graded import graded

LOSSES = TEXTS["losses"]

REG = "dW = X.T.dot(mask) / num_train + 2 * reg * W"
SLIPS = [
    ("squared_error", "dh = -2 * (y - h) * dout", "dh = -(y - h) * dout", "dh", "factor-two-missing"),
    ("squared_error", "dh = -2 * (y - h) * dout", "dh = 2 * (y - h) * dout", "dh", "target-minus-prediction"),
    ("squared_error", "dh = -2 * (y - h) * dout", "dh = -2 * (y - h)", "dh", "ignores-dout"),
    ("squared_error", "dh = -2 * (y - h) * dout", "dh = -2 * (y - h) * dout / y.size", "dh", "averaged"),
    ("squared_error", "e = np.sum((y - h) ** 2)", "e = np.mean((y - h) ** 2)", "e", "averaged"),
    ("half_squared_error", "da = -diff * dout", "da = -2 * diff * dout", "da", "factor-two"),
    ("half_squared_error", "da = -diff * dout", "da = diff * dout", "da", "target-minus-prediction"),
    ("half_squared_error", "0.5 * np.sum(diff * diff)", "np.sum(diff * diff)", "e", "half-missing"),
    ("bce_with_logits", "(p - y) / x.size", "(p - y) / x.shape[0]", "dx", "averaged-over-examples"),
    ("bce_with_logits", "(p - y) / x.size", "(p - y)", "dx", "mean-missing"),
    ("bce_with_logits", "(p - y) / x.size", "(y - p) / x.size", "dx", "target-minus-prediction"),
    ("bce_with_logits", "(p - y) / x.size", "(p - y) * p * (1 - p) / x.size", "dx", "slope-twice"),
    ("bce_with_logits", "(p - y) / x.size", "(p - y) / (p * (1 - p)) / x.size", "dx", "slope-missing"),
    ("bce_with_logits", "(p - y) / x.size", "p / x.size", "dx", "target-missing"),
    ("bce_with_logits", "+ (1 - y) * np.logaddexp(0, x)", "", "loss", "targets-0-forgotten"),
    ("l2_penalty", "dw = dout * 2 * lam * w", "dw = dout * lam * w", "dw", "factor-two-missing"),
    ("l2_penalty", "dw = dout * 2 * lam * w", "dw = 2 * lam * w", "dw", "ignores-dout"),
    ("l2_penalty", "lam * np.sum(w * w)", "lam * np.linalg.norm(w)", "out", "root-taken"),
    ("l2_penalty", "lam * np.sum(w * w)", "0.5 * lam * np.sum(w * w)", "out", "halved"),
    ("full_loss", "dlosses = dout * np.ones(N) / N", "dlosses = dout * np.ones(N)", "dlosses", "mean-missing"),
    ("full_loss", "dW2 = dout * 2 * lam * W2", "dW2 = dout * lam * W2", "dW2", "factor-two-missing"),
    ("full_loss", "dW1 = dout * 2 * lam * W1", "dW1 = dout * 2 * lam * W1 / N", "dW1", "penalty-averaged"),
    ("full_loss", " + lam * np.sum(W2**2)", "", "L", "second-penalty-missing"),
    ("svm_loss_naive", "dW += 2 * reg * W", "dW += reg * W", "dW", "factor-two-missing"),
    ("svm_loss_naive", "dW += 2 * reg * W", "pass", "dW", "penalty-missing"),
    ("svm_loss_naive", "    dW /= num_train\n", "", "dW", "mean-missing"),
    ("svm_loss_naive", "dW[:, y[i]] -= X[i]", "pass", "dW", "right-class-forgotten"),
    ("svm_loss_naive", "dW[:, y[i]] -= X[i]", "dW[:, y[i]] += X[i]", "dW", "count-plus"),
    ("svm_loss_naive", "            if j == y[i]:\n                continue\n", "", "loss", "right-class-counted"),
    ("svm_loss_naive", "    loss += reg * np.sum(W * W)\n    dW +=", "    dW +=", "loss", "penalty-missing"),
    ("svm_loss_vectorized", REG, REG.replace("2 * reg", "reg"), "dW", "factor-two-missing"),
    ("svm_loss_vectorized", REG, "dW = (X.T.dot(mask) + 2 * reg * W) / num_train", "dW", "penalty-averaged"),
    ("svm_loss_vectorized", "mask[np.arange(num_train), y] = -np.sum(mask, axis=1)",
     "mask[np.arange(num_train), y] = -1.0 * (np.sum(mask, axis=1) > 0)", "dW", "count-missing"),
    ("svm_loss_vectorized", "margins = np.maximum(0, scores - correct + 1)",
     "margins = np.maximum(0, scores - correct)", "loss", "delta-missing"),
    ("softmax_loss_vectorized", "    dscores[np.arange(num_train), y] -= 1\n", "", "dW", "label-missing"),
    ("softmax_loss_vectorized", "X.T.dot(dscores) / num_train + 2 * reg * W",
     "X.T.dot(dscores) / num_train + reg * W", "dW", "factor-two-missing"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_in_a_solution_is_named_at_its_node_and_nowhere_else(id, right, wrong, node, mistake):
    assert right in LOSSES
    checked = graded(BY_ID[id], LOSSES.replace(right, wrong))
    assert checked.nodes[node].verdict is Verdict.FAIL
    assert (node, mistake) in [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]


LINEAR = {
    "softmax_loss_naive": (FIRST_SET, "dW / num_train + 2 * reg * W", "reg * np.sum(W * W)\n    dW = dW"),
    "softmax_loss_vectorized": (
        LOSSES,
        "dW = X.T.dot(dscores) / num_train + 2 * reg * W",
        "loss += reg * np.sum(W * W)\n    dscores",
    ),
    "svm_loss_naive": (LOSSES, "dW += 2 * reg * W", "loss += reg * np.sum(W * W)\n    dW"),
    "svm_loss_vectorized": (LOSSES, REG, "num_train + reg * np.sum(W * W)\n    mask"),
}


@pytest.mark.parametrize("id", LINEAR)
def test_a_wrong_penalty_passes_without_one_and_fails_wherever_reg_is_above_0(id):
    """The course's own check of these functions is passed by either mistake when it is run with reg = 0."""
    text, gradient, loss = LINEAR[id]
    for right, wrong, node in (
        (gradient, gradient.replace("2 * reg", "reg"), "dW"),
        (loss, loss.replace("reg *", "0.5 * reg *"), "loss"),
    ):
        assert right in text
        checked = graded(BY_ID[id], text.replace(right, wrong))
        other = "loss" if node == "dW" else "dW"
        assert checked.nodes[node].verdict is Verdict.FAIL
        assert checked.nodes[other].verdict is Verdict.PASS
        (told,) = [f.message for f in checked.findings if f.check == "cases" and f.argument == node]
        assert told == f'{node} is right only in "no penalty"'


@pytest.mark.parametrize("comparison", ["margins > 0", "margins >= 0"])
def test_a_margin_on_the_kink_may_count_or_not(comparison):
    text = LOSSES.replace(
        "margins = np.maximum(0, scores - correct + 1)\n    margins[np.arange(num_train), y] = 0\n",
        "margins = scores - correct + 1\n    margins[np.arange(num_train), y] = -1\n",
    ).replace("loss = np.sum(margins)", "loss = np.sum(np.maximum(margins, 0))")
    text = text.replace("mask[margins > 0] = 1", f"mask[{comparison}] = 1")
    assert graded(BY_ID["svm_loss_vectorized"], text).nodes["dW"].verdict is Verdict.PASS


def test_a_kink_that_counts_in_one_column_only_is_no_gradient():
    text = LOSSES.replace("            if margin > 0:\n", "            if margin >= 0:\n").replace(
        "dW[:, y[i]] -= X[i]", "dW[:, y[i]] -= X[i] * (margin > 0)"
    )
    checked = graded(BY_ID["svm_loss_naive"], text)
    assert checked.nodes["dW"].verdict is Verdict.FAIL
    assert checked.nodes["dW"].case == "on the kink"


def test_repeated_labels_catch_a_sum_that_counts_once():
    """ds[:, y] += ... with a column's index repeated adds only once."""
    wrong = "dW = np.zeros_like(W)\n    hit = np.sum(mask > 0, axis=1)\n"
    wrong += "    dW = X.T.dot(mask * (mask > 0))\n    dW[:, y] -= (X * hit[:, None]).T\n"
    wrong += "    dW = dW / num_train + 2 * reg * W"
    checked = graded(BY_ID["svm_loss_vectorized"], LOSSES.replace(REG, wrong))
    assert checked.nodes["dW"].verdict is Verdict.FAIL


def test_binary_cross_entropy_through_the_probability_fails_at_the_extremes_only():
    naive = "p = 1 / (1 + np.exp(-x))\n    losses = -y * np.log(p) - (1 - y) * np.log(1 - p)"
    right = "losses = y * np.logaddexp(0, -x) + (1 - y) * np.logaddexp(0, x)"
    checked = graded(BY_ID["bce_with_logits"], LOSSES.replace(right, naive))
    assert checked.nodes["loss"].verdict is Verdict.FAIL
    assert checked.nodes["loss"].case == "extremes"
    assert checked.nodes["dx"].verdict is Verdict.PASS


@pytest.mark.parametrize(("shift", "case"), [("np.max(scores)", "extremes"), ("0", "extremes")])
def test_a_softmax_without_a_shift_of_its_own_for_every_row_fails_at_the_extremes(shift, case):
    text = LOSSES.replace("scores -= np.max(scores, axis=1, keepdims=True)", f"scores -= {shift}")
    checked = graded(BY_ID["softmax_loss_vectorized"], text)
    assert checked.nodes["loss"].case == case
    assert checked.nodes["loss"].verdict is Verdict.FAIL


def test_the_lectures_derivatives_of_losses_come_out():
    """∂e/∂h = -2(y - h), δ's factor a - y, and 2λW."""
    _, cache = solutions.squared_error_forward(np.array([3.0]), np.array([1.0]))
    assert BY_ID["squared_error"].layer.vjp((np.array([3.0]), np.array([1.0])), 1.0)["h"] == [4.0]
    assert solutions.squared_error_backward(1.0, cache) == [4.0]
    assert BY_ID["half_squared_error"].layer.vjp((np.array([0.2]), np.array([1.0])), 1.0)["a"] == [-0.8]
    full = BY_ID["full_loss"].layer
    inputs = (np.array([2.9, 0.0, 12.9]), np.array([[3.0]]), np.array([[-1.0]]), 0.1)
    assert full.forward(*inputs)[0] == pytest.approx(15.8 / 3 + 1.0)
    gradients = full.vjp(inputs, 1.0)
    assert gradients["W1"] == pytest.approx(np.array([[0.6]]))
    assert gradients["W2"] == pytest.approx(np.array([[-0.2]]))
    assert gradients["losses"] == pytest.approx(np.full(3, 1 / 3))


def penalised(loss=1.0, slope=2.0, bias=False, mean=False):
    """add_penalty with these factors of the convention's own in place of 1 and 2."""

    def add(data_loss, dW, db, W, b, reg, half):
        reg = reg / 2 if half else reg
        reg = reg / len(W) if mean else reg
        grown = data_loss + loss * reg * (np.sum(W**2) + (np.sum(b**2) if bias else 0))
        return grown, dW + slope * reg * W, db + (slope * reg * b if bias else 0)

    return add


def always(half):
    """A solution that knows one convention only."""
    return lambda *arguments: solutions.add_penalty(*arguments[:-1], half)


WRONG_PENALTIES = {
    "the gradient of the other convention": (penalised(slope=1.0), {"dW"}),
    "the loss of the other convention": (penalised(loss=0.5), {"loss"}),
    "a regularised bias": (penalised(bias=True), {"loss", "db"}),
    "a mean over examples": (penalised(mean=True), {"loss", "dW"}),
    "no gradient": (penalised(slope=0.0), {"dW"}),
    "always with the half": (always(True), {"loss", "dW"}),
    "never with the half": (always(False), {"loss", "dW"}),
    "two things": (lambda *arguments: arguments[:2], {"loss", "dW", "db"}),
    "nan": (penalised(slope=math.nan), {"dW"}),
    "text": (lambda *arguments: ("a", "b", "c"), {"loss", "dW", "db"}),
}


@pytest.mark.parametrize("name", WRONG_PENALTIES)
def test_a_wrong_penalty_is_found_at_its_node(name):
    function, nodes = WRONG_PENALTIES[name]
    for seed in range(5):
        assert problems(PENALTY_CONVENTIONS, function, seed) == nodes


def test_a_penalty_that_is_added_into_the_callers_array_costs_a_point():
    text = "import numpy as np\n\ndef add_penalty(data_loss, dW, db, W, b, reg, half):\n"
    text += "    f = reg / 2 if half else reg\n    dW += 2 * f * W\n"
    text += "    return data_loss + f * np.sum(W * W), dW, db\n"
    checked = graded(PENALTY_CONVENTIONS, text)
    assert all(node.verdict is Verdict.PASS for node in checked.nodes.values())
    assert [f.check for f in checked.findings if f.verdict is Verdict.FAIL] == ["unchanged"]
    assert checked.deductions == 1


def two_digits(v):
    return float(f"{v:.2g}")


def answers(text, r):
    """Everything asked for on the paper with this text, `r` being what a student keeps of each number."""
    s = [float(v) for v in re.search(r"s = \((.*?)\)", text)[1].replace("\\ ", "").split(",")]
    margins = [max(0.0, v - s[0] + 1) for v in s[1:]]
    powers = [r(math.exp(v)) for v in s]
    p = [r(power / r(sum(powers))) for power in powers]
    losses = [float(v) for v in re.search(r"data losses (.*?), weights", text)[1].split(",")]
    w = [float(v) for v in re.search(r"w = \((.*?)\)", text)[1].replace("\\ ", "").split(",")]
    lam = float(re.search(r"\\lambda = ([\d.]+)", text)[1])
    slope = float(re.search(r"the slope \$(-?[\d.]+)\$", text)[1])
    return {
        "svm": sum(margins),
        "svm_right": -sum(margin > 0 for margin in margins),
        "p": p[0],
        "softmax": r(-math.log(p[0])),
        "softmax_right": r(p[0] - 1),
        "softmax_wrong": p[1],
        "full": r(r(sum(losses) / len(losses)) + r(lam * r(w[0] ** 2 + w[1] ** 2))),
        "dw1": r(slope + r(2 * lam * w[0])),
        "half": 2 * lam,
    }


@pytest.mark.parametrize(
    "keep", [lambda v: v, two_digits, lambda v: float(f"{v:.3g}")], ids=["all", "2", "3"]
)
def test_losses_worked_out_by_hand_are_right_however_they_are_rounded(keep):
    for seed in range(150):
        paper = LOSSES_BY_HAND.paper(np.random.default_rng(seed))
        given = answers(" ".join(question.text for question in paper), keep)
        wrong = [(q.id, given[q.id], q.low, q.high) for q in paper if not q.low <= given[q.id] <= q.high]
        assert wrong == [], seed


def test_no_classic_mistake_on_losses_is_taken_for_right():
    for seed in range(150):
        paper = {q.id: q for q in LOSSES_BY_HAND.paper(np.random.default_rng(seed))}
        right = answers(" ".join(q.text for q in paper.values()), lambda v: v)
        mistakes = {
            "svm": (right["svm"] + 1,),
            "svm_right": (-right["svm_right"], 0),
            "p": (right["softmax_wrong"], 1 - right["p"]),
            "softmax": (right["softmax"] / math.log(2), -right["softmax"]),
            "softmax_right": (right["p"], 1 - right["p"]),
            "softmax_wrong": (right["softmax_wrong"] - 1, -right["softmax_wrong"]),
            "half": (right["half"] / 2, right["half"] / 4),
        }
        taken = [
            (id, v) for id, wrong in mistakes.items() for v in wrong if paper[id].low <= v <= paper[id].high
        ]
        assert taken == [], seed
