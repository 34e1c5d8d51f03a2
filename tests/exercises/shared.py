"""All exercises, found by walking the package, and what a prediction looks at on each of their cases."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np

import exercises
from grader.exercise import (
    Exercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    NetworkExercise,
)


def _found():
    for module in pkgutil.walk_packages(exercises.__path__, "exercises."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Exercise) and name.isupper():
                yield value


ALL = tuple(_found())
BY_ID = {exercise.id: exercise for exercise in ALL}


def of(*kinds):
    return [exercise for exercise in ALL if isinstance(exercise, kinds)]


def layer_situation(exercise, inputs, rng):
    """Inputs, outputs, upstreams and right gradients, as a prediction sees them."""
    layer = exercise.layer
    inputs = layer.check(*inputs)
    *outs, cache = layer.forward_rule(*inputs)
    one_call = bool(getattr(exercise, "one_call", ""))
    upstream = [
        np.ones_like(out) if one_call else np.asarray(rng.integers(-200, 201, np.shape(out)) / 100)
        for out in outs
    ]
    gradients = layer.backward(*upstream, cache)
    return {
        **{spec.name: value for spec, value in zip(layer.inputs, inputs, strict=True)},
        **dict(zip(layer.outputs, outs, strict=True)),
        **{f"d{name}": dout for name, dout in zip(layer.outputs, upstream, strict=True)},
        **{f"d{name}": g for name, g in zip(layer.differentiable, gradients, strict=True)},
    }


def graph_situation(exercise, values):
    passed = exercise.graph.backward(values)
    return {**passed.values, **{f"d{name}": g for name, g in passed.gradients.items()}}


def situations(exercise, seeds=range(4)):
    """(name, situation) on every case of the exercise that has a derivative."""
    for seed in seeds:
        rng = np.random.default_rng([seed, 7])
        if isinstance(exercise, LayerExercise):
            for case in exercise.cases:
                if not case.kink:
                    yield case.name, layer_situation(exercise, case.draw(rng), rng)
        elif isinstance(exercise, JacobianExercise):
            for case in exercise.cases:
                if not case.kink:
                    inputs = exercise.layer.check(*case.draw(rng))
                    jacobian = exercise.layer.jacobian(*inputs)[exercise.output, exercise.wrt]
                    named = {s.name: v for s, v in zip(exercise.layer.inputs, inputs, strict=True)}
                    yield case.name, {**named, "jacobian": jacobian}
        elif isinstance(exercise, GraphExercise):
            if exercise.shown and seed == 0:
                yield "shown", graph_situation(exercise, exercise.shown)
            yield "drawn", graph_situation(exercise, exercise.drawn(rng))
        elif isinstance(exercise, NetworkExercise):
            yield "drawn", graph_situation(exercise, exercise.draw(rng))
