"""The page: nbconvert with a template of our own, which lays out what is safe already and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from grader.findings import Finding, Verdict
from grader.report.feedback.plan import Below, Plan
from grader.report.feedback.safe import Safe
from grader.report.feedback.words import MOST_NOTES, MOST_WORDS, where_to_look
from grader.report.html import sign, state
from grader.report.report import ExerciseReport, Report, Status
from grader.report.wording import placed, short, total
from grader.text import one_line

TEMPLATES = Path(__file__).parents[1] / "templates" / "feedback"
GENERATOR = "chainmark feedback"
"""How a page of ours is known again."""


def page(notebook: Mapping[str, Any], plan: Plan, exercise_html: Callable[[ExerciseReport], str]) -> str:
    """One self-contained page without scripts and without requests: the student's cells, our findings between them.

    `exercise_html` gives a fragment that is trusted as it is; it must have escaped everything from outside.
    """
    safe = Safe()
    cells = notebook.get("cells", [])
    # The notebook's own metadata stays out: the template would believe what it says.
    body: str = _template().render(
        cells=[cells[index] for index in plan.kept],
        markdown=safe.markdown,
        code=lambda cell, index: safe.code(cell, plan.lines.get(index, frozenset())),
        raw=safe.raw,
        outputs=safe.outputs,
        ours=_context(plan, exercise_html),
    )
    return body.lstrip("\n")


@cache
def _template() -> Any:
    """Ours, in nbconvert's environment: compiled once for all the notebooks of a class."""
    from nbconvert.exporters.templateexporter import TemplateExporter

    make: Any = TemplateExporter
    exporter = make(
        template_name="chainmark",
        template_file="index.html.j2",
        file_extension=".html",
        extra_template_basedirs=[str(TEMPLATES)],
    )
    return exporter.template


def _context(plan: Plan, exercise_html: Callable[[ExerciseReport], str]) -> dict[str, Any]:
    """All of ours that the template shows: plain text, which it escapes, and `html`, which it does not."""
    report = plan.report
    anchors = {e.id: f"feedback-{number}" for number, e in enumerate(report.exercises, 1)}
    shown = {*plan.places, *(e.id for e in plan.top)}

    def one(exercise: ExerciseReport) -> dict[str, str]:
        return {
            "anchor": anchors[exercise.id],
            "title": one_line(exercise.title, limit=120),
            "look": _look(exercise),
            "html": exercise_html(exercise),
        }

    def told(index: int) -> Below:
        return plan.below.get(index, Below())

    first = plan.first_wrong
    return {
        "generator": GENERATOR,
        "file": one_line(plan.file, limit=120),
        "assignment": _called(report),
        "total": total(report),
        "first": {"anchor": anchors[first.id], "title": one_line(first.title, limit=120)} if first else None,
        "rows": [
            {
                "title": one_line(e.title, limit=120),
                "anchor": anchors[e.id] if e.id in shown else "",
                "points": "" if e.status is Status.UNGRADED else short(e.score),
                "of": short(e.max_score),
                "state": one_line(f"{sign(e)} {state(e)}"),
                "look": _look(e),
                "where": one_line(where_to_look(e, plan), limit=MOST_WORDS),
            }
            for e in report.exercises
        ],
        "notes": [_note(note) for note in report.notes[:MOST_NOTES]],
        "more_notes": max(0, len(report.notes) - MOST_NOTES),
        "top": [one(exercise) for exercise in plan.top],
        "cells": [
            {
                "index": index,
                "number": plan.numbers[index],
                "look": "wrong" if any(n.verdict is Verdict.FAIL for n in told(index).notes) else "open",
                "notes": [_note(note) for note in told(index).notes],
                "exercises": [one(e) for e in told(index).exercises],
            }
            for index in plan.kept
        ],
    }


def _called(report: Report) -> str:
    version = f", version {report.version}" if report.version else ""
    return one_line(f"{report.title}{version}", limit=160).strip()


def _note(note: Finding) -> dict[str, str]:
    return {
        "check": one_line(note.check, limit=60),
        "text": one_line(placed(note.where, note.message), limit=600),
        "look": "wrong" if note.verdict is Verdict.FAIL else "open",
    }


def _look(exercise: ExerciseReport) -> str:
    """The class by which the page colours an exercise; words always say the same."""
    if exercise.status is not Status.GRADED:
        return "open"
    return "right" if exercise.passed else "wrong"
