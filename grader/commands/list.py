"""`chainmark list`: which exercises there are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.commands.choosing import catalogue, choosing, chosen
from grader.commands.errors import BadInputError

if TYPE_CHECKING:
    from grader.exercise import Exercise


WIDE = 100
"""Columns from which on the functions fit beside the rest."""


@click.command("list", short_help="List the exercises: what they ask for, and for how many points.")
@choosing
@click.option(
    "--assignment",
    "-a",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also the exercises in the folders that this assignment.toml names.",
)
@click.option("--assignments", is_flag=True, help="List the assignments that come with chainmark instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def list(assignment: Path | None, assignments: bool, as_json: bool, **options: Any) -> None:
    """List the exercises by topic: id, points, kind, difficulty, minutes, and what a submission defines.

    Words are found within names, whatever the case of their letters; an option may be given several times.

    \b
    Examples:
      chainmark list
      chainmark list --topic losses --difficulty 1-3
      chainmark list --lecture "lecture 4" --kind graph --minutes -15
      chainmark list --assignment hw1/assignment.toml --json
      chainmark list --assignments
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    if assignments:
        _assignments(as_json=as_json)
        return
    found = chosen(catalogue(assignment), **options)
    if as_json:
        click.echo(json.dumps([_data(e) for e in found.values()], indent=2, ensure_ascii=False))
    elif found:
        _table(found)
    else:
        click.echo("no exercise is like that; leave an option out")


def _data(e: Exercise) -> dict[str, Any]:
    return {
        "id": e.id,
        "title": e.title,
        "kind": e.kind,
        "topic": e.topic,
        "lecture": e.lecture,
        "difficulty": e.difficulty,
        "minutes": e.minutes,
        "points": dict(e.points),
        "functions": [*e.functions],
        "variables": [*e.variables],
    }


def _table(found: Mapping[str, Exercise]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(markup=False, highlight=False, emoji=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right")
    table.add_column("kind", no_wrap=True)
    table.add_column("level", justify="right")
    table.add_column("min", justify="right")
    wide = console.width >= WIDE
    if wide:
        table.add_column("asks for", overflow="fold")
    for topic in dict.fromkeys(e.topic for e in found.values()):
        table.add_row(Text(topic or "other", style="bold"))
        for e in found.values():
            if e.topic == topic:
                names = ", ".join((*e.functions, *e.variables)) or "words"
                row = [f"  {e.id}", f"{e.worth:g}", e.kind, str(e.difficulty), str(e.minutes)]
                table.add_row(*row, *([names] if wide else []))
    console.print(table)
    if not wide:
        console.print(
            f"`chainmark show ID` says what an exercise asks for, as does this list from {WIDE} columns on."
        )


def _assignments(*, as_json: bool) -> None:
    from grader.assignment import AssignmentError
    from grader.bundled import bundled
    from grader.exercise_catalogue import ExerciseFileError, exercises
    from grader.notebooks.build import read_book

    try:
        known = exercises()
        books = [read_book(path, known) for path in bundled().values()]
    except (AssignmentError, ExerciseFileError) as error:
        raise BadInputError(str(error)) from None
    if as_json:
        data = [
            {
                "id": book.assignment.id,
                "title": book.assignment.title,
                "version": book.assignment.version,
                "points": book.assignment.worth,
                "notebook": book.page.given,
                "exercises": [e.id for e in book.assignment.exercises],
            }
            for book in books
        ]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title, side in (
        ("assignment", "left"),
        ("exercises", "right"),
        ("points", "right"),
        ("title", "left"),
    ):
        table.add_column(title, justify=side)  # type: ignore[arg-type]
    for book in books:
        made = book.assignment
        table.add_row(made.id, str(len(made.exercises)), f"{made.worth:g}", made.title)
    Console(markup=False, highlight=False, emoji=False).print(table)
