"""The forbidden things that a confined process of our own tries, to see what really holds on this machine."""

from __future__ import annotations

import _thread
import ctypes
import errno
import mmap
import os
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass

from grader.sandbox import limits, syscalls
from grader.sandbox.confine import ConfineError, Layer, Policy, confine

if sys.platform != "win32":
    import resource

DONE = 0
"""The outcome of a trial that succeeded, which is a breach; any other is the errno of a refusal."""

NO_THREAD = errno.EAGAIN
"""How a thread is refused: Python does not say why."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to be reached. The parent made it and looks afterwards whether it was.

    `canary` is a readable and executable file of junk in `folder`; `secret` one for its owner alone; `port` and
    `abstract` belong to listening sockets; `address` is where the parent's memory holds the canary's content.
    """

    parent: int
    folder: str
    canary: str
    secret: str
    planted: str
    port: int
    abstract: str
    address: int


@dataclass(frozen=True, slots=True)
class Trial:
    """Something forbidden, and the layers that must refuse it each on its own."""

    name: str
    attempt: Callable[[Scene], object]
    refused_by: frozenset[Layer]


def _read(scene: Scene) -> bytes:
    return os.read(os.open(scene.canary, os.O_RDONLY), 4096)


def _read_secret(scene: Scene) -> bytes:
    return os.read(os.open(scene.secret, os.O_RDONLY), 4096)


def _write(scene: Scene) -> object:
    return os.write(os.open(scene.planted, os.O_WRONLY | os.O_CREAT, 0o600), b"planted")


def _execute(scene: Scene) -> None:
    try:
        os.execv(scene.canary, ["canary"])  # noqa: S606 - to see whether it can
    except OSError as error:
        if error.errno != errno.ENOEXEC:  # it got as far as seeing that this is junk
            raise


def _connect(scene: Scene) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sender:
        sender.settimeout(0.2)
        sender.connect(("127.0.0.1", scene.port))


def _send(scene: Scene) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"canary", ("127.0.0.1", scene.port))


def _connect_abstract(scene: Scene) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sender:
        sender.connect(scene.abstract)


def _peek(scene: Scene) -> bytes:
    here = ctypes.create_string_buffer(16)
    local = ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(here), 16), 16)
    remote = ctypes.create_string_buffer(struct.pack("=QQ", scene.address, 16), 16)
    buffers = ctypes.addressof(local), 1, ctypes.addressof(remote), 1
    syscalls.call("process_vm_readv", scene.parent, *buffers, 0)
    return here.raw


def _fork(_: Scene) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _thread_started(_: Scene) -> None:
    try:
        _thread.start_new_thread(int, ())
    except RuntimeError as error:
        raise OSError(NO_THREAD, str(error)) from error


def _executable_memory(_: Scene) -> None:
    mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_EXEC).close()


def _ring(_: Scene) -> None:
    syscalls.call("io_uring_setup", 1, ctypes.addressof(ctypes.create_string_buffer(256)))


def _more_files(_: Scene) -> None:
    if sys.platform == "win32":
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard + 1, hard + 1))
    except ValueError as error:  # Python's name for EPERM here
        raise PermissionError(errno.EPERM, str(error)) from error


_FILES = frozenset({Layer.SECCOMP, Layer.LANDLOCK})
_SEAL = frozenset({Layer.SECCOMP})
_SOCKETS = frozenset({Layer.SECCOMP, Layer.NETWORK})
_CLONE_NEWUSER = 0x10000000

TRIALS = (
    Trial("read a file", _read, _FILES),
    Trial("read root's file", _read_secret, _FILES | {Layer.USER}),
    Trial("look a file up", lambda scene: os.stat(scene.canary), _SEAL),
    Trial("list a folder", lambda scene: os.listdir(scene.folder), _FILES),
    Trial("write a file", _write, _FILES),
    Trial("connect by TCP", _connect, _SOCKETS),
    Trial("send by UDP", _send, _SOCKETS),
    Trial("connect to an abstract socket", _connect_abstract, _SOCKETS),
    Trial("signal the grader", lambda scene: os.kill(scene.parent, 0), _SEAL),
    Trial("read the grader's memory", _peek, _FILES),
    Trial("start a process", _fork, _SEAL),
    Trial("start a thread", _thread_started, _SEAL),
    Trial("make a user namespace", lambda _: syscalls.call("unshare", _CLONE_NEWUSER), _SEAL),
    Trial("make a file in memory", lambda _: os.memfd_create("canary"), _SEAL),
    Trial("make memory executable", _executable_memory, _SEAL),
    Trial("use io_uring", _ring, _SEAL),
    Trial("raise a limit", _more_files, _SEAL),
    Trial("become root", lambda _: os.setuid(0), _SEAL | {Layer.USER}),
    Trial("run a program", _execute, _FILES),
)
"""In this order. On a machine without a layer, the trials that it alone would refuse succeed."""


def attempt(policy: Policy, scene: Scene, trials: tuple[Trial, ...], report: int) -> None:
    """Confine this process and write what became of each trial, a line each, to the descriptor `report`.

    `confined`, or `failed`, the step and the reason; then name, outcome and what was read, in hexadecimal.
    """
    try:
        confine(policy)
    except ConfineError as error:
        _say(report, "failed", error.step, error.reason)
        return
    _say(report, "confined")
    for trial in trials:
        outcome, found = DONE, b""
        try:
            result = trial.attempt(scene)
            found = result if isinstance(result, bytes) else b""
        except OSError as error:
            outcome = error.errno or errno.EIO
        except MemoryError:
            outcome = errno.ENOMEM
        _say(report, trial.name, str(outcome), found.hex())


def _say(report: int, *fields: str) -> None:
    os.write(report, ("\t".join(fields) + "\n").encode())


def roomy() -> limits.Limits:
    """Limits under which this very process, however large it has grown, can still run the trials."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
        used = pages * mmap.PAGESIZE >> 20
    except (OSError, ValueError):
        used = sys.maxsize
    return limits.Limits(memory_mb=min(used + 512, 1 << 20), cpu_seconds=5)
