"""Scaled dot-product attention, with and without a mask, in one head and in several.

    A = softmax(q kᵀ/√D)      out = A v

Each query takes a mean of the values, weighted by how well it fits their keys. Where the mask is 0 a query does
not see a key: its weight is 0. Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import Array, Domain, Input, Sizes, config, constant, draw
from reference.layer import Jacobians, Layer
from reference.options import check_keys, whole
from reference.softmax import softmax_backward, softmax_forward

INPUTS = (Input("q", ("N", "T", "D")), Input("k", ("N", "S", "D")), Input("v", ("N", "S", "E")))
MASK = constant("mask", ("N", "T", "S"), Domain.MASK)
SMALLEST = {"S": 1, "D": 1}


def _root(q: Array) -> Any:
    """√D in q's precision, D being the size of its last axis."""
    return np.sqrt(q.dtype.type(q.shape[-1]))


def _weights(q: Array, k: Array, mask: Array | None) -> Array:
    """q (..., T, D), k (..., S, D), mask (..., T, S) -> A (..., T, S), rows summing to 1."""
    scores = q @ np.swapaxes(k, -1, -2) / _root(q)
    if mask is not None:
        scores = np.where(mask == 0, -np.inf, scores)  # e^-∞ = 0; each row has a key that is seen
    return softmax_forward(scores)[0]


def attention_forward(q: Array, k: Array, v: Array) -> tuple[Array, tuple[Array, ...]]:
    """q (N, T, D), k (N, S, D), v (N, S, E) -> out (N, T, E) = softmax(q kᵀ/√D) v.

    Source: Vaswani et al. 2017, equation 1.
    """
    A = _weights(q, k, None)
    return A @ v, (q, k, v, A)


def masked_attention_forward(q: Array, k: Array, v: Array, mask: Array) -> tuple[Array, tuple[Array, ...]]:
    """q (N, T, D), k (N, S, D), v (N, S, E), mask (N, T, S) of 0 and 1 -> out (N, T, E), a key at 0 not seen.

    Source: Vaswani et al. 2017, equation 1 and section 3.2.3.
    """
    A = _weights(q, k, mask)
    return A @ v, (q, k, v, A)


