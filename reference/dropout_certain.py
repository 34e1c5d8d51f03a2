"""Dropout where nothing is left to chance: in testing, and in training with everything kept or nothing.

What a mask decides otherwise is decided here by the options alone, so that a pair of functions in CS231n's form can
be compared with numbers: out = x · k with k = 1 in testing and for p = 1, and k = 0 where p is so small that no
entry is kept. Sources: CS231n, assignment 2; Srivastava et al. 2014, "Dropout".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.elementwise import diagonal
from reference.errors import InputError
from reference.inputs import Array, Input, config
from reference.layer import Jacobians, Layer
from reference.options import check_keys, one_of

Options = Mapping[str, Any]

NEVER = 1e-12
"""A probability of keeping at which no entry is kept: one in 10¹² times the number of entries."""


def _kept(dropout_param: Options) -> float:
    """1 where everything is kept, 0 where nothing is."""
    return 0.0 if dropout_param["mode"] == "train" and dropout_param["p"] <= NEVER else 1.0


def dropout_certain_forward(x: Array, dropout_param: Options) -> tuple[Array, float]:
    """x (...), dropout_param {mode, p} -> out (...): x in testing and for p = 1, and 0 for p of 1e-12 or less.

    p is the probability of keeping. Source: CS231n, assignment 2.
    """
    kept = _kept(dropout_param)
    return np.asarray(x * x.dtype.type(kept)), kept


def dropout_certain_backward(dout: Array, cache: float) -> Array:
    """dout (...) -> dx (...): dout where everything was kept, else 0."""
    return np.asarray(dout * dout.dtype.type(cache))


def dropout_certain_jacobian(x: Array, dropout_param: Options) -> Jacobians:
    """1 on the diagonal where everything is kept, else 0."""
    return {("out", "x"): diagonal(np.full_like(x, _kept(dropout_param)))}


def _fit(x: Array, dropout_param: Options) -> None:  # noqa: ARG001 - any shape
    check_keys("dropout", "dropout_param", dropout_param, required=("mode", "p"), optional=("seed",))
    mode = one_of("dropout", "mode", dropout_param["mode"], ("train", "test"))
    p = dropout_param["p"]
    if isinstance(p, bool) or not isinstance(p, int | float | np.floating) or not 0 < p <= 1:
        raise InputError("dropout", "p", "a probability of keeping above 0, at most 1", repr(p))
    if mode == "train" and NEVER < p < 1:
        raise InputError("dropout", "p", f"1, or at most {NEVER:g}, where chance must not decide", repr(p))


DROPOUT_CERTAIN = Layer(
    name="dropout_certain",
    inputs=(
        Input("x"),
        config(
            "dropout_param",
            {"mode": "test", "p": 0.4, "seed": 1},
            {"mode": "test", "p": 0.8},
            {"mode": "train", "p": 1.0, "seed": 3},
        ),
    ),
    forward_rule=dropout_certain_forward,
    backward_rule=dropout_certain_backward,
    jacobian_rule=dropout_certain_jacobian,
    oracle=lambda xp, x, dropout_param: x * _kept(dropout_param),
    fit_rule=_fit,
    conventions=(
        "p is the probability of keeping an entry",
        "in testing nothing is dropped and nothing scaled",
    ),
    symbol="dropout",
)


def _as_keeping(dropout_param: Options) -> dict[str, Any]:
    """The options of the other convention, where p is the probability of dropping, by ours."""
    kept = 1 - float(dropout_param["p"])
    return {**dropout_param, "p": NEVER if kept <= 2 * NEVER else kept}


def dropout_dropping_forward(x: Array, dropout_param: Options) -> tuple[Array, float]:
    """x (...), dropout_param {mode, p} -> out (...): x in testing and for p = 0, and 0 where p is next to 1.

    p is the probability of dropping. Source: CS231n, assignment 2 until 2017.
    """
    return dropout_certain_forward(x, _as_keeping(dropout_param))


def _fit_dropping(x: Array, dropout_param: Options) -> None:
    check_keys("dropout", "dropout_param", dropout_param, required=("mode", "p"), optional=("seed",))
    p = dropout_param["p"]
    if isinstance(p, bool) or not isinstance(p, int | float | np.floating) or not 0 <= p < 1:
        raise InputError("dropout", "p", "a probability of dropping from 0 to below 1", repr(p))
    _fit(x, _as_keeping(dropout_param))


DROPOUT_DROPPING = Layer(
    name="dropout_dropping",
    inputs=(
        Input("x"),
        config(
            "dropout_param",
            {"mode": "test", "p": 0.4, "seed": 1},
            {"mode": "test", "p": 0.8},
            {"mode": "train", "p": 0.0, "seed": 3},
        ),
    ),
    forward_rule=dropout_dropping_forward,
    backward_rule=dropout_certain_backward,
    jacobian_rule=lambda x, dropout_param: dropout_certain_jacobian(x, _as_keeping(dropout_param)),
    oracle=lambda xp, x, dropout_param: x * _kept(_as_keeping(dropout_param)),
    fit_rule=_fit_dropping,
    conventions=(
        "p is the probability of dropping an entry",
        "in testing nothing is dropped and nothing scaled",
    ),
    symbol="dropout",
)
