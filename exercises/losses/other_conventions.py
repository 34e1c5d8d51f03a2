"""The losses of a linear classifier by other conventions: half of the penalty, columns, no large scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from exercises.losses.penalty_mistakes import shrink
from exercises.shared.predictions import mistake
from grader.exercise import LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw
from reference.layer import Layer

OF_THE_WHOLE = ("factor-two-missing", "penalty-halved", "strength-missing")
"""Mistakes by the convention without the half that are none by this one, or look otherwise."""


def with_half(exercise: LayerExercise, layer: Layer) -> LayerExercise:
    """The exercise by this convention; `layer` is its loss with half of the penalty."""
    joint = exercise.joint
    return replace(
        exercise,
        layer=layer,
        joint=None if joint is None else lambda s: joint(_halved(s)),
        misconceptions=(
            *(_by_half(m) for m in exercise.misconceptions if m.id not in OF_THE_WHOLE),
            mistake(
                "factor-two",
                "computed with 2·reg·W where ½·reg·W² gives reg·W",
                "dW",
                lambda s: np.asarray(s["dW"], np.float64) + shrink(s),
            ),
            mistake(
                "strength-missing",
                "computed with W for the penalty, without reg",
                "dW",
                lambda s: np.asarray(s["dW"], np.float64) - shrink(s) + np.asarray(s["W"], np.float64),
            ),
            mistake(
                "penalty-doubled",
                "computed with the whole penalty, and dW with half of it",
                "loss",
                lambda s: float(s["loss"]) + float(s["reg"]) * float(np.sum(np.square(s["W"]))) / 2,
            ),
        ),
        hints={
            "loss": (
                *exercise.hints["loss"][:2],
                "The mean over the examples, plus reg / 2 times the sum of all squared weights, once.",
            ),
            "dW": (
                exercise.hints["dW"][0],
                "Differentiate ½ reg W² by one weight. What becomes of the half?",
                "The data's part divided by N; then reg W, once.",
            ),
        },
        conventions=(*exercise.conventions[:-1], layer.conventions[-1]),
    )


def by_columns(exercise: LayerExercise, layer: Layer) -> LayerExercise:
    """The exercise with the half and with examples as columns, as in the course's first year."""
    joint = exercise.joint
    halved = with_half(exercise, layer)
    return replace(
        halved,
        cases=tuple(replace(case, draw=_transposed(case.draw)) for case in exercise.cases),
        small=tuple(_transposed(draw) for draw in exercise.small),
        joint=None if joint is None else lambda s: joint(_halved(_rows(s))),
        misconceptions=tuple(_by_columns(made) for made in halved.misconceptions),
        hints={
            "loss": (
                "With W all zeros, what must the loss be for C classes, whatever X holds?",
                "Which part of the loss is a mean over examples, and which part never sees an example?",
                halved.hints["loss"][-1],
            ),
            "dW": (
                "Which row of W does the score of class c use? What does example n, a column of X, add to the "
                "gradient of that row?",
                halved.hints["dW"][1],
                "The gradient by the scores (C, N) times the transpose of X, divided by N; then reg W, once.",
            ),
        },
        conventions=(*exercise.conventions[:-1], *layer.conventions[-2:]),
    )


def unshifted(exercise: LayerExercise) -> LayerExercise:
    """The exercise without scores at which exp overflows: elsewhere a softmax needs no maximum taken off."""
    return replace(
        exercise,
        cases=tuple(case for case in exercise.cases if case.name != "extremes"),
        conventions=(
            *exercise.conventions,
            "scores at which exp overflows are not asked for; subtracting the largest score first would bear them",
        ),
    )


def _rows(s: Situation) -> dict[str, Any]:
    """W and dW as the exercise itself has them."""
    return {**s, "W": np.transpose(s["W"]), "dW": np.transpose(s["dW"])}


def _transposed(draw: Draw) -> Draw:
    def drawn(rng: np.random.Generator) -> tuple[Any, ...]:
        W, X, *rest = draw(rng)
        return (np.ascontiguousarray(W.T), np.ascontiguousarray(X.T), *rest)

    return drawn


def _halved(s: Situation) -> dict[str, Any]:
    return {**s, "reg": float(s["reg"]) / 2}


def _by_columns(made: Misconception) -> Misconception:
    """The same mistake where an example is a column of X and a class a row of W."""
    predict = made.predict

    def turned(s: Mapping[str, Any]) -> Any:
        predicted = predict({**_rows(s), "X": np.transpose(s["X"])})
        return np.transpose(predicted) if isinstance(predicted, np.ndarray) else predicted

    return replace(made, predict=turned)


def _by_half(made: Misconception) -> Misconception:
    """The same mistake where reg / 2 stands for reg."""
    predict = made.predict

    def halved(s: Mapping[str, Any]) -> Any:
        return predict(_halved(s))

    title = made.title.replace("2 reg", "REG").replace("reg", "½ reg").replace("REG", "reg")
    return replace(made, title=title, predict=halved)
