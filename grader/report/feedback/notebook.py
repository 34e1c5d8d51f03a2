"""The student's notebook with the findings between its cells, as nbformat-4 data."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from grader.report.feedback.markdown import exercise_markdown, notes_markdown, summary_markdown
from grader.report.feedback.plan import KEY, SEAL, TAG, Plan, is_feedback, plan
from grader.report.report import ExerciseReport, Report


def annotated(
    notebook: Mapping[str, Any],
    report: Report,
    *,
    file: str,
    markdown: Callable[[ExerciseReport], str] = exercise_markdown,
    labels: Mapping[str, int] | None = None,
    home: bool = True,
) -> dict[str, Any]:
    """A copy of the notebook (nbformat 4) with our cells put in and its own unchanged, in their order.

    `file` is the notebook's name in the report's places, `markdown` writes one exercise's findings; `labels` and
    `home` as in `plan`. Feedback that an earlier run had put in is replaced.
    """
    cells = notebook.get("cells", [])
    return fill(notebook, plan(cells, report, file=file, labels=labels, home=home), markdown)


def fill(
    notebook: Mapping[str, Any], made: Plan, markdown: Callable[[ExerciseReport], str] = exercise_markdown
) -> dict[str, Any]:
    """The same, after a plan that is there already."""
    copied: dict[str, Any] = copy.deepcopy(dict(notebook))
    own = copied.get("cells", [])
    writer = _Writer(copied)
    cells = [writer.cell("summary", summary_markdown(made))]
    cells += [writer.cell("exercise", markdown(exercise), exercise.id) for exercise in made.top]
    for index in made.kept:
        cells.append(own[index])
        below = made.below.get(index)
        if below is None:
            continue
        if below.notes:
            cells.append(writer.cell("notes", notes_markdown(below.notes)))
        cells += [writer.cell("exercise", markdown(exercise), exercise.id) for exercise in below.exercises]
    copied["cells"] = cells
    return copied


def without_feedback(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the notebook without the cells that `annotated` put in."""
    copied: dict[str, Any] = copy.deepcopy(dict(notebook))
    copied["cells"] = [cell for cell in copied.get("cells", []) if not is_feedback(cell)]
    if isinstance(copied.get("metadata"), dict):
        copied["metadata"].pop(SEAL, None)
    return copied


class _Writer:
    """Makes cells with ids that the notebook does not have yet: the same notebook gets the same ones each time."""

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        minor = notebook.get("nbformat_minor")
        self.ids = isinstance(minor, int) and minor >= 5  # earlier formats know no ids
        self.taken = {cell.get("id") for cell in notebook.get("cells", []) if not is_feedback(cell)}

    def cell(self, kind: str, source: str, exercise: str = "") -> dict[str, Any]:
        ours = {"feedback": True, "kind": kind} | ({"exercise": exercise} if exercise else {})
        # Not editable, so that nobody's own words go where the next run replaces them.
        made: dict[str, Any] = {
            "cell_type": "markdown",
            "metadata": {KEY: ours, "editable": False, "tags": [TAG]},
            "source": source,
        }
        if self.ids:
            made["id"] = self._id(f"{KEY}-{exercise or kind}")
        return made

    def _id(self, wish: str) -> str:
        base = re.sub(r"[^a-zA-Z0-9_-]", "-", wish)[:56]
        made, number = base, 2
        while made in self.taken:
            made, number = f"{base}-{number}", number + 1
        self.taken.add(made)
        return made
