"""The configurations in which students' code fails in silence: ours is right there, and the mistake shows there.

Each mistake is one that public solutions have. Where it is invisible in an easy configuration, the test says so:
that is why the hard one is needed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from reference import Domain, Layer, layers
from reference.dropout import dropout_backward, dropout_forward
from reference.lstm import lstm_step_backward
from reference.softmax_loss_weights import softmax_loss_naive, softmax_loss_vectorized
from reference.svm_loss_weights import svm_loss_naive, svm_loss_vectorized
from tests.reference.proof import draw_smooth, faults, upstreams

LAYERS = layers()


def rng() -> np.random.Generator:
    return np.random.default_rng(2024)


def decimals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).integers(-900, 901, shape) / 100


def conv_case(*, stride: int, pad: int) -> tuple:
    """Height and width differ in the image (5 × 8) and in the kernel (3 × 2), with and without a frame."""
    height, width = (5, 8) if not pad else (5, 6)
    return decimals(2, 3, height, width), decimals(4, 3, 3, 2), decimals(4), {"stride": stride, "pad": pad}


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("pad", [0, 1])
def test_a_convolution_is_right_with_and_without_padding_and_at_either_stride(pad, stride):
    assert faults(LAYERS["conv"], conv_case(stride=stride, pad=pad), rng()) == []


def test_cutting_the_padding_off_by_negative_indices_leaves_nothing_without_padding():
    """`dx[:, :, p:-p, p:-p]` is right for p = 1 and empty for p = 0."""
    for pad in (0, 1):
        x, w, b, conv_param = conv_case(stride=1, pad=pad)
        out, cache = LAYERS["conv"].forward(x, w, b, conv_param)
        dx, _, _ = LAYERS["conv"].backward(np.ones_like(out), cache)
        framed = np.pad(dx, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        wrong = framed[:, :, pad:-pad, pad:-pad]
        assert dx.shape == x.shape
        assert (wrong.shape == x.shape) == (pad == 1)


@pytest.mark.parametrize(("stride", "caught"), [(2, False), (1, True)], ids=["touching", "overlapping"])
def test_assigning_instead_of_adding_shows_only_where_pooling_windows_overlap(stride, caught):
    x = np.arange(32.0).reshape(1, 2, 4, 4) % 7
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": stride}
    out, cache = LAYERS["max_pool"].forward(x, pool_param)
    dout = decimals(*out.shape)
    (dx,) = LAYERS["max_pool"].backward(dout, cache)
    wrong = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*out.shape):
        window = x[n, c, i * stride : i * stride + 2, j * stride : j * stride + 2]
        u, v = np.unravel_index(window.argmax(), (2, 2))
        wrong[n, c, i * stride + u, j * stride + v] = dout[n, c, i, j]
    assert np.allclose(wrong, dx) != caught


@pytest.mark.parametrize("functions", [(svm_loss_naive, svm_loss_vectorized),
                                       (softmax_loss_naive, softmax_loss_vectorized)])  # fmt: skip
@pytest.mark.parametrize(("reg", "caught"), [(0.0, False), (0.5, True)])
def test_a_penalty_missing_or_halved_in_the_gradient_shows_only_with_reg_above_zero(functions, reg, caught):
    W, X, y = decimals(3, 4), decimals(5, 3), np.array([0, 3, 1, 1, 2])
    unpenalised = [function(W, X, y, 0.0)[1] for function in functions]
    for function, plain in zip(functions, unpenalised, strict=True):
        loss, dW = function(W, X, y, reg)
        assert loss == pytest.approx(function(W, X, y, 0.0)[0] + reg * (W**2).sum())
        np.testing.assert_allclose(dW, plain + 2 * reg * W, rtol=1e-12, atol=1e-12)
        assert np.allclose(dW, plain) != caught
        assert np.allclose(dW, plain + reg * W) != caught


def test_dropout_in_test_mode_is_the_identity_there_and_back():
    """Seen: forward scales in test mode, backward does not, or the other way round."""
    x, dout = decimals(6, 5), decimals(6, 5, seed=1)
    out, cache = dropout_forward(x, {"mode": "test", "p": 0.5, "seed": 1})
    assert np.array_equal(out, x)
    assert np.array_equal(dropout_backward(dout, cache), dout)
    assert not np.shares_memory(out, x)


@pytest.mark.parametrize(
    ("words", "caught"),
    [([[0, 1], [2, 3]], False), ([[0, 1], [1, 1]], True)],
    ids=["each once", "repeated"],
)
def test_adding_by_index_loses_a_gradient_only_where_a_word_is_repeated(words, caught):
    x, W, dout = np.array(words), decimals(4, 3), decimals(2, 2, 3)
    dW = LAYERS["word_embedding"].vjp((x, W), dout)["W"]
    wrong = np.zeros_like(W)
    wrong[x] += dout
    assert np.allclose(wrong, dW) != caught
    assert faults(LAYERS["word_embedding"], (x, W), rng()) == []


@pytest.mark.parametrize(("spread", "caught"), [(9.0, False), (1e-4, True)], ids=["wide", "tiny"])
def test_a_forgotten_eps_shows_only_where_the_variance_is_tiny(spread, caught):
    """Variances of about 1e-8 under eps = 1e-5; at 1e-4 relative no one sees it where the variance is 1 or more."""
    x, gamma, beta, dout = (
        decimals(6, 3) / 9 * spread,
        decimals(3),
        decimals(3, seed=1),
        decimals(6, 3, seed=2),
    )
    dx = LAYERS["batchnorm"].vjp((x, gamma, beta, {"mode": "train", "eps": 1e-5}), dout)["x"]
    wrong = LAYERS["batchnorm"].vjp((x, gamma, beta, {"mode": "train", "eps": 1e-300}), dout)["x"]
    assert np.isfinite(dx).all()
    assert np.allclose(wrong, dx, rtol=1e-4, atol=1e-4 * np.abs(dx).max()) != caught


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e3, 1e4])
@pytest.mark.parametrize(
    "name", ["softmax_loss", "svm_loss", "softmax_loss_W", "svm_loss_W", "temporal_softmax_loss"]
)
def test_logits_of_ten_thousand_lose_nothing(name, size, dtype):
    """Warnings are errors. The loss is the gap of the logits, 2 · size, where the label has the lower one."""
    scores = np.array([[size, -size, 0.0]], dtype)
    y = np.array([1])
    inputs: dict[str, tuple] = {
        "softmax_loss": (scores, y),
        "svm_loss": (scores, y),
        "softmax_loss_W": (scores, np.ones((1, 1), dtype), y, 0.0),
        "svm_loss_W": (scores, np.ones((1, 1), dtype), y, 0.0),
        "temporal_softmax_loss": (scores[None], y[None], np.ones((1, 1), dtype)),
    }
    loss, cache = LAYERS[name].forward(*inputs[name])
    (gradient,) = LAYERS[name].backward(np.ones_like(loss), cache)
    expected = 2 * size + 1 + size + 1 if "svm" in name else 2 * size
    assert loss == pytest.approx(expected, rel=1e-6)
    assert gradient.ravel().tolist() == ([1, -2, 1] if "svm" in name else [1, -1, 0])
    assert gradient.dtype == dtype


def test_a_softmax_without_the_shift_overflows_there():
    with pytest.raises(FloatingPointError), np.errstate(over="raise"):
        np.exp(np.array([1e4]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus"])
def test_an_activation_far_out_is_finite_and_silent(name, dtype):
    x = np.array([-1e20, -1e4, -800, -0.0, 0.0, 800, 1e4, 1e20], dtype)
    more = (np.asarray(0.1, dtype),) if name in ("leaky_relu", "elu") else ()
    out, cache = LAYERS[name].forward(x, *more)
    (dx,) = LAYERS[name].backward(np.ones_like(x), cache)
    assert np.isfinite(out).all()
    assert np.isfinite(dx).all()
    assert dx.min() >= -0.13  # GELU falls a little before it rises
    assert dx.max() <= 1.2


@pytest.mark.parametrize(("dnext_h", "caught"), [(0.0, False), (1.0, True)], ids=["cell only", "state too"])
def test_a_cell_gradient_without_the_path_through_h_shows_only_with_an_upstream_on_h(dnext_h, caught):
    layer = LAYERS["lstm_step"]
    inputs = layer.draw(rng())
    next_h, _, cache = layer.forward(*inputs)
    dh, dc = np.full_like(next_h, dnext_h), upstreams(layer, inputs, rng())[1]
    dprev_c = layer.backward(dh, dc, cache)[2]
    without = lstm_step_backward(np.zeros_like(dh), dc, cache)[2]
    assert np.allclose(without, dprev_c) != caught


def smallest_inputs(layer: Layer) -> tuple:
    return draw_smooth(layer, rng(), dict.fromkeys(layer.dimensions, 1))


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_every_layer_is_right_with_one_example_of_one_feature(name):
    inputs = smallest_inputs(LAYERS[name])
    assert faults(LAYERS[name], inputs, rng()) == []


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_no_layer_asks_for_arrays_in_a_row(name):
    """Transposed, strided arrays give what contiguous ones give."""
    layer = LAYERS[name]
    inputs = layer.draw(rng())

    def scattered(value: np.ndarray) -> np.ndarray:
        if not value.ndim:
            return value
        spread = np.zeros(tuple(2 * size for size in value.shape[::-1]), value.dtype)
        view = spread[tuple(slice(None, None, 2) for _ in value.shape)].T
        view[...] = value
        return view

    moved = tuple(
        scattered(np.asarray(value)) if spec.domain is not Domain.CONFIG else value
        for spec, value in zip(layer.inputs, inputs, strict=True)
    )
    douts = upstreams(layer, inputs, rng())
    ours, theirs = (layer.vjp(given, *ups) for given, ups in
                    ((inputs, douts), (moved, tuple(scattered(d) for d in douts))))  # fmt: skip
    for gradient in layer.differentiable:
        np.testing.assert_allclose(theirs[gradient], ours[gradient], rtol=1e-12, atol=1e-12)


MISFITS: list[tuple[str, Callable[[], tuple], str]] = [
    ("conv", lambda: (np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3)), np.ones(1), {"stride": 2, "pad": 0}), "stride"),
    ("conv", lambda: (np.ones((1, 1, 2, 5)), np.ones((1, 1, 3, 3)), np.ones(1), {"stride": 1, "pad": 0}), "window"),
    ("max_pool", lambda: (np.ones((1, 1, 4, 4)), {"pool_height": 2, "stride": 2}), "pool_width"),
    ("dropout", lambda: (np.ones(3), np.ones(3), 0.0), "p must be"),
    ("dropout", lambda: (np.ones(3), np.ones(3), 1.5), "p must be"),
    ("softmax_loss_W", lambda: (np.ones((2, 3)), np.ones((1, 2)), np.array([3]), 0.0), "labels"),
    ("groupnorm", lambda: (np.ones((2, 4)), np.ones(4), np.ones(4), 3, {}), "divides C = 4"),
    ("broadcast_add", lambda: (np.ones((2, 3)), np.ones(2)), "broadcasts"),
    ("sum", lambda: (np.ones((2, 3)), {"axis": 2}), "axis"),
    ("reshape", lambda: (np.ones((2, 3)), {"shape": (4, -1)}), "shape"),
    ("transpose", lambda: (np.ones((2, 3)), {"axes": (0, 0)}), "axes"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inputs", "said"), MISFITS, ids=lambda value: str(value)[:14])
def test_what_does_not_fit_together_is_refused_by_name(name, inputs, said):
    with pytest.raises(ValueError, match=said):
        LAYERS[name].forward(*inputs())
