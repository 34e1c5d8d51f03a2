"""Between a report and its reader: what each may see.

| | practice | closed | staff |
|---|---|---|---|
| what a graph's or a paper's numbers should be | - | yes | yes |
| what an inherited number should be | - | yes | yes |
| what any other wrong number should be | yes | yes | yes |
| names of mistakes that tell how to mend them | from hint 3 | yes | yes |
| hints | so many | so many | all |
| what the code printed, on public inputs | yes | yes | yes |
| what it printed on inputs from a key | - | - | yes |

Everything else is for everybody: the student's own numbers, where they come from, what was seen in the code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from grader.findings import Finding, Verdict
from grader.report.report import Diagnosis, ExerciseReport, Hint, NodeReport, Reader, Report, Standing

HIDING_KINDS = frozenset({"graph", "answers"})
"""Kinds of exercise whose right numbers are the whole answer: they stay hidden while the assignment is open."""

NAMES_FROM = 3
"""From this degree of hints on, mistakes are called by their names while the assignment is open."""

WITHHELD = "a known mistake"
"""What a mistake is called until its name may be said."""

_Numbers = TypeVar("_Numbers", NodeReport, Finding)
_SEES = {Reader.PRACTICE: 0, Reader.CLOSED: 1, Reader.STAFF: 2}


def redact(report: Report, reader: Reader, *, hints: int | Mapping[str, int]) -> Report:
    """The report as `reader` may see it, with at most `hints` degrees of hints (staff see all).

    A mapping gives the degrees by exercise; one that it leaves out shows none.

    A report that was cut for one reader can be cut further, not turned back: ValueError. So is a negative `hints`.
    """
    degrees = {e.id: hints if isinstance(hints, int) else hints.get(e.id, 0) for e in report.exercises}
    if hints < 0 if isinstance(hints, int) else any(degree < 0 for degree in hints.values()):
        raise ValueError(f"hints must be 0 or more, got {hints}")
    if _SEES[reader] > _SEES[report.reader]:
        raise ValueError(
            f"this report was made for {report.reader.value}; what {reader.value} may see is gone from it"
        )
    exercises = tuple(_exercise(e, reader, degrees[e.id]) for e in report.exercises)
    if reader is not Reader.STAFF and report.seed.kind != "practice":
        # A program can print what it is given, and so tell its student the inputs that nobody is to know.
        exercises = tuple(replace(exercise, output="") for exercise in exercises)
    return replace(report, reader=reader, exercises=exercises)


def _exercise(exercise: ExerciseReport, reader: Reader, hints: int) -> ExerciseReport:
    if reader is Reader.STAFF:
        return exercise
    shown = tuple(hint for hint in exercise.hints if hint.degree <= hints)
    left = exercise.hints_left + _highest(exercise.hints) - _highest(shown)
    exercise = replace(exercise, hints=shown, hints_left=left)
    if any(finding.verdict is Verdict.GRADER_ERROR for finding in exercise.findings):
        exercise = replace(exercise, output="")  # our own traceback
    return _open(exercise, hints) if reader is Reader.PRACTICE else exercise


def _highest(hints: Sequence[Hint]) -> int:
    return max((hint.degree for hint in hints), default=0)


def _open(exercise: ExerciseReport, hints: int) -> ExerciseReport:
    """Without what would give answers away while they can still be handed in."""
    all_hidden = exercise.kind in HIDING_KINDS
    hidden = {n.name for n in exercise.nodes if all_hidden or n.standing is Standing.INHERITED}
    return replace(
        exercise,
        nodes=tuple(_without_truth(node) if node.name in hidden else node for node in exercise.nodes),
        findings=tuple(
            _without_truth(finding) if all_hidden or finding.argument in hidden else finding
            for finding in exercise.findings
        ),
        diagnoses=tuple(
            _unnamed(diagnosis) if diagnosis.tells and hints < NAMES_FROM else diagnosis
            for diagnosis in exercise.diagnoses
        ),
    )


def _without_truth(item: _Numbers) -> _Numbers:
    """Without what was expected, in its fields and in the words of its message."""
    message = item.message if item.expected is None else _own_numbers(item.message)
    return replace(item, expected=None, bound=None, message=message)


def _own_numbers(message: str) -> str:
    """`dx[0] = 1, expected 2 (±2e-07); 1 of 3 entries are wrong` without what was expected."""
    before, _, after = message.partition(", expected ")
    return before + after.partition(")")[2]


def _unnamed(diagnosis: Diagnosis) -> Diagnosis:
    """That it was recognised, and no word of what it is."""
    evidence = f"{diagnosis.node} has the very numbers of {WITHHELD}; its name comes with hint {NAMES_FROM}"
    return replace(diagnosis, id="", title=WITHHELD, evidence=evidence)
