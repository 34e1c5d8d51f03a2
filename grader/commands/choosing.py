"""The options by which `list` and `new` choose exercises, and the catalogue that they choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grader.commands.errors import BadInputError

if TYPE_CHECKING:
    from grader.exercise import Exercise

_Command = TypeVar("_Command", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--topic", "topics", multiple=True, metavar="TEXT", help='Of this topic: "losses", "scalar".'
    ),
    click.option(
        "--lecture", "lectures", multiple=True, metavar="TEXT", help='Of this lecture: "lecture 4".'
    ),
    click.option("--kind", "kinds", multiple=True, metavar="TEXT", help='Of this kind: "layer", "graph".'),
    click.option("--difficulty", default="", metavar="RANGE", help="From 1 (easy) to 5: 2, 1-3, 4-."),
    click.option("--minutes", default="", metavar="RANGE", help="How long it takes: -15, 10-30."),
)


def choosing(command: _Command) -> _Command:
    """Adds the options to a command, which is given them as `topics`, `lectures`, `kinds`, ..."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def catalogue(assignment: Path | None, *, folders: Sequence[Path] = ()) -> Mapping[str, Exercise]:
    """All exercises, with those in these folders or in those that an assignment names. Raises BadInputError."""
    from grader.assignment import AssignmentError, exercise_folders
    from grader.bundled import UnknownAssignmentError, assignment_file
    from grader.exercise_catalogue import ExerciseFileError, exercises

    try:
        named = exercise_folders(assignment_file(assignment)) if assignment else ()
        return exercises(folders=(*named, *folders))
    except (AssignmentError, ExerciseFileError, UnknownAssignmentError) as error:
        raise BadInputError(str(error)) from None


def chosen(known: Mapping[str, Exercise], **options: Any) -> dict[str, Exercise]:
    """Those that the options choose. Raises BadInputError."""
    from grader.selection import Selection, SelectionError

    try:
        return Selection(**options).of(known)
    except SelectionError as error:
        raise BadInputError(str(error)) from None
