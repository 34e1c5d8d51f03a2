"""The workers of a Dask cluster as graders: submissions go out as bytes, results come back, lost ones go out again.

Dask decides which worker grades what, and gives what a lost worker had to another. Each worker has a `Station`.
"""

from __future__ import annotations

import contextlib
import itertools
import pickle
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from grader.batch.course import Course
from grader.batch.desk import UNGRADED, Job, Result
from grader.batch.errors import BatchError
from grader.batch.parcel import CourseFiles, course_files, taught_source, wrapped
from grader.batch.scheduler import ANSWER, alike, asked, connect
from grader.submission import SubmissionError
from grader.text import one_line

AHEAD = 2
"""Submissions on their way for each worker: the one that it is at, and the next."""
WORKERLESS = 60.0
"""Seconds without any worker after which the run stops; a lost one is usually replaced in a few."""
LOOK = 1.0
"""Seconds between two looks at who is there."""
PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class _Sent:
    """A job on its way. `only` are the workers that it may go to; all, if there are none."""

    job: Job
    future: Any
    only: frozenset[str]


class Cluster:
    """`results` grades jobs on the workers of a scheduler. Use it as a context manager, which puts all away.

    `weak` lets workers grade that cannot seal strangers' code; each reports its own level. Raises BatchError: no
    `distributed` here, no answer, no workers, or one that would grade otherwise than this process.
    """

    def __init__(self, address: str, assignment: Path, course: Course, *, weak: bool = False) -> None:
        self._say: Callable[[str], None] = lambda _: None
        self._shown = one_line(address, limit=200)
        self._personal = course.personal
        self._name = f"chainmark-{uuid.uuid4().hex}"
        self._settled = False
        self._refused: set[str] = set()
        self._seen = frozenset[str]()
        self._number = itertools.count()
        self._looked = self._last = time.monotonic()
        files = course_files(assignment)
        self._client = connect(address)
        try:
            self.workers = alike(self._client, address)
            self._settle(address, files, taught_source(course), weak)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take back what is not graded yet, put the workers' desks away, and go."""
        with contextlib.suppress(Exception):
            if self._settled and self._client.status == "running":
                self._client.unregister_worker_plugin(self._name)
        with contextlib.suppress(Exception):
            self._client.close(ANSWER)

    def tell(self, say: Callable[[str], None]) -> None:
        """From now on `say` is told, a line each, what changes on the way."""
        self._say = say

    def results(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """A result for each job, as it comes. Raises BatchError when the scheduler or all workers are lost.

        A file is read when its submission is sent. One whose workers died again and again is tried once more
        alone, since the fault may be that of another which was with it; then it could not be graded.
        """
        from distributed import as_completed

        ended = as_completed(loop=self._client.loop, with_results=True, raise_errors=False)
        new, again, alone = iter(jobs), deque[Job](), deque[Job]()
        died = set[int]()
        under_way: dict[str, _Sent] = {}
        while True:
            for job in self._taken(new, again, alone, under_way):
                try:
                    sent = self._sent(job)
                except SubmissionError as error:
                    yield Result(job.number, None, UNGRADED, str(error))
                    continue
                under_way[sent.future.key] = sent
                ended.add(sent.future)
            if not under_way:
                if not again and (left := next(new, None)) is not None:
                    again.append(left)
                if not again:
                    return
                time.sleep(PAUSE)  # for a worker that can grade; `_look` ends the wait
                continue
            for future, result in self._come(ended):
                if future.key not in under_way:
                    continue  # it was taken back
                job = under_way.pop(future.key).job
                if isinstance(result, Result):
                    yield result
                elif isinstance(result, CancelledError):
                    raise BatchError(self._lost("has been lost, or the work on it was cancelled"))
                elif _is_killed(result) and job.number not in died:
                    died.add(job.number)
                    alone.append(job)
                elif self._refusing(result):
                    again.append(job)
                else:
                    yield Result(job.number, None, UNGRADED, _why(result))
            for sent in self._stranded(under_way.values()):
                del under_way[sent.future.key]
                sent.future.cancel()
                again.append(sent.job)

    def _taken(
        self, new: Iterator[Job], again: deque[Job], alone: deque[Job], under_way: Mapping[str, _Sent]
    ) -> Iterator[Job]:
        """Jobs to be sent now: as many as the workers can use, those that workers died of one by one at the end."""
        self._look()
        while len(under_way) < AHEAD * len(self._fit()):
            job = again.popleft() if again else next(new, None)
            if job is None:
                break
            yield job
        if alone and not under_way:
            yield alone.popleft()

    def _sent(self, job: Job) -> _Sent:
        from grader.batch.station import grade

        packed = pickle.dumps(wrapped(job, personal=self._personal))
        # Only where some have refused: else whoever comes later may grade as well.
        only = self._fit() if self._refused else frozenset()
        key = f"{self._name}-{next(self._number)}"
        future = self._client.submit(
            grade, self._name, packed, key=key, pure=False, workers=sorted(only) or None
        )
        return _Sent(job, future, only)

    def _come(self, ended: Any) -> list[tuple[Any, Any]]:
        """What is finished; waits for it, but not longer than until the next look. Raises BatchError as `_look`."""
        until = time.monotonic() + LOOK
        while not ended.has_ready() and time.monotonic() < until:
            time.sleep(PAUSE)
        self._look()
        return list(ended.next_batch(block=False))

    def _look(self) -> None:
        """Now and then, see who is there. Raises BatchError when there is nobody left to wait for."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        try:
            self._seen = frozenset(self._client.nthreads())
        except (OSError, ValueError, RuntimeError):
            raise BatchError(self._lost("does not answer any more")) from None
        self._looked = now
        if self._fit():
            self._last = now
        elif now - self._last > WORKERLESS:
            raise BatchError(self._lost(f"has had no worker that can grade for {WORKERLESS:.0f} s"))

    def _fit(self) -> frozenset[str]:
        """The workers that are there and have not refused."""
        return self._seen - self._refused

    def _stranded(self, under_way: Iterable[_Sent]) -> list[_Sent]:
        """What was meant for workers of which none is left, and so would wait for ever."""
        return [sent for sent in under_way if sent.only and not sent.only & self._seen]

    def _lost(self, what: str) -> str:
        return f"the scheduler at {self._shown} {what}; what is written stays, and the same command goes on"

    def _refusing(self, result: object) -> bool:
        """Whether a worker cannot grade at all, one that came later than the others; it gets nothing more."""
        from grader.batch.station import Refused

        if not isinstance(result, Refused):
            return False
        if result.worker not in self._refused:
            self._refused.add(result.worker)
            self._say(f"the worker {result.worker} does not grade: it {result.why}")
        return True

    def _settle(self, address: str, files: CourseFiles, taught: str, weak: bool) -> None:
        """Send each worker its station, and set up all desks. Sets `level`, the weakest of the sandboxes."""
        from grader.batch.station import Station, opened

        self._settled = True
        self._client.register_plugin(Station(files, taught=taught, weak=weak), name=self._name)
        answers: Mapping[str, tuple[str, str]] = asked(self._client, address, opened, self._name)
        for worker, (_, why) in answers.items():
            if why:
                raise BatchError(f"the worker {worker} {why}")
        self._seen = frozenset(answers)
        self.level = max(level for level, _ in answers.values())


def _is_killed(result: Any) -> bool:
    """Whether workers ended while they had it, as often as the scheduler allows."""
    from distributed import KilledWorker

    return isinstance(result, tuple) and isinstance(result[1], KilledWorker)


def _why(result: Any) -> str:
    """Why a job that was tried often enough has no result."""
    if _is_killed(result):
        return "the workers that grade it ended, time and again; is there enough memory?"
    if isinstance(result, tuple):
        return f"the worker failed: {type(result[1]).__name__}: {one_line(str(result[1]))}"
    return f"the worker that it was given to {getattr(result, 'why', 'gave no result')}"
