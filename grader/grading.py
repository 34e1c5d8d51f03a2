"""Grading one submission: load it into a runner, check exercise by exercise, make marks and a report of it."""

from __future__ import annotations

import platform
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.assignment import Assignment, ExerciseEntry
from grader.checks import outcomes as words
from grader.checks.changed_line import with_lines
from grader.checks.conventions import check_as_accepted
from grader.checks.hints import all_hints
from grader.checks.loops import loop_findings
from grader.checks.papers import ID, check_paper
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.exercise import AnswersExercise, Exercise, NetworkExercise
from grader.findings import Finding, Verdict
from grader.marks import marked, slips, total
from grader.not_found import not_found
from grader.report.report import ExerciseReport, Place, Reader, Report, Status
from grader.runner import Loaded, Program, Runner
from grader.submission import Submission
from grader.text import one_line
from grader.worker.program import Source
from grader.worker.steps import Outcome

PRACTICE = "practice"
"""The id of an assignment without a file, which grades whatever is there."""


@dataclass(frozen=True, slots=True)
class Grader:
    """Everything that stays the same while many submissions of one assignment are graded."""

    assignment: Assignment
    exercises: Mapping[str, Exercise]
    """By id: those that the assignment names."""
    reader: Reader = Reader.PRACTICE

    def entries(self) -> list[tuple[ExerciseEntry, Exercise]]:
        """The assignment's exercises in its order."""
        return [(entry, self.exercises[entry.id]) for entry in self.assignment.exercises]

    def program(self, submission: Submission) -> Program:
        """What a runner needs of a submission."""
        sources = [Source(unit.label, unit.source, unit.module) for unit in submission.units]
        wanted: list[str] = []
        for entry, exercise in self.entries():
            wanted += [*exercise.functions, *exercise.variables, *entry.functions.values()]
            wanted += [ID] if isinstance(exercise, AnswersExercise) else []
            for ours, theirs in entry.functions.items():
                # What students call it, under the name that the exercise knows.
                sources.append(Source("assignment.toml", f"{ours} = {theirs}\n"))
        return Program(tuple(sources), tuple(dict.fromkeys(wanted)), self.assignment.allowed_modules)

    def grade(
        self,
        submission: Submission,
        runner: Runner,
        seeds: SeedSource,
        *,
        student: str = "",
        progress: Callable[[str], None] = lambda _: None,
    ) -> Report:
        """The whole report, before it is redacted for its reader. `progress` hears each exercise's title."""
        program = self.program(submission)
        loaded = runner.load(program)
        reports = []
        printed = runner.printed()
        for entry, exercise in self.entries():
            progress(exercise.title)
            report = self._exercise(entry, exercise, submission, loaded, runner, seeds, student)
            before, printed = printed, runner.printed()
            if not report.passed and not report.output:
                report = replace(report, output=printed.removeprefix(before))
            reports.append(report)
        return Report(
            assignment=self.assignment.id,
            title=self.assignment.title,
            version=self.assignment.version,
            submission=submission.name,
            sha256=submission.sha256,
            seed=seeds.named,
            sandbox=runner.level,
            reader=Reader.STAFF,
            exercises=tuple(reports),
            notes=(*_made_for(submission, self.assignment), *_notes(submission, loaded, program)),
            versions=versions(),
            student=student,
        )

    def _exercise(
        self,
        entry: ExerciseEntry,
        exercise: Exercise,
        submission: Submission,
        loaded: Loaded | Outcome,
        runner: Runner,
        seeds: SeedSource,
        student: str,
    ) -> ExerciseReport:
        points = entry.marks(exercise.points)
        empty = ExerciseReport(
            exercise.id,
            exercise.title,
            exercise.kind,
            Status.NOT_STARTED,
            0.0,
            0.0,
            entry.points,
            conventions=exercise.conventions,
        )
        missing: list[str] = []
        if isinstance(loaded, Loaded):
            empty = replace(empty, places=_places(entry, exercise, submission, loaded))
            names = {d.name for d in loaded.definitions} | set(entry.functions)
            missing = [name for name in exercise.required if name not in names]
            if missing and len(missing) == len(exercise.required):
                return replace(empty, reason=self._not_found(missing, exercise, submission, loaded))
        paper = SeedSource.personal(self.assignment.id, student)
        try:
            if isinstance(exercise, AnswersExercise):
                checked = check_paper(exercise, runner, self.assignment.id, student)
            else:
                judged, checked = check_as_accepted(exercise, entry.accept, runner, seeds, paper)
                exercise, empty = judged, replace(empty, conventions=judged.conventions)
        except Exception as error:
            # Ours, not the student's: it costs no marks, and staff see where it happened.
            said = f"the grader itself failed here: {type(error).__name__}: {one_line(str(error))}"
            trace = "".join(traceback.format_exception(error)[-6:])
            finding = Finding("grader", Verdict.GRADER_ERROR, said)
            return replace(empty, status=Status.UNGRADED, reason=said, findings=(finding,), output=trace)
        fault = runner.take_fault()
        if fault:
            finding = Finding("grader", Verdict.GRADER_ERROR, fault)
            return replace(empty, status=Status.UNGRADED, reason=fault, findings=(finding,))
        if checked.not_started:
            return replace(empty, reason=checked.not_started)
        if checked.ungraded:
            return replace(
                empty, status=Status.UNGRADED, reason=checked.ungraded, provisional=checked.provisional
            )
        if missing and isinstance(loaded, Loaded):
            checked.findings.insert(
                0,
                Finding(
                    "found", Verdict.FAIL, self._not_found(missing, exercise, submission, loaded), missing[0]
                ),
            )
        sources = {unit.label: unit.source for unit in submission.units}
        checked.findings = with_lines(checked.findings, exercise, empty.places, sources, entry.functions)
        wrong = any(node.verdict is not Verdict.PASS for node in checked.nodes.values())
        checked.findings += loop_findings(exercise, empty.places, sources, entry.functions, right=not wrong)
        return self._graded(empty, entry, exercise, checked, points)

    def _not_found(
        self, missing: Sequence[str], exercise: Exercise, submission: Submission, loaded: Loaded
    ) -> str:
        """Why functions are not there. What other exercises ask for is no misspelling of one of this."""
        others = {
            entry.functions.get(name, name)
            for entry, other in self.entries()
            if other.id != exercise.id
            for name in other.functions
        }
        said = not_found(missing, exercise, submission, loaded, others)
        if isinstance(exercise, NetworkExercise) and exercise.adapter:  # a class that not every year asks for
            said += (
                "; a course whose students do not write it leaves this exercise out of its assignment.toml"
            )
        return said

    def _graded(
        self,
        empty: ExerciseReport,
        entry: ExerciseEntry,
        exercise: Exercise,
        checked: Checked,
        points: Mapping[str, float],
    ) -> ExerciseReport:
        follow = exercise.follow_through if entry.follow_through is None else entry.follow_through
        nodes = marked(checked, points, follow_through=follow)
        undecided = [node.name for node in nodes if node.verdict is Verdict.INCONCLUSIVE]
        return replace(
            empty,
            status=Status.UNGRADED if undecided else Status.GRADED,
            reason=f"{', '.join(undecided)} could not be judged" if undecided else "",
            score=total(node.points for node in nodes),
            strict_score=total(node.strict for node in nodes),
            nodes=nodes,
            findings=tuple(checked.findings),
            diagnoses=tuple(checked.diagnoses),
            hints=all_hints(exercise, checked),
            example=tuple(checked.example),
            example_code=_in_their_names(checked.example_code, entry.functions),
            picture=tuple(checked.picture),
            picture_note=checked.picture_note,
            slips=slips(checked),
        )


