"""Results folders of made-up classes, written through the gradebook's own ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from grader.gradebook.content import pack, pack_units
from grader.gradebook.ledger import Graded, Handed, Ledger
from grader.gradebook.rows import Person
from grader.gradebook.summary import summary_text
from grader.report.report import ExerciseReport, Report, Seed
from grader.report.schema import as_json
from grader.report.schema import whole as writable
from grader.submission import Unit
from tests.report.samples import (
    affine_without_transpose,
    all_right,
    not_started,
    report,
    sigmoid_circuit,
    written,
)

DUE = datetime(2026, 11, 1, 23, 59, tzinfo=UTC)


@dataclass(frozen=True)
class Student:
    """One student of a made-up class. Without exercises nothing was handed in."""

    id: str
    exercises: tuple[ExerciseReport, ...] = ()
    name: str = ""
    section: str = ""
    group: str = ""
    units: tuple[Unit, ...] = ()
    sha256: str = ""
    received: datetime | None = DUE - timedelta(hours=3)
    extension: datetime | None = None
    trouble: str = ""
    path: str = ""
    other: dict = field(default_factory=dict)


def content(exercises, *, due: datetime | None = DUE, title="Backpropagation by hand", late=None):
    """The assignment as the gradebook keeps it, from reports on its exercises."""
    rule = {"percent_a_day": 0.0, "grace_minutes": 0.0, "at_most_percent": 100.0, "closes_after_days": None}
    return writable(json.dumps(
        {
            "id": "hw1",
            "title": title,
            "version": "2",
            "due": due.isoformat() if due else None,
            "late": rule | (late or {}),
            "exercises": [
                {
                    "id": e.id, "title": e.title, "kind": e.kind, "max_score": e.max_score,
                    "nodes": {n.name: n.max_points for n in e.nodes},
                }
                for e in exercises
            ],
        },
        ensure_ascii=False,
    ))  # fmt: skip


def made(folder: Path, students, exercises, *, publish: bool = False, **assignment) -> Path:
    """A results folder with these students; `exercises` are reports that say what the assignment has."""
    folder.mkdir(parents=True, exist_ok=True)
    with Ledger.opened(folder, create=True) as ledger:
        ledger.claim("hw1")
        ledger.begin(
            content(exercises, **assignment),
            versions={"chainmark": "0.1.0", "numpy": "2"}, sandbox="A", seed="practice public", jobs=2,
        )  # fmt: skip
        people = [
            Person(ledger.people.pseudonym(s.id), s.id, s.name, "", s.section, s.group, s.extension)
            for s in students
        ]
        ledger.people.enrol(people, enrolled=True)
        for student, person in zip(students, people, strict=True):
            add(ledger, student, person.pseudonym)
        ledger.people.came_from({ledger.people.pseudonym(s.id): s.path for s in students if s.path})
        ledger.end({"graded": len(students)})
    return folder


def add(ledger: Ledger, student: Student, pseudonym: str) -> None:
    """Put one student's work into the gradebook."""
    handed = Handed(pseudonym, student.sha256 or f"{abs(hash(student.id)):064x}", "1", student.received)
    if student.exercises:
        whole = report(
            *student.exercises,
            sha256=handed.sha256,
            student=pseudonym,
            submission="submission",
            **student.other,
        )
        ledger.graded(handed, graded(whole, student.units))
    if student.trouble:
        ledger.ungraded(handed, student.trouble)


def graded(whole: Report, units=()) -> Graded:
    """A report as the engine would hand it over."""
    text = json.dumps(as_json(whole), separators=(",", ":"), allow_nan=False)
    return Graded("inputs", True, summary_text(whole), pack(text), pack_units(units))


def wrong_affine(line: str = "dx = dout @ w") -> tuple[ExerciseReport, tuple[Unit, ...]]:
    """The affine layer without the transpose, and cells with code that fits the report."""
    source = f'''def affine_backward(dout, cache):
    """Ada wrote this."""  # so did Ada
    x, w, b = cache
    {line}
    dw = x.T @ dout
    return dx, dw, dout.sum(axis=0)
'''
    forward = "def affine_forward(x, w, b):\n    return x @ w + b, (x, w, b)\n"
    exercise = affine_without_transpose()
    units = (Unit("cell 11", forward, "hw1.ipynb", 10), Unit("cell 12", source, "hw1.ipynb", 11))
    return exercise, units


def unnamed(exercise: ExerciseReport, **numbers) -> ExerciseReport:
    """The same without its diagnosis; `numbers` go into the wrong nodes."""
    nodes = tuple(replace(n, **numbers) if n.verdict == "fail" else n for n in exercise.nodes)
    return replace(exercise, diagnoses=(), nodes=nodes)


def personal(seed: str = "0f1e") -> dict:
    """Report fields of work that was graded with a course's key."""
    return {"seed": Seed("grading", seed)}


def sheet() -> tuple[ExerciseReport, ...]:
    """Twelve exercises, all that a student may have."""
    gates = tuple(
        all_right(f"{name}_gate") for name in ("add", "multiply", "copy", "max", "reciprocal", "exp", "log")
    )
    return (
        *gates,
        affine_without_transpose(),
        sigmoid_circuit(),
        not_started(),
        all_right("tanh"),
        written(),
    )


def large(folder: Path, count: int, *, seed: int = 7) -> Path:
    """A class of any size on the whole sheet: most of it right, some with slips, some not started, some absent."""
    rng = np.random.default_rng(seed)
    _, units = wrong_affine()
    whole = sheet()
    right = tuple(all_right(e.id, e.max_score) if e.id in ("affine", "relu") else e for e in whole)
    students = []
    for number in range(count):
        draw = rng.random()
        own = right if draw < 0.6 else whole
        if draw > 0.93:
            own = tuple(not_started(e.id, e.max_score) for e in own)
        if draw > 0.97:
            own = ()
        late = timedelta(hours=float(rng.integers(1, 70))) if rng.random() < 0.08 else -timedelta(hours=5)
        students.append(
            Student(
                f"u{number:05d}", own, f"{FIRST[number % len(FIRST)]} {LAST[(number * 7) % len(LAST)]} {number}",
                f"section {number % 6 + 1}", units=units if own is whole else (), received=DUE + late,
                sha256=f"{number:064x}",
            )
        )  # fmt: skip
    return made(folder, students, whole, late={"percent_a_day": 10.0})


FIRST = ("Ada", "Zoë", "Müge", "李", "Søren", "Ángel", "Nguyễn", "Олена", "علي", "Jürgen")
LAST = ("Lovelace", "Çelik", "小明", "Ødegård", "Nuñez", "Thị Hoa", "Шевченко", "حسن", "Groß", "O'Brien")
