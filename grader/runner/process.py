"""The runner in a process of its own, with limits on time and memory: level D, where there is no sandbox.

It does not keep hostile code from files or the network.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from grader.runner.channel import Channel
from grader.runner.worker_runner import Time, WorkerRunner
from grader.worker.main import FAULT
from grader.worker.steps import Killed, Outcome, OutOfMemory, TimedOut

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the grader's package, for the worker to import its own part of it."""

ENVIRONMENT = {
    "PATH": os.defpath,
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
"""All that a worker has: no secrets, one thread, the same order of sets every time."""

PATIENCE = 0.5
"""Seconds that a process has to end after it has closed its pipes."""

BOOTSTRAP = """
import sys
sys.path.insert(0, sys.argv[1])
from grader.runner.child import main
main()
"""


class ProcessRunner(WorkerRunner):
    """Runs the submission in a child process."""

    level = "D"

    def __init__(self, time: Time | None = None, *, memory_mb: int = 2048) -> None:
        super().__init__(time or Time(), memory_mb)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()  # it imports NumPy while the submission is still being read

    def start(self) -> None:
        """As `WorkerRunner`."""
        to_child, from_parent = os.pipe()
        from_child, to_parent = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and source
            [
                sys.executable,
                "-I",
                "-c",
                BOOTSTRAP,
                str(ROOT),
                str(to_child),
                str(to_parent),
                str(self.memory_mb),
            ],
            pass_fds=(to_child, to_parent),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=ENVIRONMENT,
        )
        os.close(to_child)
        os.close(to_parent)
        self.pid = self._process.pid
        self.channel = Channel(from_child, from_parent)

    def end(self, *, patient: bool = False) -> Outcome:
        """As `WorkerRunner`."""
        assert self._process is not None
        if patient:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # and whatever it has started
        self._process.kill()
        code = self._process.wait()
        self._process = None
        if self.channel is not None:
            self.channel.close()
            self.channel = None
        if code == -signal.SIGXCPU:
            return TimedOut(self.time.cpu)
        if code == -signal.SIGKILL:
            return OutOfMemory()
        if code == FAULT:
            self.fault = "the process that runs the code failed by itself"
        if code < 0:
            return Killed(signal.Signals(-code).name)
        return Killed("it ended itself")
