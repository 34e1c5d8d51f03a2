"""`chainmark check`: grade one submission and show what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from grader.commands.check_input import Wanted, assigned, degrees, fitted, read, runner_for, seeds, settled
from grader.commands.check_output import clear, progress, say, write_all
from grader.commands.errors import BadInputError
from grader.text import one_line

READERS = ("practice", "closed", "staff")
HOMEWORK = (".py", ".ipynb", ".zip", ".toml")
"""Ends of file names that no page is ever written to."""


@click.command(short_help="Grade one submission: a notebook, a .py file, a .zip or a folder.")
@click.argument("submission", type=click.Path(path_type=Path))
@click.argument("exercises", nargs=-1, metavar="[EXERCISE]...")
@click.option(
    "--assignment",
    "-a",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An assignment.toml, its folder, or the id of one that comes with chainmark; without it, the one that the "
    "notebook was built from, else every exercise whose functions are found.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON (schema chainmark/report/3).")
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Write one self-contained page."
)
@click.option(
    "--feedback",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the notebook with the findings below its cells, as .ipynb and .html.",
)
@click.option(
    "--reader",
    type=click.Choice(READERS),
    help="Who reads: practice hides what would give answers away, closed shows them, staff sees everything.",
)
@click.option("--hints", type=click.IntRange(0, 9), metavar="N", help="How many degrees of hints to show.")
@click.option("--student", default="", metavar="ID", help="Whose work it is: personal papers depend on it.")
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The course's key, for grading: inputs that nobody can foresee.",
)
@click.option("--attempt", default="1", metavar="N", help="With --key: which attempt this is.")
@click.option("--watch", is_flag=True, help="Stay, and grade again when the file is saved.")
@click.option("--verbose", "-v", is_flag=True, help="Show the nodes of right exercises too.")
@click.option(
    "--allow-weak-sandbox",
    is_flag=True,
    help="With --key: grade strangers' work even where this machine cannot seal it.",
)
@click.option("--here", is_flag=True, help="Run the code in this very process: for debugging your own.")
def check(watch: bool, submission: Path, exercises: tuple[str, ...], **options: Any) -> int:
    """Grade SUBMISSION, a notebook, a .py file, a .zip or a folder, node by node.

    Names of exercises choose some of them; without names every exercise is graded whose functions are found.

    \b
    Examples:
      chainmark check hw1.ipynb
      chainmark check layers.py affine relu --hints 2
      chainmark check hw1.ipynb --watch
      chainmark check hw1.ipynb --html report.html --feedback feedback/
      chainmark check hw1.zip --assignment hw1/assignment.toml --json
      chainmark check layers.py --assignment cs231n-a2

    \b
    Exit codes (the highest wins):
      0  everything passed
      1  something failed or is not started
      2  bad input: one line says what is wrong
      3  something could not be graded
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    wanted = Wanted(submission, exercises, **options)
    if not watch:
        return _once(wanted)
    return _watch(wanted)


def _watch(wanted: Wanted) -> int:
    from grader.watch import changes

    code = _attempt(wanted)
    say(f"waiting for {one_line(str(wanted.path))} to be saved; Ctrl-C ends")
    try:
        for _ in changes(wanted.path):
            click.echo()
            code = _attempt(wanted)
    except KeyboardInterrupt:
        return code
    raise BadInputError(f"{one_line(str(wanted.path))} is gone")


def _attempt(wanted: Wanted) -> int:
    """One round of watching: what is wrong with the file is said, and does not end the watch."""
    try:
        return _once(wanted)
    except BadInputError as error:
        say(f"chainmark check: {one_line(error.format_message(), limit=600)}")
        return 2


def _once(wanted: Wanted) -> int:
    from grader.report.redact import redact
    from grader.report.report import Reader

    if wanted.html is not None and wanted.html.suffix.lower() in HOMEWORK:
        raise BadInputError(
            f"--html would write a page over {one_line(str(wanted.html))}; give a name that ends in .html"
        )
    if wanted.key is not None and not wanted.student:
        raise BadInputError("--key draws inputs for one student; say whose work it is with --student")
    runner = runner_for(wanted)  # first, so that it starts while the submission is read
    try:
        submission = read(wanted.path)
        grading, assignment = assigned(wanted, submission, runner)
        submission = settled(submission, grading)
        runner = fitted(runner, assignment)
        report = grading.grade(
            submission,
            runner,
            seeds(wanted, assignment),
            student=wanted.student,
            progress=progress(len(grading.entries())),
        )
    finally:
        runner.close()
    clear()
    reader = Reader(wanted.reader) if wanted.reader else assignment.reader
    report = redact(report, reader, hints=degrees(wanted, assignment, reader))
    write_all(wanted, submission, report)
    return report.exit_code
