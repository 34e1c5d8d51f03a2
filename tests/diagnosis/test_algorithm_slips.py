"""Slips of algorithms: each is wrong, each is told apart from the right program, and only one is ever named."""

from __future__ import annotations

import numpy as np
import pytest

from exercises.sequences import worked
from grader.checks.algorithm.slips import same
from grader.diagnosis.worked_steps import explanations_of_steps
from grader.exercise import AlgorithmExercise, slips
from tests.grading.shared import EXERCISES, judged

WITH_SLIPS = [e for e in EXERCISES.values() if isinstance(e, AlgorithmExercise) and e.slips]
EVERY = [(e, slip) for e in WITH_SLIPS for slip in e.slips if slip.source]


@pytest.mark.parametrize(("exercise", "slip"), EVERY, ids=[f"{e.id}-{s.id}" for e, s in EVERY])
def test_a_slip_handed_in_is_found_wrong_and_called_nothing_else(exercise, slip):
    checked = judged(exercise, "import numpy as np\n" + slip.source)
    assert any(node.verdict == "fail" for node in checked.nodes.values())
    assert {d.id for d in checked.diagnoses} <= {slip.id}


def test_most_slips_are_named_by_their_name():
    named = [
        bool(judged(exercise, "import numpy as np\n" + slip.source).diagnoses) for exercise, slip in EVERY
    ]
    assert sum(named) >= 0.75 * len(named), [
        slip.id for (_, slip), ok in zip(EVERY, named, strict=True) if not ok
    ]


def test_an_order_that_is_right_read_backwards_is_named_and_a_sorted_list_is_not():
    right = "\n\nturned = topo_sort\n\ndef topo_sort(graph):\n    return turned(graph)[::-1]\n"
    exercise = EXERCISES["topo_sort"]
    assert {d.id for d in judged(exercise, exercise.solution[0] + right).diagnoses} == {"backwards"}
    assert judged(exercise, "def topo_sort(graph):\n    return sorted(graph)\n").diagnoses == []


def test_a_slip_that_changes_nothing_is_refused():
    with pytest.raises(ValueError, match="is not in the plain solution"):
        slips("def f(x):\n    return x\n", wrong=("with a typing error", "return y", "return z"))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (1.0, 1.0 + 1e-9, True),
        (1.0, 1.001, False),
        ([1, (2.0,)], (1, [2.0]), True),
        ({"a": 0.0}, {"a": 0}, True),
        ({"a": 0.0}, {"b": 0.0}, False),
        (None, 0.0, False),
        (float("nan"), float("nan"), True),
        (np.ones(2), np.ones((2, 1)), False),
        ("a", "a", True),
    ],
)
def test_values_are_compared_with_all_that_is_in_them(one, other, alike):
    assert same(one, other) is alike


@pytest.mark.parametrize("id", ["rnn", "lstm"])
def test_formulas_of_a_step_give_hundreds_of_other_sequences(id):
    exercise = EXERCISES[id]
    assert exercise.worked == getattr(worked, id.upper())
    assert len(list(explanations_of_steps(exercise, "dWh"))) > 200


def test_an_update_rule_with_another_name_in_its_formula_is_named():
    text = """
import numpy as np

def sgd_momentum(w, dw, config=None):
    config = dict(config or {})
    rate, mu = config.setdefault("learning_rate", 1e-2), config.setdefault("momentum", 0.9)
    old = config.get("velocity", np.zeros_like(w))
    v = mu * old - rate * dw
    config["velocity"] = v
    return w + v * rate, config
"""
    checked = judged(EXERCISES["sgd_momentum"], text)
    (diagnosis,) = checked.diagnoses
    assert diagnosis.node == "next_w"
    assert "learning rate" in diagnosis.title
    assert "new velocity" in diagnosis.title
