"""Long short-term memory: one step, and a sequence of steps with the same weights.

    (i, f, o, g) = x Wx + h Wh + b, cut in four      i, f, o through σ, g through tanh
    c' = f ⊙ c + i ⊙ g                               h' = o ⊙ tanh c'

The cell c reaches the loss by two ways: through h' and through the next cell. Source: CS231n, assignment 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer
from reference.rnn import (
    initial_tangents,
    pre_activation_tangents,
    scaled,
    small_draws,
    tanh_slope,
    weight_gradients,
)

WEIGHTS = (Input("Wx", ("D", "4H")), Input("Wh", ("H", "4H")), Input("b", ("4H",)))


def _cell(z: Array, prev_c: Array) -> tuple[Array, Array, tuple[Array, ...]]:
    """z (N, 4H), prev_c (N, H) -> next_h (N, H), next_c (N, H), cache."""
    quarters = z.reshape(z.shape[0], 4, prev_c.shape[1])
    # e^-|z| never overflows; σ = 1/(1 + e^-z), expanded by e^z where z < 0.
    powers = np.exp(-np.abs(quarters[:, :3]))
    gates = np.where(quarters[:, :3] >= 0, 1, powers) / (1 + powers)
    i, f, o = gates[:, 0], gates[:, 1], gates[:, 2]
    g = np.tanh(quarters[:, 3])
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    return o * tanh_c, next_c, (quarters, powers, i, f, o, g, prev_c, next_c, tanh_c)


def _cell_backward(dnext_h: Array, dnext_c: Array, cache: tuple[Array, ...]) -> tuple[Array, Array]:
    """dnext_h, dnext_c (N, H) -> dz (N, 4H), dprev_c (N, H)."""
    quarters, powers, i, f, o, g, prev_c, next_c, tanh_c = cache
    dc = dnext_c + dnext_h * o * tanh_slope(next_c)  # both ways: from the next cell and through h'
    dz = np.empty(quarters.shape, dc.dtype)
    np.multiply(dc, g, out=dz[:, 0])
    np.multiply(dc, prev_c, out=dz[:, 1])
    np.multiply(dnext_h, tanh_c, out=dz[:, 2])
    dz[:, :3] *= powers / (1 + powers) ** 2  # σ(1 - σ), with its digits also where σ rounds to 1
    np.multiply(dc * i, tanh_slope(quarters[:, 3]), out=dz[:, 3])
    return dz.reshape(dc.shape[0], 4 * dc.shape[1]), dc * f


def lstm_step_forward(
    x: Array, prev_h: Array, prev_c: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, tuple[Any, ...]]:
    """x (N, D), prev_h (N, H), prev_c (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,) -> next_h (N, H), next_c (N, H).

    Source: CS231n, assignment 3.
    """
    next_h, next_c, cell = _cell(x @ Wx + prev_h @ Wh + b, prev_c)
    return next_h, next_c, (x, prev_h, Wx, Wh, cell)


def lstm_step_backward(dnext_h: Array, dnext_c: Array, cache: tuple[Any, ...]) -> tuple[Array, ...]:
    """dnext_h, dnext_c (N, H) -> dx (N, D), dprev_h, dprev_c (N, H), dWx (D, 4H), dWh (H, 4H), db (4H,)."""
    x, prev_h, Wx, Wh, cell = cache
    dz, dprev_c = _cell_backward(dnext_h, dnext_c, cell)
    return dz @ Wx.T, dz @ Wh.T, dprev_c, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def _cell_tangents(
    z: Array, prev_c: Array, dz: dict[str, Array], dc: dict[str, Array]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Tangents of z (N, 4H, ...) and of prev_c (N, H, ...) by name -> those of next_h and of next_c.

    The product rule on c' = f c + i g and h' = o tanh c', with σ' = σ(1 - σ) and tanh' = 1 - tanh².
    """
    H = prev_c.shape[1]
    i, f, o = (1 / (1 + np.exp(-np.clip(z[:, k * H : (k + 1) * H], -700, None))) for k in range(3))
    g = np.tanh(z[:, 3 * H :])
    tanh_c = np.tanh(f * prev_c + i * g)
    next_h, next_c = {}, {}
    for name, moved in dz.items():
        zi, zf, zo, zg = (moved[:, k * H : (k + 1) * H] for k in range(4))
        next_c[name] = (
            scaled(f, dc[name])
            + scaled(prev_c * f * (1 - f), zf)
            + scaled(g * i * (1 - i), zi)
            + scaled(i * (1 - g * g), zg)
        )
        next_h[name] = scaled(tanh_c * o * (1 - o), zo) + scaled(o * (1 - tanh_c * tanh_c), next_c[name])
    return next_h, next_c


def lstm_step_jacobian(x: Array, prev_h: Array, prev_c: Array, Wx: Array, Wh: Array, b: Array) -> Jacobians:
    """Forwards: the tangents of z, then of the gates, of next_c and of next_h."""
    N, H = prev_h.shape
    sequence = x[:, None]
    start = initial_tangents(sequence, prev_h, Wx, Wh, b)
    dz = dict(pre_activation_tangents(0, sequence, prev_h, Wx, Wh, start))
    dz["prev_c"] = np.zeros((N, 4 * H, N, H), x.dtype)
    dc = {name: np.zeros((N, H, *moved.shape[2:]), x.dtype) for name, moved in dz.items()}
    dc["prev_c"] = np.eye(N * H, dtype=x.dtype).reshape(N, H, N, H)
    next_h, next_c = _cell_tangents(x @ Wx + prev_h @ Wh + b, prev_c, dz, dc)
    jacobians: Jacobians = {}
    for out, tangents in (("next_h", next_h), ("next_c", next_c)):
        for name, tangent in tangents.items():
            jacobians[out, {"h0": "prev_h"}.get(name, name)] = tangent
        jacobians[out, "x"] = tangents["x"].reshape(N, H, *x.shape)  # the one step's axis goes
    return jacobians


