"""How students of many years write the same right function, in our own words: each of these earns full marks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from exercises import __file__ as exercises_file
from grader.assignment import AssignmentError, read_assignment
from grader.checks.conventions import check_as_accepted
from grader.checks.layer import truths
from grader.checks.seeds import SeedSource
from grader.findings import Verdict
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from tests.commands.shared import here
from tests.exercises.shared import ALL, BY_ID
from tests.grading.shared import PAPER, failing, judged

FILES = Path(__file__).parent / "cs231n"
FOLDER = Path(exercises_file).parent / "assignments"
SOFTMAX = (FILES / "a1/cs231n/classifiers/softmax.py").read_text(encoding="utf-8")
SVM = (FILES / "a1/cs231n/classifiers/linear_svm.py").read_text(encoding="utf-8")
LAYERS = (FILES / "a2/cs231n/layers.py").read_text(encoding="utf-8")
RNN = (FILES / "a3/cs231n/rnn_layers.py").read_text(encoding="utf-8")

HALVED = {"reg * np.sum(W": "0.5 * reg * np.sum(W", "2 * reg * W": "reg * W"}
NETWORKS = (
    "fully_connected_net",
    "fully_connected_batchnorm",
    "fully_connected_layernorm",
    "three_layer_conv_net",
)
LOSSES = ("svm_loss_naive", "svm_loss_vectorized", "softmax_loss_naive", "softmax_loss_vectorized")


def changed(text, *changes):
    for right, other in changes:
        assert right in text, right
        text = text.replace(right, other)
    return text


def accepted(id, text, *names, seed=b"a seed"):
    """(the exercise that it was judged by, what was found) where these conventions are accepted."""
    runner = InProcessRunner()
    try:
        runner.load(Program((Source("layers.py", text, "layers"),), BY_ID[id].functions))
        return check_as_accepted(BY_ID[id], names, runner, SeedSource(seed), PAPER)
    finally:
        runner.close()


def source(id):
    return SVM if id.startswith("svm") else SOFTMAX


@pytest.mark.parametrize("id", LOSSES)
def test_a_penalty_with_the_half_is_right_where_the_assignment_accepts_it(id):
    text = changed(source(id), *HALVED.items())
    by, checked = accepted(id, text, "half")
    assert failing(checked) == set()
    assert by.conventions[-1] == "the penalty is ½ reg · ΣW², so its gradient is reg W"
    assert any(finding.check == "convention" for finding in checked.findings)
    assert failing(judged(BY_ID[id], text)) == {"loss", "dW"}  # and wrong where it is not asked for


@pytest.mark.parametrize("id", LOSSES)
def test_a_penalty_without_the_half_is_judged_as_ever_where_both_are_accepted(id):
    by, checked = accepted(id, source(id), "half")
    assert by is BY_ID[id]
    assert failing(checked) == set()


@pytest.mark.parametrize("id", LOSSES)
@pytest.mark.parametrize("mixed", HALVED)
def test_the_half_in_one_of_loss_and_gradient_alone_loses_the_gradients_marks(id, mixed):
    """The loss tells which convention was meant, and the gradient has to fit it."""
    _, checked = accepted(id, changed(source(id), (mixed, HALVED[mixed])), "half")
    assert failing(checked) == {"dW"}
    recognised = {diagnosis.id for diagnosis in checked.diagnoses if diagnosis.node == "dW"}
    assert recognised == {"factor-two" if mixed.startswith("reg") else "factor-two-missing"}


@pytest.mark.parametrize("id", ["softmax_loss_naive", "softmax_loss_vectorized"])
def test_a_mistake_beside_the_half_is_named_as_it_is_without(id):
    """No -1 at the label: the loss is right by the half, and so the gradient is judged by it."""
    slips = {"(p - (j == y[i]))": "p", "    dscores[np.arange(num_train), y] -= 1\n": ""}
    slip = next((right, wrong) for right, wrong in slips.items() if ("naive" in id) == ("j ==" in right))
    _, checked = accepted(id, changed(SOFTMAX, *HALVED.items(), slip), "half")
    assert failing(checked) == {"dW"}
    assert [diagnosis.id for diagnosis in checked.diagnoses] == ["label-missing"]


COLUMNS = """
{text}

def by_columns(loss):
    def transposed(W, X, y, reg):
        value, dW = loss(W.T, X.T, y, reg)
        return value, dW.T
    return transposed

