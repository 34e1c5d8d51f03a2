"""A runner whose submission lives in another process: messages over two pipes, and what becomes of a dead worker.

A hung or crashed submission ends its process, not the grader; the next message starts a new one and loads it again.
How a process comes about and ends is for the subclasses: `ProcessRunner` starts one, `SealedRunner` has one forked.
"""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.runner.channel import Channel, ChannelClosed, DeadlineReached, FrameError
from grader.runner.runner import Program
from grader.worker.main import unpacked_loaded
from grader.worker.session import Loaded
from grader.worker.steps import (
    OUTGOING,
    Malformed,
    NotRun,
    Outcome,
    Step,
    TimedOut,
    check_outcome,
    packed,
    unpacked,
)

START_SECONDS = 60.0
"""For a process to start and import NumPy on a busy machine; not the submission's time."""

LOAD_SECONDS = 8.0
"""CPU time for reading a submission; the worker itself stops its top level after less."""

IDLE = 0.2
"""Of the CPU time allowed: who reached the wall time with less than this part waited rather than computed."""

MOST_DEATHS = 8
"""Processes that one submission may end before it is given up."""


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds that one message may take: computing, and by the clock, which a busy machine must not decide."""

    cpu: float = 10.0
    wall: float = 100.0


class WorkerRunner(ABC):
    """The common part: what is sent, what is believed, when it is given up."""

    level = ""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.channel: Channel | None = None
        self.pid = 0
        self._program: Program | None = None
        self._loaded = False
        self._deaths = 0

    @abstractmethod
    def start(self) -> None:
        """Set `channel` and `pid` to a new worker."""

    @abstractmethod
    def end(self, *, patient: bool = False) -> Outcome:
        """End the worker if it has not ended, and say how it did. `patient`: it seems to be ending by itself."""

    def load(self, program: Program) -> Loaded | Outcome:
        """As `Runner`."""
        if self._program is not None and self.channel is not None:
            self.end()
        self._program, self._loaded, self._deaths = program, False, 0
        return self._load()

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """As `Runner`."""
        if self._program is None:
            return [NotRun("nothing is loaded")] * len(steps)
        outcomes = self._attempt(steps)
        if any(isinstance(outcome, TimedOut) and outcome.waited for outcome in outcomes):
            return self._attempt(steps)  # the machine may have been busy with something else
        return outcomes

    def printed(self) -> str:
        """As `Runner`."""
        if self.channel is None or not self._loaded:
            return ""
        try:
            deadline = time.monotonic() + 2
            self.channel.send(("printed",), deadline)
            answer = self.channel.receive(deadline)
        except (ChannelClosed, DeadlineReached, FrameError):
            self.end()
            return ""
        text = answer[1] if isinstance(answer, tuple) and len(answer) == 2 else ""
        return text if isinstance(text, str) else ""

    def close(self) -> None:
        """As `Runner`."""
        if self.channel is not None:
            self.end()
        self._program, self._loaded = None, False

    def _attempt(self, steps: Sequence[Step]) -> list[Outcome]:
        if self._deaths >= MOST_DEATHS:
            return [NotRun("the submission has ended its process too often")] * len(steps)
        if self.channel is None or not self._loaded:
            loaded = self._load()
            if not isinstance(loaded, Loaded):
                return [loaded] * len(steps)
        outcomes: list[Outcome] = []
        assert self.channel is not None
        started, used = time.monotonic(), self.cpu_used()

        def watch() -> None:
            if self.cpu_used() - used > self.time.cpu:
                raise DeadlineReached

        try:
            deadline = started + self.time.wall
            self.channel.send(("run", [packed(step) for step in steps]), deadline)
            while len(outcomes) < len(steps):
                outcomes.append(_outcome(self.channel.receive(deadline, watch), len(outcomes)))
        except (ChannelClosed, DeadlineReached, FrameError, ValueError) as trouble:
            outcomes.append(self._given_up(trouble, self.cpu_used() - used, time.monotonic() - started))
            outcomes += [NotRun("the process had ended")] * (len(steps) - len(outcomes))
        return outcomes

    def _load(self) -> Loaded | Outcome:
        assert self._program is not None
        if self.channel is None:
            self.start()
        assert self.channel is not None
        program = self._program
        sources = [(s.label, s.text, s.module) for s in program.sources]
        started = time.monotonic()

        def watch() -> None:
            if self.cpu_used() > LOAD_SECONDS:
                raise DeadlineReached

        try:
            deadline = started + START_SECONDS
            self.channel.send(("load", sources, list(program.wanted), list(program.allowed)), deadline)
            _, answer = self.channel.receive(deadline, watch)
            loaded = unpacked_loaded(answer)
        except (ChannelClosed, DeadlineReached, FrameError, ValueError, TypeError) as trouble:
            return self._given_up(trouble, self.cpu_used(), time.monotonic() - started)
        self._loaded = True
        return loaded

    def _given_up(self, trouble: Exception, cpu: float, wall: float) -> Outcome:
        """Why there is no answer; the process is gone afterwards."""
        self._loaded = False
        self._deaths += 1
        ended = self.end(patient=isinstance(trouble, ChannelClosed))
        if isinstance(trouble, DeadlineReached):
            return TimedOut(round(wall, 1), waited=cpu < IDLE * self.time.cpu and wall >= self.time.wall)
        if isinstance(trouble, ChannelClosed):
            return ended
        return Malformed(str(trouble))

    def cpu_used(self) -> float:
        """Seconds of CPU time that the worker has used; 0 where the system does not tell."""
        try:
            with open(f"/proc/{self.pid}/stat", "rb") as stream:
                fields = stream.read().rpartition(b")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _TICKS


_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def _outcome(answer: Any, expected: int) -> Outcome:
    if (
        not isinstance(answer, tuple)
        or len(answer) != 2
        or type(answer[0]) is not int
        or answer[0] != expected
    ):
        raise FrameError("an answer out of turn")
    return check_outcome(unpacked(answer[1], OUTGOING))
