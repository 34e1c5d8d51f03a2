"""Proof 4 where an author's own rule judges: it must complain of nonsense, at every node, and never fail itself."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.checks.compare import compare
from grader.checks.seeds import SeedSource
from grader.exercise import (
    AlgorithmExercise,
    AnswersExercise,
    Exercise,
    ExperimentExercise,
    FindTheBugExercise,
    Helper,
)
from grader.exercise.exercise import Array
from grader.prove.code import Code
from grader.prove.direct import bug_runs, wrong_nodes
from grader.prove.mutants import mutants_of
from grader.prove.situations import Inputs
from grader.text import one_line
from grader.worker.surroundings import Printed, apart, randomness

STUDENTS = ("ada", "blaise", "carl")
"""Three papers of an exercise whose numbers are personal."""

LEAST = 2

MOST_MUTANTS = 300
"""Mutants that are tried for a node that no nonsense is found wrong at."""


def prove_blanks(inputs: Inputs, solution: str) -> Iterator[str]:
    """What an author's own judge, statistics, intervals or shown rule let pass."""
    exercise = inputs.exercise
    match exercise:
        case AlgorithmExercise():
            yield from _algorithm(exercise, inputs, solution)
        case ExperimentExercise():
            yield from _experiment(exercise, inputs, solution)
        case AnswersExercise():
            yield from _answers(exercise)
        case FindTheBugExercise():
            yield from _bug(exercise, inputs)


def _algorithm(exercise: AlgorithmExercise, inputs: Inputs, solution: str) -> Iterator[str]:
    found: set[str] = set()
    drawn = [exercise.draw(inputs.seeds.rng(exercise.id, str(size)), size) for size in exercise.sizes]
    names = [name for name, _ in _nonsense(drawn[0])]
    for name in names:
        nodes = set()
        for arguments in drawn:
            blank = dict(_nonsense(arguments)).get(name, next(iter(_nonsense(arguments)))[1])
            try:
                with apart(Printed()):
                    nodes |= {node for node, _ in exercise.judge(arguments, copy.deepcopy(blank))}
            except Exception as error:
                said = one_line(f"{type(error).__name__}: {error}", limit=160)
                yield f"its judge fails where {name} is returned: {said}"
                break
        if not nodes:
            yield f"its judge finds nothing wrong where {name} is returned"
        found |= nodes
    yield from _never_wrong(exercise, inputs, solution, found)


def _nonsense(arguments: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """What a function might return that has not understood anything."""
    yield "None", None
    yield "0.0", 0.0
    yield "nan", float("nan")
    yield "a word", "nonsense"
    yield "an empty list", []
    yield "an empty dictionary", {}
    yield "a pair of None", (None, None)
    yield "an empty array", np.zeros(0)
    arrays = [value for value in arguments if isinstance(value, np.ndarray) and value.dtype.kind == "f"]
    if arrays and not any(isinstance(value, Helper) for value in arguments):
        yield "an array of zeros", np.zeros_like(arrays[0])


def _never_wrong(exercise: Exercise, inputs: Inputs, solution: str, found: set[str]) -> Iterator[str]:
    """Nodes at which nothing was found wrong, after the mutants of the solution were tried too."""
    missing = set(exercise.nodes) - found
    if missing and solution:
        for number, mutant in enumerate(mutants_of(inputs, Code(solution))):
            with contextlib.suppress(Exception):  # some cannot even be loaded
                missing -= wrong_nodes(inputs, mutant.namespace())
            if not missing or number > MOST_MUTANTS:
                break
    for node in sorted(missing):
        yield f"{node}: nothing that was tried is found wrong at it"


def _experiment(exercise: ExperimentExercise, inputs: Inputs, solution: str) -> Iterator[str]:
    """Zeros, one and the same number, results twice as large, no numbers at all, for the trials of each node."""
    if not solution:
        return
    functions = Code(solution).namespace()
    rejected: dict[str, set[str]] = {node: set() for node in exercise.nodes}
    for trial in exercise.trials:
        rng = inputs.seeds.rng(exercise.id, trial.name)
        drawn = [trial.arguments(rng) for _ in range(trial.calls)]
        with randomness(0), apart(Printed()):
            right = [
                np.asarray(exercise.result(functions, copy.deepcopy(given)), np.float64) for given in drawn
            ]
            for name, change in NONSENSE.items():
                try:
                    if trial.judge(drawn[0], [change(each) for each in right]):
                        rejected[trial.node].add(name)
                except Exception as error:
                    said = one_line(f"{type(error).__name__}: {error}", limit=160)
                    yield f"the trial {trial.name!r} fails where {name} is returned: {said}"
    for node, names in rejected.items():
        if not names:
            yield f"{node}: its trials find nothing wrong with {', '.join(NONSENSE)}"
    if missed := set(NONSENSE) - set().union(*rejected.values()):
        yield f"no trial finds anything wrong with {' or '.join(sorted(missed))}"


NONSENSE: dict[str, Callable[[Array], Array]] = {
    "zeros": np.zeros_like,
    "the mean everywhere": lambda right: np.full_like(right, right.mean() if right.size else 0.0),
    "twice the right numbers": lambda right: 2 * right,
    "nan": lambda right: np.full_like(right, np.nan),
}
"""Wrong results of an experiment, made of right ones."""


def _answers(exercise: AnswersExercise) -> Iterator[str]:
    """Intervals that hold their own value, and neither 0 nor twice that, nor its opposite."""
    lenient: dict[str, set[str]] = {}
    papers = [exercise.paper(SeedSource.personal("prove", student).rng(exercise.id)) for student in STUDENTS]
    for paper in papers:
        if unknown := {question.id for question in paper} ^ set(exercise.nodes):
            yield f"{', '.join(sorted(unknown))}: asked or worth points, not both"
        for question in paper:
            if not question.low <= question.value <= question.high:
                yield f"{question.id}: the right value {question.value:g} is outside its own interval"
            value = question.value
            wrong = {"twice the right number": 2 * value, "the opposite number": -value, "0": 0.0}
            passing = {name for name, other in wrong.items() if question.low <= other <= question.high}
            lenient.setdefault(question.id, passing).intersection_update(passing)
            if not np.isfinite((question.low, question.high)).all():
                yield f"{question.id}: its interval has no end"
    for id, passing in lenient.items():
        values = [question.value for paper in papers for question in paper if question.id == id]
        if passing and any(values):
            yield f"{id}: {' and '.join(sorted(passing))} would pass, for every student"


def _bug(exercise: FindTheBugExercise, inputs: Inputs) -> Iterator[str]:
    """The shown rule must be wrong at the gradients that are named, on several cases."""
    gradients = [f"d{name}" for name in exercise.layer.differentiable]
    wrong = dict.fromkeys(gradients, 0)
    for run in bug_runs(exercise, inputs):
        if run.case.kink:
            continue
        with np.errstate(all="ignore"):
            shown = exercise.shown(*(np.array(d, np.float64) for d in run.douts), *copy.deepcopy(run.inputs))
        listed = shown if isinstance(shown, tuple) else (shown,)
        for name, value in zip(gradients, listed, strict=True):
            wrong[name] += not compare(name, value, run.expected[name], single=run.single).passed
    # Names that are no gradients of the layer, of steps within the shown rule, are for its own text to explain.
    named = [name for name in exercise.wrong if name in wrong] or [max(gradients, key=lambda n: wrong[n])]
    for name in named:
        if wrong[name] < LEAST:
            yield f"the shown rule is said to be wrong at {name}; it is, on {wrong[name]} cases"
