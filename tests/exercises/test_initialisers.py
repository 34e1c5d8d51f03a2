"""The statistics must pass right initialisers practically always, and fail every plausible wrong one every time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exercises.training.initialisers import FALSE_ALARM, HE_INIT, SIZES, TAIL, XAVIER_INIT
from tests.exercises import solutions


def problems(exercise, function, seed):
    """What every trial says of the function, by node."""
    rng = np.random.default_rng(seed)
    said = {}
    for trial in exercise.trials:
        drawn = [trial.arguments(rng) for _ in range(trial.calls)]
        results = [function(*arguments) for arguments in drawn]
        said.setdefault(trial.node, []).append(trial.judge(drawn[0], results))
    return {node: [text for text in texts if text] for node, texts in said.items() if any(texts)}


def normal(scale):
    return lambda n, m, seed: np.random.default_rng(seed).normal(0, scale(n, m), (n, m))


RIGHT = {
    "he_init": (HE_INIT, normal(lambda n, m: math.sqrt(2 / n))),
    "he_init, one call a row": (
        HE_INIT,
        lambda n, m, seed: np.stack(
            [row.normal(0, math.sqrt(2 / n), m) for row in [np.random.default_rng(seed)] for _ in range(n)]
        ),
    ),
    "he_init in float32": (HE_INIT, lambda n, m, seed: solutions.he_init(n, m, seed).astype(np.float32)),
    "xavier_init": (XAVIER_INIT, normal(lambda n, m: math.sqrt(2 / (n + m)))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_initialisers_pass_for_every_seed(name):
    exercise, function = RIGHT[name]
    assert [found for seed in range(150) if (found := problems(exercise, function, seed))] == []


@pytest.mark.parametrize("exercise", [HE_INIT, XAVIER_INIT], ids=lambda exercise: exercise.id)
def test_statistics_of_right_samples_use_a_fraction_of_their_bounds(exercise):
    """A false alarm of 1e-6 cannot be counted; the largest of 2000 chi-squares against its bound can be seen."""
    rng = np.random.default_rng(11)
    for n_in, n_out in SIZES:
        size = n_in * n_out
        room = 2 * math.sqrt(size * TAIL)
        deviations = np.abs(rng.chisquare(size, 2000) - size) / room
        # The largest of 2000 lies near 3.5 standard deviations √(2N); the bound is at √(2·TAIL) = 5.7 of them.
        assert 0.4 < deviations.max() < 0.85
    assert 14 * math.exp(-TAIL) <= FALSE_ALARM * (1 + 1e-9)
    assert exercise.false_alarm == FALSE_ALARM


WRONG = {
    "fans swapped": (HE_INIT, normal(lambda n, m: math.sqrt(2 / m)), "variance", "2/n_out"),
    "variance for standard deviation": (HE_INIT, normal(lambda n, m: 2 / n), "variance", "standard deviation"),
    "1/n_in": (HE_INIT, normal(lambda n, m: math.sqrt(1 / n)), "variance", "1/n_in"),
    "Xavier for He": (HE_INIT, normal(lambda n, m: math.sqrt(2 / (n + m))), "variance", "2/(n_in + n_out)"),
    "unscaled": (HE_INIT, normal(lambda n, m: 1.0), "variance", "unscaled"),
    "0.01": (HE_INIT, normal(lambda n, m: 0.01), "variance", "expected"),
    "10 % too wide": (HE_INIT, normal(lambda n, m: 1.1 * math.sqrt(2 / n)), "variance", "expected"),
    "He for Xavier": (XAVIER_INIT, normal(lambda n, m: math.sqrt(2 / n)), "variance", "2/n_in"),
    "1/(n_in + n_out)": (XAVIER_INIT, normal(lambda n, m: math.sqrt(1 / (n + m))), "variance", "1/(n_in"),
    "Xavier's variance as deviation": (
        XAVIER_INIT, normal(lambda n, m: 2 / (n + m)), "variance", "standard deviation",
    ),
    "uniform between the roots": (
        HE_INIT,
        lambda n, m, seed: np.random.default_rng(seed).uniform(-math.sqrt(2 / n), math.sqrt(2 / n), (n, m)),
        "variance",
        "uniform",
    ),
    "uniform of the right variance": (
        HE_INIT,
        lambda n, m, seed: np.random.default_rng(seed).uniform(-math.sqrt(6 / n), math.sqrt(6 / n), (n, m)),
        "normal",
        "within one standard deviation",
    ),
    "positive": (HE_INIT, lambda n, m, seed: np.abs(solutions.he_init(n, m, seed)), "mean", "expected 0"),
    "rand for randn": (
        HE_INIT,
        lambda n, m, seed: np.random.default_rng(seed).random((n, m)) * math.sqrt(2 / n),
        "mean",
        "expected 0",
    ),
    "one row repeated": (
        HE_INIT,
        lambda n, m, seed: np.tile(np.random.default_rng(seed).normal(0, math.sqrt(2 / n), m), (n, 1)),
        "normal",
        "many entries are equal",
    ),
    "zeros": (HE_INIT, lambda n, m, seed: np.zeros((n, m)), "variance", "expected"),
    "transposed": (HE_INIT, lambda n, m, seed: solutions.he_init(n, m, seed).T, "shape", "expected (n_in"),
    "nan": (HE_INIT, lambda n, m, seed: np.full((n, m), np.nan), "variance", "not finite"),
    "None": (HE_INIT, lambda n, m, seed: None, "shape", "of shape ()"),
    "a text": (HE_INIT, lambda n, m, seed: "weights", "shape", "no array"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_initialisers_fail_for_every_seed_and_are_told_why(name):
    exercise, function, node, words = WRONG[name]
    for seed in range(20):
        found = problems(exercise, function, seed)
        assert node in found, seed
        assert all(words in text for text in found[node])


def test_a_wrong_variance_costs_the_variance_and_not_the_mean_or_the_distribution():
    assert set(problems(HE_INIT, normal(lambda n, m: math.sqrt(2 / m)), 0)) == {"variance"}


def test_weights_that_ignore_the_seed_are_not_repeatable():
    rng = np.random.default_rng(0)
    found = problems(HE_INIT, lambda n, m, seed: rng.normal(0, math.sqrt(2 / n), (n, m)), 0)
    assert set(found) == {"repeatable"}
