"""A runner whose submission lives in another process: messages over two pipes, and what becomes of a dead worker.

A hung or crashed submission ends its process, not the grader; the next message starts a new one and loads it again.
How a process comes about and ends is for the subclasses: `ProcessRunner` starts one, `SealedRunner` has one forked.
"""

from __future__ import annotations

import math
import os
import secrets
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
    KEPT,
    OUTGOING,
    Killed,
    Malformed,
    NotRun,
    Outcome,
    OutOfMemory,
    Put,
    Step,
    TimedOut,
    check_outcome,
    unpacked,
)

START_SECONDS = 60.0
"""For a process to start and import NumPy on a busy machine; not the submission's time."""

LOAD_SECONDS = 8.0
"""CPU time for reading a submission; the worker itself stops its top level after less."""

LOAD_WALL = 20.0
"""The same by the clock."""

LOAD_TRIES = 3
"""A statement at top level that ends or holds up the process is left out, and the rest loaded again: so often."""

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

    def __init__(self, time: Time, memory_mb: int) -> None:
        self.time, self.memory_mb = time, memory_mb
        self.channel: Channel | None = None
        self.pid = 0
        self._program: Program | None = None
        self._loaded = False
        self._deaths = 0
        self._skip: dict[int, str] = {}
        self._unloadable: Outcome | None = None
        self.fault = ""

    def limit(self, time: Time, memory_mb: int) -> None:
        """Other limits, from the next submission on."""
        if self.channel is not None:
            self.end()
        self.time, self.memory_mb = time, memory_mb
        self._loaded = False

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
        self._skip, self._unloadable, self.fault = {}, None, ""
        loaded = self._load()
        if not isinstance(loaded, Loaded) and self.take_fault():
            self._unloadable = None
            loaded = self._load()  # ours, and perhaps gone by now: a zygote is respawned
        return loaded

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """As `Runner`."""
        if self._program is None:
            return [NotRun("nothing is loaded")] * len(steps)
        if self.fault:
            return [NotRun(self.fault)] * len(steps)  # until somebody has taken note of it
        outcomes = self._attempt(steps)
        if self.take_fault():
            outcomes = self._attempt(steps)  # ours, and perhaps gone by now: a zygote is respawned
        if _waited(outcomes):
            outcomes = self._attempt(steps)  # the machine may have been busy with something else
        if _waited(outcomes):
            self.fault = "it waited for something instead of computing, twice"
        return outcomes

    def take_fault(self) -> str:
        """As `Runner`."""
        fault, self.fault = self.fault, ""
        return fault

    def printed(self) -> str:
        """As `Runner`."""
        if self.channel is None or not self._loaded:
            return ""
        try:
            deadline = time.monotonic() + 2
            message = secrets.randbits(62)
            self.channel.send(("printed", message), deadline)
            ((_, text),) = _answers(self.channel.receive(deadline), message)
        except (ChannelClosed, DeadlineReached, ValueError):  # a FrameError is one
            self.end()
            return ""
        return text if isinstance(text, str) else ""

    def close(self) -> None:
        """As `Runner`."""
        if self.channel is not None:
            self.end()
        self._program, self._loaded = None, False

    def _attempt(self, steps: Sequence[Step], most: int = MOST_DEATHS) -> list[Outcome]:
        if self._deaths >= most:
            return [NotRun("the submission has ended its process too often")] * len(steps)
        if self._loaded and self.channel is not None and self.channel.waiting():
            # Nothing was asked: a thread that writes to the pipe, or a worker that has ended by now.
            self._loaded = False
            self._deaths += 1
            self.end()
        if self.channel is None or not self._loaded:
            loaded = self._load()
            if not isinstance(loaded, Loaded):
                return [loaded] * len(steps)
        outcomes: list[Outcome] = []
        assert self.channel is not None
        started, used = time.monotonic(), self.cpu_used()
        message = secrets.randbits(62)

        def watch() -> None:
            self._watch(used + self.time.cpu)

        try:
            deadline = started + self.time.wall
            self.channel.send(("run", message), deadline, steps)
            while len(outcomes) < len(steps):
                for place, said in _answers(self.channel.receive(deadline, watch), message):
                    _kept(outcomes, steps, place)
                    outcomes.append(check_outcome(unpacked(said, OUTGOING)))
        except (ChannelClosed, DeadlineReached, FrameError, ValueError) as trouble:
            reached = self.reached(message)
            ended = self._given_up(trouble, self.cpu_used() - used, time.monotonic() - started)
            if isinstance(trouble, (ChannelClosed, DeadlineReached)):
                outcomes += self._again(steps, len(outcomes), reached)
            # Keeping a value runs nothing of the student's: it ended at the step after.
            at = next(
                (i for i in range(len(outcomes), len(steps)) if type(steps[i]) is not Put), len(outcomes)
            )
            if at < len(steps):
                outcomes += [*[KEPT] * (at - len(outcomes)), ended]
                outcomes += [NotRun("the process had ended")] * (len(steps) - len(outcomes))
        return outcomes

    def reached(self, message: int) -> int | None:  # noqa: ARG002 - for those who know
        """The step that was being run, if that is known: answers to those before it may be lost."""
        return None

    def _again(self, steps: Sequence[Step], done: int, reached: int | None) -> list[Outcome]:
        """The outcomes of the steps before the one at which the process ended, whose answers it had not sent."""
        if reached is None or reached >= len(steps) or all(type(step) is Put for step in steps[done:reached]):
            return []
        return self._attempt(steps[:reached], MOST_DEATHS + 1)[
            done:
        ]  # what it did, it did before its last end

    def _load(self) -> Loaded | Outcome:
        if self._unloadable is not None:
            return self._unloadable
        loaded: Loaded | Outcome = NotRun("it was not loaded")
        for _ in range(LOAD_TRIES):
            loaded, statement = self._load_once()
            if isinstance(loaded, Loaded):
                self._loaded = True
                return loaded
            if statement is None:
                break
            self._skip[statement] = _left_out(loaded)
        assert not isinstance(loaded, Loaded)
        if not (isinstance(loaded, TimedOut) and loaded.waited):
            self._unloadable = loaded  # it would cost the same time with every message
        return loaded

    def _load_once(self) -> tuple[Loaded | Outcome, int | None]:
        """What loading gives, and the number of the statement that it ended with, if it ended in one."""
        assert self._program is not None
        if self.channel is None:
            self.start()
        assert self.channel is not None
        program = self._program
        sources = [(s.label, s.text, s.module) for s in program.sources]
        started, used = time.monotonic(), 0.0
        at: int | None = None
        ready = False

        def watch() -> None:
            self._watch(used + LOAD_SECONDS if ready else math.inf)

        try:
            if self.channel.receive(started + START_SECONDS, watch) != ("ready",):
                raise FrameError("not a worker's first word")
            started, used, ready = time.monotonic(), self.cpu_used(), True
            deadline = started + LOAD_WALL
            self.channel.send(
                ("load", sources, list(program.wanted), list(program.allowed), dict(self._skip)), deadline
            )
            while True:
                match self.channel.receive(deadline, watch):
                    case ("at", int() as number):
                        at = number
                    case ("loaded", answer):
                        return unpacked_loaded(answer), None
                    case _:
                        raise FrameError("an answer out of turn")
        except (ChannelClosed, DeadlineReached, FrameError, ValueError, TypeError) as trouble:
            cpu, wall = self.cpu_used() - used, time.monotonic() - started
            outcome = self._given_up(trouble, cpu, wall)
            if isinstance(outcome, TimedOut):
                outcome = TimedOut(outcome.seconds, waited=not ready)
            return outcome, at

    def _watch(self, most_cpu: float) -> None:
        """Raises DeadlineReached when so much CPU time is used, ChannelClosed when the worker has ended."""
        cpu, ended = _state(self.pid)
        if ended:  # what it started may still hold the pipe
            raise ChannelClosed
        if cpu > most_cpu:
            raise DeadlineReached

    def _given_up(self, trouble: Exception, cpu: float, wall: float) -> Outcome:
        """Why there is no answer; the process is gone afterwards."""
        self._loaded = False
        self._deaths += 1
        ended = self.end(patient=isinstance(trouble, ChannelClosed))
        if isinstance(trouble, DeadlineReached):
            waited = cpu < IDLE * self.time.cpu and wall >= self.time.wall
            return TimedOut(round(wall if waited else cpu, 1), waited)
        if isinstance(trouble, ChannelClosed):
            return ended
        return Malformed(str(trouble))

    def cpu_used(self) -> float:
        """Seconds of CPU time that the worker has used; 0 where the system does not tell."""
        return _state(self.pid)[0]


