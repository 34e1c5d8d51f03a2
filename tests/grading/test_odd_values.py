"""Whatever a function returns is judged: an odd value is a wrong one, and never ends the grader itself."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.exercises.solutions import text_for
from tests.grading.shared import EXERCISES, failing, judged


def redefined(exercise, text):
    """What the checks find where this definition comes last, and so counts."""
    return judged(exercise, f"{text_for(exercise)}\n\n{text}")


@pytest.mark.parametrize("rate", ["10**30", "[0.1, [0.2, 0.3]]", "{'rate': 0.1}", "'0.01'", "object()", "1j"])
def test_a_learning_rate_that_is_no_number_is_a_wrong_one(rate):
    checked = redefined(
        EXERCISES["sgd"],
        f"def sgd(w, dw, config=None):\n    return w - (config or {{}}).get('learning_rate', 0.01) * dw, "
        f"{{'learning_rate': {rate}}}\n",
    )
    assert failing(checked) == {"config"}
    assert "learning rate that comes back" in checked.nodes["config"].message
    assert "Opaque" not in checked.nodes["config"].message


def test_the_right_learning_rate_as_a_text_is_no_number():
    text = "def sgd(w, dw, config=None):\n    rate = (config or {}).get('learning_rate', 0.01)\n"
    checked = redefined(EXERCISES["sgd"], f"{text}    return w - rate * dw, {{'learning_rate': str(rate)}}\n")
    assert failing(checked) == {"config"}
    assert checked.nodes["config"].message.startswith("the learning rate that comes back is a text")


@pytest.mark.parametrize("third", ["[0.5, [0.5, 0.5]]", "(0.5,)", "{}", "None", "object()", "np.zeros(3)"])
def test_three_things_of_different_shapes_are_judged_one_by_one(third):
    exercise = EXERCISES["dropout_ensemble"]
    kept = text_for(exercise).replace("def dropout_ensemble(", "def three_numbers(")
    text = f"def dropout_ensemble(x, w, p):\n    return (*three_numbers(x, w, p)[:2], {third})\n"
    assert failing(judged(exercise, f"{kept}\n\n{text}")) == {"geometric"}


@pytest.mark.parametrize(
    "returned", ["0.5", "np.array(0.5)", "(0.5, 0.5)", "np.zeros(2)", "{0: 1, 1: 2, 2: 3}"]
)
def test_what_is_not_three_things_fails_at_all_of_them(returned):
    exercise = EXERCISES["dropout_ensemble"]
    checked = redefined(exercise, f"def dropout_ensemble(x, w, p):\n    return {returned}\n")
    assert failing(checked) == set(exercise.nodes)
    assert {node.message for node in checked.nodes.values()} == {"must return three numbers"}


@pytest.mark.parametrize("line", ["globals().clear()", "globals()['__name__'] = 'numpy'"])
def test_a_module_that_forgets_its_own_name_is_still_put_away(line):
    before = set(sys.modules)
    checked = redefined(
        EXERCISES["relu"], f"def relu_forward(x):\n    {line}\n    return np.maximum(x, 0), x\n"
    )
    assert checked.nodes
    assert sys.modules["numpy"] is np
    assert not [name for name in set(sys.modules) - before if name.startswith("submission_")]


def test_a_layer_that_returns_its_mask_of_true_and_false_is_the_layers_mistake():
    exercise = EXERCISES["two_layer"]
    checked = redefined(exercise, "def relu_backward(dout, cache):\n    return cache > 0\n")
    assert failing(checked) == {"dW1", "db1"}
    (said,) = [finding for finding in checked.findings if finding.check == "own layers"]
    assert said.message.startswith("relu_backward: wrong on its own already")


@pytest.mark.parametrize("id", ["minibatch_gradient", "he_init", "dropout_trial"])
def test_an_experiment_that_gives_true_and_false_is_judged_as_0_and_1(id):
    exercise = EXERCISES[id]
    kept = text_for(exercise).replace(f"def {exercise.function}(", "def right(")
    pair = "out, cache = right(*given)\n    return np.array(out, dtype=bool), cache"
    body = pair if exercise.backward else "return np.array(right(*given), dtype=bool)"
    checked = judged(exercise, f"{kept}\n\ndef {exercise.function}(*given):\n    {body}\n")
    assert failing(checked)
