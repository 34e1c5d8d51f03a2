"""The forward of the layers by torch's own implementations, as far as it has one.

Each entry takes torch and then the layer's inputs as tensors (labels as int64, options as their dictionary). A
layer without an entry is tested by running its own oracle with torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def rows_to_torch(Wx: Any, Wh: Any, b: Any, order: tuple[int, ...] = (0,)) -> list[Any]:
    """Our (D, kH) weights in row convention -> torch's (kH, D), gates permuted, and its second bias of zeros."""
    H = Wh.shape[0]

    def gates(w: Any) -> Any:
        import torch

        return torch.cat([w[..., k * H : (k + 1) * H] for k in order], -1)

    return [gates(Wx).mT, gates(Wh).mT, gates(b), 0 * b]


IFGO = (0, 1, 3, 2)
"""torch's gates i, f, g, o in terms of CS231n's i, f, o, g."""


def lstm_step(torch: Any, x: Any, prev_h: Any, prev_c: Any, Wx: Any, Wh: Any, b: Any) -> Any:
    return torch._VF.lstm_cell(x, (prev_h, prev_c), *rows_to_torch(Wx, Wh, b, IFGO))


def lstm(torch: Any, x: Any, h0: Any, Wx: Any, Wh: Any, b: Any) -> Any:
    state = (h0[None], 0 * h0[None])
    # With biases, one layer, no dropout, not training, one direction, examples before time.
    return torch._VF.lstm(x, state, rows_to_torch(Wx, Wh, b, IFGO), True, 1, 0.0, False, False, True)[0]


def rnn(torch: Any, x: Any, h0: Any, Wx: Any, Wh: Any, b: Any) -> Any:
    return torch._VF.rnn_tanh(x, h0[None], rows_to_torch(Wx, Wh, b), True, 1, 0.0, False, False, True)[0]


def conv(torch: Any, x: Any, w: Any, b: Any, param: Any) -> Any:
    return torch.nn.functional.conv2d(x, w, b, stride=param["stride"], padding=param["pad"])


def max_pool(torch: Any, x: Any, param: Any) -> Any:
    window = (param["pool_height"], param["pool_width"])
    return torch.nn.functional.max_pool2d(x, window, stride=param["stride"])


def avg_pool(torch: Any, x: Any, param: Any) -> Any:
    window = (param["pool_height"], param["pool_width"])
    return torch.nn.functional.avg_pool2d(x, window, stride=param["stride"])


def attention(torch: Any, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
    seen = None if mask is None else mask == 1
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)


def multi_head_attention(
    torch: Any, q: Any, k: Any, v: Any, Wq: Any, Wk: Any, Wv: Any, Wo: Any, mask: Any, param: Any
) -> Any:
    """nn.MultiheadAttention's function: time first, weights transposed, and a mask that says what is hidden."""
    heads = param["heads"]
    out, _ = torch.nn.functional.multi_head_attention_forward(
        q.transpose(0, 1),
        k.transpose(0, 1),
        v.transpose(0, 1),
        q.shape[2],
        heads,
        None,
        None,
        None,
        None,
        False,
        0.0,
        Wo.mT,
        None,
        training=False,
        need_weights=False,
        attn_mask=(mask == 0).repeat_interleave(heads, dim=0),
        use_separate_proj_weight=True,
        q_proj_weight=Wq.mT,
        k_proj_weight=Wk.mT,
        v_proj_weight=Wv.mT,
    )
    return out.transpose(0, 1)


def temporal_softmax_loss(torch: Any, x: Any, y: Any, mask: Any) -> Any:
    losses = torch.nn.functional.cross_entropy(x.transpose(1, 2), y, reduction="none")
    return (losses * mask).sum() / x.shape[0]


def svm_loss(torch: Any, x: Any, y: Any) -> Any:
    """multi_margin_loss takes the mean over the classes too."""
    return torch.nn.functional.multi_margin_loss(x, y) * x.shape[1]


def softmax_loss_weights(torch: Any, W: Any, X: Any, y: Any, reg: Any) -> Any:
    return torch.nn.functional.cross_entropy(X @ W, y) + reg * W.square().sum()


def svm_loss_weights(torch: Any, W: Any, X: Any, y: Any, reg: Any) -> Any:
    return svm_loss(torch, X @ W, y) + reg * W.square().sum()


def group_norm(torch: Any, x: Any, gamma: Any, beta: Any, G: Any, param: Any) -> Any:
    eps = param.get("eps", 1e-5)
    return torch.nn.functional.group_norm(x, int(G), gamma.reshape(-1), beta.reshape(-1), eps)


def layer_norm(torch: Any, x: Any, gamma: Any, beta: Any, param: Any) -> Any:
    return torch.nn.functional.layer_norm(x, (x.shape[1],), gamma, beta, param.get("eps", 1e-5))


