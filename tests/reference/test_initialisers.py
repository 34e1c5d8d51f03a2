"""Initial weights have the variance that they promise, and the laws behind them hold in a network."""

from __future__ import annotations

import numpy as np
import pytest

from reference import InputError
from reference.activations import RELU, SIGMOID, TANH
from reference.gradient_flow import deep_norms, gradient_norms
from reference.initialisers import he, small_normal, variance_of_sum, xavier, zeros


@pytest.mark.parametrize(
    ("draw", "variance"), [(small_normal, 1e-4), (xavier, 2 / (300 + 200)), (he, 2 / 300)]
)
def test_mean_and_variance_are_those_of_the_formula(draw, variance):
    """60,000 draws: the sample variance is within 5 standard deviations, 5 √(2/60000) = 3 %, of the true one."""
    w = draw(300, 200, np.random.default_rng(0))
    assert w.shape == (300, 200)
    assert w.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / w.size))
    assert abs(w.mean()) < 5 * np.sqrt(variance / w.size)


def test_zeros_are_zeros():
    assert not zeros(3, 4).any()
    assert zeros(3, 4).shape == (3, 4)


def test_the_second_number_is_a_variance_and_not_a_deviation():
    w = small_normal(300, 200, np.random.default_rng(0), variance=4.0)
    assert w.std() == pytest.approx(2.0, rel=0.02)


def test_the_same_generator_draws_the_same_weights():
    assert np.array_equal(he(3, 2, np.random.default_rng(5)), he(3, 2, np.random.default_rng(5)))


def test_variances_of_a_sum_of_products_multiply_and_add():
    rng = np.random.default_rng(1)
    n, draws = 50, 40_000
    z = (rng.normal(0, 0.3, (draws, n)) * rng.normal(0, 2.0, (draws, n))).sum(axis=1)
    assert variance_of_sum(n, 0.09, 4.0) == pytest.approx(18)
    assert z.var() == pytest.approx(18, rel=5 * np.sqrt(2 / draws))


def test_he_keeps_the_size_of_a_signal_through_twenty_layers_of_relu():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(64, 200))
    first = (x**2).mean()
    for _ in range(20):
        x = np.maximum(x @ he(200, 200, rng), 0)
    # E[relu(z)²] = Var(z)/2 = (2/n) n E[x²]/2 = E[x²]
    assert 0.3 < (x**2).mean() / first < 3


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda rng: xavier(0, 3, rng), "xavier: n_in must be an integer of at least 1, got 0"),
        (lambda rng: he(3, 2.5, rng), "he: n_out must be an integer of at least 1, got 2.5"),
        (
            lambda rng: small_normal(3, 2, rng, variance=-1),
            "small_normal: variance must be a finite number from 0 on, got -1",
        ),
        (
            lambda rng: variance_of_sum(3, 1.0, -1),
            "variance_of_sum: input_variance must be a finite number from 0 on, got -1",
        ),
    ],
)
def test_what_is_no_size_or_variance_is_named(draw, message):
    with pytest.raises(InputError) as caught:
        draw(np.random.default_rng(0))
    assert str(caught.value) == message


def test_gradients_vanish_with_depth_under_sigmoids_and_not_under_relu_with_he():
    rng = np.random.default_rng(3)
    sigmoid = deep_norms(12, 50, rng, variance=1 / 50, activation=SIGMOID)
    relu = deep_norms(12, 50, rng, variance=2 / 50, activation=RELU)
    assert sigmoid[0] < 1e-4 * sigmoid[-1]
    assert 0.02 < relu[0] / relu[-1] < 50


def test_gradients_explode_where_weights_are_large():
    """Twice He's deviation doubles the signal at every layer on the way there, or the gradient on the way back.

    ∂L/∂W^l = δ^l (a^{l-1})ᵀ takes one factor of 2 from each of the other 11 layers, whichever l is.
    """
    norms, calm = (
        deep_norms(12, 50, np.random.default_rng(4), variance=variance, activation=RELU)
        for variance in (8 / 50, 2 / 50)
    )
    np.testing.assert_allclose(norms / calm, 2.0**11, rtol=1e-9)


def test_small_weights_make_tanh_forget():
    norms = deep_norms(8, 50, np.random.default_rng(5), variance=1e-4, activation=TANH)
    assert norms[0] < 1e-5


def test_the_norms_are_those_of_differences():
    rng = np.random.default_rng(6)
    x, da = rng.normal(size=3), rng.normal(size=3)
    weights, biases = [rng.normal(size=(3, 3)) for _ in range(3)], [rng.normal(size=3) for _ in range(3)]

    def loss(changed: list[np.ndarray]) -> float:
        a = x
        for W, b in zip(changed, biases, strict=True):
            a = np.tanh(W @ a + b)
        return float(da @ a)

    norms = gradient_norms(x, da, weights, biases, activation=TANH)
    for layer in range(3):
        squares = 0.0
        for index in np.ndindex(3, 3):
            moved = [[W.copy() for W in weights] for _ in range(2)]
            moved[0][layer][index] += 1e-5
            moved[1][layer][index] -= 1e-5
            squares += ((loss(moved[0]) - loss(moved[1])) / 2e-5) ** 2
        assert norms[layer] == pytest.approx(np.sqrt(squares), rel=1e-7)


def test_an_upstream_of_another_shape_is_named():
    with pytest.raises(InputError, match="da must be of a\\^L's shape \\(2,\\), got \\(3,\\)"):
        gradient_norms(np.ones(2), np.ones(3), [np.eye(2)], [np.zeros(2)])
