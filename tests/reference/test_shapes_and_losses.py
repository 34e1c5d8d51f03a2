"""Broadcasting, reductions, reshaping, dropout, activations and full losses: what the catalogue's proofs leave."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from reference import InputError, layers
from reference.bce_with_logits import BCE_WITH_LOGITS
from reference.broadcasting import BROADCAST_ADD, BROADCAST_MULTIPLY, unbroadcast
from reference.dropout import DROPOUT, dropout_backward, dropout_forward
from reference.matmul import MATMUL
from reference.rectifiers import ELU, LEAKY_RELU, PRELU
from reference.reductions import MAX, MEAN, SUM
from reference.reshaping import RESHAPE, TRANSPOSE
from reference.smooth_activations import GELU, SOFTPLUS
from reference.softmax_loss_weights import SOFTMAX_LOSS_W, softmax_loss_naive, softmax_loss_vectorized
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


# Losses


@pytest.mark.parametrize("size", [30, 700, 1e4])
def test_bce_of_a_sure_mistake_is_its_logit_and_of_a_sure_hit_is_nothing(size):
    x = np.array([size, -size, size, -size])
    y = np.array([0, 1, 1, 0])
    loss, cache = BCE_WITH_LOGITS.forward(x, y)
    assert loss == pytest.approx(2 * size / 4, rel=1e-12)
    (dx,) = BCE_WITH_LOGITS.backward(np.asarray(1.0), cache)
    np.testing.assert_allclose(dx, [0.25, -0.25, -np.exp(-size) / 4, np.exp(-size) / 4], rtol=1e-12)


def full_loss(D: int = 4, C: int = 3, N: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W (D, C) with entries below 1, X (N, D), y (N,) with each label at least once where N allows it."""
    return decimals(D, C) / 10, decimals(N, D, seed=1), np.arange(N) % C


LOSSES = {
    "svm": (SVM_LOSS_W, svm_loss_naive, svm_loss_vectorized, "svm_loss"),
    "softmax": (SOFTMAX_LOSS_W, softmax_loss_naive, softmax_loss_vectorized, "softmax_loss"),
}
by_loss = pytest.mark.parametrize("kind", LOSSES)


@by_loss
@pytest.mark.parametrize("sizes", [(4, 3, 5), (1, 2, 1), (3, 1, 2), (3, 5, 1)], ids=str)
@pytest.mark.parametrize("reg", [0, 5e-6, 0.5, 100])
def test_the_naive_loss_is_the_vectorised_one(kind, sizes, reg):
    _, naive, vectorised, _ = LOSSES[kind]
    W, X, y = full_loss(*sizes)
    loops, dW_loops = naive(W, X, y, reg)
    arrays, dW_arrays = vectorised(W, X, y, reg)
    assert isinstance(loops, float)
    assert isinstance(arrays, float)
    assert loops == pytest.approx(arrays, rel=1e-12)
    assert dW_loops.shape == dW_arrays.shape == W.shape
    np.testing.assert_allclose(dW_loops, dW_arrays, rtol=1e-10, atol=1e-12)


@by_loss
def test_the_penalty_is_in_the_loss_and_twice_its_weight_in_the_gradient(kind):
    _, naive, vectorised, _ = LOSSES[kind]
    W, X, y = full_loss()
    for loss in (naive, vectorised):
        without, dW_without = loss(W, X, y, 0.0)
        with_penalty, dW = loss(W, X, y, 0.7)
        assert with_penalty - without == pytest.approx(0.7 * (W**2).sum())
        np.testing.assert_allclose(dW - dW_without, 1.4 * W, atol=1e-12)


@by_loss
def test_the_data_part_is_the_loss_of_the_scores(kind):
    """dW = Xᵀ · dscores, with the loss of the scores that the catalogue proves on its own."""
    layer, _, _, scores_loss = LOSSES[kind]
    W, X, y = full_loss()
    of_scores = layers()[scores_loss]
    loss, _ = layer.forward(W, X, y, 0.0)
    assert loss == pytest.approx(float(of_scores.forward(X @ W, y)[0]))
    dscores = of_scores.vjp((X @ W, y), 1.0)["x"]
    np.testing.assert_allclose(layer.vjp((W, X, y, 0.0), 1.0)["W"], X.T @ dscores, atol=1e-12)


@by_loss
@pytest.mark.parametrize("reg", [0.0, 0.3])
def test_a_full_loss_with_moderate_scores_is_proved(kind, reg):
    layer, *_ = LOSSES[kind]
    W, X, y = full_loss()
    inputs = (W, X / 5, y, reg)
    assert layer.kink_margin(*inputs) > 1e-3
    assert faults(layer, inputs, np.random.default_rng(0)) == []


@by_loss
def test_zero_weights_give_the_loss_known_in_advance(kind):
    """C - 1 for margins of 1; log C for equal probabilities. The first sanity check of CS231n."""
    _, naive, vectorised, _ = LOSSES[kind]
    for loss in (naive, vectorised):
        value, _ = loss(np.zeros((4, 3)), *full_loss()[1:], 1.0)
        assert value == pytest.approx({"svm": 2, "softmax": np.log(3)}[kind])


def test_just_inside_its_margin_no_hinge_switches_and_just_outside_one_does():
    W, X, y = full_loss()
    r = SVM_LOSS_W.kink_margin(W, X, y, 0.3)
    scores = X @ W
    margins = scores - scores[np.arange(5), y][:, None] + 1
    margins[np.arange(5), y] = np.nan
    reach = 2 * np.abs(X).sum(axis=1, keepdims=True)
    n, j = np.unravel_index(np.nanargmin(np.abs(margins) / reach), margins.shape)
    step = np.zeros_like(W)  # the step that carries this one margin to 0 fastest
    step[:, j] = -np.sign(margins[n, j]) * np.sign(X[n])
    step[:, y[n]] = -step[:, j]
    here = SVM_LOSS_W.vjp((W, X, y, 0.0), 1.0)["W"]
    assert np.array_equal(SVM_LOSS_W.vjp((W + 0.999 * r * step, X, y, 0.0), 1.0)["W"], here)
    assert not np.array_equal(SVM_LOSS_W.vjp((W + 1.001 * r * step, X, y, 0.0), 1.0)["W"], here)


@by_loss
def test_naive_and_vectorised_leave_their_arguments_and_float32_alone(kind):
    _, naive, vectorised, _ = LOSSES[kind]
    W, X, y = full_loss()
    W, X = W.astype(np.float32), X.astype(np.float32)
    for array in (W, X, y):
        array.setflags(write=False)
    for loss in (naive, vectorised):
        assert loss(W, X, y, 0.1)[1].dtype == np.float32


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