{id} = by_columns({id})
"""


@pytest.mark.parametrize("id", LOSSES)
def test_examples_as_columns_are_right_where_the_assignment_accepts_them(id):
    """As in 2015: X (D, N), W (C, D), and the half."""
    text = COLUMNS.format(text=changed(source(id), *HALVED.items()), id=id)
    by, checked = accepted(id, text, "half", "columns")
    assert failing(checked) == set()
    assert by.conventions[-1].startswith("an example is a column of X")
    wrong = COLUMNS.format(text=changed(source(id), ("reg * np.sum(W", "0.5 * reg * np.sum(W")), id=id)
    assert failing(accepted(id, wrong, "half", "columns")[1]) == {"dW"}


@pytest.mark.parametrize("id", LOSSES)
def test_by_columns_mistakes_are_named_and_hints_speak_of_columns(id):
    """The penalty's gradient without reg, which is named with examples as rows."""
    text = COLUMNS.format(text=changed(source(id), *HALVED.items(), ("reg * W\n", "W\n")), id=id)
    by, checked = accepted(id, text, "half", "columns")
    assert failing(checked) == {"dW"}
    assert [diagnosis.id for diagnosis in checked.diagnoses] == ["strength-missing"]
    assert "row of W" in by.hints["dW"][0]
    value = next(m for m in by.misconceptions if m.id == "penalty-value")
    assert value.title == (
        "computed with the penalty itself, ½ reg ΣW², added to every entry, where its gradient reg W belongs"
    )
    assert not any("column of W" in hint or "(N, C)" in hint for each in by.hints.values() for hint in each)


@pytest.mark.parametrize("id", ["softmax_loss_naive", "softmax_loss_vectorized"])
def test_the_half_is_told_by_plain_numbers_where_large_ones_fail(id):
    unshifted = {
        "        scores -= np.max(scores)\n": "",
        "    scores -= np.amax(scores, axis=1, keepdims=True)\n": "",
    }
    by, checked = accepted(id, changed(SOFTMAX, *HALVED.items(), *unshifted.items()), "half")
    assert "½" in by.conventions[-1]
    assert {checked.nodes[name].case for name in failing(checked)} == {"extremes"}
    assert any(f"you return loss = {number}" in line for line in checked.example for number in ("nan", "inf"))


@pytest.mark.parametrize("id", ["softmax_loss_naive", "softmax_loss_vectorized"])
@pytest.mark.parametrize("halved", [{}, HALVED], ids=["whole", "half"])
def test_a_softmax_without_a_shift_is_right_where_the_assignment_asks_for_no_large_scores(id, halved):
    unshifted = {
        "        scores -= np.max(scores)\n": "",
        "    scores -= np.amax(scores, axis=1, keepdims=True)\n": "",
    }
    text = changed(SOFTMAX, *halved.items(), *unshifted.items())
    _, checked = accepted(id, text, "half", "columns", "unshifted")
    assert failing(checked) == set()
    (note,) = [finding.message for finding in checked.findings if finding.check == "convention"]
    assert "exp overflows" in note
    assert ("½" in note) == bool(halved)
    wrong = changed(text, ("reg * np.sum(W", "3 * reg * np.sum(W"))
    assert failing(accepted(id, wrong, "half", "columns", "unshifted")[1]) >= {"loss"}


SHIFTED = """
import numpy as np

def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = np.mean(-np.log(p[rows, y]))
    p[rows, y] -= 1
    return loss, p / len(x)

def softmax_loss_vectorized(W, X, y, reg):
    loss, dscores = softmax_loss(X @ W, y)
    return loss + reg * np.sum(W * W), X.T @ dscores + 2 * reg * W

softmax_loss_naive = softmax_loss_vectorized
"""


@pytest.mark.parametrize("id", ["softmax_loss", "softmax_loss_naive", "softmax_loss_vectorized"])
def test_the_logarithm_of_a_shifted_softmax_is_right(id):
    """As the course itself has handed it out, and most of its students write it."""
    assert failing(judged(BY_ID[id], SHIFTED)) == set()
    without = changed(SHIFTED, ("np.exp(x - x.max(axis=1, keepdims=True))", "np.exp(x)"))
    assert failing(judged(BY_ID[id], without)) >= {"loss"}


def test_what_is_found_for_one_student_by_another_convention_serves_the_next(monkeypatch):
    text = changed(SOFTMAX, *HALVED.items())
    accepted("softmax_loss_naive", text, "half", "columns", seed=b"a class")
    drawn = []
    real = truths.drawn_run
    monkeypatch.setattr(truths, "drawn_run", lambda *given: drawn.append(given) or real(*given))
    by, checked = accepted("softmax_loss_naive", text, "half", "columns", seed=b"a class")
    assert drawn == []
    assert failing(checked) == set()
    assert "½" in by.conventions[-1]