_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def _state(pid: int) -> tuple[float, bool]:
    """(seconds of CPU time used, whether it has ended) of a process; (0, False) where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0, False
    return (int(fields[11]) + int(fields[12])) / _TICKS, fields[0] in (b"Z", b"X")


def _left_out(ended: Outcome) -> str:
    """Why a statement is left out, for the list of problems."""
    match ended:
        case TimedOut():
            return "took too long, and was left out"
        case OutOfMemory():
            return "needed more memory than it may have, and was left out"
        case Killed(how):
            return f"ended the whole process ({how}), and was left out"
        case _:
            return "interfered with the grader's own messages, and was left out"


def _waited(outcomes: Sequence[Outcome]) -> bool:
    return any(isinstance(outcome, TimedOut) and outcome.waited for outcome in outcomes)


def _kept(outcomes: list[Outcome], steps: Sequence[Step], place: int) -> None:
    """Fill in the Puts before an answer, which have none. Raises FrameError for an answer out of turn."""
    if not len(outcomes) <= place < len(steps) or any(
        type(s) is not Put for s in steps[len(outcomes) : place]
    ):
        raise FrameError("an answer out of turn")
    outcomes += [KEPT] * (place - len(outcomes))


def _answers(answers: Any, message: int) -> list[tuple[int, Any]]:
    """To which steps, and what the answers in a frame say. Raises FrameError unless they are to this message.

    The message's number is drawn anew each time, so that what a submission has written into the pipe before, or a
    thread of its writes later, is not taken for an answer.
    """
    match answers:
        case (int() as to, list() as said) if (
            to == message
            and said
            and all(type(s) is tuple and len(s) == 2 and type(s[0]) is int for s in said)
        ):
            return said
    raise FrameError("an answer out of turn")
