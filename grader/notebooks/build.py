"""A notebook from an assignment: introduction, a worked example, the exercises, a reflection.

Built twice, it is the same to the last byte: no times, no random ids.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.assignment import Assignment, ExerciseEntry, LateRule, read_assignment
from grader.assignment.carried import to_carry
from grader.assignment.known import known_of
from grader.bundled import bundled
from grader.checks.seeds import SeedSource
from grader.exercise import AnswersExercise, Exercise, WrittenExercise
from grader.exercise.solution import Solutions
from grader.kept import kept_arguments
from grader.notebooks.cells import ANSWER, CHECK, CODE, KEY, MARKDOWN, PAPER, STARTER, TEXT, Cell
from grader.notebooks.page import Page, read_page
from grader.notebooks.worked import worked
from grader.solutions.bundle import tidy_keeping_gaps
from grader.text import counted

SETUP = """# Run this cell first. Where chainmark is not there yet, as on Colab, it is installed.
try:
    import grader
except ModuleNotFoundError:
    %pip install --quiet chainmark

from grader import check, check_all{more}

assignment = "{assignment}"
"""
WHO = 'student_id = ""  # your student id, as your course writes it\n'
WHO_TEXT = """Some numbers in this notebook are yours alone. They are drawn from your student id, so write it here
before you begin; without it you get a sheet to practise on."""
STEPS = "# The same graph, to be stepped through: forward gate by gate, then backward wire by wire."
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
PLACEHOLDER = "*Your words here.*"
HAND_IN = """## Before you hand in

Save, then run the last cell: it takes the file as it was saved and runs it in a fresh process, as grading does.
What only works here because of a cell that has gone since does not work for anybody else. In a terminal,
`chainmark check {file}` does the same."""


@dataclass(frozen=True, slots=True)
class Book:
    """All that a notebook is made of."""

    assignment: Assignment
    exercises: tuple[tuple[ExerciseEntry, Exercise], ...]
    page: Page

    @property
    def file(self) -> str:
        """The name of the notebook's file."""
        return f"{self.assignment.id}.ipynb"


def read_book(path: Path, known: Mapping[str, Exercise]) -> Book:
    """The assignment in a file, with its page. Raises AssignmentError."""
    assignment = read_assignment(path, **known_of(known))
    entries = tuple((entry, known[entry.id]) for entry in assignment.exercises)
    page = read_page(path, tuple(entry.id for entry, _ in entries))
    return Book(assignment, entries, page)


