"""`chainmark diff` and `chainmark publish`: what students would be told that is new, and freezing it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.decide import RESULTS, deciding
from grader.commands.errors import BadInputError
from grader.text import one_line

if TYPE_CHECKING:
    from grader.gradebook import Change, PublishedMark, StudentMarks


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

    grid = Table(box=None, padding=(0, 1), header_style="bold")
    for name, side in (("student", "left"), ("before", "right"), ("now", "right"), ("", "right")):
        grid.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
    grid.add_column("exercises")
    for change in changes:
        before = change.before.score if change.before else None
        moved = "" if change.difference is None else f"{change.difference:+.2f}"
        parts = [f"{name} {_told(old)} → {_told(new)}" for name, (old, new) in change.exercises.items()]
        grid.add_row(
            one_line(change.student.shown, limit=40), _told(before), _told(change.now.penalised), moved,
            ", ".join(parts),
        )  # fmt: skip
    Console(markup=False, highlight=False, emoji=False).print(grid)
    up = sum(1 for c in changes if (c.difference or 0) > 0)
    down = sum(1 for c in changes if (c.difference or 0) < 0)
    click.echo(f"{len(changes)} differ {since}: {up} higher, {down} lower")
    return 1


@click.command(short_help="Freeze all marks as those that students are told.")
@click.argument("results", type=RESULTS)
@click.option("--raise-only", is_flag=True, help="Nobody falls below what was published before.")
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
            raise BadInputError(
                f"{len(waiting)} marks are provisional, as that of {one_line(waiting[0].student.shown, limit=60)}; "
                "enter the missing ones with `chainmark written`, or add --allow-provisional"
            )
        earlier = book.publications()
        before = book.published(earlier[-1].id) if earlier else {}
        rows = [_row(row, before.get(row.student.pseudonym), raise_only) for row in marks]
        with ledger.action("publish", f"{len(rows)} marks{', raise only' if raise_only else ''}") as changing:
            number = changing.execute(
                "INSERT INTO publications (at, raise_only, note) VALUES (?, ?, ?)",
                (now(), raise_only, one_line(note, limit=500)),
            ).lastrowid
            for values in rows:
                changing.execute("INSERT OR IGNORE INTO students (pseudonym) VALUES (?)", (values[0],))
                changing.execute(
                    "INSERT INTO published (publication_id, student, state, score, max_score, exercises, "
                    "report_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (number, *values),
                )
    click.echo(f"publication {number}: the marks of {len(rows)} students")


def _row(now: StudentMarks, before: PublishedMark | None, raise_only: bool) -> tuple[object, ...]:
    """A student's line of the snapshot; with `raise_only` no number is lower than the one published before."""
    exercises = {mark.id: mark.score for mark in now.exercises}
    score = now.penalised
    state = now.state
    if raise_only and before is not None:
        exercises = {name: _higher(points, before.exercises.get(name)) for name, points in exercises.items()}
        score = _higher(score, before.score)
        if now.penalised is None and score is not None:
            state = before.state
    return (
        now.student.pseudonym, state.value, score, now.max_score, json.dumps(exercises), now.report_id
    )  # fmt: skip


def _higher(one: float | None, other: float | None) -> float | None:
    return max((points for points in (one, other) if points is not None), default=None)


def _told(points: float | None) -> str:
    return "–" if points is None else f"{round(points, 2):g}"


def _plain(change: Change) -> dict[str, object]:
    return {
        "student": change.student.id,
        "before": change.before.score if change.before else None,
        "now": change.now.penalised,
        "exercises": {name: {"before": old, "now": new} for name, (old, new) in change.exercises.items()},
    }
