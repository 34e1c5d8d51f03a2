"""What a person should look at in work that was graded: it was damaged, or it is not clear what was to count."""

from __future__ import annotations

import re

from grader.report.report import Report, Status
from grader.submission import Submission
from grader.text import counted, one_line

DAMAGED = frozenset({"truncated", "merge conflict", "skipped file", "loading"})
"""Of the notes on a submission those after which something may be missing; what was only mended is not."""
UNREAD = " cannot be read: "
"""In the reason of an exercise whose functions stand in a cell with a syntax error."""
SHOWN = 3


def doubts_of(submission: Submission, report: Report, chosen: str = "") -> tuple[str, ...]:
    """A line each; nothing for nearly everybody. `chosen` says which of several notebooks counts, and why."""
    found = [note.message for note in report.notes if note.check in DAMAGED]
    # Not started, it would say in every table: but somebody did start.
    unread = [e for e in report.exercises if e.status is Status.NOT_STARTED and UNREAD in e.reason]
    found += [f"{exercise.id}: {exercise.reason}" for exercise in unread]
    shown = [one_line(said, limit=200) for said in found[:SHOWN]]
    if len(found) > SHOWN:
        shown.append(
            f"{counted(len(found) - SHOWN, 'more such note is', 'more such notes are')} in the report"
        )
    rival = chosen or _rivals(submission, report)
    return (*shown, rival) if rival else tuple(shown)


def _rivals(submission: Submission, report: Report) -> str:
    """A line on files that define the same functions: which of them was graded, and why that one."""
    rivals: dict[str, None] = {}
    graded: dict[str, None] = {}
    names: dict[str, None] = {}
    for exercise in report.exercises:
        for place in exercise.places:
            if place.definitions < 2:
                continue
            defines = re.compile(rf"^(?:async\s+)?def\s+{re.escape(place.name)}\b", re.MULTILINE)
            files = dict.fromkeys(unit.file for unit in submission.units if defines.search(unit.source))
            if len(files) > 1:
                rivals |= files
                names[place.name] = None
                graded[next((u.file for u in submission.units if u.label == place.unit), place.file)] = None
    if not rivals:
        return ""
    which = (
        f"of {', '.join(map(_short, graded))}, which is read last: notebooks after .py files, by their names"
    )
    return f"{', '.join(map(_short, rivals))} define the same functions; graded was {_first(names)} {which}"


def _first(names: dict[str, None]) -> str:
    first, *rest = names
    return f"{first} and {len(rest)} more" if rest else first


def _short(name: str) -> str:
    return one_line(name, limit=60)
