"""What students of normalisation return by mistake, for any way of putting entries into groups.

With μ and v the mean and variance of a group of K entries, c = x - μ and s = 1/√(v + eps), the gradient of x has
three paths: straight through c, through the mean (-Σ/K), and through the variance (2c/K). Most mistakes lose one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import Misconception, Situation
from reference.inputs import Array
from reference.normalising import EPS

Axes = int | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """How a layer groups its entries: the option dictionary's name, the axes, and what broadcasts gamma."""

    options: str
    axes: Axes
    """Of the array that `into` makes: those along which a mean is taken."""
    wrong_axes: Axes
    wrong: str
    """In words: "over the row instead of over the batch"."""
    sums: Axes
    """Of x: those along which dgamma and dbeta are summed."""
    wrong_sums: Axes
    wrong_sum: str
    members: str
    """What the entries of a group are called: "examples"."""
    into: Callable[[Situation, Array], Array] = lambda s, a: a
    spread: Callable[[Array], Array] = lambda a: a
    kept: bool = False
    """Whether gamma has axes of size 1 to broadcast by, which its gradient has to keep."""
    misshapen: str = "of shape (1, D): an axis too many was kept"
    """What is said of dgamma and dbeta whose axes of size 1 are there and should not be, or the reverse."""


def _x(s: Situation, name: str = "x") -> Array:
    return np.asarray(s[name], np.float64)


def _count(shape: tuple[int, ...], axes: Axes) -> int:
    return int(np.prod([shape[axis] for axis in np.atleast_1d(axes)]))


def _statistics(
    s: Situation, groups: Groups, *, axes: Axes | None = None, eps: str = "inside", fewer: int = 0
) -> tuple[Array, Array, Array, int, Axes]:
    """c, v + eps, s, K and the axes; eps "inside" the root, "outside" of it, or "" nowhere."""
    along = groups.axes if axes is None else axes
    x = groups.into(s, _x(s))
    centred = x - x.mean(axis=along, keepdims=True)
    K = _count(x.shape, along)
    small = float(s[groups.options].get("eps", EPS))
    if fewer == K:
        raise ValueError  # 0/0, as the student sees it too
    variance = (centred * centred).sum(axis=along, keepdims=True) / (K - fewer)
    shifted = variance + small if eps == "inside" else variance
    scale = 1 / (np.sqrt(shifted) + (small if eps == "outside" else 0.0))
    return centred, shifted, scale, K, along


def _out(s: Situation, groups: Groups, *, gamma: bool = True, root: bool = True, **how: Any) -> Array:
    centred, shifted, scale, *_ = _statistics(s, groups, **how)
    xhat = (centred * (scale if root else 1 / shifted)).reshape(np.shape(s["x"]))
    return (groups.spread(_x(s, "gamma")) if gamma else 1.0) * xhat + groups.spread(_x(s, "beta"))


def _dx(
    s: Situation,
    groups: Groups,
    *,
    gamma: bool = True,
    by_straight: float = 1.0,
    by_mean: float = 1.0,
    by_variance: float = 1.0,
    divided: bool = True,
    precedence: bool = False,
    power: float = -1.5,
    mean_divided: bool = True,
    variance_divided: bool = True,
    variance_fewer: int = 0,
    straight_divided: bool = False,
    **how: Any,
) -> Array:
    """dx with one of its three paths scaled, or with another slip."""
    centred, shifted, scale, K, along = _statistics(s, groups, **how)
    dxhat = groups.into(s, _x(s, "dout") * (groups.spread(_x(s, "gamma")) if gamma else 1.0))
    slope = shifted**-3 / 2 if precedence else shifted**power
    dvariance = -0.5 * (dxhat * centred * slope).sum(axis=along, keepdims=True)
    dmean = -(dxhat * scale).sum(axis=along, keepdims=True)
    if variance_fewer == K:
        raise ValueError  # 0/0, as the student sees it too
    of_mean = 1 / K if divided and mean_divided else 1.0
    of_variance = 1 / (K - variance_fewer) if divided and variance_divided else 1.0
    shape = np.shape(s["x"])
    through_variance = by_variance * 2 * centred * dvariance * of_variance
    straight = dxhat * scale / (K if straight_divided else 1)
    dx = by_straight * straight + through_variance + by_mean * dmean * of_mean
    return np.asarray(dx).reshape(shape)


