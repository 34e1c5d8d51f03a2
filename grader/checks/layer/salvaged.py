"""Backwards that raised, run again statement by statement: what one line cannot compute others can."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from grader.checks.layer.situations import LayerRun, assign, steps
from grader.runner import Runner
from grader.worker.steps import NotRun, Raised, Returned
from grader.worker.values import Failed


def salvage(runs: Sequence[LayerRun], runner: Runner) -> None:
    """Run the backwards that raised statement by statement: in one message, or one by one if that ends early."""
    programs = [steps(run, f"s{number}", salvage=True) for number, run in enumerate(runs)]
    outcomes = runner.run([step for program in programs for step in program]) if runs else []
    ended = any(not isinstance(outcome, (Returned, Raised, NotRun)) for outcome in outcomes)
    ends = itertools.accumulate(len(program) for program in programs)
    for run, program, end in zip(runs, programs, ends, strict=True):
        outcome = outcomes[end - 1]
        if isinstance(outcome, NotRun) and ended:
            outcome = runner.run(program)[-1]
        if not isinstance(outcome, Returned):
            continue
        value = outcome.value
        parts = value if isinstance(value, (tuple, list)) else (value,)
        if all(isinstance(part, Failed) for part in parts):
            continue
        run.salvaged = True
        assign(run, outcome, run.exercise.gradients)
