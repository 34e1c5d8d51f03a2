"""Mistakes that any layer invites: one array read where another belongs, and loops that are too short."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.seeds import SeedSource
from grader.diagnosis import layers, mixed_up, parts
from grader.exercise import LayerExercise
from grader.prove.situations import Inputs
from tests.grading.shared import EXERCISES, failing, judged_functions


def submission(id, node, change):
    """The reference's own functions, with the gradient at one node put through `change(douts, inputs, right)`."""
    exercise = EXERCISES[id]
    layer = exercise.layer

    def forward(*inputs):
        *outputs, cache = layer.forward_rule(*inputs)
        return (*outputs, (inputs, outputs, cache))

    def backward(*given):
        *douts, (inputs, outputs, cache) = given
        gradients = dict(
            zip((f"d{name}" for name in layer.differentiable), layer.backward(*douts, cache), strict=True)
        )
        named = dict(zip((spec.name for spec in layer.inputs), inputs, strict=True))
        named |= dict(zip(layer.outputs, outputs, strict=True))
        named |= dict(zip((f"d{name}" for name in layer.outputs), douts, strict=True))
        gradients[node] = change(named, gradients[node])
        return tuple(gradients.values()) if len(gradients) > 1 else gradients[node]

    return judged_functions(exercise, {exercise.functions[0]: forward, exercise.functions[1]: backward})


def named(checked, node):
    return [(d.id, d.evidence) for d in checked.diagnoses if d.node == node]


def attention_weights(a):
    scores = a["q"] @ a["k"].swapaxes(1, 2) / np.sqrt(a["q"].shape[-1])
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def dscores(a):
    A = attention_weights(a)
    dA = a["dout"] @ a["v"].swapaxes(1, 2)
    return A * (dA - (dA * A).sum(axis=-1, keepdims=True)) / np.sqrt(a["q"].shape[-1])


def cut(a, *, axis, place):
    kept = a["dout"].copy()
    kept[(*[slice(None)] * axis, place)] = 0
    return kept


OTHER_ARRAYS = {
    "q-for-k": ("attention", "dq", lambda a, right: dscores(a) @ a["q"]),
    "out-for-dout": ("affine", "dw", lambda a, right: a["x"].T @ a["out"]),
    "times-b": ("affine", "db", lambda a, right: right * a["b"]),
    "times-gamma": ("layernorm", "dgamma", lambda a, right: right * a["gamma"]),
}
PARTS = {
    "last-along-1-missing": (
        "temporal_affine", "dx", lambda a, right: cut(a, axis=1, place=-1) @ a["w"].T,
    ),
    "first-along-1-missing": (
        "temporal_affine", "dw", lambda a, right: np.tensordot(a["x"], cut(a, axis=1, place=0), ((0, 1), (0, 1))),
    ),
    "only-first-example": ("affine", "dx", lambda a, right: right * (np.arange(len(right)) == 0)[:, None]),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_ARRAYS)
def test_an_array_in_the_place_of_another_is_named_with_both(name):
    checked = submission(*OTHER_ARRAYS[name])
    node = OTHER_ARRAYS[name][1]
    assert node in failing(checked)  # and the others too, where q and k have sizes with which this raises
    assert [id for id, _ in named(checked, node)] == [name]


@pytest.mark.parametrize("name", PARTS)
def test_a_loop_that_is_too_short_is_named_with_its_axis(name):
    checked = submission(*PARTS[name])
    node = PARTS[name][1]
    assert failing(checked) == {node}
    ((id, evidence),) = named(checked, node)
    assert id == name
    if "along" in name:
        assert "axis 1" in evidence
        assert "dout[:, " in evidence


def test_zero_is_called_zero_also_where_an_ignored_upstream_would_give_it():
    """The gradient of a normalised array is 0 for an upstream of ones: nobody can tell which of the two it was."""
    checked = submission("layernorm", "dgamma", lambda a, right: np.zeros_like(right))
    assert [id for id, _ in named(checked, "dgamma")] == ["zero"]


def test_a_stack_of_products_that_are_transposed_one_by_one_is_called_transposed():
    checked = submission("matmul", "db", lambda a, right: right.swapaxes(-1, -2))
    assert [id for id, _ in named(checked, "db")] == ["transposed"]


def test_sums_that_keep_the_examples_in_an_axis_of_size_one_are_called_not_summed():
    def images_kept(a, right):
        C = a["x"].shape[1]
        assert right.shape == (1, C, 1, 1)
        return a["dout"].sum(axis=(2, 3), keepdims=True)

    checked = submission("spatial_groupnorm", "dbeta", images_kept)
    assert [id for id, _ in named(checked, "dbeta")] == ["not-summed"]


def test_what_backward_does_not_read_predicts_nothing():
    """affine's backward looks at x and w alone: another array in the place of b, or of out, explains nothing."""
    layer = EXERCISES["affine"].layer
    found = {c.id: c for c in mixed_up.mixed_up(layer, "dx")}
    rng = np.random.default_rng(3)
    x, w, b, dout = (rng.normal(size=shape) for shape in ((2, 3), (3, 4), (4,), (2, 4)))
    situation = {"x": x, "w": w, "b": b, "out": x @ w + b, "dout": dout, "dx": dout @ w.T}
    assert found["x-for-out"].predict(situation) is None
    np.testing.assert_allclose(found["x-for-b"].predict(situation), situation["dx"])
    np.testing.assert_allclose(found["out-for-dout"].predict(situation), (x @ w + b) @ w.T)


def test_an_axis_that_is_not_there_raises_before_anything_is_computed():
    with pytest.raises(IndexError):
        parts.only(np.ones((2, 3)), -1, axis=2)


@pytest.mark.parametrize("id", ["affine", "attention", "lstm_step", "batchnorm", "conv"])
def test_the_particular_comes_before_the_vague(id):
    """A rank is only asked when those before it have no proof, so they have to come in order."""
    exercise = EXERCISES[id]
    for node in exercise.nodes:
        ranks = [candidate.rank for candidate in layers.candidates(exercise, node)]
        assert ranks == sorted(ranks)


LAYERS = {id: exercise for id, exercise in EXERCISES.items() if isinstance(exercise, LayerExercise)}
MISFITS = ValueError, IndexError, KeyError, ZeroDivisionError, np.linalg.LinAlgError
"""What arrays that do not fit raise for whoever computes with them."""


@pytest.mark.parametrize("id", LAYERS)
def test_a_prediction_raises_as_the_mistake_would_and_not_by_a_slip_of_ours(id):
    """An exception counts as the student's own there, so that one of ours would hide: a name never given."""
    exercise = LAYERS[id]
    _, situation = next(iter(Inputs(exercise, SeedSource(b"any")).situations()))
    for node in exercise.nodes:
        for candidate in layers.candidates(exercise, node):
            try:
                with np.errstate(all="ignore"):
                    candidate.predict(situation)
            except MISFITS:
                pass
