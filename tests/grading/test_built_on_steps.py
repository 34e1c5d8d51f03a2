"""Sequences built from the student's own steps: a slip in the step is punished once, where the step is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.marks import marked
from tests.grading.shared import EXERCISES, failing, judged
from tests.runner.levels import runner

FILE = Path(__file__).parents[1] / "exercises" / "cs231n" / "a3" / "cs231n" / "rnn_layers.py"
RIGHT = FILE.read_text(encoding="utf-8")

SLIPS = {
    "rnn, no transpose": ("rnn", "dprev_h = np.dot(dtanh, Wh.T)", "dprev_h = np.dot(dtanh, Wh)", "backward"),
    "rnn, tanh forgotten": ("rnn", "dtanh = dnext_h * (1 - next_h * next_h)", "dtanh = dnext_h * 1.0", "backward"),
    "rnn, a mean for a sum": ("rnn", "db = np.sum(dtanh, axis=0)", "db = np.mean(dtanh, axis=0)", "backward"),
    "rnn, too much of the bias": ("rnn", "np.dot(prev_h, Wh) + b)", "np.dot(prev_h, Wh) + 1.2 * b)", "forward"),
    "lstm, the forget gate": ("lstm", "dprev_c = dnext_c_total * f", "dprev_c = dnext_c_total", "backward"),
    "lstm, slope of g": ("lstm", "dg * (1 - g**2)", "dg * g * (1 - g)", "backward"),
    "lstm, the input gate": ("lstm", "next_c = f * prev_c + i * g", "next_c = f * prev_c + 0.8 * i * g", "forward"),
}  # fmt: skip


def changed(*pairs):
    text = RIGHT
    for right, wrong in pairs:
        assert text.count(right) >= 1, right
        text = text.replace(right, wrong, 1)
    return text


def points(exercise, checked):
    return sum(node.points for node in marked(checked, exercise.points, follow_through=True))


@pytest.mark.parametrize("kind", ["in-process", "A"])
@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_the_step_costs_the_step_and_not_the_sequence(name, kind):
    which, right, wrong, function = SLIPS[name]
    text = changed((right, wrong))
    step, sequence = EXERCISES[f"{which}_step"], EXERCISES[which]
    assert points(step, judged(step, text, runner=runner(kind))) < step.worth
    checked = judged(sequence, text, runner=runner(kind))
    wrongs = [checked.nodes[node] for node in failing(checked)]
    assert wrongs
    assert {node.standing for node in wrongs} == {"inherited"}
    assert points(sequence, checked) == sequence.worth
    assert all(node.message.startswith(f"follows from your {which}_step_{function}") for node in wrongs)
    assert any(finding.check == "own steps" for finding in checked.findings)


def test_a_slip_of_the_sequences_own_beside_one_in_the_step_costs_its_own_nodes():
    text = changed(("np.dot(dtanh, Wh.T)", "np.dot(dtanh, Wh)"), ("        dWx += dWx_t\n        dWh += dWh_t",
                   "        dWx = dWx_t\n        dWh += dWh_t"))  # fmt: skip
    checked = judged(EXERCISES["rnn"], text)
    assert checked.nodes["dWx"].standing == "origin"
    assert not checked.nodes["dWx"].earns
    assert checked.nodes["dWh"].standing == "inherited"
    assert checked.nodes["dWh"].earns


@pytest.mark.parametrize("which", ["rnn", "lstm"])
def test_a_sequence_that_is_wrong_with_right_steps_is_its_own_mistake(which):
    pairs = {
        "rnn": ("dh[:, t, :] + dprev_h", "dh[:, t, :]"),
        "lstm": ("dh[:, t, :] + dh_prev", "dh[:, t, :]"),
    }
    checked = judged(EXERCISES[which], changed(pairs[which]))
    assert failing(checked)
    assert {checked.nodes[node].standing for node in failing(checked)} == {"origin"}


TRIVIAL = [
    ("rnn", "dprev_h = np.dot(dtanh, Wh.T)", "dprev_h = np.zeros_like(prev_h)"),
    ("rnn", "dtanh = dnext_h * (1 - next_h * next_h)", "dtanh = dnext_h * 0"),
    ("rnn", "dx = np.dot(dtanh, Wx.T)", "dx = np.ones_like(x)"),
    ("rnn", "dx = np.dot(dtanh, Wx.T)", "dx = x * np.nan"),
    ("rnn", "next_h = np.tanh(np.dot(x, Wx) + np.dot(prev_h, Wh) + b)", "next_h = prev_h * 1.0"),
    ("lstm", "dprev_c = dnext_c_total * f", "dprev_c = np.zeros_like(prev_c)"),
    # Nothing arrives at the last cell, so that this one sends zeros all the way back.
    ("lstm", "dprev_c = dnext_c_total * f", "dprev_c = dnext_c * f"),
    ("lstm", "next_h = o * np.tanh(next_c)", "next_h = 0 * next_c"),
]
"""Steps that any sequence could follow."""

SLIPS_OF_THE_SEQUENCE = {
    "rnn": [("dh[:, t, :] + dprev_h", "dh[:, t, :]"), ("        dWx += dWx_t\n", "        dWx = dWx_t\n")],
    "lstm": [("dh[:, t, :] + dh_prev", "dh[:, t, :]")],
}


@pytest.mark.parametrize(("which", "right", "wrong"), TRIVIAL)
def test_a_step_that_makes_the_sequence_trivial_costs_a_right_sequence_nothing(which, right, wrong):
    checked = judged(EXERCISES[which], changed((right, wrong)))
    assert failing(checked)
    for name in failing(checked):
        assert checked.nodes[name].earns
        assert "made-up numbers" in checked.nodes[name].message


@pytest.mark.parametrize(("which", "right", "wrong"), TRIVIAL)
def test_and_it_buys_a_wrong_sequence_nothing(which, right, wrong):
    exercise = EXERCISES[which]
    for slip in SLIPS_OF_THE_SEQUENCE[which]:
        alone = judged(exercise, changed(slip))
        spoiled = failing(alone)
        assert spoiled
        both = judged(exercise, changed(slip, (right, wrong)))
        assert not any(both.nodes[name].earns for name in spoiled)


RAISES = {
    "rnn, backward": ("rnn", "dprev_h = np.dot(dtanh, Wh.T)", "dprev_h = np.dot(Wh, dtanh)", "backward"),
    "rnn, forward": ("rnn", "np.dot(prev_h, Wh) + b)", "np.dot(Wh, prev_h) + b)", "forward"),
    "lstm, backward": ("lstm", "dprev_c = dnext_c_total * f", "dprev_c = dnext_c_total * forget", "backward"),
    "lstm, forward": ("lstm", "next_c = f * prev_c + i * g", "next_c = f @ prev_c + i * g", "forward"),
}


@pytest.mark.parametrize("name", RAISES)
def test_a_step_that_raises_costs_the_step_and_not_the_sequence(name):
    which, right, wrong, function = RAISES[name]
    checked = judged(EXERCISES[which], changed((right, wrong)))
    assert failing(checked)
    assert points(EXERCISES[which], checked) == EXERCISES[which].worth
    messages = {checked.nodes[node].message for node in failing(checked)}
    assert all(m.startswith(f"follows from your {which}_step_{function}: with made-up") for m in messages)


def test_behind_a_step_that_raises_a_slip_of_the_sequence_costs_what_it_spoils():
    text = changed(
        ("dprev_h = np.dot(dtanh, Wh.T)", "dprev_h = np.dot(Wh, dtanh)"),
        ("        dWx += dWx_t\n", "        dWx = dWx_t\n"),
    )
    checked = judged(EXERCISES["rnn"], text)
    assert not checked.nodes["dWx"].earns
    assert checked.nodes["dWh"].earns


def test_a_sequence_without_steps_of_its_own_is_judged_as_ever():
    """What is named like a step and does not run is no reason for anything in a sequence that never calls it."""
    text = changed(("np.dot(dtanh, Wh.T)", "np.dot(dtanh, Wh)"))
    text = text.replace("rnn_step_", "my_step_")
    text += "\ndef rnn_step_forward(*a):\n    raise ValueError('no')\n"
    checked = judged(EXERCISES["rnn"], text)
    assert failing(checked)
    assert not any(checked.nodes[node].earns for node in failing(checked))
