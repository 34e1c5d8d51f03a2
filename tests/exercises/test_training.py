"""Training: statistics that right functions pass practically always and wrong ones fail every time; symmetry."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exercises.shared.fault import fault
from exercises.training.gradient_norms import GRADIENT_NORMS
from exercises.training.norms_by_depth import NORMS_BY_DEPTH, drawn_norms
from exercises.training.symmetry import KINDS, SYMMETRY, train
from grader.exercise.solution import Solutions
from grader.findings import Verdict
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_algorithms import problems as algorithm_problems
from tests.exercises.test_graded import graded
from tests.exercises.test_initialisers import problems as found_by

TEXT = TEXTS["training"]


def changed(id, right, wrong, *, seed=b"a seed"):
    assert right in TEXT
    return graded(BY_ID[id], TEXT.replace(right, wrong), seed=seed)


def failing(checked):
    return {name for name, node in checked.nodes.items() if node.verdict is Verdict.FAIL}


# Equal weights.


def test_zero_weights_give_a_gradient_of_exactly_zero_and_equal_columns_ever_after():
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    first, _ = train(np.zeros((3, 4)), np.zeros((4, 2)), X, Y, 0.5, 1)
    assert not first.any(), "hidden gradients are exactly 0, not nearly"
    later, out = train(np.zeros((3, 4)), np.zeros((4, 2)), X, Y, 0.5, 50)
    assert later.any()
    assert np.ptp(later, axis=1).max() == pytest.approx(0, abs=1e-12)
    assert np.ptp(out, axis=0).max() == pytest.approx(0, abs=1e-12)
    mixed, _ = train(rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), X, Y, 0.5, 50)
    assert np.ptp(mixed, axis=1).max() > 0.1


def test_all_three_beginnings_are_tried_with_one_step_and_with_many():
    tried = {}
    for size in SYMMETRY.sizes:
        W1, *_, steps = SYMMETRY.draw(np.random.default_rng(0), size)
        kind = "random" if np.ptp(W1) else "constant" if W1.any() else "zero"
        assert kind == KINDS[size % 3]
        tried.setdefault(kind, []).append(steps)
    assert all(min(steps) == 1 and max(steps) >= 4 for steps in tried.values())
    assert set(tried) == set(KINDS)


ALWAYS = {"random", "zero", "constant"}
WRONG_TRAININGS = {
    "uphill": ({"sign": 1.0}, ALWAYS, "uphill"),
    "summed": ({"mean": False}, ALWAYS, "sum over the examples"),
    "without the slope": ({"slope": False}, ALWAYS, "without the slope"),
    "W2 too early": ({"late": True}, ALWAYS, "before the gradient of W1"),
}


@pytest.mark.parametrize("name", WRONG_TRAININGS)
def test_a_wrong_training_is_found_and_told(name):
    how, nodes, words = WRONG_TRAININGS[name]
    said = []
    for size in SYMMETRY.sizes:
        arguments = SYMMETRY.draw(np.random.default_rng(1), size)
        with np.errstate(all="ignore"):  # uphill, numbers overflow
            said += SYMMETRY.judge(arguments, train(*arguments, **how))
    assert {node for node, _ in said} == nodes
    assert any(words in text for _, text in said)


def test_rounding_does_not_grow_from_step_to_step():
    for size in SYMMETRY.sizes:
        for seed in range(10):
            W1, *rest = SYMMETRY.draw(np.random.default_rng(seed), size)
            right, moved = train(W1, *rest), train(W1 * (1 + 1e-13) + 1e-13, *rest)
            assert np.abs(right[0] - moved[0]).max() < 1e-11


def test_who_breaks_the_symmetry_is_told_so():
    def noisy(W1, W2, X, Y, rate, steps):
        return solutions.train_two_layers(
            W1 + 1e-3 * np.arange(W1.size).reshape(W1.shape), W2, X, Y, rate, steps
        )

    size = next(s for s in SYMMETRY.sizes if KINDS[s % 3] == "constant")
    arguments = SYMMETRY.draw(np.random.default_rng(1), size)
    ((node, text),) = SYMMETRY.judge(arguments, noisy(*arguments))
    assert node == "constant"
    assert "columns of W1 stay equal" in text
    size = next(s for s in SYMMETRY.sizes if KINDS[s % 3] == "zero")
    arguments = SYMMETRY.draw(np.random.default_rng(1), size)
    ((_, text),) = SYMMETRY.judge(arguments, noisy(*arguments))
    assert "exactly 0 after one step" in text


def test_a_lookalike_that_overflows_is_like_nothing():
    assert fault("x", [1.0], [2.0], {"an overflow": np.array([np.inf])}) == "x[0] is 1, expected 2"
    assert fault("x", [1.0], [2.0], {"one": np.array([1.0])}) == "x[0] is 1, expected 2: one"
    assert fault("x", [2.0], [2.0]) == ""
    assert "nan" in fault("x", [np.nan], [2.0])
    assert fault("x", "words", 2.0) == "x is no number"


def test_weights_that_are_changed_in_place_are_noticed():
    checked = changed("symmetry", "    W1, W2 = W1.copy(), W2.copy()\n", "")
    assert any(f.check == "unchanged" and f.verdict is Verdict.FAIL for f in checked.findings)


# Gradients by depth.


def test_the_slides_quarter_bounds_a_sigmoid_layer_and_not_a_relu_layer():
    """Of one neuron a layer: |w σ'| ≤ |w|/4, so that ten layers with w = 1 leave at most 4⁻⁹; a ReLU leaves all."""
    weights = [np.array([[1.0]])] * 10
    norms = solutions.gradient_norms(weights, np.array([0.3]), np.array([1.0]), "sigmoid")
    assert norms[0] < norms[-1] * 0.25**9
    kept = solutions.gradient_norms(weights, np.array([0.3]), np.array([1.0]), "relu")
    assert kept == pytest.approx(np.ones(10))


