"""`confine`: in a freshly forked process, give up everything that running a stranger's code does not need."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from grader.sandbox import landlock, limits, seccomp
from grader.sandbox.limits import Limits
from grader.sandbox.syscalls import call, here

NOBODY = 65534
"""The user and group without any rights, on every Linux (the kernel's overflowuid)."""

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS = 1, 4, 38  # linux/prctl.h
_SIGKILL = 9
_LAST_FD = 0xFFFFFFFF
_CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h


class Layer(StrEnum):
    """What can be withheld, or be missing on a machine. Descriptors, limits and privileges always go."""

    USER = "user"
    NETWORK = "network"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"


ALL_LAYERS = frozenset(Layer)


class ConfineError(Exception):
    """A step did not succeed, so nothing of a student's may run in this process. Has `step` and `reason`."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step, self.reason = step, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the process keeps: open descriptors and resources; `layers` must all succeed, others are not tried.

    `parent` is the process without which it must not live on (`os.getpid()` before the fork).
    """

    parent: int
    keep_fds: tuple[int, ...] = ()
    limits: Limits = field(default_factory=Limits)
    layers: frozenset[Layer] = ALL_LAYERS
    offline: bool = False
    """The process is in a network of its own already, since the one that forked it is (`leave_network`)."""


def confine(policy: Policy) -> None:
    """Confine this process for good. Raises ConfineError: then end it, and run nothing.

    To be called right after a fork, in the only thread, with everything imported that will be needed: afterwards no
    file can be opened. Standard streams that are not kept lead to /dev/null. The order matters: what needs rights
    comes before their loss, the death signal after the change of user (which clears it), the filter last.
    """
    _step("descriptors", _close_others, policy.keep_fds)
    _step("session", _new_session)
    _step("limits", limits.apply, policy.limits)
    isolated = policy.offline or (
        os.geteuid() == 0 and Layer.NETWORK in policy.layers and _unshared(_CLONE_NEWNET)
    )
    if Layer.USER in policy.layers:
        _step(Layer.USER, _become_nobody)
    if Layer.NETWORK in policy.layers and not isolated:
        _step(Layer.NETWORK, call, "unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
    _step("capabilities", _drop_capabilities)
    _step("privileges", _prctl, _SET_NO_NEW_PRIVS, 1)
    _step("memory", _prctl, _SET_DUMPABLE, 0)
    _step("death signal", _die_with, policy.parent)
    if Layer.LANDLOCK in policy.layers:
        _step(Layer.LANDLOCK, landlock.restrict)
    if Layer.SECCOMP in policy.layers:
        _step(Layer.SECCOMP, seccomp.seal)


def prepare() -> None:
    """Do once, before forking, what every confined process would otherwise do again."""
    if architecture := here():
        seccomp.policy(architecture, os.getpid())
        landlock.interface()


def leave_network() -> bool:
    """Move this process, and all that it forks, into a network with nothing in it; whether that could be done.

    One for all sealed workers of a process costs a millisecond less each than one for each, and is as good: they
    can make no socket and leave no process, so none ever meets another's.
    """
    return os.geteuid() == 0 and _unshared(_CLONE_NEWNET)


def hide_memory() -> None:
    """Keep other processes of the same user from this one's memory, environment and descriptors. Raises OSError.

    For the grading process itself, which knows the answers; PR_SET_DUMPABLE 0.
    """
    _prctl(_SET_DUMPABLE, 0)


def _step(name: str, action: Callable[..., object], *arguments: object) -> None:
    try:
        action(*arguments)
    except (OSError, ValueError) as error:
        raise ConfineError(str(name), getattr(error, "strerror", None) or str(error)) from error


def _prctl(option: int, value: int) -> None:
    call("prctl", option, value, 0, 0, 0)


def _close_others(keep: Collection[int]) -> None:
    for first, last in _gaps(keep):
        _close_range(first, last)
    missing = {0, 1, 2}.difference(keep)
    if missing:
        nothing = os.open(os.devnull, os.O_RDWR)  # the lowest free number, so one of the missing
        for fd in missing - {nothing}:
            os.dup2(nothing, fd)


def _gaps(keep: Collection[int]) -> Iterator[tuple[int, int]]:
    first = 0
    for kept in sorted(set(keep)):
        if first < kept:
            yield first, kept - 1
        first = kept + 1
    yield first, _LAST_FD


def _close_range(first: int, last: int) -> None:
    try:
        call("close_range", first, last, 0)
    except OSError as error:
        if error.errno != errno.ENOSYS:  # before Linux 5.9
            raise
        for fd in map(int, os.listdir("/proc/self/fd")):
            if first <= fd <= last:
                with contextlib.suppress(OSError):  # the listing's own is closed already
                    os.close(fd)


def _new_session() -> None:
    with contextlib.suppress(PermissionError):  # it leads its session already
        os.setsid()


def _unshared(flags: int) -> bool:
    try:
        call("unshare", flags)
    except OSError:
        return False
    return True


def _become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    if 0 in os.getresuid():
        raise PermissionError(errno.EPERM, "still root")


def _drop_capabilities() -> None:
    """None effective, permitted or inheritable: a new user namespace gave all of them, within itself."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    buffers = ctypes.create_string_buffer(header, len(header)), ctypes.create_string_buffer(24)
    call("capset", *map(ctypes.addressof, buffers))


def _die_with(parent: int) -> None:
    _prctl(_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError(errno.ESRCH, "the parent is gone already")
