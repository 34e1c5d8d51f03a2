"""A whole report as one Markdown file, for systems that take comments as text."""

from __future__ import annotations

from grader.report.feedback.markdown import exercise_markdown, text
from grader.report.html import sign, state
from grader.report.report import Report, Status
from grader.report.wording import placed, short, total

MOST_NOTES = 50


def report_markdown(report: Report) -> str:
    """Total, a table of the exercises, notes on the submission, then each exercise. Safe whatever strings hold."""
    parts = [f"# {text(report.title, limit=160)}", f"**{text(total(report))}.**"]
    if report.provisional:
        parts.append("These points are provisional: a mark is still missing.")
    if report.notes:
        lines = [f"- {text(placed(note.where, note.message))}" for note in report.notes[:MOST_NOTES]]
        if len(report.notes) > MOST_NOTES:
            lines.append(f"- and {len(report.notes) - MOST_NOTES} more")
        parts.append("\n".join(lines))
    if report.exercises:
        rows = ["| exercise | points | of | |", "| :--- | ---: | ---: | :--- |"]
        for e in report.exercises:
            points = "" if e.status is Status.UNGRADED else short(e.score)
            said = text(f"{sign(e)} {state(e)}")
            rows.append(f"| {text(e.title, limit=120)} | {points} | {short(e.max_score)} | {said} |")
        parts.append("\n".join(rows))
    parts += [exercise_markdown(exercise).rstrip() for exercise in report.exercises]
    about = f"{report.submission}, version {report.version}; for the reader: {report.reader.value}"
    parts.append(text(about))
    return "\n\n".join(parts) + "\n"
