"""The configurations of images and sequences in which students' code fails in silence, and what bad inputs say."""

from __future__ import annotations

import numpy as np
import pytest

from reference import InputError, layers
from reference.temporal import temporal_softmax_loss
from tests.reference.proof import faults

RNG = [5, 20]


def rng() -> np.random.Generator:
    return np.random.default_rng(RNG)


def decimals(generator: np.random.Generator, *shape: int) -> np.ndarray:
    return generator.integers(-90, 91, shape) / 100


def conv_inputs(generator, *, image=(5, 7), kernel=(3, 2), stride=1, pad=0) -> tuple:
    return (
        decimals(generator, 2, 3, *image),
        decimals(generator, 4, 3, *kernel),
        decimals(generator, 4),
        {"stride": stride, "pad": pad},
    )


@pytest.mark.parametrize(
    ("image", "kernel", "stride", "pad", "out"),
    [
        ((5, 7), (3, 2), 1, 0, (3, 6)),
        ((5, 7), (3, 3), 2, 0, (2, 3)),
        ((5, 7), (3, 3), 2, 1, (3, 4)),
        ((4, 6), (4, 2), 2, 0, (1, 3)),
        ((2, 3), (4, 3), 1, 1, (1, 3)),  # a kernel higher than the image, not than its frame
        ((3, 4), (1, 1), 1, 2, (7, 8)),  # windows that see nothing but the frame
        ((4, 7), (1, 1), 3, 0, (2, 3)),  # a stride that skips pixels
    ],
)
def test_a_convolution_is_right_for_every_frame_and_stride(image, kernel, stride, pad, out):
    generator = rng()
    inputs = conv_inputs(generator, image=image, kernel=kernel, stride=stride, pad=pad)
    layer = layers()["conv"]
    assert layer.forward(*inputs)[0].shape == (2, 4, *out)
    assert faults(layer, inputs, generator) == []


def test_padding_zero_gives_a_full_dx():
    """dX[:, :, p:-p, p:-p] is empty for p = 0."""
    inputs = conv_inputs(rng())
    layer = layers()["conv"]
    dx = layer.vjp(inputs, np.ones((2, 4, 3, 6)))["x"]
    assert dx.shape == (2, 3, 5, 7)
    assert np.count_nonzero(dx) == dx.size


def test_one_window_by_hand():
    """1·1 + 2·0 + 3·(-1) + 4·2 + 10 = 16."""
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    w = np.array([[[[1.0, 0.0], [-1.0, 2.0]]]])
    out, _ = layers()["conv"].forward(x, w, np.array([10.0]), {"stride": 1, "pad": 0})
    assert out.item() == 16


@pytest.mark.parametrize("name", ["max_pool", "avg_pool"])
@pytest.mark.parametrize(
    ("height", "width", "stride"), [(2, 2, 1), (3, 2, 1), (3, 5, 2), (3, 3, 2), (1, 1, 2), (5, 7, 1)]
)
def test_pooling_is_right_for_windows_that_overlap_touch_or_leave_gaps(name, height, width, stride):
    generator = rng()
    x = generator.permutation(2 * 3 * 5 * 7).reshape(2, 3, 5, 7) / 10
    param = {"pool_height": height, "pool_width": width, "stride": stride}
    assert faults(layers()[name], (x, param), generator) == []


def test_a_pixel_that_wins_in_four_windows_collects_from_four():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1
    dout = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    dx = layers()["max_pool"].vjp((x, {"pool_height": 2, "pool_width": 2, "stride": 1}), dout)["x"]
    assert dx[0, 0, 1, 1] == 10
    assert dx.sum() == 10


def test_of_equals_the_first_gets_everything():
    dx = layers()["max_pool"].vjp(
        (np.zeros((1, 1, 2, 2)), {"pool_height": 2, "pool_width": 2, "stride": 2}), np.ones((1, 1, 1, 1))
    )["x"]
    assert dx.tolist() == [[[[1, 0], [0, 0]]]]


