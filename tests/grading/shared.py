"""Submissions for tests: from source text, or from functions that exist already."""

from __future__ import annotations

from grader.checks.dispatch import check
from grader.checks.seeds import SeedSource
from grader.exercise_catalogue import exercises
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source

EXERCISES = exercises()
PAPER = SeedSource(b"an assignment and a student")


def judged(exercise, text, *, seed=b"a seed", runner=None, label="cell 12"):
    """What the checks find in this source."""
    runner = runner or InProcessRunner()
    try:
        runner.load(Program((Source(label, text),), (*exercise.functions, *exercise.variables)))
        return check(exercise, runner, SeedSource(seed), PAPER)
    finally:
        runner.close()


def judged_functions(exercise, functions, *, seed=b"a seed"):
    """The same for functions by name, as if a submission had defined them."""
    runner = InProcessRunner()
    try:
        runner.load(Program((Source("cell 1", ""),), ()))
        runner._session.namespace.update(functions)
        return check(exercise, runner, SeedSource(seed), PAPER)
    finally:
        runner.close()


def failing(checked):
    """Names of the nodes that fail."""
    return {name for name, node in checked.nodes.items() if node.verdict == "fail"}
