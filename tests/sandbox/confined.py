"""Runs a program in a forked, confined process and collects from outside what became of it.

The secrets are made after the fork, so that nothing of them is in the child's memory.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import importlib
import mmap
import os
import platform
import pty
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.sandbox.confine import ALL_LAYERS, Layer, Policy, confine
from grader.sandbox.endings import Ended, describe_exit
from grader.sandbox.level import probe
from grader.sandbox.limits import Limits

NOBODY = 65534
HERE = probe()
"""What this machine can do, found out once."""

BROKEN = ("NameError", "ImportError", "ModuleNotFoundError", "AttributeError", "TypeError", "SyntaxError")
"""Errors that show that the program is wrong, not that it was refused."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The program's words, and what is seen from outside. `error` is what it ended with, "" for nothing."""

    output: bytes
    error: str
    ended: Ended
    breaches: tuple[str, ...] = ()
    status: dict[str, str] = field(default_factory=dict)


@dataclass
class Surroundings:
    """What there is to be reached: files, sockets, another process, a terminal, the parent's memory."""

    folder: Path
    stack: contextlib.ExitStack
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        self.folder.chmod(0o777)
        self.canary = self.folder / "other" / "submission.py"
        self.canary.parent.mkdir(mode=0o777)
        self.canary.parent.chmod(0o777)
        self.canary.write_bytes(b"-" * 32)
        self.canary.chmod(0o666)
        self.secret = b""
        self.memory = ctypes.create_string_buffer(32)
        self.tcp, self.udp = self._socket(socket.AF_INET), self._socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp.bind(("127.0.0.1", 0))
        self.udp.bind(self.tcp.getsockname())
        self.abstract, self.path = self._socket(socket.AF_UNIX), self._socket(socket.AF_UNIX)
        self.abstract.bind(f"\0chainmark-{self.token}")
        self.path.bind(str(self.folder / "socket"))
        for listener in (self.tcp, self.abstract, self.path):
            listener.listen()
        self.free = self._free_port()
        self.victim = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
        self.stack.callback(self._end_victim)
        terminal, self.tty = pty.openpty()
        self.stack.callback(os.close, terminal)
        self.stack.callback(os.close, self.tty)
        self.left_open = os.open(self.canary, os.O_RDONLY)
        os.set_inheritable(self.left_open, True)
        self.stack.callback(os.close, self.left_open)
        self.elsewhere = [Path(tempfile.gettempdir(), self.token), Path("/dev/shm", self.token)]

    def _socket(self, family: int, kind: int = socket.SOCK_STREAM) -> socket.socket:
        return self.stack.enter_context(socket.socket(family, kind))

    @staticmethod
    def _free_port() -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
            return port

    def _end_victim(self) -> None:
        self.victim.kill()
        self.victim.wait()
        assert self.victim.stdin is not None
        self.victim.stdin.close()

    def hide_secrets(self) -> None:
        """Put the canary where it must not be found, now that the child has a memory of its own."""
        self.secret = secrets.token_hex(16).encode()
        with self.canary.open("r+b") as file:
            file.write(self.secret)
        self.memory.raw = self.secret
        os.utime(self.canary, (1, 1))
        self.before = self._files()

    def _files(self) -> dict[str, tuple[object, ...]]:
        found = {}
        for path in (self.folder, *self.folder.rglob("*")):
            entry = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            changed = 0 if path.is_dir() else entry.st_mtime_ns  # pytest and others may touch a folder
            found[str(path)] = (entry.st_mode, entry.st_uid, entry.st_nlink, changed, content)
        return found

    def facts(self) -> types.SimpleNamespace:
        """What the attacker knows: where everything is, but no content."""
        return types.SimpleNamespace(
            folder=str(self.folder),
            canary=str(self.canary),
            token=self.token,
            port=self.tcp.getsockname()[1],
            free_port=self.free,
            abstract=self.abstract.getsockname(),
            socket=str(self.folder / "socket"),
            victim=self.victim.pid,
            parent=os.getpid(),
            address=ctypes.addressof(self.memory),
            tty=self.tty,
            left_open=self.left_open,
            machine=platform.machine(),
            int80=int80(),
        )

    def breaches(self, child: int, output: bytes) -> Iterator[str]:
        """What is seen from outside while the child is still there."""
        if self.secret in output:
            yield "the canary came back"
        if b"reached" in output:
            yield "by its own word"
        if self._files() != self.before:
            yield "files changed"
        if any(path.exists() for path in self.elsewhere):
            yield "a file elsewhere"
        for name in ("tcp", "udp", "abstract", "path"):
            if select.select([getattr(self, name)], [], [], 0)[0]:
                yield f"something arrived by {name}"
        if self._listens():
            yield "it listens"
        if self.victim.poll() is not None:
            yield "the victim ended"
        elif status_of(self.victim.pid).get("TracerPid", "0") != "0":
            yield "the victim is traced"
        if descendants(child):
            yield "descendants"
        status = status_of(child)
        if status.get("Threads", "1") != "1":
            yield "threads"

    def _listens(self) -> bool:
        with socket.socket() as visitor:
            return visitor.connect_ex(("127.0.0.1", self.free)) == 0

    def clean(self) -> None:
        for path in self.elsewhere:
            path.unlink(missing_ok=True)