DROP = (("(np.random.rand(*x.shape) < p) / p", "(np.random.rand(*x.shape) >= p) / (1 - p)"),)


@pytest.mark.parametrize("id", ["dropout", "dropout_trial"])
def test_a_probability_of_dropping_is_right_where_the_assignment_accepts_it(id):
    text = changed(LAYERS, *DROP)
    by, checked = accepted(id, text, "drop")
    assert failing(checked) == set()
    assert by.conventions[-1] == "p is the probability of dropping an entry"
    assert failing(judged(BY_ID[id], text))
    assert failing(accepted(id, LAYERS, "drop")[1]) == set()


@pytest.mark.parametrize(
    ("wrong", "node"),
    [
        ("(np.random.rand(*x.shape) >= p)", "expectation"),
        ("(np.random.rand(*x.shape) >= p) / p", "expectation"),
        ("(np.random.rand(*x.shape) < p) / (1 - p)", "expectation"),
    ],
)
def test_a_scale_that_fits_neither_meaning_of_p_is_wrong_by_both(wrong, node):
    _, checked = accepted("dropout_trial", changed(LAYERS, (DROP[0][0], wrong)), "drop")
    assert node in failing(checked)


TIES = (
    "                    r, s = np.unravel_index(np.argmax(window), window.shape)\n"
    "                    dx[n, c, i * stride + r, j * stride + s] += dout[n, c, i, j]\n",
    "                    there = dx[n, c, i * stride : i * stride + ph, j * stride : j * stride + pw]\n"
    "                    there += (window == np.max(window)) * dout[n, c, i, j]\n",
)


def test_the_whole_gradient_for_every_largest_pixel_is_right_where_the_assignment_accepts_it():
    text = changed(LAYERS, TIES)
    assert failing(accepted("max_pool", text, "ties-to-all")[1]) == set()
    assert failing(judged(BY_ID["max_pool"], text)) == {"dx"}
    overlap = changed(text, ("there += ", "there[:] = "))
    assert failing(accepted("max_pool", overlap, "ties-to-all")[1]) == {"dx"}


@pytest.mark.parametrize(
    "given",
    [
        "(window == np.max(window)) * (np.sum(window == np.max(window)) == 1) * dout[n, c, i, j]",
        "(window == np.max(window)) * (0.3 if np.sum(window == np.max(window)) > 1 else 1) * dout[n, c, i, j]",
        "np.where(window == np.max(window), np.where(np.cumsum(window == np.max(window)).reshape(window.shape) < 3,"
        " dout[n, c, i, j], 0), 0)",  # to two of them at most
    ],
)
def test_at_a_tie_the_other_convention_is_one_answer_and_not_whatever_lies_between(given):
    wrong = changed(LAYERS, TIES, ("(window == np.max(window)) * dout[n, c, i, j]", given))
    by, checked = accepted("max_pool", wrong, "ties-to-all")
    assert by is BY_ID["max_pool"]
    assert failing(checked) == {"dx"}


@pytest.mark.parametrize(
    "share", ["(window == np.max(window)) * dout[n, c, i, j] / np.sum(window == np.max(window))"]
)
def test_shares_that_add_up_stay_right_where_the_other_convention_is_accepted(share):
    text = changed(LAYERS, TIES, ("(window == np.max(window)) * dout[n, c, i, j]", share))
    by, checked = accepted("max_pool", text, "ties-to-all")
    assert by is BY_ID["max_pool"]
    assert failing(checked) == set()


def test_what_an_author_asks_at_a_tie_may_write_into_what_it_is_given():
    def joint(s):
        s["dout"] *= 2
        s["x"] -= 1
        return True

    exercise = replace(BY_ID["max_pool"], joint=joint)
    for _ in range(2):
        assert failing(judged(exercise, LAYERS)) == set()


def test_the_courses_assignments_accept_what_its_years_had():
    known = {exercise.id: exercise.worth for exercise in ALL}
    others = {exercise.id: tuple(exercise.others) for exercise in ALL}
    said = {
        (name, entry.id): entry.accept
        for name in ("cs231n-a1", "cs231n-a2", "cs231n-a3")
        for entry in read_assignment(FOLDER / f"{name}.toml", known=known, others=others).exercises
        if entry.accept
    }
    assert said == {
        **{("cs231n-a1", id): ("half", "columns") for id in LOSSES if id.startswith("svm")},
        **{("cs231n-a1", id): ("half", "columns", "unshifted") for id in LOSSES if id.startswith("softmax")},
        ("cs231n-a1", "two_layer_class"): ("half",),
        **{("cs231n-a2", id): ("whole",) for id in NETWORKS},
        ("cs231n-a2", "dropout"): ("drop",),
        ("cs231n-a2", "dropout_trial"): ("drop",),
        ("cs231n-a2", "max_pool"): ("ties-to-all",),
    }


