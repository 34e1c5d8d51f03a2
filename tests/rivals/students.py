"""A few students, what they deserve by exercise, and their marks by chainmark."""

from __future__ import annotations

import json
import os
from pathlib import Path

from grader.gradebook import Gradebook
from tests.batch.classes import ASSIGNMENT, SLIPS, functions
from tests.batch.shared import chainmark
from tests.rivals.assignment import exercises

Marks = dict[str, float]
FULL: Marks = {each.id: sum(part.points for part in each.parts) for each in exercises()}
OF_DX: Marks = {each.id: sum(part.points for part in each.parts if part.name == "dx") for each in exercises()}


def slipped(*wrong):
    """Right functions, but for the slip in dx of these exercises."""
    cells = functions()
    for (exercise, _), (right, slip) in SLIPS.items():
        if exercise in wrong:
            cells = [cell.replace(right, slip) for cell in cells]
    return cells


def without(name):
    """Right functions, one of which is a cell that does not parse."""
    broken = f"def {name}(x\n    return"
    return [broken if f"def {name}(" in cell else cell for cell in functions()]


def costing(*wrong):
    """Full marks, less the points of dx in these exercises."""
    return {id: points - (OF_DX[id] if id in wrong else 0) for id, points in FULL.items()}


CLASS = {
    "right": (slipped(), FULL),
    "one_wrong": (slipped("relu"), costing("relu")),
    "two_wrong": (slipped("sigmoid", "softmax_loss"), costing("sigmoid", "softmax_loss")),
    "one_unreadable": (without("svm_loss"), FULL | {"svm_loss": 0}),
    "not_started": ([], dict.fromkeys(FULL, 0)),
    "said_twice": ([*functions(), functions()[-1]], FULL),
}
"""By student: the cells, and the marks that they deserve."""


def ours(folder: Path, submitted: Path):
    """Marks by student and exercise, of a folder with a folder a student or of nbgrader's own tree."""
    (folder / "assignment.toml").write_text(ASSIGNMENT, encoding="utf-8")
    code, out, err = chainmark("grade", folder / "assignment.toml", submitted, "--out", folder / "out")
    assert code == 0, (out, err)
    with Gradebook.open(folder / "out") as book:
        return {row.student.id: {mark.id: mark.score for mark in row.exercises} for row in book.marks()}


def once(factory, name, make):
    """What `make(folder)` gives, as JSON has it: made by one of pytest-xdist's workers and read by the others."""
    import fcntl  # not everywhere; the tests that call this are for Linux

    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    kept = shared / f"{name}.json"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(make(factory.mktemp(name))), encoding="utf-8")
    return json.loads(kept.read_text(encoding="utf-8"))
