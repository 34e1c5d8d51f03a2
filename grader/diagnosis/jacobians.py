"""What a full Jacobian invites: a sign, a factor, a diagonal alone, an elementwise rule left as a vector."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grader.diagnosis.candidates import Candidate, composed, own, twisted
from grader.diagnosis.layers import SAME, twists
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