def test_a_word_that_occurs_three_times_collects_three_gradients():
    x = np.array([[1, 1, 0], [2, 1, 0]])
    dout = np.arange(12.0).reshape(2, 3, 2)
    dW = layers()["word_embedding"].vjp((x, np.zeros((4, 2))), dout)["W"]
    assert dW.tolist() == [[4 + 10, 5 + 11], [0 + 2 + 8, 1 + 3 + 9], [6, 7], [0, 0]]


def test_the_cell_is_reached_through_the_state_as_well():
    """With dnext_c = 0 all of dprev_c comes through h."""
    generator = rng()
    layer = layers()["lstm_step"]
    inputs = layer.draw(generator)
    shape = inputs[1].shape
    through_h = layer.vjp(inputs, np.ones(shape), np.zeros(shape))["prev_c"]
    through_c = layer.vjp(inputs, np.zeros(shape), np.ones(shape))["prev_c"]
    assert (np.abs(through_h) > 1e-3).all()
    np.testing.assert_allclose(
        layer.vjp(inputs, np.ones(shape), np.ones(shape))["prev_c"], through_h + through_c
    )


@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_a_sequence_is_its_steps_one_after_the_other(name):
    layer, step = layers()[name], layers()[f"{name}_step"]
    x, h0, *weights = layer.draw(rng(), {"N": 2, "T": 5, "D": 3, "H": 4})
    h, _ = layer.forward(x, h0, *weights)
    state = (h0, np.zeros_like(h0)) if name == "lstm" else (h0,)
    for t in range(5):
        *state, _ = step.forward(x[:, t], *state, *weights)
        np.testing.assert_allclose(h[:, t], state[0], rtol=1e-13)


@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_the_upstream_of_a_late_step_reaches_the_first_input_and_none_flows_back_in_time(name):
    layer = layers()[name]
    inputs = layer.draw(rng(), {"N": 1, "T": 4, "D": 2, "H": 3})
    dh = np.zeros((1, 4, 3))
    dh[:, 2] = 1
    dx = layer.vjp(inputs, dh)["x"]
    assert (np.abs(dx[:, :3]) > 0).all()
    assert not dx[:, 3].any()


def test_a_causal_mask_hides_the_future_and_its_gradients():
    generator = rng()
    q, k, v = (decimals(generator, 2, 4, 3) for _ in range(3))
    mask = np.broadcast_to(np.tril(np.ones((4, 4), dtype=bool)), (2, 4, 4))
    layer = layers()["masked_attention"]
    assert faults(layer, (q, k, v, mask), generator) == []
    jacobians = layer.jacobian(q, k, v, mask)
    for t in range(4):
        assert not jacobians["out", "k"][0, t, :, 0, t + 1 :].any()
        assert not jacobians["out", "v"][0, t, :, 0, t + 1 :].any()


def test_a_mask_of_ones_is_no_mask():
    q, k, v = (decimals(rng(), 2, size, 3) for size in (4, 5, 5))
    plain, masked = layers()["attention"], layers()["masked_attention"]
    np.testing.assert_array_equal(plain.forward(q, k, v)[0], masked.forward(q, k, v, np.ones((2, 4, 5)))[0])


def test_a_key_that_is_not_seen_may_be_as_large_as_it_likes():
    q, k, v = (decimals(rng(), 1, 2, 3) for _ in range(3))
    k[0, 1] = 1e6
    out, cache = layers()["masked_attention"].forward(q, k, v, np.array([[[1, 0], [1, 0]]]))
    np.testing.assert_array_equal(out[0], [v[0, 0], v[0, 0]])
    assert all(np.isfinite(g).all() for g in layers()["masked_attention"].backward(np.ones_like(out), cache))


def test_two_heads_are_not_one():
    generator = rng()
    layer = layers()["multi_head_attention"]
    *arrays, _ = layer.draw(generator, {"N": 2, "T": 3, "S": 2, "E": 4})
    one, two = (layer.forward(*arrays, {"heads": heads})[0] for heads in (1, 2))
    assert not np.allclose(one, two)
    assert faults(layer, (*arrays, {"heads": 4}), generator) == []


