# ruff: noqa
from builtins import range
from builtins import object
import numpy as np

from ..layers import *
from ..layer_utils import *


class FullyConnectedNet(object):
    """{affine - [batch/layer norm] - relu - [dropout]} x (L - 1) - affine - softmax"""

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = {}

        dims = np.hstack((input_dim, hidden_dims, num_classes))
        for i in range(self.num_layers):
            self.params["W%d" % (i + 1)] = weight_scale * np.random.randn(dims[i], dims[i + 1])
            self.params["b%d" % (i + 1)] = np.zeros(dims[i + 1])
        if self.normalization is not None:
            for i in range(self.num_layers - 1):
                self.params["gamma%d" % (i + 1)] = np.ones(dims[i + 1])
                self.params["beta%d" % (i + 1)] = np.zeros(dims[i + 1])

        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self.bn_params = []
        if self.normalization == "batchnorm":
            self.bn_params = [{"mode": "train"} for i in range(self.num_layers - 1)]
        if self.normalization == "layernorm":
            self.bn_params = [{} for i in range(self.num_layers - 1)]

        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        if self.use_dropout:
            self.dropout_param["mode"] = mode
        if self.normalization == "batchnorm":
            for bn_param in self.bn_params:
                bn_param["mode"] = mode

        scores = None
        caches = {}
        h = X
        for i in range(1, self.num_layers):
            h, caches["affine", i] = affine_forward(h, self.params["W%d" % i], self.params["b%d" % i])
            if self.normalization is not None:
                gamma, beta = self.params["gamma%d" % i], self.params["beta%d" % i]
                norm = batchnorm_forward if self.normalization == "batchnorm" else layernorm_forward
                h, caches["norm", i] = norm(h, gamma, beta, self.bn_params[i - 1])
            h, caches["relu", i] = relu_forward(h)
            if self.use_dropout:
                h, caches["drop", i] = dropout_forward(h, self.dropout_param)
        L = self.num_layers
        scores, caches["affine", L] = affine_forward(h, self.params["W%d" % L], self.params["b%d" % L])
        if mode == "test":
            return scores

        loss, grads = 0.0, {}
        loss, dh = softmax_loss(scores, y)
        for i in range(1, L + 1):
            loss += 0.5 * self.reg * np.sum(self.params["W%d" % i] ** 2)
        dh, grads["W%d" % L], grads["b%d" % L] = affine_backward(dh, caches["affine", L])
        for i in range(L - 1, 0, -1):
            if self.use_dropout:
                dh = dropout_backward(dh, caches["drop", i])
            dh = relu_backward(dh, caches["relu", i])
            if self.normalization is not None:
                norm = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
                dh, grads["gamma%d" % i], grads["beta%d" % i] = norm(dh, caches["norm", i])
            dh, grads["W%d" % i], grads["b%d" % i] = affine_backward(dh, caches["affine", i])
        for i in range(1, L + 1):
            grads["W%d" % i] += self.reg * self.params["W%d" % i]
        return loss, grads
