"""`chainmark list`: which exercises there are."""

from __future__ import annotations

import json
from pathlib import Path

import click

from grader.commands.errors import BadInputError


@click.command("list", short_help="List the exercises: what they ask for, and for how many points.")
@click.option(
    "--assignment",
    "-a",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also the exercises in the folders that this assignment.toml names.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def list(assignment: Path | None, as_json: bool) -> None:
    """List the exercises by topic: id, points, kind, and the functions or variables that a submission defines.

    \b
    Examples:
      chainmark list
      chainmark list --assignment hw1/assignment.toml
      chainmark list --json
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    from grader.assignment import AssignmentError, exercise_folders
    from grader.exercise_catalogue import ExerciseFileError, exercises

    try:
        known = exercises(folders=exercise_folders(assignment) if assignment else ())
    except (AssignmentError, ExerciseFileError) as error:
        raise BadInputError(str(error)) from None
    if as_json:
        listed = [
            {
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
            for e in known.values()
        ]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(markup=False, highlight=False, emoji=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right")
    table.add_column("kind", no_wrap=True)
    table.add_column("asks for", overflow="fold")
    topics = [*dict.fromkeys(e.topic for e in known.values())]
    for topic in topics:
        table.add_row(Text(topic or "other", style="bold"), "", "", "")
        for e in known.values():
            if e.topic == topic:
                names = ", ".join((*e.functions, *e.variables)) or "words"
                table.add_row(f"  {e.id}", f"{e.worth:g}", e.kind, names)
    console.print(table)
