"""Broadcasting, reductions, reshaping, dropout, activations and full losses: what the catalogue's proofs leave."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from reference import InputError
from reference.bce_with_logits import BCE_WITH_LOGITS
from reference.broadcasting import BROADCAST_ADD, BROADCAST_MULTIPLY, unbroadcast
from reference.dropout import DROPOUT, dropout_backward, dropout_forward
from reference.matmul import MATMUL
from reference.rectifiers import ELU, LEAKY_RELU, PRELU
from reference.reductions import MAX, MEAN, SUM
from reference.reshaping import RESHAPE, TRANSPOSE
from reference.smooth_activations import GELU, SOFTPLUS
from reference.softmax_loss_weights import softmax_loss_naive, softmax_loss_vectorized
from reference.svm_loss_weights import SVM_LOSS_W, svm_loss_naive, svm_loss_vectorized
from tests.reference.proof import faults

SIZES = (1, 2, 3)
SHAPES = [(), *((n,) for n in SIZES), *product(SIZES, repeat=2), *product((1, 2), repeat=3), (0,), (2, 0)]


def decimals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).integers(-900, 901, shape) / 100


# Broadcasting


def broadcasts(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(small, large) == large
    except ValueError:
        return False


def collected(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Brute force: each entry of the gradient added to the entry of which its place is a copy."""
    size = int(np.prod(shape))
    owners = np.broadcast_to(np.arange(size).reshape(shape), gradient.shape)
    total = np.zeros(size)
    for index in np.ndindex(gradient.shape):
        total[owners[index]] += gradient[index]
    return total.reshape(shape)


