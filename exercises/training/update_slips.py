"""What the classic slips of each update rule make of next_w, by what they are: "these are the numbers ..."."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.inputs import Array


def plain_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> dict[str, Any]:
    """Of w - learning_rate · dw."""
    rate = c["learning_rate"]
    return {
        "of a step up the slope: the sign is the wrong way round": w + rate * dw,
        "of a step without the learning rate": w - dw,
        "of the change alone": -rate * dw,
        "of the default learning rate, not of the one in config": w - 1e-2 * dw,
    }


def momentum_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> dict[str, Any]:
    """Of the velocity and what is done with it."""
    rate, mu, v = c["learning_rate"], c["momentum"], c["velocity"]
    return {
        "of a step without the old velocity": w - rate * dw,
        "of a velocity with + learning_rate · dw, which goes up the slope": w + mu * v + rate * dw,
        "of the old velocity: it is to be updated before w moves": w + v,
        "of w minus the velocity, which has its sign already": w - (mu * v - rate * dw),
        "of a velocity averaged with (1 - momentum)": w + mu * v - (1 - mu) * rate * dw,
    }


def rms_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> dict[str, Any]:
    """Of the running mean of squares and the root."""
    rate, decay, eps, old = c["learning_rate"], c["decay_rate"], c["epsilon"], c["cache"]
    cache = decay * old + (1 - decay) * dw**2
    return {
        "of a division by the mean of squares itself, without the root": w - rate * dw / (cache + eps),
        "of an epsilon under the root": w - rate * dw / np.sqrt(cache + eps),
        "of the old cache: it is to be updated before w moves": w - rate * dw / (np.sqrt(old) + eps),
        "of a step up the slope: the sign is the wrong way round": w + rate * dw / (np.sqrt(cache) + eps),
        "of a cache with the two weights exchanged": w
        - rate * dw / (np.sqrt((1 - decay) * old + decay * dw**2) + eps),
        "of a cache that only grows, without the decay": w - rate * dw / (np.sqrt(old + dw**2) + eps),
    }


def adam_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> dict[str, Any]:
    """Of the two means, their correction and the root."""
    rate, b1, b2, eps, t = c["learning_rate"], c["beta1"], c["beta2"], c["epsilon"], c["t"] + 1
    m, v = b1 * c["m"] + (1 - b1) * dw, b2 * c["v"] + (1 - b2) * dw**2
    mh, vh = m / (1 - b1**t), v / (1 - b2**t)
    slips = {
        "without the correction of m and v for their start at 0": w - rate * m / (np.sqrt(v) + eps),
        "of an epsilon under the root": w - rate * mh / np.sqrt(vh + eps),
        "without the root": w - rate * mh / (vh + eps),
        "of a step up the slope: the sign is the wrong way round": w + rate * mh / (np.sqrt(vh) + eps),
        "of dw in the place of m": w - rate * dw / (np.sqrt(vh) + eps),
        "of a correction of m alone": w - rate * mh / (np.sqrt(v) + eps),
        "of the factors m/(1 - beta·t) where beta to the power t belongs": w
        - rate * m / (1 - b1 * t) / (np.sqrt(np.abs(v / (1 - b2 * t))) + eps),
    }
    if t > 1:
        old = m / (1 - b1 ** (t - 1)), v / (1 - b2 ** (t - 1))
        slips["of t as it was: it counts this step already"] = w - rate * old[0] / (np.sqrt(old[1]) + eps)
    return slips
