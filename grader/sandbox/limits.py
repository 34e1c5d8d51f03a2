"""What a submission may use up: memory, CPU time, open files, bytes written to a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass

if sys.platform != "win32":
    import resource  # here and not below: a confined process can import nothing

_ALLOWED: dict[str, tuple[int, int, str]] = {
    "memory_mb": (64, 1 << 20, "MB of address space (NumPy alone takes about 100)"),
    "cpu_seconds": (1, 86_400, "whole seconds of CPU time"),
    "open_files": (4, 65_536, "open files"),
    "file_bytes": (0, 1 << 40, "bytes in one file"),
}
"""Least, most, unit. The kernel counts CPU time in whole seconds; below 64 MB Python cannot report an error."""

WALL_PER_CPU = 10
"""Wall time is limited at this many times the CPU time: a busy machine must not cost a student marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The resources of one submission. Raises ValueError, naming the limit and what it may be."""

    memory_mb: int = 2048
    cpu_seconds: int = 10
    open_files: int = 16
    file_bytes: int = 0

    def __post_init__(self) -> None:
        for name, (least, most, unit) in _ALLOWED.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"{name} = {value!r}: allowed are {least} to {most}, {unit}")

    @property
    def wall_seconds(self) -> int:
        """Seconds by the clock after which the submission is ended, whatever it waits for."""
        return self.cpu_seconds * WALL_PER_CPU


def apply(limits: Limits) -> None:
    """Limit this process and what it starts, for good. Raises OSError where the system cannot.

    At `cpu_seconds` comes SIGXCPU, which a program can ignore, one second later SIGKILL. A hard limit that is
    already lower stays.
    """
    if sys.platform == "win32":
        raise OSError("Windows has no limits of this kind")
    cpu = limits.cpu_seconds
    for kind, *wanted in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_AS, limits.memory_mb << 20, limits.memory_mb << 20),
    ):
        present = resource.getrlimit(kind)[1]
        most = max(wanted) if present == resource.RLIM_INFINITY else present
        try:
            resource.setrlimit(kind, (min(wanted[0], most), min(wanted[1], most)))
        except ValueError as error:  # how Python reports EPERM and EINVAL here
            raise OSError(str(error)) from error
