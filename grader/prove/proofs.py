"""All proofs of one exercise, and of several."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.checks.seeds import SeedSource
from grader.exercise import Exercise
from grader.prove.apart import prove_apart
from grader.prove.cases import count_cases, prove_cases
from grader.prove.derivatives import wrong_derivatives
from grader.prove.equivalents import Declared, declared
from grader.prove.mistakes import prove_mistakes
from grader.prove.mutants import prove_mutants
from grader.prove.places import Places
from grader.prove.result import Problem, Proof, Proved
from grader.prove.situations import Inputs
from grader.prove.solution import prove_solution
from grader.text import one_line


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried of what there is."""

    seeds: int = 3
    mutants: int | None = None
    """At most so many for one exercise, spread evenly over all of them; None: all."""
    every: int = 8
    """Of so many misconceptions of a layer, one goes through the whole grader."""


QUICK = Effort(seeds=2, mutants=12, every=1000)
DEFAULT = Effort()
THOROUGH = Effort(seeds=5, every=1)


def prove(exercise: Exercise, known: Declared, effort: Effort = DEFAULT) -> Proved:
    """The five proofs of one exercise. What our own code or the author's raises meanwhile is a problem as well."""
    started = time.perf_counter()
    proved = Proved(exercise.id, exercise.kind, cases=count_cases(exercise))
    places = Places(exercise)
    seeds = [SeedSource(f"prove {number}".encode()) for number in range(effort.seeds)]
    inputs = [Inputs(exercise, each) for each in seeds]
    solution = ""
    for proof in (Proof.SOLUTION, Proof.MISTAKES, Proof.APART, Proof.CASES, Proof.MUTANTS):
        try:
            match proof:
                case Proof.SOLUTION:
                    solution = prove_solution(exercise, seeds, proved, places)
                    proved.problems += [
                        Problem(exercise.id, proof, said, *places.of_exercise)
                        for said in wrong_derivatives(exercise, inputs[0])
                    ]
                case Proof.MISTAKES:
                    prove_mistakes(inputs[0], solution, proved, places, every=effort.every)
                case Proof.APART:
                    prove_apart(inputs, proved, places)
                case Proof.CASES:
                    prove_cases(inputs, solution, proved, places)
                case Proof.MUTANTS if solution:
                    prove_mutants(inputs[0], solution, proved, places, known, most=effort.mutants)
        except Exception as error:
            proved.problems.append(Problem(exercise.id, proof, _raised(error), *places.of_exercise))
    proved.seconds = time.perf_counter() - started
    return proved


def _raised(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"could not be proved: {type(error).__name__}: {one_line(str(error), limit=200)}{where}"


def prove_all(
    exercises: Sequence[Exercise],
    known: Mapping[str, Exercise],
    effort: Effort = DEFAULT,
    *,
    complete: bool = False,
    progress: Callable[[Exercise], None] = lambda _: None,
) -> list[Proved]:
    """The proofs of several exercises. `complete`: they are all of their packages and folders, so that declarations
    of equivalents which nothing needs are listed as well, under an id of their own ("").
    """
    tables = declared(known.values())
    found = []
    for exercise in exercises:
        progress(exercise)
        found.append(prove(exercise, tables, effort))
    if complete and effort.mutants is None:
        stale = declared(exercises).stale(found)
        if stale:
            found.append(Proved("", Proof.EQUIVALENTS.value, solved=True, problems=stale))
    return found
