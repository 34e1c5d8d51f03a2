"""Binary cross-entropy at its ends, and the full losses of a linear classifier: what the proofs leave."""

from __future__ import annotations

import numpy as np
import pytest

from reference import layers
from reference.bce_with_logits import BCE_WITH_LOGITS
from reference.softmax_loss_weights import SOFTMAX_LOSS_W, softmax_loss_naive, softmax_loss_vectorized
from reference.svm_loss_weights import SVM_LOSS_W, svm_loss_naive, svm_loss_vectorized
from tests.reference.proof import faults
from tests.reference.test_shapes_and_losses import decimals


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