def notebook(book: Book, *, solved: bool = False) -> dict[str, Any]:
    """The notebook as plain JSON data, valid as nbformat 4.5. Raises SolutionError where it cannot be solved."""
    metadata: dict[str, Any] = {
        KEY: {"assignment": book.assignment.id, "version": book.assignment.version},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    if book.assignment.id not in bundled():  # whoever checks it elsewhere has the others' files already
        metadata[KEY] |= to_carry(book.assignment)
    if solved:
        metadata[KEY]["solutions"] = "yes"
    cells = [cell.node(book.assignment.id) for cell in handed_out(book, solved=solved)]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def as_text(content: Mapping[str, Any]) -> str:
    """The file's text, as Jupyter itself lays it out, keys in order. Raises nbformat's ValidationError."""
    import nbformat

    node = nbformat.from_dict(content)  # type: ignore[no-untyped-call]
    nbformat.validate(node)
    split = nbformat.versions[4].nbjson.split_lines(node)
    return json.dumps(split, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def handed_out(book: Book, *, solved: bool = False) -> Iterator[Cell]:
    """The cells in their order."""
    page, assignment = book.page, book.assignment
    personal = any(isinstance(exercise, AnswersExercise) for _, exercise in book.exercises)
    yield Cell("introduction", MARKDOWN, _introduction(book))
    more = (", paper" if personal else "") + (", trace" if page.example is not None else "")
    yield Cell("setup", CODE, SETUP.format(more=more, assignment=assignment.id))
    if personal:
        yield Cell("who", MARKDOWN, WHO_TEXT)
        yield Cell("id", CODE, WHO)
    if page.example is not None:
        yield Cell("example", MARKDOWN, f"## A worked example\n\n{worked(page.example)}")
        yield Cell("trace", CODE, f"{STEPS}\n{page.example.call}")
    exercises = [exercise for _, exercise in book.exercises]
    begun: set[str] = set()
    solutions = Solutions(exercises, paper=SeedSource.personal(assignment.id, "")) if solved else None
    for number, (entry, exercise) in enumerate(book.exercises, 1):
        section = page.sections.get(exercise.id)
        if section is not None:
            text = f"## {section.title}" + (f"\n\n{section.text}" if section.text else "")
            yield Cell(f"section before {exercise.id}", MARKDOWN, text)
        yield from _exercise(number, entry, exercise, solutions, begun)
    if page.reflection:
        yield Cell("reflection", MARKDOWN, f"## Looking back\n\n{page.reflection}")
        yield Cell(ANSWER, MARKDOWN, PLACEHOLDER)
    yield Cell("hand in", MARKDOWN, HAND_IN.format(file=book.file))
    yield Cell("all", CODE, "check_all()")


def _introduction(book: Book) -> str:
    page = book.page
    parts = [f"# {book.assignment.title}"]
    if page.lecture:
        parts.append(f"*Lecture: {page.lecture}*")
    if page.introduction:
        parts.append(page.introduction)
    if book.assignment.due is not None:
        parts.append(_due(book.assignment.due, book.assignment.late))
    minutes = sum(exercise.minutes for _, exercise in book.exercises)
    count = len(book.exercises)
    parts.append(
        f"{counted(count, 'exercise')}, {counted(book.assignment.worth, 'point')}, about {_time(minutes)} in all. "
        "Each exercise has a text, a cell to write in, and a cell that checks what you wrote; "
        "check as often as you like. Nothing has to be done in one sitting."
    )
    return "\n\n".join(parts)


def _due(due: datetime, late: LateRule) -> str:
    """When it is due, in the zone in which the course says so, and what late work loses."""
    told = f"**Due {due.day} {MONTHS[due.month - 1]} {due.year}, {due:%H:%M} ({due.tzinfo})**."
    if late.percent_a_day:
        told += f" Late work loses {late.percent_a_day:g} % of what it earns for each day begun"
        told += f", at most {late.at_most_percent:g} %" if late.at_most_percent < 100 else ""
        told += f"; {counted(late.grace_minutes, 'minute')} of grace." if late.grace_minutes else "."
    if late.closes_after_days is not None:
        told += (
            f" More than {counted(late.closes_after_days, 'day')} late, it earns nothing."
            if late.closes_after_days
            else " Whatever is late earns nothing."
        )
    return told


def _time(minutes: int) -> str:
    """90 -> "an hour and a half", 20 -> "20 minutes", 400 -> "7 hours"."""
    if minutes <= 75:
        return f"{minutes} minutes"
    hours = minutes / 60
    return f"{hours:.0f} hours" if hours >= 3 else f"{round(2 * hours) / 2:g} hours"


def _exercise(
    number: int, entry: ExerciseEntry, exercise: Exercise, solutions: Solutions | None, begun: set[str]
) -> Iterator[Cell]:
    name = exercise.id
    points = counted(entry.points, "point")
    difficulty = f"difficulty {exercise.difficulty} of 5"
    head = f"### {number}. {exercise.title}\n\n*{points}, about {exercise.minutes} minutes, {difficulty}*"
    parts = [head, exercise.text.strip(), *filter(None, [kept_arguments(exercise)])]
    if exercise.conventions:
        parts.append(f"**Conventions:** {'; '.join(exercise.conventions)}.")
    yield Cell(TEXT, MARKDOWN, "\n\n".join(parts), name)
    if isinstance(exercise, WrittenExercise):
        yield Cell(ANSWER, MARKDOWN, solutions.source(exercise) if solutions else exercise.starter, name)
        return
    if isinstance(exercise, AnswersExercise):
        yield Cell(PAPER, CODE, f'paper("{name}")', name)
    source = solutions.source(exercise) if solutions else _starter(exercise, begun)
    begun |= {*exercise.functions, *exercise.variables}
    source = _own_names(source, entry)
    if not source.strip():
        asked = ", ".join(entry.functions.get(name, name) for name in exercise.functions)
        source = f"# {asked}: what you wrote in a cell above is looked at again here; go on with it there.\n"
    yield Cell(STARTER, CODE, source, name)
    yield Cell(CHECK, CODE, f'check("{name}")', name)


def _starter(exercise: Exercise, begun: Collection[str]) -> str:
    """The starter without what an earlier cell has begun: an empty second definition would take its place."""
    tree = ast.parse(exercise.starter)
    again = {
        statement: statement.name
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.name in begun
    }
    if not again:
        return exercise.starter
    lines = exercise.starter.splitlines()
    for statement in reversed(again):
        lines[statement.lineno - 1 : statement.end_lineno] = []
    code = "\n".join(lines).strip("\n") + "\n"
    if all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in ast.parse(code).body):
        return ""
    names = ", ".join(again.values())
    return f"# {names}: begun in a cell above; go on with what you wrote there.\n{tidy_keeping_gaps(code)}"


def _own_names(source: str, entry: ExerciseEntry) -> str:
    """The starter with the functions called as the students of this course call them."""
    if not entry.functions:
        return source
    from grader.solutions.names import renamed

    return renamed(source, entry.functions)