def attention_backward(dout: Array, cache: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """dout (..., T, E) -> dq (..., T, D), dk (..., S, D), dv (..., S, E): two matrix products and a softmax.

    A key that is not seen has weight 0, so that nothing flows to it: the mask need not be asked again.
    """
    q, k, v, A = cache
    dscores = softmax_backward(dout @ np.swapaxes(v, -1, -2), A) / _root(q)
    return dscores @ k, np.swapaxes(dscores, -1, -2) @ q, np.swapaxes(A, -1, -2) @ dout


def attention_jacobian(q: Array, k: Array, v: Array) -> Jacobians:
    """∂out[n, t, e]/∂v[n, s, e] = A[t, s];  ∂out[n, t, e]/∂score[t, s] = A[t, s] (v[s, e] - out[t, e]),
    and score[t, s] = q[t] · k[s]/√D, all within one example n.
    """
    return _jacobian(q, k, v, np.ones((*q.shape[:2], k.shape[1]), q.dtype))


def _jacobian(q: Array, k: Array, v: Array, mask: Array) -> Jacobians:
    scores = np.einsum("ntd,nsd->nts", q, k) / _root(q)
    largest = np.where(mask == 1, scores, -np.inf).max(axis=-1, keepdims=True)
    A = mask * np.exp(np.minimum(scores - largest, 0))
    A = A / A.sum(axis=-1, keepdims=True)
    out = np.einsum("nts,nse->nte", A, v)
    local = A[..., None] * (v[:, None] - out[:, :, None]) / _root(q)  # (N, T, S, E)
    examples = np.eye(q.shape[0], dtype=q.dtype)
    steps = np.eye(q.shape[1], dtype=q.dtype)
    columns = np.eye(v.shape[2], dtype=q.dtype)
    return {
        ("out", "q"): np.einsum("nm,tr,ntse,nsd->ntemrd", examples, steps, local, k),
        ("out", "k"): np.einsum("nm,ntse,ntd->ntemsd", examples, local, q),
        ("out", "v"): np.einsum("nm,nts,ef->ntemsf", examples, A, columns),
    }


def _fit_mask(layer: str, mask: Array) -> None:
    blind = np.argwhere(~(mask == 1).any(axis=-1))
    if blind.size:
        n, t = (int(place) for place in blind[0])
        raise InputError(layer, "mask", "1 for some key of each query", f"only 0 in mask[{n}, {t}]")


def _fit_masked(q: Array, k: Array, v: Array, mask: Array) -> None:  # noqa: ARG001 - the shapes were compared
    _fit_mask("masked_attention", mask)


def _short(specs: tuple[Input, ...], rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """Two decimals in [-0.9, 0.9], where a softmax is not yet one-hot; a mask lets each query see a key."""
    drawn: list[Any] = []
    for spec in specs:
        shape = tuple(sizes[name] for name in spec.shape)
        if spec.domain is Domain.MASK:
            mask = rng.integers(0, 2, shape).astype(np.float64)
            seen = rng.integers(0, sizes["S"], shape[:-1])
            np.put_along_axis(mask, seen[..., None], 1.0, axis=-1)
            drawn.append(mask)
        else:
            drawn.append(np.asarray(rng.integers(-90, 91, shape) / 100))
    return tuple(drawn)


def _oracle(xp: Any, q: Any, k: Any, v: Any) -> Any:
    powers = xp.exp(xp.einsum("ntd,nsd->nts", q, k) / q.shape[2] ** 0.5)
    sums = xp.einsum("nts->nt", powers)
    return xp.einsum("nts,nse->nte", powers, v) / sums[:, :, None]


def _masked_oracle(xp: Any, q: Any, k: Any, v: Any, mask: Any) -> Any:
    powers = mask * xp.exp(xp.einsum("ntd,nsd->nts", q, k) / q.shape[2] ** 0.5)
    sums = xp.einsum("nts->nt", powers)
    return xp.einsum("nts,nse->nte", powers, v) / sums[:, :, None]


ATTENTION = Layer(
    name="attention",
    inputs=INPUTS,
    forward_rule=attention_forward,
    backward_rule=attention_backward,
    jacobian_rule=attention_jacobian,
    oracle=_oracle,
    conventions=("scores are divided by √D, D being the size of a key",),
    smallest=SMALLEST,
    draw_rule=lambda rng, sizes: _short(INPUTS, rng, sizes),
)

MASKED_ATTENTION = Layer(
    name="masked_attention",
    inputs=(*INPUTS, MASK),
    forward_rule=masked_attention_forward,
    backward_rule=attention_backward,
    jacobian_rule=_jacobian,
    oracle=_masked_oracle,
    conventions=(
        "scores are divided by √D, D being the size of a key",
        "mask 1: the query sees the key; 0: it does not; a query that sees no key is refused",
    ),
    smallest=SMALLEST,
    fit_rule=_fit_masked,
    draw_rule=lambda rng, sizes: _short((*INPUTS, MASK), rng, sizes),
)


def _split(x: Array, heads: int) -> Array:
    """x (N, T, E) -> (N, heads, T, E/heads): consecutive columns belong to one head."""
    N, T, E = x.shape
    return x.reshape(N, T, heads, E // heads).transpose(0, 2, 1, 3)


def _merge(x: Array) -> Array:
    """x (N, heads, T, D) -> (N, T, heads · D), the inverse of _split."""
    N, heads, T, D = x.shape
    return x.transpose(0, 2, 1, 3).reshape(N, T, heads * D)


def multi_head_attention_forward(
    q: Array,
    k: Array,
    v: Array,
    Wq: Array,
    Wk: Array,
    Wv: Array,
    Wo: Array,
    mask: Array,
    head_param: Mapping[str, Any],
) -> tuple[Array, tuple[Any, ...]]:
    """q (N, T, E), k, v (N, S, E), Wq, Wk, Wv, Wo (E, E), mask (N, T, S), head_param (heads) -> out (N, T, E).

    Head h attends with columns h E/heads .. (h + 1) E/heads - 1 of q Wq, k Wk and v Wv; the heads' outputs side
    by side, times Wo, are out. A mask of ones masks nothing. Source: Vaswani et al. 2017, section 3.2.2.
    """
    heads = head_param["heads"]
    parts = tuple(_split(x @ W, heads) for x, W in ((q, Wq), (k, Wk), (v, Wv)))
    A = _weights(parts[0], parts[1], mask[:, None])
    merged = _merge(A @ parts[2])
    return merged @ Wo, (q, k, v, Wq, Wk, Wv, Wo, heads, (*parts, A), merged)


def multi_head_attention_backward(dout: Array, cache: tuple[Any, ...]) -> tuple[Array, ...]:
    """dout (N, T, E) -> dq (N, T, E), dk, dv (N, S, E), dWq, dWk, dWv, dWo (E, E): forward, reversed."""
    q, k, v, Wq, Wk, Wv, Wo, heads, inner, merged = cache
    both = ((0, 1), (0, 1))  # a weight meets every step of every example
    parts = attention_backward(_split(dout @ Wo.T, heads), inner)
    dparts = tuple(_merge(part) for part in parts)
    dx = tuple(part @ W.T for part, W in zip(dparts, (Wq, Wk, Wv), strict=True))
    dW = tuple(np.tensordot(x, part, both) for x, part in zip((q, k, v), dparts, strict=True))
    return (*dx, *dW, np.tensordot(merged, dout, both))


def multi_head_attention_jacobian(
    q: Array,
    k: Array,
    v: Array,
    Wq: Array,
    Wk: Array,
    Wv: Array,
    Wo: Array,
    mask: Array,
    head_param: Mapping[str, Any],
) -> Jacobians:
    """The chain rule forwards, head by head: out ← one head's attention ← its columns of q Wq ← q and Wq."""
    heads, E = head_param["heads"], q.shape[2]
    size = E // heads
    shape = q.shape
    full = {
        ("out", name): np.zeros(shape + x.shape, q.dtype) for name, x in zip("qkv", (q, k, v), strict=True)
    }
    for name in ("Wq", "Wk", "Wv", "Wo"):
        full["out", name] = np.zeros((*shape, E, E), q.dtype)
    for h in range(heads):
        own = slice(h * size, (h + 1) * size)
        inner = _jacobian(q @ Wq[:, own], k @ Wk[:, own], v @ Wv[:, own], mask)
        for name, x, W in (("q", q, Wq), ("k", k, Wk), ("v", v, Wv)):
            after = np.einsum("ntemrd,ef->ntfmrd", inner["out", name], Wo[own])  # ∂out/∂(x W)
            full["out", name] += np.einsum("ntfmrd,cd->ntfmrc", after, W[:, own])
            full["out", "W" + name][..., own] += np.einsum("ntfmrd,mrc->ntfcd", after, x)
        # A head is linear in its v, so that its output is its Jacobian applied to v.
        head = np.einsum("ntemrd,mrd->nte", inner["out", "v"], v @ Wv[:, own])
        full["out", "Wo"][..., own, :] += np.einsum("nte,fg->ntfeg", head, np.eye(E, dtype=q.dtype))
    return full


def _fit_heads(q: Array, *rest: Any) -> None:
    *_, mask, head_param = rest
    layer = "multi_head_attention"
    check_keys(layer, "head_param", head_param, required=("heads",))
    heads = whole(layer, "head_param['heads']", head_param["heads"], least=1)
    if q.shape[2] % heads:
        raise InputError(layer, "head_param['heads']", f"a divisor of E = {q.shape[2]}", str(heads))
    _fit_mask(layer, mask)


def _draw_heads(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """As for one head; a number of heads that does not divide E becomes 1."""
    arrays = _short(HEAD_INPUTS[:-1], rng, sizes)
    (param,) = draw(HEAD_INPUTS[-1:], rng, sizes)
    return (*arrays, param if sizes["E"] % param["heads"] == 0 else {"heads": 1})


def _head_oracle(
    xp: Any,
    q: Any,
    k: Any,
    v: Any,
    Wq: Any,
    Wk: Any,
    Wv: Any,
    Wo: Any,
    mask: Any,
    head_param: Mapping[str, Any],
) -> Any:
    size = q.shape[2] // head_param["heads"]
    out = 0.0 * q
    for h in range(head_param["heads"]):
        own = slice(h * size, (h + 1) * size)
        mine = [xp.einsum("nte,ed->ntd", x, W[:, own]) for x, W in ((q, Wq), (k, Wk), (v, Wv))]
        out = out + xp.einsum("ntd,de->nte", _masked_oracle(xp, mine[0], mine[1], mine[2], mask), Wo[own])
    return out


HEAD_INPUTS = (
    Input("q", ("N", "T", "E")),
    Input("k", ("N", "S", "E")),
    Input("v", ("N", "S", "E")),
    *(Input(name, ("E", "E")) for name in ("Wq", "Wk", "Wv", "Wo")),
    MASK,
    config("head_param", {"heads": 1}, {"heads": 2}),
)

MULTI_HEAD_ATTENTION = Layer(
    name="multi_head_attention",
    inputs=HEAD_INPUTS,
    forward_rule=multi_head_attention_forward,
    backward_rule=multi_head_attention_backward,
    jacobian_rule=multi_head_attention_jacobian,
    oracle=_head_oracle,
    conventions=(
        "scores are divided by √(E/heads), the size of a head's key; there are no biases",
        "mask 1: the query sees the key; 0: it does not; a query that sees no key is refused",
    ),
    smallest={"S": 1, "E": 1},
    fit_rule=_fit_heads,
    draw_rule=_draw_heads,
)