@pytest.mark.parametrize("large", SHAPES, ids=str)
def test_unbroadcast_gives_every_entry_the_sum_over_its_copies(large):
    gradient = decimals(*large)
    for small in SHAPES:
        if broadcasts(small, large):
            got = unbroadcast(gradient, small)
            assert got.shape == small
            np.testing.assert_allclose(got, collected(gradient, small), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("large", SHAPES, ids=str)
def test_unbroadcast_refuses_every_shape_that_does_not_broadcast(large):
    for small in SHAPES:
        if not broadcasts(small, large):
            with pytest.raises(InputError, match="the shape must be one that broadcasts to"):
                unbroadcast(decimals(*large), small)


def test_unbroadcast_keeps_the_dtype():
    assert unbroadcast(np.ones((3, 2), np.float32), (2,)).dtype == np.float32


@pytest.mark.parametrize("layer", [BROADCAST_ADD, BROADCAST_MULTIPLY], ids=lambda layer: layer.name)
@pytest.mark.parametrize(
    ("x", "y"),
    [
        ((4, 3), (3,)),
        ((3,), (4, 3)),
        ((4, 3), (4, 1)),
        ((4, 1), (3,)),
        ((2, 1, 3), (4, 1)),
        ((4, 3), ()),
        ((1, 1), (1,)),
        ((0, 3), (3,)),
    ],
    ids=str,
)
def test_a_broadcast_operation_is_proved_whichever_side_is_stretched(layer, x, y):
    assert faults(layer, (decimals(*x), decimals(*y, seed=1)), np.random.default_rng(0)) == []


def test_gradients_of_a_broadcast_operation_are_arrays_of_their_own():
    dout = decimals(2, 3)
    for layer in (BROADCAST_ADD, BROADCAST_MULTIPLY):
        _, cache = layer.forward(decimals(2, 3), decimals(2, 3, seed=1))
        dx, dy = layer.backward(dout, cache)
        assert not np.shares_memory(dx, dout)
        assert not np.shares_memory(dy, dout)
        assert not np.shares_memory(dx, dy)


# Reductions


@pytest.mark.parametrize("layer", [SUM, MEAN, MAX], ids=lambda layer: layer.name)
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1, -3, (0, 1), (0, 2), (2, 0), (-1, 0), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_reduction_is_proved_for_every_choice_of_axes(layer, axis, keepdims):
    x = np.random.default_rng(5).permutation(24).reshape(2, 3, 4) / 4  # all different: no maximum is tied
    options = {"axis": axis, "keepdims": keepdims}
    out, _ = layer.forward(x, options)
    numpy_says = {"sum": np.sum, "mean": np.mean, "max": np.max}[layer.name](x, axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(out, numpy_says)
    assert faults(layer, (x, options), np.random.default_rng(0)) == []


@pytest.mark.parametrize(
    ("axis", "winner"),
    [(None, [[0, 1, 0], [0, 0, 0]]), (0, [[1, 1, 0], [0, 0, 1]]), (1, [[0, 1, 0], [1, 0, 0]])],
)
def test_at_a_tie_the_first_of_the_largest_gets_the_whole_gradient(axis, winner):
    x = np.array([[2.0, 5.0, 1.0], [2.0, 1.0, 2.0]])
    dout = np.ones(MAX.forward(x, {"axis": axis})[0].shape)
    assert np.array_equal(MAX.vjp((x, {"axis": axis}), dout)["x"], winner)
    assert MAX.kink_margin(x, {"axis": 1}) == 0


def test_the_margin_of_a_maximum_is_half_the_smallest_gap():
    x = np.array([[1.0, 4.0, 2.0], [7.0, 6.0, 0.0]])
    assert MAX.kink_margin(x, {"axis": 1}) == 0.5
    assert MAX.kink_margin(x, {"axis": 0}) == 1
    assert MAX.kink_margin(x[:, :1], {"axis": 1}) == np.inf, "one entry has no rival"


def test_a_sum_of_nothing_is_zero_and_a_mean_or_maximum_of_nothing_is_refused():
    empty = np.ones((3, 0))
    assert np.array_equal(SUM.forward(empty, {"axis": 1})[0], np.zeros(3))
    assert SUM.vjp((empty, {"axis": 1}), np.ones(3))["x"].shape == (3, 0)
    for layer in (MEAN, MAX):
        with pytest.raises(InputError, match="x must be of at least one entry"):
            layer.forward(empty, {"axis": 1})
        assert layer.forward(empty, {"axis": 0})[0].shape == (0,)
        assert layer.vjp((empty, {"axis": 0}), np.ones(0))["x"].shape == (3, 0)


# Reshaping and products


@pytest.mark.parametrize("shape", [(-1,), (24,), (4, 3, 2), (6, -1), (1, 24, 1), (2, 3, 2, 2)], ids=str)
def test_reshape_is_proved_for_every_target(shape):
    assert faults(RESHAPE, (decimals(2, 3, 4), {"shape": shape}), np.random.default_rng(0)) == []


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0), (-1, 0, 1)], ids=str)
def test_transpose_goes_back_by_the_inverse_permutation(axes):
    """A cycle of three axes is not its own inverse: a backward that permutes again is wrong."""
    x = decimals(2, 3, 4)
    out, cache = TRANSPOSE.forward(x, {"axes": axes})
    assert np.array_equal(TRANSPOSE.backward(out, cache)[0], x)
    assert faults(TRANSPOSE, (x, {"axes": axes}), np.random.default_rng(0)) == []


def test_matmul_is_proved_for_a_batch_of_square_matrices():
    """Square and not symmetric: here a forgotten transpose keeps its shape."""
    inputs = decimals(2, 3, 3), decimals(2, 3, 3, seed=1)
    assert faults(MATMUL, inputs, np.random.default_rng(0)) == []
    dx, dy = MATMUL.vjp(inputs, np.ones((2, 3, 3))).values()
    for b in range(2):
        np.testing.assert_allclose(dx[b], np.ones((3, 3)) @ inputs[1][b].T)
        np.testing.assert_allclose(dy[b], inputs[0][b].T @ np.ones((3, 3)))


# Dropout


def test_dropout_in_training_uses_one_mask_forward_and_backward():
    x, dout = decimals(50, 40) + 20, decimals(50, 40, seed=1)
    out, cache = dropout_forward(x, {"mode": "train", "p": 0.25, "seed": 3})
    kept = out != 0
    np.testing.assert_allclose(out[kept], x[kept] / 0.25)
    np.testing.assert_allclose(dropout_backward(dout, cache), np.where(kept, dout / 0.25, 0))
    assert abs(kept.mean() - 0.25) < 0.05  # five standard deviations of a mean of 2000


