"""What a worker of a Dask cluster does: it keeps a desk, with a zygote of its own, as long as the class is graded.

A station goes to each worker as a plugin, also to those that join later or are started again in place of a lost
one. Its desk is set up when it is first needed, and put away when the run ends, when the worker ends, or when
nothing has come for a while, since the one who gave the work may have been killed.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from grader.batch.desk import Desk, Recipe, Result, missing_modules, sealing
from grader.batch.parcel import CourseFiles, Parcel, own_source, taught_source
from grader.batch.scratch import Scratch
from grader.grading import versions
from grader.text import one_line

IDLE = 600.0
"""Seconds without work after which the desk is put away; the next submission sets it up again."""


class UnfitError(Exception):
    """A worker cannot grade. The text says why, and follows upon the worker's address."""


@dataclass(frozen=True, slots=True)
class Refused:
    """In place of a result: the worker of this address does not grade, and why."""

    worker: str
    why: str


class Station(WorkerPlugin):
    """A desk on a worker. `taught` is the hash that its exercises must have, `weak` allows it to be unsealed."""

    def __init__(self, files: CourseFiles, *, taught: str, weak: bool) -> None:
        self._files, self._taught, self._weak = files, taught, weak

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - Dask calls it with the worker
        """Arrive; this must not fail, and takes no time."""
        self._lock = threading.Lock()
        self._kept = ExitStack()
        self._desk: Desk | None = None
        self._place: Path | None = None
        self._timer: threading.Timer | None = None
        self._leaving = False

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as in `setup`
        """Leave; a submission that is being graded is finished first, without keeping the worker waiting."""
        self._leaving = True
        self._put_away()

    def open(self) -> str:
        """Set the desk up. Returns the sandbox level that holds here. Raises UnfitError."""
        with self._lock:
            level = self._ready()[0].level
        self._rest()
        return level

    def grade(self, parcel: Parcel) -> Result:
        """One submission at a time: threads of one process wait for each other. Raises UnfitError."""
        try:
            with self._lock:
                desk, place = self._ready()
                if parcel.submission is not None:
                    return desk.judge(parcel.job, parcel.submission)
                with tempfile.TemporaryDirectory(dir=place) as spool:
                    return desk.grade(parcel.unwrapped(Path(spool)))
        finally:
            self._rest()

    def _ready(self) -> tuple[Desk, Path]:
        if self._desk is None or self._place is None:
            with ExitStack() as stack:
                self._place, self._desk = self._set_up(stack)
                gc.collect()
                gc.freeze()  # modules and exercises stay: they need not be looked through again and again
                stack.callback(gc.unfreeze)
                self._kept = stack.pop_all()
        return self._desk, self._place

    def _set_up(self, stack: ExitStack) -> tuple[Path, Desk]:
        sandbox = sealing()
        if sandbox is None and not self._weak:
            raise UnfitError(
                "cannot seal a stranger's code (`chainmark doctor` there says why); "
                "to grade all the same, with limits only, add --allow-weak-sandbox"
            )
        try:
            place = stack.enter_context(Scratch()).path
            (place / "spool").mkdir()
            recipe = Recipe(self._files.unpacked(place), b"", sandbox)
            desk = stack.enter_context(Desk(recipe))
            missing = missing_modules(recipe, desk.course.assignment.allowed_modules)
        except Exception as error:  # a module that a course's exercises need, a full disk, no more processes
            raise UnfitError(f"cannot be set up: {one_line(str(error) or type(error).__name__)}") from None
        if missing or taught_source(desk.course) != self._taught:
            raise UnfitError(
                f"cannot import {one_line('; '.join(missing))}; install it there"
                if missing
                else "has other exercises under the same ids; install the same packages there"
            )
        return place / "spool", desk

    def _rest(self) -> None:
        """After each piece of work: put away at once when the run is over, else when no more comes."""
        if self._timer is not None:
            self._timer.cancel()
        if self._leaving:
            self._put_away()
            return
        self._timer = threading.Timer(IDLE, self._put_away)
        self._timer.daemon = True
        self._timer.start()

    def _put_away(self) -> None:
        if self._lock.acquire(blocking=False):  # else somebody works, and comes to `_rest` afterwards
            try:
                if self._timer is not None:
                    self._timer.cancel()
                self._desk = self._place = None
                self._kept.close()
            finally:
                self._lock.release()


def grade(name: str, packed: bytes) -> Result | Refused:
    """A task: the submission in `packed`, a pickled Parcel, graded at the station of this name."""
    worker = get_worker()
    station = worker.plugins.get(name)
    if not isinstance(station, Station):
        return Refused(worker.address, "has no desk any more")
    parcel: Parcel = pickle.loads(packed)  # noqa: S301 - of our own making; no student's object is in it
    try:
        return station.grade(parcel)
    except UnfitError as error:
        return Refused(worker.address, str(error))


def looked() -> tuple[tuple[tuple[str, str], ...], str]:
    """What this worker grades with: versions, and a hash of chainmark's source."""
    return versions(), own_source()


async def opened(name: str, dask_worker: Any = None) -> tuple[str, str]:
    """Set up the station of this name: (sandbox level, "") or ("", why it cannot be)."""
    station = dask_worker.plugins[name]
    try:
        return await asyncio.to_thread(station.open), ""
    except UnfitError as error:
        return "", str(error)
