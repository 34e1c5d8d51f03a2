"""Two pipes to a worker, read and written against a deadline. What comes back is believed to be nothing."""

from __future__ import annotations

import os
import select
import time
from typing import Any

from grader.worker.frames import HEADER, FrameError, decode, encode, lengths


class ChannelClosed(Exception):
    """The worker's end is gone."""


class DeadlineReached(Exception):
    """Nothing came, or could be sent, in time."""


class Channel:
    """Frames to and from one worker."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming, self.outgoing = incoming, outgoing
        os.set_blocking(incoming, False)
        os.set_blocking(outgoing, False)
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(incoming, select.POLLIN)
        self._writable.register(outgoing, select.POLLOUT)

    def send(self, value: Any, deadline: float) -> None:
        """One frame. Raises ChannelClosed or DeadlineReached."""
        data = memoryview(encode(value))
        while data:
            self._wait(self._writable, deadline)
            try:
                data = data[os.write(self.outgoing, data) :]
            except BlockingIOError:
                continue
            except OSError:
                raise ChannelClosed from None

    def receive(self, deadline: float) -> Any:
        """The next frame's value. Raises ChannelClosed, DeadlineReached, or FrameError for what is no frame."""
        described, buffers = lengths(self._exactly(HEADER.size, deadline))
        return decode(self._exactly(described, deadline), self._exactly(buffers, deadline))

    def close(self) -> None:
        """Close both pipes."""
        for fd in (self.incoming, self.outgoing):
            os.close(fd)

    def _exactly(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            self._wait(self._readable, deadline)
            try:
                chunk = os.read(self.incoming, min(count - len(parts), 1 << 20))
            except BlockingIOError:
                continue
            except OSError:
                raise ChannelClosed from None
            if not chunk:
                raise ChannelClosed
            parts += chunk
        return bytes(parts)

    @staticmethod
    def _wait(poll: select.poll, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise DeadlineReached


__all__ = ["Channel", "ChannelClosed", "DeadlineReached", "FrameError"]
