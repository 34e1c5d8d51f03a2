"""What tests do to the workers of a cluster, in their processes."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

from distributed import WorkerPlugin

from grader.batch.desk import Desk


class Poisoned(WorkerPlugin):
    """On each worker, also on those that are started anew: grading one submission ends the process."""

    def setup(self, **_):
        self.grade = Desk.grade

        def deadly(desk, job):
            if b"poison" in job.files[0].read_bytes():
                os.kill(os.getpid(), signal.SIGKILL)
            return self.grade(desk, job)

        Desk.grade = deadly

    def teardown(self, **_):
        Desk.grade = self.grade


def refuse():
    """Fit when it is looked at, and no more when it is to grade."""
    from grader.batch import station

    def refused(self, parcel):
        raise station.UnfitError("has no room")

    station.Station.kept, station.Station.grade = station.Station.grade, refused


def accept():
    from grader.batch import station

    station.Station.grade = station.Station.kept


def weaken():
    from grader.sandbox import level

    weak = replace(level.probe(), level=level.Level.C)
    level.kept, level.probe = level.probe, lambda: weak


def strengthen():
    from grader.sandbox import level

    level.probe = level.kept
