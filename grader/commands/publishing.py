"""`chainmark diff` and `chainmark publish`: what students would be told that is new, and freezing it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.decide import RESULTS, deciding
from grader.commands.errors import BadInputError
from grader.text import counted, one_line

if TYPE_CHECKING:
    from grader.gradebook import Change, Person, PublishedMark, StudentMarks


@click.command(short_help="Show whose marks differ from those last published.")
@click.argument("results", type=RESULTS)
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def diff(results: Path, as_json: bool) -> int:
    """Show each student whose marks differ from the last publication, and in which exercises.

    \b
    Examples:
      chainmark diff hw1-results

    \b
    Exit codes:
      0  nothing differs
      1  something does
      2  bad input
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    from grader.gradebook import Gradebook, GradebookError

    try:
        with Gradebook.open(results) as book:
            changes = book.changes()
            published = book.publications()
    except GradebookError as error:
        raise BadInputError(str(error)) from None
    if as_json:
        click.echo(json.dumps([_plain(change) for change in changes], indent=2))
        return 1 if changes else 0
    since = f"since publication {published[-1].id}" if published else "to be published for the first time"
    if not changes:
        click.echo(f"nothing has changed {since}")
        return 0
    from rich.console import Console
    from rich.table import Table

    from grader.gradebook.publications import same

    grid = Table(box=None, padding=(0, 1), header_style="bold")
    for name, side in (("student", "left"), ("before", "right"), ("now", "right"), ("", "right")):
        grid.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
    grid.add_column("exercises, and what else")
    names = Counter(change.student.shown for change in changes)
    for change in changes:
        before = change.before.score if change.before else None
        moved = "" if change.difference is None else f"{round(change.difference, 2) + 0.0:+g}"
        parts = [f"{name} {_told(old)} → {_told(new)}" for name, (old, new) in change.exercises.items()]
        parts += why(change)
        called = _called(change.student, alone=names[change.student.shown] == 1)
        grid.add_row(called, _told(before), _told(change.now.penalised), moved, ", ".join(parts))
    Console(markup=False, highlight=False, emoji=False).print(grid)
    up = sum(1 for c in changes if (c.difference or 0) > 0)
    down = sum(1 for c in changes if (c.difference or 0) < 0)
    for old, new in {(c.before.max_score, c.now.max_score) for c in changes if c.before is not None}:
        if not same(old, new):
            points = f"there were {_told(old)} points to earn then, {_told(new)} now"
            click.echo(f"{points}: fewer points need not be a worse mark")
    if published:
        click.echo(
            f"{counted(len(changes), 'mark differs', 'marks differ')} {since}: {up} higher, {down} lower"
        )
    else:
        click.echo(f"{counted(len(changes), 'mark')} {since}")
    return 1


def why(change: Change) -> list[str]:
    """What besides the exercises makes the mark what it is now, where these do not account for the difference."""
    from grader.class_report.table import late_words
    from grader.gradebook.publications import same

    if change.difference is None:
        return []
    by_exercise = sum((new or 0.0) - (old or 0.0) for old, new in change.exercises.values())
    if same(by_exercise, change.difference):
        return []
    late, notes = late_words(change.now.lateness), change.now.notes
    if not late and not notes and change.now.lateness.seconds == 0.0:
        late = "in time"  # as it was not, before an extension say
    return [*([late] if late else []), *(one_line(note, limit=80) for note in notes)]


def _called(person: Person, *, alone: bool) -> str:
    """The name; with the id where others of that name are listed too."""
    return one_line(person.shown if alone else f"{person.shown} ({person.id})", limit=40)


@click.command(short_help="Freeze all marks as those that students are told.")
@click.argument("results", type=RESULTS)
@click.option(
    "--raise-only", is_flag=True, help="Nobody falls below what was published before: that is kept."
)
@click.option("--note", default="", metavar="TEXT", help="What this publication is: kept with it.")
@click.option(
    "--allow-provisional", is_flag=True, help="Publish although marks of written parts are missing."
)
def publish(results: Path, raise_only: bool, note: str, allow_provisional: bool) -> None:
    """Freeze everybody's marks in RESULTS. `chainmark diff` shows before what would change.

    \b
    Examples:
      chainmark publish hw1-results
      chainmark publish hw1-results --raise-only --note "after the regrade requests"
    """  # noqa: D301
    from grader.gradebook.store import now

    with deciding(results) as (ledger, book):
        marks = book.marks()
        waiting = [row for row in marks if row.provisional]
        if waiting and not allow_provisional:
            whose = one_line(waiting[0].student.shown, limit=60)
            raise BadInputError(
                f"{counted(len(waiting), 'mark is', 'marks are')} provisional, as that of {whose}; "
                "enter the missing ones with `chainmark written`, or add --allow-provisional"
            )
        earlier = book.publications()
        before = book.published(earlier[-1].id) if earlier else {}
        held = {}
        for row in marks if raise_only else ():
            floor = _floor(row, before.get(row.student.pseudonym))
            if floor is not None:
                held[row.student.pseudonym] = floor
        at = now()
        with ledger.action(
            "publish", f"{counted(len(marks), 'mark')}{', raise only' if raise_only else ''}"
        ) as changing:
            number = changing.execute(
                "INSERT INTO publications (at, raise_only, note) VALUES (?, ?, ?)",
                (at, raise_only, one_line(note, limit=500)),
            ).lastrowid
            for row in marks:
                who = row.student.pseudonym
                score, state = row.penalised, row.state
                changing.execute("INSERT OR IGNORE INTO students (pseudonym) VALUES (?)", (who,))
                if who in held:
                    score, state = held[who], before[who].state
                    reason = f"publication {number} lowers nobody, and so much was published before"
                    changing.execute(
                        "INSERT INTO adjustments (at, student, exercise, kind, points, reason) "
                        "VALUES (?, ?, '', 'kept', ?, ?)",
                        (at, who, held[who], reason),
                    )
                changing.execute(
                    "INSERT INTO published (publication_id, student, state, score, max_score, exercises, "
                    "report_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        number, who, state.value, score, row.max_score,
                        json.dumps({mark.id: mark.score for mark in row.exercises}), row.report_id,
                    ),
                )  # fmt: skip
    kept = f"; {counted(len(held), 'keeps', 'keep')} what was published before" if held else ""
    click.echo(f"publication {number}: the marks of {counted(len(marks), 'student')}{kept}")


def _floor(now: StudentMarks, before: PublishedMark | None) -> float | None:
    """What was published, if the mark would fall below it; the same share where there is less to earn now.

    It is kept as part of the student's mark, so that the export, the report and `diff` say what was published.
    """
    from grader.gradebook.publications import same

    if before is None or before.score is None:
        return None
    share = now.max_score / before.max_score if before.max_score else 1.0
    floor = before.score * min(1.0, share)
    falls = now.penalised is None or (now.penalised < floor and not same(now.penalised, floor))
    return floor if falls else None


def _told(points: float | None) -> str:
    return "–" if points is None else f"{round(points, 2):g}"


def _plain(change: Change) -> dict[str, object]:
    return {
        "student": change.student.id,
        "before": change.before.score if change.before else None,
        "now": change.now.penalised,
        "exercises": {name: {"before": old, "now": new} for name, (old, new) in change.exercises.items()},
        "why": why(change),
    }
