from __future__ import annotations

import numpy as np
import pytest

from grader.exercise import (
    FindTheBugExercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    NetworkExercise,
)
from grader.exercise.cases import CLEARANCE, as_float32
from tests.exercises.shared import BY_ID, graph_situation, layer_situation, of

WITH_CASES = of(LayerExercise, JacobianExercise, FindTheBugExercise)
SEEDS = range(25)


def by_id(exercise):
    return exercise.id


@pytest.mark.parametrize("exercise", WITH_CASES, ids=by_id)
def test_every_case_draws_inputs_that_the_layer_accepts_in_both_precisions(exercise):
    for seed in SEEDS:
        for case in exercise.cases:
            inputs = case.draw(np.random.default_rng(seed))
            for values in (inputs, as_float32(inputs)):
                *outs, _ = exercise.layer.forward(*values)
                assert all(np.isfinite(out).all() for out in outs), case.name


@pytest.mark.parametrize("exercise", WITH_CASES, ids=by_id)
def test_a_kink_case_stands_on_a_kink_and_all_others_keep_their_distance(exercise):
    for seed in SEEDS:
        for case in exercise.cases:
            margin = exercise.layer.kink_margin(*case.draw(np.random.default_rng(seed)))
            assert margin == 0 if case.kink else margin >= CLEARANCE, (case.name, seed)


@pytest.mark.parametrize("exercise", of(LayerExercise, FindTheBugExercise), ids=by_id)
def test_no_gradient_vanishes_on_a_basic_case(exercise):
    basic = [case for case in exercise.cases if case.basic]
    assert basic
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        for case in basic:
            situation = layer_situation(exercise, case.draw(rng), rng)
            for name in exercise.layer.differentiable:
                assert np.abs(situation[f"d{name}"]).max() > 1e-3, (seed, name)


@pytest.mark.parametrize("exercise", of(JacobianExercise), ids=by_id)
def test_no_jacobian_vanishes_in_all_its_cases(exercise):
    for seed in SEEDS:
        sizes = [
            np.abs(
                exercise.layer.jacobian(*case.draw(np.random.default_rng(seed)))[
                    exercise.output, exercise.wrt
                ]
            ).max()
            for case in exercise.cases
        ]
        assert np.median(sizes) > 1e-3


@pytest.mark.parametrize("exercise", of(GraphExercise, NetworkExercise), ids=by_id)
def test_no_gradient_of_a_graph_vanishes(exercise):
    draw = getattr(exercise, "drawn", exercise.draw)
    for seed in SEEDS:
        situation = graph_situation(exercise, draw(np.random.default_rng(seed)))
        for name in exercise.nodes:
            assert np.abs(situation[name]).max() > 1e-3, (seed, name)


def test_the_network_keeps_its_relu_away_from_the_kink_and_uses_it_both_ways():
    exercise = BY_ID["two_layer"]
    for seed in SEEDS:
        values = exercise.draw(np.random.default_rng(seed))
        z1 = values["X"] @ values["W1"] + values["b1"]
        assert np.abs(z1).min() >= CLEARANCE
        assert (z1 > 0).any()
        assert (z1 < 0).any()
        sizes = {*values["W1"].shape, *values["W2"].shape, len(values["X"])}
        assert len(sizes) == 4, "equal sizes would hide a lost transpose"


@pytest.mark.parametrize("id", ["affine", "softmax_loss", "svm_loss", "softmax_loss_naive"])
def test_batches_have_distinct_sizes_square_ones_and_a_single_sample(id):
    exercise = BY_ID[id]
    first = exercise.layer.inputs[0]
    shapes = {case.name: np.shape(case.draw(np.random.default_rng(0))[0]) for case in exercise.cases}
    assert len(set(shapes["generic"])) == len(shapes["generic"])
    assert len(set(shapes["square, size 2"])) == len(set(shapes["square, size 3"])) == 1
    assert "one sample" in shapes
    if first.shape[0] == "N":
        assert shapes["one sample"][0] == 1


@pytest.mark.parametrize(
    ("id", "reach"), [("softmax_loss", 1000), ("sigmoid", 800), ("softmax_loss_naive", 1000)]
)
def test_extremes_reach_where_naive_formulas_overflow(id, reach):
    exercise = BY_ID[id]
    (case,) = [case for case in exercise.cases if case.name == "extremes"]
    assert max(np.abs(value).max() for value in case.draw(np.random.default_rng(0))) >= reach


@pytest.mark.parametrize("id", ["softmax_loss", "svm_loss", "softmax_loss_naive"])
def test_labels_repeat_in_a_case_of_their_own(id):
    exercise = BY_ID[id]
    (case,) = [case for case in exercise.cases if case.name == "one label for all"]
    place = [spec.name for spec in exercise.layer.inputs].index("y")
    labels = case.draw(np.random.default_rng(3))[place]
    assert len(labels) > 2
    assert len(set(labels.tolist())) == 1


def test_the_penalty_is_tried_with_and_without_strength():
    strengths = [case.draw(np.random.default_rng(1))[3] for case in BY_ID["softmax_loss_naive"].cases]
    assert 0.0 in strengths
    assert max(strengths) > 0


@pytest.mark.parametrize("exercise", WITH_CASES, ids=by_id)
def test_a_change_to_drawn_inputs_does_not_reach_the_next_draw(exercise):
    for case in exercise.cases:
        first = case.draw(np.random.default_rng(5))
        kept = [np.copy(value) for value in first]
        for value in first:
            if isinstance(value, np.ndarray):
                value[...] = 0
        for value, again in zip(kept, case.draw(np.random.default_rng(5)), strict=True):
            assert np.array_equal(value, again), case.name
