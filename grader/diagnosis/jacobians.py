"""What a full Jacobian invites: a sign, a factor, a diagonal alone, an elementwise rule left as a vector."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from grader.diagnosis.candidates import WORKED, Candidate, composed, own, twisted
from grader.diagnosis.layers import SAME, twists
from grader.diagnosis.worked import Known, changed, changes
from grader.exercise.exercise import Array, Situation
from grader.exercise.kinds import JacobianExercise

NODE = "jacobian"


def candidates(exercise: JacobianExercise) -> Iterator[Candidate]:
    """Every explanation of a wrong Jacobian, the most particular first."""
    particular = own(exercise.misconceptions, NODE)
    yield from particular
    turns = [twist for twist in twists(exercise.layer) if twist.id != "transposed"]
    yield from twisted(NODE, turns, SAME)
    yield Candidate("zero", "zero everywhere", lambda s: np.zeros_like(s[NODE]), tells=False)
    yield Candidate("diagonal-only", "right on the diagonal and 0 off it", _diagonal)
    yield Candidate("diagonal-as-vector", "the diagonal alone, not the full matrix", _as_vector)
    yield Candidate("off-diagonal-only", "right off the diagonal and 0 on it", _off_diagonal)
    yield Candidate("summed-over-outputs", "summed over the outputs: a gradient, not a Jacobian", _summed)
    yield from composed(NODE, particular, turns)
    yield from _beside_formulas(exercise)


def _beside_formulas(exercise: JacobianExercise) -> Iterator[Candidate]:
    """What the Jacobian is with one thing changed in its formulas."""
    given = tuple(spec.name for spec in exercise.layer.inputs)
    known: Known = {}
    for text in exercise.worked:
        for change in changes(text, NODE, given, frozenset()):
            yield Candidate(
                "",
                "",
                partial(changed, text=text, node=NODE, change=change, known=known),
                WORKED,
                fresh=partial(_drawn_afresh, exercise),
                words=change.words,
            )


def _drawn_afresh(exercise: JacobianExercise, s: Situation, times: float = 1.0) -> Situation:
    """Other inputs of the same shapes, about so many times as large."""
    rng = np.random.default_rng(len(exercise.id))
    names = [spec.name for spec in exercise.layer.inputs]
    inputs = {name: np.asarray(s[name]) * times * rng.uniform(0.5, 1.5, np.shape(s[name])) for name in names}
    return {**inputs, NODE: exercise.layer.jacobian(*inputs.values())[exercise.output, exercise.wrt]}


def _diagonal(s: Situation) -> Array | None:
    full = np.asarray(s[NODE])
    if full.ndim != 2 or full.shape[0] != full.shape[1]:
        return None
    return np.asarray(np.diag(np.diag(full)))


def _off_diagonal(s: Situation) -> Array | None:
    kept = _diagonal(s)
    return None if kept is None else np.asarray(s[NODE]) - kept


def _as_vector(s: Situation) -> Array | None:
    full = np.asarray(s[NODE])
    if full.ndim != 2 or full.shape[0] != full.shape[1]:
        return None
    return np.array(np.diag(full))


def _summed(s: Situation) -> Array:
    full = np.asarray(s[NODE])
    half = full.ndim // 2
    return np.asarray(full.sum(axis=tuple(range(half))))
