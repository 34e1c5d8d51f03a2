"""The update rules step by step, by hand and against torch's, and the minibatches."""

from __future__ import annotations

import numpy as np
import pytest

from reference import InputError
from reference.optimizers import adam, minibatches, rmsprop, sgd, sgd_momentum

RULES = [sgd, sgd_momentum, rmsprop, adam]
by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


def test_two_steps_of_each_rule_by_hand():
    """w = 1 and dw = 2 twice."""
    w, config = sgd(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})
    assert sgd(w, np.array([2.0]), config)[0] == pytest.approx(0.6)
    # velocity -0.2, then 0.9 · -0.2 - 0.2 = -0.38
    w, config = sgd_momentum(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})
    w, config = sgd_momentum(w, np.array([2.0]), config)
    assert w == pytest.approx(1 - 0.2 - 0.38)
    assert config["velocity"] == pytest.approx(-0.38)
    # cache 0.04, then 0.99 · 0.04 + 0.04 = 0.0796
    w, config = rmsprop(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})
    w, config = rmsprop(w, np.array([2.0]), config)
    assert config["cache"] == pytest.approx(0.0796)
    assert w == pytest.approx(1 - 0.2 / 0.2 - 0.2 / np.sqrt(0.0796))
    # a constant gradient makes Adam step by its learning rate, once the bias is corrected
    w, config = adam(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})
    w, config = adam(w, np.array([2.0]), config)
    assert w == pytest.approx(0.8)
    assert config["t"] == 2


@by_rule
def test_twenty_steps_are_torchs(rule):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    w = rng.integers(-90, 91, (4, 3)) / 100
    theirs = torch.tensor(w, requires_grad=True)
    optimizer = {
        "sgd": lambda: torch.optim.SGD([theirs], lr=0.01),
        "sgd_momentum": lambda: torch.optim.SGD([theirs], lr=0.01, momentum=0.9),
        "rmsprop": lambda: torch.optim.RMSprop([theirs], lr=0.01, alpha=0.99, eps=1e-8),
        "adam": lambda: torch.optim.Adam([theirs], lr=0.001, betas=(0.9, 0.999), eps=1e-8),
    }[rule.__name__]()
    config = None
    for _ in range(20):
        dw = rng.integers(-90, 91, (4, 3)) / 100
        w, config = rule(w, dw, config)
        theirs.grad = torch.tensor(dw)
        optimizer.step()
    np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-12)


@by_rule
def test_neither_weights_nor_gradient_nor_configuration_change(rule):
    w, dw = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    _, config = rule(w, dw)
    kept = {name: np.array(value) for name, value in config.items()}
    for value in (w, dw, *(v for v in config.values() if isinstance(v, np.ndarray))):
        value.setflags(write=False)
    rule(w, dw, config)
    assert kept.keys() == config.keys()
    assert all(np.array_equal(kept[name], config[name]) for name in kept)


@by_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble], ids=lambda d: d.__name__)
def test_the_dtype_stays(rule, dtype):
    w = np.ones(3, dtype)
    for _ in range(2):
        w, config = rule(w, np.full(3, 0.25, dtype))
        assert w.dtype == dtype
        assert {v.dtype for v in config.values() if isinstance(v, np.ndarray)} <= {np.dtype(dtype)}


@by_rule
def test_a_gradient_of_zero_from_the_start_changes_nothing(rule):
    assert rule(np.array([1.5]), np.array([0.0]))[0] == 1.5


@pytest.mark.parametrize(
    ("rule", "dw", "config", "message"),
    [
        (sgd, [1.0], None, "sgd: dw must be of w's shape (2,), got (1,)"),
        (
            sgd,
            [1.0, 1.0],
            {"lr": 0.1},
            "sgd: config must be a dictionary with learning_rate (optional), got the key 'lr'",
        ),
        (
            adam,
            [1.0, 1.0],
            {"learning_rate": -1},
            "adam: config['learning_rate'] must be a finite number from 0 on, got -1",
        ),
        (adam, [1.0, 1.0], {"beta1": 1.0}, "adam: config['beta1'] must be below 1, got 1.0"),
        (adam, [1.0, 1.0], {"t": 0.5}, "adam: config['t'] must be an integer of at least 0, got 0.5"),
        (
            sgd_momentum,
            [1.0, 1.0],
            {"velocity": [1.0]},
            "sgd_momentum: config['velocity'] must be of w's shape (2,), got (1,)",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_named(rule, dw, config, message):
    with pytest.raises(InputError) as caught:
        rule(np.array([1.0, 2.0]), dw, config)
    assert str(caught.value) == message


@pytest.mark.parametrize(("n", "size"), [(10, 3), (9, 3), (2, 5), (0, 4), (5, 1)])
def test_an_epoch_takes_each_example_once(n, size):
    batches = list(minibatches(n, size, np.random.default_rng(1)))
    assert sorted(int(i) for batch in batches for i in batch) == list(range(n))
    assert [len(batch) for batch in batches] == [min(size, n - start) for start in range(0, n, size)]


def test_the_order_is_the_generators_and_no_others():
    first, again, other = (
        np.concatenate(list(minibatches(50, 7, np.random.default_rng(seed)))).tolist() for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_a_minibatch_has_the_full_gradient_on_average():
    """Over one epoch of equal batches the mean of the batches' gradients is the mean over all examples."""
    gradients = np.random.default_rng(0).integers(-90, 91, (12, 3)) / 100
    means = [gradients[batch].mean(axis=0) for batch in minibatches(12, 4, np.random.default_rng(1))]
    np.testing.assert_allclose(np.mean(means, axis=0), gradients.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize(("n", "size"), [(-1, 2), (4, 0), (4, 2.0)])
def test_a_size_that_is_none_is_refused_at_the_call(n, size):
    with pytest.raises(InputError, match="minibatches: "):
        minibatches(n, size, np.random.default_rng(0))
