"""`chainmark export`: the marks of a results folder as CSV or JSON Lines."""

from __future__ import annotations

from pathlib import Path

import click

from grader.commands.errors import BadInputError
from grader.text import counted, one_line

FILES = {"csv": "marks.csv", "jsonl": "marks.jsonl"}


@click.command(short_help="Write the marks of a results folder as CSV or JSON Lines.")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(tuple(FILES)),
    default="csv",
    help="csv, or jsonl with every node. [csv]",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Where to; - for the terminal. Without it RESULTS/marks.csv or RESULTS/marks.jsonl.",
)
@click.option(
    "--names/--no-names", default=True, help="Call students by their ids, or by pseudonyms. [--names]"
)
@click.option(
    "--published",
    is_flag=True,
    help="The marks of the last publication, as students were told them (CSV only).",
)
def export(results: Path, form: str, out: Path | None, names: bool, published: bool) -> None:
    """Write the marks in RESULTS, a results folder of `chainmark grade`.

    marks.csv has the columns student, status, score, max_score and one for each exercise, then adjustment (of the
    total, by a person), raw_score (the sum of these), strict_score, late_percent, kept (from an earlier publication
    that lowers nobody), name, email and section. An exercise without a mark is empty, which is no zero.

    \b
    Examples:
      chainmark export hw1-results
      chainmark export hw1-results --format jsonl --out marks.jsonl
      chainmark export hw1-results --no-names --out - | sort
      chainmark export hw1-results --published --out told.csv

    \b
    Exit codes:
      0  written
      2  bad input: one line says what is wrong
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    from grader.export.marks_csv import marks_csv, published_csv
    from grader.export.marks_jsonl import marks_jsonl
    from grader.gradebook import Gradebook, GradebookError

    if published and form != "csv":
        raise BadInputError("--published is for CSV; leave --format out")
    told = None
    try:
        with Gradebook.open(results) as book:
            assignment, students = book.assignment, book.marks()
            if published:
                publications = book.publications()
                if not publications:
                    raise BadInputError("nothing was published yet; `chainmark publish` does it")
                told = book.published(publications[-1].id)
    except GradebookError as error:
        raise BadInputError(str(error)) from None
    if not names:  # in the order of ids, pseudonyms would tell
        students = tuple(sorted(students, key=lambda marks: marks.student.pseudonym))
    if told is not None:
        text = published_csv(assignment, students, told, names=names)
    elif form == "csv":
        text = marks_csv(assignment, students, names=names)
    else:
        text = "".join(marks_jsonl(assignment, students, names=names))
    if str(out) == "-":
        click.echo(text.encode(), nl=False)  # in UTF-8, whatever the terminal takes
        return
    path = out or results / FILES[form]
    _save(path, text)
    click.echo(f"wrote {one_line(str(path), limit=300)}: {counted(len(students), 'student')}")


def _save(path: Path, text: str) -> None:
    from grader.files import write_whole

    try:
        write_whole(path, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(f"cannot write {one_line(str(path), limit=300)}: {reason}") from None