def test_with_w_of_100_gradients_explode_only_where_z_is_small():
    """|w σ'(z)| > 1 for |z| < 4.585: at z = 4.5 it grows, at z = 4.7 it shrinks."""
    for z, grows in ((4.5, True), (4.7, False)):
        # Two such neurons with opposite weights behind them, so that the next z is 0 whatever they say.
        w = [np.array([[z], [z]]), np.array([[100.0, -100.0]])]
        before, after = solutions.gradient_norms(w, np.array([1.0]), np.array([1.0]), "sigmoid")
        assert (before / math.sqrt(2) > after) == grows


def norms_like(*, slope=True, transpose=True, squared=False, turned=False):
    def function(weights, x, da, activation):
        g = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}
        s = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a * a, "relu": lambda a: a > 0}
        a = [x]
        for W in weights:
            a.append(g[activation](W @ a[-1]))
        found = []
        for W, out in zip(weights[::-1], a[:0:-1], strict=True):
            delta = da * s[activation](out) if slope else da
            found.append((delta**2).sum() if squared else np.linalg.norm(delta))
            da = (W.T if transpose else W) @ delta
        return np.array(found if turned else found[::-1])

    return function


ALL_THREE = {"sigmoid", "tanh", "relu"}
WRONG_NORMS = {
    "no slopes": (norms_like(slope=False), "the slopes of the activations are missing"),
    "squares": (norms_like(squared=True), "squares"),
    "from the end": (norms_like(turned=True), "from the last layer to the first"),
    "zeros": (lambda weights, *a: np.zeros(len(weights)), "expected"),
    "one too many": (lambda weights, *a: np.zeros(len(weights) + 1), "of shape"),
}