def test_dropout_in_testing_changes_nothing_forward_or_backward():
    x, dout = decimals(3, 4), decimals(3, 4, seed=1)
    out, cache = dropout_forward(x, {"mode": "test", "p": 0.25, "seed": 3})
    assert np.array_equal(out, x)
    dx = dropout_backward(dout, cache)
    assert np.array_equal(dx, dout)
    assert not np.shares_memory(out, x)
    assert not np.shares_memory(dx, dout)


def test_dropout_keeps_the_expectation():
    out, _ = dropout_forward(np.ones((400, 500)), {"mode": "train", "p": 0.8, "seed": 0})
    assert abs(out.mean() - 1) < 5 * np.sqrt(0.2 / 0.8 / 200_000)


def test_the_same_seed_gives_the_same_mask_and_the_global_generator_is_not_touched():
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global generator is what is watched
    param = {"mode": "train", "p": 0.5, "seed": 11}
    first, _ = dropout_forward(np.ones((5, 6)), param)
    again, _ = dropout_forward(np.ones((5, 6)), param)
    other, _ = dropout_forward(np.ones((5, 6)), {**param, "seed": 12})
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_dropout_with_a_keep_probability_of_one_keeps_everything():
    x = decimals(3, 4)
    assert np.array_equal(dropout_forward(x, {"mode": "train", "p": 1, "seed": 0})[0], x)
    assert np.array_equal(DROPOUT.vjp((x, np.ones((3, 4)), 1), x)["x"], x)


@pytest.mark.parametrize("mode", ["train", "test"])
def test_dropout_leaves_float32_and_its_arguments_as_they_are(mode):
    x, param = decimals(3, 4).astype(np.float32), {"mode": mode, "p": 0.5, "seed": 1}
    x.setflags(write=False)
    kept = dict(param)
    out, cache = dropout_forward(x, param)
    assert out.dtype == dropout_backward(x, cache).dtype == np.float32
    assert param == kept


# Activations


def test_the_margin_of_a_leaky_rectifier_is_exact():
    """Just inside no slope changes, just outside one does; a zero pattern would not show it."""
    x, a = np.array([0.5, -2.0, 3.0]), 0.1
    for layer in (LEAKY_RELU, ELU):
        assert layer.kink_margin(x, a) == 0.5
    slopes = [LEAKY_RELU.vjp((x - step, a), np.ones(3))["x"].tolist() for step in (0, 0.499, 0.501)]
    assert slopes == [[1, 0.1, 1], [1, 0.1, 1], [0.1, 0.1, 1]]
    assert PRELU.kink_margin(x[None], np.full(3, a)) == 0.5


def test_elu_has_a_jump_in_its_slope_unless_a_is_one():
    below, above = np.array([-1e-12]), np.array([1e-12])
    for a, jump in ((1.0, 0.0), (0.25, 0.75)):
        left, right = (ELU.vjp((x, a), np.ones(1))["x"][0] for x in (below, above))
        assert right - left == pytest.approx(jump, abs=1e-11)


def test_gelu_is_near_the_normal_distributions_and_half_x_at_zero():
    from math import erf, sqrt

    x = np.linspace(-6, 6, 241)
    exact = x * np.array([0.5 * (1 + erf(value / sqrt(2))) for value in x])
    assert np.abs(GELU.forward(x)[0] - exact).max() < 5e-4
    assert GELU.vjp((np.zeros(1),), np.ones(1))["x"][0] == 0.5


@pytest.mark.parametrize("layer", [SOFTPLUS, GELU], ids=lambda layer: layer.name)
@pytest.mark.parametrize("size", [1e3, 1e30, 1e300])
def test_smooth_activations_keep_to_their_asymptotes(layer, size):
    out, cache = layer.forward(np.array([-size, size]))
    assert out.tolist() == pytest.approx([0, size], rel=1e-15, abs=1e-200)
    assert layer.backward(np.ones(2), cache)[0].tolist() == pytest.approx([0, 1], rel=1e-15, abs=1e-200)


