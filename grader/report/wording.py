"""The words that every rendering of a report shares: verdicts, marks, slips, places."""

from __future__ import annotations

from grader.findings import Finding, Verdict
from grader.report.report import ExerciseReport, Hint, NodeReport, Report, Standing, Status

RIGHT, WRONG, FOLLOWS, UNDECIDED, SKIPPED, LOST = "✓", "✗", "↪", "?", "-", "!"

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

OWN_SESSION = "run in this very session"
"""Where the code ran that nothing sealed off: in a notebook's kernel, or with --here."""

MOST_PLACES = 4
"""Places that a headline lists."""

PREFIX = {
    Verdict.WARN: "Note: ",
    Verdict.INCONCLUSIVE: "Undecided: ",
    Verdict.KINK: "Undecided, at a kink: ",
    Verdict.SKIPPED: "Not judged: ",
    Verdict.GRADER_ERROR: "A fault of the grader, costs nothing: ",
}
"""What a finding that is no mistake opens with, so that it needs no colour."""


def mark(node: NodeReport) -> str:
    """One sign for a node: right, wrong, inherited, undecided, not judged."""
    if node.verdict is Verdict.PASS:
        return RIGHT if node.points or not node.max_points else LOST
    if node.verdict is Verdict.FAIL:
        return FOLLOWS if node.standing is Standing.INHERITED else WRONG
    return SKIPPED if node.verdict is Verdict.SKIPPED else UNDECIDED


def verdict_words(node: NodeReport) -> str:
    """The same in words, for who cannot see signs or colours."""
    if node.verdict is Verdict.PASS:
        if node.max_points and not node.points:
            return "right, but"
        return "right, in spite of what follows it" if node.standing is Standing.CORRECT_ANYWAY else "right"
    if node.verdict is Verdict.FAIL:
        if node.standing is not Standing.INHERITED:
            return "wrong"
        return "follows" if node.points else "follows, no marks"
    return {Verdict.SKIPPED: "not judged"}.get(node.verdict, "undecided")


def short(number: float) -> str:
    """At most five significant digits, no negative zero."""
    return f"{number + 0.0:.5g}"


def points(exercise: ExerciseReport) -> str:
    """`5 of 6 points`, with the strict total where it differs."""
    told = f"{short(exercise.score)} of {short(exercise.max_score)} point{_s(exercise.max_score)}"
    return told + _strict(exercise.score, exercise.strict_score)


def total(report: Report) -> str:
    """The sum over all exercises that have a mark."""
    told = f"{short(report.score)} of {short(report.max_score)} point{_s(report.max_score)}"
    told += _strict(report.score, report.strict_score)
    counted = {status: sum(e.status is status for e in report.exercises) for status in Status}
    rest = []
    if counted[Status.NOT_STARTED]:
        rest.append(f"{counted[Status.NOT_STARTED]} not started")
    waiting = sum(e.status is Status.UNGRADED and e.provisional for e in report.exercises)
    if waiting:
        rest.append(f"{waiting} to be marked by a person")
    if counted[Status.UNGRADED] - waiting:
        rest.append(f"{counted[Status.UNGRADED] - waiting} could not be graded")
    return "; ".join([told, *rest])


def slip_words(exercise: ExerciseReport) -> str:
    """`One slip, at dx.` and what became of the rest; empty where there is none."""
    wrong = [n for n in exercise.nodes if n.verdict is Verdict.FAIL and n.standing is Standing.ORIGIN]
    follow = [n for n in exercise.nodes if n.verdict is Verdict.FAIL and n.standing is Standing.INHERITED]
    if not exercise.slips and not wrong:
        return "No slip among these; they follow from what is wrong before them." if follow else ""
    count = COUNTS[exercise.slips] if exercise.slips < len(COUNTS) else str(exercise.slips)
    told = f"{count.capitalize()} slip{_s(exercise.slips)}"
    places = [_at(node, exercise) for node in wrong] + elsewhere(exercise)
    if places and len(places) <= MOST_PLACES:
        told += ", at " + _and(places)
    if follow and all(node.points for node in follow):
        told += "; the rest follows from your number" + ("s" if exercise.slips > 1 else "")
    elif len(wrong) == len(places) == 1 and len(exercise.nodes) > 1 and exercise.score and not follow:
        told += f"; it costs {wrong[0].name} only"
    return told + "."


