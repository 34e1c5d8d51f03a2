"""The files for one student: `report.html`, `report.md`, and the notebook with the findings in it.

Folders are called by pseudonyms: a student's id is text from outside, and a projector shows where a link leads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.class_report.markdown import report_markdown
from grader.class_report.table import late_words
from grader.files import write_whole
from grader.findings import Finding, Verdict
from grader.gradebook import AssignmentInfo, Gradebook, Person, StudentMarks
from grader.report.html import html
from grader.report.redact import redact
from grader.report.report import ExerciseReport, Place, Reader, Report, Status
from grader.report.wording import short

if TYPE_CHECKING:
    from grader.submission import NotebookFile, Unit

FOLDER = "students"
STAMP = ".chainmark"
"""In each student's folder: a hash of what its files were made from, so that only what changed is made again."""
FORM = 2
"""Goes up when the files look different, so that all are made again."""

REBUILT = (
    "The notebook itself was not at hand when this was written: below are its code cells as they were graded, "
    "without text cells, magics and outputs"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Who reads the students' files, and how many degrees of hints they see."""

    reader: Reader
    hints: int | Mapping[str, int]
    """One number for all exercises, or each one's own."""
    names: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one student's files."""

    folder: Path
    fresh: bool
    """Whether they were written now; False where nothing had changed."""
    notebooks: bool = True
    """Whether there was a notebook to write into."""


def closed(assignment: AssignmentInfo, people: Mapping[str, Person], now: datetime) -> bool:
    """Whether nobody may hand in any more: due time, every extension and the days for late work are over.

    An assignment that is never due, or takes late work for ever, is open.
    """
    if assignment.due is None:
        return False
    ends = [assignment.due, *(person.extension for person in people.values() if person.extension)]
    rule = assignment.late
    takes_late = rule.percent_a_day > 0 and rule.at_most_percent < 100 and rule.closes_after_days is None
    days = rule.closes_after_days
    if days is None and rule.percent_a_day > 0:
        days = 100 / rule.percent_a_day  # from then on nothing is left to earn
    return not takes_late and now > max(ends) + timedelta(days=days or 0, minutes=rule.grace_minutes)


def write_student(book: Gradebook, marks: StudentMarks, out: Path, shown: Shown) -> Written | None:
    """Write one student's files into a folder below `out`; None where there is no report. Raises OSError.

    Files that are up to date are left alone.
    """
    whole = book.report_object(marks.report_id)
    if whole is None:
        return None
    folder = out / FOLDER / marks.student.pseudonym
    stamp, earlier = _stamp(whole, marks, shown), _read(folder / STAMP)
    if earlier.get("made_from") == stamp and all(
        (folder / name).is_file() for name in earlier.get("files", {})
    ):
        return Written(folder, False, bool(earlier.get("notebooks")))
    report = redact(_with_people(whole, marks), shown.reader, hints=shown.hints)
    report = replace(report, notes=(*_notes(report, marks), *report.notes))
    if not shown.names:
        report = replace(report, student=marks.student.pseudonym, submission="submission")
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder, earlier)
    page, markdown = folder / "report.html", folder / "report.md"
    write_whole(page, html(report))
    write_whole(markdown, report_markdown(report))
    notebooks = _write_notebooks(book, marks, report, folder)
    files = {path.name: _digest(path) for path in (page, markdown, *notebooks)}
    note = {"made_from": stamp, "files": files, "notebooks": bool(notebooks)}
    write_whole(folder / STAMP, json.dumps(note, indent=1) + "\n")
    return Written(folder, True, bool(notebooks))


def _clear(folder: Path, earlier: Mapping[str, Any]) -> None:
    """Take away what was written for earlier work, so that two notebooks do not contradict one another.

    What somebody has changed since, an assistant's remark say, stays.
    """
    (folder / STAMP).unlink(missing_ok=True)
    for name, digest in earlier.get("files", {}).items():
        path = folder / Path(name).name
        if path.is_file() and not path.is_symlink() and _digest(path) == digest:
            path.unlink()


def clear_unknown(out: Path, known: Collection[str]) -> int:
    """Take away the files of students whom the gradebook has forgotten; how many there were."""
    count = 0
    for stamp in sorted((out / FOLDER).glob(f"*/{STAMP}")):
        folder = stamp.parent
        if folder.name not in known and not folder.is_symlink():
            clear_folder(folder)
            count += 1
    return count


