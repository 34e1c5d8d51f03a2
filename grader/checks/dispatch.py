"""Which check judges which kind of exercise."""

from __future__ import annotations

from grader.checks.algorithm.judge import check_algorithm
from grader.checks.answers import check_answers
from grader.checks.experiment import check_experiment
from grader.checks.find_the_bug import check_find_the_bug
from grader.checks.graph.judge import check_graph
from grader.checks.jacobian.judge import check_jacobian
from grader.checks.layer.judge import check_layer
from grader.checks.network.judge import check_network
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.checks.written import check_written
from grader.exercise import (
    AlgorithmExercise,
    AnswersExercise,
    Exercise,
    ExperimentExercise,
    FindTheBugExercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    NetworkExercise,
    WrittenExercise,
)
from grader.findings import Verdict
from grader.runner import Runner


def check(exercise: Exercise, runner: Runner, seeds: SeedSource, paper: SeedSource) -> Checked:
    """Judge one exercise. `seeds` draws the inputs, `paper` a student's personal numbers."""
    checked = _checked(exercise, runner, seeds, paper)
    raised = any(finding.check == "runs" and finding.verdict is Verdict.FAIL for finding in checked.findings)
    if raised and checked.nodes and all(node.verdict is Verdict.PASS for node in checked.nodes.values()):
        # Run in parts it gives the right numbers; run as it stands it gives none.
        checked.deductions = max(checked.deductions, 1)
    return checked


def _checked(exercise: Exercise, runner: Runner, seeds: SeedSource, paper: SeedSource) -> Checked:
    match exercise:
        case LayerExercise():
            return check_layer(exercise, runner, seeds)
        case JacobianExercise():
            return check_jacobian(exercise, runner, seeds)
        case GraphExercise():
            return check_graph(exercise, runner, seeds)
        case NetworkExercise():
            return check_network(exercise, runner, seeds)
        case AlgorithmExercise():
            return check_algorithm(exercise, runner, seeds)
        case AnswersExercise():
            return check_answers(exercise, runner, paper)
        case ExperimentExercise():
            return check_experiment(exercise, runner, seeds)
        case FindTheBugExercise():
            return check_find_the_bug(exercise, runner, seeds)
        case WrittenExercise():
            return check_written(exercise)
    raise TypeError(f"no check judges an exercise of kind {exercise.kind!r}")
