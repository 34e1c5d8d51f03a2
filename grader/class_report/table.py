"""The table of all students as data for the page's script: short keys, plain numbers, no markup."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grader.class_report.data import ClassData
from grader.gradebook import ExerciseMark, Lateness, State, StudentMarks
from grader.text import one_line

LONGEST = 120
SIGNS = {"not_started": "n", "ungraded": "u", "waived": "w"}
"""What stands for a mark in an exercise where there is none."""


def table(
    data: ClassData,
    groups: Iterable[tuple[str, Sequence[int]]],
    *,
    names: bool,
    pages: Mapping[str, str],
) -> dict[str, Any]:
    """Rows in the order of `data.students`. Without `names`, nothing in it says who anybody is."""
    return {
        "names": names,
        "exercises": [[_text(e.id), _text(e.title), _number(e.max_score)] for e in data.assignment.exercises],
        "rows": [
            _row(marks, data, names=names, page=pages.get(marks.student.pseudonym, ""))
            for marks in data.students
        ],
        "groups": [[title, list(rows)] for title, rows in groups],
    }


def script_json(value: Any) -> str:
    """JSON that can stand inside a `<script>` element: nothing in it can end the element or open another."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(marks: StudentMarks, data: ClassData, *, names: bool, page: str) -> dict[str, Any]:
    person = marks.student
    by_id = {mark.id: mark for mark in marks.exercises}
    return {
        "p": _text(person.pseudonym),
        "n": _text(person.shown) if names else "",
        "i": _text(person.id) if names else "",
        "s": _text(person.section),
        "t": _state(marks),
        "m": _number(marks.penalised),
        "r": _number(marks.score),
        "k": _number(marks.strict_score),
        "l": late_words(marks.lateness),
        "a": _number(marks.lateness.seconds),
        "x": sum(mark.slips for mark in marks.exercises),
        "e": [_exercise(by_id.get(exercise.id), marks.state) for exercise in data.assignment.exercises],
        "h": page,
    }


def _state(marks: StudentMarks) -> str:
    if marks.trouble and marks.score is not None:
        return "earlier work counts"
    waits = marks.provisional and marks.score is not None
    return f"{marks.state.value}, provisional" if waits else marks.state.value


def late_words(late: Lateness) -> str:
    """`late 26 h, -10 %`, in as few words as a table has room for."""
    said = []
    if late.extended:
        said.append("extension")
    if late.seconds:
        hours = late.seconds / 3600
        said.append(f"late {hours / 24:.1f} d" if hours >= 48 else f"late {hours:.1f} h")
    elif late.marked_late:
        said.append("late, by how much is not known")
    if late.percent:
        said.append(f"-{late.percent:g} %")
    return ", ".join(said)


def _exercise(mark: ExerciseMark | None, state: State) -> float | str | None:
    if mark is None or (state is State.NOT_SUBMITTED and mark.score is None):
        return None  # who handed nothing in has not failed to start this one
    if mark.score is None or mark.status in ("not_started", "waived"):
        return "p" if mark.provisional else SIGNS.get(mark.status)
    return _number(mark.score)


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6) + 0.0


def _text(text: str) -> str:
    return one_line(text, limit=LONGEST)
