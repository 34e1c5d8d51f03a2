"""`chainmark report`: the class report of a results folder, and the pages for its students."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.errors import BadInputError
from grader.text import counted, one_line

if TYPE_CHECKING:
    from grader.class_report.students import Shown
    from grader.gradebook import Gradebook, StudentMarks

READERS = ("practice", "closed", "staff")
OUT = "report"
CLASS = "class.html"
MOST_HINTS = 9


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    results: Path
    student: str | None
    out: Path | None
    names: bool
    reader: str | None
    hints: int | None
    class_only: bool
    jobs: int | None


@click.command(short_help="Write the class report, and a page and notebook for each student.")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--student", metavar="ID", help="Write this one student's files only: id, e-mail, name or pseudonym."
)
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), metavar="DIR", help="Where to; without it RESULTS/report."
)
@click.option(
    "--names/--no-names",
    default=True,
    help="With names and a switch that hides them, or with pseudonyms alone. [--names]",
)
@click.option(
    "--reader",
    type=click.Choice(READERS),
    help="What students' files show: practice hides what would give answers away, closed shows them, staff all. "
    "Without it, what the assignment says, and closed once nobody may hand in any more.",
)
@click.option(
    "--hints",
    type=click.IntRange(0, MOST_HINTS),
    metavar="N",
    help="Degrees of hints in students' files. Without it, what the assignment says.",
)
@click.option("--class-only", is_flag=True, help="Write class.html and no student's files.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 256), metavar="N", help="Processes; without it one a core."
)
def report(
    results: Path,
    student: str | None,
    out: Path | None,
    names: bool,
    reader: str | None,
    hints: int | None,
    class_only: bool,
    jobs: int | None,
) -> None:
    """Write the reports on RESULTS, a results folder of `chainmark grade`.

    class.html is for the instructor: what to teach again, what to suspect us of, what is open or has changed,
    marks, progress, similar wrong answers, and all students in one table. Below students/, each has a folder with
    report.html, report.md and their notebook with the findings in it, and students/folders.csv says whose folder is
    whose. Only what has changed is written again.

    \b
    Examples:
      chainmark report hw1-results
      chainmark report hw1-results --class-only --no-names --out shared/
      chainmark report hw1-results --student ada --reader closed

    \b
    Exit codes:
      0  written
      2  bad input: one line says what is wrong
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    if student is not None and class_only:
        raise BadInputError("--student writes one student's files and --class-only none; leave one out")
    from grader.gradebook import Gradebook, GradebookError

    wanted = Wanted(results, student, out, names, reader, hints, class_only, jobs)
    try:
        with Gradebook.open(results) as book:
            _write(book, wanted)
    except GradebookError as error:
        raise BadInputError(str(error)) from None


def _write(book: Gradebook, wanted: Wanted) -> None:
    out = wanted.out or wanted.results / OUT
    shown = _shown(book, wanted)
    if wanted.student is not None:
        _write_one(book, wanted.student, out, shown)
        return
    from grader.class_report.data import ClassData
    from grader.class_report.page import class_page
    from grader.class_report.students import FOLDER, clear_unknown
    from grader.files import write_whole

    data = ClassData.load(book)
    have = [] if wanted.class_only else [marks for marks in data.students if marks.report_id is not None]
    pages = {marks.student.pseudonym: f"{FOLDER}/{marks.student.pseudonym}/report.html" for marks in have}
    with _told(out):
        out.mkdir(parents=True, exist_ok=True)
        clear_unknown(out, book.people)
        write_whole(out / CLASS, class_page(data, names=wanted.names, pages=pages))
    click.echo(f"wrote {one_line(str(out / CLASS), limit=300)}: {counted(len(data.students), 'student')}")
    if have:
        _write_all(wanted, have, out, shown)


def _shown(book: Gradebook, wanted: Wanted) -> Shown:
    from datetime import UTC, datetime

    from grader.class_report.students import Shown, closed
    from grader.report.report import Reader

    if wanted.reader is not None:
        reader = Reader(wanted.reader)
    else:
        over = closed(book.assignment, book.people, datetime.now(UTC))
        reader = Reader.CLOSED if over else book.assignment.reader
    hints = book.assignment.degrees(reader) if wanted.hints is None else wanted.hints
    return Shown(reader, hints, wanted.names)


def _write_one(book: Gradebook, who: str, out: Path, shown: Shown) -> None:
    from grader.class_report.students import write_student

    person = book.person(who)
    marks = book.marks_of(person.pseudonym)
    with _told(out):
        written = write_student(book, marks, out, shown)
    if written is None:
        why = marks.trouble or marks.state.value
        raise BadInputError(f"there is no report on {one_line(person.shown, limit=80)}: {one_line(why)}")
    said = "wrote" if written.fresh else "up to date:"
    click.echo(f"{said} {one_line(str(written.folder), limit=300)} (for the reader: {shown.reader.value})")


def _write_all(wanted: Wanted, have: Sequence[StudentMarks], out: Path, shown: Shown) -> None:
    from grader.batch.pool import cores
    from grader.class_report.folders import NAME, folders_csv
    from grader.class_report.many import write_students
    from grader.class_report.students import FOLDER
    from grader.files import write_whole

    fresh = 0
    watched = sys.stderr.isatty()
    with _told(out):
        written = write_students(wanted.results, have, out, shown, jobs=wanted.jobs or cores())
        for number, one in enumerate(written, 1):
            fresh += one.fresh
            if watched:
                sys.stderr.write(f"\r\x1b[K{number} of {counted(len(have), 'student')}")
                sys.stderr.flush()
        index = out / FOLDER / NAME
        if wanted.names:
            write_whole(index, folders_csv(have))
        else:
            index.unlink(missing_ok=True)  # of a report with names
    if watched:
        sys.stderr.write("\r\x1b[K")
    whose = f"; {NAME} there says whose folder is whose" if wanted.names else ""
    click.echo(
        f"wrote {one_line(str(out / FOLDER), limit=300)}: the files of {counted(fresh, 'student')}, "
        f"{len(have) - fresh} up to date (for the reader: {shown.reader.value}){whose}"
    )


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """What the disk says, as one line."""
    try:
        yield
    except OSError as error:
        raise BadInputError(
            f"cannot write to {one_line(str(out), limit=300)}: {error.strerror or error}"
        ) from None