def test_the_temporal_loss_leaves_masked_steps_out_and_divides_by_the_examples():
    """Equal scores for four words: each unmasked step costs log 4; three of them over two examples."""
    x, y = np.zeros((2, 3, 4)), np.array([[0, 1, 2], [3, 0, 1]])
    mask = np.array([[1, 1, 0], [1, 0, 0]])
    loss, dx = temporal_softmax_loss(x, y, mask)
    assert loss == pytest.approx(3 * np.log(4) / 2)
    assert not dx[mask == 0].any()
    assert dx[0, 0].tolist() == [-0.375, 0.125, 0.125, 0.125]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "conv",
            {"conv_param": {"stride": 2, "pad": 0}},
            "conv: stride must be a divisor of 7 - 2 = 5 (width), got 2",
        ),
        (
            "conv",
            {"conv_param": {"stride": 1}},
            "conv: conv_param must be a dictionary with stride, pad, got no 'pad'",
        ),
        (
            "conv",
            {"conv_param": {"stride": 1, "pad": 0, "padding": 1}},
            "conv: conv_param must be a dictionary with stride, pad, got the key 'padding'",
        ),
        (
            "conv",
            {"conv_param": {"stride": 0, "pad": 0}},
            "conv: stride must be an integer of at least 1, got 0",
        ),
        (
            "conv",
            {"w": np.zeros((4, 3, 6, 2))},
            "conv: the window's height must be at most 5, the padded image, got 6",
        ),
        (
            "conv",
            {"w": np.zeros((4, 3, 8, 2)), "conv_param": {"stride": 1, "pad": 1}},
            "conv: the window's height must be at most 7, the padded image, got 8",
        ),
        (
            "conv",
            {"w": np.zeros((4, 2, 3, 3))},
            "conv: w must be of shape (F, C, HH, WW) = (4, 3, HH, WW), C being set by x, got (4, 2, 3, 3)",
        ),
        (
            "max_pool",
            {"pool_param": {"pool_height": 9, "pool_width": 1, "stride": 1}},
            "max_pool: the window's height must be at most ",
        ),
        (
            "avg_pool",
            {"pool_param": {"pool_height": 1, "pool_width": 1, "stride": 1.0}},
            "avg_pool: stride must be an integer of at least 1, got 1.0",
        ),
        (
            "word_embedding",
            {"x": np.array([[0, 4]]), "W": np.zeros((4, 2))},
            "word_embedding: x must be labels from 0 to V - 1 = 3, got 4",
        ),
        (
            "word_embedding",
            {"x": np.array([[0, -1]]), "W": np.zeros((4, 2))},
            "word_embedding: x must be labels from 0 to V - 1 = 3, got -1",
        ),
        (
            "rnn",
            {"x": np.zeros((2, 0, 4))},
            "rnn: dimension T must be at least 1, got 0",
        ),
        (
            "lstm",
            {"Wx": np.zeros((4, 15)), "Wh": np.zeros((5, 15)), "b": np.zeros(15)},
            "lstm: Wx must be of shape (D, 4H) = (4, 20), got (4, 15)",
        ),
        (
            "masked_attention",
            {"mask": np.zeros((2, 3, 5))},
            "masked_attention: mask must be 1 for some key of each query, got only 0 in mask[0, 0]",
        ),
        (
            "multi_head_attention",
            {"head_param": {"heads": 9}},
            "multi_head_attention: head_param['heads'] must be a divisor of E = 4, got 9",
        ),
        (
            "temporal_softmax_loss",
            {"mask": np.full((2, 3), 2.0)},
            "temporal_softmax_loss: mask must be 0 or 1, got 2.0 at [0, 0]",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_named(name, change, message):
    layer = layers()[name]
    inputs = layer.draw(rng()) if name != "conv" else conv_inputs(rng())
    if name == "multi_head_attention":
        inputs = layer.draw(rng(), {"N": 2, "T": 3, "S": 2, "E": 4})
    named = dict(zip([spec.name for spec in layer.inputs], inputs, strict=True)) | change
    with pytest.raises(InputError) as caught:
        layer.forward(*named.values())
    assert str(caught.value).startswith(message)
