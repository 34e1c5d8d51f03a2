"""Mistakes that no exercise declares are named from the layer alone, on proof; what is not proved is not named."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from grader.exercise import Case, LayerExercise
from reference import layers
from tests.grading.shared import failing, judged_functions

LAYERS = layers()


@cache
def bare(name):
    """An exercise on this layer without misconceptions of its own."""
    layer = LAYERS[name]
    nodes = [*layer.outputs, *(f"d{n}" for n in layer.differentiable)]
    return LayerExercise(
        id="bare", title=name, text="", layer=layer, points=dict.fromkeys(nodes, 1),
        forward="f", backward="b",
    )  # fmt: skip


def found(name, change, *, exercise=None):
    """What is said of a backward whose gradients, by name, `change` turns into others."""
    exercise = exercise or bare(name)
    layer = exercise.layer

    def backward(*given):
        *douts, (inputs, cache) = given
        gradients = dict(zip(layer.differentiable, layer.backward(*douts, cache), strict=True))
        sizes = dict(zip((spec.name for spec in layer.inputs), inputs, strict=True))
        made = change(
            {f"d{k}": v for k, v in gradients.items()}, *douts, sizes, lambda *d: layer.backward(*d, cache)
        )
        return tuple(made.values()) if len(made) > 1 else next(iter(made.values()))

    def forward(*inputs):
        *outs, made = layer.forward(*inputs)
        return (*outs, (inputs, made))

    return judged_functions(exercise, {"f": forward, "b": backward})


def names(checked):
    return {d.node: d.id for d in checked.diagnoses}


GENERIC = {
    "zero": ("tanh", "dx", lambda g, dout, x, back: {"dx": g["dx"] * 0}),
    "sign": ("affine", "dw", lambda g, dout, x, back: g | {"dw": -g["dw"]}),
    "times-two": ("affine", "db", lambda g, dout, x, back: g | {"db": 2 * g["db"]}),
    "divided-by-N": ("affine", "db", lambda g, dout, x, back: g | {"db": g["db"] / len(dout)}),
    "times-M": ("affine", "dx", lambda g, dout, x, back: g | {"dx": g["dx"] * dout.shape[1]}),
    "transposed": ("affine", "dw", lambda g, dout, x, back: g | {"dw": g["dw"].T}),
    "numbers-of-dw": ("affine", "db", lambda g, dout, x, back: g | {"db": g["dw"]}),
    "ignores-upstream": ("tanh", "dx", lambda g, dout, x, back: {"dx": back(np.ones_like(dout))[0]}),
    "positive-upstream": (
        "affine", "dx", lambda g, dout, x, back: g | {"dx": back(np.maximum(dout, 0))[0]}
    ),
    "passed-unchanged": ("tanh", "dx", lambda g, dout, x, back: {"dx": dout.copy()}),
    "mask-on-upstream": ("relu", "dx", lambda g, dout, x, back: {"dx": dout * (dout > 0)}),
    "sum-for-product": (
        "tanh", "dx", lambda g, dout, x, back: {"dx": dout + back(np.ones_like(dout))[0]}
    ),
    "derivative-at-the-output": (
        "tanh", "dx", lambda g, dout, x, back: {"dx": dout * (1 - np.tanh(np.tanh(x["x"])) ** 2)}
    ),
    "upstream-squared": ("affine", "db", lambda g, dout, x, back: g | {"db": (dout**2).sum(0)}),
    "last-example": ("affine", "dw", lambda g, dout, x, back: g | {"dw": np.outer(x["x"][-1], dout[-1])}),
    "first-example": ("affine", "db", lambda g, dout, x, back: g | {"db": dout[0]}),
    "not-summed": ("affine", "db", lambda g, dout, x, back: g | {"db": dout}),
    "axis-too-many": ("affine", "db", lambda g, dout, x, back: g | {"db": dout.sum(0, keepdims=True)}),
    "summed-to-one": ("affine", "db", lambda g, dout, x, back: g | {"db": dout.sum()}),
    "summed-to-one+divided-by-N": (
        "affine", "db", lambda g, dout, x, back: g | {"db": dout.sum() / len(dout)}
    ),
    "ignores-upstream+sign": ("tanh", "dx", lambda g, dout, x, back: {"dx": -back(np.ones_like(dout))[0]}),
    "transposed+divided-by-N": (
        "affine", "dw", lambda g, dout, x, back: g | {"dw": g["dw"].T / len(dout)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("id", GENERIC)
def test_what_any_layer_invites_is_named_without_the_exercise_saying_so(id):
    name, node, change = GENERIC[id]
    checked = found(name, change)
    assert failing(checked) == {node}
    assert names(checked) == {node: id}


def test_the_evidence_of_a_factor_gives_its_sizes_and_on_how_many_inputs_it_holds():
    checked = found("affine", GENERIC["divided-by-N"][2])
    (said,) = [d.evidence for d in checked.diagnoses]
    assert said.startswith("your db is the right one divided by N, the number of examples (here ")
    assert " and " in said
    assert said.endswith(" inputs")


def test_an_exercises_own_name_goes_before_a_general_one():
    from tests.exercises.shared import BY_ID

    exercise = BY_ID["affine"]

    def backward(dout, cache):
        x, w, _ = cache
        rows = x.reshape(len(x), -1)
        return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.mean(axis=0)

    functions = {"affine_forward": exercise.layer.forward, "affine_backward": backward}
    assert names(judged_functions(exercise, functions)) == {"db": "averaged"}


def test_two_mistakes_at_once_are_named_together():
    from tests.exercises.shared import BY_ID

    exercise = BY_ID["affine"]

    def backward(dout, cache):
        x, w, _ = cache
        rows = x.reshape(len(x), -1)
        return (dout @ w).reshape(x.shape) / len(x), rows.T @ dout, dout.sum(axis=0)

    functions = {"affine_forward": exercise.layer.forward, "affine_backward": backward}
    assert names(judged_functions(exercise, functions)) == {"dx": "missing-transpose+divided-by-N"}


@pytest.mark.parametrize("seed", range(5))
def test_random_numbers_have_no_name(seed):
    rng = np.random.default_rng(seed)
    checked = found("affine", lambda g, *_: {k: rng.normal(size=v.shape) for k, v in g.items()})
    assert failing(checked) == {"dx", "dw", "db"}
    assert names(checked) == {}


def test_a_mistake_that_shows_on_one_input_only_has_no_name():
    """Two independent inputs are the least; on one, too much fits."""
    calls = []

    def once(g, dout, x, back):
        calls.append(1)
        return {"dx": -g["dx"] if len(calls) == 1 else g["dx"]}

    exercise = bare("tanh")
    checked = found("tanh", once, exercise=exercise)
    assert failing(checked) == {"dx"}
    assert names(checked) == {}


def test_a_prediction_that_is_infinite_proves_nothing():
    """1/log(1) is infinite, and nothing may be called equal to it, however large the scale it sets."""
    layer = LAYERS["log"]
    drawn = Case("one among them", lambda rng: (10.0 ** rng.permuted(np.linspace(-3, 0, 12)).reshape(3, 4),))
    exercise = LayerExercise(
        id="log", title="log", text="", layer=layer, points={"out": 1, "dx": 1},
        forward="f", backward="b", cases=(Case("g", drawn.draw, basic=True), drawn),
    )  # fmt: skip
    checked = found("log", lambda g, dout, x, back: {"dx": dout / (x["x"] + 1e-5)}, exercise=exercise)
    assert failing(checked) == {"dx"}
    assert names(checked) == {}


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_a_right_backward_has_no_diagnosis(name):
    checked = found(name, lambda g, *_: g)
    assert failing(checked) == set()
    assert checked.diagnoses == []
