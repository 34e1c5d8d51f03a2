"""`chainmark prove`: is an exercise sound? For those who write them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.errors import BadInputError

if TYPE_CHECKING:
    from grader.exercise import Exercise
    from grader.prove import Effort, Proved


@click.command(short_help="Prove that exercises are sound: for those who write them.")
@click.argument("exercises", nargs=-1, metavar="[EXERCISE]...")
@click.option(
    "--exercises-from",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FOLDER",
    help="A folder of your own exercise files; without names, these alone are proved. May be given several times.",
)
@click.option("--quick", is_flag=True, help="Try a few mutants of each exercise, and each mistake once.")
@click.option("--thorough", is_flag=True, help="Send every mistake through the whole grader, on more seeds.")
@click.option("--all", "all_of_them", is_flag=True, help="List every problem, and what is only worth a look.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def prove(
    exercises: tuple[str, ...],
    folders: tuple[Path, ...],
    quick: bool,
    thorough: bool,
    all_of_them: bool,
    as_json: bool,
) -> int:
    """Prove that each EXERCISE, or every one there is, is sound.

    \b
    solution   its own right solution earns everything, its starter nothing, and its
               gradients are the derivatives of its forward
    mistakes   each misconception, handed in as a submission, is caught and named
    apart      their predictions differ from the right numbers, and from each other
    cases      no case lets zeros pass, or numbers in another order
    mutants    the solution with one thing changed in it loses marks

    What is proved is run in this process: prove your own exercises, not a stranger's.

    \b
    Examples:
      chainmark prove affine relu
      chainmark prove --exercises-from hw1/exercises
      chainmark prove --quick
      chainmark prove --json > proofs.json

    \b
    A mutant that is as right as the solution is declared, with the reason, in any of
    the exercises' modules, just as it was listed:
      EQUIVALENT = {"relu_backward": {"x > 0 -> x >= 0": "any subgradient is right"}}

    \b
    Exit codes:
      0  everything is proved
      1  something is not: a line each says what, and where
      2  bad input: one line says what is wrong
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    from grader.prove import DEFAULT, QUICK, THOROUGH

    if quick and thorough:
        raise BadInputError("--quick and --thorough do not go together")
    known, chosen = _chosen(exercises, folders)
    effort = QUICK if quick else THOROUGH if thorough else DEFAULT
    found = _proved(chosen, known, effort, complete=not exercises)
    if as_json:
        from grader.prove.show import as_json as plain

        click.echo(json.dumps(plain(found, quick=quick), indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        from grader.prove.show import show

        console = Console(markup=False, highlight=False, emoji=False)
        show(found, console, all_of_them=all_of_them, quick=quick)
    return 0 if all(each.sound for each in found) else 1


def _chosen(names: Sequence[str], folders: Sequence[Path]) -> tuple[dict[str, Exercise], list[Exercise]]:
    """All exercises there are, and those to prove: the named, else the folders' own, else all."""
    from grader.exercise_catalogue import ExerciseFileError, UnknownExerciseError, find
    from grader.exercise_catalogue import exercises as catalogue

    try:
        bundled = dict(catalogue())
        known = dict(catalogue(folders=folders)) if folders else bundled
        if names:
            return known, [find(name, known) for name in dict.fromkeys(names)]
    except (ExerciseFileError, UnknownExerciseError) as error:
        raise BadInputError(str(error)) from None
    chosen = [exercise for id, exercise in known.items() if not folders or id not in bundled]
    if not chosen:
        listed = ", ".join(str(folder) for folder in folders)
        raise BadInputError(f"there is no exercise in {listed}: a constant in capitals that is an Exercise")
    return known, chosen


def _proved(
    chosen: Sequence[Exercise], known: dict[str, Exercise], effort: Effort, *, complete: bool
) -> list[Proved]:
    from grader.prove import prove_all

    progress = _progress(len(chosen))
    try:
        return prove_all(chosen, known, effort, complete=complete, progress=progress)
    finally:
        progress(None)


def _progress(count: int) -> Callable[[Exercise | None], None]:
    """A line on stderr that says which exercise is being proved; nothing where nobody watches."""
    if not sys.stderr.isatty():
        return lambda _: None
    done = 0

    def progress(exercise: Exercise | None) -> None:
        nonlocal done
        done += 1
        said = f"\r\x1b[K{done}/{count} {exercise.id}" if exercise is not None else "\r\x1b[K"
        click.echo(said, err=True, nl=False)

    return progress