def _in_their_names(code: str, functions: Mapping[str, str]) -> str:
    """Code that calls the functions as the students of this course call them."""
    for ours, theirs in functions.items():
        code = re.sub(rf"\b{re.escape(ours)}\b", lambda _, name=theirs: name, code)  # type: ignore[misc]
    return code


def versions() -> tuple[tuple[str, str], ...]:
    """What the report was made with."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        ours = version("chainmark")
    except PackageNotFoundError:
        ours = "not installed"
    return ("chainmark", ours), ("python", platform.python_version()), ("numpy", np.__version__)


def _places(
    entry: ExerciseEntry, exercise: Exercise, submission: Submission, loaded: Loaded
) -> tuple[Place, ...]:
    """Where each function of the exercise is defined: its last definition, which is the one that counts."""
    found = []
    for name in exercise.functions:
        theirs = entry.functions.get(name, name)
        mine = [d for d in loaded.definitions if d.name == theirs and d.unit < len(submission.units)]
        if mine:
            unit = submission.units[mine[-1].unit]
            found.append(Place(name, unit.label, mine[-1].line, len(mine), unit.file, unit.cell))
    return tuple(found)


def _made_for(submission: Submission, assignment: Assignment) -> Iterator[Finding]:
    """What does not fit between the notebook that was handed out and what it is graded by."""
    theirs, version = submission.metadata.get("assignment", ""), submission.metadata.get("version", "")
    if not theirs:
        return
    if assignment.id == PRACTICE:
        # An assignment.toml beside it may be anybody's, and name code to be imported: it has to be asked for.
        said = f"the notebook was made for the assignment {one_line(theirs)}, and is graded as practice"
        yield Finding("version", Verdict.WARN, f"{said}; name its assignment.toml with --assignment")
        return
    if theirs != assignment.id:
        said = f"the notebook was made for {one_line(theirs)} and is graded by {assignment.id}"
        yield Finding("version", Verdict.WARN, said)
    elif version and version != assignment.version:
        mine = assignment.version
        said = f"the notebook was made from version {one_line(version)} and is graded by version {mine}"
        yield Finding("version", Verdict.WARN, f"{said}; `chainmark build --update` brings it up to date")


def _notes(submission: Submission, loaded: Loaded | Outcome, program: Program) -> list[Finding]:
    """What deserves to be known of the submission as a whole."""
    notes = [Finding(n.kind, Verdict.WARN, one_line(n.message), where=n.where) for n in submission.notes]
    if not isinstance(loaded, Loaded):
        notes.append(Finding("loading", Verdict.FAIL, words.told(loaded, "the submission")))
        return notes
    for problem in loaded.problems:
        where = f"{one_line(problem.unit, limit=80)}, line {problem.line}"
        kind = {"syntax": "syntax error"}.get(problem.kind, problem.kind)
        verdict = Verdict.FAIL if problem.kind == "syntax" else Verdict.WARN
        notes.append(Finding(kind, verdict, one_line(problem.text), where=where))
    counted: dict[str, list[str]] = {}
    for definition in loaded.definitions:
        if definition.name in program.wanted and definition.unit < len(submission.units):
            unit = submission.units[definition.unit]
            counted.setdefault(definition.name, []).append(f"{unit.label}, line {definition.line}")
    for name, places in counted.items():
        if len(places) > 1:
            every = one_line("; ".join(places), limit=160)
            said = f"{name} is defined {len(places)} times ({every}); the last one counts"
            notes.append(Finding("defined twice", Verdict.WARN, said, name, where=one_line(places[-1])))
    return notes
