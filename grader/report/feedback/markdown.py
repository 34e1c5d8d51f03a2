"""Findings as Markdown that shows the same in JupyterLab, VS Code and Colab, whatever a student's strings hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.findings import Finding, Verdict
from grader.latex import unformatted
from grader.report.feedback.plain import visible
from grader.report.feedback.plan import Plan
from grader.report.feedback.words import MOST_NOTES, MOST_WORDS, where_to_look
from grader.report.html import has_expected, sign, state, told, told_findings
from grader.report.report import ExerciseReport, Status
from grader.report.wording import (
    degree,
    headline,
    mark,
    next_degree,
    placed,
    seen,
    short,
    total,
    verdict_words,
)
from grader.text import one_line

_ACTIVE = re.compile(r"[\\`*\[\]<>&|~$^{}]|(?<![^\W_])_|_(?![^\W_])|(?<=@)@|:(?=//)")
_OPENS_BLOCK = re.compile(r"[#=:%]|[-+](?=[-+\s]|\Z)|\d(?=\d{0,8}[.)](?:\s|\Z))")
_FORMULA = re.compile(r"[$\\]")


def text(given: str, *, limit: int = 600) -> str:
    """Any string on one line of Markdown, showing its own characters and doing nothing.

    Entities rather than backslashes: formula renderers look at the source before and at the page after Markdown.
    Those that look at the page leave `<code>` alone, so what could open a formula stands in one.
    """
    line = one_line(given, limit=limit).strip()
    opens = "" if _OPENS_BLOCK.match(line) is None else _entity(line[0])
    safe = opens + _ACTIVE.sub(lambda found: _entity(found[0]), line[1:] if opens else line)
    return f"<code>{safe}</code>" if _FORMULA.search(line) else safe


def _entity(character: str) -> str:
    return f"&#{ord(character)};"


def exercise_markdown(exercise: ExerciseReport) -> str:
    """One exercise: verdict, table of nodes, evidence, example, what was recognised, hints, conventions."""
    parts = [f"### Feedback: {text(exercise.title, limit=120)}", f"**{text(headline(exercise))}**"]
    if exercise.nodes and not exercise.passed:
        parts.append(_nodes(exercise))
    parts += [text(told(finding)) for finding in told_findings(exercise)]
    if exercise.example and not exercise.passed:
        parts.append("<br>\n".join(text(line) for line in exercise.example))
    if exercise.example_code and not exercise.passed:
        parts.append(_code(exercise.example_code))
    parts += [f"**Recognised:** {text(d.evidence)}" for d in exercise.diagnoses]
    parts += [f"*{text(degree(exercise, hint))}:* {text(hint.text)}" for hint in exercise.hints]
    if exercise.hints_left:
        parts.append(f"({exercise.hints_left} more: `--hints {next_degree(exercise)}` shows the next)")
    if exercise.conventions and not exercise.passed:
        parts.append(f"*Convention:* {text('; '.join(exercise.conventions))}.")
    return "\n\n".join(parts) + "\n"


def _code(given: str) -> str:
    """A block of code in a fence that nothing in it can close."""
    lines = visible(given)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", lines)), default=0))
    return f"{fence}python\n{lines}\n{fence}"


def notes_markdown(notes: Sequence[Finding]) -> str:
    """What is to be said about one cell itself: it does not parse, it raised."""
    return "### Feedback: this cell\n\n" + _notes(notes) + "\n"


def summary_markdown(plan: Plan) -> str:
    """The cell at the top: total, a table of the exercises with where to look, notes on the whole submission."""
    report = plan.report
    rows = [
        [
            text(exercise.title, limit=120),
            "" if exercise.status is Status.UNGRADED else short(exercise.score),
            short(exercise.max_score),
            text(f"{sign(exercise)} {state(exercise)}"),
            text(where_to_look(exercise, plan), limit=MOST_WORDS),
        ]
        for exercise in report.exercises
    ]
    parts = [
        f"## Feedback: {text(total(report))}",
        _table(["exercise", "points", "of", "", "where to look"], ["", "right", "right", "", ""], rows),
    ]
    if report.notes:
        parts.append(_notes(report.notes[:MOST_NOTES]))
        if len(report.notes) > MOST_NOTES:
            parts.append(f"and {len(report.notes) - MOST_NOTES} more (`--json` has all)")
    about = f"{one_line(plan.file, limit=120)}, {report.title} {report.version}"
    parts.append(
        f"{text(about)}. Your cells are as you handed them in. Cells headed Feedback were put between them; "
        "they are replaced when this notebook is checked again."
    )
    return "\n\n".join(parts) + "\n"


def _nodes(exercise: ExerciseReport) -> str:
    labels, expected = any(node.label for node in exercise.nodes), has_expected(exercise)
    asked = "back through" if exercise.kind == "graph" else "asks for"
    head = ["node", asked, "verdict", "yours", "expected", "what was seen"]
    align = ["", "", "", "right", "right", ""]
    rows = [
        [
            f"**{text(node.name, limit=80)}**",
            text(unformatted(node.label), limit=200),
            f"{mark(node)} {verdict_words(node)}",
            "" if node.got is None else text(short(node.got)),
            text(short(node.expected)) if node.expected is not None and node.verdict is Verdict.FAIL else "",
            text(seen(node)),
        ]
        for node in exercise.nodes
    ]
    wanted = [True, labels, True, True, expected, True]
    return _table(_only(head, wanted), _only(align, wanted), [_only(row, wanted) for row in rows])


def _only(row: list[str], wanted: list[bool]) -> list[str]:
    return [cell for cell, keep in zip(row, wanted, strict=True) if keep]


def _table(head: list[str], align: list[str], rows: list[list[str]]) -> str:
    rules = ["---:" if side == "right" else ":---" for side in align]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rules, *rows])


def _notes(notes: Sequence[Finding]) -> str:
    return "\n".join(f"- **{text(n.check, limit=60)}:** {text(placed(n.where, n.message))}" for n in notes)
