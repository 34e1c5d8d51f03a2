"""Whose paper was answered: numbers that each student has alone are judged by the paper of that student.

Answers that fit another paper better (no id was given yet, or another one) are no zeros: a person looks at them.
"""

from __future__ import annotations

from grader.checks.answers import check_answers
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.exercise.kinds import AnswersExercise
from grader.findings import Verdict
from grader.runner import Runner
from grader.text import one_line
from grader.worker.steps import Returned, Variable

ID = "student_id"
"""The variable of a notebook's id cell."""


def check_paper(exercise: AnswersExercise, runner: Runner, assignment: str, student: str) -> Checked:
    """The answers by the paper of `student`; where nobody says whose work it is, by that of the id cell."""
    claimed = _claimed(runner)
    mine = student or claimed
    checked = check_answers(exercise, runner, SeedSource.personal(assignment, mine))
    if checked.not_started or _right(checked) == len(checked.nodes):
        return checked
    for other in dict.fromkeys((claimed, "")):
        if other == mine:
            continue
        fits = check_answers(exercise, runner, SeedSource.personal(assignment, other))
        if _right(fits) > _right(checked) and 2 * _right(fits) > len(fits.nodes):
            whose = f'that of "{one_line(other, limit=60)}"' if other else "the one without an id"
            checked.ungraded = (
                f"the answers fit another paper, {whose}: {_right(fits)} of {len(fits.nodes)} are right there; "
                "a person decides"
            )
            checked.provisional = True
            break
    return checked


def _claimed(runner: Runner) -> str:
    (outcome,) = runner.run([Variable(ID)])
    value = outcome.value if isinstance(outcome, Returned) else ""
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _right(checked: Checked) -> int:
    return sum(node.verdict is Verdict.PASS for node in checked.nodes.values())
