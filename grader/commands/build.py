"""`chainmark build`: the notebooks that students open, and those with solutions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.errors import BadInputError
from grader.text import one_line

if TYPE_CHECKING:
    from grader.notebooks.build import Book


@click.command(short_help="Build the notebooks of an assignment, or of all that come with chainmark.")
@click.argument("assignments", nargs=-1, metavar="[ASSIGNMENT]...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write them; without it, notebooks/ (or solutions/ with --solutions).",
)
@click.option("--solutions", is_flag=True, help="With the solutions filled in, for the course's own eyes.")
@click.option(
    "--update",
    is_flag=True,
    help="Bring notebooks that were worked in up to date, keeping all that was written.",
)
def build(assignments: tuple[str, ...], out: Path | None, solutions: bool, update: bool) -> None:
    """Write a notebook for each ASSIGNMENT: a file, a folder, or the id of one that comes with chainmark.

    Without one, all notebooks that come with chainmark are built. What somebody has worked in is never overwritten;
    --update keeps it, and lays a copy of the file as it was beside it.

    \b
    Examples:
      chainmark build
      chainmark build n01-scalar-circuits --out hw1/
      chainmark build hw1/assignment.toml --out hw1/
      chainmark build n01-scalar-circuits --out hw1/ --update
      chainmark build n01-scalar-circuits --solutions --out staff/

    \b
    Exit codes:
      0  everything was written, or was up to date already
      2  bad input: one line says what is wrong
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    if solutions and update:
        raise BadInputError(
            "--update keeps a student's work, and notebooks with solutions hold none; leave it out"
        )
    folder = out or Path("solutions" if solutions else "notebooks")
    _refuse_mixing(folder, solutions=solutions)
    books = _books(assignments)
    from grader.exercise.solution import SolutionError
    from grader.notebooks.write import NotebookError, write

    for book in books:
        try:
            written = write(book, folder, solved=solutions, update=update)
        except (NotebookError, SolutionError) as error:
            raise BadInputError(str(error)) from None
        except OSError as error:
            shown = one_line(str(folder / book.file))
            raise BadInputError(f"cannot write {shown}: {error.strerror or error}") from None
        beside = f" (as it was: {one_line(written.backup.name)})" if written.backup else ""
        click.echo(f"{written.what:<9} {one_line(str(written.path), limit=300)}{beside}")


def _refuse_mixing(folder: Path, *, solutions: bool) -> None:
    """Raises BadInputError where the folder has notebooks of the other kind, with solutions or without."""
    from grader.notebooks.write import solved_in

    there = solved_in(folder) if folder.is_dir() else None
    if there is None or there is solutions:
        return
    shown = one_line(str(folder))
    if solutions:
        raise BadInputError(
            f"{shown} has students' notebooks; choose another folder for solutions with --out"
        )
    raise BadInputError(
        f"{shown} has notebooks with solutions; choose another folder for students with --out"
    )


def _books(names: Sequence[str]) -> list[Book]:
    """What is to be built. Raises BadInputError."""
    from grader.assignment import AssignmentError, exercise_folders
    from grader.bundled import UnknownAssignmentError, assignment_file, bundled
    from grader.exercise_catalogue import ExerciseFileError, exercises
    from grader.notebooks.build import read_book

    books: list[Book] = []
    try:
        if not names:
            known = exercises()
            every = [read_book(path, known) for path in bundled().values()]
            return [book for book in every if book.page.given]
        for name in names:
            path = assignment_file(Path(name))
            books.append(read_book(path, exercises(folders=exercise_folders(path))))
    except (AssignmentError, ExerciseFileError, UnknownAssignmentError) as error:
        raise BadInputError(str(error)) from None
    twice = [book.file for place, book in enumerate(books) if book.file in {b.file for b in books[:place]}]
    if twice:
        raise BadInputError(
            f"two of these assignments would be written to {one_line(twice[0])}; build them apart"
        )
    return books
