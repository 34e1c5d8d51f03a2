"""What the classic slips of each update rule make of a step, by what they are: "these are the numbers ...".

A slip is followed through the whole step, so that it is named in the state as well as in next_w.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.inputs import Array

Steps = Mapping[str, Mapping[str, Any]]
"""By what the slip is: next_w and the parts of the state that it changes."""


def plain_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> Steps:
    """Of w - learning_rate · dw."""
    rate = c["learning_rate"]
    return {
        "of a step up the slope: the sign is the wrong way round": {"next_w": w + rate * dw},
        "of a step without the learning rate": {"next_w": w - dw},
        "of the change alone": {"next_w": -rate * dw},
        "of the default learning rate, not of the one in config": {"next_w": w - 1e-2 * dw},
    }


def momentum_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> Steps:
    """Of the velocity and what is done with it."""
    rate, mu, v = c["learning_rate"], c["momentum"], c["velocity"]
    velocities = {
        "of a step without the old velocity": -rate * dw,
        "of a velocity with + learning_rate · dw, which goes up the slope": mu * v + rate * dw,
        "of a velocity averaged with (1 - momentum)": mu * v - (1 - mu) * rate * dw,
        "of a velocity that keeps all of the old one, without the momentum": v - rate * dw,
        "of a velocity without the learning rate": mu * v - dw,
    }
    unscaled = "of a velocity without the learning rate, which w is then given times the velocity"
    return {
        **{words: {"velocity": new, "next_w": w + new} for words, new in velocities.items()},
        "of the old velocity: it is to be updated before w moves": {"next_w": w + v},
        "of w minus the velocity, which has its sign already": {"next_w": w - (mu * v - rate * dw)},
        unscaled: {"next_w": w + rate * (mu * v - dw)},
        "of a velocity of gradients, mu · v + dw, which w is taken down by": {
            "velocity": mu * v + dw,
            "next_w": w - rate * (mu * v + dw),
        },
    }


def rms_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> Steps:
    """Of the running mean of squares and the root."""
    rate, decay, eps, old = c["learning_rate"], c["decay_rate"], c["epsilon"], c["cache"]
    cache = decay * old + (1 - decay) * dw**2
    caches = {
        "of a cache with the two weights exchanged": (1 - decay) * old + decay * dw**2,
        "of a cache that only grows, without the decay": old + dw**2,
        "of a cache without the 1 - decay_rate": decay * old + dw**2,
        "of a cache of dw where its square belongs": decay * old + (1 - decay) * dw,
        "of a cache of |dw| where its square belongs": decay * old + (1 - decay) * np.abs(dw),
        "of a cache without the old one": (1 - decay) * dw**2,
    }
    return {
        "of a division by the mean of squares itself, without the root": {
            "next_w": w - rate * dw / (cache + eps)
        },
        "of an epsilon under the root": {"next_w": w - rate * dw / np.sqrt(cache + eps)},
        "of the old cache: it is to be updated before w moves": {
            "next_w": w - rate * dw / (np.sqrt(old) + eps)
        },
        "of a step up the slope: the sign is the wrong way round": {
            "next_w": w + rate * dw / (np.sqrt(cache) + eps)
        },
        **{
            words: {"cache": new, "next_w": w - rate * dw / (np.sqrt(new) + eps)}
            for words, new in caches.items()
        },
    }


def adam_slips(w: Array, dw: Array, c: Mapping[str, Any]) -> Steps:
    """Of the two means, their correction and the root."""
    rate, b1, b2, eps, t = c["learning_rate"], c["beta1"], c["beta2"], c["epsilon"], c["t"] + 1

    def mean(old: Array, beta: float, new: Array) -> Array:
        return np.asarray(beta * old + (1 - beta) * new)

    def moved(m: Array, v: Array, t: int = t, b1: float = b1, b2: float = b2) -> Array:
        return np.asarray(w - rate * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps))

    m, v = mean(c["m"], b1, dw), mean(c["v"], b2, dw**2)
    mh, vh = m / (1 - b1**t), v / (1 - b2**t)
    exchanged = {"m": mean(c["m"], b2, dw), "v": mean(c["v"], b1, dw**2)}
    weights = {"m": mean(c["m"], 1 - b1, dw), "v": mean(c["v"], 1 - b2, dw**2)}
    slips: dict[str, dict[str, Any]] = {
        "without the correction of m and v for their start at 0": {
            "next_w": w - rate * m / (np.sqrt(v) + eps)
        },
        "of an epsilon under the root": {"next_w": w - rate * mh / np.sqrt(vh + eps)},
        "without the root": {"next_w": w - rate * mh / (vh + eps)},
        "of a step up the slope: the sign is the wrong way round": {
            "next_w": w + rate * mh / (np.sqrt(vh) + eps)
        },
        "of dw in the place of m": {"next_w": w - rate * dw / (np.sqrt(vh) + eps)},
        "of a correction of m alone": {"next_w": w - rate * mh / (np.sqrt(v) + eps)},
        "of the factors m/(1 - beta·t) where beta to the power t belongs": {
            "next_w": w - rate * m / (1 - b1 * t) / (np.sqrt(np.abs(v / (1 - b2 * t))) + eps)
        },
        "of the factors 1 - beta, without the power t": {
            "next_w": w - rate * (m / (1 - b1)) / (np.sqrt(v / (1 - b2)) + eps)
        },
        "of t counted up twice": {"next_w": moved(m, v, t + 1), "t": t + 1},
        "of the corrected mean: the plain one is to be kept": {"m": mh, "v": vh},
        "of the two betas exchanged": exchanged
        | {"next_w": moved(exchanged["m"], exchanged["v"], b1=b2, b2=b1)},
        "of the weights beta and 1 - beta exchanged": weights | {"next_w": moved(weights["m"], weights["v"])},
    }
    for words, new in (("dw", dw), ("|dw|", np.abs(dw))):
        wrong = mean(c["v"], b2, new)
        slips[f"of {words} where its square belongs"] = {"v": wrong, "next_w": moved(m, wrong)}
    if t > 1:
        slips["of t as it was: it counts this step already"] = {"next_w": moved(m, v, t - 1)}
    return slips
