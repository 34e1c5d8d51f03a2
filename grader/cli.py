"""The command `chainmark`: a group whose commands are imported only when they run, and one-line errors.

Exit codes: 0 done, 1 the reader of the output went away, 2 bad input (one line on stderr says which and what
to do), 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any

import click

from grader.text import one_line

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("grader.commands.check", "Grade one submission: a notebook, a .py file, a .zip or a folder."),
    "grade": ("grader.commands.grade", "Grade a whole class into a results folder."),
    "diff": ("grader.commands.publishing", "Show whose marks differ from those last published."),
    "publish": ("grader.commands.publishing", "Freeze all marks as those that students are told."),
    "explain": (
        "grader.commands.explain",
        "Show what one student's mark rests on: evidence, history, how to replay it.",
    ),
    "waive": ("grader.commands.decide", "Take an exercise, or a node of it, out of everybody's marks."),
    "adjust": ("grader.commands.decide", "Change one student's points, so that no regrade undoes it."),
    "written": ("grader.commands.decide", "Enter marks that a person gave, from a CSV."),
    "forget": ("grader.commands.decide", "Delete everything that is kept of a student."),
    "report": ("grader.commands.report", "Write the class report, and a page and notebook for each student."),
    "export": ("grader.commands.export", "Write the marks of a results folder as CSV or JSON Lines."),
    "list": ("grader.commands.list", "List the exercises: what they ask for, and for how many points."),
    "show": ("grader.commands.show", "Show one exercise as a student reads it."),
    "build": (
        "grader.commands.build",
        "Build the notebooks of an assignment, or of all that come with chainmark.",
    ),
    "new": ("grader.commands.new", "Write an assignment.toml from chosen exercises."),
    "doctor": ("grader.commands.doctor", "Show how safely students' code can be run on this machine."),
    "prove": ("grader.commands.prove", "Prove that exercises are sound: for those who write them."),
    "trace": ("grader.commands.trace", "Show a formula's graph with every value and gradient, step by step."),
}
"""Each command's module, which defines it under its own name, and the line that `--help` shows for it."""


class CommandGroup(click.Group):
    """A click group that knows its commands by name and says what is wrong in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, its module imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in `chainmark --help`, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and exit with the codes stated above; never a traceback for bad input."""
        if sys.stdout is None:  # closed by whoever started us
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        if os.environ.get("COLUMNS", "").strip() in ("0", ""):
            os.environ.pop("COLUMNS", None)  # no width is meant, not a width of nothing
        try:
            extra["standalone_mode"] = False
            code = super().main(*args, **extra)
            sys.stdout.flush()  # a closed pipe shows itself here rather than when Python shuts down
        except click.ClickException as error:
            _complain(error)
            sys.exit(2)
        except (click.Abort, KeyboardInterrupt):
            print("chainmark: interrupted", file=sys.stderr)  # noqa: T201
            sys.exit(130)
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.ENOSPC, errno.EIO):
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if error.errno == errno.EPIPE:
                sys.exit(1)
            print(f"chainmark: cannot write the output: {error.strerror}", file=sys.stderr)  # noqa: T201
            sys.exit(2)
        sys.exit(code if isinstance(code, int) else 0)


def _complain(error: click.ClickException) -> None:
    context = getattr(error, "ctx", None) or click.get_current_context(silent=True)
    command = context.command_path if context is not None else "chainmark"
    message = one_line(error.format_message(), limit=600).rstrip(".")
    hint = f"; see {command} --help" if isinstance(error, click.UsageError) else ""
    print(f"{command}: {message}{hint}", file=sys.stderr)  # noqa: T201 - click's echo takes ASCII for UTF-8


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version  # takes longer than all of --help

    try:
        click.echo(f"chainmark {version('chainmark')}")
    except PackageNotFoundError:
        click.echo("chainmark, run from a folder where it is not installed")
    ctx.exit()


@click.group(
    "chainmark",
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Check and grade backpropagation, node by node."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