def elsewhere(exercise: ExerciseReport) -> list[str]:
    """Slips that are no node's: a wrong forward value, an argument that was changed, a cache that is shared."""
    said = {
        "forward values": "the forward value {}",
        "unchanged": "the changed {}",
        "cache": "the shared cache",
        "order": "the order of what is returned",
    }
    failed = [f for f in exercise.findings if f.verdict is Verdict.FAIL and f.check in said]
    return list(dict.fromkeys(said[f.check].format(f.argument) for f in failed))


def headline(exercise: ExerciseReport) -> str:
    """The first line about an exercise: marks and slips, or why there are none."""
    match exercise.status:
        case Status.NOT_STARTED:
            return f"not started: {exercise.reason}" if exercise.reason else "not started"
        case Status.UNGRADED if exercise.provisional:
            return f"to be marked by a person ({short(exercise.max_score)} points)"
        case Status.UNGRADED:
            return f"could not be graded, which costs nothing: {exercise.reason}"
    if exercise.passed:
        return f"{points(exercise)}."
    return f"{points(exercise)}. {slip_words(exercise)}".strip()


def about(exercise: ExerciseReport, hint: Hint) -> str:
    """What a hint is about, where the hints of an exercise are about several things; else empty."""
    return hint.node if len({each.node for each in exercise.hints}) > 1 else ""


def degree(exercise: ExerciseReport, hint: Hint) -> str:
    """`Hint 1`, or `Hint 1, dw` where the hints are about several nodes."""
    return ", ".join(part for part in (f"Hint {hint.degree}", about(exercise, hint)) if part)


def next_degree(exercise: ExerciseReport) -> int:
    """Which degree shows the next hints."""
    return max((hint.degree for hint in exercise.hints), default=0) + 1


def lines_of(text: str) -> str:
    """`1 line`, `24 lines`."""
    count = len(text.splitlines())
    return f"{count} line{_s(count)}"


def seen(node: NodeReport) -> str:
    """What a row says beyond its numbers: of which entry they are, in which case, and what was seen."""
    at = f"{node.name}[{', '.join(map(str, node.index))}]" if node.index else node.name
    if node.verdict is Verdict.PASS:
        return node.message or (at if node.index else "")
    if node.label or node.index is None or node.got is None:
        return node.message
    many = node.message.partition("; ")[2]
    return "; ".join(part for part in (f'{at}, case "{node.case}"' if node.case else at, many) if part)


def row_of_marks(exercise: ExerciseReport) -> str:
    """`out ✓  dx ✗  dw ✓  db ✓`."""
    return "  ".join(f"{node.name} {mark(node)}" for node in exercise.nodes)


def placed(where: str, message: str) -> str:
    """`Cell 12, line 4: message`."""
    if not where or message.startswith(where):
        return message
    return f"{where.replace('cell ', 'Cell ', 1) if where.startswith('cell ') else where}: {message}"


def how_cells_count(report: Report) -> str:
    """How the cells are numbered that this report names, which Jupyter itself does not number; else empty."""
    findings = [*report.notes, *(finding for exercise in report.exercises for finding in exercise.findings)]
    named = any(finding.where.startswith("cell ") and finding.where[5:6].isdigit() for finding in findings)
    return "cells are counted from the top, texts too" if named else ""


def told(finding: Finding) -> str:
    """A finding in a line: whether it costs anything, where, what."""
    return PREFIX.get(finding.verdict, "") + placed(finding.where, finding.message)


def _at(node: NodeReport, exercise: ExerciseReport) -> str:
    """Where a slip is: in a graph the operation that the node goes into, with its name if there are two such."""
    if exercise.kind != "graph" or not node.label or " and " in node.label:
        return (
            node.name
        )  # a value with several uses: the slip is in what was added up, and at none of its gates
    alone = sum(other.label == node.label for other in exercise.nodes) == 1
    return node.label if alone else f"{node.name} ({node.label})"


def _strict(score: float, strict: float) -> str:
    """What it would be if a number that only follows from a wrong one earned nothing."""
    if short(score) == short(strict):
        return ""
    return f" ({short(strict)} if what follows from a mistake earned nothing)"


def _s(count: float) -> str:
    return "" if count == 1 else "s"


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