def _without_scale(s: Situation, groups: Groups) -> Array:
    """dx times σ."""
    scale = _statistics(s, groups)[2]
    return np.asarray(groups.into(s, _x(s, "dx")) / scale).reshape(np.shape(s["x"]))


def _dx_by_means(s: Situation, groups: Groups) -> Array:
    """(g - mean(g) - x̂ mean(g x̂)) / σ with the right statistics, and these two means over the wrong axes."""
    centred, _, scale, *_ = _statistics(s, groups)
    g = groups.into(s, _x(s, "dout") * groups.spread(_x(s, "gamma")))
    xhat, along = centred * scale, groups.wrong_axes
    means = g.mean(axis=along, keepdims=True) + xhat * (g * xhat).mean(axis=along, keepdims=True)
    return np.asarray((g - means) * scale).reshape(np.shape(s["x"]))


def _xhat(s: Situation, groups: Groups) -> Array:
    centred, _, scale, *_ = _statistics(s, groups)
    return np.asarray(centred * scale).reshape(np.shape(s["x"]))


def out_mistakes(groups: Groups) -> tuple[Misconception, ...]:
    """Those of the forward pass."""

    def slip(id: str, title: str, **how: Any) -> Misconception:
        return mistake(id, title, "out", lambda s: _out(s, groups, **how))

    return (
        slip("wrong-axis", f"computed with mean and variance {groups.wrong}", axes=groups.wrong_axes),
        slip("one-fewer", "computed with a variance divided by one fewer than there are entries", fewer=1),
        slip("eps-omitted", "computed without eps", eps=""),
        slip("eps-outside", "computed with eps added to the root instead of under it", eps="outside"),
        slip("root-forgotten", "divided by the variance instead of by its root", root=False),
        slip("gamma-ignored", "computed without gamma", gamma=False),
        mistake(
            "scale-and-shift-ignored", "the normalised x̂, without gamma and beta", "out",
            lambda s: _xhat(s, groups),
        ),
        mistake(
            "beta-ignored", "computed without beta", "out", lambda s: _x(s, "out") - groups.spread(_x(s, "beta"))
        ),
    )  # fmt: skip


def dx_mistakes(groups: Groups) -> tuple[Misconception, ...]:
    """Those of dx: paths, divisions, axes."""

    def slip(id: str, title: str, **how: Any) -> Misconception:
        return mistake(id, title, "dx", lambda s: _dx(s, groups, **how))

    return (
        slip("mean-path-ignored", "computed without the path through the mean", by_mean=0),
        slip("variance-path-ignored", "computed without the path through the variance", by_variance=0),
        slip(
            "both-paths-ignored",
            "dout · gamma / σ alone, as if mean and variance were constants",
            by_mean=0,
            by_variance=0,
        ),
        slip("variance-path-halved", "computed without the 2 of the square's derivative", by_variance=0.5),
        slip("variance-path-sign", "computed with the variance's path added with the wrong sign", by_variance=-1),
        slip("mean-path-sign", "computed with the mean's path added with the wrong sign", by_mean=-1),
        slip("gamma-ignored", "computed without gamma", gamma=False),
        slip(
            "not-divided",
            f"computed with both statistics' paths not divided by the number of {groups.members}",
            divided=False,
        ),
        slip(
            "mean-path-not-divided",
            f"computed with the mean's path not divided by the number of {groups.members}",
            mean_divided=False,
        ),
        slip(
            "variance-path-not-divided",
            f"computed with the variance's path not divided by the number of {groups.members}",
            variance_divided=False,
        ),
        slip(
            "variance-path-one-fewer",
            "computed with the variance's path divided by one fewer than there are entries",
            variance_fewer=1,
        ),
        slip(
            "variance-power",
            "computed with (v + ε)^(-1/2) in the variance's path, where (v + ε)^(-3/2) belongs",
            power=-0.5,
        ),
        slip(
            "straight-path-divided",
            f"computed with dout divided by the number of {groups.members} on the straight path as well",
            straight_divided=True,
        ),
        mistake("std-missing", "computed without the 1/σ in front", "dx", lambda s: _without_scale(s, groups)),
        mistake(
            "means-over-wrong-axis",
            f"computed with the two means of the way back {groups.wrong}",
            "dx",
            lambda s: _dx_by_means(s, groups),
        ),
        mistake(
            "gamma-divides",
            "divided by gamma where it multiplies",
            "dx",
            lambda s: _x(s, "dx") / groups.spread(_x(s, "gamma")) ** 2,
        ),
        slip("precedence", "computed with ** -3 / 2, which is (** -3) / 2 to Python", precedence=True),
        slip("wrong-axis", f"computed with mean and variance {groups.wrong}", axes=groups.wrong_axes),
        slip("one-fewer", "computed with a variance divided by one fewer than there are entries", fewer=1),
        slip("eps-omitted", "computed without eps", eps=""),
    )  # fmt: skip


