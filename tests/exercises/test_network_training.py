"""Update rules, minibatches and the training loop: right ones pass whatever the seed, slips are found."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from exercises.training import minibatch, training_loop
from exercises.training.optimisers import ADAM, RMSPROP, SGD, SGD_MOMENTUM
from grader.findings import Verdict
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_algorithms import made, problems
from tests.exercises.test_graded import graded
from tests.exercises.test_initialisers import problems as said_of
from tests.exercises.test_networks import wrong_nodes

SOLUTIONS = TEXTS["networks"]
MINIBATCH, TRAINING = minibatch.MINIBATCH_GRADIENT, training_loop.TRAINING_LOOP
RULES = {"sgd": SGD, "sgd_momentum": SGD_MOMENTUM, "rmsprop": RMSPROP, "adam": ADAM}


@pytest.mark.parametrize("name", RULES)
def test_an_update_in_place_and_settings_filled_in_cost_nothing(name):
    """As CS231n's own sgd does: w -= ..., config.setdefault(...)."""
    function = f"_{name}_of_mine"
    text = SOLUTIONS.replace(f"def {name}(", f"def {function}(")
    text += (
        f"\n\ndef {name}(w, dw, config=None):\n    next_w, config = {function}(w.copy(), dw, config)\n"
        "    w[...] = next_w\n    return w, config\n"
    )
    checked = graded(BY_ID[name], text)
    assert wrong_nodes(checked) == set()
    assert [f for f in checked.findings if f.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize("name", RULES)
def test_every_classic_slip_of_an_update_rule_is_told_apart_from_the_right_step(name):
    exercise = RULES[name]
    rule = exercise.draw.__self__
    for text in rule.slips(np.ones(2), np.ones(2), _settings()):
        seen = 0
        for size in exercise.sizes:
            arguments = exercise.draw(np.random.default_rng(size), size)
            w, config = rule.weights[size], rule.configs[size]
            _, after = rule.update(w, arguments[1], config)
            before = {**after, **{state: (config or {}).get(state, 0 * w) for state in rule.state}}
            before["t"] = (config or {}).get("t", 0)
            wrong = rule.slips(w, arguments[1], before).get(text)
            if wrong is not None:
                said = dict(exercise.judge(arguments, (wrong, after)))
                seen += text in said.get("next_w", "")
        assert seen >= 1, text


def _settings():
    return {"learning_rate": 0.1, "momentum": 0.9, "velocity": np.ones(2), "decay_rate": 0.9, "cache": np.ones(2),
            "epsilon": 0.1, "beta1": 0.9, "beta2": 0.99, "m": np.ones(2), "v": np.ones(2), "t": 2}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("returned", [None, 1.0, (None, None), (None, {}), ([1.0], {"t": "x"}), (1, 2, 3)])
def test_what_is_no_update_is_found_without_an_error_of_ours(name, returned):
    def function(*arguments):
        return returned

    assert "next_w" in problems(RULES[name], function)


def test_the_helpers_are_the_arrays_that_are_judged():
    for exercise in RULES.values():
        rule = exercise.draw.__self__
        for size in exercise.sizes:
            arguments = exercise.draw(np.random.default_rng(0), size)
            w, dw, config = made(exercise, arguments)
            assert np.array_equal(w, rule.weights[size])
            assert dw.shape == w.shape
            assert (config is None) == (rule.configs[size] is None)


def sampler(choose, scale=1.0):
    def function(X, y, w, size, seed):
        batch = choose(np.random.default_rng(seed), len(y), size)
        return scale * X[batch].T @ (X[batch] @ w - y[batch]) / len(batch)

    return function


SAMPLERS = {
    "permuted": (sampler(lambda rng, n, size: rng.permutation(n)[:size]), set()),
    "chosen": (sampler(lambda rng, n, size: rng.choice(n, size, replace=False)), set()),
    "a ring of neighbours": (sampler(lambda rng, n, size: (rng.integers(n) + np.arange(size)) % n), set()),
    "with repetitions": (sampler(lambda rng, n, size: rng.integers(0, n, size)), {"gradient", "whole", "unbiased"}),
    "neighbours": (
        sampler(lambda rng, n, size: np.arange(size) + rng.integers(0, n - size + 1)), {"unbiased"}
    ),
    "the first ones": (sampler(lambda rng, n, size: np.arange(size)), {"unbiased", "seed"}),
    "never the last": (
        sampler(lambda rng, n, size: rng.permutation(n - 1)[:size] if size < n else np.arange(n)), {"unbiased"}
    ),
    "summed": (sampler(lambda rng, n, size: rng.permutation(n)[:size], scale=2.0), {"gradient", "whole"}),
    "ascent": (sampler(lambda rng, n, size: rng.permutation(n)[:size], scale=-1.0), {"gradient", "whole"}),
    "no seed": (
        lambda X, y, w, size, seed: sampler(lambda rng, n, k: rng.permutation(n)[:k])(
            X, y, w, size, np.random.default_rng().integers(10**9)
        ),
        {"seed"},
    ),
    "all of them": (sampler(lambda rng, n, size: np.arange(n)), {"gradient", "unbiased", "seed"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_minibatch_is_found_wrong_at_its_node_for_every_seed(name):
    function, nodes = SAMPLERS[name]
    found = [set(said_of(MINIBATCH, function, seed)) for seed in range(6)]
    if name == "no seed":  # two batches of 15 may be the same by chance, in one trial of all these
        assert all(nodes >= one for one in found)
        assert any(nodes == one for one in found)
    else:
        assert all(one == nodes for one in found)


def test_the_mean_over_all_minibatches_is_the_gradient_of_the_whole():
    means = np.array(list(minibatch.BATCHES.values()))
    assert len(means) == 15
    assert np.allclose(means.mean(axis=0), minibatch.EACH.mean(axis=0))
    # Which batch was drawn can be read off its gradient: no two are near each other, nor are those of other slips.
    every = [scale * mean for mean in means for scale in (1, minibatch.SIZE, -1, 1 / 3)]
    gaps = [np.abs(a - b).max() for a, b in itertools.combinations(every, 2)]
    assert min(gaps) > 1e-3


def test_the_share_of_an_example_uses_a_fraction_of_its_room():
    """A false alarm of 1e-6 cannot be counted; the largest share of 500 samples against its room can be seen."""
    rng = np.random.default_rng(8)
    shares = rng.binomial(minibatch.DRAWS, 1 / 3, 500 * 6) / minibatch.DRAWS
    assert 0.3 < np.abs(shares - 1 / 3).max() / minibatch.ROOM < 0.75


def trainer(*, sign=-1.0, shuffle="epoch", latest=True, mean=True, in_place=False):
    def train(X, y, w, learning_rate, batch_size, epochs, seed):
        rng = np.random.default_rng(seed)
        start, path, order = w, [w if in_place else w.copy()], rng.permutation(len(y))
        for _ in range(epochs):
            if shuffle == "epoch":
                order = rng.permutation(len(y))
            if shuffle == "none":
                order = np.arange(len(y))
            for begin in range(0, len(y), batch_size):
                batch = order[begin : begin + batch_size]
                if shuffle == "anew":
                    batch = rng.choice(len(y), batch_size, replace=False)
                at = w if latest else start
                g = X[batch].T @ (1 / (1 + np.exp(-X[batch] @ at)) - y[batch])
                step = sign * learning_rate * (g / batch_size if mean else g)
                if in_place:
                    w += step
                else:
                    w = w + step
                path.append(w)
        return np.array(path)

    return train


TRAINERS = {
    "right": (trainer(), set()),
    "ascent": (trainer(sign=1.0), {"steps", "falls"}),
    "summed": (trainer(mean=False), {"steps"}),
    "always at the first w": (trainer(latest=False), {"steps", "epochs"}),
    "one order for all epochs": (trainer(shuffle="once"), {"order"}),
    "no shuffling": (trainer(shuffle="none"), {"order"}),
    "each batch drawn anew": (trainer(shuffle="anew"), {"epochs"}),
    "the same array": (trainer(in_place=True), {"path", "steps", "epochs"}),
    "the start is missing": (lambda *a: trainer()(*a)[1:], {"path", "steps", "epochs", "falls"}),
    "nothing moves": (
        lambda *a: np.tile(a[2], (a[5] * 3 + 1, 1)),
        {"path", "steps", "epochs", "order", "falls"},
    ),
}


@pytest.mark.parametrize("name", TRAINERS)
def test_a_training_loop_is_found_wrong_at_its_node_for_every_seed(name):
    function, nodes = TRAINERS[name]
    for seed in range(8):
        found = said_of(TRAINING, function, seed)
        assert set(found) - {"order"} == nodes - {"order"}
        assert ("order" in found) == ("order" in nodes) or name in (
            "always at the first w",
            "the start is missing",
        )


def test_the_loss_falls_in_whatever_order_with_room_to_spare():
    ends = []
    for seed in range(200):
        path = solutions.train(
            training_loop.X, training_loop.Y, training_loop.W, training_loop.RATE, 2, training_loop.LONG, seed
        )
        ends.append(training_loop.loss(path[-1]) / training_loop.loss(training_loop.W))
    assert max(ends) < 0.5 * training_loop.LEARNT
