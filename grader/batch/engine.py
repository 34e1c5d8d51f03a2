"""`run`: everybody's work graded into a results folder. What is there already and has not changed is left alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from grader.batch.attempts import Policy, Turn
from grader.batch.course import Course
from grader.batch.desk import UNGRADED, Job, Result
from grader.batch.reading import fingerprint
from grader.batch.work import Work
from grader.gradebook.ledger import Handed, Known, Ledger
from grader.rivals import Order, by_file_times
from grader.submission import SubmissionError

Hear = Callable[[str, str, str, tuple[str, ...]], None]
"""Is told, of each submission: which sort it was, the student's id, why where it could not be graded, and what of
it a person should look at."""


class Graders(Protocol):
    """Whoever grades jobs: processes of this machine, or a cluster."""

    def results(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """A result for each job, as it comes, in any order."""
        ...


@dataclass(slots=True)
class _Task:
    """One submission on its way."""

    turn: Turn
    work: Work
    pseudonym: str
    handed: Handed
    inputs: str
    order: Order = ()


@dataclass(slots=True)
class _Plan:
    """What a run has to do."""

    tasks: list[list[_Task]] = field(default_factory=list)
    """Those in one list have the same content and the same inputs: the first is graded for all."""
    unchanged: int = 0
    unreadable: list[tuple[_Task, str]] = field(default_factory=list)


def run(
    turns: Sequence[Turn],
    course: Course,
    ledger: Ledger,
    graders: Graders,
    *,
    policy: Policy,
    regrade: bool,
    hear: Hear,
) -> None:
    """Grade all that is new or changed, or with `regrade` everything. Each result is written before it is heard."""
    forgotten = ledger.forgotten()
    everybody = [(turn, ledger.people.pseudonym(turn.person.id)) for turn in turns]
    kept = [(turn, who) for turn, who in everybody if who not in forgotten]
    ledger.people.enrol([replace(t.person, pseudonym=who) for t, who in kept], enrolled=False)
    here = os.getcwd()
    places = {who: os.path.join(here, turn.works[-1].place) for turn, who in kept}
    ledger.people.came_from({who: path.encode("utf-8", "replace").decode() for who, path in places.items()})
    plan = _planned(kept, course, {} if regrade else ledger.known(), ledger)
    for sort, count in (
        ("unchanged", plan.unchanged),
        ("forgotten", sum(len(turn.works) for turn, who in everybody if who in forgotten)),
    ):
        for _ in range(count):
            hear(sort, "", "", ())
    for task, reason in plan.unreadable:
        ledger.ungraded(task.handed, reason)
        hear(UNGRADED, task.turn.person.id, reason, ())
    numbered = dict(enumerate(plan.tasks))
    # One by one where the graders ask so: what the jobs need is then made when it is needed.
    jobs = (_job(number, tasks[0], course) for number, tasks in enumerate(plan.tasks))
    for result in graders.results(jobs):
        for place, task in enumerate(numbered.pop(result.number)):
            _written(ledger, task, result, shared=place > 0)
            hear(result.sort, task.turn.person.id, result.reason, result.doubts)
    if policy == "best":
        ledger.settle_best({who for turn, who in kept if len(turn.works) > 1})


def _planned(
    kept: Sequence[tuple[Turn, str]],
    course: Course,
    known: Mapping[tuple[str, str, str], Known],
    ledger: Ledger,
) -> _Plan:
    plan = _Plan()
    shared: dict[str, list[_Task]] = {}
    for task, reason in _tasks(kept, course):
        if reason:
            plan.unreadable.append((task, reason))
            continue
        earlier = known.get((task.handed.student, task.handed.sha256, task.handed.attempt))
        if earlier is not None and earlier.inputs == task.inputs:
            if earlier.handed != task.handed or (not earlier.counts and task.work is task.turn.works[-1]):
                ledger.unchanged(task.handed)
            plan.unchanged += 1
        elif task.inputs in shared:
            shared[task.inputs].append(task)
        else:
            plan.tasks.append([task])
            shared[task.inputs] = plan.tasks[-1]
    return plan


def _tasks(kept: Sequence[tuple[Turn, str]], course: Course) -> Iterator[tuple[_Task, str]]:
    """Every attempt with its content's hash, or why it cannot be read."""
    for turn, who in kept:
        for work in turn.works:
            handed = Handed(who, "", work.attempt, work.received, work.marked_late)
            try:
                sha256 = fingerprint(work.files, work.named)
            except SubmissionError as error:
                yield _Task(turn, work, who, handed, ""), str(error)
                continue
            order = by_file_times(work.files, work.named)
            inputs = course.inputs(sha256, turn.person.id, work.attempt, order)
            yield _Task(turn, work, who, replace(handed, sha256=sha256), inputs, order), ""


def _job(number: int, task: _Task, course: Course) -> Job:
    student = task.turn.person.id
    return Job(
        number,
        task.work.files,
        task.work.named,
        student,
        task.pseudonym,
        task.handed.sha256,
        task.inputs,
        course.seeds(student, task.work.attempt),
        task.order,
    )


def _written(ledger: Ledger, task: _Task, result: Result, *, shared: bool) -> None:
    if result.graded is None:
        ledger.ungraded(task.handed, result.reason, result.detail)
    else:
        # The report bears the pseudonym of the first; unpacking it to change that takes longer than writing it.
        ledger.graded(task.handed, result.graded.of(task.pseudonym) if shared else result.graded)
