"""The seal: which system calls a process that runs a student's code still has, as a seccomp filter.

What stays is what Python and NumPy need once everything is imported: memory, clocks, random bytes, signals of their
own, and reading and writing what is already open. Nothing that takes a path, makes a socket, a process or a
thread, or reaches another process is among it, nor new executable memory.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import signal
import struct

from grader.sandbox.bpf import ALLOW, Action, Demand, Only, program, refuse
from grader.sandbox.syscalls import Architecture, call, here

ALLOWED = frozenset(
    [
        "read",
        "readv",
        "write",
        "writev",
        "close",
        "lseek",
        "fstat",
        "poll",
        "ppoll",
        "select",
        "pselect6",
        "munmap",
        "mremap",
        "brk",
        "rt_sigaction",
        "rt_sigprocmask",
        "rt_sigreturn",
        "sigaltstack",
        "getitimer",
        "setitimer",
        "alarm",
        "restart_syscall",
        "nanosleep",
        "clock_nanosleep",
        "clock_gettime",
        "clock_getres",
        "gettimeofday",
        "time",
        "times",
        "getrusage",
        "getrandom",
        "getpid",
        "getppid",
        "gettid",
        "getuid",
        "geteuid",
        "getgid",
        "getegid",
        "getrlimit",
        "uname",
        "sysinfo",
        "sched_yield",
        "sched_getaffinity",
        "getcpu",
        "exit",
        "exit_group",
    ]
)
"""Allowed with any arguments. `fstat`, but not `newfstatat`: whether that one gets a path or an open file, a
filter cannot see."""

_INT = 0xFFFFFFFF
"""The kernel takes the lower half only of an `int`; the upper one may hold anything."""

_WHOLE = 0xFFFFFFFF_FFFFFFFF

_PROT_EXEC, _MAP_SHARED, _MAP_ANONYMOUS = 0x4, 0x1, 0x20
_F_GETFD, _F_GETFL = 1, 3
_MADV_DONTNEED, _MADV_FREE, _MADV_HUGEPAGE, _MADV_NOHUGEPAGE = 4, 8, 14, 15
_FUTEX_WAIT, _FUTEX_WAKE, _FUTEX_WAIT_BITSET, _FUTEX_WAKE_BITSET = 0, 1, 9, 10
_FUTEX_FLAGS = 128 | 256  # private, and by the real-time clock

ABSENT = frozenset({"clone3"})
"""Refused as a call that does not exist, because the C library then asks in the old way, which is refused too."""


def conditions(pid: int) -> dict[str, tuple[Demand, ...]]:
    """What is demanded of the arguments of calls that are neither always needed nor always harmful."""
    own, abort = Demand(0, (pid,), _INT), (signal.SIGABRT.value,)
    return {
        "mmap": (
            Demand(2, (0,), _PROT_EXEC),
            Demand(3, (_MAP_ANONYMOUS,), _MAP_ANONYMOUS | _MAP_SHARED),
        ),
        "mprotect": (Demand(2, (0,), _PROT_EXEC),),
        "madvise": (Demand(2, (_MADV_DONTNEED, _MADV_FREE, _MADV_HUGEPAGE, _MADV_NOHUGEPAGE), _INT),),
        # Plain locks; priority inheritance and requeueing have a history of holes, and nothing here needs them.
        "futex": (
            Demand(
                1, (_FUTEX_WAIT, _FUTEX_WAKE, _FUTEX_WAIT_BITSET, _FUTEX_WAKE_BITSET), _INT & ~_FUTEX_FLAGS
            ),
        ),
        # Not F_SETFL or F_SETOWN: an open pipe's flags are shared with whoever else has it open.
        "fcntl": (Demand(1, (_F_GETFD, _F_GETFL), _INT),),
        "prlimit64": (Demand(0, (0,), _INT), Demand(2, (0,), _WHOLE)),  # asking for its own, not setting
        "tgkill": (own, Demand(2, abort, _INT)),  # abort() in glibc
        "tkill": (own, Demand(1, abort, _INT)),  # abort() in musl
    }


@functools.cache
def _fixed(architecture: Architecture) -> dict[int, Action]:
    """The part of the policy that is the same for every process: known calls, allowed or refused."""
    return {
        number: ALLOW if name in ALLOWED else refuse(errno.ENOSYS if name in ABSENT else errno.EPERM)
        for name, number in architecture.numbers.items()
    }


def policy(architecture: Architecture, pid: int) -> bytes:
    """The filter for the process `pid`: EPERM for every known call that is not allowed, ENOSYS for the unknown."""
    code, places = _template(architecture)
    filled = bytearray(code)
    for place in places:
        struct.pack_into("=I", filled, place, pid)
    return bytes(filled)


@functools.cache
def _template(architecture: Architecture) -> tuple[bytes, tuple[int, ...]]:
    """A filter and the places where the process's number stands in it: all that differs from process to process.

    Made once before forking, since writing it anew takes each process a millisecond.
    """
    one, other = (written(architecture, pid) for pid in (0x2AAAAAAA, 0x55555555))
    places = [place for place in range(4, len(one), 8) if one[place : place + 4] != other[place : place + 4]]
    return one, tuple(places)


def written(architecture: Architecture, pid: int) -> bytes:
    """As `policy`, written out."""
    demanded = {
        architecture.numbers[name]: Only(demands, errno.EPERM)
        for name, demands in conditions(pid).items()
        if name in architecture.numbers
    }
    return program(architecture.audit, {**_fixed(architecture), **demanded}, refuse(errno.ENOSYS))


class _Program(ctypes.Structure):
    """Struct sock_fprog: the number of instructions, and where they are."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


_SECCOMP_SET_MODE_FILTER = 1


def seal() -> None:
    """Install the filter on this process, for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
    architecture = here()
    if architecture is None:
        raise OSError(errno.ENOSYS, "no table of system calls for this system")
    code = policy(architecture, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    description = _Program(len(code) // 8, ctypes.addressof(buffer))
    call("seccomp", _SECCOMP_SET_MODE_FILTER, 0, ctypes.addressof(description))
