"""Normalisation: what the proofs of the catalogue do not reach - running averages, modes, tiny variances."""

from __future__ import annotations

import numpy as np
import pytest

from reference import InputError
from reference.batchnorm import (
    BATCHNORM,
    BATCHNORM_TEST,
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
)
from reference.groupnorm import GROUPNORM, SPATIAL_GROUPNORM
from reference.layernorm import LAYERNORM
from reference.spatial_batchnorm import (
    SPATIAL_BATCHNORM,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from tests.reference.proof import faults

SHAPES = [(1, 1), (1, 3), (2, 1), (5, 4), (40, 7)]
TINY = 1e-4
"""A spread whose square, 1e-8, is small beside eps = 1e-5: whoever drops eps is wrong by a factor of 30."""


def problem(shape: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, ...]:
    """x of this shape, gamma and beta for its axis 1, and an upstream gradient."""
    rng = np.random.default_rng([seed, *shape])
    x, dout = rng.integers(-900, 901, (2, *shape)) / 100
    gamma, beta = rng.integers(-900, 901, (2, shape[1])) / 100
    return x, gamma, beta, dout


def through_jacobian(layer, inputs: tuple, dout: np.ndarray) -> list[np.ndarray]:
    """dout · Jacobian in longdouble: the gradients by the derivation that shares nothing with backward."""
    wide = [
        value.astype(np.longdouble) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
        for value in inputs
    ]
    jacobians = layer.jacobian(*wide)
    return [np.tensordot(dout, jacobians["out", name], axes=dout.ndim) for name in layer.differentiable]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("eps", [1e-5, 1e-2])
def test_the_two_backwards_of_batchnorm_and_the_layers_agree(shape, eps):
    x, gamma, beta, dout = problem(shape)
    bn_param = {"mode": "train", "eps": eps}
    out, cache = batchnorm_forward(x, gamma, beta, dict(bn_param))
    pure, layer_cache = BATCHNORM.forward(x, gamma, beta, bn_param)
    np.testing.assert_allclose(out, pure, rtol=1e-12, atol=1e-12)
    graph = batchnorm_backward(dout, cache)
    simplified = batchnorm_backward_alt(dout, cache)
    layer = BATCHNORM.backward(dout, layer_cache)
    for one, other, third, like in zip(graph, simplified, layer, (x, gamma, beta), strict=True):
        assert one.shape == other.shape == third.shape == like.shape
        # Both cancel to about eps of 1/√eps · |gamma · dout|, which for N = 2 is more than dx itself.
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(one, third, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("backward", [batchnorm_backward, batchnorm_backward_alt])
def test_either_backward_leaves_the_upstream_and_the_cache_alone(backward):
    x, gamma, beta, dout = problem((5, 4))
    _, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})
    kept = dout.copy()
    first = [gradient.copy() for gradient in backward(dout, cache)]
    assert all(np.array_equal(a, b) for a, b in zip(first, backward(dout, cache), strict=True))
    assert np.array_equal(dout, kept)


@pytest.mark.parametrize("backward", [batchnorm_backward, batchnorm_backward_alt])
def test_a_tiny_variance_is_governed_by_eps(backward):
    """A variance of 1e-8 under eps = 1e-5: the output is nearly 30 times smaller than without eps."""
    x, gamma, beta, dout = problem((6, 3))
    x = 5 + TINY * x / np.abs(x).max(axis=0)
    out, cache = batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": 1e-5})
    assert np.abs(out - beta).max() < 0.1 * np.abs(gamma).max()
    expected = through_jacobian(BATCHNORM, (x, gamma, beta, {"mode": "train", "eps": 1e-5}), dout)
    for got, right in zip(backward(dout, cache), expected, strict=True):
        # x - mean is known to 5 · 2⁻⁵³ / 1e-4 = 6e-12.
        np.testing.assert_allclose(got, right.astype(float), rtol=1e-9, atol=1e-10 * np.abs(right).max())


