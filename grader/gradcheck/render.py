"""A gradcheck result for people: plain lines, a rich table, or a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from grader.findings import Verdict

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grader.gradcheck.result import ArgumentResult, GradcheckResult

MARKS = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✗",
    Verdict.WARN: "!",
    Verdict.INCONCLUSIVE: "?",
    Verdict.KINK: "∧",
    Verdict.SKIPPED: "-",
    Verdict.GRADER_ERROR: "!",
}
STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.WARN: "yellow"}


def headline(result: GradcheckResult) -> str:
    """The verdict and what it rests on."""
    checked = ", ".join(argument.gradient for argument in result.arguments) or "no gradient"
    constants = f"; taken as constant: {', '.join(result.constants)}" if result.constants else ""
    proof = "; planted errors were rejected" if result.proved else ""
    return f"{result.verdict}: {checked} ({result.evaluations} evaluations{proof}{constants})"


def plain(result: GradcheckResult) -> str:
    """The result in plain lines, the verdict first."""
    lines = [headline(result)]
    lines += [
        f"  {MARKS[finding.verdict]} {finding.verdict}: {finding.message}" for finding in result.findings
    ]
    return "\n".join(lines)


def rich_parts(result: GradcheckResult) -> Iterator[RenderableType]:
    """Headline, a table of the arguments, the findings."""
    from rich.table import Table
    from rich.text import Text

    style = STYLES.get(result.verdict, "cyan")
    yield Text(f"{MARKS[result.verdict]} gradcheck {headline(result)}", style=style)
    if result.arguments:
        table = Table(box=None, pad_edge=False)
        for column, justify in (("", "left"), ("gradient", "left"), ("at", "left")):
            table.add_column(column, justify="left" if justify == "left" else "right")
        for column in ("yours", "differences", "may differ by", "wrong"):
            table.add_column(column, justify="right")
        for argument in result.arguments:
            table.add_row(*_cells(argument), style=STYLES.get(argument.verdict, "cyan"))
        yield table
    for finding in result.findings:
        yield Text(f"{MARKS[finding.verdict]} {finding.message}", style=STYLES.get(finding.verdict, "cyan"))


def html(result: GradcheckResult) -> str:
    """A small table that reads well on light and dark pages: marks and words, no colour needed."""
    head = "".join(
        f"<th>{name}</th>"
        for name in ("", "gradient", "at", "yours", "differences", "may differ by", "wrong")
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in _cells(argument))
        + "</tr>"
        for argument in result.arguments
    )
    findings = "".join(
        f"<li>{MARKS[finding.verdict]} {escape(finding.message)}</li>" for finding in result.findings
    )
    return (
        f"<div><strong>{MARKS[result.verdict]} gradcheck {escape(headline(result))}</strong>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"<ul style='list-style:none;padding-left:0'>{findings}</ul></div>"
    )


def _cells(argument: ArgumentResult) -> tuple[str, ...]:
    at = "a direction" if argument.mode == "directional" and argument.index is None else ""
    if argument.index is not None:
        at = f"[{', '.join(map(str, argument.index))}]" if argument.index else "itself"
    numbers = [
        "" if value is None else format(value, pattern)
        for value, pattern in ((argument.got, ".6g"), (argument.expected, ".6g"), (argument.bound, ".1e"))
    ]
    wrong = f"{argument.disagreeing} of {argument.checked}" if argument.checked > 1 else ""
    return (MARKS[argument.verdict], argument.gradient, at, *numbers, wrong if argument.disagreeing else "")
