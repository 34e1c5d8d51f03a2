"""The runner in a process of its own, with limits on time and memory: level D, before and below the sandbox.

A hung or crashed submission ends its process, not the grader; the next message starts a new one. It does not keep
hostile code from files or the network.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.runner.channel import Channel, ChannelClosed, DeadlineReached, FrameError
from grader.runner.runner import Program
from grader.worker.main import unpacked_loaded
from grader.worker.session import Loaded
from grader.worker.steps import (
    OUTGOING,
    Killed,
    Malformed,
    NotRun,
    Outcome,
    OutOfMemory,
    Step,
    TimedOut,
    check_outcome,
    packed,
    unpacked,
)

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the grader's package, for the worker to import its own part of it."""

START_SECONDS = 60.0
"""For a process to start and import NumPy on a busy machine; not the submission's time."""

BOOTSTRAP = """
import sys
sys.path.insert(0, sys.argv[1])
from grader.runner.child import main
main()
"""


class ProcessRunner:
    """Runs the submission in a child process."""

    level = "D"

    def __init__(self, *, cpu_seconds: float = 10, wall_seconds: float = 30, memory_mb: int = 2048) -> None:
        self.cpu_seconds, self.wall_seconds, self.memory_mb = cpu_seconds, wall_seconds, memory_mb
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._program: Program | None = None
        self._start()  # it imports NumPy while the submission is still being read

    def load(self, program: Program) -> Loaded | Outcome:
        """As `Runner`."""
        if self._program is not None:
            self._end()
        self._program = program
        return self._load()

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """As `Runner`."""
        if self._program is None:
            return [NotRun("nothing is loaded")] * len(steps)
        if self._process is None:
            loaded = self._load()
            if not isinstance(loaded, Loaded):
                return [loaded] * len(steps)
        outcomes: list[Outcome] = []
        try:
            deadline = time.monotonic() + self.wall_seconds
            assert self._channel is not None
            self._channel.send(("run", [packed(step) for step in steps]), deadline)
            while len(outcomes) < len(steps):
                outcomes.append(self._outcome(self._channel.receive(deadline), len(outcomes)))
        except (ChannelClosed, DeadlineReached, FrameError, ValueError) as trouble:
            outcomes.append(self._ended(trouble))
            outcomes += [NotRun("the process had ended")] * (len(steps) - len(outcomes))
        return outcomes

    def printed(self) -> str:
        """As `Runner`."""
        if self._channel is None:
            return ""
        try:
            deadline = time.monotonic() + 2
            self._channel.send(("printed",), deadline)
            answer = self._channel.receive(deadline)
        except (ChannelClosed, DeadlineReached, FrameError) as trouble:
            self._ended(trouble)
            return ""
        return (
            answer[1] if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], str) else ""
        )

    def close(self) -> None:
        """As `Runner`."""
        self._end()
        self._program = None

    def _start(self) -> None:
        to_child, from_parent = os.pipe()
        from_child, to_parent = os.pipe()
        limits = (self.cpu_seconds, self.memory_mb)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and source
            [
                sys.executable,
                "-I",
                "-c",
                BOOTSTRAP,
                str(ROOT),
                str(to_child),
                str(to_parent),
                *map(str, limits),
            ],
            pass_fds=(to_child, to_parent),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={
                "PATH": os.defpath,
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
            },
        )
        os.close(to_child)
        os.close(to_parent)
        self._channel = Channel(from_child, from_parent)

    def _load(self) -> Loaded | Outcome:
        if self._process is None:
            self._start()
        assert self._channel is not None
        assert self._program is not None
        program = self._program
        sources = [(s.label, s.text, s.module) for s in program.sources]
        try:
            deadline = time.monotonic() + START_SECONDS
            self._channel.send(("load", sources, list(program.wanted), list(program.allowed)), deadline)
            _, answer = self._channel.receive(deadline)
            return unpacked_loaded(answer)
        except (ChannelClosed, DeadlineReached, FrameError, ValueError, TypeError) as trouble:
            return self._ended(trouble)

    @staticmethod
    def _outcome(answer: Any, expected: int) -> Outcome:
        if (
            not isinstance(answer, tuple)
            or len(answer) != 2
            or type(answer[0]) is not int
            or answer[0] != expected
        ):
            raise FrameError("an answer out of turn")
        return check_outcome(unpacked(answer[1], OUTGOING))

    def _ended(self, trouble: Exception) -> Outcome:
        """Why there is no answer; the process is gone afterwards."""
        if isinstance(trouble, (FrameError, ValueError, TypeError)):
            self._end()
            return Malformed(str(trouble))
        if isinstance(trouble, DeadlineReached):
            self._end()
            return TimedOut(self.wall_seconds)
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        code = self._process.returncode
        self._end()
        if code == -signal.SIGXCPU or code == -signal.SIGALRM:
            return TimedOut(self.cpu_seconds)
        if code == -signal.SIGKILL:
            return OutOfMemory()
        if code is not None and code < 0:
            return Killed(signal.Signals(-code).name)
        return Killed("it ended itself")

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._channel is not None:
            self._channel.close()
            self._channel = None