# What does not fit


M = np.ones((2, 3))
LABELS = np.array([0, 1])


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: BROADCAST_ADD.forward(M, np.ones(2)), "y"),
        (lambda: BROADCAST_MULTIPLY.forward(M, np.ones((3, 3))), "y"),
        (lambda: SUM.forward(M, {}), "options"),
        (lambda: SUM.forward(M, {"axis": 0, "keepdim": True}), "options"),
        (lambda: SUM.forward(M, {"axis": 2}), "axis"),
        (lambda: MEAN.forward(M, {"axis": -3}), "axis"),
        (lambda: MAX.forward(M, {"axis": (0, 0)}), "axis"),
        (lambda: MAX.forward(M, {"axis": (0, -2)}), "axis"),
        (lambda: MAX.forward(M, {"axis": 0.5}), "axis"),
        (lambda: SUM.forward(M, {"axis": [0, 1]}), "axis"),
        (lambda: SUM.forward(M, {"axis": 0, "keepdims": "yes"}), "keepdims"),
        (lambda: RESHAPE.forward(M, {"shape": (4, 2)}), "shape"),
        (lambda: RESHAPE.forward(M, {"shape": (-1, -1)}), "shape"),
        (lambda: RESHAPE.forward(M, {}), "options"),
        (lambda: TRANSPOSE.forward(M, {"axes": (0, 0)}), "axes"),
        (lambda: TRANSPOSE.forward(M, {"axes": (0, 2)}), "axes"),
        (lambda: TRANSPOSE.forward(M, {"axes": (0,)}), "axes"),
        (lambda: TRANSPOSE.forward(M, {"axis": (0, 1)}), "options"),
        (lambda: MATMUL.forward(np.ones((2, 3, 4)), np.ones((2, 5, 4))), "b"),
        (lambda: MATMUL.forward(np.ones((2, 3, 4)), np.ones((3, 4, 5))), "b"),
        (lambda: DROPOUT.forward(M, M, 0), "p"),
        (lambda: DROPOUT.forward(M, M, 1.5), "p"),
        (lambda: DROPOUT.forward(M, 2 * M, 0.5), "mask"),
        (lambda: DROPOUT.forward(M, np.ones((3, 2)), 0.5), "mask"),
        (lambda: dropout_forward(M, {"mode": "train"}), "dropout_param"),
        (lambda: dropout_forward(M, {"p": 0.5}), "dropout_param"),
        (lambda: dropout_forward(M, {"mode": "train", "p": 0.5, "sead": 1}), "dropout_param"),
        (lambda: dropout_forward(M, {"mode": "eval", "p": 0.5}), "mode"),
        (lambda: dropout_forward(M, {"mode": "train", "p": 0}), "p"),
        (lambda: dropout_forward(M, {"mode": "test", "p": 1.01}), "p"),
        (lambda: dropout_forward(M, {"mode": "train", "p": "half"}), "p"),
        (lambda: PRELU.forward(M, np.ones(2)), "a"),
        (lambda: BCE_WITH_LOGITS.forward(np.ones(2), np.array([0.0, 0.5])), "y"),
        (lambda: BCE_WITH_LOGITS.forward(np.ones(2), np.ones(3)), "y"),
        (lambda: BCE_WITH_LOGITS.forward(np.ones(0), np.ones(0)), "dimension N"),
        (lambda: SVM_LOSS_W.forward(M.T, M, np.array([0, 2]), 0.0), "y"),
        (lambda: SVM_LOSS_W.forward(M, M, LABELS, 0.0), "X"),
        (lambda: svm_loss_naive(M.T, M, LABELS / 1, 0.0), "y"),
        (lambda: svm_loss_vectorized(M.T, M, np.array([0, 1, 1]), 0.0), "y"),
        (lambda: softmax_loss_naive(M.T, M, np.array([-1, 0]), 0.0), "y"),
        (lambda: softmax_loss_vectorized(M.T, M, LABELS, np.ones(2)), "reg"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_the_argument(call, argument):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.argument == argument
    assert argument in str(error.value)