@pytest.mark.parametrize("name", WRONG_NORMS)
def test_wrong_norms_are_found_and_told(name):
    function, words = WRONG_NORMS[name]
    for seed in range(3):
        assert algorithm_problems(GRADIENT_NORMS, function, seed) >= (ALL_THREE - {"relu"})
        arguments = GRADIENT_NORMS.draw(np.random.default_rng(seed), 4)
        ((_, text),) = GRADIENT_NORMS.judge(arguments, function(*arguments))
        assert words in text
    assert algorithm_problems(GRADIENT_NORMS, norms_like()) == set()


def test_norms_are_judged_each_on_its_own_scale():
    """The first of 21 sigmoid layers has a norm of 1e-10 and less: an error there drowns in no larger one."""
    arguments = GRADIENT_NORMS.draw(np.random.default_rng(0), 21)
    right = norms_like()(*arguments)
    assert right.min() < 1e-6 * right.max()
    wrong = right.copy()
    wrong[right.argmin()] *= 1.001
    assert GRADIENT_NORMS.judge(arguments, wrong)
    assert GRADIENT_NORMS.judge(arguments, right * (1 + 1e-9)) == []


def by_depth(measure=solutions.gradient_norms, *, spread=np.sqrt, drawn="normal", size=1.0):
    def function(depth, width, variance, activation, seed):
        rng = np.random.default_rng(seed)
        weights = [rng.normal(0, spread(variance), (width, width)) for _ in range(depth)]
        x, da = (size * getattr(rng, drawn)(size=width) for _ in range(2))
        return measure(weights, x, da, activation)

    return function


def test_right_norms_by_depth_pass_for_every_seed():
    for function in (by_depth(), solutions.norms_by_depth):
        assert [found for seed in range(5) if (found := found_by(NORMS_BY_DEPTH, function, seed))] == []


WRONG_DEPTHS = {
    "variance for deviation": (by_depth(spread=lambda v: v), ALL_THREE),
    "no slopes": (by_depth(norms_like(slope=False)), ALL_THREE),
    "squares": (by_depth(norms_like(squared=True)), ALL_THREE),
    "from the end": (by_depth(norms_like(turned=True)), ALL_THREE),
    "upstreams ten times as large": (by_depth(size=10.0), ALL_THREE),
    "tanh throughout": (
        lambda d, w, v, a, s: by_depth()(d, w, v, "tanh", s),
        {"sigmoid", "relu"},
    ),
    "the seed ignored": (lambda d, w, v, a, s: by_depth()(d, w, v, a, 0), {*ALL_THREE, "repeatable"}),
    "transposed form": (lambda d, w, v, a, s: by_depth()(d, w, v, a, s)[:, None], {*ALL_THREE, "shape"}),
}


@pytest.mark.parametrize("name", WRONG_DEPTHS)
def test_wrong_norms_by_depth_fail_for_every_seed(name):
    function, nodes = WRONG_DEPTHS[name]
    for seed in range(3):
        assert set(found_by(NORMS_BY_DEPTH, function, seed)) == nodes


def test_small_weights_make_gradients_vanish_large_ones_explode_and_he_keeps_a_relu():
    rng = np.random.default_rng(4)

    def share(activation, variance):
        drawn = [drawn_norms(8, 20, variance, activation, rng) for _ in range(60)]
        return float(np.median([norms[0] / norms[-1] for norms in drawn]))

    assert share("sigmoid", 0.01) < 1e-5
    assert share("relu", 0.01) < 1e-2
    assert 0.3 < share("relu", 0.1) < 3, "He: variance 2/20"
    assert share("relu", 4.0) > 1e4
    assert share("tanh", 4.0) > 3


def test_the_written_solutions_work_together():
    exercises = [
        BY_ID[id]
        for id in (
            "dropout", "dropout_trial", "dropout_ensemble", "small_init", "symmetry", "gradient_norms",
            "norms_by_depth", "weighted_sums",
        )
    ]  # fmt: skip
    written = Solutions(exercises)
    code = "\n\n".join(written.source(exercise) for exercise in exercises)
    for exercise in exercises:
        assert failing(graded(exercise, code)) == set(), exercise.id
    assert code.count("def dropout_forward(") == 1
