"""Worked formulas: right where nothing is changed, named where one thing is, and silent where two would fit."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
import pytest

from grader.checks.compare import Expected
from grader.diagnosis import Candidate, Observation, named
from grader.diagnosis.candidates import WORKED
from grader.diagnosis.edits import edits
from grader.diagnosis.formulas import EACH_STEP, Worked, parsed
from grader.diagnosis.slips import Scope
from grader.diagnosis.told_apart import drawn_afresh, explanations
from grader.diagnosis.words_of_formulas import words
from grader.exercise import LayerExercise
from tests.grading.shared import EXERCISES, failing, judged

LAYERS = {id: e for id, e in EXERCISES.items() if isinstance(e, LayerExercise) and e.worked}
OF_STEPS = {id for id, e in LAYERS.items() if any(EACH_STEP in text for text in e.worked)}


def situation(exercise, seed=3):
    """Inputs, outputs, upstreams and right gradients by name, as predictions see them."""
    layer, rng = exercise.layer, np.random.default_rng(seed)
    inputs = layer.draw(rng)
    *outputs, cache = layer.forward(*inputs)
    douts = [np.ones_like(out) if exercise.one_call else rng.normal(size=np.shape(out)) for out in outputs]
    gradients = layer.backward(*douts, cache)
    return {
        **dict(zip((spec.name for spec in layer.inputs), inputs, strict=True)),
        **dict(zip(layer.outputs, outputs, strict=True)),
        **{f"d{name}": np.asarray(up) for name, up in zip(layer.outputs, douts, strict=True)},
        **dict(zip(exercise.gradients, gradients, strict=True)),
    }


def seen(given, value, node="dx"):
    right = np.asarray(given[node], np.float64)
    bound = np.zeros_like(right)
    return Observation(
        given, Expected(right, bound, bound, right, right), np.asarray(value, np.float64), False
    )


@pytest.mark.parametrize("id", sorted(set(LAYERS) - OF_STEPS))
def test_a_worked_formula_gives_the_right_numbers(id):
    exercise = LAYERS[id]
    for seed in range(3):
        s = situation(exercise, seed)
        for text in exercise.worked:
            values = Worked(parsed(text), s).values
            told = [node for node in exercise.nodes if node in {line.name for line in parsed(text).lines}]
            assert told, "formulas that lead to no node explain nothing"
            for node in told:
                np.testing.assert_allclose(values[node], s[node], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("id", ["gelu", "softmax_loss", "batchnorm", "affine", "svm_loss", "prelu"])
def test_a_change_to_a_formula_is_named_as_that_change_or_as_one_that_is_the_same_function(id):
    exercise = LAYERS[id]
    node = exercise.gradients[0]
    every = [
        replace(c, fresh=lambda s, times: drawn_afresh(exercise.layer, s, times))
        for c in explanations(exercise, node)
    ]
    given = [situation(exercise, seed) for seed in (11, 12, 13, 14)]
    tried = 0
    for candidate in every[:: max(1, len(every) // 25)]:
        try:
            with np.errstate(all="ignore"):
                numbers = [candidate.predict(s) for s in given]
        except (ValueError, IndexError):  # shapes that do not meet: it is known by that it raises
            continue
        if not all(np.isfinite(n).all() for n in numbers):
            continue
        observed = [seen(s, n, node) for s, n in zip(given, numbers, strict=True)]
        if sum(not o.is_right(n) for o, n in zip(observed, numbers, strict=True)) < 2:
            continue
        found = named(node, observed, every)
        tried += 1
        if found is not None and found.id != candidate.named().id:
            same = next(c for c in every if c.named().id == found.id)
            np.testing.assert_allclose(same.predict(given[0]), numbers[0], rtol=1e-6, atol=1e-8)
    assert tried >= 10


def test_two_explanations_that_agree_by_chance_are_both_left_unsaid():
    exercise = LAYERS["relu"]
    given = [situation(exercise, seed) for seed in range(3)]
    given = [{**s, "x": np.abs(s["x"]), "out": np.abs(s["x"])} for s in given]  # nothing is below 0

    def candidate(id, predict):
        return Candidate(
            id,
            f"computed by {id}",
            predict,
            WORKED,
            fresh=lambda s, times: {**s, "x": s["x"] * np.array([[-times]])},
        )

    wrong = [seen(s, 2 * s["dout"]) for s in given]
    two = candidate("two", lambda s: 2 * s["dout"])
    other = candidate("other", lambda s: 2 * s["dout"] * (s["x"] > -1))
    same = candidate("a-longer-name-of-two", lambda s: s["dout"] + s["dout"])
    assert named("dx", wrong, [two, other]) is None
    found = named("dx", wrong, [same, two])
    assert found is not None
    assert found.id == "two"


def test_formulas_of_another_convention_say_nothing():
    exercise = EXERCISES["svm_loss_naive"]
    other = exercise.others["half"](exercise)
    s = situation(other)
    assert not np.isclose(s["dW"], situation(exercise)["dW"]).all()
    for candidate in list(explanations(other, "dW"))[:20]:
        assert np.isnan(candidate.predict(s)).all()


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("dout * (1 - out ** 2)", "dout · (1 - out²)"),
        ("T(x) @ dout", "xᵀ @ dout"),
        ("where(x > 0, dout, a * dout)", "dout where x > 0, else a · dout"),
        ("sum(slope_of_u * 0.5, 0)", "sum(slope of u · ½ over axis 0)"),
        ("-(a - b) / (c / d)", "-(a - b) / (c / d)"),
        ("sqrt(v + e) ** 3", "√(v + e)³"),
        ("everything(a) + ones(a)", "(the sum of all a) + 1"),
    ],
)
def test_formulas_are_said_as_on_a_blackboard(formula, said):
    assert words(ast.parse(formula, mode="eval").body) == said


def test_the_changes_that_every_course_sees_are_among_those_of_a_formula():
    formula = ast.parse("dout * (p - y) / N", mode="eval").body
    told = {said()[1] for _, said in edits(formula, Scope(("x", "dout", "p", "y"), ("N", "C")))}
    for words_of_one in (
        "without the factor dout",
        "without the division by N",
        "without the term y",
        "with x instead of p",
        "with the sign of (p - y) reversed",
        "with dout · p - y instead of dout · (p - y)",
        "with C instead of N",
        "with p and y exchanged",
    ):
        assert words_of_one in told, words_of_one


def test_what_is_no_formula_is_refused():
    with pytest.raises(SyntaxError, match="a name, = and an expression"):
        parsed("dx := dout")
    with pytest.raises(SyntaxError, match="no formula is made of this"):
        Worked(parsed("dx = [dout]"), {"dout": np.ones(2)})


def test_one_wrong_factor_deep_inside_is_named_in_a_submission():
    text = """
import numpy as np

def gelu_forward(x):
    u = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(u)), (x, u)

def gelu_backward(dout, cache):
    x, u = cache
    inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x)
    return dout * (0.5 * (1 + np.tanh(u)) + 0.5 * x * (1 - np.tanh(u) ** 2) * inner)
"""
    checked = judged(EXERCISES["gelu"], text)
    assert failing(checked) == {"dx"}
    (found,) = checked.diagnoses
    assert found.title == "computed with x instead of x², in slope of u"
    assert found.tells
