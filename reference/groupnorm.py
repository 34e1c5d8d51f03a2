"""Group normalisation: the channels in G groups, each group of an example brought to mean 0 and variance 1.

With vectors (N, C) a group has C/G entries, with images (N, C, H, W) it has C/G · H · W; the scale and the
shift belong to a channel. G = 1 is layer normalisation (over channels and pixels).
Sources: Wu and He 2018, "Group normalization"; CS231n, assignment 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import Array, Domain, Input, Sizes, config, draw
from reference.layer import Jacobians, Layer
from reference.normalising import (
    EPS,
    draw_eps,
    group_jacobian,
    normalise,
    normalise_backward,
    plain_normalised,
)
from reference.options import above_zero, check_keys

Options = Mapping[str, Any]
Cache = tuple[Array, Array, Array, Array]
GROUPS = Input("G", (), Domain.LABEL, differentiable=False)
PARAM = config("gn_param", {"eps": 1e-5}, {})


def _forward(x: Array, gamma: Array, beta: Array, G: Array, gn_param: Options) -> tuple[Array, Cache]:
    groups = x.reshape(x.shape[0], int(G), -1)
    xhat, s = normalise(groups, 2, gn_param.get("eps", EPS))
    full = xhat.reshape(x.shape)
    return gamma * full + beta, (xhat, s, gamma, full)


def _backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    xhat, s, gamma, full = cache
    axes = (0, *range(2, dout.ndim))
    dxhat = (dout * gamma).reshape(xhat.shape)
    dgamma, dbeta = (dout * full).sum(axis=axes), dout.sum(axis=axes)
    dx = normalise_backward(dxhat, xhat, s, 2).reshape(dout.shape)
    return dx, dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


def _jacobian(x: Array, gamma: Array, beta: Array, G: Array, gn_param: Options) -> Jacobians:
    """Entries of one group act on each other, group by group; an entry's channel scales and shifts it."""
    N, C = x.shape[:2]
    eps = gn_param.get("eps", EPS)
    rows = x.reshape(N * int(G), -1)
    K = rows.shape[1]
    by_x = np.zeros((x.size, x.size), dtype=x.dtype)
    by_gamma = np.zeros((x.size, C), dtype=x.dtype)
    by_beta = np.zeros((x.size, C), dtype=x.dtype)
    channel = np.broadcast_to(np.arange(C).reshape((C,) + (1,) * (x.ndim - 2)), x.shape).ravel()
    within = group_jacobian(rows, eps)
    for row, block in enumerate(within):
        entries = slice(row * K, (row + 1) * K)
        by_x[entries, entries] = gamma.ravel()[channel[entries], None] * block
    xhat = (rows - rows.mean(axis=1, keepdims=True)) / np.sqrt(rows.var(axis=1, keepdims=True) + eps)
    by_gamma[np.arange(x.size), channel] = xhat.ravel()
    by_beta[np.arange(x.size), channel] = 1
    return {
        ("out", "x"): by_x.reshape(x.shape + x.shape),
        ("out", "gamma"): by_gamma.reshape(x.shape + gamma.shape),
        ("out", "beta"): by_beta.reshape(x.shape + beta.shape),
    }


def _oracle(xp: Any, x: Any, gamma: Any, beta: Any, G: Any, gn_param: Options) -> Any:
    """Group by group, as slices of channels."""
    share = x.shape[1] // int(G)
    parts = []
    for g in range(int(G)):
        part = x[:, g * share : (g + 1) * share]
        flat = xp.reshape(part, (part.shape[0], share * int(np.prod(part.shape[2:]))))
        parts.append(xp.reshape(plain_normalised(xp, flat, 1, gn_param.get("eps", EPS)), part.shape))
    return xp.concatenate(parts, axis=1) * gamma + beta


