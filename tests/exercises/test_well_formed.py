from __future__ import annotations

import ast
import re
from collections import Counter

import numpy as np
import pytest

from grader.exercise import (
    AnswersExercise,
    FindTheBugExercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    WrittenExercise,
)
from tests.exercises.shared import ALL, BY_ID, of

CODE = [exercise for exercise in ALL if not isinstance(exercise, WrittenExercise)]


def by_id(exercise):
    return exercise.id


def test_all_kinds_of_exercise_are_there_and_no_id_is_used_twice():
    kinds = {exercise.kind for exercise in ALL}
    assert kinds == {
        "layer", "jacobian", "graph", "network", "algorithm", "answers", "experiment", "find the bug", "written",
    }  # fmt: skip
    assert max(Counter(exercise.id for exercise in ALL).values()) == 1


def test_the_first_set_of_exercises_is_complete():
    assert BY_ID.keys() >= {
        "add_gate", "multiply_gate", "max_gate", "copy_gate",
        "exp_gate", "reciprocal_gate", "sigmoid", "relu", "affine",
        "softmax_loss", "svm_loss", "softmax_loss_naive", "product_of_sum", "sigmoid_circuit", "chain_rs",
        "two_layer",
        "relu_jacobian", "softmax_jacobian", "topo_sort", "numerical_grad", "he_init", "xavier_init",
        "circuits_by_hand", "slide_svm_sign", "slide_rate_inside", "why_gradients_add",
    }  # fmt: skip


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_an_exercise_says_where_it_belongs_and_what_it_takes(exercise):
    assert exercise.title
    assert exercise.topic
    assert exercise.lecture
    assert exercise.source
    assert 1 <= exercise.difficulty <= 5
    assert 1 <= exercise.minutes <= 60
    assert exercise.conventions


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_every_name_that_a_submission_must_define_stands_in_text_and_starter(exercise):
    own = [*exercise.functions, *exercise.variables]
    if hasattr(exercise, "layers"):
        own = [exercise.function]  # the others are exercises of their own
    for name in own:
        assert name in exercise.text
        assert name in exercise.starter


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_the_mathematics_of_a_text_is_closed_and_nothing_is_left_to_fill_in(exercise):
    text = re.sub(r"```.*?```|`[^`]*`", "", exercise.text, flags=re.S)
    assert text.count("$$") % 2 == 0
    assert text.replace("$$", "").count("$") % 2 == 0
    assert text.count("{") == text.count("}")
    assert not re.search(r"TODO|XXX|\?\?", text)


@pytest.mark.parametrize("exercise", CODE, ids=by_id)
def test_a_starter_runs_and_defines_what_is_asked_for_without_solving_it(exercise):
    ast.parse(exercise.starter)
    namespace = {}
    exec(exercise.starter, namespace)
    names = [exercise.function] if hasattr(exercise, "layers") else exercise.functions
    assert all(callable(namespace[name]) for name in names)
    assert all(name in namespace for name in exercise.variables)
    if isinstance(exercise, LayerExercise) and not exercise.one_call:
        inputs = exercise.cases[0].draw(np.random.default_rng(0))
        assert namespace[exercise.forward](*inputs) == (None,) * (len(exercise.layer.outputs) + 1)
        gradients = namespace[exercise.backward](*(None,) * len(exercise.layer.outputs), None)
        expected = len(exercise.gradients)
        assert gradients == ((None,) * expected if expected > 1 else None)


@pytest.mark.parametrize(
    "exercise", of(LayerExercise, JacobianExercise, GraphExercise, FindTheBugExercise), ids=by_id
)
def test_every_node_is_worth_something(exercise):
    assert set(exercise.points) == set(exercise.nodes)


def test_affine_has_six_points_and_the_sigmoid_circuit_twelve_gradients():
    assert BY_ID["affine"].points == {"out": 3, "dx": 1, "dw": 1, "db": 1}
    assert len(BY_ID["sigmoid_circuit"].nodes) == 12
    assert BY_ID["sigmoid_circuit"].worth == 12


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_hints_exist_for_every_gradient_and_begin_with_a_question(exercise):
    for node in exercise.nodes:
        if node.startswith("d") and not isinstance(exercise, AnswersExercise):
            assert node in exercise.hints, node
    for node, degrees in exercise.hints.items():
        assert node in ("", *exercise.nodes)
        assert len(degrees) >= 2
        assert "?" in degrees[0], (node, degrees[0])
        assert len(set(degrees)) == len(degrees)


@pytest.mark.parametrize("exercise", ALL, ids=by_id)
def test_the_word_transpose_comes_at_the_third_hint(exercise):
    for degrees in exercise.hints.values():
        assert not any("transpose" in hint.lower() for hint in degrees[:2])
    text = exercise.text
    for name in exercise.functions:
        text = text.replace(name, "")  # a layer that is called so cannot hide it
    assert "transpose" not in text.lower()


def test_the_circuit_of_the_lecture_has_the_lectures_numbers():
    exercise = BY_ID["sigmoid_circuit"]
    passed = exercise.graph.backward(exercise.shown)
    assert passed.values["f"] == pytest.approx(0.731059, abs=1e-6)
    gradients = {name: float(g) for name, g in passed.gradients.items()}
    expected = {
        "q": -0.534447,
        "w0": -0.196612,
        "x0": 0.393224,
        "w1": -0.393224,
        "x1": -0.589836,
        "w2": 0.196612,
    }
    assert {name: gradients[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    small = BY_ID["product_of_sum"]
    back = small.graph.backward(small.shown).gradients
    assert {name: float(back[name]) for name in "xyzq"} == {"x": -4, "y": -4, "z": 3, "q": -4}