def clear_folder(folder: Path) -> None:
    """Take away what was written for one student. What somebody has changed since stays, and so does the folder."""
    _clear(folder, _read(folder / STAMP))
    if not any(folder.iterdir()):
        folder.rmdir()


def _with_people(report: Report, marks: StudentMarks) -> Report:
    """The report with the marks that a person gave, so that nothing in it waits for one any more."""
    given = {one.id: one for one in marks.exercises if not one.provisional and one.score is not None}
    exercises = tuple(
        replace(
            e, status=Status.GRADED, score=given[e.id].score or 0.0, strict_score=given[e.id].strict_score or 0.0,
            provisional=False, reason="",
        )
        if e.provisional and e.id in given
        else e
        for e in report.exercises
    )  # fmt: skip
    return replace(report, exercises=exercises)


def _notes(report: Report, marks: StudentMarks) -> tuple[Finding, ...]:
    """What the marks that count owe to anything but this report: waivers, a person's marks, lateness."""
    said = [f"{one.id}: {note}" for one in marks.exercises for note in one.notes] + list(marks.notes)
    late = late_words(marks.lateness)
    if late:
        said.append(late)
    if marks.trouble:
        said.append(f"newer work could not be graded: {marks.trouble}")
    same = marks.penalised is not None and short(marks.penalised) == short(report.score)
    if same and short(marks.max_score) == short(report.max_score) and not said:
        return ()
    counts = (
        "none yet" if marks.penalised is None else f"{short(marks.penalised)} of {short(marks.max_score)}"
    )
    return tuple(
        Finding("marks", Verdict.WARN, text) for text in (f"the mark that counts is {counts}", *said)
    )


def _write_notebooks(book: Gradebook, marks: StudentMarks, report: Report, folder: Path) -> tuple[Path, ...]:
    from grader.report.feedback import write_feedback

    units = book.sources(marks.sha256)
    if not any(unit.cell is not None for unit in units):
        return ()
    found = _handed_in(marks, units)
    if found:
        return write_feedback(folder, found, report, units=units)
    notebooks, report = rebuilt(units, report)
    note = Finding("notebook", Verdict.WARN, REBUILT)
    return write_feedback(folder, notebooks, replace(report, notes=(*report.notes, note)))


def _handed_in(marks: StudentMarks, units: Sequence[Unit]) -> tuple[NotebookFile, ...]:
    """The notebooks themselves, if they still lie where they were graded and are what was graded."""
    from grader.submission import SubmissionError, read_submission

    path = Path(marks.student.path)
    if not marks.student.path or not path.exists():
        return ()
    try:
        submission = read_submission(path)
    except (SubmissionError, OSError):
        return ()
    if submission.sha256 != marks.sha256:
        return ()
    names = {unit.file for unit in units if unit.cell is not None}
    if len(submission.notebooks) == len(names) == 1:  # systems that put a student's name before the file's
        return (submission.notebooks[0]._replace(file=names.pop()),)
    return tuple(notebook for notebook in submission.notebooks if notebook.file in names)


def rebuilt(units: Sequence[Unit], report: Report) -> tuple[tuple[NotebookFile, ...], Report]:
    """Notebooks of the code cells that were graded, and the report with its places in these."""
    from grader.submission import NotebookFile

    cells: dict[str, list[dict[str, Any]]] = {}
    place: dict[tuple[str, int | None], int] = {}
    for unit in units:
        if unit.cell is None:
            continue
        there = cells.setdefault(unit.file, [])
        place[unit.file, unit.cell] = len(there)
        there.append(
            {
                "cell_type": "code", "id": f"cell-{len(there)}", "metadata": {}, "execution_count": None,
                "outputs": [], "source": unit.source,
            }
        )  # fmt: skip
    notebooks = tuple(
        NotebookFile(file, {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        for file, made in cells.items()
    )

    def moved(one: Place) -> Place:
        return replace(one, cell=place.get((one.file, one.cell)))

    def with_places(exercise: ExerciseReport) -> ExerciseReport:
        return replace(exercise, places=tuple(moved(one) for one in exercise.places))

    return notebooks, replace(report, exercises=tuple(with_places(e) for e in report.exercises))


def _stamp(report: Report, marks: StudentMarks, shown: Shown) -> str:
    said = [
        FORM, marks.report_id, report.sha256, list(report.versions), shown.reader.value,
        shown.hints if isinstance(shown.hints, int) else sorted(shown.hints.items()), shown.names,
        [note.message for note in _notes(report, marks)],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("files", {}), dict) else {}
