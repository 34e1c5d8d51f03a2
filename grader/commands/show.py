"""`chainmark show`: one exercise as a student reads it, in the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.commands.choosing import catalogue
from grader.commands.errors import BadInputError

if TYPE_CHECKING:
    from rich.console import Console

    from grader.exercise import Exercise


@click.command(short_help="Show one exercise as a student reads it.")
@click.argument("exercise", metavar="ID")
@click.option("--hints", type=click.IntRange(0, 9), metavar="N", help="Also the first N hints for each part.")
@click.option(
    "--starter", is_flag=True, help="Only the cell that students begin with, to be saved to a file."
)
@click.option(
    "--solution", is_flag=True, help="Only a solution, which is public: it is the reference's own code."
)
@click.option("--cases", is_flag=True, help="For staff: what it is judged on, and which mistakes it names.")
@click.option("--student", default="", metavar="ID", help="Whose personal numbers to show or solve.")
@click.option(
    "--assignment",
    "-a",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The assignment whose exercises and personal numbers are meant.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON instead.")
def show(
    exercise: str,
    hints: int | None,
    starter: bool,
    solution: bool,
    cases: bool,
    student: str,
    assignment: Path | None,
    as_json: bool,
) -> None:
    """Show the exercise ID: its task, points and conventions, with formulas as plain text.

    \b
    Examples:
      chainmark show affine
      chainmark show affine --hints 2
      chainmark show affine --starter > affine.py
      chainmark show affine --solution
      chainmark show circuits_by_hand --assignment n01-scalar-circuits --student s123
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    from grader.checks.seeds import SeedSource
    from grader.exercise_catalogue import UnknownExerciseError, find

    if starter and solution:
        raise BadInputError("--starter and --solution each print a file of their own; choose one")
    try:
        found = find(exercise, catalogue(assignment))
    except UnknownExerciseError as error:
        raise BadInputError(str(error)) from None
    paper = SeedSource.personal(_id(assignment), student)
    if as_json:
        click.echo(json.dumps(_data(found), indent=2, ensure_ascii=False))
    elif starter:
        click.echo(found.starter, nl=not found.starter.endswith("\n"))
    elif solution:
        click.echo(_solution(found, paper), nl=False)
    else:
        from rich.console import Console

        console = Console(highlight=False, emoji=False)
        _task(found, paper, console)
        if hints:
            _hints(found, hints, console)
        if cases:
            _cases(found, console)


def _id(assignment: Path | None) -> str:
    """The id of the assignment, on which personal numbers depend."""
    if assignment is None:
        return "practice"
    from grader.assignment import AssignmentError
    from grader.assignment.document import document, locate
    from grader.bundled import assignment_file

    try:
        return str(document(locate(assignment_file(assignment))).get("assignment", {}).get("id", "practice"))
    except AssignmentError as error:
        raise BadInputError(str(error)) from None


def _solution(exercise: Exercise, paper: Any) -> str:
    from grader.exercise.solution import SolutionError, solution_source

    try:
        return solution_source(exercise, paper=paper)
    except SolutionError as error:
        raise BadInputError(str(error)) from None


def _task(exercise: Exercise, paper: Any, console: Console) -> None:
    from rich.markdown import Markdown
    from rich.table import Table
    from rich.text import Text

    from grader.exercise import AnswersExercise
    from grader.kept import kept_arguments
    from grader.latex import plain, unformatted
    from grader.questions import grouped

    console.print(Text(exercise.title, style="bold"))
    about = [exercise.id, exercise.kind, exercise.topic, exercise.lecture]
    about += [f"difficulty {exercise.difficulty} of 5", f"about {exercise.minutes} minutes"]
    console.print(Text("; ".join(part for part in about if part), style="dim"))
    console.print()
    console.print(Markdown(plain("\n\n".join(filter(None, [exercise.text, kept_arguments(exercise)])))))
    if isinstance(exercise, AnswersExercise):
        for stem, asked in grouped(exercise.paper(paper.rng(exercise.id))):
            console.print()
            if stem:
                console.print(Text(f"{unformatted(stem)}:"))
            questions = Table(box=None, show_header=False, padding=(0, 2))
            for id, text in asked:
                questions.add_row(Text(id), Text(unformatted(text)))
            console.print(questions)
    console.print()
    points = ", ".join(f"{name} {worth:g}" for name, worth in exercise.points.items())
    console.print(Text(f"{exercise.worth:g} points: {points}"))
    for convention in exercise.conventions:
        console.print(Text(f"Convention: {convention}."))


def _hints(exercise: Exercise, degrees: int, console: Console) -> None:
    from rich.text import Text

    for node, hints in exercise.hints.items():
        console.print()
        console.print(Text(node or "in general", style="bold"))
        for number, hint in enumerate(hints[:degrees], 1):
            console.print(Text(f"  {number}. {hint}"))
    if not exercise.hints:
        console.print("\nIt has no hints.")


def _cases(exercise: Exercise, console: Console) -> None:
    """What an exercise is judged on, by name, as far as its kind has such names."""
    from rich.text import Text

    named = [case.name for case in getattr(exercise, "cases", ())]
    named += [f"{trial.node}: {trial.name}" for trial in getattr(exercise, "trials", ())]
    if hasattr(exercise, "sizes"):
        named += [f"size {size}" for size in exercise.sizes]
    if hasattr(exercise, "count"):
        shown = ["the numbers shown in the lecture"] if getattr(exercise, "shown", None) else []
        named += [*shown, f"{exercise.count} draws"]
    console.print()
    console.print(Text("Judged on", style="bold"))
    for name in named or ["the answers themselves"]:
        console.print(Text(f"  {name}"))
    if exercise.misconceptions:
        console.print()
        console.print(Text("Mistakes that are named", style="bold"))
        for mistake in exercise.misconceptions:
            console.print(Text(f"  {mistake.node}: {mistake.title} ({mistake.id})"))


def _data(exercise: Exercise) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "title": exercise.title,
        "kind": exercise.kind,
        "topic": exercise.topic,
        "lecture": exercise.lecture,
        "source": exercise.source,
        "difficulty": exercise.difficulty,
        "minutes": exercise.minutes,
        "points": dict(exercise.points),
        "functions": list(exercise.functions),
        "variables": list(exercise.variables),
        "text": exercise.text,
        "starter": exercise.starter,
        "conventions": list(exercise.conventions),
        "hints": {node: list(hints) for node, hints in exercise.hints.items()},
    }
