"""What `chainmark check` gives: the report on the terminal or as JSON, a page, the annotated notebook; progress."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.commands.errors import BadInputError
from grader.text import one_line

if TYPE_CHECKING:
    from grader.commands.check_input import Wanted
    from grader.report.report import Report
    from grader.submission import Submission


def write_all(wanted: Wanted, submission: Submission, report: Report) -> None:
    """The report in every form that was asked for. Raises BadInputError for what cannot be written."""
    if wanted.html is not None:
        from grader.report.html import html

        _save(wanted.html, html(report))
    if wanted.feedback is not None:
        _feedback(wanted.feedback, submission, report)
    if wanted.as_json:
        from grader.report.schema import json_text

        encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
        click.echo(json_text(report, ascii_only=encoding != "utf8"))
        return
    from rich.console import Console

    from grader.report.terminal import show

    show(report, Console(markup=False, highlight=False, emoji=False), verbose=wanted.verbose)


def _feedback(folder: Path, submission: Submission, report: Report) -> None:
    if not submission.notebooks:
        say("--feedback: there is no notebook in this submission, so there is nothing to write into")
        return
    from grader.report.feedback import write_feedback

    try:
        written = write_feedback(folder, submission.notebooks, report, units=submission.units)
    except OSError as error:
        raise BadInputError(f"cannot write to {one_line(str(folder))}: {error.strerror or error}") from None
    for path in written:
        say(f"wrote {one_line(str(path))}")


def _save(path: Path, text: str) -> None:
    from grader.files import write_whole

    try:
        write_whole(path, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(f"cannot write {one_line(str(path))}: {reason}") from None
    say(f"wrote {one_line(str(path))}")


def progress(count: int) -> Any:
    """Which exercise is being judged, on one line that is wiped afterwards; nothing where nobody watches."""
    if not sys.stderr.isatty():
        return lambda _: None
    number = 0

    def said(title: str) -> None:
        nonlocal number
        number += 1
        width = max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
        text = one_line(f"{number} of {count}: {title}", limit=width)
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    return said


def clear() -> None:
    """Wipe the line of `progress`."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def say(text: str) -> None:
    """One line beside the output."""
    print(text, file=sys.stderr)  # noqa: T201 - a message to the person, not output
