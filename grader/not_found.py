"""Why a function that is asked for is not there: it does not parse, is called otherwise, or was never written."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from grader.exercise import Exercise
from grader.nearest import did_you_mean
from grader.runner import Loaded
from grader.submission import Submission
from grader.text import one_line

MOST_NAMES = 12
"""Functions that a message lists when one is missing."""


def not_found(
    missing: Sequence[str],
    exercise: Exercise,
    submission: Submission,
    loaded: Loaded,
    others: Collection[str],
) -> str:
    """Which of the functions are not there, and why. `others` are what other exercises ask for: no misspellings."""
    for problem in loaded.problems:
        if problem.kind != "syntax":
            continue
        for unit in submission.units:
            for name in missing:
                defined = rf"^[ \t]*(?:def|class)[ \t]+{name}\b"
                if unit.label == problem.unit and re.search(defined, unit.source, re.M):
                    where = f"{one_line(problem.unit, limit=80)}, line {problem.line}"
                    return f"{name} cannot be read: {where}: {one_line(problem.text, limit=120)}"
    names = [n for n in dict.fromkeys(d.name for d in loaded.definitions) if n not in exercise.functions]
    listed = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
    said = f"{listed} {'was' if len(missing) == 1 else 'were'} not found"
    near = did_you_mean(missing[0], [name for name in names if name not in others])
    if near:
        return f"{said}; {near}"
    shown = ", ".join(one_line(name, limit=40) for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return (
        f"{said}; the submission defines {shown}{more}" if names else f"{said}; it defines no other function"
    )
