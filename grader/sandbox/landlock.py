"""Landlock: a kernel's own refusal of files, TCP, abstract sockets and signals, which needs no privilege.

Source: Linux, Documentation/userspace-api/landlock.rst and linux/landlock.h, interface versions 1 to 7. It does not
cover `stat`, `chdir`, `chmod`, UDP or what is already open; the seal does.
"""

from __future__ import annotations

import ctypes
import os
import struct

from grader.sandbox.syscalls import call

_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_QUIET = 1  # LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF: no way to flood the audit log


def interface() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    try:
        return max(0, call("landlock_create_ruleset", 0, 0, _VERSION))
    except OSError:
        return 0


def handled(version: int) -> tuple[int, int, int]:
    """All rights that an interface version knows: of files, of TCP, and scopes, each as bits."""
    files = 13 + (version >= 2) + (version >= 3) + (version >= 5)  # then renaming across, truncate, ioctl
    tcp = 2 if version >= 4 else 0  # bind, connect
    scopes = 2 if version >= 6 else 0  # abstract unix sockets, signals
    return (1 << files) - 1, (1 << tcp) - 1, (1 << scopes) - 1


def restrict() -> None:
    """Take every right that Landlock knows from this process, for good. Raises OSError.

    Needs PR_SET_NO_NEW_PRIVS, or to be root.
    """
    version = call("landlock_create_ruleset", 0, 0, _VERSION)
    fields = 1 if version < 4 else 2 if version < 6 else 3  # the structure grew with the interface
    attributes = struct.pack(f"={fields}Q", *handled(version)[:fields])
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    ruleset = call("landlock_create_ruleset", ctypes.addressof(buffer), len(attributes), 0)
    try:
        call("landlock_restrict_self", ruleset, _QUIET if version >= 7 else 0)
    finally:
        os.close(ruleset)
