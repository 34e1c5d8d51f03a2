"""Dropout: numbers where chance has no say, what holds for every mask where it has, and all masks counted out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from exercises.training.dropout_ensemble import DROPOUT_ENSEMBLE, ensemble
from grader.findings import Verdict
from reference.dropout_certain import DROPOUT_CERTAIN, NEVER
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_algorithms import problems as algorithm_problems
from tests.exercises.test_graded import graded

TEXT = TEXTS["training"]


def changed(id, right, wrong, *, seed=b"a seed"):
    assert right in TEXT
    return graded(BY_ID[id], TEXT.replace(right, wrong), seed=seed)


def failing(checked):
    return {name for name, node in checked.nodes.items() if node.verdict is Verdict.FAIL}


TESTING = 'elif mode == "test":\n        out = x'
TESTING_BACK = 'elif mode == "test":\n        dx = dout'


@pytest.mark.parametrize(
    ("right", "wrong", "node", "mistake"),
    [
        (TESTING, TESTING + " * p", "out", "scaled-in-testing"),
        (TESTING, TESTING + " / p", "out", "divided-in-testing"),
        (TESTING_BACK, TESTING_BACK + " * dropout_param['p']", "dx", "scaled-in-testing"),
        ("dx = dout * mask", "dx = dout", "dx", "mask-missing"),
    ],
)  # fmt: skip
def test_a_slip_in_dropout_is_named_where_chance_has_no_say(right, wrong, node, mistake):
    checked = changed("dropout", right, wrong)
    assert failing(checked) == {node}
    assert (node, mistake) in [(d.node, d.id) for d in checked.diagnoses]


def test_a_forward_that_scales_in_testing_and_a_backward_that_does_not_is_two_different_things():
    """Seen in courses. It costs the forward alone: the right backward keeps its marks."""
    checked = changed("dropout", TESTING, TESTING + " * p")
    assert checked.nodes["dx"].verdict is Verdict.PASS  # fmt: skip


@pytest.mark.parametrize(
    "scale", ["mask = (np.random.rand(*x.shape) < 1 - p) / (1 - p)", "mask = np.random.rand(*x.shape) > p"]
)
def test_p_taken_for_the_probability_of_dropping_fails_where_everything_is_kept(scale):
    checked = changed("dropout", "mask = (np.random.rand(*x.shape) < p) / p", scale)
    assert "out" in failing(checked)


MASK = "mask = (np.random.rand(*x.shape) < p) / p"
SEED = 'if "seed" in dropout_param:\n        np.random.seed(dropout_param["seed"])\n'
MASKS = {
    "binomial": "mask = np.random.binomial(1, p, size=x.shape) / p",
    "choice": "mask = np.random.choice([0, 1 / p], size=x.shape, p=[1 - p, p])",
    "not less": "mask = (np.random.random_sample(x.shape) >= 1 - p).astype(float) / p",
    "a generator": 'mask = (np.random.default_rng(dropout_param.get("seed")).uniform(size=x.shape) < p) / p',
    "single precision": "mask = ((np.random.rand(*x.shape) < p) / p).astype(np.float32)",
}


@pytest.mark.parametrize("name", MASKS)
def test_any_generator_of_masks_is_right(name):
    for seed in range(12):
        checked = changed("dropout_trial", MASK, MASKS[name], seed=str(seed).encode())
        assert failing(checked) == set(), seed


WRONG_DROPOUTS = {
    "scale missing": (
        MASK,
        "mask = np.random.rand(*x.shape) < p",
        {"expectation"},
        "kept entries are 1 times x",
    ),
    "1/(1 - p)": (
        MASK,
        "mask = (np.random.rand(*x.shape) < p) / (1 - p)",
        {"expectation"},
        "that is 1/(1 - p)",
    ),
    "p for 1 - p": (MASK, "mask = (np.random.rand(*x.shape) > p) / p", {"mask"}, "drop with probability p"),
    "a mask for a row": (MASK, "mask = (np.random.rand(x.shape[0], 1) < p) / p", {"mask"}, ""),
    "half whatever p": (MASK, "mask = (np.random.rand(*x.shape) < 0.5) / p", {"mask"}, "were kept"),
    "nothing dropped": (MASK, "mask = np.ones(x.shape)", {"mask", "expectation", "seed"}, ""),
    "all dropped": (MASK, "mask = np.zeros(x.shape)", {"mask", "expectation", "seed"}, ""),
    "uniform noise": (
        MASK,
        "mask = np.random.rand(*x.shape) / p",
        {"mask", "expectation"},
        "no common multiple",
    ),
    "mask missing on the way back": (
        "dx = dout * mask",
        "dx = dout / dropout_param['p']",
        {"dx"},
        "not 0 where",
    ),
    "a new mask on the way back": (
        "dx = dout * mask",
        "p = dropout_param['p']\n        dx = dout * (np.random.rand(*dout.shape) < p) / p",
        {"dx"},
        "new mask",
    ),
    "scale missing on the way back": ("dx = dout * mask", "dx = dout * (mask > 0)", {"dx"}, "another scale"),
    "no seed": (SEED, "if True:\n        pass\n", {"seed"}, "same seed"),
    "one seed for ever": (SEED, "if True:\n        np.random.seed(0)\n", {"seed"}, "without a seed"),
}


@pytest.mark.parametrize("name", WRONG_DROPOUTS)
def test_a_wrong_dropout_fails_at_its_node_for_every_seed_and_is_told_why(name):
    right, wrong, nodes, words = WRONG_DROPOUTS[name]
    for seed in range(5):
        checked = changed("dropout_trial", right, wrong, seed=str(seed).encode())
        assert failing(checked) == nodes, seed
        assert any(words in checked.nodes[node].message for node in nodes)


def test_chance_hardly_ever_has_a_say_where_it_should_have_none():
    cases = BY_ID["dropout"].cases
    drawn = [case.draw(np.random.default_rng(0)) for case in cases]
    entries = sum(x.size for x, options in drawn if options["mode"] == "train" and options["p"] < 1)
    assert 0 < entries * NEVER < 1e-9
    assert {options["mode"] for _, options in drawn} == {"train", "test"}
    with pytest.raises(ValueError, match="where chance must not decide"):
        DROPOUT_CERTAIN.forward(np.ones(3), {"mode": "train", "p": 0.5})


def test_without_dropout_the_neuron_says_the_mean_of_z_and_the_geometric_mean_of_a_exactly():
    """Baldi and Sadowski 2013: the arithmetic mean of σ is only near σ of the mean."""
    rng = np.random.default_rng(0)
    for n in range(1, 8):
        x, w = rng.normal(size=n), rng.normal(size=n)
        linear, mean, geometric = ensemble(x, w, 0.7)
        plain = 1 / (1 + math.exp(-float(w @ x)))
        assert linear == pytest.approx(w @ x)
        assert geometric == pytest.approx(plain)
        assert abs(mean - plain) > 1e-9
        assert abs(mean - plain) < 0.2


def careless_ensemble(x, w, p, *, scale=True, share=True, geometric=True):
    total, mean, logs, others = 0.0, 0.0, 0.0, 0.0
    for mask in itertools.product((0, 1), repeat=len(x)):
        k = sum(mask)
        weight = p**k * (1 - p) ** (len(x) - k) if share else 1 / 2 ** len(x)
        z = float(np.sum(w * x * mask)) / (p if scale else 1)
        a = 1 / (1 + math.exp(-z))
        total, mean = total + weight * z, mean + weight * a
        logs, others = logs + weight * math.log(a), others + weight * math.log(1 - a)
    return total, mean, math.exp(logs) / (math.exp(logs) + math.exp(others)) if geometric else mean


WRONG_ENSEMBLES = {
    "scale missing": ({"scale": False}, {"linear", "mean", "geometric"}, "division by p"),
    "masks alike": ({"share": False}, {"linear", "mean", "geometric"}, "counted alike"),
    "the wrong mean": ({"geometric": False}, {"geometric"}, "not the geometric"),
}


@pytest.mark.parametrize("name", WRONG_ENSEMBLES)
def test_a_wrong_ensemble_is_found_at_its_mean_and_told(name):
    how, nodes, words = WRONG_ENSEMBLES[name]

    def function(*arguments):
        return careless_ensemble(*arguments, **how)

    for seed in range(5):
        assert algorithm_problems(DROPOUT_ENSEMBLE, function, seed) == nodes
        arguments = DROPOUT_ENSEMBLE.draw(np.random.default_rng(seed), 4)
        said = DROPOUT_ENSEMBLE.judge(arguments, function(*arguments))
        assert all(words in text for _, text in said)
    assert algorithm_problems(DROPOUT_ENSEMBLE, careless_ensemble) == set()
    assert algorithm_problems(DROPOUT_ENSEMBLE, lambda *a: 0.5) == {"linear", "mean", "geometric"}
