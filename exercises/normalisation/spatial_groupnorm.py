"""Exercise: group normalisation of images, the channels of an example in G groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.normalisation import worked
from exercises.normalisation.normalising_mistakes import Groups, gamma_last, normalising_mistakes
from exercises.normalisation.simplified_mistakes import simplified_mistakes
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.groupnorm import SPATIAL_GROUPNORM, spatial_groupnorm_forward
from reference.inputs import Array


def _grouped(s: Situation, a: Array) -> Array:
    """(N, C, H, W) -> (N, G, C/G · H · W)."""
    return a.reshape(len(a), int(s["G"]), -1)


CHANNEL_GROUPS = Groups(
    options="gn_param",
    axes=2,
    wrong_axes=(0, 2),
    wrong="over the whole batch instead of within each example",
    sums=(0, 2, 3),
    wrong_sums=(0, 1, 2),
    wrong_sum="summed over the wrong axes: the channels' axis is gone",
    members="entries of a group",
    into=_grouped,
    kept=True,
    misshapen="of shape (C,): the axes of size 1 are gone",
)


def _images(shape: tuple[int, ...], G: int, eps: float = 1e-5, scale: float = 1.0) -> Draw:
    """x (N, C, H, W) whose entries go up to 9 · scale, gamma and beta (1, C, 1, 1), G groups, and eps."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x = rng.integers(-900, 901, shape) / 100 * scale
        each = (1, shape[1], 1, 1)
        gamma = rng.choice((-1.0, 1.0), each) * rng.integers(30, 301, each) / 100
        beta = rng.integers(-300, 301, each) / 100
        return np.round(x, 6), gamma, beta, G, {"eps": eps}

    return draw


def _interleaved(s: Situation) -> Array:
    """Channels 0, G, 2G, ... as the first group: reshape(N, C // G, G, H, W)."""
    x, G = np.asarray(s["x"], np.float64), int(s["G"])
    C = x.shape[1]
    order = np.arange(C).reshape(C // G, G).T.ravel()
    flat = {name: np.asarray(s[name], np.float64)[:, order] for name in ("gamma", "beta")}
    out, _ = spatial_groupnorm_forward(x[:, order], flat["gamma"], flat["beta"], s["G"], s["gn_param"])
    return np.asarray(out)[:, np.argsort(order)]


SPATIAL_GROUPNORM_EXERCISE = LayerExercise(
    id="spatial_groupnorm",
    title="Group normalisation of images",
    text=r"""Group normalisation stands between normalising every channel by itself and all of them
together. The $C$ channels of an example are divided into $G$ groups of $C/G$ neighbours, and each group of
each example is brought to mean 0 and variance 1, over its channels and all its pixels. No example sees
another. For `x` of shape `(N, C, H, W)`,
$$\hat x_{nchw} = \frac{x_{nchw} - \mu_{ng}}{\sqrt{v_{ng} + \varepsilon}}, \qquad
\text{out}_{nchw} = \gamma_c\, \hat x_{nchw} + \beta_c,$$
where channel $c$ lies in group $g = \lfloor c\,G/C \rfloor$, and $\mu_{ng}$, $v_{ng}$ are the mean and the
variance of the $K = \tfrac{C}{G} \cdot H \cdot W$ entries of this group.

- `spatial_groupnorm_forward(x, gamma, beta, G, gn_param)` returns `out, cache`. `gamma` and `beta` are
  `(1, C, 1, 1)`, so that they broadcast; $G$ divides $C$; `gn_param` is a dictionary in which `"eps"` is
  $\varepsilon$ (`1e-5` if it is missing).
- `spatial_groupnorm_backward(dout, cache)` returns `dx, dgamma, dbeta`, each of the shape of what it is the
  gradient of.

One reshape makes all groups visible: which shape has one axis for the groups, and which axes of it belong
to a group? In that shape it is layer normalisation, and $\gamma$ and $\beta$ are applied in the old one.
""",
    layer=SPATIAL_GROUPNORM,
    cases=(
        Case("generic", _images((2, 6, 2, 3), 2), basic=True),
        Case("generic, other sizes", _images((3, 4, 3, 2), 2, 1e-3)),
        Case("three groups", _images((2, 6, 3, 1), 3)),
        Case("one group", _images((2, 3, 2, 2), 1)),
        Case("a group for each channel", _images((2, 3, 2, 3), 3)),
        Case("square", _images((4, 4, 4, 4), 2)),
        Case("tiny variance", _images((2, 4, 2, 3), 2, 1e-5, 1e-3)),
        Case("tiny variance, another eps", _images((3, 4, 3, 1), 2, 1e-3, 1e-2)),
        Case("one sample", _images((1, 6, 2, 2), 3)),
        Case("float32", _images((2, 6, 2, 3), 2), float32=True),
    ),
    small=(
        _images((1, 2, 1, 2), 1),
        _images((1, 2, 1, 2), 2, 0.5),
        _images((1, 2, 1, 3), 2),
        _images((2, 2, 1, 2), 1),
        _images((2, 2, 1, 3), 2),
    ),
    points={"out": 2, "dx": 3, "dgamma": 1, "dbeta": 1},
    topic="normalisation",
    lecture="CS231n, lecture 4",
    source="Wu and He 2018, Group normalization; CS231n, assignment 2",
    difficulty=4,
    minutes=30,
    starter=pair(
        "spatial_groupnorm_forward",
        "x, gamma, beta, G, gn_param",
        "x (N, C, H, W), gamma, beta (1, C, 1, 1), G groups, gn_param {eps} -> out (N, C, H, W), cache.",
        "spatial_groupnorm_backward",
        "dx, dgamma, dbeta",
        "dout (N, C, H, W) -> dx (N, C, H, W), dgamma (1, C, 1, 1), dbeta (1, C, 1, 1).",
    ),
    hints={
        "out": (
            "With C = 6 and G = 2, which channels form the first group?",
            "x.reshape(N, G, C // G, H, W) puts neighbours together. Over which of its axes is the mean taken?",
            "Mean and variance over axes 2, 3, 4 with keepdims; then back to (N, C, H, W), times gamma, plus beta.",
        ),
        "dx": (
            "If you raise one pixel by 0.01, which others of its example move: one channel, one group, all?",
            "Multiply by gamma in the shape (N, C, H, W), since it differs within a group. Then change the shape.",
            "With dx̂ = dout·γ in groups, dx is s times this: dx̂, minus its group's mean, minus x̂ times the group's "
            "mean of dx̂·x̂.",
        ),
        "dgamma": (
            "gamma[0, 0, 0, 0] multiplies which entries? Do groups matter for it?",
            "It belongs to a channel: which axes does its gradient sum over, and which shape must it have?",
            "Sum dout times the normalised x over axes 0, 2 and 3 with keepdims=True.",
        ),
        "dbeta": (
            "beta[0, 0, 0, 0] is added to which entries? Do groups matter for it?",
            "Its shape is (1, C, 1, 1): what keeps the axes of size 1 in a sum?",
            "Sum dout over axes 0, 2 and 3 with keepdims=True.",
        ),
    },
    worked=worked.SPATIAL_GROUPNORM,
    misconceptions=(
        *normalising_mistakes(CHANNEL_GROUPS),
        *simplified_mistakes(CHANNEL_GROUPS),
        gamma_last(CHANNEL_GROUPS),
        mistake(
            "interleaved", "computed with every G-th channel in a group, not neighbours", "out", _interleaved
        ),
    ),
    conventions=(
        "a group is C/G neighbouring channels of one example",
        "the variance divides by the number of entries of a group",
        "eps is added to the variance, under the root",
    ),
)