def gamma_last(groups: Groups) -> Misconception:
    """For groups in which gamma differs: there it has to stand before the means."""
    return mistake(
        "gamma-last",
        "multiplied by gamma after the means were taken off, where it belongs before them",
        "dx",
        lambda s: _dx(s, groups, gamma=False) * groups.spread(_x(s, "gamma")),
    )


def parameter_mistakes(groups: Groups) -> tuple[Misconception, ...]:
    """Those of dgamma and dbeta."""

    def summed(values: Array, axes: Axes, *, kept: bool | None = None) -> Array:
        return np.asarray(values.sum(axis=axes, keepdims=groups.kept if kept is None else kept))

    def products(s: Situation) -> Array:
        return _x(s, "dout") * _xhat(s, groups)

    def misshapen(node: str, values: Callable[[Situation], Array]) -> Misconception:
        return mistake(
            "kept-axis",
            groups.misshapen,
            node,
            lambda s: summed(values(s), groups.sums, kept=not groups.kept),
        )

    return (
        mistake(
            "values-for-normalised",
            "computed with x where the normalised x̂ belongs",
            "dgamma",
            lambda s: summed(_x(s, "dout") * _x(s), groups.sums),
        ),
        mistake(
            "output-for-normalised",
            "computed with out where the normalised x̂ belongs",
            "dgamma",
            lambda s: summed(_x(s, "dout") * _x(s, "out"), groups.sums),
        ),
        mistake(
            "centred-for-normalised",
            "computed with x - μ, not divided by σ, where the normalised x̂ belongs",
            "dgamma",
            lambda s: summed(
                _x(s, "dout") * _statistics(s, groups)[0].reshape(np.shape(s["x"])), groups.sums
            ),
        ),
        mistake(
            "averaged",
            "a mean where a sum belongs",
            "dgamma",
            lambda s: _x(s, "dgamma") / _count(np.shape(s["x"]), groups.sums),
        ),
        mistake("wrong-axis", groups.wrong_sum, "dgamma", lambda s: summed(products(s), groups.wrong_sums)),
        mistake(
            "averaged",
            "a mean where a sum belongs",
            "dbeta",
            lambda s: _x(s, "dbeta") / _count(np.shape(s["x"]), groups.sums),
        ),
        mistake("wrong-axis", groups.wrong_sum, "dbeta", lambda s: summed(_x(s, "dout"), groups.wrong_sums)),
        misshapen("dgamma", products),
        misshapen("dbeta", lambda s: _x(s, "dout")),
    )


def normalising_mistakes(groups: Groups) -> tuple[Misconception, ...]:
    """All of them, for LayerExercise.misconceptions."""
    return (*out_mistakes(groups), *dx_mistakes(groups), *parameter_mistakes(groups))
