"""`chainmark explain`: everything that one student's mark rests on, for a regrade request."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.commands.decide import RESULTS
from grader.commands.errors import BadInputError
from grader.text import one_line

if TYPE_CHECKING:
    from grader.gradebook import Gradebook, StudentMarks


@click.command(short_help="Show what one student's mark rests on: evidence, history, how to replay it.")
@click.argument("results", type=RESULTS)
@click.argument("student")
@click.argument("node", required=False, default="")
@click.argument("part", required=False, default="")
@click.option(
    "--assignment", "-a", type=RESULTS, metavar="FILE", help="For the command that replays: its assignment."
)
@click.option("--key", type=RESULTS, metavar="FILE", help="For the command that replays: the course's key.")
def explain(
    results: Path, student: str, node: str, part: str, assignment: Path | None, key: Path | None
) -> None:
    """Show STUDENT's marks, the evidence for them, every time they were graded, and the command that replays it.

    NODE chooses one: affine, dx, affine.dx, or affine dx as `waive` has it.

    \b
    Examples:
      chainmark explain hw1-results ada
      chainmark explain hw1-results ada affine.dx
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    from grader.gradebook import Gradebook, GradebookError

    node = f"{node}.{part}" if part else node
    try:
        with Gradebook.open(results) as book:
            person = book.person(student)
            marks = book.marks_of(person.pseudonym)
            for line in _lines(book, marks, node):
                click.echo(one_line(line, limit=1000))
            click.echo(f"replay: {_replay(book, marks, assignment, key)}")
    except GradebookError as error:
        raise BadInputError(str(error)) from None


def _lines(book: Gradebook, marks: StudentMarks, node: str) -> list[str]:
    person = marks.student
    lines = [f"{person.shown} ({person.id}, {person.pseudonym}): {marks.state.value}"]
    if marks.score is not None:
        total = f"{marks.score:g} of {marks.max_score:g} points"
        if marks.lateness.percent:
            total += f"; {marks.lateness.percent:g} % off for being late leaves {marks.penalised:g}"
        lines.append(total + (" (provisional)" if marks.provisional else ""))
    lines += [f"trouble: {marks.trouble}"] if marks.trouble else []
    lines += [f"adjusted: {note}" for note in marks.notes]
    report = book.report(marks.report_id)
    if report is not None:
        shown = _evidence(report, marks, node)
        if node and not shown:
            names = [f"{e['id']}.{n['name']}" for e in report["exercises"] for n in e["nodes"]]
            raise BadInputError(f"no exercise or node {one_line(node)}; there are {', '.join(names)}")
        lines += shown
    lines.append("history:")
    runs = {run.id: run for run in book.runs()}
    for row in book.history(person.pseudonym):
        run = runs.get(row.run_id)
        how = f"run {row.run_id}, level {run.sandbox}, {run.seed}" if run else f"run {row.run_id}"
        score = f"{row.score:g} of {row.max_score:g}" if row.score is not None else row.outcome.value
        counts = "  <- counts" if row.counts else ""
        why = f": {row.reason}" if row.reason else ""
        lines.append(f"  {row.at:%Y-%m-%d %H:%M:%S} UTC  {score}{why}  ({how}; {row.sha256[:12]}){counts}")
    for entry in book.audit_log():
        if person.pseudonym in entry.detail:
            detail = " ".join(entry.detail.replace(person.pseudonym, "").split())
            lines.append(f"  {entry.at:%Y-%m-%d %H:%M:%S} UTC  {entry.who}: {entry.what} {detail}")
    return lines


def _evidence(report: dict[str, Any], marks: StudentMarks, node: str) -> list[str]:
    lines = []
    by_id = {mark.id: mark for mark in marks.exercises}
    for exercise in report["exercises"]:
        wanted = [
            n for n in exercise["nodes"]
            if node in ("", exercise["id"], n["name"], f"{exercise['id']}.{n['name']}")
        ]  # fmt: skip
        if node and not wanted and node != exercise["id"]:
            continue
        mark = by_id.get(exercise["id"])
        score = "no mark" if mark is None or mark.score is None else f"{mark.score:g} of {mark.max_score:g}"
        waived = {n.name for n in mark.nodes if n.waived} if mark else set()
        reason = f"; {exercise['reason']}" if exercise["reason"] else ""
        lines.append(f"{exercise['id']}: {score}{reason}")
        lines += [f"  note: {note}" for note in (mark.notes if mark else ())]
        for n in wanted:
            if n["verdict"] == "pass" and not node:
                continue
            case = f" ({n['case']})" if n["case"] else ""
            said = f": {n['message']}" if n["message"] else ""
            off = "; waived" if n["name"] in waived else ""
            points = f"{n['points']:g} of {n['max_points']:g}"
            lines.append(f"  {n['name']}: {_verdict(n)}, {points}{off}{case}{said}{_numbers(n)}")
        names = {n["name"] for n in wanted}
        # What is said of a whole function, the line that raises say, belongs to all of its nodes.
        others = {n["name"] for n in exercise["nodes"]} - names if node not in ("", exercise["id"]) else set()
        for f in exercise["findings"]:
            if f["verdict"] != "pass" and f["argument"] not in others:
                where = f" [{f['where']}]" if f["where"] else ""
                lines.append(f"  {f['check']}: {f['message']}{where}")
        # The evidence tells the whole of it, the title too.
        lines += [f"  recognised: {d['evidence']}" for d in exercise["diagnoses"] if d["node"] in names]
        if node:
            lines += [f"  example: {line}" for line in exercise["example"]]
    return lines


def _verdict(node: dict[str, Any]) -> str:
    """The verdict in a word; work that is right for a number that was wrong already has not failed."""
    return "follows" if node["verdict"] == "fail" and node["status"] == "inherited" else str(node["verdict"])


def _numbers(node: dict[str, Any]) -> str:
    """The student's number and the right one, where the message does not give both."""
    got, expected = node["got"], node["expected"]
    if node["verdict"] != "fail" or got is None or expected is None:
        return ""
    theirs = "" if "yours" in node["message"] else f"theirs {got:.4g}, "
    return "" if "expected" in node["message"] else f"; {theirs}expected {expected:.4g}"


def _replay(book: Gradebook, marks: StudentMarks, assignment: Path | None, key: Path | None) -> str:
    """The command that grades the same work again and shows the whole report."""
    if not marks.student.path:
        return "nothing was handed in"
    runs = book.runs()
    parts = [
        "chainmark",
        "check",
        marks.student.path,
        "--assignment",
        str(assignment or (runs and runs[-1].path) or book.assignment.id),
    ]
    parts += ["--reader", "staff", "--student", marks.student.id]
    if runs and runs[-1].seed.startswith("grading"):
        parts += ["--key", str(key or "COURSE.KEY"), "--attempt", marks.attempt or "1"]
    return " ".join(shlex.quote(part) for part in parts)
