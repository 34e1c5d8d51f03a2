"""Right solutions of the exercises on CS231n's network classes, with the layers of the other files here."""

# Students draw their weights from NumPy's global state, as the course does.
# ruff: noqa: NPY002

import numpy as np

from tests.exercises.solutions.first_set import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from tests.exercises.solutions.normalisation import (
    batchnorm_backward,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
)
from tests.exercises.solutions.sequences import (
    lstm_backward,
    lstm_forward,
    rnn_backward,
    rnn_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from tests.exercises.solutions.space import (
    conv_backward_naive,
    conv_forward_naive,
    max_pool_backward_naive,
    max_pool_forward_naive,
)


class TwoLayerNet:
    """Written out, with reg as an argument of loss."""

    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N = X.shape[0]
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).mean() + reg * ((W1**2).sum() + (W2**2).sum())
        p[np.arange(N), y] -= 1
        p /= N
        grads = {"W2": hidden.T.dot(p) + 2 * reg * W2, "b2": p.sum(axis=0)}
        dhidden = p.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads["W1"] = X.T.dot(dhidden) + 2 * reg * W1
        grads["b1"] = dhidden.sum(axis=0)
        return loss, grads


class FullyConnectedNet:
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, normalization=None, reg=0.0, dtype=np.float32
    ):
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        sizes = [input_dim, *hidden_dims, num_classes]
        self.L = len(sizes) - 1
        self.params = {}
        for i in range(self.L):
            self.params[f"W{i + 1}"] = 1e-2 * np.random.randn(sizes[i], sizes[i + 1])
            self.params[f"b{i + 1}"] = np.zeros(sizes[i + 1])
            if normalization and i < self.L - 1:
                self.params[f"gamma{i + 1}"] = np.ones(sizes[i + 1])
                self.params[f"beta{i + 1}"] = np.zeros(sizes[i + 1])
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}

    def loss(self, X, y=None):
        p = self.params
        h, caches = X.astype(self.dtype), {}
        for i in range(1, self.L + 1):
            h, caches["affine", i] = affine_forward(h, p[f"W{i}"], p[f"b{i}"])
            if i == self.L:
                break
            if self.normalization == "batchnorm":
                h, caches["norm", i] = batchnorm_forward(h, p[f"gamma{i}"], p[f"beta{i}"], {"mode": "train"})
            elif self.normalization == "layernorm":
                h, caches["norm", i] = layernorm_forward(h, p[f"gamma{i}"], p[f"beta{i}"], {})
            h, caches["relu", i] = relu_forward(h)
        loss, dh = softmax_loss(h, y)
        grads = {}
        for i in range(self.L, 0, -1):
            if i < self.L:
                dh = relu_backward(dh, caches["relu", i])
                if self.normalization:
                    back = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
                    dh, grads[f"gamma{i}"], grads[f"beta{i}"] = back(dh, caches["norm", i])
            dh, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dh, caches["affine", i])
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"] ** 2)
            grads[f"W{i}"] += self.reg * p[f"W{i}"]
        return loss, grads


class ThreeLayerConvNet:
    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, reg=0.0,
        dtype=np.float32,
    ):  # fmt: skip
        C, H, W = input_dim
        self.reg = reg
        self.params = {
            "W1": np.random.randn(num_filters, C, filter_size, filter_size),
            "W2": np.random.randn(num_filters * H * W // 4, hidden_dim),
            "W3": np.random.randn(hidden_dim, num_classes),
            "b1": np.zeros(num_filters),
            "b2": np.zeros(hidden_dim),
            "b3": np.zeros(num_classes),
        }
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}

    def loss(self, X, y=None):
        p = self.params
        conv_param = {"stride": 1, "pad": (p["W1"].shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        a, conv = conv_forward_naive(X, p["W1"], p["b1"], conv_param)
        a, relu = relu_forward(a)
        a, pool = max_pool_forward_naive(a, pool_param)
        a, hidden = affine_forward(a, p["W2"], p["b2"])
        a, second = relu_forward(a)
        scores, last = affine_forward(a, p["W3"], p["b3"])
        loss, da = softmax_loss(scores, y)
        grads = {}
        da, grads["W3"], grads["b3"] = affine_backward(da, last)
        da, grads["W2"], grads["b2"] = affine_backward(relu_backward(da, second), hidden)
        da = relu_backward(max_pool_backward_naive(da, pool), relu)
        _, grads["W1"], grads["b1"] = conv_backward_naive(da, conv)
        for name in ("W1", "W2", "W3"):
            loss += 0.5 * self.reg * np.sum(p[name] ** 2)
            grads[name] += self.reg * p[name]
        return loss, grads


class CaptioningRNN:
    def __init__(
        self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32
    ):
        self.null, self.cell_type = word_to_idx["<NULL>"], cell_type
        V, gates = len(word_to_idx), hidden_dim * (4 if cell_type == "lstm" else 1)
        shapes = {
            "W_proj": (input_dim, hidden_dim), "b_proj": (hidden_dim,), "W_embed": (V, wordvec_dim),
            "Wx": (wordvec_dim, gates), "Wh": (hidden_dim, gates), "b": (gates,),
            "W_vocab": (hidden_dim, V), "b_vocab": (V,),
        }  # fmt: skip
        self.params = {name: np.random.randn(*shape).astype(dtype) for name, shape in shapes.items()}

    def loss(self, features, captions):
        p, grads = self.params, {}
        words, targets = captions[:, :-1], captions[:, 1:]
        forward, backward = rnn_forward, rnn_backward
        if self.cell_type == "lstm":
            forward, backward = lstm_forward, lstm_backward
        h0, first = affine_forward(features, p["W_proj"], p["b_proj"])
        x, looked_up = word_embedding_forward(words, p["W_embed"])
        h, steps = forward(x, h0, p["Wx"], p["Wh"], p["b"])
        scores, last = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, targets, targets != self.null)
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, last)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, steps)
        grads["W_embed"] = word_embedding_backward(dx, looked_up)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, first)
        return loss, grads
