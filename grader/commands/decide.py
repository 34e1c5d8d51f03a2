"""What a person decides about marks, with a reason and for good: waive, adjust, written, forget."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.errors import BadInputError
from grader.text import counted, one_line

if TYPE_CHECKING:
    from grader.gradebook import AssignmentInfo, Gradebook
    from grader.gradebook.ledger import Ledger

RESULTS = click.Path(path_type=Path)


@contextmanager
def deciding(results: Path) -> Iterator[tuple[Ledger, Gradebook]]:
    """The folder, open for writing and reading. Raises BadInputError for what is wrong with it, or asked of it."""
    from grader.batch.errors import BatchError
    from grader.gradebook import Gradebook, GradebookError
    from grader.gradebook.ledger import Ledger

    try:
        with Ledger.opened(results) as ledger, Gradebook.open(results) as book:
            yield ledger, book
    except (BatchError, GradebookError) as error:
        raise BadInputError(str(error)) from None


def known_exercise(assignment: AssignmentInfo, exercise: str, node: str = "") -> None:
    """Raises BadInputError for an exercise that the assignment lacks, or a node that the exercise lacks."""
    from grader.nearest import did_you_mean

    names = {info.id: info for info in assignment.exercises}
    if exercise not in names:
        hint = did_you_mean(exercise, names) or f"its exercises are {', '.join(names)}"
        raise BadInputError(f"{one_line(exercise)} is no exercise of {one_line(assignment.id)}; {hint}")
    if node and node not in names[exercise].nodes:
        hint = did_you_mean(node, names[exercise].nodes) or f"there are {', '.join(names[exercise].nodes)}"
        raise BadInputError(f"{one_line(node)} is no node of {exercise}; {hint}")


def _reason(reason: str) -> str:
    said = one_line(reason.strip(), limit=500)
    if not said:
        raise BadInputError("--reason is empty; students and colleagues will ask")
    return said


def _finite(points: float) -> float:
    if not math.isfinite(points) or abs(points) > 1e6:
        raise BadInputError(f"points must be a number up to a million, got {points}")
    return points


@click.command(short_help="Take an exercise, or a node of it, out of everybody's marks.")
@click.argument("results", type=RESULTS)
@click.argument("exercise")
@click.argument("node", required=False, default="")
@click.option("--reason", required=True, metavar="TEXT", help="Why: it is kept, and shown beside the marks.")
@click.option("--full", is_flag=True, help="Give everybody its points, in place of taking it out.")
@click.option("--undo", is_flag=True, help="Let it count again.")
def waive(results: Path, exercise: str, node: str, reason: str, full: bool, undo: bool) -> None:
    """Let EXERCISE, or only its NODE, count for nobody in RESULTS.

    It leaves both what everybody has and what there is to earn: whoever had it right has fewer points of fewer, and
    may have a lower percentage. With --full everybody has its points, and nobody falls.

    \b
    Examples:
      chainmark waive hw1-results softmax_loss --reason "the shapes in the text were wrong"
      chainmark waive hw1-results batchnorm dx --full --reason "two conventions were taught"
      chainmark waive hw1-results batchnorm dx --undo --reason "a false alarm"
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    from grader.gradebook.store import now

    reason = _reason(reason)
    with deciding(results) as (ledger, book):
        if not node and exercise not in {info.id for info in book.assignment.exercises}:
            exercise, _, node = exercise.partition(".")  # as `explain` has it
        known_exercise(book.assignment, exercise, node)
        before = _shares(book)
        holding = [w for w in book.waivers() if (w.exercise, w.node) == (exercise, node)]
        what = f"{exercise} {node}".strip()
        if undo and not holding:
            raise BadInputError(f"{what} is not waived")
        if holding and not undo:
            raise BadInputError(f"{what} is waived already: {one_line(holding[0].reason)}; --undo ends that")
        gives = "full" if full else "nothing"
        if undo:
            statement = "UPDATE waivers SET withdrawn = 1 WHERE id = ?"
            ledger.act("waive", f"{what} counts again: {reason}", statement, (holding[0].id,))
        else:
            statement = "INSERT INTO waivers (at, exercise, node, gives, reason) VALUES (?, ?, ?, ?, ?)"
            values = (now(), exercise, node, gives, reason)
            ledger.act("waive", f"{what} gives {gives}: {reason}", statement, values)
    click.echo(
        f"{what} {'counts again' if undo else 'gives everybody its points' if full else 'counts for nobody'}"
    )
    with deciding(results) as (_, book):
        after = _shares(book)
    both = [(before[who], share) for who, share in after.items() if who in before]
    up, down = (sum(new > old + 1e-9 for old, new in both), sum(new < old - 1e-9 for old, new in both))
    instead = "; --full instead lowers nobody" if down and not (full or undo) else ""
    click.echo(f"percentages: {counted(up, 'rises', 'rise')}, {counted(down, 'falls', 'fall')}{instead}")


