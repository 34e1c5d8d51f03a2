"""The proofs for a reader: a line an exercise and then what is not proved, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.prove.result import Problem, Proof, Proved

MOST_SHOWN = 12
"""Problems of one exercise that are listed, unless all are asked for."""


def table(found: Sequence[Proved]) -> Table:
    """A line an exercise: its solution, its misconceptions, cases, mutants, and whether all of it is proved."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column("exercise", no_wrap=True)
    made.add_column("solution", justify="center")
    made.add_column("mistakes", justify="right")
    made.add_column("cases", justify="right")
    made.add_column("mutants killed", no_wrap=True)
    made.add_column("", no_wrap=True)
    for each in found:
        if not each.exercise:
            continue
        count = len(each.problems)
        problems = f"{count} problem{'s' if count != 1 else ''}"
        verdict = Text(problems, style="red") if count else Text("proved", style="green")
        made.add_row(
            each.exercise,
            Text("✓", style="green") if each.solved else Text("✗", style="red"),
            f"{each.caught}/{each.mistakes}" if each.mistakes else "-",
            str(each.cases) if each.cases else "-",
            _mutants(each),
            verdict,
        )
    return made


def _mutants(proved: Proved) -> str:
    if not proved.mutants:
        return "-"
    said = [f"{proved.declared} declared"] if proved.declared else []
    if proved.notes:
        said.append(f"{len(proved.notes)} to look at")
    if proved.mutants < proved.possible:
        said.append(f"of {proved.possible}")
    return f"{proved.killed}/{proved.mutants}" + (f" ({', '.join(said)})" if said else "")


def problems(found: Sequence[Proved], *, all_of_them: bool = False) -> Iterator[RenderableType]:
    """What is not proved, with the line to look at, an exercise after the other."""
    for each in found:
        listed = each.problems if all_of_them else each.problems[:MOST_SHOWN]
        for problem in listed:
            yield _line(problem, "red")
        if len(each.problems) > len(listed):
            rest = len(each.problems) - len(listed)
            yield Text(f"  and {rest} more of {each.exercise}; --all lists them", style="dim")
        for note in each.notes if all_of_them else ():
            yield _line(note, "dim")


def _line(problem: Problem, style: str) -> Text:
    said = Text()
    said.append(f"{problem.place or problem.exercise}: ", style="bold")
    said.append(f"{problem.exercise}, " if problem.exercise else "")
    said.append(f"{problem.proof.value}: ", style=style)
    said.append(problem.message)
    return said


def summary(found: Sequence[Proved], *, quick: bool) -> str:
    """The last line: how many exercises, how many of them proved."""
    exercises = [each for each in found if each.exercise]
    sound = sum(each.sound for each in exercises)
    left = [each for each in found if not each.exercise and each.problems]
    stale = len(left[0].problems) if left else 0
    said = f"{sound} of {len(exercises)} exercises proved"
    if stale:
        said += f"; {stale} declaration{'s' if stale != 1 else ''} of equivalents to look at"
    return said + (" (quickly: not all mutants were tried)" if quick else "")


def show(found: Sequence[Proved], console: Console, *, all_of_them: bool, quick: bool) -> None:
    """The table, the problems, the summary."""
    listed = list(problems(found, all_of_them=all_of_them))
    console.print(table(found))
    if listed:
        console.print(Group(Text(""), *listed, Text("")), soft_wrap=True)
    console.print(summary(found, quick=quick))


def as_json(found: Sequence[Proved], *, quick: bool) -> dict[str, Any]:
    """Everything, as plain values."""
    return {
        "proved": all(each.sound for each in found),
        "quick": quick,
        "exercises": [_plain(each) for each in found if each.exercise],
        "equivalents": [_problem(p) for each in found if not each.exercise for p in each.problems],
    }


def _plain(proved: Proved) -> dict[str, Any]:
    counted = {
        name: value
        for name, value in asdict(proved).items()
        if name not in ("problems", "notes", "tried", "survived", "seconds")
    }
    return {
        **counted,
        "proved": proved.sound,
        "seconds": round(proved.seconds, 3),
        "problems": [_problem(problem) for problem in proved.problems],
        "notes": [_problem(note) for note in proved.notes],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "proof": Proof(problem.proof).value,
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
    }
