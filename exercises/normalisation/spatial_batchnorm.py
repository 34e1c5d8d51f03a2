"""Exercise: batch normalisation of images, a channel at a time over the batch and all pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.normalisation import worked
from exercises.normalisation.normalising_mistakes import Groups, normalising_mistakes
from exercises.normalisation.simplified_mistakes import simplified_mistakes
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.batchnorm import BATCHNORM
from reference.inputs import Array
from reference.spatial_batchnorm import (
    SPATIAL_BATCHNORM,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)

CHANNELS = Groups(
    options="bn_param",
    axes=(0, 2, 3),
    wrong_axes=0,
    wrong="of each pixel by itself, over the batch alone",
    sums=(0, 2, 3),
    wrong_sums=(0, 1, 2),
    wrong_sum="summed over the wrong axes: the channels' axis is gone",
    members="entries of a channel, N·H·W",
    spread=lambda a: a[:, None, None],
    misshapen="of shape (1, C, 1, 1): axes too many were kept",
)


def _images(shape: tuple[int, ...], eps: float = 1e-5, scale: float = 1.0) -> Draw:
    """x (N, C, H, W) whose entries go up to 9 · scale, gamma and beta (C,), and the options of training."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x = rng.integers(-900, 901, shape) / 100 * scale
        gamma = rng.choice((-1.0, 1.0), shape[1]) * rng.integers(30, 301, shape[1]) / 100
        beta = rng.integers(-300, 301, shape[1]) / 100
        return np.round(x, 6), gamma, beta, {"mode": "train", "eps": eps}

    return draw


def _scrambled(s: Situation) -> Array:
    x = np.asarray(s["x"], np.float64)
    rows = x.reshape(-1, x.shape[1])
    out, _ = BATCHNORM.forward_rule(rows, np.asarray(s["gamma"]), np.asarray(s["beta"]), s["bn_param"])
    return np.asarray(out).reshape(x.shape)


def _exchanged(s: Situation) -> Array:
    N, C, H, W = np.shape(s["x"])
    rows = np.asarray(s["dx"]).transpose(0, 2, 3, 1)
    return rows.reshape(N, W, H, C).transpose(0, 3, 2, 1)


_AXES = "Which axis has to come last, so that reshape(-1, C) makes a row of each pixel?"

SPATIAL_BATCHNORM_EXERCISE = LayerExercise(
    id="spatial_batchnorm",
    title="Batch normalisation of images",
    text=r"""After a convolution, all pixels of a channel come from one filter, so they are normalised
together: over the batch and all pixels, with one mean, one variance, one $\gamma$ and one $\beta$ for each
channel. For `x` of shape `(N, C, H, W)`,
$$\hat x_{nchw} = \frac{x_{nchw} - \mu_c}{\sqrt{v_c + \varepsilon}}, \qquad
\text{out}_{nchw} = \gamma_c\, \hat x_{nchw} + \beta_c,$$
where $\mu_c$ and $v_c$ are the mean and the variance of the $N \cdot H \cdot W$ entries of channel $c$.

- `spatial_batchnorm_forward(x, gamma, beta, bn_param)` returns `out, cache`. `gamma` and `beta` are `(C,)`.
  `bn_param` is a dictionary: `"mode"` is `"train"` here, and `"eps"` is $\varepsilon$ (`1e-5` if it is
  missing).
- `spatial_batchnorm_backward(dout, cache)` returns `dx, dgamma, dbeta`, each of the shape of what it is the
  gradient of.

Nothing new has to be derived. A batch of images is a table of $N \cdot H \cdot W$ rows and $C$ columns;
bring it into that form, call your `batchnorm_forward` and one of its two backwards, and bring the result
back. Before you call anything, try the way there and back on a small array: do you get it back as it was?
""",
    layer=SPATIAL_BATCHNORM,
    cases=(
        Case("generic", _images((2, 3, 2, 4)), basic=True),
        Case("generic, other sizes", _images((3, 2, 5, 3), 1e-3)),
        Case("square, size 2", _images((2, 2, 2, 2), 1e-4)),
        Case("square, size 3", _images((3, 3, 3, 3))),
        Case("tiny variance", _images((2, 3, 3, 2), 1e-5, 1e-3)),
        Case("tiny variance, another eps", _images((3, 2, 1, 4), 1e-3, 1e-2)),
        Case("one sample", _images((1, 3, 2, 3))),
        Case("one pixel", _images((4, 3, 1, 1))),
        Case("float32", _images((2, 3, 2, 4)), float32=True),
    ),
    small=(
        _images((1, 1, 1, 2), 0.5),
        _images((1, 1, 1, 3)),
        _images((1, 2, 1, 2), 0.5),
        _images((1, 2, 1, 3)),
        _images((2, 2, 1, 2)),
    ),
    points={"out": 2, "dx": 2, "dgamma": 1, "dbeta": 1},
    topic="normalisation",
    lecture="CS231n, lecture 4",
    source="Ioffe and Szegedy 2015, section 3.2; CS231n, assignment 2",
    difficulty=3,
    minutes=20,
    starter=pair(
        "spatial_batchnorm_forward",
        "x, gamma, beta, bn_param",
        "x (N, C, H, W), gamma (C,), beta (C,), bn_param {mode, eps} -> out (N, C, H, W), cache.",
        "spatial_batchnorm_backward",
        "dx, dgamma, dbeta",
        "dout (N, C, H, W) -> dx (N, C, H, W), dgamma (C,), dbeta (C,).",
    ),
    hints={
        "out": (
            "How many numbers share one mean, for N = 2 images of 3 channels with 4 × 5 pixels?",
            _AXES,
            "Move the channels to the back with x.transpose(0, 2, 3, 1), then reshape(-1, C); on the way back the "
            "same in reverse, with transpose(0, 3, 1, 2).",
        ),
        "dx": (
            "What did you do to x before batchnorm_forward? What has to be done to dout?",
            _AXES,
            "Rearrange dout like x (transpose, then reshape), call the backward of batch normalisation, and "
            "rearrange dx back.",
        ),
        "dgamma": (
            "gamma[0] multiplies how many entries?",
            "The rows of the table are pixels of images. Over what does batch normalisation sum?",
            "It is batch normalisation's own dgamma, (C,): a sum over axes 0, 2 and 3 of dout times x̂.",
        ),
        "dbeta": (
            "beta[0] is added to how many entries?",
            "What happens to gradients where one number goes to several places?",
            "Sum dout over axes 0, 2 and 3; the result has shape (C,).",
        ),
    },
    solution=(spatial_batchnorm_forward, spatial_batchnorm_backward),
    worked=worked.SPATIAL_BATCHNORM,
    misconceptions=(
        *normalising_mistakes(CHANNELS),
        *simplified_mistakes(CHANNELS),
        mistake(
            "reshaped-without-moving",
            "brought back by a reshape alone: the channels' axis was not moved back",
            "dx",
            lambda s: np.asarray(s["dx"]).transpose(0, 2, 3, 1).reshape(np.shape(s["x"])),
        ),
        mistake(
            "height-width-exchanged",
            "brought back with height and width exchanged",
            "dx",
            _exchanged,
        ),
        mistake(
            "reshaped-without-moving",
            "computed from x.reshape(-1, C), whose columns are no channels: entries keep their order in a reshape",
            "out",
            _scrambled,
        ),
    ),
    conventions=(
        "one mean and variance a channel, over N·H·W entries, divided by N·H·W",
        "eps is added to the variance, under the root",
    ),
)