def _shares(book: Gradebook) -> dict[str, float]:
    """What part of all points each student has who has a mark, by pseudonym."""
    return {
        row.student.pseudonym: row.penalised / row.max_score if row.max_score else 0.0
        for row in book.marks()
        if row.penalised is not None
    }


@click.command(short_help="Change one student's points, so that no regrade undoes it.")
@click.argument("results", type=RESULTS)
@click.argument("student")
@click.argument("exercise", required=False, default="")
@click.option("--add", type=float, metavar="POINTS", help="A difference; below 0 it takes away.")
@click.option(
    "--at-least", type=float, metavar="POINTS", help="A floor: raised to it, whatever grading gives."
)
@click.option("--undo", is_flag=True, help="Withdraw all adjustments of this student and exercise.")
@click.option("--reason", required=True, metavar="TEXT", help="Why: it is kept, and shown beside the mark.")
def adjust(
    results: Path,
    student: str,
    exercise: str,
    add: float | None,
    at_least: float | None,
    undo: bool,
    reason: str,
) -> None:
    """Adjust STUDENT's points in EXERCISE, or of the total where none is named.

    --add may lead above what can be earned, as a bonus does; it says so.

    \b
    Examples:
      chainmark adjust hw1-results ada affine --add 0.5 --reason "right idea, by hand on paper"
      chainmark adjust hw1-results ada --at-least 10 --reason "ill; agreed with the dean"
      chainmark adjust hw1-results ada --undo --reason "meant for somebody else"
    """  # noqa: D301
    from grader.gradebook.store import now

    reason = _reason(reason)
    if (add is not None) + (at_least is not None) + undo != 1:
        raise BadInputError("say one of --add POINTS, --at-least POINTS and --undo")
    kind = "difference" if add is not None else "floor"
    points = _finite(add if add is not None else at_least or 0.0)
    with deciding(results) as (ledger, book):
        person = book.person(student)
        if exercise:
            known_exercise(book.assignment, exercise)
        what = f"{person.pseudonym} {exercise}".strip()
        if undo:
            mine = [a for a in book.adjustments() if (a.student, a.exercise) == (person.pseudonym, exercise)]
            mine = [a for a in mine if a.kind != "kept"] or mine  # what was published goes last
            if not mine:
                raise BadInputError(f"there is no adjustment of {one_line(person.id)} {exercise}".rstrip())
            with ledger.action("adjust", f"{what} withdrawn: {reason}") as changing:
                for one in mine:
                    changing.execute("UPDATE adjustments SET withdrawn = 1 WHERE id = ?", (one.id,))
        else:
            with ledger.action("adjust", f"{what} {kind} {points:g}: {reason}") as changing:
                changing.execute("INSERT OR IGNORE INTO students (pseudonym) VALUES (?)", (person.pseudonym,))
                changing.execute(
                    "INSERT INTO adjustments (at, student, exercise, kind, points, reason) VALUES (?,?,?,?,?,?)",
                    (now(), person.pseudonym, exercise, kind, points, reason),
                )
    with deciding(results) as (_, book):
        marks = book.marks_of(person.pseudonym)
        score = "no mark" if marks.penalised is None else f"{marks.penalised:g} of {marks.max_score:g} points"
        part = next(
            (mark for mark in marks.exercises if mark.id == exercise and mark.score is not None), None
        )
        within = f", of these {part.score:g} of {part.max_score:g} in {exercise}" if part else ""
        above = part is not None and (part.score or 0.0) > part.max_score
        above = above or (marks.penalised or 0.0) > marks.max_score
        bonus = "; that is more than can be earned: --undo withdraws it" if above else ""
        click.echo(f"{one_line(person.shown)} has {score}{within}{bonus}")


