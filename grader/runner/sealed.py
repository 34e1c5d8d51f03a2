"""The sealed runner: each submission in a fresh fork of the zygote, confined before its source is read.

Supervisor (this process, which knows the answers) -> zygote (NumPy preloaded, no secrets) -> worker.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.runner.channel import Channel
from grader.runner.process import ENVIRONMENT, PATIENCE, ROOT
from grader.runner.worker_runner import Time, WorkerRunner
from grader.runner.zygote import UNCONFINED
from grader.sandbox.confine import hide_memory
from grader.sandbox.endings import CpuTimeUsed, Crashed, Exited, ForeignCall, KilledOutside, describe_exit
from grader.sandbox.level import Sandbox
from grader.sandbox.limits import Limits
from grader.worker.main import FAULT
from grader.worker.progress import Page, clear, new_page, reached
from grader.worker.steps import Killed, Outcome, OutOfMemory, TimedOut

BOOTSTRAP = """
import sys
sys.path.insert(0, sys.argv[1])
from grader.runner.zygote import main
main()
"""

RESPAWNS = 3


class ZygoteError(RuntimeError):
    """The zygote cannot be started or does not answer: the grader's own trouble, never a student's."""


class Zygote:
    """Forks confined workers. Respawned when it dies."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self.allowed = tuple(allowed)
        self.missing: list[str] = []
        """Allowed modules that cannot be imported, with the reason."""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready = False
        self.page: Page | None = None
        """Where a worker notes how far it is, if there is such a page."""
        self._launch()

    @property
    def pid(self) -> int:
        """The zygote's process id; 0 when there is none."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def fork(self, incoming: int, outgoing: int, limits: Limits, layers: Sequence[str]) -> int:
        """The pid of a new worker that reads from `incoming` and writes to `outgoing`. Raises ZygoteError."""
        request = {
            "limits": {
                "memory_mb": limits.memory_mb,
                "cpu_seconds": limits.cpu_seconds,
                "open_files": limits.open_files,
                "file_bytes": limits.file_bytes,
            },
            "layers": [str(layer) for layer in layers],
        }
        for _ in range(RESPAWNS):
            with contextlib.suppress(OSError, ValueError, ZygoteError):
                answer = self._ask(request, [incoming, outgoing])
                return int(answer["pid"])
            self.close()
            self._launch()
        raise ZygoteError("the process that starts the workers keeps dying")

    def reap(self, pid: int) -> tuple[int, float]:
        """(wait status, CPU seconds) of a worker that has ended or is about to. Raises ZygoteError."""
        try:
            answer = self._ask({"reap": pid}, [])
            return int(answer["status"]), float(answer["cpu"])
        except (OSError, ValueError, KeyError) as error:
            self.close()
            raise ZygoteError(str(error)) from None

    def close(self) -> None:
        """End the zygote, and with it every worker."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self.page is not None:
            self.page.close()
            self.page = None
        self._ready = False

    def _launch(self) -> None:
        mine, theirs = socket.socketpair()
        page_fd, self.page = new_page()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and source
            [
                sys.executable,
                "-I",
                "-c",
                BOOTSTRAP,
                str(ROOT),
                str(theirs.fileno()),
                str(page_fd),
                *self.allowed,
            ],
            pass_fds=(theirs.fileno(), *([page_fd] if page_fd >= 0 else [])),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=ENVIRONMENT,
        )
        theirs.close()
        if page_fd >= 0:
            os.close(page_fd)
        mine.settimeout(60)
        self._control = mine

    def _ask(self, request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        if self._control is None:
            self._launch()
        if not self._ready:
            self.missing = list(self._line()["missing"])
            self._ready = True
        assert self._control is not None
        socket.send_fds(self._control, [json.dumps(request).encode()], fds)
        return self._line()

    def wait_until_ready(self) -> None:
        """Return once everything is imported. Raises ZygoteError."""
        if not self._ready:
            self.missing = list(self._line()["missing"])
            self._ready = True

    def _line(self) -> dict[str, Any]:
        assert self._control is not None
        data = b""
        while not data.endswith(b"\n"):
            part = self._control.recv(65536)
            if not part:
                raise ZygoteError("the process that starts the workers has ended")
            data += part
        answer: dict[str, Any] = json.loads(data)
        return answer


@dataclass(frozen=True, slots=True)
class _Worker:
    """A forked worker: its pid, that of the zygote which will reap it, and the pipes to it."""

    pid: int
    zygote: int
    channel: Channel


class SealedRunner(WorkerRunner):
    """Runs each submission in a confined worker. `sandbox` says which layers hold on this machine.

    With `ahead` the next submission's worker is forked and confines itself while this one is graded.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        zygote: Zygote | None = None,
        owned: bool = False,
        ahead: bool = False,
        allowed: Sequence[str] = (),
        limits: Time | None = None,
        memory_mb: int = 2048,
    ) -> None:
        super().__init__(limits or Time(), memory_mb)
        self.sandbox = sandbox
        self.level = sandbox.level.value
        with contextlib.suppress(OSError):
            hide_memory()
        self._ahead = ahead
        self._spare: _Worker | None = None
        self._of = 0
        """The zygote that forked the present worker."""
        self._owned = owned or zygote is None
        self.zygote = zygote or Zygote(allowed)

    @property
    def limits(self) -> Limits:
        """The worker's own: the whole session's CPU time, as a backstop; each message is watched from here."""
        return Limits(memory_mb=self.memory_mb, cpu_seconds=max(60, int(20 * self.time.cpu)))

    def start(self) -> None:
        """As `WorkerRunner`."""
        if self._spare is None or not self._lives(self._spare.pid, self._spare.zygote):
            self._drop_spare()
            self._spare = self._forked()
        worker, self._spare = self._spare, None
        self.pid, self._of, self.channel = worker.pid, worker.zygote, worker.channel
        if self.zygote.page is not None:
            clear(self.zygote.page)
        if self._ahead:
            self._spare = self._forked()

    def limit(self, time: Time, memory_mb: int) -> None:
        """As `WorkerRunner`; a worker that was forked ahead has the old limits."""
        super().limit(time, memory_mb)
        self._drop_spare()

    def _drop_spare(self) -> None:
        if self._spare is None:
            return
        worker, self._spare = self._spare, None
        worker.channel.close()
        if self._lives(worker.pid, worker.zygote):
            self._kill(worker.pid)
            with contextlib.suppress(ZygoteError):
                self.zygote.reap(worker.pid)

    def _lives(self, pid: int, zygote: int) -> bool:
        """Whether a worker has not ended. Without the zygote that has to reap it, its number may be another's."""
        return self.zygote.pid == zygote and self.zygote.alive and not _is_zombie(pid)

    @staticmethod
    def _kill(pid: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)

    def _forked(self) -> _Worker:
        to_child, from_parent = os.pipe()
        from_child, to_parent = os.pipe()
        try:
            pid = self.zygote.fork(to_child, to_parent, self.limits, sorted(self.sandbox.layers))
        except BaseException:
            os.close(from_parent)
            os.close(from_child)
            raise
        finally:
            os.close(to_child)
            os.close(to_parent)
        return _Worker(pid, self.zygote.pid, Channel(from_child, from_parent))

    def end(self, *, patient: bool = False) -> Outcome:
        """As `WorkerRunner`."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None
        # It is not reaped until the zygote is asked to, so the number is still its own.
        until = time.monotonic() + (PATIENCE if patient else 0.0)
        while not (gone := _is_zombie(self.pid)) and time.monotonic() < until:
            time.sleep(0.002)
        if not self.zygote.alive or self.zygote.pid != self._of:
            self.fault = "the process that starts the workers has ended"
            return Killed("its process was lost")
        if not gone:
            self._kill(self.pid)
        try:
            status, cpu = self.zygote.reap(self.pid)
        except ZygoteError as error:
            self.fault = str(error)
            return Killed("its process was lost")
        match describe_exit(status, cpu_used=cpu, cpu_limit=self.limits.cpu_seconds):
            case CpuTimeUsed():
                return TimedOut(self.time.cpu)
            case KilledOutside():
                return OutOfMemory() if gone else Killed("it stopped answering")
            case Crashed(name):
                return Killed(name)
            case ForeignCall():
                return Killed("a system call that no honest program makes")
            case Exited(code) if code in (UNCONFINED, FAULT):
                what = "could not be confined" if code == UNCONFINED else "failed by itself"
                self.fault = f"the process that runs the code {what}"
                return Killed(self.fault)
            case _:
                return Killed("it ended itself")

    def reached(self, message: int) -> int | None:
        """As `WorkerRunner`."""
        return None if self.zygote.page is None else reached(self.zygote.page, message)

    def close(self) -> None:
        """As `Runner`; ends the zygote too if it is this runner's own."""
        super().close()
        self._drop_spare()
        if self._owned:
            self.zygote.close()


def _is_zombie(pid: int) -> bool:
    """Whether the process has ended by itself and only waits to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            return stream.read().rpartition(b")")[2].split()[0] == b"Z"
    except (OSError, IndexError):
        return False
