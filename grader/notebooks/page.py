"""The words of a notebook: the table `[notebook]` of an assignment's file.

    [notebook]
    lecture = "CS231n, lecture 4"
    introduction = "..."                # Markdown with LaTeX, as in exercises
    reflection = "..."                  # asked at the end, answered in words

    [notebook.example]                  # worked out before the first exercise, with a picture
    formula = "q = x + y; f = q*z"
    values = { x = -2, y = 5, z = -4 }
    sigmoid = "fused"                   # or "gates"; left out: as written
    text = "..."

    [[notebook.sections]]               # a heading, and words if need be
    before = "add_gate"
    title = "One gate at a time"
    text = "..."

All of it may be left out: then the notebook has its exercises and nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path
from typing import Any

from grader.assignment.document import display, document, locate
from grader.assignment.errors import AssignmentError, Problem
from grader.assignment.fields import Table
from grader.nearest import did_you_mean
from grader.passes import Trace, trace
from reference.errors import FormulaError, GraphError
from reference.formula import Sigmoid, formula_graph

KEYS = ("lecture", "introduction", "reflection", "example", "sections")
EXAMPLE = ("formula", "values", "sigmoid", "text")
SECTION = ("before", "title", "text")
LONGEST = 20_000
"""Characters of one text."""
WIDEST = 100
"""Characters of a line of code in a notebook."""


@dataclass(frozen=True, slots=True)
class Example:
    """A formula worked out: its words, and both passes through its graph."""

    formula: str
    text: str
    passes: Trace
    values: Mapping[str, float] = field(default_factory=dict)
    sigmoid: str = Sigmoid.AS_WRITTEN.value

    @property
    def call(self) -> str:
        """The line of a notebook that shows it step by step."""
        own = {"digits", "sigmoid"}  # what the function calls its own arguments
        if all(name.isidentifier() and not iskeyword(name) and name not in own for name in self.values):
            given = [f"{name}={_written(value)}" for name, value in self.values.items()]
        else:
            inside = ", ".join(f"{json.dumps(name)}: {_written(v)}" for name, v in self.values.items())
            given = [f"{{{inside}}}"]
        drawn = [f'sigmoid="{self.sigmoid}"'] if self.sigmoid != Sigmoid.AS_WRITTEN.value else []
        formula, rest = json.dumps(self.formula, ensure_ascii=False), ", ".join((*given, *drawn))
        line = f"trace({formula}, {rest})"
        return line if len(line) <= WIDEST else f"trace(\n    {formula},\n    {rest},\n)"


def _written(value: float) -> str:
    """2.0 -> "2", -0.5 -> "-0.5"."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading before an exercise."""

    before: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """All words of a notebook that are not an exercise's own."""

    lecture: str = ""
    introduction: str = ""
    reflection: str = ""
    example: Example | None = None
    sections: Mapping[str, Section] = field(default_factory=dict)
    """By the exercise that they stand before."""
    given: bool = True
    """Whether the file has a page at all."""


def read_page(path: Path, exercises: tuple[str, ...]) -> Page:
    """The page in an assignment's file, whose exercises have these ids. Raises AssignmentError."""
    path = locate(path)
    problems: list[Problem] = []
    tables = Table(document(path), "", file=display(path), problems=problems)
    if not tables.has("notebook"):
        return Page(given=False)
    table = tables.inner("notebook", "[notebook]")
    table.only(KEYS, dict.fromkeys(EXAMPLE, "[notebook.example]"))
    page = Page(
        lecture=_text(table, "lecture"),
        introduction=_text(table, "introduction"),
        reflection=_text(table, "reflection"),
        example=_example(table) if table.has("example") else None,
        sections=_sections(table, exercises),
    )
    if problems:
        raise AssignmentError(tuple(problems))
    return page


def _text(table: Table, name: str) -> str:
    text: str = table.take(
        name,
        "",
        lambda value: isinstance(value, str) and 0 < len(value.strip()) <= LONGEST,
        f"must be text of at most {LONGEST:,} characters",
    )
    return text.strip()


def _example(table: Table) -> Example | None:
    example = table.inner("example", '{ formula = "x*y", values = { x = 2, y = 3 } }')
    example.only(EXAMPLE, {})
    formula = example.required(
        "formula", lambda v: isinstance(v, str), "must be a formula", '"q = x + y; q*z"'
    )
    values = example.inner("values", "{ x = 2, y = 3 }")
    kinds = tuple(kind.value for kind in Sigmoid)
    sigmoid = example.take("sigmoid", kinds[0], kinds.__contains__, f"must be one of {', '.join(kinds)}")
    numbers = {name: _number(values, name) for name in values.values}
    text = _text(example, "text")
    if not formula:
        return None
    try:
        shown = " ".join(formula.split())
        graph = formula_graph(formula, sigmoid=Sigmoid(sigmoid), name=shown)
        return Example(shown, text, trace(graph, numbers), numbers, sigmoid)
    except FormulaError as error:
        example.problem("formula", f"cannot be read: {error}")
    except GraphError as error:
        example.problem("values", f"do not fit the formula: {error}")
    return None


def _number(table: Table, name: str) -> float:
    value: Any = table.values[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        table.wrong(name, "must be a finite number")
        return 1.0
    return float(value)


def _sections(table: Table, exercises: tuple[str, ...]) -> dict[str, Section]:
    given = table.take(
        "sections",
        [],
        lambda value: isinstance(value, list) and all(isinstance(item, dict) for item in value),
        "must be written as [[notebook.sections]]",
    )
    found: dict[str, Section] = {}
    for place, values in enumerate(given, 1):
        section = Table(values, f"notebook.sections[{place}]", file=table.file, problems=table.problems)
        section.only(SECTION, {})
        line = "must be a line of text in quotes"
        before = section.required("before", lambda v: isinstance(v, str), line, '"affine"')
        title = section.required("title", lambda v: isinstance(v, str) and "\n" not in v, line, '"Gates"')
        if before and before not in exercises:
            meant = did_you_mean(before, exercises) or "name an exercise of this assignment"
            section.wrong("before", "must be an exercise of this assignment", hint=meant)
        elif before in found:
            section.wrong("before", "must be an exercise that has no section before it yet")
        found[before] = Section(before, title, _text(section, "text"))
    return found