def lstm_forward(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, tuple[Any, ...]]:
    """x (N, T, D), h0 (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,) -> h (N, T, H); the first cell is 0.

    Source: CS231n, assignment 3.
    """
    z = x @ Wx + b  # what does not wait for the previous step, for all steps at once
    h = np.empty((*x.shape[:2], h0.shape[1]), z.dtype)
    state, c = h0, np.zeros_like(h0)
    cells = []
    for t in range(x.shape[1]):
        state, c, cell = _cell(z[:, t] + state @ Wh, c)
        h[:, t] = state
        cells.append(cell)
    return h, (x, h0, Wx, Wh, h, cells)


def lstm_backward(dh: Array, cache: tuple[Any, ...]) -> tuple[Array, ...]:
    """dh (N, T, H), the upstream of every step -> dx (N, T, D), dh0 (N, H), dWx (D, 4H), dWh (H, 4H), db (4H,)."""
    x, h0, Wx, Wh, h, cells = cache
    dz = np.empty((*x.shape[:2], Wx.shape[1]), h.dtype)
    carried, dc = np.zeros_like(h0), np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        dz[:, t], dc = _cell_backward(dh[:, t] + carried, dc, cells[t])
        carried = dz[:, t] @ Wh.T
    return (dz @ Wx.T, carried, *weight_gradients(x, h0, h, dz))


def lstm_jacobian(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> Jacobians:
    """Forwards in time: the tangents of state and cell are handed from step to step, where backward goes back."""
    dh = initial_tangents(x, h0, Wx, Wh, b)
    dc = {name: np.zeros_like(tangent) for name, tangent in dh.items()}
    full = {name: np.zeros((*x.shape[:2], *tangent.shape[1:]), x.dtype) for name, tangent in dh.items()}
    state, c = h0, np.zeros_like(h0)
    for t in range(x.shape[1]):
        z = x[:, t] @ Wx + state @ Wh + b
        dz = dict(pre_activation_tangents(t, x, state, Wx, Wh, dh))
        dh, dc = _cell_tangents(z, c, dz, dc)
        state, c, _ = _cell(z, c)
        for name, tangent in dh.items():
            full[name][:, t] = tangent
    return {("h", name): tangent for name, tangent in full.items()}


def _fit_4h(layer: str, H: int, Wx: Array) -> None:
    if Wx.shape[1] != 4 * H:
        raise InputError(layer, "Wx", f"of shape (D, 4H) = ({Wx.shape[0]}, {4 * H})", str(Wx.shape))


def _fit_step(x: Array, prev_h: Array, prev_c: Array, Wx: Array, Wh: Array, b: Array) -> None:  # noqa: ARG001
    _fit_4h("lstm_step", prev_h.shape[1], Wx)


def _fit(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> None:  # noqa: ARG001 - compared with Wx already
    _fit_4h("lstm", h0.shape[1], Wx)


def _step_oracle(xp: Any, x: Any, prev_h: Any, prev_c: Any, Wx: Any, Wh: Any, b: Any) -> Any:
    H = prev_h.shape[1]
    z = xp.einsum("nd,dh->nh", x, Wx) + xp.einsum("ng,gh->nh", prev_h, Wh) + b
    i, f, o = (0.5 * (xp.tanh(0.5 * z[:, k * H : (k + 1) * H]) + 1) for k in range(3))
    next_c = f * prev_c + i * xp.tanh(z[:, 3 * H : 4 * H])
    return o * xp.tanh(next_c), next_c


def _oracle(xp: Any, x: Any, h0: Any, Wx: Any, Wh: Any, b: Any) -> Any:
    h, c = h0, 0.0 * h0
    states = []
    for t in range(x.shape[1]):
        h, c = _step_oracle(xp, x[:, t], h, c, Wx, Wh, b)
        states.append(h)
    return xp.einsum("tnh->nth", xp.stack(states))


STEP_INPUTS = (
    Input("x", ("N", "D")),
    Input("prev_h", ("N", "H")),
    Input("prev_c", ("N", "H")),
    *WEIGHTS,
)
INPUTS = (Input("x", ("N", "T", "D")), Input("h0", ("N", "H")), *WEIGHTS)
CONVENTIONS = ("gates in the order i, f, o, g", "row batches: z = x Wx + h Wh + b, with one bias")

LSTM_STEP = Layer(
    name="lstm_step",
    inputs=STEP_INPUTS,
    outputs=("next_h", "next_c"),
    forward_rule=lstm_step_forward,
    backward_rule=lstm_step_backward,
    jacobian_rule=lstm_step_jacobian,
    oracle=_step_oracle,
    conventions=CONVENTIONS,
    fit_rule=_fit_step,
    draw_rule=small_draws(STEP_INPUTS),
)

LSTM = Layer(
    name="lstm",
    inputs=INPUTS,
    outputs=("h",),
    forward_rule=lstm_forward,
    backward_rule=lstm_backward,
    jacobian_rule=lstm_jacobian,
    oracle=_oracle,
    conventions=(*CONVENTIONS, "the first cell is 0", "time is the second axis"),
    smallest={"T": 1},
    fit_rule=_fit,
    draw_rule=small_draws(INPUTS),
)