@pytest.mark.parametrize(
    ("layer", "shape", "options"),
    [
        (LAYERNORM, (3, 6), ({"eps": 1e-5},)),
        (GROUPNORM, (3, 6), (np.asarray(2), {"eps": 1e-5})),
        (SPATIAL_BATCHNORM, (2, 3, 2, 2), ({"mode": "train", "eps": 1e-5},)),
        (SPATIAL_GROUPNORM, (2, 4, 2, 2), (np.asarray(2), {"eps": 1e-5})),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_tiny_variance_leaves_every_backward_exact(layer, shape, options):
    x, gamma, beta, dout = problem(shape)
    if layer is SPATIAL_GROUPNORM:
        gamma, beta = gamma.reshape(1, -1, 1, 1), beta.reshape(1, -1, 1, 1)
    inputs = (TINY * x / 9, gamma, beta, *options)
    gradients = layer.vjp(inputs, dout).values()
    for got, right in zip(gradients, through_jacobian(layer, inputs, dout), strict=True):
        np.testing.assert_allclose(got, right.astype(float), rtol=1e-9, atol=1e-11 * np.abs(right).max())


def test_a_column_without_any_variance_gives_beta_and_no_nan():
    x, gamma, beta, dout = problem((4, 3))
    x[:, 1] = 7.25
    out, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})
    assert np.array_equal(out[:, 1], np.full(4, beta[1]))
    for backward in (batchnorm_backward, batchnorm_backward_alt):
        dx, dgamma, _ = backward(dout, cache)
        assert np.isfinite(dx).all()
        assert dgamma[1] == 0
        np.testing.assert_allclose(dx[:, 1], gamma[1] * (dout - dout.mean(axis=0))[:, 1] / np.sqrt(1e-5))


def test_a_batch_of_one_has_no_gradient_for_x_but_one_for_beta():
    x, gamma, beta, dout = problem((1, 3))
    _, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})
    for backward in (batchnorm_backward, batchnorm_backward_alt):
        dx, dgamma, dbeta = backward(dout, cache)
        assert not dx.any()
        assert not dgamma.any()
        assert np.array_equal(dbeta, dout[0])


def test_the_gradient_of_x_sums_to_zero_and_is_orthogonal_to_x():
    """A common shift changes nothing; a common stretch changes nothing but through eps."""
    x, gamma, beta, dout = problem((8, 3))
    _, cache = batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": 1e-14})
    for backward in (batchnorm_backward, batchnorm_backward_alt):
        dx, _, _ = backward(dout, cache)
        np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose((dx * (x - x.mean(axis=0))).sum(axis=0), 0, atol=1e-11)


def test_training_moves_the_running_averages_and_the_layer_does_not():
    x, gamma, beta, _ = problem((5, 4))
    before = {"running_mean": np.arange(4.0), "running_var": np.arange(1.0, 5.0)}
    bn_param = {"mode": "train", "momentum": 0.75, **before}
    batchnorm_forward(x, gamma, beta, bn_param)
    np.testing.assert_allclose(bn_param["running_mean"], 0.75 * np.arange(4) + 0.25 * x.mean(axis=0))
    np.testing.assert_allclose(bn_param["running_var"], 0.75 * np.arange(1, 5) + 0.25 * x.var(axis=0))
    assert np.array_equal(before["running_mean"], np.arange(4.0)), "the old array itself is not written to"
    options = {"mode": "train", **before}
    BATCHNORM.forward(x, gamma, beta, options)
    assert set(options) == {"mode", "running_mean", "running_var"}
    assert options["running_mean"] is before["running_mean"]


def test_the_running_averages_start_at_zero_with_a_momentum_of_nine_tenths():
    x, gamma, beta, _ = problem((5, 4))
    bn_param = {"mode": "train"}
    batchnorm_forward(x, gamma, beta, bn_param)
    np.testing.assert_allclose(bn_param["running_mean"], 0.1 * x.mean(axis=0))
    np.testing.assert_allclose(bn_param["running_var"], 0.1 * x.var(axis=0))


def test_test_mode_uses_the_running_averages_and_leaves_them():
    x, gamma, beta, dout = problem((5, 4))
    mean, variance = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.25, 4.0, 1.0, 9.0])
    bn_param = {"mode": "test", "eps": 1e-3, "running_mean": mean, "running_var": variance}
    out, cache = batchnorm_forward(x, gamma, beta, bn_param)
    np.testing.assert_allclose(out, gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta)
    assert bn_param["running_mean"] is mean
    assert bn_param["running_var"] is variance
    expected = BATCHNORM_TEST.vjp((x, gamma, beta, mean, variance, 1e-3), dout)
    for backward in (batchnorm_backward, batchnorm_backward_alt):
        for got, right in zip(backward(dout, cache), expected.values(), strict=True):
            np.testing.assert_allclose(got, right)


