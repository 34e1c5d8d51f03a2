"""Between a report and its reader: what each may see."""

from __future__ import annotations

from dataclasses import replace

from grader.report.report import ExerciseReport, Reader, Report


def redact(report: Report, reader: Reader, *, hints: int) -> Report:
    """placeholder"""
    return replace(report, reader=reader, exercises=tuple(_ex(e, hints) for e in report.exercises))


def _ex(e: ExerciseReport, hints: int) -> ExerciseReport:
    return replace(e, hints=e.hints[:hints], hints_left=max(0, len(e.hints) - hints))
