"""The vanilla recurrent network: one step, and a sequence of steps with the same weights.

h_t = tanh(x_t Wx + h_{t-1} Wh + b). A state is used twice, as output and by the next step, so that its gradient
is the sum of both; a weight is used at every step, so that its gradient is a sum over time.
Source: CS231n, assignment 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reference.inputs import Array, Input, Sizes
from reference.layer import Jacobians, Layer

WEIGHTS = (Input("Wx", ("D", "H")), Input("Wh", ("H", "H")), Input("b", ("H",)))


def rnn_step_forward(
    x: Array, prev_h: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, tuple[Array, ...]]:
    """x (N, D), prev_h (N, H), Wx (D, H), Wh (H, H), b (H,) -> next_h (N, H) = tanh(x Wx + prev_h Wh + b).

    Source: CS231n, assignment 3.
    """
    z = x @ Wx + prev_h @ Wh + b
    return np.asarray(np.tanh(z)), (x, prev_h, Wx, Wh, z)


def rnn_step_backward(dnext_h: Array, cache: tuple[Array, ...]) -> tuple[Array, ...]:
    """dnext_h (N, H) -> dx (N, D), dprev_h (N, H), dWx (D, H), dWh (H, H), db (H,).

    dz = dnext_h ⊙ tanh'(z), and the rest is that of an affine map with two inputs.
    """
    x, prev_h, Wx, Wh, z = cache
    dz = dnext_h * tanh_slope(z)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def tanh_slope(z: Array) -> Array:
    """z (...) -> 1 - tanh² z (...), with all its digits also where tanh z rounds to ±1."""
    powers = np.exp(-2 * np.abs(z))
    return np.asarray(4 * powers / (1 + powers) ** 2)


def rnn_step_jacobian(x: Array, prev_h: Array, Wx: Array, Wh: Array, b: Array) -> Jacobians:
    """∂next_h[n, k]/∂· = tanh'(z[n, k]) · ∂z[n, k]/∂·, with z affine in each input."""
    full = rnn_jacobian(x[:, None], prev_h, Wx, Wh, b)
    N, H = prev_h.shape
    jacobians = {
        ("next_h", name): full["h", name].reshape(N, H, *shape)
        for name, shape in zip(("x", "Wx", "Wh", "b"), (x.shape, Wx.shape, Wh.shape, b.shape), strict=True)
    }
    return {**jacobians, ("next_h", "prev_h"): full["h", "h0"].reshape(N, H, *prev_h.shape)}


def rnn_forward(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, tuple[Array, ...]]:
    """x (N, T, D), h0 (N, H), Wx (D, H), Wh (H, H), b (H,) -> h (N, T, H), the state after each step.

    Source: CS231n, assignment 3.
    """
    z = x @ Wx + b  # what does not wait for the previous step, for all steps at once
    h = np.empty_like(z)
    state = h0
    for t in range(x.shape[1]):
        z[:, t] += state @ Wh
        state = h[:, t] = np.tanh(z[:, t])
    return h, (x, h0, Wx, Wh, z, h)


def rnn_backward(dh: Array, cache: tuple[Array, ...]) -> tuple[Array, ...]:
    """dh (N, T, H), the upstream of every step -> dx (N, T, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,).

    From the last step to the first: the state's gradient is dh[:, t] plus what step t + 1 hands back.
    """
    x, h0, Wx, Wh, z, h = cache
    dz = tanh_slope(z)
    carried = np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        dz[:, t] *= dh[:, t] + carried
        carried = dz[:, t] @ Wh.T
    return (dz @ Wx.T, carried, *weight_gradients(x, h0, h, dz))


def weight_gradients(x: Array, h0: Array, h: Array, dz: Array) -> tuple[Array, Array, Array]:
    """x (N, T, D), h0 (N, H), h (N, T, H), dz (N, T, M) -> dWx (D, M), dWh (H, M), db (M,): sums over N and T."""
    before = np.concatenate((h0[:, None], h[:, :-1]), axis=1)[:, : h.shape[1]]
    over = ((0, 1), (0, 1))
    return np.tensordot(x, dz, over), np.tensordot(before, dz, over), dz.sum(axis=(0, 1))


