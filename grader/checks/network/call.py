"""How a network is called: a function by its name, a class by way of the exercise's adapter, beside their code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grader.exercise.kinds import NetworkExercise
from grader.text import one_line
from grader.worker.steps import Call, Outcome, Put, Returned, Step
from grader.worker.values import Code, Ref

NOT_BEGUN, TOLD = "not begun", "told"
"""First of a pair of texts that an adapter may answer with: why it counts as not begun; what does not fit."""


def first(exercise: NetworkExercise) -> list[Step]:
    """What every message begins with that calls the network."""
    return [Put("called", Code("called", exercise.adapter))] if exercise.adapter else []


def function(exercise: NetworkExercise) -> str | Ref:
    """What is called with the leaves."""
    return Ref("called") if exercise.adapter else exercise.function


def call(exercise: NetworkExercise, values: Sequence[Any], *, salvage: bool = False) -> Call:
    """A call at these leaves."""
    return Call(function(exercise), tuple(values), salvage=salvage)


def with_others(exercise: NetworkExercise) -> list[NetworkExercise]:
    """The exercise as built from other functions of the student's that may stand in a layer's place."""
    return [
        replace(exercise, layers={**exercise.layers, layer: functions}, instead={})
        for layer, functions in exercise.instead.items()
    ]


def misshapen(exercise: NetworkExercise, outcome: Outcome) -> str:
    """What a class's constructor gets wrong though its loss is judged; empty if it said nothing."""
    match outcome:
        case Returned((_, dict() as gradients)) if exercise.adapter:
            said = gradients.get("about params", "")
            return one_line(said, limit=300) if isinstance(said, str) else ""
    return ""


def told(exercise: NetworkExercise, outcome: Outcome | None, kind: str = TOLD) -> str:
    """What the adapter said of this kind, in place of loss and gradients; empty if it said nothing."""
    match outcome:
        case Returned((str() as said, str() as text)) if exercise.adapter and said == kind:
            return one_line(text, limit=300)
    return ""
