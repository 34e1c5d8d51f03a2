"""A page of memory that a worker and its grader share: which step of which message is being run.

The worker only writes it and the grader only reads it, as a hint: whoever writes nonsense there, or another number,
is asked once more, step by step, and no number of a result is ever read from it.
"""

from __future__ import annotations

import mmap
import os
import struct

_PLACE = struct.Struct("=QQ")
Page = mmap.mmap


def new_page() -> tuple[int, Page | None]:
    """(descriptor for the worker to map, the page); (-1, None) where the system has no such memory."""
    if not hasattr(os, "memfd_create"):
        return -1, None
    try:
        fd = os.memfd_create("progress")
        os.ftruncate(fd, mmap.PAGESIZE)
        return fd, mapped(fd)
    except OSError:
        return -1, None


def mapped(fd: int) -> Page:
    """The page behind a descriptor, which may be closed then."""
    return mmap.mmap(fd, mmap.PAGESIZE)


def clear(page: Page) -> None:
    """Leave nothing of one submission to the next."""
    page[:] = bytes(len(page))


def note(page: Page, message: int, step: int) -> None:
    """Note that a step is run next."""
    _PLACE.pack_into(page, 0, message, step)


def reached(page: Page, message: int) -> int | None:
    """The step of this message that was run last, if the page says so."""
    at, step = _PLACE.unpack_from(page, 0)
    return step if at == message else None
