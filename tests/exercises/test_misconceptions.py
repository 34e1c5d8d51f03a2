from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from grader.exercise import Raises
from tests.exercises.shared import ALL, BY_ID, situations

WITH = [exercise for exercise in ALL if exercise.misconceptions]
TOLERANCE = 1e-6


def by_id(exercise):
    return exercise.id


def alike(a, b):
    """Whether two predictions are one to a grader: both raise, or the same numbers in the same shape."""
    if isinstance(a, Raises) or isinstance(b, Raises):
        return isinstance(a, Raises) and isinstance(b, Raises)
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    return bool(
        np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * max(1e-3, float(np.abs(a).max(initial=0))))
    )


def predicted(exercise):
    """For each situation the truth and all predictions: {node: (truth, {id: prediction})}."""
    for name, situation in situations(exercise):
        table = {}
        for misconception in exercise.misconceptions:
            truth = np.asarray(situation[misconception.node])
            number = misconception.predict(situation)
            entry = table.setdefault(misconception.node, (truth, {}))
            entry[1][misconception.id] = truth if number is None else number
        yield name, table


@pytest.mark.parametrize("exercise", WITH, ids=by_id)
def test_a_misconception_is_named_once_at_a_node(exercise):
    names = [(m.node, m.id) for m in exercise.misconceptions]
    assert len(names) == len(set(names))
    assert all(m.title and not m.title.endswith(".") for m in exercise.misconceptions)


@pytest.mark.parametrize("exercise", WITH, ids=by_id)
def test_every_prediction_gives_numbers_other_than_the_right_ones_on_several_inputs(exercise):
    different = {(m.node, m.id): 0 for m in exercise.misconceptions}
    for _, table in predicted(exercise):
        for node, (truth, numbers) in table.items():
            for id, number in numbers.items():
                different[node, id] += not isinstance(number, Raises) and not alike(truth, number)
    assert {key: count for key, count in different.items() if count < 2} == {}


def confused(exercise):
    """Pairs of predictions at a node that differ on fewer than two inputs and are not declared synonyms."""
    synonyms = {(m.node, m.id): set(m.synonyms) for m in exercise.misconceptions}
    apart = {}
    for _, table in predicted(exercise):
        for node, (_, numbers) in table.items():
            for a, b in combinations(sorted(numbers), 2):
                apart.setdefault((node, a, b), 0)
                apart[node, a, b] += not alike(numbers[a], numbers[b])
    return [
        (node, a, b)
        for (node, a, b), count in apart.items()
        if count < 2 and b not in synonyms[node, a] and a not in synonyms[node, b]
    ]


@pytest.mark.parametrize("exercise", WITH, ids=by_id)
def test_no_two_predictions_are_confused_unless_declared_synonyms(exercise):
    assert confused(exercise) == []


def test_two_predictions_of_the_same_numbers_would_be_found():
    exercise = BY_ID["affine"]
    (copied,) = [m for m in exercise.misconceptions if (m.node, m.id) == ("db", "averaged")]
    twins = (*exercise.misconceptions, replace(copied, id="twin"))
    assert confused(replace(exercise, misconceptions=twins)) == [("db", "averaged", "twin")]
    declared = (*exercise.misconceptions, replace(copied, id="twin", synonyms=("averaged",)))
    assert confused(replace(exercise, misconceptions=declared)) == []


@pytest.mark.parametrize(("node", "id"), [("dx", "missing-transpose"), ("dw", "missing-transpose")])
def test_a_missing_transpose_raises_on_rectangles_and_runs_on_squares(node, id):
    exercise = BY_ID["affine"]
    (misconception,) = [m for m in exercise.misconceptions if (m.node, m.id) == (node, id)]
    seen = {}
    for name, situation in situations(exercise, seeds=range(3)):
        seen.setdefault(name, []).append(misconception.predict(situation))
    assert all(isinstance(number, Raises) for number in seen["generic"])
    for name in ("square, size 2", "square, size 3"):
        assert all(isinstance(number, np.ndarray) for number in seen[name])


def test_a_prediction_in_a_graph_follows_from_the_students_own_upstream():
    """If dq is wrong already, exp passing its upstream on is still recognised, by the student's de."""
    exercise = BY_ID["sigmoid_circuit"]
    (misconception,) = [m for m in exercise.misconceptions if (m.node, m.id) == ("dn", "exp-passes-on")]
    _, situation = next(situations(exercise))
    assert misconception.predict(situation | {"de": 5.0}) == 5.0


@pytest.mark.parametrize("exercise", WITH, ids=by_id)
def test_every_judged_gradient_has_misconceptions_of_its_own(exercise):
    named = {m.node for m in exercise.misconceptions}
    gradients = {node for node in exercise.nodes if node.startswith("d") or node == "jacobian"}
    assert gradients <= named
