"""What counts as proof: the very numbers on at least two independent inputs, nothing that speaks against it, and
no other explanation of the same rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from grader.diagnosis.candidates import Candidate
from grader.diagnosis.observation import Observation
from grader.exercise.exercise import Raises
from grader.report.report import Diagnosis

LEAST = 2
"""Inputs on which the student's numbers have to be reproduced, and the right ones not."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A candidate that explains everything that was observed."""

    candidate: Candidate
    reproduced: int
    """Inputs on which it gives the student's numbers, which are wrong there."""
    compared: int
    """Inputs on which it says anything."""
    raised: int
    scales: tuple[float, ...] = ()


def named(
    node: str, observations: Sequence[Observation], candidates: Iterable[Candidate]
) -> Diagnosis | None:
    """The mistake that explains the node's numbers, or None: a wrong name is worse than none.

    `candidates` come by rank, the most particular first, and are tried only until a rank has a proof.
    """
    if sum(not o.passed for o in observations) < LEAST:
        return None
    for _, rank in groupby(candidates, key=lambda candidate: candidate.rank):
        proofs = [proof for candidate in rank if (proof := prove(candidate, observations)) is not None]
        if proofs:
            best = _only(proofs)
            return None if best is None else _told(node, best)
    return None


def prove(candidate: Candidate, observations: Sequence[Observation]) -> Proof | None:
    """The proof that this candidate was at work, or None as soon as something speaks against it."""
    reproduced = compared = raised = 0
    scales: list[float] = []
    for seen in observations:
        predicted = _prediction(candidate, seen)
        if isinstance(predicted, Raises):
            if not seen.raised:
                return None
            raised += 1
        elif seen.value is not None and _overflowed(seen):
            continue  # an overflow is a mistake of its own, and says nothing about this one
        elif predicted is None:
            if not seen.passed:
                return None
        elif not seen.gives(predicted):
            return None
        else:
            compared += 1
            if not seen.is_right(predicted):
                reproduced += 1
                if candidate.scale is not None:
                    scales.append(candidate.scale(seen.situation))
    if reproduced < LEAST:
        return None
    return Proof(candidate, reproduced, compared, raised, tuple(scales))


def _prediction(candidate: Candidate, seen: Observation) -> np.ndarray | Raises | None:
    with np.errstate(all="ignore"):
        try:
            predicted = candidate.predict(seen.situation)
        except Exception:
            return Raises()  # what the prediction cannot compute, the mistake could not either
    if predicted is None or isinstance(predicted, Raises):
        return predicted
    return np.asarray(predicted, np.float64)


def _overflowed(seen: Observation) -> bool:
    assert seen.value is not None
    return not np.isfinite(seen.value).all() and seen.value.shape == seen.right.value.shape


def _only(proofs: Sequence[Proof]) -> Proof | None:
    """The one that is proved; of declared synonyms the first, as authors list the most particular first."""
    first = proofs[0].candidate
    same = {first.id, *first.synonyms}
    if all(p.candidate.id in same or first.id in p.candidate.synonyms for p in proofs[1:]):
        return proofs[0]
    return None


def _told(node: str, proof: Proof) -> Diagnosis:
    mistake = proof.candidate
    rest = f", and raises where it would ({proof.raised})" if proof.raised else ""
    sizes = ""
    if len(set(proof.scales)) > 1:
        sizes = f" (here {_listed(proof.scales)})"
    evidence = (
        f"your {node} is {mistake.title}{sizes}: these very numbers on {proof.reproduced} of "
        f"{proof.compared} inputs{rest}"
    )
    return Diagnosis(mistake.id, mistake.title, node, evidence, tells=mistake.tells)


def _listed(numbers: Sequence[float]) -> str:
    shown = [f"{number:.4g}" for number in dict.fromkeys(numbers)]
    return ", ".join(shown[:-1]) + f" and {shown[-1]}"
