"""From what was graded to the marks that count: waivers, written marks, adjustments, lateness, in this order.

Pure functions, run whenever marks are read; nothing that a person decided is lost when work is graded again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from grader.assignment.types import LateRule
from grader.gradebook.records import Adjustment, Waiver, WrittenMark
from grader.gradebook.rows import AssignmentInfo, ExerciseInfo, ExerciseMark, Lateness, NodeMark

DAY = 86_400.0


def missing(exercise: ExerciseInfo, *, submitted: bool) -> ExerciseMark:
    """The mark of somebody without a report on this exercise: none, which is no zero."""
    return ExerciseMark(
        exercise.id, "ungraded" if submitted else "not_started", None, None, exercise.max_score
    )


def waived(mark: ExerciseMark, info: ExerciseInfo, waivers: Iterable[Waiver]) -> ExerciseMark:
    """The mark without what counts for nobody, or with its points for everybody."""
    for waiver in waivers:
        if waiver.exercise != mark.id:
            continue
        note = f"{waiver.node or 'the exercise'} was waived: {waiver.reason}"
        full = waiver.gives == "full"
        if not waiver.node:
            worth = mark.max_score if full else 0.0
            return replace(
                mark, status="waived", score=worth, strict_score=worth, max_score=worth, provisional=False,
                nodes=tuple(replace(node, waived=True) for node in mark.nodes), notes=(*mark.notes, note),
            )  # fmt: skip
        had = next((node for node in mark.nodes if node.name == waiver.node), None)
        if had is not None and had.waived:
            continue
        worth = had.max_points if had is not None else info.nodes.get(waiver.node, 0.0)
        points, strict = (had.points, had.strict) if had is not None else (0.0, 0.0)
        gain, strict_gain = (worth - points, worth - strict) if full else (-points, -strict)
        mark = replace(
            mark,
            score=None if mark.score is None else mark.score + gain,
            strict_score=None if mark.strict_score is None else mark.strict_score + strict_gain,
            max_score=mark.max_score if full else mark.max_score - worth,
            nodes=tuple(_waived_node(n, full) if n.name == waiver.node else n for n in mark.nodes),
            notes=(*mark.notes, note),
        )
    return mark


def _waived_node(node: NodeMark, full: bool) -> NodeMark:
    worth = node.max_points if full else 0.0
    return replace(node, points=worth, strict=worth, max_points=worth, waived=True)


def with_written(mark: ExerciseMark, written: WrittenMark | None) -> ExerciseMark:
    """The mark that a person gave, where one is due or given; it is no longer provisional then."""
    if written is None or mark.status == "waived":
        return mark
    points = written.points
    said = f"{points:g} of {mark.max_score:g} points, by a person"
    notes = (*mark.notes, f"{said}: {written.comment}" if written.comment else said)
    return replace(
        mark, status="graded", score=points, strict_score=points, provisional=False, notes=notes, reason=""
    )


def adjusted(score: float | None, adjustments: Iterable[Adjustment]) -> tuple[float | None, tuple[str, ...]]:
    """The score after these, in their order, and their reasons. What has no mark gets one only by a floor."""
    notes: list[str] = []
    for one in adjustments:
        if one.kind == "floor":
            if score is None or score < one.points:
                score = one.points
        elif score is not None:
            score = max(0.0, score + one.points)
        points = f"at least {one.points:g}" if one.kind == "floor" else f"{one.points:+g}"
        notes.append(f"{points} points, by a person: {one.reason}")
    return score, tuple(notes)


def held(
    counts: float | None, most: float, adjustments: Iterable[Adjustment]
) -> tuple[float | None, float, tuple[str, ...]]:
    """The mark that counts, how much of it only a publication that lowers nobody gives, and why.

    Where there is less to earn now than there was when it was published, after a waiver say, the share holds: 27 of
    27 points do not become 27 of 24. Where there is more to earn the points do.
    """
    added, notes = 0.0, []
    for one in adjustments:
        floor = one.points * min(1.0, most / one.most if one.most else 1.0)
        if counts is None or counts < floor:
            added += floor - (counts or 0.0)
            counts = floor
            notes.append(f"raised to {floor:.4g} points: {one.reason}")
    return counts, added, tuple(notes)


def exercise_marks(
    assignment: AssignmentInfo,
    graded: Mapping[str, ExerciseMark],
    *,
    submitted: bool,
    waivers: Sequence[Waiver],
    written: Mapping[str, WrittenMark],
    adjustments: Sequence[Adjustment],
) -> tuple[ExerciseMark, ...]:
    """Every exercise of the assignment, in its order."""
    found = []
    for info in assignment.exercises:
        mark = graded.get(info.id) or missing(info, submitted=submitted)
        mark = with_written(waived(mark, info, waivers), written.get(info.id))
        mine = [a for a in adjustments if a.exercise == info.id]
        score, notes = adjusted(mark.score, mine)
        if notes:
            status = "graded" if mark.score is None and score is not None else mark.status
            strict, _ = adjusted(mark.strict_score, mine)  # what a person gives is no follow-through
            mark = replace(mark, score=score, strict_score=strict, status=status, notes=(*mark.notes, *notes))
        found.append(mark)
    return tuple(found)


def total(marks: Iterable[ExerciseMark], *, strict: bool = False) -> float | None:
    """The sum of the scores, or of those without follow-through; None where there is none at all."""
    found = (mark.strict_score if strict else mark.score for mark in marks)
    scores = [score for score in found if score is not None]
    return math.fsum(scores) if scores else None


def lateness(
    received: datetime | None,
    *,
    marked_late: bool,
    due: datetime | None,
    extension: datetime | None,
    rule: LateRule,
) -> Lateness:
    """How late, against the due time or the student's own, whichever is later; zones may differ."""
    until = max(filter(None, (due, extension)), default=None)
    extended = bool(due and extension and extension > due)
    if until is None:
        return Lateness(None, marked_late, 0.0, extended)
    if received is None:
        # An extension says more than a system that does not know of it.
        return Lateness(None, marked_late and not extended, 0.0, extended)
    seconds = (received - until - timedelta(minutes=rule.grace_minutes)).total_seconds()
    if seconds <= 0:
        return Lateness(0.0, False, 0.0, extended)
    seconds += 60 * rule.grace_minutes
    if rule.closes_after_days is not None and seconds > rule.closes_after_days * DAY:
        return Lateness(seconds, marked_late, 100.0, extended)
    percent = min(rule.at_most_percent, rule.percent_a_day * math.ceil(seconds / DAY))
    return Lateness(seconds, marked_late, percent, extended)


def penalised(score: float | None, late: Lateness) -> float | None:
    """What is left of the score."""
    return None if score is None else score * (1 - late.percent / 100)