def batch_norm(torch: Any, x: Any, gamma: Any, beta: Any, param: Any) -> Any:
    """In test mode with the running statistics, in training mode with the batch's own."""
    eps = param.get("eps", 1e-5)
    if param.get("mode") == "test":
        mean, variance = (torch.as_tensor(param[name]) for name in ("running_mean", "running_var"))
        return torch.nn.functional.batch_norm(x, mean, variance, gamma, beta, False, 0.0, eps)
    return torch.nn.functional.batch_norm(x, None, None, gamma, beta, True, 0.0, eps)


def batch_norm_test(
    torch: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any, eps: Any
) -> Any:
    """With the running statistics given, as in a trained network."""
    return torch.nn.functional.batch_norm(x, running_mean, running_var, gamma, beta, False, 0.0, float(eps))


def squared_error(torch: Any, h: Any, y: Any) -> Any:
    return torch.nn.functional.mse_loss(h, y, reduction="sum")


ORACLES: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda torch, x: torch.sigmoid(x),
    "tanh": lambda torch, x: torch.tanh(x),
    "relu": lambda torch, x: torch.relu(x),
    "leaky_relu": lambda torch, x, a: torch.nn.functional.leaky_relu(x, float(a)),
    "elu": lambda torch, x, a: torch.nn.functional.elu(x, float(a)),
    "prelu": lambda torch, x, a: torch.nn.functional.prelu(x, a),
    "softplus": lambda torch, x: torch.nn.functional.softplus(x, threshold=1e9),
    "identity": lambda torch, x: torch.nn.functional.dropout(x, 0.0),
    "scale": lambda torch, x, a: torch.mul(x, a),
    "shift": lambda torch, x, c: torch.add(x, c),
    "copy": lambda torch, x: tuple(x.expand(2, *x.shape).unbind()),
    "broadcast_add": lambda torch, x, y: torch.add(x, y),
    "broadcast_multiply": lambda torch, x, y: torch.mul(x, y),
    "squared_error": squared_error,
    "half_squared_error": lambda torch, a, y: squared_error(torch, a, y) / 2,
    "bce_with_logits": lambda torch, x, y: torch.nn.functional.binary_cross_entropy_with_logits(x, y),
    "batchnorm_test": batch_norm_test,
    "gelu": lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"),
    "l2": lambda torch, w, lam: lam * torch.linalg.vector_norm(w) ** 2,
    "neg_log_sigmoid": lambda torch, x: -torch.nn.functional.logsigmoid(x),
    "exp": lambda torch, x: torch.exp(x),
    "log": lambda torch, x: torch.log(x),
    "square": lambda torch, x: torch.square(x),
    "reciprocal": lambda torch, x: torch.reciprocal(x),
    "power": lambda torch, x, p: torch.pow(x, p),
    "add": lambda torch, x, y: torch.add(x, y),
    "subtract": lambda torch, x, y: torch.sub(x, y),
    "multiply": lambda torch, x, y: torch.mul(x, y),
    "maximum": lambda torch, x, y: torch.maximum(x, y),
    "linear": lambda torch, x, w: torch.nn.functional.linear(x, w.mT),
    "affine": lambda torch, x, w, b: torch.nn.functional.linear(x.reshape(x.shape[0], -1), w.mT, b),
    "linear_columns": lambda torch, W, a: torch.mv(W, a),
    "affine_columns": lambda torch, W, a, b: torch.addmv(b, W, a),
    "matmul": lambda torch, a, b: torch.matmul(a, b),
    "softmax": lambda torch, x: torch.softmax(x, -1),
    "softmax_loss": lambda torch, x, y: torch.nn.functional.cross_entropy(x, y),
    "svm_loss": svm_loss,
    "softmax_loss_W": softmax_loss_weights,
    "svm_loss_W": svm_loss_weights,
    "batchnorm": batch_norm,
    "spatial_batchnorm": batch_norm,
    "layernorm": layer_norm,
    "groupnorm": group_norm,
    "spatial_groupnorm": group_norm,
    "conv": conv,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "word_embedding": lambda torch, x, W: torch.nn.functional.embedding(x, W),
    "rnn_step": lambda torch, x, h, Wx, Wh, b: torch._VF.rnn_tanh_cell(x, h, *rows_to_torch(Wx, Wh, b)),
    "rnn": rnn,
    "lstm_step": lstm_step,
    "lstm": lstm,
    "attention": attention,
    "masked_attention": attention,
    "multi_head_attention": multi_head_attention,
    "temporal_affine": lambda torch, x, w, b: torch.nn.functional.linear(x, w.mT, b),
    "temporal_softmax_loss": temporal_softmax_loss,
}
