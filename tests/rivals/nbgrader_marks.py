"""Print the marks in a gradebook of nbgrader as JSON: student, exercise, points.

nbgrader_marks.py GRADEBOOK.db ASSIGNMENT, run by the Python that has nbgrader. A test cell `affine--dx` counts for
the exercise `affine`. Whoever has a test cell without a mark was not graded to the end and is left out.
"""

from __future__ import annotations

import json
import sys


def marks(database: str, assignment: str) -> dict[str, dict[str, float]]:
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(f"sqlite:///{database}") as book:
        for submission in book.assignment_submissions(assignment):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            if any(grade.auto_score is None for grade in grades):
                continue
            points: dict[str, float] = {}
            for grade in grades:
                exercise = grade.name.split("--")[0]
                points[exercise] = points.get(exercise, 0.0) + grade.auto_score
            found[submission.student.id] = points
    return found


if __name__ == "__main__":
    print(json.dumps(marks(*sys.argv[1:3])))
