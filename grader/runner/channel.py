"""Two pipes to a worker, written and read against a deadline. What comes back is believed to be nothing."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Sequence
from typing import Any

from grader.worker.frames import HEADER, FrameError, decode, lengths
from grader.worker.requests import encode_request
from grader.worker.steps import Step

CHUNK, LARGEST_CHUNK = 1 << 16, 1 << 20
"""Bytes that are read at a time; all that a pipe usually holds."""
GLANCE = 0.1
"""Seconds between two looks at what the worker is doing."""


class ChannelClosed(Exception):
    """The worker's end is gone."""


class DeadlineReached(Exception):
    """Nothing came, or could be sent, in time."""


class Channel:
    """Requests to one worker, frames from it."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming, self.outgoing = incoming, outgoing
        os.set_blocking(incoming, False)
        os.set_blocking(outgoing, False)
        self._readable, self._writable = select.poll(), select.poll()
        self._ahead = bytearray()
        """What was read beyond the last frame: small answers come many at a time."""
        self._readable.register(incoming, select.POLLIN)
        self._writable.register(outgoing, select.POLLOUT)

    def send(self, value: Any, deadline: float, steps: Sequence[Step] | None = None) -> None:
        """One request, with steps as its last item. Raises ChannelClosed or DeadlineReached."""
        data = memoryview(encode_request(value, steps))
        while data:
            self._wait(self._writable, deadline)
            try:
                data = data[os.write(self.outgoing, data) :]
            except BlockingIOError:
                continue
            except OSError:
                raise ChannelClosed from None

    def receive(self, deadline: float, watch: Callable[[], None] = lambda: None) -> Any:
        """The next frame's value. Raises ChannelClosed, DeadlineReached, or FrameError for what is no frame.

        `watch` is called every now and then while nothing comes, and may raise as well: it notices a worker that
        has ended while a process of its making still holds the pipe.
        """
        ahead, size = self._ahead, HEADER.size
        self._fill(size, deadline, watch)
        described, buffers = lengths(bytes(ahead[:size]))
        middle, end = size + described, size + described + buffers
        self._fill(end, deadline, watch)
        description, content = bytes(ahead[size:middle]), bytes(ahead[middle:end])
        del ahead[:end]
        return decode(description, content)

    def waiting(self) -> bool:
        """Whether there is something to read, or the worker's end is gone."""
        return bool(self._ahead) or bool(self._readable.poll(0))

    def close(self) -> None:
        """Close both pipes."""
        for fd in (self.incoming, self.outgoing):
            os.close(fd)

    def _fill(self, count: int, deadline: float, watch: Callable[[], None]) -> None:
        """Read until so many bytes are there."""
        ahead = self._ahead
        while len(ahead) < count:
            try:
                chunk = os.read(self.incoming, max(CHUNK, min(count - len(ahead), LARGEST_CHUNK)))
            except BlockingIOError:
                self._wait(self._readable, deadline, watch)
                continue
            except OSError:
                raise ChannelClosed from None
            if not chunk:
                raise ChannelClosed
            if time.monotonic() >= deadline:  # it may write without end
                raise DeadlineReached
            ahead += chunk

    @staticmethod
    def _wait(poll: select.poll, deadline: float, watch: Callable[[], None] = lambda: None) -> None:
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise DeadlineReached
            if poll.poll(min(left, GLANCE) * 1000):
                return
            watch()


__all__ = ["Channel", "ChannelClosed", "DeadlineReached", "FrameError"]
