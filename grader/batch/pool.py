"""A process for each core, all fed from one queue; what a dying process was at is tried once more, elsewhere."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Self

from grader.batch.desk import UNGRADED, Desk, Job, Recipe, Result
from grader.batch.errors import BatchError

AHEAD = 2
"""Jobs that a process has: the one that it is at, and the next, so that it never waits for us."""
TRIES = 2


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(slots=True)
class _Seat:
    """A process, our end of the pipe to it, and the jobs that it has, the present one first."""

    process: BaseProcess
    pipe: Connection
    jobs: deque[Job] = field(default_factory=deque)


class Pool:
    """`results` grades jobs in any order. Use it as a context manager, so that the processes end."""

    def __init__(self, recipe: Recipe, count: int) -> None:
        self._recipe, self._count = recipe, max(1, count)
        # Forked, so that the exercises are there already; where that is not safe each process reads them itself.
        self._context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._seats: list[_Seat] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for seat in self._seats:
            seat.pipe.close()  # it ends when it finds nobody there
        for seat in self._seats:
            seat.process.join(2.0)
            if seat.process.is_alive():
                seat.process.kill()
                seat.process.join()
        self._seats = []

    def start(self, count: int) -> None:
        """Start the processes, no more than there are jobs."""
        while len(self._seats) < min(self._count, count):
            self._seats.append(self._seat())

    def results(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """A result for each job, as it comes."""
        waiting = deque(jobs)
        tries: dict[int, int] = {}
        self.start(len(waiting))
        while waiting or any(seat.jobs for seat in self._seats):
            for seat in self._seats:
                while waiting and len(seat.jobs) < AHEAD:
                    seat.jobs.append(waiting[0])
                    waiting.popleft()
                    with contextlib.suppress(OSError):  # it is gone, which is noticed below
                        seat.pipe.send(seat.jobs[-1])
            ready = wait([seat.pipe for seat in self._seats if seat.jobs])
            for seat in [seat for seat in self._seats if seat.pipe in ready]:
                try:
                    result: Result = seat.pipe.recv()
                except (EOFError, OSError):
                    yield from self._lost(seat, waiting, tries)
                    continue
                seat.jobs.popleft()
                yield result

    def _lost(self, seat: _Seat, waiting: deque[Job], tries: dict[int, int]) -> Iterator[Result]:
        """A process has ended: another takes its place, and its jobs are done again, but not for ever."""
        seat.pipe.close()
        seat.process.join(5)
        code = seat.process.exitcode
        present, *rest = seat.jobs
        waiting.extendleft(reversed(rest))
        tries[present.number] = tries.get(present.number, 0) + 1
        if tries[present.number] < TRIES:
            waiting.appendleft(present)
        else:
            how = f"signal {-code}" if code and code < 0 else f"exit code {code}"
            said = f"the process that grades it ended {TRIES} times ({how}); is there enough memory?"
            yield Result(present.number, None, UNGRADED, said)
        self._seats[self._seats.index(seat)] = self._seat()

    def _seat(self) -> _Seat:
        ours, theirs = self._context.Pipe()
        # typeshed gives the context no Process
        process = self._context.Process(target=_work, args=(theirs, self._recipe), daemon=True)  # type: ignore[attr-defined]
        with warnings.catch_warnings():
            # NumPy's own threads sleep while we fork, and the child uses none of them.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        theirs.close()
        return _Seat(process, ours)


def _work(pipe: Connection, recipe: Recipe) -> None:
    """What each process does: jobs in, results out, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is for the one who writes
    if sys.platform == "linux":
        _let_go(pipe.fileno())
    try:
        try:
            desk = Desk(recipe)
        except BatchError as error:  # the disk became full
            while True:
                pipe.send(Result(pipe.recv().number, None, UNGRADED, str(error)))
        with desk:
            gc.collect()
            gc.freeze()  # modules and exercises stay: they need not be looked through again and again
            while True:
                pipe.send(desk.grade(pipe.recv()))
    except (EOFError, OSError):
        return


def _let_go(keep: int) -> None:
    """Close what a fork leaves open: the folder's lock and the pipes of others, which must end with their owner."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != keep:
            with contextlib.suppress(OSError):
                os.close(int(name))
