"""How a process ended, as the kernel says it, in words that can be acted upon."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exited:
    """It left by itself; any code may be a student's own."""

    code: int


@dataclass(frozen=True, slots=True)
class CpuTimeUsed:
    """Its CPU time was used up: SIGXCPU, or SIGKILL one second later where that was ignored."""


@dataclass(frozen=True, slots=True)
class KilledOutside:
    """SIGKILL: by the grader (the wall time), or by the kernel for want of memory."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """It broke: a segmentation fault, an abort, a stack overflow in C. `signal` is the signal's name."""

    signal: str


@dataclass(frozen=True, slots=True)
class ForeignCall:
    """SIGSYS: it made a system call of another architecture, which no honest program does."""


@dataclass(frozen=True, slots=True)
class Signalled:
    """Another signal ended it."""

    signal: str


@dataclass(frozen=True, slots=True)
class Running:
    """It has not ended: it was stopped or continued. Say SIGKILL and wait again."""


Ended = Exited | CpuTimeUsed | KilledOutside | Crashed | ForeignCall | Signalled | Running

_CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL", "SIGTRAP"})


def describe_exit(status: int, *, cpu_used: float = 0.0, cpu_limit: float | None = None) -> Ended:
    """The ending that a status of `os.waitpid` tells.

    With the seconds of CPU time from `os.wait4` (user and system) and the limit, a SIGKILL for them is told from
    another.
    """
    if os.WIFEXITED(status):
        return Exited(os.WEXITSTATUS(status))
    if not os.WIFSIGNALED(status):
        return Running()
    number = os.WTERMSIG(status)
    try:
        name = signal.Signals(number).name
    except ValueError:  # a real-time signal
        return Signalled(f"signal {number}")
    if name == "SIGXCPU":
        return CpuTimeUsed()
    if name == "SIGKILL":
        return CpuTimeUsed() if cpu_limit is not None and cpu_used >= cpu_limit else KilledOutside()
    if name == "SIGSYS":
        return ForeignCall()
    return Crashed(name) if name in _CRASHES else Signalled(name)
