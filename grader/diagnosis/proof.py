"""What counts as proof: the very numbers on at least two independent inputs, nothing that speaks against it, and
no other explanation of the same rank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby

import numpy as np

from grader.diagnosis.candidates import MIXED_UP, WORKED, Candidate, Twist, composed
from grader.diagnosis.observation import Observation
from grader.exercise.exercise import Raises, Situation
from grader.report.report import Diagnosis

LEAST = 2
"""Inputs on which the student's numbers have to be reproduced, and the right ones not."""

AFRESH = (1.0, 4.0, 0.25, 1.0)
"""How much larger than in those that failed the numbers are that tell whether two explanations are one function."""

FAR = 0.01
"""A difference of this share of the largest number is no rounding, whatever the precision."""

ROUNDED = 1e-6
"""Numbers are in proportion if they are so up to this share of the largest."""

NEAR = 1e-9
"""Two ways to write one function may round apart by this share."""


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
    failed = [o for o in observations if not o.passed]
    if len(failed) < LEAST or all(_is_bare_zero(o) for o in failed):
        return None
    near: list[Candidate] = []
    for _, rank in groupby(candidates, key=lambda candidate: candidate.rank):
        proofs = [proof for candidate in rank if (proof := prove(candidate, observations, near)) is not None]
        if proofs:
            return _told_of(node, proofs, observations)
    twisted = (one for base in near for one in composed(node, [base.named()], _others(base.named())))
    proofs = [proof for candidate in twisted if (proof := prove(candidate, observations)) is not None]
    return _told_of(node, proofs, observations) if proofs else None


def _is_bare_zero(seen: Observation) -> bool:
    """Whether a lone 0 stands where an array is due: a placeholder, and what many a sum comes to."""
    value = seen.value
    return value is not None and not value.ndim and not value and seen.right.value.ndim > 0


def _others(candidate: Candidate) -> list[Twist]:
    """Its twists, but for a factor that it is itself about: divided by N and multiplied by N explains nothing."""
    about = set(re.findall(r"\w+", candidate.id))
    return [twist for twist in candidate.twists if twist.id.rpartition("-")[2] not in about]


def _told_of(node: str, proofs: Sequence[Proof], observations: Sequence[Observation]) -> Diagnosis | None:
    best = _only(proofs) or _same_function(proofs, observations)
    return None if best is None else _told(node, best)


def prove(
    candidate: Candidate, observations: Sequence[Observation], near: list[Candidate] | None = None
) -> Proof | None:
    """The proof that this candidate was at work, or None as soon as something speaks against it.

    To `near` it is added if what speaks against it is one factor, and there are twists to be tried on it.
    """
    reproduced = compared = raised = 0
    scales: list[float] = []
    said: list[float | None] = []
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
        elif candidate.rank >= WORKED and not np.isfinite(predicted).all():
            continue  # our way to write this formula overflows here; the student's need not
        elif _far(predicted, seen) or not seen.gives(predicted):
            if near is not None and candidate.twists and not seen.passed and _in_proportion(predicted, seen):
                near.append(candidate)
            return None
        else:
            compared += 1
            if not seen.is_right(predicted):
                reproduced += 1
                said.append(_one_number(predicted))
                if candidate.scale is not None:
                    scales.append(candidate.scale(seen.situation))
    if reproduced < LEAST or (candidate.rank >= MIXED_UP and _says_nothing(said)):
        return None
    return Proof(candidate.named(), reproduced, compared, raised, tuple(scales))


def _one_number(predicted: np.ndarray) -> float | None:
    """The number that all entries are; None where they differ."""
    if not predicted.size:
        return 0.0
    first = float(predicted.flat[0])
    return first if (np.abs(predicted - first) <= NEAR * max(abs(first), NEAR)).all() else None


def _says_nothing(said: Sequence[float | None]) -> bool:
    """Whether a prediction is one and the same number on every input: 0, say, or 1.

    Who wrote that number has the numbers of any formula that comes to it, which proves none of them.
    """
    numbers = [number for number in said if number is not None]
    return (
        len(numbers) == len(said)
        and max(numbers) - min(numbers) <= NEAR * max(map(abs, numbers), default=0) + NEAR
    )


def _prediction(candidate: Candidate, seen: Observation) -> np.ndarray | Raises | None:
    with np.errstate(all="ignore"):
        try:
            predicted = candidate.predict(seen.situation)
        except Exception:
            return Raises()  # what the prediction cannot compute, the mistake could not either
    if predicted is None or isinstance(predicted, Raises):
        return predicted
    return np.asarray(predicted, np.float64)


def _far(predicted: np.ndarray, seen: Observation) -> bool:
    """Whether the first entry alone rules these numbers out: most of many predictions are, and at once."""
    value = seen.value
    if value is None or not value.size or predicted.shape != value.shape or not seen.scale:
        return False
    return bool(abs(predicted.flat[0] - value.flat[0]) > FAR * seen.scale)


def _in_proportion(predicted: np.ndarray, seen: Observation) -> bool:
    """Whether the numbers that came are these times one factor."""
    value = seen.value
    if value is None or predicted.shape != value.shape or value.size <= 1:
        return False
    place = int(np.argmax(np.abs(value)))
    if not predicted.flat[place]:
        return False
    with np.errstate(all="ignore"):  # of numbers such as 1e300 nobody asks for proportions
        factor = value.flat[place] / predicted.flat[place]
        return bool((np.abs(value - factor * predicted) <= ROUNDED * seen.scale).all())


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


def _same_function(proofs: Sequence[Proof], observations: Sequence[Observation]) -> Proof | None:
    """One of them, if all are one function: they agree on inputs that nobody has seen yet."""
    failed = [o.situation for o in observations if not o.passed]
    for situation, times in zip(cycle(failed), AFRESH, strict=False):
        numbers = [_afresh(proof.candidate, situation, times) for proof in proofs]
        if any(n is None or not _agree(n, numbers[0]) for n in numbers):
            return None
    if proofs[0].candidate.rank >= WORKED:
        return min(proofs, key=lambda proof: len(proof.candidate.title))
    return proofs[0]


def _afresh(candidate: Candidate, situation: Situation, times: float) -> np.ndarray | None:
    if candidate.fresh is None:
        return None
    with np.errstate(all="ignore"):
        try:
            return np.asarray(candidate.predict(candidate.fresh(situation, times)), np.float64)
        except Exception:
            return None


def _agree(one: np.ndarray, other: np.ndarray | None) -> bool:
    if other is None or one.shape != other.shape:
        return False
    both = np.isfinite(one) & np.isfinite(other)
    scale = float(np.max(np.abs(other[both]), initial=0.0))
    return bool((np.abs(one[both] - other[both]) <= NEAR * scale).all())


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
