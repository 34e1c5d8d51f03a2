"""What goes wrong on the way back through a normalisation beside a lost path: in the short formula, or at σ.

On paper the backward is dx = (g - mean(g) - x̂ mean(g x̂))/σ, with g = dout · gamma. In it an x̂ is forgotten, a
mean is divided by another number, σ is not the one of the forward. In the graph, what comes back to a wire that
splits is overwritten.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.normalisation.normalising_mistakes import Groups, _count, _dx, _statistics, _x
from exercises.shared.predictions import mistake
from grader.exercise import Misconception, Situation
from reference.inputs import Array
from reference.normalising import EPS


def _short(
    s: Situation,
    groups: Groups,
    *,
    before: bool = True,
    inside: bool = True,
    fewer: int = 0,
    over: str = "own",
) -> Array:
    """The short formula: without its first or second x̂, with means divided by K - `fewer`, or in other groups.

    `over`: "count" divides the sums by the number of entries that the other axes have; "sums" takes the sums over
    the other axes and divides them by K.
    """
    centred, _, scale, K, along = _statistics(s, groups)
    g = groups.into(s, _x(s, "dout") * groups.spread(_x(s, "gamma")))
    xhat = centred * scale
    summed = groups.wrong_axes if over == "sums" else along
    number = _count(g.shape, groups.wrong_axes) if over == "count" else K - fewer
    if number == 0:
        raise ValueError  # 0/0, as the student sees it too
    mean = g.sum(axis=summed, keepdims=True) / number
    second = (g * xhat if inside else g).sum(axis=summed, keepdims=True) / number
    return np.asarray((g - mean - (xhat if before else 1.0) * second) * scale).reshape(np.shape(s["x"]))


def _divided(s: Situation, groups: Groups, how: str) -> Array:
    """dx with something else in the place of the last division by σ = √(v + ε)."""
    centred, shifted, scale, K, along = _statistics(s, groups)
    eps = float(s[groups.options].get("eps", EPS))
    variance = (centred * centred).sum(axis=along, keepdims=True) / K
    instead = {
        "no eps": np.sqrt(variance),
        "eps outside": np.sqrt(variance) + eps,
        "no root": shifted,
        "times": scale,
    }[how]
    dx = groups.into(s, _x(s, "dx")) / scale / instead
    return np.asarray(dx).reshape(np.shape(s["x"]))


def simplified_mistakes(groups: Groups) -> tuple[Misconception, ...]:
    """Those of dx, for LayerExercise.misconceptions, after `normalising_mistakes`."""

    def path(id: str, title: str, **how: Any) -> Misconception:
        return mistake(id, title, "dx", lambda s: _dx(s, groups, **how))

    def short(id: str, title: str, **how: Any) -> Misconception:
        return mistake(id, title, "dx", lambda s: _short(s, groups, **how))

    def divided(id: str, title: str, how: str) -> Misconception:
        return mistake(id, title, "dx", lambda s: _divided(s, groups, how))

    return (
        path(
            "variance-path-alone",
            "what comes through the variance alone, as if it had overwritten the rest where x - μ is used twice",
            by_straight=0,
            by_mean=0,
        ),
        path("mean-path-alone", "what comes through the mean alone", by_straight=0, by_variance=0),
        path(
            "variance-path-doubled",
            "computed with the variance's path doubled, as it is without the ½ of the root's derivative",
            by_variance=2,
        ),
        path(
            "reciprocal-not-squared",
            "computed with -1/σ for the derivative of 1/σ, where -1/σ² belongs",
            power=-1.0,
        ),
        short("normalised-not-in-front", "computed without the x̂ in front of the second mean", before=False),
        short("normalised-not-in-mean", "computed without the x̂ in the second mean", inside=False),
        short(
            "means-one-fewer",
            f"computed with means divided by one fewer than the number of {groups.members}",
            fewer=1,
        ),
        short(
            "means-by-other-count",
            f"computed with means divided by the size of the other axis, not by the number of {groups.members}",
            over="count",
        ),
        short(
            "sums-over-wrong-axis",
            f"computed with the two sums of the way back {groups.wrong}, and divided by the right number",
            over="sums",
        ),
        divided(
            "eps-omitted-on-the-way-back", "divided by √v on the way back, where √(v + ε) belongs", "no eps"
        ),
        divided("eps-outside", "divided by √v + ε on the way back, where √(v + ε) belongs", "eps outside"),
        divided("times-deviation", "multiplied by σ on the way back, where it is divided by it", "times"),
        divided("root-forgotten", "divided by v + ε on the way back, where its root belongs", "no root"),
    )