@click.command(short_help="Enter marks that a person gave, from a CSV.")
@click.argument("results", type=RESULTS)
@click.argument("marks", type=RESULTS)
@click.option("--exercise", default="", metavar="ID", help="Where the CSV has no column `exercise`.")
def written(results: Path, marks: Path, exercise: str) -> None:
    """Enter the marks of written parts from MARKS, a CSV with student, points, and if need be exercise, comment.

    All lines are entered or none. A later mark of the same student and exercise replaces an earlier one.

    \b
    Examples:
      chainmark written hw1-results essays.csv --exercise explain_backprop
    """  # noqa: D301
    from grader.batch.roster import table
    from grader.gradebook.store import now

    shown = one_line(str(marks), limit=300)
    needs = ("student", "points") if exercise else ("student", "exercise", "points")
    rows = []
    with deciding(results) as (ledger, book):
        worth = {info.id: info.max_score for info in book.assignment.exercises}
        by_hand = [info.id for info in book.assignment.exercises if info.kind == "written"]
        instead = f"or add --exercise {by_hand[0] if len(by_hand) == 1 else 'ID'}, if all are of one"
        for row in table(marks, needs=needs, may=("comment",), instead={"exercise": instead}):
            where = f"{shown}, line {row.line}"
            try:
                person = book.person(row.values["student"])
            except ValueError as error:
                raise BadInputError(f"{where}: {error}") from None
            name = exercise or row.values["exercise"]
            if name not in worth:
                known_exercise(book.assignment, name)
            try:
                points = float(row.values["points"].replace(",", "."))
            except ValueError:
                points = math.nan
            if not 0 <= points <= worth[name]:
                got = one_line(row.values["points"], limit=30)
                raise BadInputError(f'{where}: points must be from 0 to {worth[name]:g}, got "{got}"')
            rows.append(
                (now(), person.pseudonym, name, points, one_line(row.values.get("comment", ""), limit=2000))
            )
        if not rows:
            raise BadInputError(f"{shown} has no line with a mark")
        with ledger.action(
            "written", f"{counted(len(rows), 'mark')} from {one_line(marks.name)}"
        ) as changing:
            for values in rows:
                changing.execute("INSERT OR IGNORE INTO students (pseudonym) VALUES (?)", (values[1],))
                changing.execute(
                    "INSERT INTO written (at, student, exercise, points, comment) VALUES (?, ?, ?, ?, ?)",
                    values,
                )
    click.echo(f"{counted(len(rows), 'mark')} {'was' if len(rows) == 1 else 'were'} entered")


@click.command(short_help="Delete everything that is kept of a student.")
@click.argument("results", type=RESULTS)
@click.argument("student")
def forget(results: Path, student: str) -> None:
    """Delete from RESULTS all that is kept of STUDENT: name, work, reports, marks. It cannot be undone.

    What they handed in elsewhere is not touched, and will not be graded into this folder again. Their own pages in
    RESULTS/report go too; of other files in RESULTS that were written before it is said which to write again.

    \b
    Examples:
      chainmark forget hw1-results ada@example.edu
    """  # noqa: D301
    with deciding(results) as (ledger, book):
        person = book.person(student)
        book.close()  # a reader would keep the old pages alive
        ledger.forget(person.pseudonym)
        _delete_copy(results, person.path)
        left = _delete_pages(results, person.pseudonym)
    shown = one_line(str(results), limit=300)
    click.echo(f"everything about {one_line(student)} is deleted from the gradebook in {shown}")
    if left:
        click.echo(f"{', '.join(left)} may still name them: write or delete it anew")


def _delete_pages(results: Path, pseudonym: str) -> list[str]:
    """Delete the student's own pages in the results folder. Returns what else was written there before."""
    from grader.class_report.folders import NAME
    from grader.class_report.students import FOLDER, clear_folder
    from grader.commands.export import FILES
    from grader.commands.report import CLASS, OUT

    mine = results / OUT / FOLDER / pseudonym
    if mine.is_dir():
        clear_folder(mine)
    pages = [results / OUT / CLASS, results / OUT / FOLDER / NAME]
    others = [*pages, *(results / name for name in FILES.values()), mine]
    return [str(path.relative_to(results)) for path in others if path.exists()]


def _delete_copy(results: Path, path: str) -> None:
    """Delete what a .zip left of a student's in the results folder; nothing outside it."""
    import shutil

    from grader.commands.grade import UNPACKED

    inside = (results / UNPACKED).absolute()
    place = Path(path)
    if path and place.is_relative_to(inside) and place != inside:
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)
