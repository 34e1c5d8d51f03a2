"""`chainmark new`: an assignment.toml made of chosen exercises."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.commands.choosing import catalogue, choosing, chosen
from grader.commands.errors import BadInputError
from grader.text import counted, one_line

if TYPE_CHECKING:
    from grader.exercise import Exercise


@click.command(short_help="Write an assignment.toml from chosen exercises.")
@click.argument("title")
@click.option("--exercises", default="", metavar="ID,ID,...", help="These exercises, in this order.")
@choosing
@click.option(
    "--exercises-from",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FOLDER",
    help="A folder of your own exercise files, to choose from; all in it if nothing else chooses.",
)
@click.option(
    "--id", "id", default="", metavar="ID", help="The assignment's id; without it, made of the title."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("assignment.toml"),
    show_default=True,
    metavar="FILE",
    help="The file to write; one that is there is never replaced.",
)
def new(title: str, exercises: str, folders: tuple[Path, ...], id: str, out: Path, **options: Any) -> None:
    """Write an assignment with this TITLE, of the exercises that are named or chosen.

    The file says in comments what else may be set. It is checked before it is written, and `chainmark build FILE`
    makes the notebook of it.

    \b
    Examples:
      chainmark new "Backpropagation by hand" --exercises affine,relu,softmax_loss
      chainmark new "Losses" --topic losses --difficulty 1-3 --out hw2/assignment.toml
      chainmark new "Our own" --exercises-from hw3/layers --out hw3/assignment.toml
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    known = catalogue(None, folders=folders)
    picked = _own(known) if folders and not exercises and not any(options.values()) else {}
    picked = picked or _picked(known, exercises, options)
    name = id or _id_of(title)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise BadInputError(
            f'"{one_line(name)}" cannot be an id: letters, digits, - _ . only; give one with --id'
        )
    if not title.strip() or not title.isprintable() or len(title) > 200:
        raise BadInputError("the title must be one line of at most 200 characters")
    target = out / "assignment.toml" if out.is_dir() else out
    _write(target, _text(name, title.strip(), picked, _relative(folders, target)), known)
    points = sum(e.worth for e in picked.values())
    minutes = sum(e.minutes for e in picked.values())
    shown = one_line(str(target), limit=300)
    count = f"{counted(len(picked), 'exercise')}, {counted(points, 'point')}"
    click.echo(f"wrote {shown}: {name}, {count}, about {counted(minutes, 'minute')}")
    click.echo(f"next: chainmark build {shown}")


def _own(known: Mapping[str, Exercise]) -> dict[str, Exercise]:
    """Those of the folders alone: what is meant where nothing else is said. Raises BadInputError."""
    bundled = catalogue(None)
    own = {id: exercise for id, exercise in known.items() if id not in bundled}
    if not own:
        raise BadInputError(
            "there is no exercise in these folders: a constant in capitals that is an Exercise"
        )
    return own


def _picked(known: Mapping[str, Exercise], named: str, options: Mapping[str, Any]) -> dict[str, Exercise]:
    """The exercises that are meant, in order. Raises BadInputError."""
    from grader.exercise_catalogue import UnknownExerciseError, find

    if not named and not any(options.values()):
        raise BadInputError(
            "say which exercises: --exercises affine,relu or --topic losses; `chainmark list` shows all"
        )
    if not named:
        found = chosen(known, **options)
        if not found:
            raise BadInputError("no exercise is like that; leave an option out")
        return found
    if any(options.values()):
        raise BadInputError("--exercises names them one by one; leave the other options out")
    picked: dict[str, Exercise] = {}
    for name in filter(None, re.split(r"[,\s]+", named)):
        if name in picked:
            raise BadInputError(f"{one_line(name)} is named twice")
        try:
            picked[name] = find(name, known)
        except UnknownExerciseError as error:
            raise BadInputError(str(error)) from None
    if not picked:
        raise BadInputError("--exercises names none; write --exercises affine,relu")
    return picked


def _id_of(title: str) -> str:
    """Letters and digits of the title with hyphens between: "Gates & wires" -> "gates-wires"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))[:100].strip("-")


def _relative(folders: tuple[Path, ...], target: Path) -> list[str]:
    """The folders as seen from the assignment's file, so that both can be moved together. Raises BadInputError."""
    home = target.parent.resolve()
    try:
        return [Path(os.path.relpath(folder.resolve(), home)).as_posix() for folder in folders]
    except ValueError:  # another drive
        raise BadInputError("--exercises-from must be on the same drive as the assignment's file") from None


def _text(name: str, title: str, picked: Mapping[str, Exercise], folders: Sequence[str]) -> str:
    own = ", ".join(map(_quoted, folders))
    lines = [
        "# An assignment of chainmark. Everything that is commented out has the value shown when it is left out;",
        "# `chainmark check HOMEWORK --assignment FILE` grades by it, `chainmark build FILE` makes its notebook.",
        "",
        "[assignment]",
        f'id = "{name}"',
        f"title = {_quoted(title)}",
        'version = "1"                            # raise it when you change anything after handing out',
        "# due = 2026-12-01T23:59:00+01:00        # with its zone; no default",
        '# reader = "practice"                    # or "closed"; what students see before closing',
        "# hints = 1                              # degrees of hints before closing",
        "# hints_after_closing = 9",
        "# follow_through = true                  # right work on a wrong number earns its marks",
        '# allowed_modules = ["scipy"]            # besides NumPy and the plain standard modules; none by default',
        f"exercises_from = [{own}]"
        if folders
        else '# exercises_from = ["my_exercises"]      # folders with exercises of your own; none by default',
        "",
        "# [late]                                 # what late work loses, by `due`; without this nothing",
        "# percent_a_day = 10                     # of what was earned, for each day begun",
        "# grace_minutes = 15                     # so much later still counts as in time; 0 by default",
        "# at_most_percent = 50                   # no more than this is taken off; 100 by default",
        "# closes_after_days = 7                  # later than that nothing is earned; never by default",
        "",
        "# [limits]                               # of one call of a student's function",
        "# cpu_seconds = 10",
        "# memory_mb = 1024",
        "",
        "# [notebook]                             # the notebook's own words: see grader/notebooks/page.py",
        '# introduction = "What this is about."',
        '# reflection = "What surprised you?"',
    ]
    for exercise in picked.values():
        parts = ", ".join(f"{_bare(node)} = {worth:g}" for node, worth in exercise.points.items())
        lines += [
            "",
            f"[[exercises]]                            # {one_line(exercise.title, limit=60)}",
            f'id = "{exercise.id}"',
            f"points = {exercise.worth:g}",
            f"# parts = {{ {parts} }}" if len(parts) < 90 else f"# parts: {', '.join(exercise.points)}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _bare(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _write(target: Path, text: str, known: Mapping[str, Exercise]) -> None:
    """Write the file and read it back as an assignment. Raises BadInputError; what is there is never replaced."""
    from grader.assignment import AssignmentError, read_assignment

    shown = one_line(str(target), limit=300)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise BadInputError(f"{shown} is there already; choose another name with --out") from None
    except OSError as error:
        raise BadInputError(f"cannot write {shown}: {error.strerror or error}") from None
    try:
        read_assignment(target, known={name: e.worth for name, e in known.items()})
    except AssignmentError as error:
        target.unlink()
        raise BadInputError(str(error)) from None