def test_after_much_training_test_mode_gives_what_training_gives():
    x, gamma, beta, _ = problem((30, 4))
    bn_param = {"mode": "train"}
    for _ in range(400):
        trained, _ = batchnorm_forward(x, gamma, beta, bn_param)
    tested, _ = batchnorm_forward(x, gamma, beta, {**bn_param, "mode": "test"})
    np.testing.assert_allclose(tested, trained, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("mode", ["train", "test"])
def test_float32_stays_float32_in_either_mode(mode):
    arrays = [array.astype(np.float32) for array in problem((5, 4))]
    bn_param = {"mode": "train"}
    batchnorm_forward(*arrays[:3], bn_param)
    assert bn_param["running_mean"].dtype == np.float32
    out, cache = batchnorm_forward(*arrays[:3], {**bn_param, "mode": mode})
    assert out.dtype == np.float32
    for backward in (batchnorm_backward, batchnorm_backward_alt):
        assert [gradient.dtype for gradient in backward(arrays[3], cache)] == [np.float32] * 3


def test_spatial_batchnorm_is_batchnorm_of_the_pixels_as_rows():
    x, gamma, beta, dout = problem((2, 3, 4, 5))  # height and width differ: confusing them shows
    rows = x.transpose(0, 2, 3, 1).reshape(-1, 3)
    upstream = dout.transpose(0, 2, 3, 1).reshape(-1, 3)
    plain, plain_cache = batchnorm_forward(rows, gamma, beta, {"mode": "train"})
    images, cache = spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
    np.testing.assert_allclose(images.transpose(0, 2, 3, 1).reshape(-1, 3), plain)
    dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
    dx_rows, dgamma_rows, dbeta_rows = batchnorm_backward(upstream, plain_cache)
    np.testing.assert_allclose(dx.transpose(0, 2, 3, 1).reshape(-1, 3), dx_rows, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(dgamma, dgamma_rows)
    np.testing.assert_allclose(dbeta, dbeta_rows)
    layer = SPATIAL_BATCHNORM.vjp((x, gamma, beta, {"mode": "train"}), dout)
    np.testing.assert_allclose(dx, layer["x"], rtol=1e-9, atol=1e-11)


def test_layernorm_is_batchnorm_of_the_transpose_up_to_the_scale():
    x, _, _, _ = problem((4, 6))
    ours, _ = LAYERNORM.forward(x, np.ones(6), np.zeros(6), {"eps": 1e-3})
    theirs, _ = BATCHNORM.forward(x.T, np.ones(4), np.zeros(4), {"mode": "train", "eps": 1e-3})
    np.testing.assert_allclose(ours, theirs.T, rtol=1e-12, atol=1e-12)


def test_one_group_is_layernorm_and_as_many_groups_as_channels_is_instance_normalisation():
    x, gamma, beta, _ = problem((2, 6, 3, 4))
    per_channel = gamma.reshape(1, 6, 1, 1), beta.reshape(1, 6, 1, 1)
    one, _ = SPATIAL_GROUPNORM.forward(x, *per_channel, 1, {})
    flat, _ = LAYERNORM.forward(x.reshape(2, -1), np.repeat(gamma, 12), np.repeat(beta, 12), {})
    np.testing.assert_allclose(one, flat.reshape(x.shape), rtol=1e-12, atol=1e-12)
    each, _ = SPATIAL_GROUPNORM.forward(x, *per_channel, 6, {})
    xhat = (x - x.mean(axis=(2, 3), keepdims=True)) / np.sqrt(x.var(axis=(2, 3), keepdims=True) + 1e-5)
    np.testing.assert_allclose(each, per_channel[0] * xhat + per_channel[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("G", [1, 2, 3, 6])
def test_spatial_groupnorm_is_proved_for_every_number_of_groups(G):
    x, gamma, beta, _ = problem((2, 6, 1, 2))
    inputs = (x, gamma.reshape(1, 6, 1, 1), beta.reshape(1, 6, 1, 1), np.asarray(G), {"eps": 0.5})
    assert faults(SPATIAL_GROUPNORM, inputs, np.random.default_rng(G)) == []


def test_a_forgotten_eps_is_seen_by_the_proof():
    """The tester is tested: the same layer with another eps in its Jacobian's place is rejected."""
    from dataclasses import replace

    x, gamma, beta, _ = problem((6, 3))
    inputs = (x / 9, gamma, beta, {"mode": "train", "eps": 1e-3})
    tampered = replace(
        BATCHNORM,
        jacobian_rule=lambda x, gamma, beta, bn_param: BATCHNORM.jacobian_rule(
            x, gamma, beta, {"mode": "train", "eps": 1e-4}
        ),
    )
    assert faults(BATCHNORM, inputs, np.random.default_rng(0)) == []
    assert len(faults(tampered, inputs, np.random.default_rng(0))) >= 2


X, ONE = np.ones((2, 4)), np.ones(4)
IMAGE, CHANNEL = np.ones((2, 4, 3, 3)), np.ones((1, 4, 1, 1))


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: BATCHNORM.forward(X, ONE, ONE, {}), "bn_param"),
        (lambda: BATCHNORM.forward(X, ONE, ONE, {"mode": "train", "epsilon": 1e-5}), "bn_param"),
        (lambda: BATCHNORM.forward(X, ONE, ONE, {"mode": "test"}), "mode"),
        (lambda: BATCHNORM.forward(X, ONE, ONE, {"mode": "train", "eps": 0}), "eps"),
        (lambda: BATCHNORM.forward(X, ONE, ONE, {"mode": "train", "eps": "small"}), "eps"),
        (lambda: BATCHNORM.forward(X, ONE, ONE, "train"), "bn_param"),
        (lambda: BATCHNORM.forward(X, np.ones((1, 4)), ONE, {"mode": "train"}), "gamma"),
        (lambda: BATCHNORM.forward(X, ONE, np.ones(3), {"mode": "train"}), "beta"),
        (lambda: BATCHNORM.forward(np.ones((0, 4)), ONE, ONE, {"mode": "train"}), "dimension N"),
        (lambda: batchnorm_forward(X, ONE, ONE, {"mode": "eval"}), "mode"),
        (lambda: batchnorm_forward(X, ONE, ONE, {}), "bn_param"),
        (lambda: batchnorm_forward(X, ONE, ONE, {"mode": "train", "momentum": 1.5}), "momentum"),
        (lambda: batchnorm_forward(X, ONE, ONE, {"mode": "train", "momentum": "high"}), "momentum"),
        (
            lambda: batchnorm_forward(X, ONE, ONE, {"mode": "test", "running_mean": np.ones(3)}),
            "running_mean",
        ),
        (
            lambda: batchnorm_forward(X, ONE, ONE, {"mode": "train", "running_mean": np.ones(3)}),
            "running_mean",
        ),
        (lambda: batchnorm_forward(X, ONE, ONE, {"mode": "test", "running_var": -ONE}), "running_var"),
        (lambda: spatial_batchnorm_forward(X, ONE, ONE, {"mode": "train"}), "x"),
        (lambda: LAYERNORM.forward(X, ONE, ONE, {"mode": "train"}), "ln_param"),
        (lambda: LAYERNORM.forward(X, ONE, ONE, {"eps": -1}), "eps"),
        (lambda: LAYERNORM.forward(X, np.ones(2), ONE, {}), "gamma"),
        (lambda: GROUPNORM.forward(X, ONE, ONE, 3, {}), "G"),
        (lambda: SPATIAL_GROUPNORM.forward(IMAGE, CHANNEL, CHANNEL, 3, {}), "G"),
        (lambda: SPATIAL_GROUPNORM.forward(IMAGE, CHANNEL, CHANNEL, 0, {}), "G"),
        (lambda: SPATIAL_GROUPNORM.forward(IMAGE, CHANNEL, CHANNEL, 2.0, {}), "G"),
        (lambda: SPATIAL_GROUPNORM.forward(IMAGE, CHANNEL, CHANNEL, 2, {"G": 2}), "gn_param"),
        (lambda: SPATIAL_GROUPNORM.forward(IMAGE, ONE, CHANNEL, 2, {}), "gamma"),
        (lambda: SPATIAL_GROUPNORM.forward(IMAGE, CHANNEL, np.ones((2, 4, 1, 1)), 2, {}), "beta"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_the_argument(call, argument):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.argument == argument
    assert argument in str(error.value)


def test_the_message_about_groups_says_what_would_fit():
    with pytest.raises(InputError, match=r"G must be .*divides C = 4, got 3"):
        SPATIAL_GROUPNORM.forward(IMAGE, CHANNEL, CHANNEL, 3, {})
