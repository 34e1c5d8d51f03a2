"""Runs the trials in confined processes, several at once, and looks from outside at what they reached."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Never

from grader.sandbox import trials
from grader.sandbox.confine import Layer, Policy, prepare
from grader.sandbox.syscalls import here
from grader.sandbox.trials import DONE, Scene, Trial

SECONDS = 5.0
"""Far more than the trials take; a process that hangs is ended then, and what it did not try counts as reached."""


class NothingTried(Exception):
    """The system cannot even start the trials; the text says why."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one confined process reported, and what was seen from outside.

    `failure` says why it could not be confined, else "". `outcomes` has an errno for each trial, 0 for success.
    """

    failure: str
    outcomes: dict[str, int]
    seen: frozenset[str]

    def refused(self, name: str, *, by: Layer | None = None) -> bool:
        """Whether the trial was refused, by its own word and by what is seen from outside.

        By seccomp only if with an errno of its filter, so that nothing counts that failed for another reason.
        """
        outcome = self.outcomes.get(name, DONE)
        if by is Layer.SECCOMP and outcome not in (errno.EPERM, errno.ENOSYS, trials.NO_THREAD):
            return False
        return outcome != DONE and name not in self.seen

    def how(self, name: str) -> str:
        """The refusal's errno in words, or what was reached."""
        if name in self.seen:
            return "seen from outside: it was reached"
        outcome = self.outcomes.get(name)
        if outcome is None:
            return "no answer came, so it may have been reached"
        return os.strerror(outcome) if outcome != DONE else "it was reached"


@dataclass(frozen=True, slots=True)
class Listeners:
    """Sockets at which nobody must arrive."""

    tcp: socket.socket
    udp: socket.socket
    abstract: socket.socket

    def arrived(self) -> frozenset[str]:
        """The names of the trials that reached one of them."""
        found = set()
        for name, listener in (
            ("connect by TCP", self.tcp),
            ("send by UDP", self.udp),
            ("connect to an abstract socket", self.abstract),
        ):
            if select.select([listener], [], [], 0)[0]:
                found.add(name)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with the files that must not be read, and the junk in them that must not come back."""

    folder: str
    junk: bytes
    memory: ctypes.Array[ctypes.c_char]

    def run(self, processes: Sequence[tuple[frozenset[Layer], Sequence[Trial]]]) -> list[Tried]:
        """What became of the trials under these layers, one process for each pair, all at once."""
        with contextlib.ExitStack() as stack:
            started = [self._start(layers, chosen, stack) for layers, chosen in processes]
            reports = _collect({fd: pid for pid, fd, _, _ in started})
            return [self._read(reports[fd], scene, listeners) for _, fd, scene, listeners in started]

    def _start(
        self, layers: frozenset[Layer], chosen: Sequence[Trial], stack: contextlib.ExitStack
    ) -> tuple[int, int, Scene, Listeners]:
        listeners = _listening(stack)
        scene = Scene(
            parent=os.getpid(),
            folder=self.folder,
            canary=os.path.join(self.folder, "canary"),
            secret=os.path.join(self.folder, "secret"),
            planted=os.path.join(self.folder, secrets.token_hex(8)),
            port=listeners.tcp.getsockname()[1],
            abstract=listeners.abstract.getsockname(),
            address=ctypes.addressof(self.memory),
        )
        policy_limits = trials.roomy()
        incoming, outgoing = os.pipe()
        stack.callback(os.close, incoming)
        with warnings.catch_warnings():
            # Forking beside threads: the child only makes system calls, and is ended when it hangs.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            _live_and_die(
                Policy(parent=scene.parent, keep_fds=(outgoing,), limits=policy_limits, layers=layers),
                scene,
                tuple(chosen),
                outgoing,
            )
        os.close(outgoing)
        return pid, incoming, scene, listeners

    def _read(self, report: bytes, scene: Scene, listeners: Listeners) -> Tried:
        failure, outcomes = "it ended before it was confined", {}
        seen = set(listeners.arrived())
        if os.path.exists(scene.planted):
            seen.add("write a file")
        for line in report.decode(errors="replace").splitlines():
            match line.split("\t"):
                case ["confined"]:
                    failure = ""
                case ["failed", step, reason]:
                    failure = f"{step}: {reason}"
                case [name, outcome, found]:
                    outcomes[name] = int(outcome)
                    if self.junk.hex() in found:
                        seen.add(name)
        return Tried(failure, outcomes, frozenset(seen))


@contextlib.contextmanager
def staged() -> Iterator[Stage]:
    """A stage for as long as it is needed. Raises NothingTried, or OSError for what it is made of."""
    if sys.platform != "linux":
        raise NothingTried(f"{sys.platform} has neither seccomp nor Landlock")
    if here() is None:
        raise NothingTried(f"there is no table of system calls for {os.uname().machine}")
    prepare()
    junk = secrets.token_bytes(16)
    folder = tempfile.mkdtemp(prefix="chainmark-")
    try:
        os.chmod(folder, 0o755)  # noqa: S103 - what hides the canary must be the layer under test
        for name, mode in (("canary", 0o755), ("secret", 0o600)):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(junk)
            os.chmod(path, mode)
        yield Stage(folder, junk, ctypes.create_string_buffer(junk, len(junk)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listening(stack: contextlib.ExitStack) -> Listeners:
    tcp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    tcp.bind(("127.0.0.1", 0))
    tcp.listen()
    udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    udp.bind(tcp.getsockname())
    abstract = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    abstract.bind(f"\0chainmark-{secrets.token_hex(8)}")
    abstract.listen()
    return Listeners(tcp, udp, abstract)


def _live_and_die(policy: Policy, scene: Scene, chosen: tuple[Trial, ...], report: int) -> Never:
    """The child's whole life: it never comes back into the caller's code."""
    try:
        trials.attempt(policy, scene, chosen, report)
    finally:
        os._exit(0)


def _collect(processes: dict[int, int]) -> dict[int, bytes]:
    """Everything that each process wrote to its pipe until it ended; {pipe: process} in, none left running."""
    written = dict.fromkeys(processes, b"")
    waiting, deadline = set(processes), time.monotonic() + SECONDS
    while waiting and (left := deadline - time.monotonic()) > 0:
        for fd in select.select(list(waiting), [], [], left)[0]:
            part = os.read(fd, 65536)
            written[fd] += part
            if not part:
                waiting.discard(fd)
    for fd, pid in processes.items():
        with contextlib.suppress(ProcessLookupError, ChildProcessError, PermissionError):
            if fd in waiting:
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return written
