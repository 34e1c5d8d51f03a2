"""The variance of a weighted sum, by samples whose false alarm is bounded; and weights of a given variance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exercises.training.small_init import SMALL_INIT
from exercises.training.two_samples import apart, distance, tail
from exercises.training.weighted_sums import TAIL, WEIGHTED_SUMS, sums, variance
from tests.exercises import solutions
from tests.exercises.test_initialisers import problems as found_by


def test_two_samples_of_one_distribution_are_hardly_ever_apart_and_of_two_they_are():
    rng = np.random.default_rng(0)
    t = tail(4, 1e-6)
    assert not any(apart(rng.normal(size=60), rng.normal(size=200), t) for _ in range(500))
    assert all(apart(rng.normal(size=60), rng.normal(5, 1, size=200), t) for _ in range(100))
    assert distance(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 1.0
    assert distance(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])) == 0.0
    assert 4 * 4 * math.exp(-t) == pytest.approx(1e-6)


def test_samples_use_half_of_their_bound():
    """A false alarm of 1e-6 cannot be counted; the largest of 300 distances can be seen beside the bound."""
    rng = np.random.default_rng(1)
    law = (5, 0.36, 0.0, 4.0)
    right = sums(*law, 40_000, rng)
    bound = math.sqrt(TAIL / 20_000) + math.sqrt(TAIL / 80_000)
    largest = max(distance(sums(*law, 10_000, rng), right) for _ in range(100))
    assert 0.2 * bound < largest < 0.7 * bound


def test_the_law_of_the_lecture_holds_for_inputs_of_mean_zero_alone():
    rng = np.random.default_rng(3)
    for mean in (0.0, 3.0):
        z = sums(6, 0.5, mean, 2.0, 200_000, rng)
        assert np.var(z) == pytest.approx(variance(6, 0.5, mean, 2.0), rel=0.05)
    assert variance(6, 0.5, 0.0, 2.0) == 6 * 0.5 * 2.0
    assert variance(6, 0.5, 3.0, 2.0) > 5 * (6 * 0.5 * 2.0)


def drawn_sums(*, w=math.sqrt, x=math.sqrt, shift=1.0, one=False, single=False):
    def function(n, var_w, mean_x, var_x, count, seed):
        rng = np.random.default_rng(seed)
        terms = 1 if single else n
        shape = (count, 1) if one else (count, terms)
        weights = rng.normal(0, w(var_w), shape)
        inputs = rng.normal(shift * mean_x, x(var_x), shape)
        return (weights * inputs * np.ones(terms)).sum(axis=1)

    return function


LAWS = {"law", "shifted"}
WRONG_SUMS = {
    "variance of w as deviation": (drawn_sums(w=lambda v: v), LAWS, "standard deviation, for w"),
    "variance of x as deviation": (drawn_sums(x=lambda v: v), LAWS, "standard deviation"),
    "both": (drawn_sums(w=lambda v: v, x=lambda v: v), LAWS, "standard deviation"),
    "mean forgotten": (drawn_sums(shift=0.0), {"shifted"}, "inputs of mean 0"),
    "one w and one x for the whole sum": (drawn_sums(one=True), LAWS, "share one w"),
    "one product": (drawn_sums(single=True), LAWS, "one product"),
    "a single number": (lambda *a: 0.0, {"shape", *LAWS, "repeatable"}, ""),
    "zeros": (lambda n, v, m, x, count, seed: np.zeros(count), {*LAWS, "repeatable"}, ""),
}


@pytest.mark.parametrize("name", WRONG_SUMS)
def test_wrong_sums_fail_for_every_seed_and_are_told_why(name):
    function, nodes, words = WRONG_SUMS[name]
    for seed in range(5):
        found = found_by(WEIGHTED_SUMS, function, seed)
        assert set(found) == nodes
        assert any(words in text for texts in found.values() for text in texts)


def test_right_sums_pass_for_every_seed():
    for function in (drawn_sums(), solutions.weighted_sums):
        assert [found for seed in range(25) if (found := found_by(WEIGHTED_SUMS, function, seed))] == []


def drawn_small(scale):
    return lambda n, m, seed: np.random.default_rng(seed).normal(0, scale, (n, m))


def test_small_weights_have_variance_a_hundredth_and_not_deviation_a_hundredth():
    assert [seed for seed in range(60) if found_by(SMALL_INIT, drawn_small(0.1), seed)] == []
    for scale in (0.01, 0.09, 0.11, 1.0):
        assert set(found_by(SMALL_INIT, drawn_small(scale), 0)) == {"variance"}
    assert set(found_by(SMALL_INIT, lambda n, m, seed: np.zeros((n, m)), 0)) >= {"variance", "mean", "normal"}
