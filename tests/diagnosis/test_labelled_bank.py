"""A bank of submissions with labels: mistakes are named by true descriptions, and right work by none.

The labels were written from the syllabus's list and from what students hand in, not from what the exercises
predict; which names are true descriptions of a label was decided by their titles (see labelled/acceptable.py).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from grader.checks.graph.general import of_graph, of_network
from grader.diagnosis import layers
from grader.exercise import GraphExercise, JacobianExercise, LayerExercise, NetworkExercise
from grader.report.report import Standing
from tests.diagnosis.labelled import RIGHT, WRONG
from tests.diagnosis.labelled.acceptable import ACCEPTABLE, acceptable
from tests.grading.shared import EXERCISES, failing, judged

LEAST_NAMED, MOST_WRONG = 0.95, 0.005
GRAPH_NAMES = {
    "overwritten-fan-out", "passed-unchanged", "local-only", "sign", "input-as-local", "output-as-local",
    "sum-for-product", "zero", "counted-twice",
}  # fmt: skip


@cache
def found():
    """For each wrong submission what the checks found."""
    return [(entry, judged(EXERCISES[entry.exercise], entry.text)) for entry in WRONG]


def outcomes():
    """(label, name, title, verdict) for each label, and for each name at a node that has none."""
    for entry, checked in found():
        names = {}
        for diagnosis in checked.diagnoses:
            names.setdefault(diagnosis.node, diagnosis)
        for node, words in entry.words.items():
            told = names.pop(node, None)
            if told is None:
                yield f"{entry.exercise} {node}: {words}", "", "", "unnamed"
            else:
                right = told.id in acceptable(entry.exercise, words)
                yield f"{entry.exercise} {node}: {words}", told.id, told.title, "named" if right else "wrong"
        for node, told in names.items():
            yield f"{entry.exercise} {node}: (right)", told.id, told.title, "wrong"


def table(rows):
    """One line a miss, for whoever reads a failure."""
    return "\n".join(f"  {kind:8}{label:70} {name:30} {title}" for label, name, title, kind in rows)


def test_the_bank_is_large_and_wide_enough_to_measure_by():
    assert len(WRONG) >= 150
    assert len(RIGHT) >= 60
    assert len({entry.exercise for entry in WRONG}) >= 40
    assert len({entry.text for entry in WRONG}) == len(WRONG)


def test_the_nodes_that_are_labelled_fail_and_no_others_but_by_inheritance():
    astray = []
    for entry, checked in found():
        failed = failing(checked)
        inherited = {n for n in failed if checked.nodes[n].standing is Standing.INHERITED}
        if not failed - inherited <= set(entry.words) <= failed:
            astray.append((entry.name, failed))
    assert astray == []


def test_mistakes_are_named_by_true_descriptions():
    rows = list(outcomes())
    labels = [row for row in rows if not row[0].endswith("(right)")]
    misses = [row for row in rows if row[3] != "named"]
    said = f"{len(labels)} labels\n{table(misses)}"
    assert sum(row[3] == "named" for row in rows) >= LEAST_NAMED * len(labels), said


def test_a_wrong_name_is_as_good_as_never_given():
    rows = list(outcomes())
    wrong = [row for row in rows if row[3] == "wrong"]
    assert len(wrong) <= MOST_WRONG * len(rows), table(wrong)


@pytest.mark.parametrize(("id", "text"), RIGHT, ids=[f"{n}-{id}" for n, (id, _) in enumerate(RIGHT)])
def test_right_work_in_any_style_passes_and_is_never_given_a_name(id, text):
    for seed in (b"one", b"two", b"three"):
        checked = judged(EXERCISES[id], text, seed=seed)
        assert not checked.not_started
        assert failing(checked) == set()
        assert checked.diagnoses == []


def drawn(exercise):
    """Values of an exercise's leaves, which sizes are called by."""
    return [exercise.draw(np.random.default_rng(seed)) for seed in range(3)]


def names(exercise, node):
    """Every id that may be said of this node."""
    match exercise:
        case LayerExercise():
            return {candidate.named().id for candidate in layers.candidates(exercise, node)}
        case GraphExercise():
            own = {m.id for m in exercise.misconceptions}
            return GRAPH_NAMES | own | {c.id for c in of_graph(exercise, node, drawn(exercise))}
        case NetworkExercise():
            return {c.id for c in of_network(exercise, node, drawn(exercise))}
        case JacobianExercise():
            return {m.id for m in exercise.misconceptions} | {"diagonal-only", "diagonal-as-vector"}
    return {m.id for m in exercise.misconceptions}


def test_every_label_is_judged_by_names_that_exist():
    """A set of acceptable names in which nothing can ever be said would make a miss of the reader's."""
    idle, known = [], {}
    for entry in WRONG:
        for node, words in entry.words.items():
            ids, place = acceptable(entry.exercise, words), (entry.exercise, node)
            if ids and place not in known:
                known[place] = names(EXERCISES[entry.exercise], node)
            if ids and not ids & known[place]:
                idle.append((entry.exercise, node, words))
    assert idle == []
    assert {entry.exercise for entry in WRONG} == set(ACCEPTABLE)


def test_every_acceptable_name_belongs_to_a_label():
    used = {(entry.exercise, words) for entry in WRONG for words in entry.words.values()}
    shared = {"svm_loss_naive", "svm_loss_vectorized", "softmax_loss_naive", "softmax_loss_vectorized"}
    shared |= {"batchnorm", "layernorm", "spatial_batchnorm", "spatial_groupnorm"}
    idle = [
        (e, w) for e, table in ACCEPTABLE.items() for w in table if (e, w) not in used and e not in shared
    ]
    assert idle == []