def test_a_convention_that_an_exercise_lacks_is_refused(tmp_path):
    path = tmp_path / "assignment.toml"
    head = '[assignment]\nid = "a"\ntitle = "A"\nversion = "1"\n[[exercises]]\nid = "dropout"\n'
    for accept, said in (
        ('["half"]', 'must hold names of other conventions that the exercise has, got "half"; it has "drop"'),
        ('"drop"', "must be an array of strings"),
    ):
        path.write_text(f"{head}accept = {accept}\n", encoding="utf-8")
        with pytest.raises(AssignmentError, match="accept") as refused:
            read_assignment(path, known={"dropout": 2}, others={"dropout": ("drop",)})
        assert said in str(refused.value)


@pytest.mark.parametrize("exercise", [e for e in ALL if e.others], ids=lambda e: e.id)
def test_another_convention_asks_for_the_same_functions_and_nodes(exercise):
    for make in exercise.others.values():
        other = make(exercise)
        assert (other.id, other.functions, other.nodes) == (exercise.id, exercise.functions, exercise.nodes)
        assert other.points == exercise.points
        assert other.conventions[-1] not in exercise.conventions


WINTER_2016 = (
    ("    for i in range(num_train):", "    for i in xrange(num_train):"),
    ("from past.builtins import xrange\n", ""),
    ("from builtins import range\n", ""),
    ("    loss = loss / num_train", "    print 'loss', loss\n    loss = loss / num_train"),
    *HALVED.items(),
)


def test_a_file_of_winter_2016_gets_full_marks_and_is_said_to_be_of_python_2(tmp_path):
    path = tmp_path / "softmax.py"
    path.write_text(changed(SOFTMAX, *WINTER_2016), encoding="utf-8")
    code, stdout, stderr = here(path, "--assignment", FOLDER / "cs231n-a1.toml", "--json")
    assert code == 1, stderr
    found = json.loads(stdout)
    marks = {one["id"]: (one["score"], one["max_score"]) for one in found["exercises"]}
    assert marks["softmax_loss_naive"] == marks["softmax_loss_vectorized"] == (5, 5)
    assert [note["check"] for note in found["notes"]] == ["Python 2"]


PYTHON_2_DIVISION = (
    ("from builtins import range\n", ""),
    ("(H + 2 * pad - HH) // stride", "(H + 2 * pad - HH) / stride"),
    ("(W + 2 * pad - WW) // stride", "(W + 2 * pad - WW) / stride"),
    ("(H - ph) // stride", "(H - ph) / stride"),
    ("(W - pw) // stride", "(W - pw) / stride"),
)


@pytest.mark.parametrize("id", ["conv", "max_pool", "batchnorm", "spatial_groupnorm", "dropout"])
def test_whole_numbers_divide_in_a_file_of_python_2_as_they_did_there(id):
    text = changed(LAYERS, *PYTHON_2_DIVISION)
    assert failing(accepted(id, f"{text}\ndef summary(x):\n    print x\n")[1]) == set()


def test_in_a_file_of_python_3_the_same_division_is_wrong_and_the_message_says_which_is_meant():
    _, checked = accepted("conv", changed(LAYERS, *PYTHON_2_DIVISION))
    assert "out" in failing(checked)
    assert any(
        "6 / 2 is 3.0, and 6 // 2 is 3" in finding.message
        for finding in checked.findings
        if finding.verdict is Verdict.FAIL
    )


def test_the_step_that_is_to_be_mended_is_the_wrong_one_of_the_two():
    """In double precision throughout, as NumPy's older asfarray made it, forward is right in float32 as well."""
    wide = "    return top / (1 + z)\n"
    text = changed(
        RNN,
        (wide, "    return np.asarray(top / (1 + z), dtype=float)\n"),
        ("1 - g**2", "1 - np.tanh(g) ** 2"),
    )
    checked = judged(BY_ID["lstm"], text)
    (said,) = [finding.message for finding in checked.findings if finding.check == "own steps"]
    assert said.endswith("mend lstm_step_backward alone")


def test_an_exercise_without_other_conventions_is_judged_by_its_own():
    by, checked = accepted("affine", LAYERS, "half")
    assert by is BY_ID["affine"]
    assert failing(checked) == set()