def rnn_jacobian(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> Jacobians:
    """Forwards in time (real-time recurrent learning, Williams and Zipser 1989), where backward goes back.

    ∂h_t/∂θ = tanh'(z_t) (the direct ∂z_t/∂θ + ∂h_{t-1}/∂θ · Wh), from ∂h_0/∂h0 = 1.
    """
    N, T, H = x.shape[0], x.shape[1], h0.shape[1]
    state, tangents = h0, initial_tangents(x, h0, Wx, Wh, b)
    full = {name: np.zeros((N, T, *tangent.shape[1:]), x.dtype) for name, tangent in tangents.items()}
    for t in range(T):
        moved = dict(pre_activation_tangents(t, x, state, Wx, Wh, tangents))
        state = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        slope = 1 - state**2
        tangents = {name: scaled(slope, tangent) for name, tangent in moved.items()}
        for name, tangent in tangents.items():
            full[name][:, t] = tangent
    assert full["h0"].shape == (N, T, H, N, H)
    return {("h", name): tangent for name, tangent in full.items()}


def initial_tangents(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> dict[str, Array]:
    """∂h0/∂· by name, each (N, H) + the shape of its argument: 1 for h0 itself, 0 for the others."""
    named = {"x": x, "h0": h0, "Wx": Wx, "Wh": Wh, "b": b}
    tangents = {name: np.zeros(h0.shape + value.shape, x.dtype) for name, value in named.items()}
    tangents["h0"] = np.eye(h0.size, dtype=x.dtype).reshape(h0.shape + h0.shape)
    return tangents


def pre_activation_tangents(
    t: int, x: Array, state: Array, Wx: Array, Wh: Array, tangents: dict[str, Array]
) -> Iterator[tuple[str, Array]]:
    """∂z_t/∂· by name, z_t = x_t Wx + state Wh + b (N, M), from the tangents (N, H, ...) of the state."""
    rows = np.eye(x.shape[0], dtype=x.dtype)
    columns = np.eye(Wx.shape[1], dtype=x.dtype)
    for name, tangent in tangents.items():
        moved = np.einsum("nh...,hk->nk...", tangent, Wh)
        match name:
            case "x":
                moved[:, :, :, t, :] += np.einsum("nm,dk->nkmd", rows, Wx)
            case "Wx":
                moved += np.einsum("nd,kj->nkdj", x[:, t], columns)
            case "Wh":
                moved += np.einsum("nh,kj->nkhj", state, columns)
            case "b":
                moved += columns
        yield name, moved


def scaled(factor: Array, tangent: Array) -> Array:
    """factor (N, H), tangent (N, H, ...) -> their product (N, H, ...)."""
    return np.asarray(factor.reshape(factor.shape + (1,) * (tangent.ndim - 2)) * tangent)


def small_draws(inputs: tuple[Input, ...]) -> Callable[[np.random.Generator, Sizes], tuple[Any, ...]]:
    """A draw rule: two decimals in [-0.9, 0.9], where a tanh of sums is not yet flat. A dimension 4H is 4 · H."""

    def draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
        known = {**sizes, "4H": 4 * sizes["H"]}
        return tuple(
            np.asarray(rng.integers(-90, 91, tuple(known[name] for name in spec.shape)) / 100)
            for spec in inputs
        )

    return draw


def _step_oracle(xp: Any, x: Any, prev_h: Any, Wx: Any, Wh: Any, b: Any) -> Any:
    return xp.tanh(xp.einsum("nd,dh->nh", x, Wx) + xp.einsum("ng,gh->nh", prev_h, Wh) + b)


def _oracle(xp: Any, x: Any, h0: Any, Wx: Any, Wh: Any, b: Any) -> Any:
    states = [h0]
    for t in range(x.shape[1]):
        states.append(_step_oracle(xp, x[:, t], states[-1], Wx, Wh, b))
    return xp.einsum("tnh->nth", xp.stack(states[1:]))


STEP_INPUTS = (Input("x", ("N", "D")), Input("prev_h", ("N", "H")), *WEIGHTS)
INPUTS = (Input("x", ("N", "T", "D")), Input("h0", ("N", "H")), *WEIGHTS)

RNN_STEP = Layer(
    name="rnn_step",
    inputs=STEP_INPUTS,
    outputs=("next_h",),
    forward_rule=rnn_step_forward,
    backward_rule=rnn_step_backward,
    jacobian_rule=rnn_step_jacobian,
    oracle=_step_oracle,
    conventions=("row batches: z = x Wx + prev_h Wh + b, with one bias",),
    draw_rule=small_draws(STEP_INPUTS),
)

RNN = Layer(
    name="rnn",
    inputs=INPUTS,
    outputs=("h",),
    forward_rule=rnn_forward,
    backward_rule=rnn_backward,
    jacobian_rule=rnn_jacobian,
    oracle=_oracle,
    conventions=("row batches: z = x Wx + h Wh + b, with one bias", "time is the second axis"),
    smallest={"T": 1},
    draw_rule=small_draws(INPUTS),
)
