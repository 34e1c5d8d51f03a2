"""Statuses of real processes, in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from grader.sandbox.endings import (
    CpuTimeUsed,
    Crashed,
    Ended,
    Exited,
    ForeignCall,
    KilledOutside,
    Running,
    Signalled,
    describe_exit,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such statuses")


def status_after(number: int) -> int:
    """The status of a process that this signal ended (or stopped)."""
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    os.kill(process.pid, number)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(process.pid, signal.SIGKILL)
        os.waitpid(process.pid, 0)
    process.returncode = 0
    assert process.stdin is not None
    process.stdin.close()
    return status


@pytest.mark.parametrize(
    ("number", "ending"),
    [
        (signal.SIGXCPU, CpuTimeUsed()),
        (signal.SIGKILL, KilledOutside()),
        (signal.SIGSEGV, Crashed("SIGSEGV")),
        (signal.SIGBUS, Crashed("SIGBUS")),
        (signal.SIGABRT, Crashed("SIGABRT")),
        (signal.SIGSYS, ForeignCall()),
        (signal.SIGTERM, Signalled("SIGTERM")),
        (signal.SIGRTMIN + 3, Signalled(f"signal {signal.SIGRTMIN + 3}")),
        (signal.SIGSTOP, Running()),
    ],
)
def test_a_signal_is_told_by_its_meaning(number: int, ending: Ended) -> None:
    assert describe_exit(status_after(number)) == ending


def test_a_code_is_kept() -> None:
    assert describe_exit(7 << 8) == Exited(7)


def test_a_kill_after_all_cpu_time_is_told_from_one_by_the_grader() -> None:
    assert describe_exit(signal.SIGKILL, cpu_used=2.01, cpu_limit=2) == CpuTimeUsed()
    assert describe_exit(signal.SIGKILL, cpu_used=0.2, cpu_limit=2) == KilledOutside()