def int80() -> int:
    """The address of code that asks for the process's id in the way of 32-bit programs; 0 on other machines."""
    if platform.machine() != "x86_64":
        return 0
    return ctypes.addressof(ctypes.c_char.from_buffer(_CODE))


_CODE = mmap.mmap(
    -1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
)
_CODE.write(bytes.fromhex("53 b8 14 00 00 00 cd 80 5b c3"))  # push rbx; mov eax, 20; int 0x80; pop rbx; ret


def status_of(pid: int) -> dict[str, str]:
    """/proc/<pid>/status, empty when there is none any more."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def descendants(pid: int) -> set[int]:
    """The living processes that have this one as parent or as leader of their session."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(pid):
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if str(pid) in (fields[1], fields[3]) and fields[0] not in "ZX":
                found.add(int(entry.name))
    return found


def imported(source: str) -> None:
    """Load what a program imports, as the process from which submissions are forked does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            importlib.import_module(node.module)


def run(
    program: str | Callable[[Callable[[bytes], None]], object],
    folder: Path,
    *,
    layers: frozenset[Layer] | None = ALL_LAYERS,
    limits: Limits | None = None,
    user: int = 0,
    seconds: float = 20,
) -> Observed:
    """Run a source (with `scene` and `out`) or a function of `out` confined; `layers` None runs it unconfined.

    `user` is who it is before it is confined, where the tests run as root.
    """
    if isinstance(program, str):
        imported(program)
    with contextlib.ExitStack() as stack:
        surroundings = Surroundings(folder, stack)
        stack.callback(surroundings.clean)
        facts, parent = surroundings.facts(), os.getpid()
        held, release = os.pipe()
        incoming, outgoing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside NumPy's threads
            pid = os.fork()
        if pid == 0:
            try:
                os.close(release)  # or, unconfined, it would wait for itself
                os.close(incoming)
                _child(
                    program,
                    facts,
                    Policy(
                        parent=parent,
                        keep_fds=(held, outgoing, facts.tty),
                        limits=limits or Limits(),
                        layers=layers or frozenset(),
                    ),
                    layers is not None,
                    user,
                    held,
                    outgoing,
                )
            finally:
                os._exit(99)
        os.close(held)
        os.close(outgoing)
        stack.callback(os.close, incoming)
        surroundings.hide_secrets()
        os.write(release, b"!")
        deadline = time.monotonic() + seconds
        words = _until(incoming, b"\0end\0", deadline)
        said, _, rest = words.partition(b"\0error\0")
        breaches = tuple(surroundings.breaches(pid, said))
        status = status_of(pid)
        os.close(release)
        for left in descendants(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
        code = _waited(pid, time.monotonic() + 2)
        error = rest.partition(b"\0end\0")[0].decode(errors="replace")
        return Observed(said.partition(b"\0end\0")[0], error, describe_exit(code), breaches, status)


def _child(
    program: str | Callable[[Callable[[bytes], None]], object],
    facts: types.SimpleNamespace,
    policy: Policy,
    confined: bool,
    user: int,
    held: int,
    outgoing: int,
) -> None:
    def out(data: bytes) -> None:
        os.write(outgoing, data)

    if user and os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    if confined:
        confine(policy)
    else:
        os.setsid()
    os.read(held, 1)
    error = ""
    # Held until the parent has looked, or what the program opened would be closed by then.
    namespace = {"scene": facts, "out": out, "__name__": "submission"}
    try:
        if callable(program):
            program(out)
        else:
            exec(compile(program, "<submission>", "exec"), namespace)
    except BaseException as raised:
        error = "".join(traceback.format_exception(raised))
    os.write(outgoing, b"\0error\0" + error.encode(errors="replace") + b"\0end\0")
    os.read(held, 1)
    os._exit(0)


def _waited(pid: int, deadline: float) -> int:
    """The status with which it ended, by SIGKILL where it had not by then."""
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _until(fd: int, mark: bytes | None, deadline: float) -> bytes:
    read = b""
    while (left := deadline - time.monotonic()) > 0 and (mark is None or mark not in read):
        if not select.select([fd], [], [], left)[0]:
            break
        part = os.read(fd, 65536)
        if not part:
            break
        read += part
    return read