def _fit(name: str) -> Callable[..., None]:
    def fit(x: Array, gamma: Array, beta: Array, G: Array, gn_param: Options) -> None:  # noqa: ARG001
        check_keys(name, "gn_param", gn_param, optional=("eps",))
        above_zero(name, "eps", gn_param.get("eps", EPS))
        if int(G) < 1 or x.shape[1] % int(G):
            raise InputError(name, "G", f"a number of groups that divides C = {x.shape[1]}", str(int(G)))

    return fit


def _draw(specs: tuple[Input, ...]) -> Callable[[np.random.Generator, Sizes], tuple[Any, ...]]:
    def drawn(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
        """G among the divisors of C, and an eps with which the gradient does not vanish.

        A group of one entry is always 0, so that groups have more where C and the image allow it.
        """
        pixels = sizes.get("H", 1) * sizes.get("W", 1)
        divisors = [g for g in range(1, sizes["C"] + 1) if sizes["C"] % g == 0]
        telling = [g for g in divisors if sizes["C"] // g * pixels > 1] or divisors
        G = int(rng.choice(telling))
        x, gamma, beta = draw(specs[:3], rng, sizes)
        return x, gamma, beta, np.asarray(G), {"eps": draw_eps(rng, sizes["C"] // G * pixels)}

    return drawn


def groupnorm_forward(
    x: Array, gamma: Array, beta: Array, G: Array, gn_param: Options
) -> tuple[Array, Cache]:
    """x (N, C), gamma (C,), beta (C,), number of groups G, gn_param {eps} -> out (N, C) = gamma · x̂ + beta.

    x̂ is normalised over the C/G columns of a group within a row. Source: Wu and He 2018.
    """
    return _forward(x, gamma, beta, G, gn_param)


def groupnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, C) -> dx (N, C), dgamma (C,) = Σ_n dout · x̂, dbeta (C,) = Σ_n dout."""
    return _backward(dout, cache)


def spatial_groupnorm_forward(
    x: Array, gamma: Array, beta: Array, G: Array, gn_param: Options
) -> tuple[Array, Cache]:
    """x (N, C, H, W), gamma (1, C, 1, 1), beta (1, C, 1, 1), groups G, gn_param {eps} -> out (N, C, H, W).

    out = gamma · x̂ + beta, x̂ normalised over C/G channels and all pixels. Source: CS231n, assignment 2.
    """
    return _forward(x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, C, H, W) -> dx (N, C, H, W), dgamma (1, C, 1, 1), dbeta (1, C, 1, 1), sums over n and pixels."""
    return _backward(dout, cache)


VECTORS = (Input("x", ("N", "C")), Input("gamma", ("C",)), Input("beta", ("C",)), GROUPS, PARAM)
IMAGES = (
    Input("x", ("N", "C", "H", "W")),
    Input("gamma", ("1", "C", "1", "1")),
    Input("beta", ("1", "C", "1", "1")),
    GROUPS,
    PARAM,
)
CONVENTIONS = (
    "groups are consecutive channels",
    "the variance divides by the number of entries",
    "eps is added to the variance, inside the root",
)

GROUPNORM = Layer(
    name="groupnorm",
    inputs=VECTORS,
    forward_rule=groupnorm_forward,
    backward_rule=groupnorm_backward,
    jacobian_rule=_jacobian,
    oracle=_oracle,
    fit_rule=_fit("groupnorm"),
    draw_rule=_draw(VECTORS),
    smallest={"N": 1, "C": 1},
    conventions=CONVENTIONS,
)

SPATIAL_GROUPNORM = Layer(
    name="spatial_groupnorm",
    inputs=IMAGES,
    forward_rule=spatial_groupnorm_forward,
    backward_rule=spatial_groupnorm_backward,
    jacobian_rule=_jacobian,
    oracle=_oracle,
    fit_rule=_fit("spatial_groupnorm"),
    draw_rule=_draw(IMAGES),
    smallest={"N": 1, "C": 1, "H": 1, "W": 1},
    conventions=CONVENTIONS,
)
